//! ICMP errors: they follow the flow that they are about.

use ztc_abi::{Address, DropReason, Protocol};
use ztc_loader::frame::Frame;

use crate::rig::{FRIEND, FRIEND_V6, OPEN, POD, POD_V6, Rig, STRANGER, closed};

/// An ICMP error that quotes a packet, from its network header on.
fn error(source: Address, destination: Address, kind: u16, quoted: &Frame) -> Vec<u8> {
    let (protocol, length_at) = match source.ipv4() {
        Some(_) => (Protocol::Icmp, 16),
        None => (Protocol::Icmpv6, 18),
    };
    let outer = Frame::first(source, destination, protocol, 0, kind);
    let mut packet = outer.bytes().expect("the frame is sendable");
    let quoted = quoted.bytes().expect("the frame is sendable");
    packet.extend_from_slice(&quoted[14..]);
    let header = if source.ipv4().is_some() { 14 } else { 54 };
    let length = u16::try_from(packet.len() - header).expect("short");
    packet.splice(length_at..length_at + 2, length.to_be_bytes());
    packet
}

const ROUTER_V6: Address = Address::from_ipv6([0x20; 16]);

/// A flow that the pod started, an error about it and one about another.
fn related(name: &str, ends: [Address; 2], router: Address, kinds: &[u16]) {
    let [pod, friend] = ends;
    let Some(mut rig) = Rig::new(name) else {
        return;
    };
    let flow = Frame::first(pod, friend, Protocol::Tcp, 40_000, OPEN);
    let other = Frame {
        source_port: 1,
        ..flow
    };
    for kind in kinds {
        let about = |quoted| error(router, pod, *kind, quoted);
        rig.drops(
            ztc_abi::Direction::Ingress,
            &about(&flow),
            DropReason::NotAllowed,
        );
    }
    assert!(rig.sends(&flow));
    let _first = rig.events();
    for kind in kinds {
        let about = |quoted| error(router, pod, *kind, quoted);
        assert!(
            rig.run(ztc_abi::Direction::Ingress, &about(&flow)),
            "type {kind}"
        );
        rig.drops(
            ztc_abi::Direction::Ingress,
            &about(&other),
            DropReason::NotAllowed,
        );
        // The pod may complain about what it was sent, and not about what it sent.
        let reply = flow.answer(0x10);
        assert!(rig.run(
            ztc_abi::Direction::Egress,
            &error(pod, friend, *kind, &reply)
        ));
        rig.drops(
            ztc_abi::Direction::Egress,
            &error(pod, friend, *kind, &flow),
            DropReason::NotAllowed,
        );
    }
    // Once the flow is no longer allowed, neither are errors about it; and the flow is gone.
    let kind = *kinds.first().expect("there is a kind");
    rig.load(&closed());
    rig.drops(
        ztc_abi::Direction::Ingress,
        &error(router, pod, kind, &flow),
        DropReason::NotAllowed,
    );
    assert_eq!(
        rig.datapath.n_flows().expect("the flow table is readable"),
        0
    );
}

#[test]
fn errors_about_ipv4_flows() {
    related("errors4", [POD, FRIEND], STRANGER, &[3, 11, 12]);
}

#[test]
fn errors_about_ipv6_flows() {
    related("errors6", [POD_V6, FRIEND_V6], ROUTER_V6, &[1, 2, 3, 4]);
}

#[test]
fn errors_about_pings() {
    let Some(rig) = Rig::new("errors-ping") else {
        return;
    };
    let ping = Frame::first(POD, FRIEND, Protocol::Icmp, 7, 8);
    let packet = error(STRANGER, POD, 11, &ping);
    assert!(!rig.run(ztc_abi::Direction::Ingress, &packet));
    assert!(rig.sends(&ping));
    assert!(rig.run(ztc_abi::Direction::Ingress, &packet));
}

#[test]
fn an_error_that_quotes_too_little_is_judged_alone() {
    let Some(mut rig) = Rig::new("errors-short") else {
        return;
    };
    let flow = Frame::first(POD, FRIEND, Protocol::Tcp, 40_000, OPEN);
    assert!(rig.sends(&flow));
    let _first = rig.events();
    let mut packet = error(STRANGER, POD, 3, &flow);
    packet.truncate(14 + 20 + 8 + 20 + 4);
    packet[17] = 52;
    rig.drops(ztc_abi::Direction::Ingress, &packet, DropReason::NotAllowed);
}
