//! Who is on the other side.
//!
//! Must not know what a peer may do.

use aya_ebpf::btf_maps::lpm_trie::Key;
use ztc_abi::{Address, PeerEntry};

use crate::{
    maps::{PEERS, PREFIXES_V4, PREFIXES_V6},
    packet::Words,
};

/// The peer behind an address in one slot; `None` when the tables lack the entry they must have.
///
/// 1. The exact address: pods, nodes, and every other address that is known by itself.
/// 2. The longest prefix; each trie has one of length 0, the world outside the cluster.
#[inline(always)]
pub fn find(slot: u32, address: &Words) -> Option<PeerEntry> {
    // 1.
    let peers = PEERS.get(slot)?;
    let exact: &Address = address.as_address();
    // SAFETY: Entries of an inner map never change once its slot is live, see `swap.rs`.
    if let Some(entry) = unsafe { peers.get(exact) } {
        return Some(*entry);
    }
    // 2.
    if address.is_ipv4() {
        let key = Key::new(32, address.low().to_le_bytes());
        PREFIXES_V4.get(slot)?.get(&key).copied()
    } else {
        let key = Key::new(128, address.bytes());
        PREFIXES_V6.get(slot)?.get(&key).copied()
    }
}
