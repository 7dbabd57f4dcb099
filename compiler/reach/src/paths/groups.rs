//! Routes that differ in one stop and in nothing that is permitted, as one.
//!
//! Must not know how routes are found.

use rustc_hash::FxHashMap;

use super::{Hop, Route, ends::Ends};
use crate::PartyId;

/// A set of identities at each stop, and the numbers of what each hop permits.
type Group = (Vec<Vec<u32>>, Vec<u32>);

/// Routes as they are found.
pub(super) struct Groups<'e, 'r, 'b> {
    ends: &'e Ends<'r, 'b>,
    /// What is permitted between two identities on a hop, by its number; hops are asked for often.
    hops: FxHashMap<(u32, u32, bool), u32>,
    numbers: FxHashMap<Hop, u32>,
    permitted: Vec<Hop>,
    walks: Vec<Group>,
}

impl<'e, 'r, 'b> Groups<'e, 'r, 'b> {
    pub(super) fn new(ends: &'e Ends<'r, 'b>) -> Self {
        Self {
            ends,
            hops: FxHashMap::default(),
            numbers: FxHashMap::default(),
            permitted: Vec::new(),
            walks: Vec::new(),
        }
    }

    /// How many routes were added.
    pub(super) fn n_walks(&self) -> usize {
        self.walks.len()
    }

    /// Adds a route between identities.
    pub(super) fn add(&mut self, walk: &[u32]) {
        let n_hops = walk.len().saturating_sub(1);
        let pairs = walk.iter().zip(walk.iter().skip(1)).zip(1..);
        let hops = pairs.map(|((from, to), number)| self.hop(*from, *to, number == n_hops));
        let hops = hops.collect();
        let stops = walk.iter().map(|stop| vec![*stop]).collect();
        self.walks.push((stops, hops));
    }

    fn hop(&mut self, from: u32, to: u32, is_last: bool) -> u32 {
        if let Some(number) = self.hops.get(&(from, to, is_last)) {
            return *number;
        }
        let hop = self.ends.hop(from, to, is_last);
        let next = u32::try_from(self.permitted.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(hop).or_insert_with_key(|hop| {
            self.permitted.push(hop.clone());
            next
        });
        self.hops.insert((from, to, is_last), number);
        number
    }

    /// The groups, in the order in which their first routes were added.
    pub(super) fn into_routes(self) -> Vec<Route> {
        let mut groups = self.walks;
        let longest = groups.iter().map(|(stops, _)| stops.len()).max();
        for place in 0..longest.unwrap_or(0) {
            groups = merged(groups, place);
        }
        let ends = self.ends;
        let route = |(stops, hops): Group| {
            let length = hops.len();
            let parties = |(place, stop): (usize, Vec<u32>)| {
                let parties = stop.iter().flat_map(|id| ends.parties(place, length, *id));
                let mut parties: Vec<PartyId> = parties.copied().collect();
                parties.sort_unstable();
                parties
            };
            let hop = |number: u32| self.permitted.get(number as usize).cloned();
            Route {
                stops: stops.into_iter().enumerate().map(parties).collect(),
                hops: hops.into_iter().filter_map(hop).collect(),
            }
        };
        groups.into_iter().map(route).collect()
    }
}

/// Makes one of those that differ at one stop only.
fn merged(groups: Vec<Group>, place: usize) -> Vec<Group> {
    let mut found: FxHashMap<Group, usize> = FxHashMap::default();
    let mut all: Vec<Group> = Vec::new();
    for (mut stops, hops) in groups {
        let Some(own) = stops.get_mut(place).map(std::mem::take) else {
            all.push((stops, hops));
            continue;
        };
        let key = (stops, hops);
        let known = found.get(&key).and_then(|index| all.get_mut(*index));
        match known.and_then(|(stops, _)| stops.get_mut(place)) {
            Some(stop) => stop.extend(own),
            None => {
                found.insert(key.clone(), all.len());
                let (mut stops, hops) = key;
                if let Some(stop) = stops.get_mut(place) {
                    *stop = own;
                }
                all.push((stops, hops));
            }
        }
    }
    for (stops, _) in &mut all {
        stops.iter_mut().for_each(|stop| stop.sort_unstable());
    }
    all
}
