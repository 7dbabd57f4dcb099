//! Replies, established flows, and what may not pass for one.

use ztc_abi::{
    Direction, DropReason, Protocol,
    conntrack::{Flow, OTHER_LIFETIME, TCP_CLOSING_LIFETIME, TCP_LIFETIME, TCP_OPENING_LIFETIME},
    event::PolicyEvent,
};
use ztc_loader::frame::Frame;

use crate::rig::{DENIED, FRIEND, FRIEND_V6, OPEN, POD, POD_V6, Rig, STRANGER, UNNAMED, syn};

const ACK: u8 = 0x10;
const FIN: u8 = 0x11;
const RST: u8 = 0x14;
const SYN: u8 = 0x02;

const fn with(frame: Frame, tcp_flags: u8) -> Frame {
    Frame { tcp_flags, ..frame }
}

/// The one flow that is remembered.
fn flow(rig: &Rig) -> Flow {
    let flows = rig.datapath.flows().expect("the flow table is readable");
    let [(_, flow)] = flows.as_slice() else {
        panic!("one flow was expected, not {flows:?}")
    };
    *flow
}

/// Makes every flow as old as this, and one second older; false on a machine that has not run for
/// so long.
fn age(rig: &Rig, by: u64) -> bool {
    let flows = rig.datapath.flows().expect("the flow table is readable");
    for (key, mut flow) in flows {
        let Some(last_seen) = flow.last_seen.checked_sub(by + 1_000_000_000) else {
            return false;
        };
        flow.last_seen = last_seen;
        rig.datapath
            .set_flow(key, flow)
            .expect("the flow table is writable");
    }
    true
}

#[test]
fn verdicts_of_first_packets() {
    let Some(mut rig) = Rig::new("verdicts") else {
        return;
    };
    assert!(rig.receives(&syn(OPEN)));
    assert_eq!(rig.reason(), None);
    for (frame, reason) in [
        (syn(DENIED), DropReason::Denied),
        (syn(UNNAMED), DropReason::NotAllowed),
        (
            Frame {
                source: STRANGER,
                ..syn(OPEN)
            },
            DropReason::NotAllowed,
        ),
        (
            Frame {
                protocol: Protocol::Sctp,
                ..syn(OPEN)
            },
            DropReason::NotAllowed,
        ),
        (
            Frame {
                protocol: Protocol::Other,
                ..syn(OPEN)
            },
            DropReason::NotAllowed,
        ),
    ] {
        assert!(!rig.receives(&frame), "{frame:?}");
        assert_eq!(rig.reason(), Some(reason), "{frame:?}");
    }
    assert_eq!(
        rig.datapath.n_flows().expect("the flow table is readable"),
        1
    );
}

#[test]
fn a_reply_needs_no_rule() {
    let Some(mut rig) = Rig::new("reply") else {
        return;
    };
    let reply = syn(OPEN).answer(SYN | ACK);
    assert!(!rig.sends(&reply), "nobody asked yet");
    assert!(rig.receives(&syn(OPEN)));
    let _first = rig.events();
    assert!(rig.sends(&reply));
    assert!(rig.receives(&with(syn(OPEN), ACK)));
    assert_eq!(rig.events(), [], "only the first packet is reported");
    assert_eq!(flow(&rig).flags, Flow::REPLIED);
    assert_eq!(flow(&rig).direction(), Direction::Ingress);
}

#[test]
fn every_protocol_has_replies() {
    let Some(rig) = Rig::new("protocols") else {
        return;
    };
    let udp = Frame::first(POD, FRIEND, Protocol::Udp, 40_000, 53);
    assert!(rig.sends(&udp));
    assert!(rig.receives(&udp.answer(0)));
    for (from, to, protocol, ask, answer) in [
        (POD, FRIEND, Protocol::Icmp, 8, 0),
        (POD_V6, FRIEND_V6, Protocol::Icmpv6, 128, 129),
    ] {
        let ping = Frame::first(from, to, protocol, 7, ask);
        let pong = Frame {
            port: answer,
            ..ping.answer(0)
        };
        assert!(!rig.receives(&pong), "nobody asked yet");
        assert!(rig.sends(&ping));
        assert!(rig.receives(&pong));
        assert!(
            !rig.receives(&Frame {
                source_port: 8,
                ..pong
            }),
            "another identifier"
        );
        assert!(
            !rig.sends(&Frame {
                port: answer,
                ..ping
            }),
            "the asker does not answer"
        );
    }
}

#[test]
fn two_pings_with_one_identifier_are_two_flows() {
    let Some(rig) = Rig::new("pings") else { return };
    let ours = Frame::first(POD, FRIEND, Protocol::Icmp, 7, 8);
    let theirs = Frame::first(FRIEND, POD, Protocol::Icmp, 7, 8);
    assert!(rig.sends(&ours) && rig.receives(&theirs));
    assert!(rig.receives(&Frame { port: 0, ..theirs }) && rig.sends(&Frame { port: 0, ..ours }));
    assert_eq!(
        rig.datapath.n_flows().expect("the flow table is readable"),
        2
    );
}

#[test]
fn a_syn_is_never_a_reply() {
    let Some(mut rig) = Rig::new("syn") else {
        return;
    };
    let out = Frame::first(POD, FRIEND, Protocol::Tcp, UNNAMED, OPEN);
    assert!(rig.sends(&out));
    let _first = rig.events();
    assert!(
        !rig.receives(&out.answer(SYN)),
        "to a port that no rule opens"
    );
    assert_eq!(rig.reason(), Some(DropReason::NotAllowed));
    assert!(rig.receives(&out.answer(SYN | ACK)));
    // A SYN that policy allows passes, and does not turn the flow round.
    let open = Frame::first(POD, FRIEND, Protocol::Tcp, OPEN, OPEN);
    assert!(rig.sends(&open));
    assert!(rig.receives(&open.answer(SYN)));
    let flows = rig.datapath.flows().expect("the flow table is readable");
    assert!(
        flows
            .iter()
            .all(|(_, flow)| flow.direction() == Direction::Egress)
    );
}

#[test]
fn a_syn_starts_an_ended_flow_again() {
    let Some(mut rig) = Rig::new("again") else {
        return;
    };
    for end in [vec![FIN], vec![RST]] {
        assert!(rig.receives(&syn(OPEN)));
        let _first = rig.events();
        for flags in end {
            assert!(rig.receives(&with(syn(OPEN), flags)));
        }
        assert_ne!(flow(&rig).flags & Flow::ENDING, 0);
        assert!(rig.receives(&syn(OPEN)));
        assert_eq!(rig.events().len(), 1, "judged and reported as a new flow");
        assert_eq!(flow(&rig).flags, 0);
    }
}

#[test]
fn closing_takes_both_sides() {
    let Some(rig) = Rig::new("closing") else {
        return;
    };
    assert!(rig.receives(&syn(OPEN)));
    assert!(rig.receives(&with(syn(OPEN), FIN)));
    assert_eq!(flow(&rig).flags & Flow::CLOSING, 0, "half open");
    assert!(rig.sends(&syn(OPEN).answer(FIN)));
    assert_ne!(flow(&rig).flags & Flow::CLOSING, 0);
}

#[test]
fn a_flow_past_its_time_is_forgotten() {
    let Some(rig) = Rig::new("expiry") else {
        return;
    };
    let reply = syn(OPEN).answer(ACK);
    assert!(rig.receives(&syn(OPEN)));
    let minute = age(&rig, TCP_OPENING_LIFETIME);
    assert_eq!(rig.sends(&reply), !minute, "nobody replied in time");
    assert!(rig.receives(&syn(OPEN)) && rig.sends(&reply));
    age(&rig, TCP_OPENING_LIFETIME);
    assert!(rig.sends(&reply), "replied once, idle for a minute");
    let hours = age(&rig, TCP_LIFETIME);
    assert_eq!(rig.sends(&reply), !hours, "idle for hours");
    assert!(rig.receives(&syn(OPEN)) && rig.receives(&with(syn(OPEN), RST)) && rig.sends(&reply));
    let seconds = age(&rig, TCP_CLOSING_LIFETIME);
    assert_eq!(rig.sends(&reply), !seconds, "reset");
    let udp = Frame::first(FRIEND, POD, Protocol::Udp, 1, 53);
    assert!(rig.receives(&udp) && rig.sends(&udp.answer(0)));
    let minute = age(&rig, OTHER_LIFETIME);
    assert_eq!(rig.sends(&udp.answer(0)), !minute, "idle for a minute");
}

#[test]
fn last_seen_is_refreshed() {
    let Some(rig) = Rig::new("refresh") else {
        return;
    };
    assert!(rig.receives(&syn(OPEN)));
    let fresh = flow(&rig).last_seen;
    assert!(age(&rig, 0), "the machine has run for a second");
    assert!(rig.receives(&with(syn(OPEN), ACK)));
    assert!(flow(&rig).last_seen >= fresh);
}

#[test]
fn events_say_who_and_why() {
    let Some(mut rig) = Rig::new("events") else {
        return;
    };
    assert!(!rig.receives(&syn(DENIED)));
    let events = rig.events();
    let [event] = events.as_slice() else {
        panic!("one event was expected, not {events:?}")
    };
    let expected = PolicyEvent {
        time: event.time,
        generation: 1,
        source: FRIEND.bytes,
        destination: POD.bytes,
        interface: crate::rig::INTERFACE,
        class: crate::rig::POD_CLASS,
        row: crate::rig::ROW_INGRESS,
        peer: crate::rig::FRIEND_CLASS,
        rule: crate::rig::DENIES,
        shadow: 0,
        suppressed: 0,
        source_port: 40_000,
        destination_port: DENIED,
        protocol: 6,
        direction: 0,
        reason: 181,
        flags: 0,
        zero: 0,
    };
    assert_eq!(*event, expected);
    assert_ne!(event.time, 0);
}
