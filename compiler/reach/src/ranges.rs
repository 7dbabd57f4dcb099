//! Ranges of addresses, and how people write them: as prefixes, with what is cut out of them.
//!
//! Must not know whose addresses they are.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ztc_abi::Peer;

/// How many prefixes, or exceptions to one, are written out in a name.
const SHOWN: usize = 4;

/// Addresses of one family, from the first to the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AddressRange {
    /// The first.
    pub first: IpAddr,
    /// The last; not before the first.
    pub last: IpAddr,
}

impl AddressRange {
    /// The addresses of a prefix of this length in bits; `None` for one that is too long for its
    /// family. Bits of the address behind the prefix do not matter.
    pub fn of_prefix(address: IpAddr, length: u32) -> Option<Self> {
        let span = Span::of(&Self {
            first: address,
            last: address,
        });
        let host = span.bits().checked_sub(length)?;
        let mask = mask(host);
        let around = Span {
            first: span.first & !mask,
            last: span.last | mask,
            ..span
        };
        Some(around.range())
    }

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

/// The same addresses in the fewest ranges, ascending. The given ones do not overlap.
pub(crate) fn joined(mut ranges: Vec<AddressRange>) -> Vec<AddressRange> {
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

/// The address before one, if there is one.
pub(crate) fn predecessor(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => Some(Ipv4Addr::from_bits(v4.to_bits().checked_sub(1)?).into()),
        IpAddr::V6(v6) => Some(Ipv6Addr::from_bits(v6.to_bits().checked_sub(1)?).into()),
    }
}

/// The address behind one, if there is one.
pub(crate) fn successor(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => Some(Ipv4Addr::from_bits(v4.to_bits().checked_add(1)?).into()),
        IpAddr::V6(v6) => Some(Ipv6Addr::from_bits(v6.to_bits().checked_add(1)?).into()),
    }
}

/// A name for addresses, which need not be in order and do not overlap: `world` for all of them,
/// `world-ipv4` for a family, prefixes, a prefix with what is cut out of it, or ranges. Of many
/// only the first few, and how many more there are; so the names of addresses that have nothing in
/// common differ.
pub(crate) fn name(ranges: &[AddressRange]) -> String {
    shortened(&words(ranges, SHOWN), SHOWN)
}

/// All of them, each prefix or range on its own, with everything that is cut out of it.
pub(crate) fn in_full(ranges: &[AddressRange]) -> Vec<String> {
    words(ranges, usize::MAX)
}

fn words(ranges: &[AddressRange], n_shown: usize) -> Vec<String> {
    let spans: Vec<Span> = joined(ranges.to_vec()).iter().map(Span::of).collect();
    let n_v4 = spans.iter().take_while(|span| span.is_v4).count();
    let (v4, v6) = spans.split_at(n_v4);
    match (Family::of(v4), Family::of(v6)) {
        (Family::Around(v4, mut holes), Family::Around(v6, more))
            if v4.is_whole_family() && v6.is_whole_family() =>
        {
            holes.extend(more);
            vec![without("world".into(), &holes, n_shown)]
        }
        (v4, v6) => [v4.words(n_shown), v6.words(n_shown)].concat(),
    }
}

fn shortened(words: &[String], n_shown: usize) -> String {
    let shown = words.get(..n_shown).unwrap_or(words).join(", ");
    match words.len().saturating_sub(n_shown) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `10.0.0.0/8 (not 10.1.0.0/16, 10.2.0.0/16)`.
fn without(outer: String, holes: &[String], n_shown: usize) -> String {
    match holes {
        [] => outer,
        holes => format!("{outer} (not {})", shortened(holes, n_shown)),
    }
}

/// The ranges of one family, whichever way is shorter.
enum Family {
    /// A prefix without these.
    Around(Span, Vec<String>),
    Each(Vec<String>),
}

impl Family {
    fn of(spans: &[Span]) -> Self {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
            return Self::Each(Vec::new());
        };
        let whole = Span {
            last: last.last,
            ..*first
        };
        let (around, _) = whole.prefix();
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
            return Self::Around(around, holes.iter().map(Span::text).collect());
        }
        Self::Each(spans.iter().map(Span::text).collect())
    }

    fn words(self, n_shown: usize) -> Vec<String> {
        match self {
            Self::Each(words) => words,
            Self::Around(around, holes) => {
                let name = around.family().reserved_name();
                let name = name.filter(|_| around.is_whole_family() && holes.is_empty());
                let outer = name.map_or_else(|| around.text(), String::from);
                vec![without(outer, &holes, n_shown)]
            }
        }
    }
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

    fn range(&self) -> AddressRange {
        AddressRange {
            first: self.address(self.first),
            last: self.address(self.last),
        }
    }

    /// How many an address of the family has.
    fn bits(&self) -> u32 {
        if self.is_v4 { 32 } else { 128 }
    }

    /// The peer that all addresses of the family are where no policy tells them apart.
    fn family(&self) -> Peer {
        if self.is_v4 {
            Peer::WORLD_IPV4
        } else {
            Peer::WORLD_IPV6
        }
    }

    fn is_whole_family(&self) -> bool {
        (self.first, self.prefix().1) == (0, 0)
    }

    fn precedes(&self, next: &Self) -> bool {
        self.is_v4 == next.is_v4 && self.last.checked_add(1) == Some(next.first)
    }

    /// The smallest prefix around both ends, and how long it is.
    fn prefix(&self) -> (Self, u32) {
        let differing = self.first ^ self.last;
        let host = u128::BITS - differing.leading_zeros();
        let around = Self {
            first: self.first & !mask(host),
            last: self.last | mask(host),
            ..*self
        };
        (around, self.bits() - host)
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
        if around == *self {
            format!("{}/{length}", self.address(self.first))
        } else {
            self.range().to_string()
        }
    }
}

/// This many low bits.
fn mask(host: u32) -> u128 {
    1u128.checked_shl(host).map_or(u128::MAX, |bit| bit - 1)
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
        assert_eq!(name(&[all_v4]), "world-ipv4");
        assert_eq!(name(&[all_v6, all_v4]), "world");
        let halves = [
            range("10.128.0.0", "10.255.255.255"),
            range("10.0.0.0", "10.127.255.255"),
        ];
        assert_eq!(name(&halves), "10.0.0.0/8");
        assert_eq!(name(&[range("10.0.0.1", "10.0.0.6")]), "10.0.0.1-10.0.0.6");
        assert_eq!(
            name(&[range("2001:db8::5", "2001:db8::5")]),
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
        assert_eq!(name(&around), "0.0.0.0/0 (not 10.0.0.0/8, 192.168.0.0/16)");
        let half = range("203.0.113.0", "203.0.113.127");
        assert_eq!(name(&[half]), "203.0.113.0/25");
        let all_v6 = range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        let world = [around.as_slice(), &[all_v6]].concat();
        assert_eq!(name(&world), "world (not 10.0.0.0/8, 192.168.0.0/16)");
        let most = range("10.0.0.1", "10.0.0.255");
        assert_eq!(name(&[most]), "10.0.0.0/24 (not 10.0.0.0/32)");
    }
}
