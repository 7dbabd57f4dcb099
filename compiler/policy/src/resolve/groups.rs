//! A partition of all peers into *groups*, chosen so that the decisions are few.
//!
//! A broad term ("from the whole cluster", "any namespace of this team") is a union of groups, so
//! a row that names it needs one decision a group instead of one a peer. A narrow term is written
//! out, peer by peer. How broad a term must be to shape the groups is chosen by counting what each
//! choice would cost.

use rustc_hash::FxHashMap;

use super::{Classes, PeerIndex, TermId, Universe};
use crate::{
    Model,
    model::{Peers, PortTerm, Ports},
};

/// The groups of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Groups {
    of_peer: Vec<u32>,
    members: Vec<Vec<PeerIndex>>,
    /// The groups of the cluster and those outside: every group is of one kind.
    of_kind: [Vec<u32>; 2],
    /// For every term, the groups that make it up when it is broad.
    broad: Vec<Option<Vec<u32>>>,
}

/// Terms smaller than this are always written out.
const MIN_BROAD: usize = 4;

impl Groups {
    /// Chooses the partition. The same input gives the same groups.
    pub fn new(model: &Model, classes: &Classes, universe: &Universe) -> Self {
        let uses = uses(model, classes, universe);
        let mut candidates: Vec<TermId> = universe
            .terms()
            .map(|(id, _)| id)
            .filter(|id| universe.members(*id).len() >= MIN_BROAD && used(&uses, *id) > 0)
            .collect();
        // Broadest first; of equally broad terms in order of their ids.
        candidates.sort_by_key(|id| (std::cmp::Reverse(universe.members(*id).len()), *id));

        let narrow_cost: u64 = universe
            .terms()
            .map(|(id, _)| used(&uses, id) * universe.members(id).len() as u64)
            .sum();
        let outside: Vec<PeerIndex> = universe
            .peers()
            .filter(|peer| universe.is_outside(*peer))
            .collect();
        let mut partition = Partition::new(universe.len());
        partition.refine(&outside);
        let mut best = (narrow_cost, 0);
        let mut n_broad = 0;
        // Every choice is a bound on the size: all terms at least as large shape the groups.
        for size in sizes(&candidates, universe) {
            while let Some(id) = candidates
                .get(n_broad)
                .filter(|id| universe.members(**id).len() >= size)
            {
                partition.refine(universe.members(*id));
                n_broad += 1;
            }
            let cost = cost(
                &partition,
                &candidates,
                n_broad,
                universe,
                &uses,
                narrow_cost,
            );
            if cost < best.0 {
                best = (cost, n_broad);
            }
        }
        let mut chosen = Partition::new(universe.len());
        chosen.refine(&outside);
        let broad_terms = candidates.get(..best.1).unwrap_or_default();
        for id in broad_terms {
            chosen.refine(universe.members(*id));
        }
        let (of_peer, n_groups) = chosen.numbered();
        let mut members = vec![Vec::new(); n_groups as usize];
        for (peer, group) in universe.peers().zip(&of_peer) {
            if let Some(list) = members.get_mut(*group as usize) {
                list.push(peer);
            }
        }
        let of_kind = [false, true].map(|kind| {
            let of_kind = |list: &Vec<PeerIndex>| {
                list.first()
                    .is_some_and(|peer| universe.is_outside(*peer) == kind)
            };
            let numbered = (0u32..).zip(&members).filter(|(_, list)| of_kind(list));
            numbered.map(|(group, _)| group).collect()
        });
        let mut broad = vec![None; universe.terms().count()];
        for id in broad_terms {
            if let Some(slot) = broad.get_mut(id.0 as usize) {
                *slot = Some(groups_of(&of_peer, universe.members(*id)));
            }
        }
        Self {
            of_peer,
            members,
            of_kind,
            broad,
        }
    }

    /// How many groups there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }

    /// Whether there are none; never, as there are reserved peers.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The group of a peer.
    pub fn of(&self, peer: PeerIndex) -> u32 {
        self.of_peer.get(peer.0 as usize).copied().unwrap_or(0)
    }

    /// The peers of a group, ascending. A group is closed: it has no other members.
    pub fn members(&self, group: u32) -> &[PeerIndex] {
        self.members.get(group as usize).map_or(&[], Vec::as_slice)
    }

    /// The groups of the cluster, or those outside it, ascending.
    pub fn of_kind(&self, outside: bool) -> &[u32] {
        let [inside, beyond] = &self.of_kind;
        if outside { beyond } else { inside }
    }

    /// The groups that make a term up, ascending, if it is broad.
    pub fn broad(&self, term: TermId) -> Option<&[u32]> {
        self.broad.get(term.0 as usize)?.as_deref()
    }
}

/// How many (subject class, rule) pairs name each term: the rows that will spend entries on it.
/// An egress rule with a named port is written out peer by peer whatever its terms, so it has no
/// say in the groups.
fn uses(model: &Model, classes: &Classes, universe: &Universe) -> Vec<u64> {
    let mut subjects = vec![0u64; model.selectors.len()];
    for selector in classes.classes.iter().flat_map(|class| &class.selectors) {
        if let Some(n) = subjects.get_mut(selector.0 as usize) {
            *n += 1;
        }
    }
    let mut uses = vec![0; universe.terms().count()];
    for rule in &model.rules {
        let n = subjects.get(rule.subject.0 as usize).copied().unwrap_or(0);
        let by_peer = rule.direction == crate::model::Direction::Egress
            && matches!(&rule.ports, Ports::Terms(terms)
                if terms.iter().any(|(term, _)| matches!(term, PortTerm::Named(_))));
        if let (Peers::Terms(peers), false) = (&rule.peers, by_peer) {
            for peer in peers {
                let slot = universe
                    .term(peer.term)
                    .and_then(|id| uses.get_mut(id.0 as usize));
                if let Some(slot) = slot {
                    *slot += n;
                }
            }
        }
    }
    uses
}

fn used(uses: &[u64], id: TermId) -> u64 {
    uses.get(id.0 as usize).copied().unwrap_or(0)
}

/// The sizes at which the choice of broad terms is tried: about two for each doubling.
fn sizes(candidates: &[TermId], universe: &Universe) -> Vec<usize> {
    let mut sizes: Vec<usize> = Vec::new();
    for id in candidates {
        let size = universe.members(*id).len();
        if sizes
            .last()
            .is_none_or(|last| size * 3 < last * 2 || size == MIN_BROAD && size < *last)
        {
            sizes.push(size);
        }
    }
    sizes
}

/// Decisions spent on peers if the first `n_broad` candidates shape the groups.
fn cost(
    partition: &Partition,
    candidates: &[TermId],
    n_broad: usize,
    universe: &Universe,
    uses: &[u64],
    narrow_cost: u64,
) -> u64 {
    let mut cost = narrow_cost;
    for id in candidates.iter().take(n_broad) {
        let members = universe.members(*id);
        let n_groups = groups_of(&partition.of_peer, members).len();
        cost -= used(uses, *id) * members.len() as u64;
        cost += used(uses, *id) * n_groups as u64;
    }
    cost
}

fn groups_of(of_peer: &[u32], members: &[PeerIndex]) -> Vec<u32> {
    let mut groups: Vec<u32> = members
        .iter()
        .filter_map(|peer| of_peer.get(peer.0 as usize))
        .copied()
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// A partition that is refined by one set after the other.
struct Partition {
    of_peer: Vec<u32>,
    sizes: Vec<u32>,
}

impl Partition {
    fn new(n_peers: u32) -> Self {
        Self {
            of_peer: vec![0; n_peers as usize],
            sizes: vec![n_peers],
        }
    }

    /// Splits every group that a set cuts.
    fn refine(&mut self, members: &[PeerIndex]) {
        let mut inside: FxHashMap<u32, u32> = FxHashMap::default();
        for peer in members {
            if let Some(group) = self.of_peer.get(peer.0 as usize) {
                *inside.entry(*group).or_default() += 1;
            }
        }
        let mut split: FxHashMap<u32, u32> = FxHashMap::default();
        for peer in members {
            let Some(group) = self.of_peer.get_mut(peer.0 as usize) else {
                continue;
            };
            let size = self.sizes.get(*group as usize).copied().unwrap_or(0);
            if inside.get(group) == Some(&size) && !split.contains_key(group) {
                continue;
            }
            let next = u32::try_from(self.sizes.len()).unwrap_or(u32::MAX);
            let new = *split.entry(*group).or_insert(next);
            if new == next {
                self.sizes.push(0);
            }
            if let Some(old) = self.sizes.get_mut(*group as usize) {
                *old = old.saturating_sub(1);
            }
            if let Some(size) = self.sizes.get_mut(new as usize) {
                *size += 1;
            }
            *group = new;
        }
    }

    /// The group of every peer, numbered by first appearance.
    fn numbered(self) -> (Vec<u32>, u32) {
        let mut numbers: FxHashMap<u32, u32> = FxHashMap::default();
        let of_peer: Vec<u32> = self
            .of_peer
            .into_iter()
            .map(|group| {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *numbers.entry(group).or_insert(next)
            })
            .collect();
        (of_peer, u32::try_from(numbers.len()).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refining_splits_what_a_set_cuts_and_nothing_else() {
        let mut partition = Partition::new(6);
        partition.refine(&[0, 1, 2].map(PeerIndex));
        partition.refine(&[0, 1, 2].map(PeerIndex));
        partition.refine(&[2, 3].map(PeerIndex));
        let (of_peer, n) = partition.numbered();
        assert_eq!((of_peer, n), (vec![0, 0, 1, 2, 3, 3], 4));
    }
}
