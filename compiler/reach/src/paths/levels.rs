//! Stops by the number of hops that lead to them, and by the number that leads on to an end.
//!
//! Breadth first, a level at a time: the rows of a level are worked out in parallel, and a row is
//! a set of bits, so that a dense graph of tens of thousands of identities takes a bit a pair.
//! (petgraph wants every edge as a value, which would be two hundred times that; its algorithms
//! hold the tests of this.) Must not know what a stop is.

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::Extent;

/// Who may follow whom on a route.
pub(super) trait Hops: Sync {
    /// How many stops there are: they are numbered from 0.
    fn n_stops(&self) -> usize;

    /// The stops where a route may begin.
    fn starts(&self) -> &[u32];

    /// Whom a stop leads to.
    fn row(&self, from: u32) -> Row;
}

/// Whom one stop leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Row {
    /// Stops that a route may go on from.
    pub(super) between: FixedBitSet,
    /// Stops where a route ends, ascending.
    pub(super) ends: Vec<u32>,
}

/// What can be reached.
pub(super) struct Levels {
    /// The row of every stop that was reached and gone on from.
    rows: Vec<Option<Row>>,
    /// Stops between the ends that were reached first with the first hop, the second and so on.
    pub(super) new: Vec<Vec<u32>>,
    /// The length of the shortest route.
    pub(super) shortest: Option<u32>,
}

impl Levels {
    /// Goes from the starts until an end is found (for the shortest routes), until so many hops
    /// are made, or until there is nothing new.
    pub(super) fn explore(hops: &impl Hops, extent: Extent, max_hops: u32) -> Self {
        let mut levels = Self {
            rows: vec![None; hops.n_stops()],
            new: Vec::new(),
            shortest: None,
        };
        let mut reached = FixedBitSet::with_capacity(hops.n_stops());
        let mut frontier = hops.starts().to_vec();
        for n_hops in 1..=max_hops {
            levels.add_rows(hops, &frontier);
            let mut next = FixedBitSet::with_capacity(hops.n_stops());
            let mut is_there = false;
            for row in frontier.iter().filter_map(|stop| levels.row(*stop)) {
                is_there |= !row.ends.is_empty();
                next.union_with(&row.between);
            }
            next.difference_with(&reached);
            reached.union_with(&next);
            levels.shortest = levels.shortest.or(is_there.then_some(n_hops));
            let is_over = is_there && extent == Extent::Shortest;
            if is_over || next.is_clear() {
                break;
            }
            frontier = next
                .ones()
                .filter_map(|one| u32::try_from(one).ok())
                .collect();
            levels.new.push(frontier.clone());
        }
        levels
    }

    /// The row of a stop that was gone on from.
    pub(super) fn row(&self, stop: u32) -> Option<&Row> {
        self.rows.get(stop as usize)?.as_ref()
    }

    /// The most hops of a route that meets no stop between its ends twice.
    pub(super) fn longest_simple(&self, max_hops: u32) -> u32 {
        let n_between: usize = self.new.iter().map(Vec::len).sum();
        let n_hops = u32::try_from(n_between)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        n_hops.min(max_hops)
    }

    /// For 1, 2, … hops: the stops between the ends from which an end is at most so far away.
    pub(super) fn near(&self, max_hops: u32) -> Vec<FixedBitSet> {
        let n_stops = self.rows.len();
        let mut far: Vec<usize> = Vec::new();
        let mut known = FixedBitSet::with_capacity(n_stops);
        for (stop, row) in self.rows.iter().enumerate() {
            match row {
                Some(row) if row.ends.is_empty() => far.push(stop),
                Some(_) => known.insert(stop),
                None => {}
            }
        }
        let mut near = Vec::new();
        for _ in 1..max_hops {
            let leads_on = |stop: &usize| {
                let row = self.rows.get(*stop).and_then(Option::as_ref);
                row.is_some_and(|row| !row.between.is_disjoint(&known))
            };
            let (new, rest): (Vec<usize>, Vec<usize>) = far.into_par_iter().partition(leads_on);
            let is_settled = new.is_empty();
            near.push(known.clone());
            known.extend(new);
            far = rest;
            if is_settled {
                break;
            }
        }
        near
    }

    fn add_rows(&mut self, hops: &impl Hops, stops: &[u32]) {
        let missing = stops
            .iter()
            .copied()
            .filter(|stop| self.row(*stop).is_none());
        let missing: Vec<u32> = missing.collect();
        let rows: Vec<(u32, Row)> = missing
            .into_par_iter()
            .map(|stop| (stop, hops.row(stop)))
            .collect();
        for (stop, row) in rows {
            if let Some(place) = self.rows.get_mut(stop as usize) {
                *place = Some(row);
            }
        }
    }
}
