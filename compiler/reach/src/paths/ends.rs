//! The ends of the routes that are looked for, and which hops there are between identities.
//!
//! Must not know in which order anything is searched.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::{
    Hop, Wanted,
    levels::{Hops, Levels, Row},
};
use crate::{IdentityId, PartyId, PartyKind, PortSet, Reach};

/// The identities of a search by their part in it. One identity can have several parts.
pub(super) struct Ends<'r, 'b> {
    reach: &'r Reach<'b>,
    wanted: &'r Wanted,
    /// Who begins a route, by identity.
    from: BTreeMap<u32, Vec<PartyId>>,
    /// Who ends one.
    to: BTreeMap<u32, Vec<PartyId>>,
    /// Workloads that are neither.
    between: BTreeMap<u32, Vec<PartyId>>,
    /// The identities of `from`.
    starts: Vec<u32>,
    /// The identities of `between`.
    is_between: FixedBitSet,
}

impl<'r, 'b> Ends<'r, 'b> {
    pub(super) fn new(reach: &'r Reach<'b>, wanted: &'r Wanted) -> Self {
        let to: FxHashSet<PartyId> = wanted.to.iter().copied().collect();
        let from: FxHashSet<PartyId> = wanted.from.iter().copied().collect();
        let mut ends = Self {
            reach,
            wanted,
            from: BTreeMap::new(),
            to: BTreeMap::new(),
            between: BTreeMap::new(),
            starts: Vec::new(),
            is_between: FixedBitSet::with_capacity(reach.identities().len()),
        };
        for (id, party) in reach.numbered() {
            let part = if to.contains(&id) {
                &mut ends.to
            } else if from.contains(&id) {
                &mut ends.from
            } else if party.kind == PartyKind::Workload {
                ends.is_between.insert(party.identity.0 as usize);
                &mut ends.between
            } else {
                continue;
            };
            part.entry(party.identity.0).or_default().push(id);
        }
        ends.starts = ends.from.keys().copied().collect();
        ends
    }

    /// The identities that begin a route, ascending.
    pub(super) fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// Who stands at a stop of a walk: the first, the last, or one between.
    pub(super) fn parties(&self, place: usize, length: usize, identity: u32) -> &[PartyId] {
        let part = match place {
            0 => &self.from,
            place if place == length => &self.to,
            _ => &self.between,
        };
        part.get(&identity).map_or(&[], Vec::as_slice)
    }

    /// How many workloads these identities between the ends are.
    pub(super) fn n_between(&self, identities: &[u32]) -> usize {
        let parties = identities.iter().filter_map(|one| self.between.get(one));
        parties.map(Vec::len).sum()
    }

    /// What a hop permits of what was asked for.
    pub(super) fn hop(&self, from: u32, to: u32, is_last: bool) -> Hop {
        let mut permitted = self.reach.permitted(IdentityId(from), IdentityId(to));
        if let Some(asked) = self.asked(is_last) {
            permitted
                .iter_mut()
                .for_each(|(_, ports)| *ports = ports.common(asked));
            permitted.retain(|(_, ports)| !ports.is_empty());
        }
        Hop { permitted }
    }

    /// The ports that a hop must have.
    fn asked(&self, is_last: bool) -> Option<&PortSet> {
        let is_asked = is_last || self.wanted.is_every_hop;
        self.wanted.ports.as_ref().filter(|_| is_asked)
    }

    /// Everybody who may open a connection to an end. What was explored is not asked again.
    pub(super) fn entrances(&self, levels: &Levels) -> Vec<PartyId> {
        let n_identities = u32::try_from(self.reach.identities().len()).unwrap_or(u32::MAX);
        let identities: Vec<u32> = (0..n_identities).collect();
        let enters = |identity: &u32| match levels.row(*identity) {
            Some(row) => !row.ends.is_empty(),
            None => !self.row(*identity).ends.is_empty(),
        };
        let found: Vec<u32> = identities.into_par_iter().filter(enters).collect();
        let mut parties: Vec<PartyId> = Vec::new();
        for id in found {
            let ends = self.to.get(&id).map_or(&[][..], Vec::as_slice);
            let identity = self.reach.identity(IdentityId(id));
            let members = identity.map_or(&[][..], |identity| &identity.parties);
            let others = members
                .iter()
                .filter(|party| ends.binary_search(party).is_err());
            parties.extend(others);
        }
        parties.sort_unstable();
        parties
    }
}

impl Hops for Ends<'_, '_> {
    fn n_stops(&self) -> usize {
        self.reach.identities().len()
    }

    fn starts(&self) -> &[u32] {
        &self.starts
    }

    fn row(&self, from: u32) -> Row {
        let outgoing = self.reach.from(IdentityId(from));
        let passes = |is_last: bool| -> Vec<bool> {
            let Some(asked) = self.asked(is_last) else {
                return vec![true; outgoing.traffics.len()];
            };
            let traffics = outgoing.traffics.iter();
            traffics
                .map(|one| !one.ports().common(asked).is_empty())
                .collect()
        };
        let (onward, last) = (passes(false), passes(true));
        let is_open = |list: &[bool], traffic: u32| list.get(traffic as usize) == Some(&true);
        let mut row = Row {
            between: FixedBitSet::with_capacity(self.n_stops()),
            ends: Vec::new(),
        };
        for link in &outgoing.links {
            let to = link.to.0;
            if self.is_between.contains(to as usize) && is_open(&onward, link.traffic) {
                row.between.insert(to as usize);
            }
            if self.to.contains_key(&to) && is_open(&last, link.traffic) {
                row.ends.push(to);
            }
        }
        row
    }
}
