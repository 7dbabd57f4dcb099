//! How edges get from box to box: through the space between columns, and past the boxes of a column
//! through the space between those.
//!
//! Must not know labels or what an edge means.

use std::collections::BTreeMap;

use crate::fold::{End, Link};
use crate::labels;
use crate::layout::{LANE, Lanes, Layout, index};
use crate::shape::{HEADER, ROW, px};
use crate::tracks;

/// The space between columns that no edge crosses.
const NARROW: i64 = 40;

/// The most space between columns for curves and their labels.
const MAX_CURVES: i64 = 200;

/// A place on the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) x: i64,
    pub(crate) y: i64,
}

/// A piece of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// From column to column, leaving and arriving level.
    Across(Point, Point),
    /// Past a box.
    Past(Point, Point),
    /// Out at the right side of a column and back in, by this far at most.
    Back(Point, Point, i64),
}

impl Piece {
    pub(crate) fn ends(self) -> (Point, Point) {
        match self {
            Self::Across(from, to) | Self::Past(from, to) | Self::Back(from, to, _) => (from, to),
        }
    }

    /// The point at so many thousandths of the way.
    pub(crate) fn at(self, thousandths: i64) -> Point {
        let (from, to) = self.ends();
        let (t, s) = (thousandths, 1000 - thousandths);
        match self {
            Self::Past(..) => Point {
                x: (from.x * s + to.x * t) / 1000,
                y: from.y,
            },
            Self::Back(_, _, far) => Point {
                x: from.x + far,
                y: (from.y * s + to.y * t) / 1000,
            },
            // A cubic curve drawn towards the middle from both ends.
            Self::Across(..) => {
                let middle = i64::midpoint(from.x, to.x);
                let (first, second, third) = (s * s * s, 3 * s * t, t * t * t);
                let (early, late) = (first + second * s, second * t + third);
                Point {
                    x: (from.x * first + middle * second * 1000 + to.x * third) / 1_000_000_000,
                    y: (from.y * early + to.y * late) / 1_000_000_000,
                }
            }
        }
    }
}

/// Gives the boxes their places, with room for edges, and says where the edges go: one way per
/// link.
pub(crate) fn route(layout: &mut Layout, links: &[Link], top: i64) -> Vec<Vec<Piece>> {
    layout.place(top, &Lanes::new());
    let passages = passages(layout, links);
    let n_lanes = passages.iter().map(|(gap, lanes)| (*gap, lanes.len()));
    layout.place(top, &n_lanes.collect());
    let tracks = tracks::tracks(layout, links);
    layout.spread(&gaps(layout, links, &tracks));
    let lanes = lanes(layout, &passages);
    let ways = links.iter().zip(tracks);
    let ways = ways.map(|(link, track)| match track {
        Some(track) => vec![tracks::back(layout, link, track)],
        None => way(layout, link, &lanes),
    });
    ways.collect()
}

/// The space to the right of each column: enough for its tracks, its labels and as many curves.
fn gaps(layout: &Layout, links: &[Link], tracks: &[Option<usize>]) -> Vec<i64> {
    let n_columns = layout.columns.len();
    let mut gaps: Vec<(i64, i64, i64)> = vec![(0, 0, 0); n_columns];
    let texts = labels::at_edges(links);
    for ((link, track), text) in links.iter().zip(tracks).zip(texts) {
        let (from, to) = (layout.column_of(link.from), layout.column_of(link.to));
        let (first, end) = (from.min(to), from.max(to).max(from.min(to) + 1));
        for gap in first..end {
            let Some((far, label, n_edges)) = gaps.get_mut(gap) else {
                continue;
            };
            if let Some(track) = track {
                *far = (*far).max(tracks::far(*track));
            } else {
                *n_edges += 1;
            }
            if gap == first || gap + 1 == end {
                *label = (*label).max(text.map_or(0, labels::width));
            }
        }
    }
    let gaps = gaps.into_iter().enumerate();
    let gaps = gaps.map(|(column, (far, label, n_edges))| match (far, n_edges) {
        (0, 0) if column + 1 == n_columns => 0,
        (0, 0) => NARROW,
        (far, 0) => far + label / 2 + NARROW,
        (far, n_edges) => far + (70 + label + 2 * n_edges).min(MAX_CURVES),
    });
    gaps.collect()
}

/// Which edges pass a gap of a column. Those to the same end on the same terms share a lane.
type Passages = BTreeMap<(usize, usize), BTreeMap<Lane, i64>>;

/// Who shares a lane.
type Lane = (End, bool);

fn passages(layout: &Layout, links: &[Link]) -> Passages {
    let mut passages = Passages::new();
    for link in links {
        let (from, to) = heights(layout, link);
        for (column, share) in between(layout, link) {
            // Where the straight line crosses the column, in thousandths of its way.
            let wanted = from + (to - from) * share / 1000;
            let gap = nearest_gap(layout, column, wanted);
            let lanes = passages.entry((column, gap)).or_default();
            lanes.entry((link.to, link.everything)).or_insert(wanted);
        }
    }
    passages
}

/// The columns that a link has to pass, in its direction, and how far on its way each is.
fn between(layout: &Layout, link: &Link) -> Vec<(usize, i64)> {
    let (from, to) = (layout.column_of(link.from), layout.column_of(link.to));
    let steps = px(from.abs_diff(to)).max(1);
    let columns: Vec<usize> = match from < to {
        true => (from + 1..to).collect(),
        false => (to + 1..from).rev().collect(),
    };
    let numbered = columns.into_iter().zip(1..);
    numbered
        .map(|(column, step)| (column, 1000 * step / steps))
        .collect()
}

/// The space above or below a box of this column that is nearest to this height.
fn nearest_gap(layout: &Layout, column: usize, wanted: i64) -> usize {
    let distance = |gap: usize| (gap_middle(layout, column, gap) - wanted).abs();
    let n_boxes = boxes(layout, column).len();
    (0..=n_boxes).min_by_key(|gap| distance(*gap)).unwrap_or(0)
}

fn boxes(layout: &Layout, column: usize) -> &[usize] {
    layout
        .columns
        .get(column)
        .map_or(&[], |column| &column.groups)
}

/// The middle of the space above the box with this number, or below the last.
fn gap_middle(layout: &Layout, column: usize, gap: usize) -> i64 {
    let groups = boxes(layout, column);
    let above = gap.checked_sub(1).and_then(|above| groups.get(above));
    let above = above.and_then(|group| layout.boxes.get(*group));
    let below = groups.get(gap).and_then(|group| layout.boxes.get(*group));
    match (above, below) {
        (Some(above), Some(below)) => i64::midpoint(above.bottom(), below.y),
        (Some(above), None) => above.bottom() + LANE * 2,
        (None, Some(below)) => below.y - LANE * 2,
        (None, None) => 0,
    }
}

/// The height of each lane: side by side in their gap, in the order in which they arrive.
fn lanes(layout: &Layout, passages: &Passages) -> BTreeMap<(usize, Lane), Vec<i64>> {
    let mut heights: BTreeMap<(usize, Lane), Vec<i64>> = BTreeMap::new();
    for ((column, gap), lanes) in passages {
        let mut sorted: Vec<(i64, Lane)> = lanes.iter().map(|(lane, y)| (*y, *lane)).collect();
        sorted.sort_unstable();
        let middle = gap_middle(layout, *column, *gap);
        let n_boxes = boxes(layout, *column).len();
        let half = LANE * px(sorted.len().saturating_sub(1)) / 2;
        let first = match *gap {
            0 => middle - 2 * half,
            gap if gap == n_boxes => middle,
            _ => middle - half,
        };
        for (number, (_, lane)) in sorted.into_iter().enumerate() {
            let y = first + LANE * px(number);
            heights.entry((*column, lane)).or_default().push(y);
        }
    }
    heights
}

/// Where an edge leaves and where it arrives. An edge that goes both ways arrives at both ends.
pub(crate) fn heights(layout: &Layout, link: &Link) -> (i64, i64) {
    let leaves = if link.both_ways { 1 } else { -1 };
    let ((from, room), (to, room_there)) = (middle(layout, link.from), middle(layout, link.to));
    (from + leaves * room, to + room_there)
}

/// The middle of a row or header, and how far from it edges arrive: they leave as far above it, so
/// that none begins at the head of another.
fn middle(layout: &Layout, end: End) -> (i64, i64) {
    let place = layout.box_of(end.group());
    let row = match end {
        End::Group(_) => None,
        End::Node(node) => {
            let shape = layout.shape_of(node.group);
            let cell = shape.and_then(|shape| shape.cells.get(index(node.node)));
            cell.filter(|cell| cell.is_row)
        }
    };
    match row {
        Some(cell) => (place.y + cell.rect.middle(), ROW / 4),
        None => (place.y + HEADER / 2, HEADER / 4),
    }
}

fn way(layout: &Layout, link: &Link, lanes: &BTreeMap<(usize, Lane), Vec<i64>>) -> Vec<Piece> {
    let (from, to) = heights(layout, link);
    let (start, end) = (
        layout.box_of(link.from.group()),
        layout.box_of(link.to.group()),
    );
    let columns = (layout.column_of(link.from), layout.column_of(link.to));
    let at = |x: i64, y: i64| Point { x, y };
    let is_rightward = columns.0 < columns.1;
    let sides = |x: i64, width: i64| {
        if is_rightward {
            (x, x + width)
        } else {
            (x + width, x)
        }
    };
    let mut last = at(sides(start.x, start.width).1, from);
    let mut pieces = Vec::new();
    for (number, share) in between(layout, link) {
        let wanted = from + (to - from) * share / 1000;
        let lane = lanes.get(&(number, (link.to, link.everything)));
        let nearest = lane
            .into_iter()
            .flatten()
            .min_by_key(|y| (**y - wanted).abs());
        let (Some(y), Some(column)) = (nearest, layout.columns.get(number)) else {
            continue;
        };
        let (near, far) = sides(column.x, column.width);
        pieces.push(Piece::Across(last, at(near, *y)));
        pieces.push(Piece::Past(at(near, *y), at(far, *y)));
        last = at(far, *y);
    }
    pieces.push(Piece::Across(last, at(sides(end.x, end.width).0, to)));
    pieces
}
