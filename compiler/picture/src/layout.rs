//! Where every box stands.
//!
//! Must not know what a box looks like, nor how an edge gets from one to the next.

use std::collections::{BTreeMap, BTreeSet};

use crate::choice::Choice;
use crate::columns::Graph;
use crate::fold::{End, everyone};
use crate::labels;
use crate::shape::{Rect, Shape, px};
use crate::{GroupKind, NodeId, Picture};

/// The space around the drawing.
pub(crate) const MARGIN: i64 = 24;

/// The least space between two boxes of a column.
const BETWEEN: i64 = 20;

/// The space between two edges that pass a column side by side.
pub(crate) const LANE: i64 = 6;

/// The headers of the boxes that stand for every node of every namespace, and of every namespace
/// but that of the other end. They say "shown" because a picture may be of a part of the cluster.
pub(crate) const EVERYONE: [&str; 2] =
    ["every other workload shown", "every other namespace shown"];

/// Boxes in columns.
pub(crate) struct Layout {
    pub(crate) columns: Vec<Column>,
    pub(crate) shapes: Vec<Shape>,
    /// One per group, and those of everyone. One that is not drawn has no area.
    pub(crate) boxes: Vec<Rect>,
    /// The column of each group.
    pub(crate) column_of: Vec<usize>,
    /// Above is what stands over the drawing.
    pub(crate) top: i64,
    pub(crate) width: i64,
    pub(crate) height: i64,
}

/// Boxes of one width above each other.
pub(crate) struct Column {
    pub(crate) x: i64,
    pub(crate) width: i64,
    /// From top to bottom.
    pub(crate) groups: Vec<usize>,
    /// The space to its right, for edges and their labels.
    pub(crate) gap: i64,
}

/// How many edges pass above the box with this number of this column, or below the last one.
pub(crate) type Lanes = BTreeMap<(usize, usize), usize>;

impl Layout {
    /// Columns and sizes; [`Layout::place`] and [`Layout::spread`] give the boxes their places.
    pub(crate) fn of(picture: &Picture, choice: &Choice) -> Self {
        Self::with(picture, choice, shapes(picture, choice))
    }

    /// As [`Layout::of`], of boxes that show no nodes.
    pub(crate) fn folded(picture: &Picture, choice: &Choice) -> Self {
        let shapes = shapes(picture, choice).into_iter();
        let bare = shapes.map(|shape| match shape.height {
            0 => shape,
            _ => Shape::bare(&shape.header),
        });
        Self::with(picture, choice, bare.collect())
    }

    fn with(picture: &Picture, choice: &Choice, mut shapes: Vec<Shape>) -> Self {
        let graph = graph(picture, choice, &shapes);
        let columns = match given(picture) {
            Some(columns) => graph.sorted(columns),
            None => graph.columns(),
        };
        let mut column_of = vec![0; shapes.len()];
        let numbered = columns.into_iter().enumerate().map(|(number, groups)| {
            let widths = groups.iter().filter_map(|group| shapes.get(*group));
            let width = widths.map(|shape| shape.width).max().unwrap_or(0);
            for group in &groups {
                if let Some(shape) = shapes.get_mut(*group) {
                    shape.widen(picture.groups.get(*group), width);
                }
                if let Some(column) = column_of.get_mut(*group) {
                    *column = number;
                }
            }
            Column {
                x: 0,
                width,
                groups,
                gap: 0,
            }
        });
        let columns = numbered.collect();
        Self {
            boxes: vec![Rect::default(); shapes.len()],
            columns,
            shapes,
            column_of,
            top: 0,
            width: 0,
            height: 0,
        }
    }

    /// Gives columns and boxes their places from left to right, with these spaces to the right of
    /// each column.
    pub(crate) fn spread(&mut self, gaps: &[i64]) {
        let mut x = MARGIN;
        for (column, gap) in self.columns.iter_mut().zip(gaps) {
            (column.x, column.gap) = (x, *gap);
            for group in &column.groups {
                if let Some(place) = self.boxes.get_mut(*group) {
                    place.x = x;
                }
            }
            x += column.width + gap;
        }
        self.width = x + MARGIN;
    }

    /// Stacks the boxes from `top`, with room for so many edges between them.
    pub(crate) fn place(&mut self, top: i64, lanes: &Lanes) {
        let space = |column: usize, gap: usize| {
            let n_lanes = lanes.get(&(column, gap)).copied().unwrap_or(0);
            LANE * px(n_lanes)
        };
        let totals = self.columns.iter().enumerate().map(|(number, column)| {
            let boxes = column
                .groups
                .iter()
                .filter_map(|group| self.shapes.get(*group));
            let n_boxes = column.groups.len();
            let lanes: i64 = (0..=n_boxes).map(|gap| space(number, gap)).sum();
            let boxes: i64 = boxes.map(|shape| shape.height + BETWEEN).sum();
            boxes - BETWEEN + lanes
        });
        let totals: Vec<i64> = totals.collect();
        let tallest = totals.iter().copied().max().unwrap_or(0);
        for ((number, column), total) in self.columns.iter().enumerate().zip(totals) {
            let mut y = top + (tallest - total) / 2;
            for (gap, group) in column.groups.iter().enumerate() {
                y += space(number, gap);
                let shape = self.shapes.get(*group);
                let height = shape.map_or(0, |shape| shape.height);
                if let Some(place) = self.boxes.get_mut(*group) {
                    *place = Rect {
                        x: column.x,
                        y,
                        width: column.width,
                        height,
                    };
                }
                y += height + BETWEEN;
            }
        }
        (self.top, self.height) = (top, top + tallest + MARGIN);
    }

    pub(crate) fn box_of(&self, group: u32) -> Rect {
        self.boxes.get(index(group)).copied().unwrap_or_default()
    }

    /// The rows and names of a group.
    pub(crate) fn shape_of(&self, group: u32) -> Option<&Shape> {
        self.shapes.get(index(group))
    }

    pub(crate) fn column_of(&self, end: End) -> usize {
        let column = self.column_of.get(index(end.group()));
        column.copied().unwrap_or(0)
    }
}

/// A number of a group or node as an index; one that is none finds nothing.
pub(crate) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The groups of each column, if it is given for all.
fn given(picture: &Picture) -> Option<Vec<Vec<usize>>> {
    let mut columns: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (number, group) in picture.groups.iter().enumerate() {
        columns.entry(group.column?).or_default().push(number);
    }
    (!columns.is_empty()).then(|| columns.into_values().collect())
}

fn shapes(picture: &Picture, choice: &Choice) -> Vec<Shape> {
    let ends = choice.links.iter().flat_map(|link| [link.from, link.to]);
    let ends: BTreeSet<End> = ends.collect();
    let reached = labels::reached(&choice.links);
    let groups = (0..).zip(&picture.groups);
    let shapes = groups.zip(0..).map(|((number, group), place): (_, usize)| {
        let mut shape = Shape::of(group, |node| {
            let node = u32::try_from(node).ok()?;
            let id = NodeId {
                group: number,
                node,
            };
            let reached = reached.get(&id).cloned().unwrap_or_default();
            ends.contains(&End::Node(id)).then_some(reached)
        });
        if let Some(badge) = choice.badges.get(place) {
            shape.set_badge(badge);
        }
        shape
    });
    let everyone = (everyone(picture)..).zip(EVERYONE).map(|(number, header)| {
        match ends.contains(&End::Group(number)) {
            true => Shape::bare(header),
            false => Shape::default(),
        }
    });
    shapes.chain(everyone).collect()
}

/// The groups and what is between them, whatever of it is drawn.
fn graph(picture: &Picture, choice: &Choice, shapes: &[Shape]) -> Graph {
    let mut edges = BTreeMap::new();
    for (from, to) in &choice.groups {
        if from != to {
            // Ten edges between two groups are no reason to turn ten other groups round.
            edges.insert((index(*from), index(*to)), 1);
        }
    }
    let kinds = picture.groups.iter().map(|group| group.kind);
    Graph {
        sizes: shapes
            .iter()
            .map(|shape| (shape.width, shape.height))
            .collect(),
        is_outside: kinds.map(|kind| kind == GroupKind::Outside).collect(),
        edges,
    }
}
