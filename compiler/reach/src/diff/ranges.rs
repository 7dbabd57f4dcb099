//! Addresses outside the cluster, cut where prefixes of either bundle begin and end.
//!
//! Must not know what anybody may do.

use std::collections::BTreeMap;

use crate::{
    AddressRange, PartyId, Reach,
    ranges::{joined, name},
};

use super::ends::End;

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
            let name = name(&ranges);
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
