//! Where the ports of edges are said: in the row that they reach, on their curve, or by a number
//! on it that stands for a line of the key.
//!
//! Must not know what a label says. A label covers neither a box nor another label, and lies on no
//! edge that says something else. What has no room is counted; it is shown on demand.

use std::collections::{BTreeMap, BTreeSet};

use crate::NodeId;
use crate::fold::{End, Link};
use crate::layout::Layout;
use crate::route::{Piece, Point};
use crate::shape::{Reached, Rect};
use crate::spots::{Common, Spots};
use crate::text::Font;

/// A label that has a place.
pub(crate) struct Placed {
    pub(crate) text: String,
    pub(crate) rect: Rect,
}

/// All that is said of ports beside boxes.
#[derive(Default)]
pub(crate) struct Labels {
    /// Of each link, if it says it itself.
    pub(crate) placed: Vec<Option<Placed>>,
    /// What the numbers stand for, from 1 on.
    pub(crate) key: Vec<String>,
    /// The links that say their ports nowhere.
    pub(crate) silent: Vec<usize>,
}

/// A label wider than this, in pixels, is one of the key.
const MAX_LABEL: i64 = 220;

/// Of more labels no reader keeps the numbers in mind.
const MAX_KEY: usize = 40;

/// The size of the largest head of an edge.
const HEAD: i64 = 10;

/// The space at each side of a label's text.
const SIDE: i64 = 3;

/// The width of a label, with the space at its sides.
pub(crate) fn width(label: &str) -> i64 {
    Font::Label.width(label).min(MAX_LABEL) + 2 * SIDE
}

/// The height of a label.
pub(crate) const LABEL: i64 = 14;

/// What stands in the row of a node instead of at the edges there: what all of them say that no
/// port limits, and what all others say.
pub(crate) fn reached(links: &[Link]) -> BTreeMap<NodeId, Reached> {
    let mut labels: BTreeMap<NodeId, [Option<Option<&str>>; 2]> = BTreeMap::new();
    for link in links.iter().filter(|link| link.step.is_empty()) {
        for end in arrivals(link) {
            if let End::Node(node) = end {
                let [everything, ports] = labels.entry(node).or_default();
                let known = if link.everything { everything } else { ports };
                let is_short = Font::Label.width(&link.label) <= MAX_LABEL;
                let label = known.unwrap_or(is_short.then_some(link.label.as_str()));
                *known = Some(label.filter(|label| *label == link.label));
            }
        }
    }
    let rows = labels.into_iter().map(|(node, labels)| {
        let [everything, ports] =
            labels.map(|label| label.flatten().unwrap_or_default().to_string());
        (node, Reached { everything, ports })
    });
    rows.collect()
}

fn arrivals(link: &Link) -> impl Iterator<Item = End> {
    [Some(link.to), link.both_ways.then_some(link.from)]
        .into_iter()
        .flatten()
}

/// The label of each link that stands at its edge and not in a row.
pub(crate) fn at_edges(links: &[Link]) -> Vec<Option<&str>> {
    let reached = reached(links);
    let labels = links.iter().map(|link| {
        let is_in_row = |end: End| {
            let End::Node(node) = end else {
                return false;
            };
            let row = reached.get(&node).map(|row| match link.everything {
                true => &row.everything,
                false => &row.ports,
            });
            row == Some(&link.label)
        };
        let is_said = link.label.is_empty() || arrivals(link).all(is_in_row);
        (!is_said).then_some(link.label.as_str())
    });
    labels.collect()
}

/// The place of each link's label, if it has one.
pub(crate) fn place(
    layout: &Layout,
    links: &[Link],
    ways: &[Vec<Piece>],
    steps: &[Placed],
) -> Labels {
    let labels = at_edges(links);
    let mut spots = Spots::of(layout, links, ways);
    spots.cover(steps.iter().map(|step| step.rect));
    spots.cover(heads(links, ways));
    let mut placed: Vec<Option<Placed>> = links.iter().map(|_| None).collect();
    let mut open: BTreeSet<usize> = BTreeSet::new();
    let wanted = labels.iter().enumerate();
    open.extend(wanted.filter_map(|(number, label)| label.map(|_| number)));
    let mut try_at = |number: usize, text: &str, points: Vec<Point>| {
        let (width, link) = (width(text), links.get(number)?);
        let rect = spots.take(&points, width, &link.label)?;
        let text = text.to_string();
        Some(Placed { text, rect })
    };
    let fits = |label: &str| Font::Label.width(label) <= MAX_LABEL;
    let mut set = |number: usize, label: Option<Placed>| {
        let is_placed = label.is_some();
        if let Some(place) = placed.get_mut(number).filter(|_| is_placed) {
            *place = label;
        }
        is_placed
    };
    // Many edges with one label that meet say it once.
    for common in Common::all(links, &labels) {
        let (near, label) = (common.near(), common.label);
        let is_said = fits(label)
            && common.links.iter().any(|number| {
                let way = ways.get(*number).map_or(&[][..], Vec::as_slice);
                set(*number, try_at(*number, label, Spots::near(way, near)))
            });
        if is_said {
            open.retain(|number| !common.links.contains(number));
        }
    }
    // What no port limits comes first, whatever room the others have then.
    let mut sorted: Vec<usize> = open.into_iter().collect();
    let is_last = |number: &usize| links.get(*number).is_some_and(|link| !link.everything);
    sorted.sort_by_key(is_last);
    let mut key: Vec<String> = Vec::new();
    for is_by_number in [false, true] {
        let mut left = Vec::new();
        for number in sorted {
            let label = labels.get(number).copied().flatten().unwrap_or_default();
            let way = ways.get(number).map_or(&[][..], Vec::as_slice);
            let text = match is_by_number {
                false => fits(label).then(|| label.to_string()),
                true => by_number(&key, label),
            };
            let label_there = text.and_then(|text| try_at(number, &text, Spots::along(way)));
            if !set(number, label_there) {
                left.push(number);
            } else if is_by_number && !key.iter().any(|known| known == label) {
                key.push(label.to_string());
            }
        }
        sorted = left;
    }
    // Their colour says what those are that no port limits.
    sorted.retain(is_last);
    Labels {
        placed,
        key,
        silent: sorted,
    }
}

/// Where the heads of edges are.
fn heads(links: &[Link], ways: &[Vec<Piece>]) -> impl Iterator<Item = Rect> {
    let ends = links.iter().zip(ways).flat_map(|(link, way)| {
        let first = way.first().filter(|_| link.both_ways);
        let first = first.map(|piece| piece.ends().0);
        [first, way.last().map(|piece| piece.ends().1)]
    });
    ends.flatten().map(|end| Rect {
        x: end.x - HEAD,
        y: end.y - HEAD / 2,
        width: 2 * HEAD,
        height: HEAD,
    })
}

/// The number that stands for a label, if it has one or can get one.
fn by_number(key: &[String], label: &str) -> Option<String> {
    let known = key.iter().position(|known| known == label);
    let number = known.unwrap_or(key.len()) + 1;
    (number <= MAX_KEY).then(|| format!("({number})"))
}
