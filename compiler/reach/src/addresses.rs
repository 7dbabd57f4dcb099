//! Addresses outside the cluster: which ranges are one peer.
//!
//! Must not know rows.

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ztc_abi::{Peer, PeerEntry};
use ztc_bundle::{Bundle, PrefixRecord};

use crate::parties::{Party, PartyKind, bare};

/// How many prefixes are written out in a name.
const SHOWN: usize = 3;

/// Addresses of one family, from the first to the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AddressRange {
    /// The first.
    pub first: IpAddr,
    /// The last; not before the first.
    pub last: IpAddr,
}

impl AddressRange {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.first.is_ipv4() == address.is_ipv4() && (self.first..=self.last).contains(&address)
    }

    /// What two ranges have in common.
    pub fn common(&self, other: &Self) -> Option<Self> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        let is_some = self.first.is_ipv4() == other.first.is_ipv4() && first <= last;
        is_some.then_some(Self { first, last })
    }
}

/// `10.0.0.0-10.255.255.255`.
impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// What the prefixes of one peer come to.
#[derive(Default)]
struct Pieces {
    group: u32,
    /// As written, with how many longer prefixes of other peers are cut out of them.
    prefixes: Vec<(String, Vec<String>)>,
    ranges: Vec<AddressRange>,
}

/// A party for each peer outside the cluster, in the order of peers.
pub(crate) fn parties(bundle: &Bundle<'_>) -> Vec<Party> {
    let known: Vec<IpAddr> = bundle
        .addresses()
        .iter()
        .map(|record| Ipv6Addr::from(record.address).to_canonical())
        .collect();
    let party = |(peer, pieces): (u32, Pieces)| {
        // What is left of a family is not the family: only a whole one has its name.
        let reserved = Peer(peer).reserved_name().filter(|_| pieces.is_family());
        let name = reserved.map_or_else(|| pieces.name(), String::from);
        let entry = PeerEntry {
            peer,
            group: pieces.group,
        };
        Party {
            end: pieces.example(&known).map(|address| address.to_string()),
            has_peers_in_itself: false,
            ranges: pieces.ranges,
            ..bare(PartyKind::Addresses, name, entry)
        }
    };
    pieces(bundle).into_iter().map(party).collect()
}

impl Pieces {
    /// Whether they are every address of a family.
    fn is_family(&self) -> bool {
        let [range] = self.ranges.as_slice() else {
            return false;
        };
        let ends = (range.first.is_unspecified(), successor(range.last));
        ends == (true, None)
    }

    /// `10.0.0.0/8 except 10.96.0.0/12, 192.0.2.0/24 and 3 more`.
    fn name(&self) -> String {
        let text = |(prefix, holes): &(String, Vec<String>)| match holes.as_slice() {
            [] => prefix.clone(),
            [hole] => format!("{prefix} except {hole}"),
            several => format!("{prefix} except {} prefixes", several.len()),
        };
        let shown: Vec<String> = self.prefixes.iter().take(SHOWN).map(text).collect();
        let shown = shown.join(", ");
        match self.prefixes.len().saturating_sub(SHOWN) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }

    /// An address that is nobody's in the cluster; of few ranges the first such.
    fn example(&self, known: &[IpAddr]) -> Option<IpAddr> {
        let mut firsts = self.ranges.iter().flat_map(|range| {
            let next = successor(range.first).filter(|next| range.contains(*next));
            [Some(range.first), next, Some(range.last)]
        });
        firsts.find_map(|one| one.filter(|address| !known.contains(address)))
    }
}

/// The prefixes of every peer, and the ranges that they are the longest match of. Prefixes come
/// sorted, so those that contain the current one are a stack.
fn pieces(bundle: &Bundle<'_>) -> BTreeMap<u32, Pieces> {
    let mut found: BTreeMap<u32, Pieces> = BTreeMap::new();
    let mut stack: Vec<Open> = Vec::new();
    for record in bundle.prefixes().iter() {
        let (first, last) = bounds(&record);
        close(&mut stack, &mut found, |open| {
            open.family != record.family || open.last < first
        });
        let text = prefix_text(&record);
        if let Some(outer) = stack.last_mut() {
            let pieces = found.entry(outer.peer).or_default();
            if let (Some(next), Some(before)) = (outer.next, first.checked_sub(1))
                && next <= before
            {
                pieces.add((outer.family, next, before));
            }
            outer.next = last.checked_add(1);
            if outer.peer != record.peer
                && let Some((_, holes)) = pieces.prefixes.get_mut(outer.place)
            {
                holes.push(text.clone());
            }
        }
        let pieces = found.entry(record.peer).or_default();
        pieces.group = record.group;
        stack.push(Open {
            family: record.family,
            peer: record.peer,
            place: pieces.prefixes.len(),
            next: Some(first),
            last,
        });
        pieces.prefixes.push((text, Vec::new()));
    }
    close(&mut stack, &mut found, |_| true);
    for pieces in found.values_mut() {
        pieces.ranges.sort_unstable();
        pieces.join();
    }
    found
}

/// A prefix that later ones may be inside of.
struct Open {
    family: u32,
    peer: u32,
    /// Its place among the prefixes of its peer.
    place: usize,
    /// The first address that no longer prefix has taken; `None` after the very last one.
    next: Option<u128>,
    last: u128,
}

/// Ends the innermost prefixes while they are to be ended: what is left of each is its own.
fn close(
    stack: &mut Vec<Open>,
    found: &mut BTreeMap<u32, Pieces>,
    is_over: impl Fn(&Open) -> bool,
) {
    while let Some(open) = stack.pop_if(|open| is_over(open)) {
        if let Some(next) = open.next.filter(|next| *next <= open.last) {
            let pieces = found.entry(open.peer).or_default();
            pieces.add((open.family, next, open.last));
        }
    }
}

impl Pieces {
    fn add(&mut self, (family, first, last): (u32, u128, u128)) {
        let address = |bits: u128| match (family, u32::try_from(bits)) {
            (4, Ok(bits)) => IpAddr::V4(Ipv4Addr::from_bits(bits)),
            _ => IpAddr::V6(Ipv6Addr::from_bits(bits)),
        };
        self.ranges.push(AddressRange {
            first: address(first),
            last: address(last),
        });
    }

    /// Joins ranges that touch.
    fn join(&mut self) {
        self.ranges.dedup_by(|next, range| {
            let touches = successor(range.last) == Some(next.first);
            if touches {
                range.last = next.last;
            }
            touches
        });
    }
}

fn successor(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => Some(Ipv4Addr::from_bits(v4.to_bits().checked_add(1)?).into()),
        IpAddr::V6(v6) => Some(Ipv6Addr::from_bits(v6.to_bits().checked_add(1)?).into()),
    }
}

/// The first and the last address of a prefix as numbers.
fn bounds(record: &PrefixRecord) -> (u128, u128) {
    let bits = u128::from_be_bytes(record.address);
    if record.family == 4 {
        let host = 32u32.saturating_sub(record.length);
        let first = bits >> 96;
        return (first, first | ((1u128 << host) - 1));
    }
    let host = 128u32.saturating_sub(record.length);
    let mask = 1u128.checked_shl(host).map_or(u128::MAX, |bit| bit - 1);
    (bits, bits | mask)
}

fn prefix_text(record: &PrefixRecord) -> String {
    let (first, _) = bounds(record);
    let length = record.length;
    match (record.family, u32::try_from(first)) {
        (4, Ok(bits)) => format!("{}/{length}", Ipv4Addr::from_bits(bits)),
        _ => format!("{}/{length}", Ipv6Addr::from_bits(first)),
    }
}
