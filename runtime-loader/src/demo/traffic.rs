//! Real TCP: servers in pods, and clients that try to reach them.
//!
//! Must not know policies: whether a connection is allowed shows in whether it works.

use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use crate::{
    endpoints::{Endpoint, EndpointsFile, ProtocolName},
    lab::Lab,
};

/// How long a client waits: an answer takes a thousandth of it, but on a busy machine a first
/// packet may be lost, and is sent again after a second.
const PATIENCE: Duration = Duration::from_millis(1_200);

/// One client, one server, one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Path {
    /// The client's place among the endpoints.
    pub(super) from: usize,
    /// The server's.
    pub(super) to: usize,
    /// The client's address.
    pub(super) source: IpAddr,
    /// The server's, of the same family.
    pub(super) destination: IpAddr,
    /// The server's port.
    pub(super) port: u16,
}

/// From every pod to every TCP port of every other, over every family that both have; by name.
pub(super) fn paths(file: &EndpointsFile) -> Vec<Path> {
    let mut paths = Vec::new();
    for (to, server) in file.endpoints.iter().enumerate() {
        for port in tcp_ports(server) {
            for (from, client) in file.endpoints.iter().enumerate() {
                if from != to {
                    paths.extend(families(client, server).map(|(source, destination)| Path {
                        from,
                        to,
                        source,
                        destination,
                        port,
                    }));
                }
            }
        }
    }
    let name = |place: usize| file.endpoints.get(place).map(Endpoint::full_name);
    let key = |path: &Path| {
        (
            name(path.to),
            path.port,
            name(path.from),
            path.source.is_ipv6(),
        )
    };
    paths.sort_by_cached_key(key);
    paths
}

fn tcp_ports(endpoint: &Endpoint) -> impl Iterator<Item = u16> {
    let ports = endpoint.ports.iter();
    ports
        .filter(|port| port.protocol == ProtocolName::Tcp)
        .map(|port| port.port.get())
}

fn families(client: &Endpoint, server: &Endpoint) -> impl Iterator<Item = (IpAddr, IpAddr)> {
    let sources = client.addresses.iter().map(|address| address.ip());
    sources.filter_map(|source| {
        let destinations = server.addresses.iter().map(|address| address.ip());
        let mut same = destinations.filter(|address| address.is_ipv4() == source.is_ipv4());
        Some((source, same.next()?))
    })
}

/// Starts an echo server on every TCP port of every pod. They end with the process, or with the
/// last client; a server that nobody connects to any more holds nothing but its own pod.
pub(super) fn serve(lab: &Lab, file: &EndpointsFile) -> io::Result<()> {
    for (place, endpoint) in file.endpoints.iter().enumerate() {
        let Some(pod) = lab.pod(place) else { continue };
        for port in tcp_ports(endpoint) {
            let listener = pod.run(|| TcpListener::bind(("::", port)))?;
            thread::Builder::new()
                .name(format!("server {port}"))
                .spawn(move || accept(&listener))?;
        }
    }
    Ok(())
}

fn accept(listener: &TcpListener) {
    for client in listener.incoming().flatten() {
        // A client that gets no thread gets no answer, which is what it will report.
        let _started = thread::Builder::new().spawn(move || echo(client));
    }
}

fn echo(mut client: TcpStream) {
    let mut bytes = [0; 64];
    while let Ok(n @ 1..) = client.read(&mut bytes) {
        let Some(Ok(())) = bytes.get(..n).map(|bytes| client.write_all(bytes)) else {
            return;
        };
    }
}

/// Tries all paths at the same time. A connection that was made and answers stays open.
pub(super) fn connect(lab: &Lab, paths: &[Path]) -> Vec<Option<TcpStream>> {
    thread::scope(|scope| {
        let one = |path: &Path| {
            let to = SocketAddr::new(path.destination, path.port);
            let pod = lab.pod(path.from)?;
            let connected = pod.run(|| TcpStream::connect_timeout(&to, PATIENCE));
            connected.ok().filter(answers)
        };
        let clients: Vec<_> = paths
            .iter()
            .map(|path| scope.spawn(move || one(path)))
            .collect();
        let streams = clients.into_iter();
        streams.map(|client| client.join().ok().flatten()).collect()
    })
}

/// Uses open connections again, all at the same time; whether each still answers.
pub(super) fn still_answer(open: &[&TcpStream]) -> Vec<bool> {
    thread::scope(|scope| {
        let clients: Vec<_> = open
            .iter()
            .map(|stream| scope.spawn(move || answers(stream)))
            .collect();
        let answered = clients.into_iter();
        answered
            .map(|client| client.join().unwrap_or(false))
            .collect()
    })
}

/// Whether a word comes back.
fn answers(stream: &TcpStream) -> bool {
    let exchange = |mut stream: &TcpStream| -> io::Result<bool> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"hello")?;
        let mut word = [0; 5];
        stream.read_exact(&mut word)?;
        Ok(&word == b"hello")
    };
    exchange(stream).unwrap_or(false)
}
