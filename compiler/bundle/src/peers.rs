//! Addresses to peers: the exact address, else the longest prefix.
//!
//! Must not know verdicts.

use std::net::IpAddr;

use rustc_hash::{FxHashMap, FxHashSet};
use ztc_abi::{Address, Peer, PeerEntry};

use crate::{AddressRecord, Bundle, PrefixRecord, prefix};

/// Significant bits, family and masked address.
type PrefixKey = (u32, u32, [u8; 16]);

impl Bundle<'_> {
    /// What an address stands for, seen from a node that is not its own: the exact address, else
    /// the longest prefix. An IPv4-mapped IPv6 address is read as IPv4.
    pub fn peer_of(&self, address: IpAddr) -> PeerEntry {
        match self.address(address) {
            Some(found) => entry_of(&found),
            None => self.longest_prefix(address),
        }
    }

    /// As [`Self::peer_of`], seen from a subject on this node, to which the node's own addresses
    /// are something else. No node is named by the empty text.
    pub fn peer_seen_from(&self, address: IpAddr, node: &str) -> PeerEntry {
        match self.address(address) {
            Some(found) if self.is_own_node(&found, node) => own_entry_of(&found),
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
        } else if peer.is_node_class() {
            // The even number is the node from elsewhere, the next one the same node from itself.
            let node = self.node_classes().find(&(peer.0 & !1), |r| r.peer)?;
            if node.peer == peer.0 {
                node.group
            } else {
                node.own_group
            }
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

/// The addresses and prefixes of a bundle in hash maps.
#[derive(Clone, Debug)]
pub(crate) struct Peers<'a> {
    bundle: Bundle<'a>,
    addresses: FxHashMap<[u8; 16], AddressRecord>,
    prefixes: FxHashMap<PrefixKey, PeerEntry>,
    /// The lengths that occur, longest first.
    lengths: Vec<u32>,
}

impl<'a> Peers<'a> {
    /// Reads both tables once.
    pub(crate) fn new(bundle: &Bundle<'a>) -> Self {
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
            addresses: bundle.addresses().iter().map(|r| (r.address, r)).collect(),
            prefixes: prefixes.collect(),
            lengths: (0..=128)
                .rev()
                .filter(|length| distinct.contains(length))
                .collect(),
        }
    }

    /// As [`Bundle::peer_seen_from`]; with an empty node as [`Bundle::peer_of`].
    pub(crate) fn seen_from(&self, address: IpAddr, node: &str) -> PeerEntry {
        match self.addresses.get(&bytes_of(address)) {
            Some(found) if self.bundle.is_own_node(found, node) => own_entry_of(found),
            Some(found) => entry_of(found),
            None => self.longest_prefix(address),
        }
    }

    /// As [`Bundle::address`].
    pub(crate) fn address(&self, address: IpAddr) -> Option<AddressRecord> {
        self.addresses.get(&bytes_of(address)).copied()
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

/// What an address is to pods of the same node.
pub(crate) fn own_entry_of(record: &AddressRecord) -> PeerEntry {
    PeerEntry {
        peer: record.own_peer,
        group: record.own_group,
    }
}

/// What an address is to everybody else.
pub(crate) fn entry_of(record: &AddressRecord) -> PeerEntry {
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
pub(crate) fn prefix_bytes(address: IpAddr) -> (u32, u32, [u8; 16]) {
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
