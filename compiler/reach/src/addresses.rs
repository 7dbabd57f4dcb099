//! Addresses outside the cluster: which ranges are one peer.
//!
//! Must not know rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ztc_abi::PeerEntry;
use ztc_bundle::{Bundle, PrefixRecord};

use crate::{
    parties::{Party, PartyKind, bare},
    ranges::{AddressRange, joined, name, predecessor, successor},
};

/// The group of a peer, and its addresses.
#[derive(Default)]
struct Pieces {
    group: u32,
    ranges: Vec<AddressRange>,
}

/// A party for each peer outside the cluster that longer prefixes leave an address, in the order of
/// peers.
pub(crate) fn parties(bundle: &Bundle<'_>) -> Vec<Party> {
    let addresses = bundle.addresses().iter();
    let known: BTreeSet<IpAddr> = addresses
        .map(|record| Ipv6Addr::from(record.address).to_canonical())
        .collect();
    let party = |(peer, pieces): (u32, Pieces)| {
        let group = pieces.group;
        let ranges = joined(pieces.ranges);
        let entry = PeerEntry { peer, group };
        let named = bare(PartyKind::Addresses, name(&ranges), entry);
        Party {
            end: example(&ranges, &known).map(|address| address.to_string()),
            ranges,
            ..named
        }
    };
    let pieces = pieces(bundle).into_iter();
    let left = pieces.filter(|(_, pieces)| !pieces.ranges.is_empty());
    left.map(party).collect()
}

/// The first, second or last address of one of the ranges that no pod or node has; `None` if all of
/// these are taken.
fn example(ranges: &[AddressRange], known: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    let mut candidates = ranges.iter().flat_map(|range| {
        let next = successor(range.first).filter(|next| range.contains(*next));
        [Some(range.first), next, Some(range.last)]
    });
    candidates.find_map(|one| one.filter(|address| !known.contains(address)))
}

/// The ranges that the prefixes of every peer are the longest match of. Prefixes come sorted, so
/// those that contain the current one are a stack.
fn pieces(bundle: &Bundle<'_>) -> BTreeMap<u32, Pieces> {
    let mut found: BTreeMap<u32, Pieces> = BTreeMap::new();
    let mut stack: Vec<Open> = Vec::new();
    for record in bundle.prefixes().iter() {
        let Some(range) = range(&record) else {
            continue;
        };
        close(&mut stack, &mut found, |open| {
            !open.range.contains(range.first)
        });
        if let Some(outer) = stack.last_mut() {
            if let (Some(first), Some(last)) = (outer.next, predecessor(range.first))
                && first <= last
            {
                let pieces = found.entry(outer.peer).or_default();
                pieces.ranges.push(AddressRange { first, last });
            }
            outer.next = successor(range.last);
        }
        found.entry(record.peer).or_default().group = record.group;
        stack.push(Open {
            peer: record.peer,
            range,
            next: Some(range.first),
        });
    }
    close(&mut stack, &mut found, |_| true);
    found
}

/// A prefix that later ones may be inside of.
struct Open {
    peer: u32,
    range: AddressRange,
    /// The first address that no longer prefix has taken; `None` after the very last one.
    next: Option<IpAddr>,
}

/// Ends the innermost prefixes while they are to be ended: what is left of each is its own.
fn close(
    stack: &mut Vec<Open>,
    found: &mut BTreeMap<u32, Pieces>,
    is_over: impl Fn(&Open) -> bool,
) {
    while let Some(open) = stack.pop_if(|open| is_over(open)) {
        if let Some(first) = open.next.filter(|next| *next <= open.range.last) {
            let last = open.range.last;
            let pieces = found.entry(open.peer).or_default();
            pieces.ranges.push(AddressRange { first, last });
        }
    }
}

fn range(record: &PrefixRecord) -> Option<AddressRange> {
    let [a, b, c, d, ..] = record.address;
    let address: IpAddr = match record.family {
        4 => Ipv4Addr::new(a, b, c, d).into(),
        _ => Ipv6Addr::from(record.address).into(),
    };
    AddressRange::of_prefix(address, record.length)
}
