//! `from`, `between` and `judge` say the same, and `judge` is what the kernel does.

use std::collections::{BTreeMap, BTreeSet};

use ztc_abi::Protocol;
use ztc_reach::{Connection, IdentityId, Link, Reach, Scope, Traffic, Verdicts};

use crate::{N_SEEDS, random, reach};

/// Ports at which something changes in a bundle, and their neighbours.
fn ports(reach: &Reach<'_>, protocol: Protocol) -> BTreeSet<u16> {
    let last = match protocol {
        Protocol::Icmp | Protocol::Icmpv6 => 255,
        _ => u16::MAX,
    };
    let records = reach.bundle().ports();
    let around = records.iter().flat_map(|record| {
        let before = record.start.saturating_sub(1);
        [
            before,
            record.start,
            record.end,
            record.end.saturating_add(1),
        ]
    });
    let all = around.chain([0, last]);
    all.filter(|port| *port <= last).collect()
}

/// What lets one access through; `None` when it is not permitted.
fn at(traffic: &Traffic, protocol: Protocol, port: u16) -> Option<Verdicts> {
    let mut segments = traffic.segments.iter();
    let holds = |range: &ztc_reach::PortRange| {
        range.protocol() == protocol && (range.first..=range.last).contains(&port)
    };
    segments
        .find(|one| holds(&one.ports))
        .map(|one| one.verdicts)
}

fn identities(reach: &Reach<'_>) -> impl Iterator<Item = IdentityId> + use<> {
    let n = u32::try_from(reach.identities().len()).expect("they are few");
    (0..n).map(IdentityId)
}

#[test]
fn from_and_between_say_what_judge_says() {
    let mut n_allowed = 0;
    let mut n_denied = 0;
    for seed in 0..N_SEEDS {
        let file = random(seed);
        let reach = reach(&file.view());
        for from in identities(&reach) {
            let outgoing = reach.from(from);
            let traffic = |link: &Link| &outgoing.traffics[link.traffic as usize];
            let links = outgoing.links.iter().map(|link| (link.to, traffic(link)));
            let links: BTreeMap<IdentityId, &Traffic> = links.collect();
            assert_eq!(links.len(), outgoing.links.len(), "each target once");
            for to in identities(&reach) {
                let between = reach.between(from, to);
                let linked = links.get(&to).copied().cloned().unwrap_or_default();
                assert_eq!(linked, between, "seed {seed}: {from:?} {to:?}");
                let is_subject = |id| reach.identity(id).expect("it is there").is_pod;
                if !is_subject(from) && !is_subject(to) {
                    assert!(between.is_empty(), "policies say nothing of these");
                    continue;
                }
                for protocol in Protocol::ALL {
                    for port in ports(&reach, protocol) {
                        let judged = reach.judge(from, to, protocol, port);
                        let wanted = judged.is_allow().then_some(judged);
                        let found = at(&between, protocol, port);
                        assert_eq!(
                            found, wanted,
                            "seed {seed}: {from:?} {to:?} {port} {protocol:?}"
                        );
                        n_allowed += u32::from(wanted.is_some());
                        n_denied += u32::from(wanted.is_none());
                    }
                }
            }
        }
    }
    assert!(n_allowed.min(n_denied) > 10_000, "{n_allowed} {n_denied}");
}

#[test]
fn neighbours_of_a_traffic_differ_in_their_reasons() {
    for seed in 0..N_SEEDS {
        let file = random(seed);
        let reach = reach(&file.view());
        for from in identities(&reach) {
            for traffic in &reach.from(from).traffics {
                for pair in traffic.segments.windows(2) {
                    let [one, next] = [pair[0], pair[1]];
                    assert!(one.ports < next.ports, "they ascend");
                    let touch = one.ports.protocol() == next.ports.protocol()
                        && one.ports.last.checked_add(1) == Some(next.ports.first);
                    assert!(!touch || one.verdicts != next.verdicts, "they are one");
                }
            }
        }
    }
}

#[test]
fn every_party_has_the_connections_of_its_identity() {
    for seed in 0..N_SEEDS {
        let file = random(seed);
        let reach = reach(&file.view());
        let everything = Scope::everything(&reach);
        for (source, party) in reach.numbered() {
            let mut found = BTreeMap::new();
            reach.each_from(&everything, source, |one: &Connection<'_>| {
                assert_eq!(one.from, source);
                let ranges = one.ports.ranges().to_vec();
                found.entry(one.to).or_insert_with(Vec::new).extend(ranges);
            });
            for (target, other) in reach.numbered() {
                let between = reach.between(party.identity, other.identity);
                let mut wanted: Vec<_> = between.ports().ranges().to_vec();
                if !reach.is_pair(source, target) {
                    wanted.clear();
                }
                let found: ztc_reach::PortSet =
                    found.remove(&target).into_iter().flatten().collect();
                assert_eq!(found.ranges(), wanted, "seed {seed}");
            }
        }
    }
}
