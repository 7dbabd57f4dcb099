//! What the kernel would do, from the bundle alone: the same tables, the same `decide()`.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};
use ztc_abi::{
    Access, Address, Peer, PeerEntry, Protocol, Tables, Verdict, decide,
    decide::{Decision, DecisionKey, VerdictKey},
};

use crate::{AddressRecord, Bundle, PrefixRecord, prefix};

/// Significant bits, family and masked address.
type PrefixKey = (u32, u32, [u8; 16]);

impl Tables for Bundle<'_> {
    fn decision(&self, key: DecisionKey) -> Option<Decision> {
        let found = self.decisions().find(&key, |record| DecisionKey {
            row: record.row,
            peer: record.peer,
        })?;
        Some(Decision {
            port_map: found.port_map,
            rest: found.rest,
        })
    }

    fn port_class(&self, protocol: Protocol, port: u16) -> Option<u16> {
        let wanted = (protocol as u8, port);
        let after = self
            .ports()
            .partition_point(|range| (range.protocol, range.start) <= wanted);
        let range = after.checked_sub(1).and_then(|at| self.ports().get(at));
        let covers = range.filter(|range| range.protocol == wanted.0 && port <= range.end);
        Some(covers.map_or(protocol.rest(), |range| range.class))
    }

    fn verdict(&self, key: VerdictKey) -> Option<Verdict> {
        let found = self.verdicts().find(&key, |record| VerdictKey {
            port_map: record.port_map,
            port_class: record.port_class,
        })?;
        Some(Verdict(found.verdict))
    }
}

impl Bundle<'_> {
    /// Judges one access as the kernel does. `None` cannot happen in a bundle that was parsed,
    /// unless the row is none of its rows.
    pub fn judge(
        &self,
        row: u32,
        peer: PeerEntry,
        protocol: Protocol,
        port: u16,
    ) -> Option<Verdict> {
        judge(self, row, peer, protocol, port)
    }

    /// What an address stands for, seen from a node that is not its own: the exact address, else
    /// the longest prefix. An IPv4-mapped IPv6 address is read as IPv4.
    pub fn peer_of(&self, address: IpAddr) -> PeerEntry {
        match self.address(address) {
            Some(found) => entry_of(&found),
            None => self.longest_prefix(address),
        }
    }

    /// As [`Self::peer_of`], seen from a subject on this node: the node's own addresses are
    /// [`Peer::HOST`]. No node is named by the empty text.
    pub fn peer_seen_from(&self, address: IpAddr, node: &str) -> PeerEntry {
        match self.address(address) {
            Some(found) if self.is_own_node(&found, node) => {
                self.peer_entry(Peer::HOST).unwrap_or_default()
            }
            Some(found) => entry_of(&found),
            None => self.longest_prefix(address),
        }
    }

    /// Whether an address belongs to the node of this name.
    pub fn is_own_node(&self, address: &AddressRecord, node: &str) -> bool {
        address.is_node == 1 && !node.is_empty() && self.string(address.node) == node
    }

    /// The record of an exact address.
    pub fn address(&self, address: IpAddr) -> Option<AddressRecord> {
        let wanted = bytes_of(address);
        self.addresses().find(&wanted, |record| record.address)
    }

    /// A peer with its group. `None` when the bundle does not know it.
    pub fn peer_entry(&self, peer: Peer) -> Option<PeerEntry> {
        let group = if peer.is_class() {
            self.classes().get(peer.0 - Peer::FIRST_CLASS)?.group
        } else if peer.is_address_class() {
            self.prefixes()
                .iter()
                .find(|prefix| prefix.peer == peer.0)?
                .group
        } else {
            self.reserved().find(&peer.0, |record| record.peer)?.group
        };
        Some(PeerEntry {
            peer: peer.0,
            group,
        })
    }

    fn longest_prefix(&self, address: IpAddr) -> PeerEntry {
        let (family, bits, bytes) = prefix_bytes(address);
        let found = (0..=bits).rev().find_map(|length| {
            let wanted = (family, prefix::mask(bytes, length), length);
            let key = |record: &PrefixRecord| (record.family, record.address, record.length);
            self.prefixes().find(&wanted, key)
        });
        found.map_or_else(PeerEntry::default, |record| PeerEntry {
            peer: record.peer,
            group: record.group,
        })
    }
}

/// The tables of a bundle in hash maps: more to build, less to ask. For many thousands of
/// questions.
#[derive(Clone, Debug)]
pub struct Simulator<'a> {
    bundle: Bundle<'a>,
    decisions: FxHashMap<DecisionKey, Decision>,
    verdicts: FxHashMap<VerdictKey, Verdict>,
    addresses: FxHashMap<[u8; 16], AddressRecord>,
    prefixes: FxHashMap<PrefixKey, PeerEntry>,
    /// The lengths that occur, longest first.
    lengths: Vec<u32>,
}

impl<'a> Simulator<'a> {
    /// Reads every table once.
    pub fn new(bundle: &Bundle<'a>) -> Self {
        let decisions = bundle.decisions().iter().map(|record| {
            let (row, peer) = (record.row, record.peer);
            let (port_map, rest) = (record.port_map, record.rest);
            (DecisionKey { row, peer }, Decision { port_map, rest })
        });
        let verdicts = bundle.verdicts().iter().map(|record| {
            let (port_map, port_class) = (record.port_map, record.port_class);
            (
                VerdictKey {
                    port_map,
                    port_class,
                },
                Verdict(record.verdict),
            )
        });
        let prefixes = bundle.prefixes().iter().map(|record| {
            let (peer, group) = (record.peer, record.group);
            (
                (record.length, record.family, record.address),
                PeerEntry { peer, group },
            )
        });
        let distinct: FxHashSet<u32> = bundle.prefixes().iter().map(|p| p.length).collect();
        Self {
            bundle: *bundle,
            decisions: decisions.collect(),
            verdicts: verdicts.collect(),
            addresses: bundle.addresses().iter().map(|r| (r.address, r)).collect(),
            prefixes: prefixes.collect(),
            lengths: (0..=128)
                .rev()
                .filter(|length| distinct.contains(length))
                .collect(),
        }
    }

    /// The bundle it was made from.
    pub fn bundle(&self) -> &Bundle<'a> {
        &self.bundle
    }

    /// As [`Bundle::judge`].
    pub fn judge(
        &self,
        row: u32,
        peer: PeerEntry,
        protocol: Protocol,
        port: u16,
    ) -> Option<Verdict> {
        judge(self, row, peer, protocol, port)
    }

    /// As [`Bundle::peer_seen_from`]; with an empty node as [`Bundle::peer_of`].
    pub fn peer_seen_from(&self, address: IpAddr, node: &str) -> PeerEntry {
        match self.addresses.get(&bytes_of(address)) {
            Some(found) if self.bundle.is_own_node(found, node) => {
                self.bundle.peer_entry(Peer::HOST).unwrap_or_default()
            }
            Some(found) => entry_of(found),
            None => self.longest_prefix(address),
        }
    }

    fn longest_prefix(&self, address: IpAddr) -> PeerEntry {
        let (family, bits, bytes) = prefix_bytes(address);
        let candidates = self.lengths.iter().filter(|length| **length <= bits);
        candidates
            .map(|&length| (length, family, prefix::mask(bytes, length)))
            .find_map(|key| self.prefixes.get(&key).copied())
            .unwrap_or_default()
    }
}

impl Tables for Simulator<'_> {
    fn decision(&self, key: DecisionKey) -> Option<Decision> {
        self.decisions.get(&key).copied()
    }

    fn port_class(&self, protocol: Protocol, port: u16) -> Option<u16> {
        self.bundle.port_class(protocol, port)
    }

    fn verdict(&self, key: VerdictKey) -> Option<Verdict> {
        self.verdicts.get(&key).copied()
    }
}

fn judge(
    tables: &impl Tables,
    row: u32,
    peer: PeerEntry,
    protocol: Protocol,
    port: u16,
) -> Option<Verdict> {
    let access = Access {
        row,
        peer,
        protocol,
        port,
    };
    decide(&access, tables)
}

fn entry_of(record: &AddressRecord) -> PeerEntry {
    PeerEntry {
        peer: record.peer,
        group: record.group,
    }
}

/// The sixteen bytes under which exact addresses are kept.
fn bytes_of(address: IpAddr) -> [u8; 16] {
    match address.to_canonical() {
        IpAddr::V4(v4) => Address::from_ipv4(v4.octets()).bytes,
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// Family, bits, and the bytes under which prefixes are kept.
fn prefix_bytes(address: IpAddr) -> (u32, u32, [u8; 16]) {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let mut bytes = [0; 16];
            if let Some(first) = bytes.first_chunk_mut() {
                *first = v4.octets();
            }
            (4, 32, bytes)
        }
        IpAddr::V6(v6) => (6, 128, v6.octets()),
    }
}
