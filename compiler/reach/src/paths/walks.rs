//! Every route of some length, depth first, without trying stops that are too far from any end.
//!
//! Must not know what a stop is.

use std::ops::ControlFlow;

use fixedbitset::{FixedBitSet, Intersection};

use super::levels::Levels;

/// Enumerates routes in ascending order of their stops.
pub(super) struct Walks<'l> {
    levels: &'l Levels,
    /// At n - 1: the stops from which an end is at most n hops away.
    near: Vec<FixedBitSet>,
}

/// What is done with each route: its stops, the ends included.
pub(super) type Visit<'v> = dyn FnMut(&[u32]) -> ControlFlow<()> + 'v;

impl<'l> Walks<'l> {
    /// For routes of at most so many hops.
    pub(super) fn new(levels: &'l Levels, longest: u32) -> Self {
        let near = levels.near(longest);
        Self { levels, near }
    }

    /// Every route of a length. Breaks off when the visitor does, and when there are no steps
    /// left: a stop tried is a step.
    pub(super) fn of_length(
        &self,
        length: u32,
        starts: &[u32],
        steps_left: &mut usize,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        let mut starts = starts.iter();
        starts.try_for_each(|start| self.from(*start, length, steps_left, visit))
    }

    fn from(
        &self,
        start: u32,
        length: u32,
        steps_left: &mut usize,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        let mut walk = vec![start];
        if length == 1 {
            return self.end(&mut walk, visit);
        }
        let mut choices: Vec<Intersection<'_>> = Vec::new();
        choices.extend(self.choices(start, length - 1));
        while let Some(next) = choices.last_mut().map(Iterator::next) {
            let Some(stop) = next.and_then(|stop| u32::try_from(stop).ok()) else {
                choices.pop();
                walk.pop();
                continue;
            };
            *steps_left = steps_left.saturating_sub(1);
            if *steps_left == 0 {
                return ControlFlow::Break(());
            }
            if walk.contains(&stop) {
                continue;
            }
            let n_made = u32::try_from(walk.len()).unwrap_or(length);
            walk.push(stop);
            match length.saturating_sub(n_made) {
                0 | 1 => {
                    self.end(&mut walk, visit)?;
                    walk.pop();
                }
                n_left => match self.choices(stop, n_left - 1) {
                    Some(more) => choices.push(more),
                    None => {
                        walk.pop();
                    }
                },
            }
        }
        ControlFlow::Continue(())
    }

    /// Where a route can go on from a stop, if after that hop there are so many left.
    fn choices(&self, stop: u32, n_hops_left: u32) -> Option<Intersection<'_>> {
        let last = self.near.len().checked_sub(1)?;
        let place = (n_hops_left as usize).checked_sub(1)?.min(last);
        let row = self.levels.row(stop)?;
        Some(row.between.intersection(self.near.get(place)?))
    }

    /// Shows the visitor a walk with each of the ends behind it. Only the other end may be of the
    /// identity of the start: coming by a stop of the identity of an end is a detour.
    fn end(&self, walk: &mut Vec<u32>, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let last = walk.last().and_then(|stop| self.levels.row(*stop));
        for end in last.map_or(&[][..], |row| &row.ends) {
            if walk.iter().skip(1).any(|stop| stop == end) {
                continue;
            }
            walk.push(*end);
            let flow = visit(walk);
            walk.pop();
            flow?;
        }
        ControlFlow::Continue(())
    }
}
