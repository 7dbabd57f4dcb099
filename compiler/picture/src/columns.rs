//! Which group stands in which column, from left to right by who reaches whom.
//!
//! Must not know edges of nodes, nor any coordinate but the heights of boxes.

use std::collections::{BTreeMap, BTreeSet};

/// Space above and below each box that is counted when columns are filled.
const SPACING: i64 = 30;

/// About how much space there is between two columns.
const GAP: i64 = 280;

/// No layers are merged that are not more than this.
const MIN_COLUMNS: i64 = 4;

/// No column is split that is lower than this.
const MIN_HEIGHT: i64 = 420;

/// Who reaches whom between groups, and how much of it there is. A group's own edges do not count.
pub(crate) struct Graph {
    /// The width and height of each group's box; one without area is put nowhere.
    pub(crate) sizes: Vec<(i64, i64)>,
    /// Whether a group belongs to the left of its equals.
    pub(crate) is_outside: Vec<bool>,
    /// From, to, weight.
    pub(crate) edges: BTreeMap<(usize, usize), i64>,
}

impl Graph {
    /// The columns, each with its groups from top to bottom. Every group is in one.
    pub(crate) fn columns(&self) -> Vec<Vec<usize>> {
        let linked: BTreeSet<usize> = self.edges.keys().flat_map(|(a, b)| [*a, *b]).collect();
        let sequence = self.sequence(&linked);
        let limit = self.height_limit();
        let mut columns = self.layers(&sequence, limit);
        self.sort_by_neighbours(&mut columns);
        let mut columns = self.split(columns, limit);
        self.sort_by_neighbours(&mut columns);
        self.add_lone(&mut columns, &linked, limit);
        columns
    }

    /// These columns, with the groups of each where they are best.
    pub(crate) fn sorted(&self, mut columns: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
        self.sort_by_neighbours(&mut columns);
        columns
    }

    fn drawn(&self) -> impl Iterator<Item = usize> + Clone {
        let numbered = self.sizes.iter().enumerate();
        numbered
            .filter(|(_, (_, height))| *height > 0)
            .map(|(group, _)| group)
    }

    fn height(&self, group: usize) -> i64 {
        self.sizes
            .get(group)
            .map_or(0, |(_, height)| height + SPACING)
    }

    /// An order in which few edges go back: sources first, sinks last, and of a cycle first
    /// whoever gives more than it takes (Eades, Lin and Smyth).
    fn sequence(&self, linked: &BTreeSet<usize>) -> Vec<usize> {
        let mut left = linked.clone();
        let mut flow: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
        let mut touching: BTreeMap<usize, Vec<(usize, usize, i64)>> = BTreeMap::new();
        for ((from, to), weight) in &self.edges {
            flow.entry(*from).or_default().0 += weight;
            flow.entry(*to).or_default().1 += weight;
            touching
                .entry(*from)
                .or_default()
                .push((*from, *to, *weight));
            touching.entry(*to).or_default().push((*from, *to, *weight));
        }
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        while !left.is_empty() {
            let (out_of, into) = (
                |group: &usize| flow.get(group).map_or(0, |flow| flow.0),
                |group: &usize| flow.get(group).map_or(0, |flow| flow.1),
            );
            let sink = left.iter().find(|group| out_of(group) == 0);
            let source = left.iter().find(|group| into(group) == 0);
            let is_outside = |group: &usize| self.is_outside.get(*group).copied();
            let best = left.iter().max_by_key(|group| {
                let first = std::cmp::Reverse(**group);
                (out_of(group) - into(group), is_outside(group), first)
            });
            let (is_tail, next) = match (sink, source, best) {
                (Some(sink), _, _) => (true, *sink),
                (None, Some(source), _) => (false, *source),
                (None, None, Some(best)) => (false, *best),
                (None, None, None) => break,
            };
            left.remove(&next);
            let place = if is_tail { &mut tail } else { &mut head };
            place.push(next);
            for (from, to, weight) in touching.get(&next).into_iter().flatten() {
                if let Some(flow) = flow.get_mut(from) {
                    flow.0 -= weight;
                }
                if let Some(flow) = flow.get_mut(to) {
                    flow.1 -= weight;
                }
            }
        }
        tail.reverse();
        head.extend(tail);
        head
    }

    /// Layers by the longest way from a source, along edges that go forward in the sequence.
    fn layers(&self, sequence: &[usize], limit: i64) -> Vec<Vec<usize>> {
        let numbered = sequence.iter().enumerate();
        let place: BTreeMap<usize, usize> = numbered.map(|(n, group)| (*group, n)).collect();
        let is_forward = |from: &usize, to: &usize| place.get(from) < place.get(to);
        let (mut before, mut after) = (Neighbours::new(), Neighbours::new());
        for (from, to) in self.edges.keys().filter(|(from, to)| is_forward(from, to)) {
            before.entry(*to).or_default().push(*from);
            after.entry(*from).or_default().push(*to);
        }
        let mut layer: BTreeMap<usize, usize> = BTreeMap::new();
        for group in sequence {
            let earlier = before.get(group).into_iter().flatten();
            let last = earlier.filter_map(|from| layer.get(from)).max();
            layer.insert(*group, last.map_or(0, |last| last + 1));
        }
        // A source stands next to whom it reaches, not at the far left.
        for group in sequence.iter().filter(|group| !before.contains_key(*group)) {
            let later = after.get(group).into_iter().flatten();
            let first = later.filter_map(|to| layer.get(to)).min();
            layer.insert(*group, first.map_or(0, |first| first.saturating_sub(1)));
        }
        let n_layers = layer.values().max().map_or(0, |last| last + 1);
        let mut layers = vec![Vec::new(); n_layers];
        for group in sequence {
            let place = layer.get(group).and_then(|layer| layers.get_mut(*layer));
            place.into_iter().for_each(|layer| layer.push(*group));
        }
        self.merged(layers, limit)
    }

    /// Layers as no more columns than the sheet should have, each of about the same height. Of
    /// groups that all reach each other every one would have a column of its own.
    fn merged(&self, layers: Vec<Vec<usize>>, limit: i64) -> Vec<Vec<usize>> {
        let height = |layer: &Vec<usize>| -> i64 { layer.iter().map(|g| self.height(*g)).sum() };
        let total: i64 = layers.iter().map(height).sum();
        let n_columns = MIN_COLUMNS.max(1 + total / limit);
        if layers.len() <= usize::try_from(n_columns).unwrap_or(usize::MAX) {
            return layers;
        }
        let mut columns: Vec<Vec<usize>> = Vec::new();
        let (mut above, mut last) = (0, None);
        for layer in layers {
            let middle = above + height(&layer) / 2;
            above += height(&layer);
            let place = middle * n_columns / total.max(1);
            match columns.last_mut().filter(|_| last == Some(place)) {
                Some(column) => column.extend(layer),
                None => columns.push(layer),
            }
            last = Some(place);
        }
        columns
    }

    /// How high a column should be, so that the sheet is about as wide as a screen.
    fn height_limit(&self) -> i64 {
        let heights = self.drawn().map(|group| self.height(group));
        let (total, tallest): (i64, Option<i64>) = (heights.clone().sum(), heights.max());
        let widths: i64 = self.sizes.iter().map(|(width, _)| width).sum();
        let n_boxes = i64::try_from(self.drawn().count()).unwrap_or(i64::MAX);
        let mean = widths / n_boxes.max(1) + GAP;
        // With n columns the sheet is n means wide and an nth of the total high.
        let height = (total.saturating_mul(mean) * 10 / 16).isqrt();
        height.max(tallest.unwrap_or(0)).max(MIN_HEIGHT)
    }

    /// Columns that are too high as several of about the same height.
    fn split(&self, columns: Vec<Vec<usize>>, limit: i64) -> Vec<Vec<usize>> {
        let mut split = Vec::new();
        for column in columns {
            let total: i64 = column.iter().map(|group| self.height(*group)).sum();
            let n_parts = (total + limit - 1) / limit;
            let share = total / n_parts.max(1);
            let (mut part, mut height) = (Vec::new(), 0);
            for group in column {
                let more = self.height(group);
                if !part.is_empty() && height + more / 2 > share {
                    split.push(std::mem::take(&mut part));
                    height = 0;
                }
                part.push(group);
                height += more;
            }
            if !part.is_empty() {
                split.push(part);
            }
        }
        split
    }

    /// Moves each group to where its neighbours are, a few times, so that fewer edges cross.
    fn sort_by_neighbours(&self, columns: &mut [Vec<usize>]) {
        let mut neighbours = Neighbours::new();
        for (from, to) in self.edges.keys() {
            neighbours.entry(*from).or_default().push(*to);
            neighbours.entry(*to).or_default().push(*from);
        }
        for _ in 0..8 {
            let places = self.places(columns);
            for column in columns.iter_mut() {
                column.sort_by_cached_key(|group| {
                    let near = neighbours.get(group).into_iter().flatten();
                    let near: Vec<i64> = near.filter_map(|n| places.get(n)).copied().collect();
                    let n_near = i64::try_from(near.len()).unwrap_or(i64::MAX);
                    let mean = near.iter().sum::<i64>().checked_div(n_near);
                    let own = places.get(group).copied().unwrap_or(0);
                    mean.unwrap_or(own)
                });
            }
        }
    }

    /// The middle of each group, with columns centred on a common line.
    fn places(&self, columns: &[Vec<usize>]) -> BTreeMap<usize, i64> {
        let mut places = BTreeMap::new();
        for column in columns {
            let total: i64 = column.iter().map(|group| self.height(*group)).sum();
            let mut top = -total / 2;
            for group in column {
                places.insert(*group, top + self.height(*group) / 2);
                top += self.height(*group);
            }
        }
        places
    }

    /// Puts groups that have nothing to do with others where there is room.
    fn add_lone(&self, columns: &mut Vec<Vec<usize>>, linked: &BTreeSet<usize>, limit: i64) {
        let of = |column: &Vec<usize>| column.iter().map(|group| self.height(*group)).sum();
        let mut heights: Vec<i64> = columns.iter().map(of).collect();
        for group in self.drawn().filter(|group| !linked.contains(group)) {
            let height = self.height(group);
            let numbered = heights.iter_mut().zip(columns.iter_mut());
            match numbered.min_by_key(|(height, _)| **height) {
                Some((filled, column)) if *filled + height <= limit => {
                    *filled += height;
                    column.push(group);
                }
                _ => {
                    heights.push(height);
                    columns.push(vec![group]);
                }
            }
        }
    }
}

type Neighbours = BTreeMap<usize, Vec<usize>>;
