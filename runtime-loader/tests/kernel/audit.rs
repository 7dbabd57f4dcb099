//! Audited policies: what is enforced decides alone, and where they differ it is said.

use ztc_abi::{
    Action, DropReason, Peer, Verdict,
    decide::{Decision, DecisionKey},
    event::{Counter, EventLimit, PolicyEvent},
    maps,
};
use ztc_loader::{fill::SlotTables, frame::Frame};

use crate::rig::{ALLOWS, DENIED, FRIEND_CLASS, INTERFACE, OPEN, Rig, UNNAMED, syn, tables};

const SHADOW: u32 = 3;
/// The audited rule.
const AUDITED: u32 = 4;

/// [`tables`] with a shadow row for both directions, which says this of everybody.
fn audited(verdict: Verdict) -> SlotTables {
    let mut tables = incomplete();
    for peer in [Peer::ANY_INSIDE.0, Peer::ANY_OUTSIDE.0] {
        let (row, rest) = (SHADOW, verdict.0);
        let decision = Decision { port_map: 0, rest };
        tables.decisions.push((DecisionKey { row, peer }, decision));
    }
    tables
}

/// The same, but the shadow row says nothing.
fn incomplete() -> SlotTables {
    let mut tables = tables();
    for (_, endpoint) in &mut tables.endpoints {
        endpoint.shadow_ingress = SHADOW;
        endpoint.shadow_egress = SHADOW;
    }
    tables.n_rules = AUDITED;
    tables
}

const fn denied() -> Verdict {
    Verdict::new(Action::Deny, AUDITED)
}

const fn allowed() -> Verdict {
    Verdict::new(Action::Allow, AUDITED)
}

/// The one event since the last call.
#[track_caller]
fn event(rig: &mut Rig) -> PolicyEvent {
    let events = rig.events();
    let [event] = events.as_slice() else {
        panic!("one event was expected, not {events:?}")
    };
    *event
}

/// Packets that were counted as audited.
fn n_audited(rig: &Rig) -> u64 {
    let reasons = rig.datapath.reasons().expect("the counters are readable");
    let found = reasons.iter().find(|(reason, _)| *reason == maps::AUDITED);
    found.map_or(0, |(_, Counter { packets, .. })| *packets)
}

#[test]
fn what_audited_policies_would_deny_passes_and_is_reported_once() {
    let Some(mut rig) = Rig::empty("would-deny") else {
        return;
    };
    rig.load(&audited(denied()));
    assert!(rig.receives(&syn(OPEN)), "what is enforced decides");
    let seen = event(&mut rig);
    assert_eq!(
        (seen.flags, seen.reason, seen.rule, seen.shadow),
        (PolicyEvent::AUDIT, 0, ALLOWS, denied().0)
    );
    assert_eq!(seen.peer, FRIEND_CLASS);
    for _ in 0..3 {
        assert!(rig.sends(&syn(OPEN).answer(0x10)));
        assert!(rig.receives(&Frame {
            tcp_flags: 0x10,
            ..syn(OPEN)
        }));
    }
    assert_eq!(rig.events(), [], "an established flow is quiet");
    assert_eq!(n_audited(&rig), 1);
}

#[test]
fn what_audited_policies_would_allow_is_dropped_and_reported() {
    let Some(mut rig) = Rig::empty("would-allow") else {
        return;
    };
    rig.load(&audited(allowed()));
    for (port, reason) in [
        (UNNAMED, DropReason::NotAllowed),
        (DENIED, DropReason::Denied),
    ] {
        let packets = [syn(port), syn(port).answer(0x02)];
        assert!(!rig.receives(&packets[0]), "what is enforced decides");
        let seen = event(&mut rig);
        assert_eq!(
            (seen.flags, seen.shadow),
            (PolicyEvent::AUDIT, allowed().0),
            "{port}"
        );
        assert_eq!(DropReason::from_number(seen.reason), Some(reason));
        // From the pod, by its other shadow row.
        assert!(!rig.sends(&packets[1]));
        assert_eq!(event(&mut rig).flags, PolicyEvent::AUDIT);
    }
    assert_eq!(n_audited(&rig), 4);
}

#[test]
fn another_rule_for_the_same_outcome_is_no_difference() {
    let Some(mut rig) = Rig::empty("same") else {
        return;
    };
    rig.load(&audited(allowed()));
    assert!(rig.receives(&syn(OPEN)));
    let seen = event(&mut rig);
    assert_eq!((seen.flags, seen.shadow), (0, 0));
    rig.load(&audited(denied()));
    assert!(!rig.receives(&syn(UNNAMED)));
    let seen = event(&mut rig);
    assert_eq!((seen.flags, seen.shadow), (0, 0), "dropped either way");
    assert_eq!(n_audited(&rig), 0);
}

#[test]
fn a_running_flow_that_audited_policies_would_end_is_reported_after_a_flip() {
    let Some(mut rig) = Rig::new("would-end") else {
        return;
    };
    assert!(rig.receives(&syn(OPEN)));
    assert_eq!(event(&mut rig).flags, 0);
    rig.load(&audited(denied()));
    let reply = syn(OPEN).answer(0x10);
    assert!(rig.sends(&reply), "it goes on");
    let seen = event(&mut rig);
    assert_eq!(seen.flags, PolicyEvent::AUDIT | PolicyEvent::REJUDGED);
    assert_eq!(
        (seen.source_port, seen.destination_port),
        (40_000, OPEN),
        "as its first packet was"
    );
    assert_eq!((seen.reason, seen.shadow), (0, denied().0));
    assert!(rig.sends(&reply));
    assert_eq!(rig.events(), [], "and is quiet from then on");
    rig.load(&audited(allowed()));
    assert!(rig.sends(&reply));
    assert_eq!(rig.events(), [], "nothing differs any more");
}

#[test]
fn a_shadow_row_without_tables_says_that_it_would_drop() {
    let Some(mut rig) = Rig::empty("shadowless") else {
        return;
    };
    rig.load(&incomplete());
    assert!(rig.receives(&syn(OPEN)), "what is enforced is complete");
    let seen = event(&mut rig);
    assert_eq!((seen.flags, seen.reason), (PolicyEvent::AUDIT, 0));
    assert_eq!(Verdict(seen.shadow), Verdict::new(Action::NotAllowed, 0));
}

#[test]
fn a_subject_that_only_audited_policies_isolate_has_row_zero() {
    let Some(mut rig) = Rig::empty("row-zero") else {
        return;
    };
    let mut open = audited(denied());
    for (_, endpoint) in &mut open.endpoints {
        endpoint.row_ingress = 0;
        endpoint.row_egress = 0;
    }
    rig.load(&open);
    assert!(rig.receives(&syn(UNNAMED)));
    let seen = event(&mut rig);
    assert_eq!((seen.row, seen.rule, seen.shadow), (0, 0, denied().0));
    let mut closed = tables();
    for (_, endpoint) in &mut closed.endpoints {
        endpoint.shadow_ingress = 0;
    }
    rig.load(&closed);
    assert!(!rig.receives(&syn(DENIED)));
    assert_eq!(Verdict(event(&mut rig).shadow), Verdict::BUILT_IN_ALLOW);
}

#[test]
fn plain_events_do_not_take_the_places_of_audited_ones() {
    let Some(mut rig) = Rig::new("places") else {
        return;
    };
    let n_sent = usize::try_from(EventLimit::BURST).expect("small");
    for _ in 0..n_sent + 5 {
        assert!(!rig.receives(&syn(UNNAMED)));
    }
    assert_eq!(rig.events().len(), n_sent);
    rig.load(&audited(allowed()));
    assert!(!rig.receives(&syn(UNNAMED)));
    let seen = event(&mut rig);
    assert_eq!(
        (seen.flags, seen.interface),
        (PolicyEvent::AUDIT, INTERFACE)
    );
}
