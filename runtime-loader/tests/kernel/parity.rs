//! The kernel and the host call one `decide()`: over the same tables they say the same.

use std::collections::BTreeMap;

use fastrand::Rng;
use ztc_abi::{
    Access, Action, Address, Direction, Peer, PeerEntry, Protocol, Tables, Verdict, decide,
    decide::{Decision, DecisionKey, VerdictKey},
    identity::{PrefixV4, PrefixV6},
};
use ztc_loader::{
    fill::{SlotTables, fill, read_back},
    frame::Frame,
    probe::Prober,
};

use crate::{rig::Rig, seed::seed};

const N_TABLES: usize = 40;
const N_QUESTIONS: usize = 150;

/// The same tables on the host, searched the simple way.
struct Host<'a>(&'a SlotTables);

impl Tables for Host<'_> {
    fn decision(&self, key: DecisionKey) -> Option<Decision> {
        self.0
            .decisions
            .iter()
            .find(|(found, _)| *found == key)
            .map(|(_, decision)| *decision)
    }

    fn port_class(&self, protocol: Protocol, port: u16) -> Option<u16> {
        let class = self
            .0
            .port_classes
            .iter()
            .find(|(of, first, last, _)| *of == protocol && (*first..=*last).contains(&port));
        Some(class.map_or(protocol.rest(), |(.., class)| *class))
    }

    fn verdict(&self, key: VerdictKey) -> Option<Verdict> {
        self.0
            .verdicts
            .iter()
            .find(|(found, _)| *found == key)
            .map(|(_, verdict)| *verdict)
    }
}

impl Host<'_> {
    fn peer(&self, address: Address) -> Option<PeerEntry> {
        let exact = self.0.peers.iter().find(|(found, _)| *found == address);
        if let Some((_, entry)) = exact {
            return Some(*entry);
        }
        let of_v4 = self.0.prefixes_v4.iter().filter_map(|(prefix, entry)| {
            let inside = contains(&prefix.address, prefix.length, &address.ipv4()?);
            inside.then_some((prefix.length, *entry))
        });
        let of_v6 = self.0.prefixes_v6.iter().filter_map(|(prefix, entry)| {
            let inside = contains(&prefix.address, prefix.length, &address.bytes);
            (inside && address.ipv4().is_none()).then_some((prefix.length, *entry))
        });
        of_v4
            .chain(of_v6)
            .max_by_key(|(length, _)| *length)
            .map(|(_, entry)| entry)
    }
}

fn contains(prefix: &[u8], length: u32, address: &[u8]) -> bool {
    (0..length).all(|bit| {
        let (byte, mask) = ((bit / 8) as usize, 0x80 >> (bit % 8));
        prefix[byte] & mask == address[byte] & mask
    })
}

/// Addresses from a small world, so that prefixes and hosts meet.
fn address(rng: &mut Rng, v6: bool) -> Address {
    if v6 {
        let mut bytes = [0; 16];
        bytes[0] = 0xfd;
        bytes[8] = rng.u8(0..4) << 6;
        bytes[15] = rng.u8(0..8);
        Address::from_ipv6(bytes)
    } else {
        Address::from_ipv4([10, rng.u8(0..2) << 7, rng.u8(0..4) << 6, rng.u8(0..8)])
    }
}

fn entry(rng: &mut Rng) -> PeerEntry {
    let first = [Peer::FIRST_CLASS, Peer::FIRST_ADDRESS_CLASS][rng.usize(0..2)];
    PeerEntry {
        peer: first + rng.u32(0..4),
        group: Peer::FIRST_GROUP + rng.u32(0..3),
    }
}

fn verdict(rng: &mut Rng) -> Verdict {
    let action = [Action::NotAllowed, Action::Allow, Action::Deny][rng.usize(0..3)];
    Verdict::new(action, rng.u32(0..50))
}

fn prefixes(rng: &mut Rng, tables: &mut SlotTables) {
    let mut v4 = BTreeMap::from([((0, [0; 4]), entry(rng))]);
    let mut v6 = BTreeMap::from([((0, [0; 16]), entry(rng))]);
    for _ in 0..rng.usize(0..8) {
        let length = rng.u32(0..=32);
        let Some(found) = address(rng, false).ipv4() else {
            continue;
        };
        let bits = u32::from_be_bytes(found);
        let masked = bits & u32::MAX.checked_shl(32 - length).unwrap_or(0);
        v4.insert((length, masked.to_be_bytes()), entry(rng));
        let length = rng.u32(0..=128);
        let bits = u128::from_be_bytes(address(rng, true).bytes);
        let masked = bits & u128::MAX.checked_shl(128 - length).unwrap_or(0);
        v6.insert((length, masked.to_be_bytes()), entry(rng));
    }
    tables.prefixes_v4 = v4
        .into_iter()
        .map(|((length, address), entry)| (PrefixV4 { length, address }, entry))
        .collect();
    tables.prefixes_v6 = v6
        .into_iter()
        .map(|((length, address), entry)| (PrefixV6 { length, address }, entry))
        .collect();
}

fn random_tables(rng: &mut Rng) -> SlotTables {
    let mut tables = SlotTables {
        n_rules: 50,
        ..SlotTables::default()
    };
    prefixes(rng, &mut tables);
    let mut peers = BTreeMap::new();
    for _ in 0..rng.usize(0..12) {
        let v6 = rng.bool();
        peers.insert(address(rng, v6), entry(rng));
    }
    tables.peers = peers.into_iter().collect();
    let mut decisions = BTreeMap::new();
    for row in 1..4 {
        // A row that lacks its last resort is a fault, and must be found as one.
        let any = [Peer::ANY_INSIDE.0, Peer::ANY_OUTSIDE.0];
        let any: Vec<_> = any.into_iter().filter(|_| rng.u8(0..8) != 0).collect();
        let classes: Vec<_> = (0..rng.usize(0..5)).map(|_| entry(rng).peer).collect();
        let groups: Vec<_> = (0..rng.usize(0..3)).map(|_| entry(rng).group).collect();
        for peer in any.into_iter().chain(classes).chain(groups) {
            let by_protocol = [0, Decision::BY_PROTOCOL][rng.usize(0..2)];
            let port_map = rng.u32(0..4) | by_protocol;
            decisions.insert(
                DecisionKey { row, peer },
                Decision {
                    port_map,
                    rest: verdict(rng).0,
                },
            );
        }
    }
    tables.decisions = decisions.into_iter().collect();
    for (index, protocol) in Protocol::ALL.into_iter().take(5).enumerate() {
        let class = 8 + 2 * index as u16;
        tables.port_classes.push((protocol, 1, 3, class));
        tables.port_classes.push((protocol, 5, 5, class + 1));
    }
    let mut verdicts = BTreeMap::new();
    for _ in 0..rng.usize(0..30) {
        let key = VerdictKey {
            port_map: rng.u32(1..4),
            port_class: rng.u32(0..18),
        };
        verdicts.insert(key, verdict(rng));
    }
    tables.verdicts = verdicts.into_iter().collect();
    tables
}

#[test]
fn the_kernel_decides_what_the_host_decides() {
    let Some(rig) = Rig::empty("parity") else {
        return;
    };
    let mut rng = Rng::with_seed(seed());
    let prober = Prober::new(&rig.datapath).expect("the program is pinned");
    let mut n_faults = 0;
    for _ in 0..N_TABLES {
        let tables = random_tables(&mut rng);
        fill(&rig.datapath, 1, &tables).expect("the tables fit");
        read_back(&rig.datapath, 1, &tables).expect("the tables are there");
        for _ in 0..N_QUESTIONS {
            n_faults += usize::from(!question(&mut rng, &prober, &tables));
        }
    }
    assert!(n_faults > 0, "faults are among the questions");
}

/// One question; whether the tables had an answer.
fn question(rng: &mut Rng, prober: &Prober, tables: &SlotTables) -> bool {
    let v6 = rng.bool();
    let icmp = if v6 { Protocol::Icmpv6 } else { Protocol::Icmp };
    let protocol = [
        Protocol::Tcp,
        Protocol::Udp,
        Protocol::Sctp,
        icmp,
        Protocol::Other,
    ][rng.usize(0..5)];
    let (pod, remote) = (address(rng, v6), address(rng, v6));
    let (row, port) = (rng.u32(0..4), rng.u16(0..7));
    let direction = Direction::ALL[rng.usize(0..2)];
    let (source, destination) = match direction {
        Direction::Ingress => (remote, pod),
        Direction::Egress => (pod, remote),
    };
    let frame = Frame::first(source, destination, protocol, 40_000, port);
    let packet = frame.bytes().expect("the frame is sendable");
    let answer = prober
        .ask(1, row, direction, &packet)
        .expect("the kernel answers");
    let host = Host(tables);
    let peer = host.peer(remote).expect("there is a prefix of length 0");
    let asked = decide(
        &Access {
            row,
            peer,
            protocol,
            port,
        },
        &host,
    );
    assert_eq!(answer.peer, Peer(peer.peer), "{frame:?} {tables:?}");
    match asked {
        Some(verdict) => {
            assert_eq!(
                (answer.verdict, answer.reason),
                (verdict, None),
                "{frame:?} {tables:?}"
            );
            assert_eq!(answer.passes, verdict.is_allow());
        }
        None => {
            assert_eq!(answer.reason, Some(ztc_abi::DropReason::IncompleteTables));
            assert!(!answer.passes);
        }
    }
    asked.is_some()
}
