//! A partition of all peers into *groups*, chosen so that the decisions are few.
//!
//! A broad term ("from the whole cluster", "any namespace of this team") is a union of groups, so
//! a row that names it needs one decision a group instead of one a peer. A narrow term is written
//! out, peer by peer. How broad a term must be to shape the groups is chosen by counting what each
//! choice would cost.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::{Classes, PeerIndex, TermId, Universe};
use crate::{
    Model,
    model::{Direction, NamedPortId, Peers, Ports},
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
/// Terms smaller than this do not shape the groups on behalf of named ports.
const MIN_BY_PORT: usize = 64;

impl Groups {
    /// Chooses the partition. The same input gives the same groups.
    pub fn new(model: &Model, classes: &Classes, universe: &Universe) -> Self {
        let uses = Uses::new(model, classes, universe);
        let mut candidates: Vec<TermId> = universe
            .terms()
            .map(|(id, _)| id)
            .filter(|id| universe.members(*id).len() >= MIN_BROAD && uses.of(*id) > 0)
            .collect();
        // Broadest first; of equally broad terms in order of their ids.
        candidates.sort_by_key(|id| (std::cmp::Reverse(universe.members(*id).len()), *id));
        let outside: Vec<PeerIndex> = universe
            .peers()
            .filter(|peer| universe.is_outside(*peer))
            .collect();
        let mut kinds = Partition::new(universe.len());
        kinds.refine(&outside);
        // Whatever node it is, the subject's own one gets the same from nearly every row.
        kinds.refine(&universe.hosts());

        let (mut partition, n_broad) = choose(&kinds, &candidates, universe, &uses);
        let broad_terms = candidates.get(..n_broad).unwrap_or_default();
        refine_by_ports(&mut partition, broad_terms, classes, universe, &uses);

        let (of_peer, n_groups) = partition.numbered();
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
struct Uses {
    /// By term, for rules whose ports are the same for every peer.
    plain: Vec<u64>,
    /// By term, for egress rules with named ports, which are written out peer by peer.
    by_peer: Vec<u64>,
    /// Egress rules with named ports about every peer.
    by_every_peer: u64,
    /// The named ports of such rules.
    names: BTreeSet<NamedPortId>,
}

impl Uses {
    fn new(model: &Model, classes: &Classes, universe: &Universe) -> Self {
        let mut subjects = vec![0u64; model.selectors.len()];
        for selector in classes.classes.iter().flat_map(|class| &class.selectors) {
            if let Some(n) = subjects.get_mut(selector.0 as usize) {
                *n += 1;
            }
        }
        let none = vec![0; universe.terms().count()];
        let mut uses = Self {
            plain: none.clone(),
            by_peer: none,
            by_every_peer: 0,
            names: BTreeSet::new(),
        };
        for rule in &model.rules {
            let n = subjects.get(rule.subject.0 as usize).copied().unwrap_or(0);
            let names: Vec<NamedPortId> = match (&rule.ports, rule.direction) {
                (Ports::Terms(terms), Direction::Egress) => {
                    terms.iter().filter_map(|(term, _)| term.name()).collect()
                }
                _ => Vec::new(),
            };
            let counts = if names.is_empty() {
                &mut uses.plain
            } else {
                &mut uses.by_peer
            };
            match &rule.peers {
                Peers::All if names.is_empty() => {}
                Peers::All => uses.by_every_peer += n,
                Peers::Terms(peers) => {
                    for id in peers.iter().filter_map(|peer| universe.term(peer.term)) {
                        if let Some(count) = counts.get_mut(id.0 as usize) {
                            *count += n;
                        }
                    }
                }
            }
            uses.names.extend(names);
        }
        uses
    }

    fn of(&self, id: TermId) -> u64 {
        self.plain.get(id.0 as usize).copied().unwrap_or(0)
    }
}

/// The partition by the broadest terms that costs least, and how many terms that are. Every choice
/// is a bound on the size: all terms at least as large shape the groups.
fn choose(
    kinds: &Partition,
    candidates: &[TermId],
    universe: &Universe,
    uses: &Uses,
) -> (Partition, usize) {
    let mut partition = kinds.clone();
    let mut best = (cost(kinds, &[], universe, uses), 0);
    let mut n_broad = 0;
    for size in sizes(candidates, universe) {
        while let Some(id) = candidates
            .get(n_broad)
            .filter(|id| universe.members(**id).len() >= size)
        {
            partition.refine(universe.members(*id));
            n_broad += 1;
        }
        let broad = candidates.get(..n_broad).unwrap_or_default();
        let cost = cost(&partition, broad, universe, uses);
        if cost < best.0 {
            best = (cost, n_broad);
        }
    }
    let mut chosen = kinds.clone();
    for id in candidates.get(..best.1).unwrap_or_default() {
        chosen.refine(universe.members(*id));
    }
    (chosen, best.1)
}

/// Splits the groups by what the named ports of egress rules stand for, where that costs less:
/// what such a rule says of the peers of a group is then one thing.
fn refine_by_ports(
    partition: &mut Partition,
    broad: &[TermId],
    classes: &Classes,
    universe: &Universe,
    uses: &Uses,
) {
    let mut refined = partition.clone();
    let by_peer = || {
        universe
            .terms()
            .map(|(id, _)| id)
            .zip(&uses.by_peer)
            .filter(|(_, n)| **n > 0)
    };
    for (id, _) in by_peer().filter(|(id, _)| universe.members(*id).len() >= MIN_BY_PORT) {
        refined.refine(universe.members(id));
    }
    for name in &uses.names {
        let mut by_number: BTreeMap<u16, Vec<PeerIndex>> = BTreeMap::new();
        for (number, class) in (0u32..).zip(&classes.classes) {
            if let Some(port) = class.port(*name) {
                by_number
                    .entry(port)
                    .or_default()
                    .push(universe.class(number));
            }
        }
        by_number
            .values()
            .for_each(|members| refined.refine(members));
    }
    // Peer by peer against group by group; what the other rules pay more for the finer groups.
    let all = u64::from(universe.len());
    let written_out: u64 = uses.by_every_peer * all
        + by_peer()
            .map(|(id, n)| n * universe.members(id).len() as u64)
            .sum::<u64>();
    let grouped: u64 = uses.by_every_peer * refined.sizes.len() as u64
        + by_peer()
            .map(|(id, n)| n * groups_of(&refined.of_peer, universe.members(id)).len() as u64)
            .sum::<u64>();
    let before = written_out + cost(partition, broad, universe, uses);
    if grouped + cost(&refined, broad, universe, uses) < before {
        *partition = refined;
    }
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

/// Decisions spent on peers if these terms are written group by group and all others peer by peer.
fn cost(partition: &Partition, broad: &[TermId], universe: &Universe, uses: &Uses) -> u64 {
    let size = |id: TermId| universe.members(id).len() as u64;
    let all: u64 = universe.terms().map(|(id, _)| uses.of(id) * size(id)).sum();
    let saved: u64 = broad
        .iter()
        .map(|id| {
            let n_groups = groups_of(&partition.of_peer, universe.members(*id)).len() as u64;
            uses.of(*id) * (size(*id) - n_groups)
        })
        .sum();
    all - saved
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
#[derive(Clone)]
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
