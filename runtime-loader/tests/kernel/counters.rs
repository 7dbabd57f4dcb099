//! Everything is counted, and what is held back is counted too.

use ztc_abi::{
    Address, DropReason, Peer, PeerEntry,
    event::{Counter, EventLimit, PolicyEvent},
    maps::{EVENT_BYTES, EVENTS_LOST},
};
use ztc_loader::frame::Frame;

use crate::rig::{ALLOWS, DENIED, DENIES, ISOLATES, OPEN, Rig, UNNAMED, syn, tables};

/// The counters of so many frames of 54 bytes.
const fn packets(n: u64) -> Counter {
    Counter {
        packets: n,
        bytes: n * 54,
    }
}

#[test]
fn every_packet_is_counted_once() {
    let Some(rig) = Rig::new("counted") else {
        return;
    };
    assert!(rig.receives(&syn(OPEN)));
    assert!(rig.receives(&Frame {
        tcp_flags: 0x10,
        ..syn(OPEN)
    }));
    assert!(rig.sends(&syn(OPEN).answer(0x10)));
    for _ in 0..2 {
        assert!(!rig.receives(&syn(DENIED)));
    }
    assert!(!rig.receives(&syn(UNNAMED)));
    let reasons = rig.datapath.reasons().expect("the counters are readable");
    assert_eq!(
        reasons,
        [
            (0, packets(3)),
            (DropReason::NotAllowed as u32, packets(1)),
            (DropReason::Denied as u32, packets(2)),
        ]
    );
    let rules = rig.datapath.rules().expect("the counters are readable");
    assert_eq!(
        rules,
        [
            (ALLOWS, packets(3)),
            (ISOLATES, packets(1)),
            (DENIES, packets(2))
        ]
    );
}

#[test]
fn events_are_limited_per_class_peer_and_reason() {
    let Some(mut rig) = Rig::new("limited") else {
        return;
    };
    let n_sent = usize::try_from(EventLimit::BURST).expect("small");
    for _ in 0..n_sent + 10 {
        assert!(!rig.receives(&syn(DENIED)));
    }
    assert_eq!(rig.events().len(), n_sent);
    assert!(!rig.receives(&syn(UNNAMED)), "another reason");
    assert_eq!(rig.events().len(), 1);
    let reasons = rig.datapath.reasons().expect("the counters are readable");
    let denied = u64::from(EventLimit::BURST) + 10;
    assert!(reasons.contains(&(DropReason::Denied as u32, packets(denied))));
}

#[test]
fn events_without_room_are_counted() {
    let Some(mut rig) = Rig::new("lost") else {
        return;
    };
    let burst = u64::from(EventLimit::BURST);
    // As many strangers as it takes to fill the ring: a record has a header of eight bytes.
    let record = size_of::<PolicyEvent>() as u64 + 8;
    let n_strangers = u64::from(EVENT_BYTES) / record / burst + 2;
    let stranger = |index: u64| Address::from_ipv4([172, 16, (index >> 8) as u8, index as u8]);
    let mut tables = tables();
    for index in 0..n_strangers {
        let peer = Peer::FIRST_CLASS + 100 + index as u32;
        let group = Peer::FIRST_GROUP;
        tables
            .peers
            .push((stranger(index), PeerEntry { peer, group }));
    }
    rig.load(&tables);
    for index in 0..n_strangers {
        let frame = Frame {
            source: stranger(index),
            ..syn(OPEN)
        };
        for _ in 0..burst {
            assert!(!rig.receives(&frame));
        }
    }
    let lost = rig.datapath.reasons().expect("the counters are readable");
    let lost = lost.iter().find(|(reason, _)| *reason == EVENTS_LOST);
    let n_lost = lost.map_or(0, |(_, counter)| counter.packets);
    assert!(n_lost > 0, "the ring was full");
    assert_eq!(rig.events().len() as u64 + n_lost, n_strangers * burst);
}
