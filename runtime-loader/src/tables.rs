//! A bundle and this node's endpoints as the contents of one slot.
//!
//! Must not know where the endpoints come from or how a slot is filled.

use std::collections::BTreeMap;

use ztc_abi::{
    Address, PeerEntry, Protocol, Verdict,
    decide::{Decision, DecisionKey, VerdictKey},
    identity::{EndpointEntry, PrefixV4, PrefixV6},
};
use ztc_bundle::Bundle;

use crate::{fill::SlotTables, place::Placed};

/// What the slot of a generation must hold.
pub fn tables(bundle: &Bundle<'_>, placed: &[Placed], node: Option<&str>) -> SlotTables {
    let prefixes = |family| bundle.prefixes().iter().filter(move |p| p.family == family);
    SlotTables {
        endpoints: placed.iter().map(endpoint).collect(),
        peers: peers(bundle, placed, node),
        prefixes_v4: prefixes(4)
            .map(|prefix| {
                let [a, b, c, d, ..] = prefix.address;
                let key = PrefixV4 {
                    length: prefix.length,
                    address: [a, b, c, d],
                };
                (key, entry(prefix.peer, prefix.group))
            })
            .collect(),
        prefixes_v6: prefixes(6)
            .map(|prefix| {
                let key = PrefixV6 {
                    length: prefix.length,
                    address: prefix.address,
                };
                (key, entry(prefix.peer, prefix.group))
            })
            .collect(),
        decisions: bundle
            .decisions()
            .iter()
            .map(|record| {
                let key = DecisionKey {
                    row: record.row,
                    peer: record.peer,
                };
                let decision = Decision {
                    port_map: record.port_map,
                    rest: record.rest,
                };
                (key, decision)
            })
            .collect(),
        port_classes: bundle
            .ports()
            .iter()
            .filter_map(|range| {
                let protocol = Protocol::from_index(range.protocol)?;
                Some((protocol, range.start, range.end, range.class))
            })
            .collect(),
        verdicts: bundle
            .verdicts()
            .iter()
            .map(|record| {
                let key = VerdictKey {
                    port_map: record.port_map,
                    port_class: record.port_class,
                };
                (key, Verdict(record.verdict))
            })
            .collect(),
        n_rules: u32::try_from(bundle.rules().len()).unwrap_or(Verdict::MAX_RULE),
    }
}

fn endpoint(placed: &Placed) -> (u32, EndpointEntry) {
    let mut entry = EndpointEntry {
        class: placed.class,
        row_ingress: placed.row_ingress,
        row_egress: placed.row_egress,
        shadow_ingress: placed.shadow_ingress,
        shadow_egress: placed.shadow_egress,
        ..EndpointEntry::default()
    };
    for address in &placed.endpoint.addresses {
        match address.ip() {
            std::net::IpAddr::V4(v4) => entry.ipv4 = v4.octets(),
            std::net::IpAddr::V6(v6) => entry.ipv6 = v6.octets(),
        }
    }
    (placed.interface, entry)
}

/// Every address that is known by itself. What this node knows of its own pods and of itself is
/// newer than what the compiler knew.
fn peers(bundle: &Bundle<'_>, placed: &[Placed], node: Option<&str>) -> Vec<(Address, PeerEntry)> {
    let mut peers = BTreeMap::new();
    for record in bundle.addresses().iter() {
        let own = node.is_some_and(|node| bundle.is_own_node(&record, node));
        let found = if own {
            entry(record.own_peer, record.own_group)
        } else {
            entry(record.peer, record.group)
        };
        let address = Address {
            bytes: record.address,
        };
        peers.insert(address, found);
    }
    for placed in placed {
        peers.extend(placed.peers.iter().copied());
    }
    peers.into_iter().collect()
}

const fn entry(peer: u32, group: u32) -> PeerEntry {
    PeerEntry { peer, group }
}
