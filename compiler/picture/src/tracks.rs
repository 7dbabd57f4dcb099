//! How edges within a column get from row to row: along tracks at its right.
//!
//! Must not know edges that leave the column. Two edges share a track where they do not meet, or
//! where they end at the same place.

use std::collections::BTreeMap;

use crate::fold::{End, Link};
use crate::layout::Layout;
use crate::route::{Piece, Point, heights};
use crate::shape::px;

/// The distance of the first track from the column, and of each from the next.
const FIRST: i64 = 22;
const NEXT: i64 = 11;

/// How far a track is from its column.
pub(crate) fn far(track: usize) -> i64 {
    FIRST + NEXT * px(track)
}

/// What shares a track: the end, whether all ports are open, and the link's number if it goes both
/// ways.
type Shared = (usize, End, bool, Option<usize>);

/// The track of each link within a column. The shortest are the innermost.
pub(crate) fn tracks(layout: &Layout, links: &[Link]) -> Vec<Option<usize>> {
    let mut spans: BTreeMap<Shared, (i64, i64)> = BTreeMap::new();
    let shared = |(number, link): (usize, &Link)| {
        let (from, to) = (layout.column_of(link.from), layout.column_of(link.to));
        let alone = (link.both_ways || link.from == link.to).then_some(number);
        (from == to).then_some((from, link.to, link.everything, alone))
    };
    for (number, link) in links.iter().enumerate() {
        if let Some(shared) = shared((number, link)) {
            let (from, to) = heights(layout, link);
            let span = spans.entry(shared).or_insert((from, from));
            *span = (span.0.min(from).min(to), span.1.max(from).max(to));
        }
    }
    let mut sorted: Vec<(Shared, (i64, i64))> = spans.into_iter().collect();
    sorted.sort_by_key(|(shared, (top, bottom))| (bottom - top, *top, *shared));
    let mut taken: BTreeMap<(usize, usize), Vec<(i64, i64)>> = BTreeMap::new();
    let mut track_of: BTreeMap<Shared, usize> = BTreeMap::new();
    for (shared, span) in sorted {
        let is_free = |track: &usize| {
            let others = taken.get(&(shared.0, *track)).into_iter().flatten();
            others
                .into_iter()
                .all(|other| span.1 + 3 < other.0 || other.1 + 3 < span.0)
        };
        let track = (0..).find(is_free).unwrap_or(0);
        taken.entry((shared.0, track)).or_default().push(span);
        track_of.insert(shared, track);
    }
    let numbered = links.iter().enumerate();
    numbered
        .map(|link| track_of.get(&shared(link)?).copied())
        .collect()
}

/// The way along a track.
pub(crate) fn back(layout: &Layout, link: &Link, track: usize) -> Piece {
    let (from, to) = heights(layout, link);
    let x = layout.box_of(link.from.group()).right();
    Piece::Back(Point { x, y: from }, Point { x, y: to }, far(track))
}
