//! Atomic under load: bundles are swapped hundreds of times below running traffic.
//!
//! Bundle A allows clients `a` and `c`, bundle B allows `b` and `c`, and neither allows port 9.
//! Their rules have different numbers, so a packet that was judged by a mix of both would carry a
//! rule that its generation's bundle does not give it.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream, UdpSocket},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use ztc_abi::{
    Action, Address, Direction, DropReason, Peer, Protocol, Verdict, event::PolicyEvent,
    maps::EVENTS_LOST,
};
use ztc_bundle::BundleFile;
use ztc_loader::ring::Ring;

use crate::{
    bundles::{SERVER, addresses, allow, bundle, wire},
    node::Node,
};

const N_SWAPS: u64 = 200;
const OPEN: u16 = 7000;
const NEVER: u16 = 9;
/// Long enough for a machine that does a lot else; an answer takes microseconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// For clients that are denied half of the time.
const IMPATIENCE: Duration = Duration::from_millis(20);
/// Between two packets of a flow: hundreds of packets in the time of a swap are enough.
const BREATH: Duration = Duration::from_micros(100);

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;

#[test]
fn no_packet_is_lost_or_let_in_by_a_swap() {
    let Some(node) = Node::new("load") else {
        return;
    };
    let with_a = bundle("with-a", &[allow(C, OPEN), allow(A, OPEN)].concat());
    let with_b = bundle("with-b", &[allow(B, OPEN), allow(C, OPEN)].concat());
    node.apply(&with_a).expect("the bundle is sound");
    echo(&node, OPEN);
    let let_in = echo(&node, NEVER);
    let mut ring = Ring::open(&node.datapath()).expect("it is loaded");
    let read = |bytes: &[u8]| BundleFile::parse(bytes.to_vec()).expect("it is sound");
    let judge = Judge {
        by_parity: [read(&with_b), read(&with_a)],
    };
    let stop = AtomicBool::new(false);
    let tally = Tally::default();
    let n_events = thread::scope(|scope| {
        let (node, stop, tally) = (&node, &stop, &tally);
        for family in 0..2 {
            scope.spawn(move || allowed_udp(node, family, stop, tally));
            scope.spawn(move || allowed_tcp(node, family, stop, tally));
            scope.spawn(move || half_allowed_udp(node, A, family, stop, tally));
            scope.spawn(move || half_allowed_udp(node, B, family, stop, tally));
        }
        scope.spawn(move || new_connections(node, stop, tally));
        scope.spawn(move || denied_udp(node, stop));
        scope.spawn(move || denied_tcp(node, stop));
        let ending = Ending(stop);
        let mut n_events = 0;
        for swap in 1..=N_SWAPS {
            let next = if swap % 2 == 0 { &with_a } else { &with_b };
            let live = node.apply(next).expect("the bundle is sound");
            assert_eq!(live.generation, swap + 1);
            while let Some(event) = ring.next() {
                judge.check(&event);
                n_events += 1;
            }
        }
        drop(ending);
        n_events
    });
    let reasons = node.datapath().reasons().expect("it is loaded");
    let lost = reasons.iter().find(|(reason, _)| *reason == EVENTS_LOST);
    assert_eq!(lost, None, "events that nobody saw prove nothing");
    assert_eq!(
        let_in.load(Ordering::Relaxed),
        0,
        "a packet denied by both was let in"
    );
    let [steady, through, held] =
        [&tally.steady, &tally.through, &tally.held].map(|counter| counter.load(Ordering::Relaxed));
    assert!(
        n_events > 0 && steady > N_SWAPS && through > 0 && held > 0,
        "too little traffic: {n_events} events, {steady} steady, {through} through, {held} held"
    );
}

/// Ends the traffic, also when an assertion fails: threads that go on would hide it.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What traffic there was.
#[derive(Default)]
struct Tally {
    /// Exchanges that both bundles allow.
    steady: AtomicU64,
    /// Exchanges that one bundle allows, and did.
    through: AtomicU64,
    /// Those that it did not.
    held: AtomicU64,
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn server(family: usize, port: u16) -> SocketAddr {
    SocketAddr::new(addresses(SERVER)[family], port)
}

/// Echo servers for both protocols on a port of the server; counts what reaches them.
fn echo(node: &Node, port: u16) -> &'static AtomicU64 {
    let reached: &AtomicU64 = Box::leak(Box::new(AtomicU64::new(0)));
    let pod = node.lab.pod(SERVER).expect("there is a server");
    let socket = pod
        .run(|| UdpSocket::bind(("::", port)))
        .expect("the port is free");
    thread::spawn(move || {
        let mut bytes = [0; 64];
        while let Ok((n, from)) = socket.recv_from(&mut bytes) {
            add(reached);
            let _sent = socket.send_to(&bytes[..n], from);
        }
    });
    let listener = node.listen(SERVER, port);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            add(reached);
            thread::spawn(move || {
                let mut bytes = [0; 64];
                while let Ok(n @ 1..) = stream.read(&mut bytes) {
                    if stream.write_all(&bytes[..n]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    reached
}

fn udp(node: &Node, client: usize, to: SocketAddr, patience: Duration) -> UdpSocket {
    let pod = node.lab.pod(client).expect("there is such a pod");
    let socket = pod.run(|| UdpSocket::bind(("::", 0)));
    let socket = socket.expect("a port is free");
    let mapped = match to {
        SocketAddr::V4(v4) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
        v6 => v6,
    };
    socket.connect(mapped).expect("there is a route");
    socket
        .set_read_timeout(Some(patience))
        .expect("it is a time");
    socket
}

/// Sends a number and waits for the same number.
fn exchange(socket: &UdpSocket, number: u64) -> bool {
    if socket.send(&number.to_le_bytes()).is_err() {
        return false;
    }
    let mut bytes = [0; 8];
    while socket.recv(&mut bytes).is_ok() {
        if u64::from_le_bytes(bytes) == number {
            return true;
        }
    }
    false
}

fn allowed_udp(node: &Node, family: usize, stop: &AtomicBool, tally: &Tally) {
    let socket = udp(node, C, server(family, OPEN), PATIENCE);
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        assert!(
            exchange(&socket, number),
            "datagram {number} of an allowed flow was lost"
        );
        add(&tally.steady);
        thread::sleep(BREATH);
    }
}

fn allowed_tcp(node: &Node, family: usize, stop: &AtomicBool, tally: &Tally) {
    let mut stream = open(node, family);
    let mut number = 0u64;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        say(&mut stream, number);
        add(&tally.steady);
        thread::sleep(BREATH);
    }
}

fn open(node: &Node, family: usize) -> TcpStream {
    let pod = node.lab.pod(C).expect("there is such a pod");
    let to = server(family, OPEN);
    let stream = pod.run(|| TcpStream::connect_timeout(&to, PATIENCE));
    let stream = stream.expect("an allowed connection is made");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("it is a time");
    stream.set_nodelay(true).expect("it is TCP");
    stream
}

fn say(stream: &mut TcpStream, number: u64) {
    stream
        .write_all(&number.to_le_bytes())
        .expect("an allowed connection stays open");
    let mut bytes = [0; 8];
    stream
        .read_exact(&mut bytes)
        .expect("an allowed connection answers");
    assert_eq!(u64::from_le_bytes(bytes), number);
}

/// Not faster than the ports of closed connections become free again.
fn new_connections(node: &Node, stop: &AtomicBool, tally: &Tally) {
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        say(&mut open(node, usize::from(number % 2 == 0)), number);
        add(&tally.steady);
        thread::sleep(Duration::from_millis(5));
    }
}

fn half_allowed_udp(node: &Node, client: usize, family: usize, stop: &AtomicBool, tally: &Tally) {
    let socket = udp(node, client, server(family, OPEN), IMPATIENCE);
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        add(if exchange(&socket, number) {
            &tally.through
        } else {
            &tally.held
        });
        thread::sleep(BREATH);
    }
}

fn denied_udp(node: &Node, stop: &AtomicBool) {
    let sockets: Vec<_> = [A, B]
        .into_iter()
        .flat_map(|client| [0, 1].map(|f| udp(node, client, server(f, NEVER), IMPATIENCE)))
        .collect();
    while !stop.load(Ordering::Relaxed) {
        for socket in &sockets {
            assert!(
                !exchange(socket, 0),
                "a datagram denied by both was answered"
            );
        }
    }
}

fn denied_tcp(node: &Node, stop: &AtomicBool) {
    let pod = node.lab.pod(A).expect("there is such a pod");
    while !stop.load(Ordering::Relaxed) {
        let to = server(0, NEVER);
        let made = pod.run(|| TcpStream::connect_timeout(&to, IMPATIENCE));
        assert!(made.is_err(), "a connection denied by both was made");
    }
}

/// Holds every event against the bundle of its generation.
struct Judge {
    /// By the parity of the generation: 1 was A, 2 was B, and so on.
    by_parity: [BundleFile; 2],
}

impl Judge {
    fn check(&self, event: &PolicyEvent) {
        let protocol = Protocol::from_ip_number(event.protocol);
        if !matches!(protocol, Protocol::Tcp | Protocol::Udp) {
            // A pod's kernel announces itself to multicast routers now and then.
            return;
        }
        let bundle = self.by_parity[usize::from(event.generation % 2 == 1)].view();
        let from = |client: usize| addresses(client).map(wire).contains(&event.source);
        let to_server = addresses(SERVER).map(wire).contains(&event.destination);
        if from(C) {
            assert_eq!(event.reason, 0, "an allowed packet was dropped: {event:?}");
        }
        if event.row == 0 {
            assert_eq!((event.reason, event.rule), (0, 0), "{event:?}");
            return;
        }
        assert!(
            to_server && event.direction == Direction::Ingress as u8,
            "{event:?}"
        );
        let address = Address {
            bytes: event.source,
        };
        let peer = bundle
            .addresses()
            .find(&address.bytes, |record| record.address);
        assert_eq!(
            peer.map(|record| record.peer),
            Some(event.peer),
            "{event:?}"
        );
        let peer = bundle
            .peer_entry(Peer(event.peer))
            .expect("the bundle knows its peers");
        let said = bundle.judge(event.row, peer, protocol, event.destination_port);
        let action = match DropReason::from_number(event.reason) {
            None => Action::Allow,
            Some(DropReason::NotAllowed) => Action::NotAllowed,
            Some(reason) => panic!("no bundle drops for this reason: {}", reason.text()),
        };
        assert_eq!(said, Some(Verdict::new(action, event.rule)), "{event:?}");
    }
}
