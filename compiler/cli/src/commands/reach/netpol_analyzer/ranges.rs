//! Addresses outside as netpol-analyzer writes them: IPv4 ranges that do not overlap.
//!
//! Must not know who may reach them, nor on which ports.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    ops::Bound,
};

use ztc_policy::model::{Direction, PeerTerm, Peers};
use ztc_reach::AddressRange;
use ztc_syntax::Prefix;

use super::Lines;
use crate::commands::reach::Asked;

/// IPv4 addresses, from the first to the last.
pub(super) type Range = (u32, u32);

/// For each workload, the addresses outside by what is permitted to or from them.
pub(super) type Outside = BTreeMap<String, BTreeMap<String, Vec<Range>>>;

/// Adds the IPv4 ranges of addresses to some workloads.
pub(super) fn add(to: &mut Outside, workloads: &[String], what: &str, ranges: &[AddressRange]) {
    for name in workloads {
        let known = to.entry(name.clone()).or_default();
        let known = known.entry(what.to_owned()).or_default();
        for range in ranges {
            if let (IpAddr::V4(first), IpAddr::V4(last)) = (range.first, range.last) {
                known.push((first.to_bits(), last.to_bits()));
            }
        }
    }
}

/// The addresses of every workload, cut so that no two ranges of the list overlap: a range begins
/// where some workload is permitted something else than one address before, and where a rule says
/// so.
pub(super) fn disjoint(mut outside: Outside, written: &BTreeSet<u32>) -> BTreeMap<String, Lines> {
    let lists = outside.values_mut().flat_map(BTreeMap::values_mut);
    lists.for_each(join);
    let lists = outside.values().flat_map(BTreeMap::values);
    let ends = lists
        .flatten()
        .flat_map(|(first, last)| [Some(*first), last.checked_add(1)]);
    let begins: BTreeSet<u32> = ends.flatten().chain(written.iter().copied()).collect();
    let cut = |(first, last): Range| {
        let inner = begins.range((Bound::Excluded(first), Bound::Included(last)));
        let firsts = std::iter::once(first).chain(inner.clone().copied());
        let lasts = inner.map(|next| next - 1).chain([last]);
        firsts.zip(lasts).map(external).collect::<Vec<_>>()
    };
    let lines = |by_ports: BTreeMap<String, Vec<Range>>| {
        let all = by_ports.into_iter().flat_map(|(what, ranges)| {
            let ranges = ranges.into_iter().flat_map(cut);
            ranges.map(move |range| (range, what.clone()))
        });
        all.collect()
    };
    let outside = outside.into_iter();
    outside
        .map(|(name, by_ports)| (name, lines(by_ports)))
        .collect()
}

/// Where ranges begin that rules of a direction name, whatever comes of it; none of a bundle, which
/// does not know them.
pub(super) fn written(asked: &Asked<'_>, direction: Direction) -> BTreeSet<u32> {
    let mut begins = BTreeSet::new();
    let Some(checked) = &asked.compiled.checked else {
        return begins;
    };
    let model = &checked.analysis.model;
    let rules = model
        .rules
        .iter()
        .filter(|rule| rule.direction == direction);
    for rule in rules {
        let Peers::Terms(terms) = &rule.peers else {
            continue;
        };
        for peer in terms {
            let (PeerTerm::Cidr(id) | PeerTerm::Network(id)) = peer.term else {
                continue;
            };
            let cidr = model.cidrs.get(id.0 as usize);
            let prefixes = cidr.map(|cidr| cidr.except.iter().chain([&cidr.prefix]));
            for (first, last) in prefixes.into_iter().flatten().filter_map(bounds) {
                begins.insert(first);
                begins.extend(last.checked_add(1));
            }
        }
    }
    begins
}

fn bounds(prefix: &Prefix) -> Option<Range> {
    let IpAddr::V4(first) = prefix.address else {
        return None;
    };
    let host = u32::MAX.checked_shr(prefix.length.into()).unwrap_or(0);
    Some((first.to_bits(), first.to_bits() | host))
}

/// Sorts ranges, and joins those that touch.
fn join(ranges: &mut Vec<Range>) {
    ranges.sort_unstable();
    ranges.dedup_by(|(first, last), (_, end)| {
        let touches = *first <= end.saturating_add(1);
        if touches {
            *end = (*end).max(*last);
        }
        touches
    });
}

/// `10.0.0.0-10.255.255.255[External]`.
fn external((first, last): Range) -> String {
    let [first, last] = [first, last].map(Ipv4Addr::from_bits);
    format!("{first}-{last}[External]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outside(workloads: &[(&str, &str, &[[u8; 8]])]) -> Outside {
        let mut outside = Outside::new();
        for (workload, what, ranges) in workloads {
            let ranges = ranges.iter().map(|[a, b, c, d, e, f, g, h]| AddressRange {
                first: Ipv4Addr::new(*a, *b, *c, *d).into(),
                last: Ipv4Addr::new(*e, *f, *g, *h).into(),
            });
            let ranges: Vec<AddressRange> = ranges.collect();
            add(&mut outside, &[(*workload).to_owned()], what, &ranges);
        }
        outside
    }

    const LOW: [u8; 8] = [0, 0, 0, 0, 9, 255, 255, 255];
    const TEN: [u8; 8] = [10, 0, 0, 0, 10, 255, 255, 255];
    const HIGH: [u8; 8] = [11, 0, 0, 0, 255, 255, 255, 255];

    fn check(outside: Outside, written: &[u32], expected: &[(&str, &[&str])]) {
        let found = disjoint(outside, &written.iter().copied().collect());
        let names = |lines: &Lines| {
            let names = lines.iter().map(|(range, what)| format!("{range} {what}"));
            names.collect::<Vec<_>>()
        };
        let found: Vec<_> = found
            .iter()
            .map(|(name, lines)| (name.as_str(), names(lines)))
            .collect();
        let expected = expected.iter();
        let expected: Vec<_> = expected
            .map(|(name, lines)| (*name, lines.iter().map(|line| (*line).to_owned()).collect()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn ranges_are_joined_where_nobody_tells_them_apart() {
        let one = outside(&[("a", "x", &[HIGH, LOW, TEN]), ("b", "x", &[LOW, TEN, HIGH])]);
        let all = ["0.0.0.0-255.255.255.255[External] x"].as_slice();
        check(one, &[], &[("a", all), ("b", all)]);
    }

    #[test]
    fn ranges_of_all_workloads_do_not_overlap() {
        let two = outside(&[
            ("a", "x", &[LOW, TEN, HIGH]),
            ("b", "x", &[LOW, HIGH]),
            ("b", "y", &[TEN]),
        ]);
        let a = [
            "0.0.0.0-9.255.255.255[External] x",
            "10.0.0.0-10.255.255.255[External] x",
            "11.0.0.0-255.255.255.255[External] x",
        ];
        let b = [
            "0.0.0.0-9.255.255.255[External] x",
            "10.0.0.0-10.255.255.255[External] y",
            "11.0.0.0-255.255.255.255[External] x",
        ];
        check(two, &[], &[("a", &a), ("b", &b)]);
    }

    #[test]
    fn a_range_begins_where_a_rule_says_so() {
        let one = outside(&[("a", "x", &[TEN])]);
        let a = [
            "10.0.0.0-10.0.0.4[External] x",
            "10.0.0.5-10.255.255.255[External] x",
        ];
        let five = Ipv4Addr::new(10, 0, 0, 5).to_bits();
        let outside = Ipv4Addr::new(11, 0, 0, 0).to_bits();
        check(one, &[five, outside], &[("a", &a)]);
    }

    #[test]
    fn a_prefix_has_a_first_and_a_last_address() {
        let prefix = |address: [u8; 4], length| Prefix {
            address: Ipv4Addr::from(address).into(),
            length,
        };
        assert_eq!(bounds(&prefix([0; 4], 0)), Some((0, u32::MAX)));
        let one = u32::from_be_bytes([192, 0, 2, 7]);
        assert_eq!(bounds(&prefix([192, 0, 2, 7], 32)), Some((one, one)));
        let ten = 10 << 24;
        assert_eq!(
            bounds(&prefix([10, 0, 0, 0], 8)),
            Some((ten, ten | 0x00ff_ffff))
        );
    }
}
