//! Writing a row with few entries: a cell for each kind of peer, a cell for a group where that
//! differs, a cell for a single peer where that differs again.
//!
//! Groups are closed sets, so each may be written as what most of its members get. Must not know
//! rules: a cell is a number here.

use std::collections::BTreeMap;

use super::row::DraftRow;
use crate::resolve::{Groups, PeerIndex};

/// What the members of one group get.
pub(super) struct GroupCells {
    /// Every member but those in `peers`.
    inherited: u32,
    /// Single members, ascending.
    pub(super) peers: Vec<(PeerIndex, u32)>,
}

impl GroupCells {
    /// A group all of whose members get one cell so far.
    pub(super) fn new(inherited: u32) -> Self {
        Self {
            inherited,
            peers: Vec::new(),
        }
    }

    /// How many members get each cell.
    fn counts(&self, n_members: usize) -> BTreeMap<u32, usize> {
        let mut counts = BTreeMap::new();
        for (_, cell) in &self.peers {
            *counts.entry(*cell).or_default() += 1;
        }
        let others = n_members.saturating_sub(self.peers.len());
        if others > 0 {
            *counts.entry(self.inherited).or_default() += others;
        }
        counts
    }

    /// The members that get another cell than this.
    fn exceptions<'a>(
        &'a self,
        cell: u32,
        members: &'a [PeerIndex],
    ) -> impl Iterator<Item = (PeerIndex, u32)> + 'a {
        let written = self
            .peers
            .iter()
            .copied()
            .filter(move |(_, other)| *other != cell);
        let inherit = if self.inherited == cell {
            &[][..]
        } else {
            members
        };
        let rest = inherit
            .iter()
            .filter(|peer| {
                self.peers
                    .binary_search_by_key(*peer, |(other, _)| *other)
                    .is_err()
            })
            .map(|peer| (*peer, self.inherited));
        written.chain(rest)
    }
}

/// The kinds, groups and peers of a row. Groups that are not in `cells` get `base`.
pub(super) fn layers(base: u32, cells: &BTreeMap<u32, GroupCells>, groups: &Groups) -> DraftRow {
    let counts: BTreeMap<u32, BTreeMap<u32, usize>> = cells
        .iter()
        .map(|(group, cells)| (*group, cells.counts(groups.members(*group).len())))
        .collect();
    let kinds = [false, true].map(|outside| {
        let mut n_groups: BTreeMap<u32, usize> = BTreeMap::new();
        for group in groups.of_kind(outside) {
            let cell = counts.get(group).map_or(base, favourite);
            *n_groups.entry(cell).or_default() += 1;
        }
        favourite(&n_groups)
    });
    let mut row = DraftRow {
        kinds,
        ..DraftRow::default()
    };
    for (outside, kind) in [false, true].into_iter().zip(kinds) {
        for group in groups.of_kind(outside) {
            let members = groups.members(*group);
            let (Some(cells), Some(counts)) = (cells.get(group), counts.get(group)) else {
                if base != kind {
                    row.groups.push((*group, base));
                }
                continue;
            };
            let count = |cell: u32| counts.get(&cell).copied().unwrap_or(0);
            // An entry for the group must save more than the entry that it is.
            let best = favourite(counts);
            let cell = if count(best) > count(kind) + 1 {
                best
            } else {
                kind
            };
            if cell != kind {
                row.groups.push((*group, cell));
            }
            row.peers.extend(cells.exceptions(cell, members));
        }
    }
    row.groups.sort_unstable();
    row.peers.sort_unstable();
    row
}

/// The cell that most get; of several the first.
fn favourite(counts: &BTreeMap<u32, usize>) -> u32 {
    let best = counts
        .iter()
        .max_by_key(|(cell, count)| (**count, std::cmp::Reverse(**cell)));
    best.map_or(0, |(cell, _)| *cell)
}
