//! Where the labels of edges stand: on their curve, where they cover neither a box nor each other.
//!
//! Must not know what a label says. One that has no room is left out; it is shown on demand.

use std::collections::BTreeMap;

use crate::NodeId;
use crate::fold::{End, Link};
use crate::layout::Layout;
use crate::route::{Piece, Point};
use crate::shape::Rect;
use crate::text::Font;

/// A label that has a place.
pub(crate) struct Placed {
    pub(crate) text: String,
    pub(crate) rect: Rect,
}

/// Labels are shortened to this many pixels.
const MAX_LABEL: i64 = 150;

/// The space at each side of a label's text.
const SIDE: i64 = 3;

/// The width of a label, with the space at its sides.
pub(crate) fn width(label: &str) -> i64 {
    Font::Label.width(&Font::Label.shortened(label, MAX_LABEL)) + 2 * SIDE
}

/// The height of a label.
pub(crate) const LABEL: i64 = 14;

/// How far the middle of a label is from its curve when there is no room on it.
const CLOSE: i64 = 9;

/// Tenths of the way along a piece, best first.
const MIDDLE: [i64; 7] = [5, 4, 6, 3, 7, 2, 8];

/// As [`MIDDLE`], where many edges with one label meet.
const NEAR_THE_END: [i64; 7] = [8, 7, 6, 9, 5, 4, 3];

/// As [`MIDDLE`], where many edges with one label part.
const NEAR_THE_START: [i64; 7] = [2, 3, 4, 1, 5, 6, 7];

/// What stands in the row of a node instead of at the edges there: their label, if they have but
/// one.
pub(crate) fn ports(links: &[Link]) -> BTreeMap<NodeId, &str> {
    let mut labels: BTreeMap<NodeId, Option<&str>> = BTreeMap::new();
    for link in links {
        for end in arrivals(link) {
            if let End::Node(node) = end {
                let label = labels.entry(node).or_insert(Some(&link.label));
                *label = label.filter(|label| *label == link.label);
            }
        }
    }
    let ports = labels.into_iter();
    ports
        .filter_map(|(node, label)| Some((node, label?)))
        .collect()
}

fn arrivals(link: &Link) -> impl Iterator<Item = End> {
    [Some(link.to), link.both_ways.then_some(link.from)]
        .into_iter()
        .flatten()
}

/// The label of each link that stands at its edge and not in a row.
pub(crate) fn at_edges(links: &[Link]) -> Vec<Option<&str>> {
    let ports = ports(links);
    let is_in_row = |end: End| matches!(end, End::Node(node) if ports.contains_key(&node));
    let labels = links.iter().map(|link| {
        let is_said = link.label.is_empty() || arrivals(link).all(is_in_row);
        (!is_said).then_some(link.label.as_str())
    });
    labels.collect()
}

/// The place of each link's label, if it has one.
pub(crate) fn place(layout: &Layout, links: &[Link], ways: &[Vec<Piece>]) -> Vec<Option<Placed>> {
    let labels = at_edges(links);
    let arriving = Common::of(links, &labels, |link| link.to);
    let leaving = Common::of(links, &labels, |link| link.from);
    let mut taken: Vec<Rect> = Vec::new();
    let mut place = |number: usize, link: &Link, way: &[Piece], label: &str| {
        let spots = match (arriving.first(link.to), leaving.first(link.from)) {
            (Some(first), _) if first == number => spots(way, true, NEAR_THE_END),
            (_, Some(first)) if first == number => spots(way, false, NEAR_THE_START),
            (None, None) => spots(way, false, MIDDLE),
            _ => return None,
        };
        let free = |place: &Rect| {
            let boxes = layout.boxes.iter();
            place.x > 0 && !boxes.chain(&taken).any(|other| other.meets(place))
        };
        let width = width(label);
        let mut places = spots.into_iter().map(|point| Rect {
            x: point.x - width / 2,
            y: point.y - LABEL / 2,
            width,
            height: LABEL,
        });
        let rect = places.find(free)?;
        taken.push(rect);
        let text = Font::Label.shortened(label, MAX_LABEL);
        Some(Placed { text, rect })
    };
    let ways = links.iter().zip(ways).zip(&labels).enumerate();
    let places = ways.map(|(number, ((link, way), label))| place(number, link, way, (*label)?));
    places.collect()
}

/// The ends at which several edges meet that all have one label, and the first of these edges.
/// They say it once, where they meet.
struct Common(BTreeMap<End, usize>);

impl Common {
    fn of(links: &[Link], labels: &[Option<&str>], end: impl Fn(&Link) -> End) -> Self {
        let mut by_end: BTreeMap<End, (usize, usize, bool)> = BTreeMap::new();
        let labelled = links.iter().zip(labels).enumerate();
        for (number, (link, label)) in labelled.filter(|(_, (_, label))| label.is_some()) {
            let (first, n_links, is_same) = by_end.entry(end(link)).or_insert((number, 0, true));
            *n_links += 1;
            let is_alike = labels.get(*first) == Some(label);
            *is_same &= is_alike && !link.both_ways && link.from != link.to;
        }
        let common = by_end.into_iter();
        let common = common.filter(|(_, (_, n_links, is_same))| *n_links > 2 && *is_same);
        Self(common.map(|(end, (first, _, _))| (end, first)).collect())
    }

    fn first(&self, end: End) -> Option<usize> {
        self.0.get(&end).copied()
    }
}

/// Places to try, best first: on the curve, else close to it, beside no box that it passes.
fn spots(way: &[Piece], is_last_first: bool, tenths: [i64; 7]) -> Vec<Point> {
    let pieces = way.iter().filter(|piece| !matches!(piece, Piece::Past(..)));
    let mut pieces: Vec<Piece> = pieces.copied().collect();
    if is_last_first {
        pieces.reverse();
    }
    let on = pieces
        .into_iter()
        .flat_map(|piece| tenths.map(|tenths| piece.at(tenths)));
    let on: Vec<Point> = on.collect();
    let shifted = [0, CLOSE, -CLOSE].into_iter().flat_map(|shift| {
        on.iter().map(move |point| Point {
            x: point.x,
            y: point.y + shift,
        })
    });
    shifted.collect()
}
