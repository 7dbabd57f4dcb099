//! What a flip does to running flows, and what it must not do.

use std::fs;

use aya::maps::{Array, Map, MapData};
use ztc_abi::{Action, Direction, DropReason, Verdict, event::PolicyEvent};
use ztc_loader::{
    datapath::{Datapath, DatapathError},
    fill::{SlotTables, fill, read_back, replace_endpoints, replace_peers},
    frame::Frame,
    swap::flip,
};

use crate::rig::{ALLOWS, FRIEND, OPEN, POD, Rig, closed, endpoint, syn, tables};

#[test]
fn an_unchanged_permission_does_not_notice_a_flip() {
    let Some(mut rig) = Rig::new("unchanged") else {
        return;
    };
    assert!(rig.receives(&syn(OPEN)));
    let _first = rig.events();
    for generation in 2..6 {
        rig.load(&tables());
        assert!(rig.sends(&syn(OPEN).answer(0x10)));
        assert!(rig.receives(&Frame {
            tcp_flags: 0x10,
            ..syn(OPEN)
        }));
        let flows = rig.datapath.flows().expect("the flow table is readable");
        assert!(flows.iter().all(|(_, flow)| flow.generation == generation));
    }
    assert_eq!(rig.events(), []);
}

#[test]
fn a_revoked_permission_cuts_the_flow() {
    for direction in Direction::ALL {
        let Some(mut rig) = Rig::new(&format!("revoked-{}", direction.name())) else {
            return;
        };
        assert!(rig.receives(&syn(OPEN)));
        let _first = rig.events();
        rig.load(&closed());
        // The next packet, whoever sends it, is the flow's last.
        let ack = Frame {
            tcp_flags: 0x10,
            ..syn(OPEN)
        };
        match direction {
            Direction::Ingress => assert!(!rig.receives(&ack)),
            Direction::Egress => assert!(!rig.sends(&ack.answer(0x10))),
        }
        let events = rig.events();
        let [event] = events.as_slice() else {
            panic!("one event was expected, not {events:?}")
        };
        assert_eq!(event.flags, PolicyEvent::REJUDGED);
        assert_eq!(
            event.direction,
            Direction::Ingress as u8,
            "the flow's direction"
        );
        assert_eq!((event.source, event.destination), (FRIEND.bytes, POD.bytes));
        assert_eq!((event.source_port, event.destination_port), (40_000, OPEN));
        assert_eq!(
            DropReason::from_number(event.reason),
            Some(DropReason::NotAllowed)
        );
        assert_eq!(event.generation, 2);
        assert_eq!(
            rig.datapath.n_flows().expect("the flow table is readable"),
            0
        );
        rig.load(&tables());
        assert!(!rig.sends(&ack.answer(0x10)), "a reply to nothing");
        assert!(rig.receives(&ack), "allowed again");
    }
}

#[test]
fn a_permission_that_moves_to_another_rule_goes_on() {
    let Some(rig) = Rig::new("moved") else { return };
    assert!(rig.receives(&syn(OPEN)));
    let mut moved = tables();
    for (_, verdict) in &mut moved.verdicts {
        if verdict.is_allow() {
            *verdict = Verdict::new(Action::Allow, ALLOWS + 1);
        }
    }
    rig.load(&moved);
    assert!(rig.sends(&syn(OPEN).answer(0x10)));
    let rules = rig.datapath.rules().expect("the counters are readable");
    assert_eq!(
        rules.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(),
        [ALLOWS + 1]
    );
}

#[test]
fn only_the_next_generation_follows() {
    let Some(rig) = Rig::new("follows") else {
        return;
    };
    for generation in [0, 1, 3] {
        let refused = flip(&rig.datapath, generation);
        assert!(matches!(
            refused,
            Err(DatapathError::WrongGeneration { live: 1, .. })
        ));
    }
    let refused = fill(&rig.datapath, 1, &tables());
    assert!(matches!(refused, Err(DatapathError::LiveSlot(1))));
    assert!(rig.receives(&syn(OPEN)), "nothing has changed");
}

#[test]
fn a_difference_is_found() {
    let Some(rig) = Rig::new("difference") else {
        return;
    };
    let asked = tables();
    let mut others = vec![SlotTables {
        n_rules: 4,
        ..asked.clone()
    }];
    let mut other = asked.clone();
    other.decisions.pop();
    others.push(other);
    let mut other = asked.clone();
    other.verdicts[0].1 = Verdict::BUILT_IN_ALLOW;
    others.push(other);
    let mut other = asked.clone();
    other.port_classes[0].3 = 9;
    others.push(other);
    let mut other = asked.clone();
    other.endpoints[0].1.class += 1;
    others.push(other);
    let mut other = asked.clone();
    other.prefixes_v6.clear();
    others.push(other);
    for other in others {
        fill(&rig.datapath, 0, &other).expect("the tables fit");
        let compared = read_back(&rig.datapath, 0, &asked);
        assert!(compared.is_err(), "{other:?}");
    }
    fill(&rig.datapath, 0, &asked).expect("the tables fit");
    read_back(&rig.datapath, 0, &asked).expect("the tables are equal");
}

#[test]
fn endpoints_and_addresses_come_and_go_in_the_live_slot() {
    let Some(mut rig) = Rig::new("live") else {
        return;
    };
    let packet = syn(OPEN).bytes().expect("the frame is sendable");
    replace_endpoints(&rig.datapath, 1, &[]).expect("the slot exists");
    rig.drops(Direction::Ingress, &packet, DropReason::NoPolicy);
    let list = [(crate::rig::INTERFACE, endpoint())];
    replace_endpoints(&rig.datapath, 1, &list).expect("the slot exists");
    replace_peers(&rig.datapath, 1, &[]).expect("the slot exists");
    rig.drops(Direction::Ingress, &packet, DropReason::NotAllowed);
    replace_peers(&rig.datapath, 1, &tables().peers).expect("the slot exists");
    assert!(rig.run(Direction::Ingress, &packet));
}

#[test]
fn another_loader_adopts_what_is_pinned() {
    let Some(rig) = Rig::new("adopts") else {
        return;
    };
    assert!(rig.receives(&syn(OPEN)));
    let again = Datapath::open(rig.datapath.pins().clone()).expect("it is pinned");
    assert_eq!(again.generation().expect("the generation is readable"), 1);
    assert_eq!(again.n_flows().expect("the flow table is readable"), 1);
    let again = Datapath::adopt(rig.datapath.pins().clone()).expect("it is pinned");
    again.detach().expect("pins can be removed");
    let gone = Datapath::adopt(rig.datapath.pins().clone());
    assert!(matches!(gone, Err(DatapathError::NotLoaded(_))));
}

#[test]
fn another_object_is_not_adopted() {
    let Some(rig) = Rig::new("other") else { return };
    let pins = rig.datapath.pins();
    let data = MapData::from_pin(pins.object()).expect("it is pinned");
    let map = Map::from_map_data(data).expect("it is an array");
    let mut identity: Array<MapData, [u8; 34]> = map.try_into().expect("of one identity");
    identity.set(0, [7; 34], 0).expect("it is writable");
    let refused = Datapath::open(pins.clone()).expect_err("it is another's");
    assert!(
        refused.to_string().contains("ztc-loader detach"),
        "{refused}"
    );
    assert!(rig.receives(&syn(OPEN)), "the old programs go on");
}

#[test]
fn what_a_killed_loader_left_half_done_is_done_again() {
    let Some(rig) = Rig::new("killed") else {
        return;
    };
    let pins = rig.datapath.pins().clone();
    fs::remove_file(pins.object()).expect("it is pinned");
    assert!(matches!(
        Datapath::adopt(pins.clone()),
        Err(DatapathError::NotLoaded(_))
    ));
    let fresh = Datapath::open(pins).expect("it is loaded again");
    assert_eq!(fresh.generation().expect("the generation is readable"), 0);
}
