//! Programs on a real interface: attached, adopted, detached.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, UdpSocket},
    os::unix::fs::chown,
    time::Duration,
};

use ztc_abi::identity::EndpointEntry;
use ztc_loader::{
    attach::{attach, attached, detach},
    datapath::Datapath,
    fill::SlotTables,
    lab::Lab,
    pins::Pins,
};

use crate::rig::{Rig, endpoint, tables};

const POD: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const FRIEND: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
/// The port that the friend may use, and one that it may not.
const OPEN: u16 = 53;
const CLOSED: u16 = 54;

/// Sends to the closed port and then to the open one; whether each arrived. The second is waited
/// for, and the first cannot be slower.
fn arrives(lab: &Lab) -> (bool, bool) {
    let pod = lab.pod(0).expect("there are two");
    let friend = lab.pod(1).expect("there are two");
    let listen = |port| {
        pod.run(|| UdpSocket::bind((POD, port)))
            .expect("the pod has the address")
    };
    let (closed, open) = (listen(CLOSED), listen(OPEN));
    friend
        .run(|| {
            let socket = UdpSocket::bind((FRIEND, 0))?;
            socket.send_to(b"closed", (POD, CLOSED))?;
            socket.send_to(b"open", (POD, OPEN))
        })
        .expect("the friend sends");
    open.set_read_timeout(Some(Duration::from_secs(5)))
        .expect("not zero");
    let second = open.recv(&mut [0; 16]).is_ok();
    closed.set_nonblocking(true).expect("a socket can");
    let first = closed.recv(&mut [0; 16]).is_ok();
    (first, second)
}

#[test]
fn programs_filter_where_they_are_attached() {
    let Some(rig) = Rig::empty("attach") else {
        return;
    };
    let pods: [(&str, &[IpAddr]); 2] = [("pod.0", &[POD]), ("pod.1", &[FRIEND])];
    let lab = Lab::new(pods).expect("root makes namespaces");
    assert_eq!(arrives(&lab), (true, true), "nobody filters yet");

    let on_node = || attach(&rig.datapath, "pod.0").map_err(io::Error::other);
    let index = lab.node().run(on_node).expect("the interface is there");
    assert_eq!(attached(&rig.datapath).expect("links are listed"), [index]);
    let endpoints = vec![(
        index,
        EndpointEntry {
            ipv6: [0; 16],
            ..endpoint()
        },
    )];
    rig.load(&SlotTables {
        endpoints,
        ..tables()
    });
    assert_eq!(arrives(&lab), (false, true));

    // A second loader finds the links, and attaches nothing twice.
    assert_eq!(
        lab.node().run(on_node).expect("it is attached already"),
        index
    );
    assert_eq!(arrives(&lab), (false, true));

    detach(&rig.datapath, index).expect("the links are there");
    assert!(
        attached(&rig.datapath)
            .expect("links are listed")
            .is_empty()
    );
    assert_eq!(arrives(&lab), (true, true));
}

#[test]
fn an_interface_that_is_not_there_is_an_error() {
    let Some(rig) = Rig::empty("absent") else {
        return;
    };
    let refused = attach(&rig.datapath, "no-such-pod").expect_err("it does not exist");
    assert!(refused.to_string().contains("no-such-pod"), "{refused}");
    assert!(
        attached(&rig.datapath)
            .expect("links are listed")
            .is_empty()
    );
    detach(&rig.datapath, 4_000_000).expect("nothing to detach is no error");
}

#[test]
fn a_directory_of_somebody_else_is_refused() {
    let Some(rig) = Rig::empty("squat") else {
        return;
    };
    let root = rig.datapath.pins().root().join("theirs");
    fs::create_dir(&root).expect("root makes directories");
    chown(&root, Some(65_534), None).expect("root gives them away");
    let refused = Datapath::open(Pins::new(root)).expect_err("not ours");
    assert!(refused.to_string().contains("somebody else"), "{refused}");
}
