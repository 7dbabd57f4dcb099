//! Addresses outside the cluster: cut where prefixes of either bundle begin and end, and put
//! together again for people.
//!
//! Must not know what anybody may do.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::{AddressRange, PartyId, Reach};

use super::ends::End;

/// How many ranges or exceptions are written out in a name.
const SHOWN: usize = 4;

/// The ends that are addresses, ascending by their first address.
pub(super) fn ends(old: &Reach<'_>, new: &Reach<'_>) -> Vec<End> {
    let (before, after) = (ranges(old), ranges(new));
    let mut found: BTreeMap<(PartyId, PartyId), Vec<AddressRange>> = BTreeMap::new();
    let mut later = after.as_slice();
    for (range, party) in &before {
        while let Some(((other, other_party), rest)) = later.split_first() {
            if let Some(common) = range.common(other) {
                let pieces = found.entry((*party, *other_party)).or_default();
                pieces.push(common);
            }
            // What goes on behind this range meets the next one, too.
            if other.last > range.last {
                break;
            }
            later = rest;
        }
    }
    let mut ends: Vec<End> = found
        .into_iter()
        .filter_map(|((before, after), ranges)| {
            let pair = (old.party(before)?, new.party(after)?);
            let ranges = joined(ranges);
            let name = describe(&ranges);
            let end = End::of(name, Some((before, pair.0)), Some((after, pair.1)))?;
            Some(End { ranges, ..end })
        })
        .collect();
    ends.sort_by(|one, other| one.ranges.cmp(&other.ranges));
    ends
}

/// All ranges with their parties, ascending.
fn ranges(reach: &Reach<'_>) -> Vec<(AddressRange, PartyId)> {
    let numbered = reach.numbered();
    let ranges = numbered.flat_map(|(id, party)| party.ranges.iter().map(move |one| (*one, id)));
    let mut ranges: Vec<_> = ranges.collect();
    ranges.sort_unstable();
    ranges
}

/// The same addresses in the fewest ranges.
fn joined(mut ranges: Vec<AddressRange>) -> Vec<AddressRange> {
    ranges.sort_unstable();
    ranges.dedup_by(|next, range| {
        let touches = Span::of(range).precedes(&Span::of(next));
        if touches {
            range.last = next.last;
        }
        touches
    });
    ranges
}

/// A range as numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Span {
    is_v4: bool,
    first: u128,
    last: u128,
}

impl Span {
    fn of(range: &AddressRange) -> Self {
        let bits = |address| match address {
            IpAddr::V4(v4) => v4.to_bits().into(),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        Self {
            is_v4: range.first.is_ipv4(),
            first: bits(range.first),
            last: bits(range.last),
        }
    }

    fn precedes(&self, next: &Self) -> bool {
        self.is_v4 == next.is_v4 && self.last.checked_add(1) == Some(next.first)
    }

    /// The smallest prefix around both ends, and how long it is.
    fn prefix(&self) -> (Self, u32) {
        let differing = self.first ^ self.last;
        let host = u128::BITS - differing.leading_zeros();
        let mask = 1u128.checked_shl(host).map_or(u128::MAX, |bit| bit - 1);
        let around = Self {
            first: self.first & !mask,
            last: self.last | mask,
            ..*self
        };
        (around, if self.is_v4 { 32 } else { 128 } - host)
    }

    fn address(&self, bits: u128) -> IpAddr {
        match u32::try_from(bits) {
            Ok(bits) if self.is_v4 => Ipv4Addr::from_bits(bits).into(),
            _ => Ipv6Addr::from_bits(bits).into(),
        }
    }

    /// `10.0.0.0/8` for a whole prefix, else `10.0.0.1-10.0.0.7`.
    fn text(&self) -> String {
        let (around, length) = self.prefix();
        let first = self.address(self.first);
        if around == *self {
            format!("{first}/{length}")
        } else {
            format!("{first}-{}", self.address(self.last))
        }
    }
}

/// Addresses in few words: `world` for all of them, prefixes, a prefix with what is cut out of it,
/// or ranges. They need not be in order.
pub fn describe(ranges: &[AddressRange]) -> String {
    let spans: Vec<Span> = joined(ranges.to_vec()).iter().map(Span::of).collect();
    let n_v4 = spans.iter().take_while(|span| span.is_v4).count();
    let (v4, v6) = spans.split_at(n_v4);
    let texts = [family(v4), family(v6)].concat();
    if texts == ["0.0.0.0/0", "::/0"] {
        return "world".into();
    }
    shortened(&texts)
}

fn shortened(texts: &[String]) -> String {
    let shown = texts.get(..SHOWN).unwrap_or(texts).join(", ");
    match texts.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The ranges of one family, or the prefix around them with what is between them as exceptions,
/// whichever is shorter.
fn family(spans: &[Span]) -> Vec<String> {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
        return Vec::new();
    };
    let whole = Span {
        last: last.last,
        ..*first
    };
    let (around, length) = whole.prefix();
    let mut holes = Vec::new();
    let mut next = Some(around.first);
    for span in spans {
        if let (Some(first), Some(last)) = (next, span.first.checked_sub(1))
            && first <= last
        {
            holes.push(Span {
                first,
                last,
                ..around
            });
        }
        next = span.last.checked_add(1);
    }
    if let Some(first) = next.filter(|first| *first <= around.last) {
        holes.push(Span { first, ..around });
    }
    // One range that is no prefix reads better as what it leaves out of one, if that is one.
    let is_simple = holes.len() == 1 && holes.iter().all(|hole| hole.prefix().0 == *hole);
    if holes.is_empty() || is_simple || holes.len() < spans.len() {
        let outer = format!("{}/{length}", around.address(around.first));
        let holes: Vec<String> = holes.iter().map(Span::text).collect();
        return vec![match holes.as_slice() {
            [] => outer,
            holes => format!("{outer} except {}", shortened(holes)),
        }];
    }
    spans.iter().map(Span::text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: &str, last: &str) -> AddressRange {
        AddressRange {
            first: first.parse().expect("an address"),
            last: last.parse().expect("an address"),
        }
    }

    #[test]
    fn ranges_are_said_as_prefixes_where_they_are() {
        let all_v4 = range("0.0.0.0", "255.255.255.255");
        let all_v6 = range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        assert_eq!(describe(&[all_v4]), "0.0.0.0/0");
        assert_eq!(describe(&[all_v6, all_v4]), "world");
        let halves = [
            range("10.128.0.0", "10.255.255.255"),
            range("10.0.0.0", "10.127.255.255"),
        ];
        assert_eq!(describe(&halves), "10.0.0.0/8");
        assert_eq!(
            describe(&[range("10.0.0.1", "10.0.0.6")]),
            "10.0.0.1-10.0.0.6"
        );
        assert_eq!(
            describe(&[range("2001:db8::5", "2001:db8::5")]),
            "2001:db8::5/128"
        );
    }

    #[test]
    fn what_is_cut_out_of_a_prefix_is_said_so() {
        let around = [
            range("0.0.0.0", "9.255.255.255"),
            range("11.0.0.0", "192.167.255.255"),
            range("192.169.0.0", "255.255.255.255"),
        ];
        assert_eq!(
            describe(&around),
            "0.0.0.0/0 except 10.0.0.0/8, 192.168.0.0/16"
        );
        let half = range("203.0.113.0", "203.0.113.127");
        assert_eq!(describe(&[half]), "203.0.113.0/25");
        let most = range("10.0.0.1", "10.0.0.255");
        assert_eq!(describe(&[most]), "10.0.0.0/24 except 10.0.0.0/32");
    }
}
