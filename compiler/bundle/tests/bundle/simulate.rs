//! The bundle as a simulator: addresses to peers, accesses to verdicts.

use std::net::{IpAddr, Ipv6Addr};

use ztc_abi::{Peer, Protocol};
use ztc_bundle::Simulator;

use crate::generated;

#[test]
fn tables_in_place_and_in_hash_maps_give_the_same_answers() {
    for seed in 0..100 {
        let (contents, file) = generated(seed);
        let bundle = file.view();
        let simulator = Simulator::new(&bundle);
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..200 {
            let known = random
                .choice(&contents.addresses)
                .map(|record| record.address);
            let known = known.filter(|_| random.bool());
            let near = random.choice(&contents.prefixes).filter(|_| random.bool());
            let bytes = known.or(near.map(|prefix| prefix.address));
            let bytes = bytes.unwrap_or_else(|| random.u128(..).to_be_bytes());
            let address: IpAddr = match near {
                Some(prefix) if prefix.family == 4 && known.is_none() => {
                    [bytes[0], bytes[1], bytes[2], random.u8(..)].into()
                }
                _ => Ipv6Addr::from(bytes).into(),
            };
            let node = ["", "node-a", "web"][random.usize(0..3)];
            let peer = bundle.peer_seen_from(address, node);
            assert_eq!(
                peer,
                simulator.peer_seen_from(address, node),
                "seed {seed} {address}"
            );
            assert_ne!(peer.group, 0, "seed {seed} {address}");
            let protocol = random.choice(Protocol::ALL).expect("there are six");
            let (row, port) = (random.u32(0..=contents.meta.n_rows), random.u16(..));
            let verdict = bundle.judge(row, peer, protocol, port);
            assert!(verdict.is_some(), "seed {seed} {address}");
            assert_eq!(
                verdict,
                simulator.judge(row, peer, protocol, port),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn probes_of_generated_contents_hold() {
    for seed in 0..100 {
        let (contents, file) = generated(seed);
        for probe in &contents.probes {
            let peer = file.view().peer_of(Ipv6Addr::from(probe.address).into());
            let protocol = Protocol::from_index(probe.protocol).expect("it was checked");
            let verdict = file.view().judge(probe.row, peer, protocol, probe.port);
            assert_eq!(
                verdict.map(|verdict| verdict.0),
                Some(probe.verdict),
                "seed {seed}"
            );
            assert_eq!(peer.peer, probe.peer, "seed {seed}");
        }
    }
}

#[test]
fn the_longest_prefix_wins_and_the_world_is_the_rest() {
    for seed in 0..100 {
        let (contents, file) = generated(seed);
        for prefix in contents.prefixes.iter().filter(|prefix| prefix.family == 6) {
            let address = Ipv6Addr::from(prefix.address);
            let covering = contents.prefixes.iter().filter(|other| {
                let shift = 128u32.saturating_sub(other.length);
                let (a, b) = (address.to_bits(), u128::from_be_bytes(other.address));
                other.family == 6 && (other.length == 0 || a >> shift == b >> shift)
            });
            let longest = covering
                .max_by_key(|other| other.length)
                .expect("there is a /0");
            if file.view().address(address.into()).is_none() && address.to_ipv4_mapped().is_none() {
                assert_eq!(
                    file.view().peer_of(address.into()).peer,
                    longest.peer,
                    "seed {seed}"
                );
            }
        }
    }
}

#[test]
fn a_nodes_own_addresses_are_something_else_to_its_own_pods() {
    let mut n_asked = 0;
    for seed in 0..50 {
        let (contents, file) = generated(seed);
        let bundle = file.view();
        for record in contents
            .addresses
            .iter()
            .filter(|record| record.is_node == 1)
        {
            let address: IpAddr = Ipv6Addr::from(record.address).into();
            let node = bundle.string(record.node);
            if node.is_empty() {
                continue;
            }
            n_asked += 1;
            let own = bundle.peer_seen_from(address, node);
            assert_eq!((own.peer, own.group), (record.own_peer, record.own_group));
            assert_ne!(own.peer, record.peer);
            assert_eq!(bundle.peer_entry(Peer(own.peer)), Some(own));
            assert_eq!(
                bundle.peer_seen_from(address, "elsewhere").peer,
                record.peer
            );
            assert_eq!(bundle.peer_seen_from(address, "").peer, record.peer);
            assert_eq!(bundle.peer_of(address).peer, record.peer);
        }
    }
    assert!(n_asked > 20, "{n_asked}");
}

#[test]
fn every_peer_of_the_tables_has_an_entry() {
    let (contents, file) = generated(9);
    let bundle = file.view();
    for peer in Peer::RESERVED {
        assert!(
            bundle
                .peer_entry(peer)
                .is_some_and(|entry| entry.peer == peer.0),
            "{peer:?}"
        );
    }
    for class in &contents.classes {
        let entry = bundle.peer_entry(Peer(class.class)).expect("it is a class");
        assert_eq!(entry.group, class.group);
    }
    let group = |peer| bundle.peer_entry(Peer(peer)).map(|entry| entry.group);
    for node in &contents.node_classes {
        assert_eq!(group(node.peer), Some(node.group));
        assert_eq!(group(node.own_peer), Some(node.own_group));
    }
    let n_nodes = u32::try_from(contents.node_classes.len()).expect("they are few");
    assert_eq!(group(Peer::FIRST_NODE + 2 * n_nodes), None);
    for unknown in [
        Peer::ANY_INSIDE,
        Peer::ANY_OUTSIDE,
        Peer(0x00ff_ffff),
        Peer(0x01ff_ffff),
        Peer(u32::MAX),
    ] {
        assert_eq!(bundle.peer_entry(unknown), None, "{unknown:?}");
    }
}
