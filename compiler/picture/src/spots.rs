//! Where along its curve a label can stand: on no box, no other label, and no edge that says
//! something else.
//!
//! Must not know labels but as texts that are equal or not.

use std::collections::{BTreeMap, BTreeSet};

use crate::fold::{End, Link};
use crate::labels::LABEL;
use crate::layout::{Layout, MARGIN};
use crate::route::{Piece, Point};
use crate::shape::Rect;

/// How far the middle of a label is from its curve when there is no room on it.
const CLOSE: i64 = 9;

/// Hundredths of the way along a piece, best first.
const MIDDLE: [i64; 17] = [
    50, 45, 55, 40, 60, 35, 65, 30, 70, 25, 75, 20, 80, 15, 85, 10, 90,
];

/// As [`MIDDLE`], where many edges with one label meet.
const LAST: [i64; 5] = [80, 70, 75, 85, 90];

/// As [`MIDDLE`], where many edges with one label part.
const FIRST: [i64; 5] = [20, 30, 25, 15, 10];

/// An edge is known by points no further apart than this, in pixels.
const STEP: i64 = 4;

/// The side of the squares into which the points are sorted.
const SQUARE: i64 = 32;

/// An edge is this far from a label that is not its own.
const CLEAR: i64 = 2;

/// A point of an edge, and what the edge says, by number.
type Said = (Point, usize);

/// What is taken.
pub(crate) struct Spots<'a> {
    sheet: Rect,
    boxes: Vec<Rect>,
    labels: BTreeMap<&'a str, usize>,
    lines: BTreeMap<(i64, i64), Vec<Said>>,
}

impl<'a> Spots<'a> {
    pub(crate) fn of(layout: &Layout, links: &'a [Link], ways: &[Vec<Piece>]) -> Self {
        let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
        let mut lines: BTreeMap<(i64, i64), Vec<Said>> = BTreeMap::new();
        for (link, way) in links.iter().zip(ways) {
            let next = labels.len();
            let label = *labels.entry(&link.label).or_insert(next);
            for point in points(way) {
                lines.entry(square(point)).or_default().push((point, label));
            }
        }
        Self {
            sheet: Rect {
                x: 0,
                y: layout.top - MARGIN / 2,
                width: layout.width,
                height: layout.height - layout.top + MARGIN / 2,
            },
            boxes: layout.boxes.clone(),
            labels,
            lines,
        }
    }

    /// Places where something else is.
    pub(crate) fn cover(&mut self, places: impl Iterator<Item = Rect>) {
        self.boxes.extend(places);
    }

    /// The first of these places that is free, which it is no longer then.
    pub(crate) fn take(&mut self, points: &[Point], width: i64, label: &str) -> Option<Rect> {
        let own = self.labels.get(label).copied();
        // In the middle of the label is its edge, or else near one end of it.
        let aside = (width / 2 - 6).max(0);
        let mut places = [0, aside, -aside].into_iter().flat_map(|shift| {
            points.iter().map(move |point| Rect {
                x: point.x - width / 2 + shift,
                y: point.y - LABEL / 2,
                width,
                height: LABEL,
            })
        });
        let is_free = |place: &Rect| {
            let is_covered = self.boxes.iter().any(|other| other.meets(place));
            self.sheet.holds(place) && !is_covered && !self.is_on_others(place, own)
        };
        let rect = places.find(is_free)?;
        self.boxes.push(rect);
        Some(rect)
    }

    fn is_on_others(&self, place: &Rect, own: Option<usize>) -> bool {
        let place = Rect {
            x: place.x - CLEAR,
            y: place.y - CLEAR,
            width: place.width + 2 * CLEAR,
            height: place.height + 2 * CLEAR,
        };
        let is_inside = |point: &Point| {
            let across = place.x <= point.x && point.x <= place.right();
            across && place.y <= point.y && point.y <= place.bottom()
        };
        let (first, last) = (
            square(Point {
                x: place.x,
                y: place.y,
            }),
            square(Point {
                x: place.right(),
                y: place.bottom(),
            }),
        );
        (first.0..=last.0).any(|column| {
            let mut squares = self.lines.range((column, first.1)..=(column, last.1));
            squares.any(|(_, said)| {
                let mut said = said.iter();
                said.any(|(point, label)| Some(*label) != own && is_inside(point))
            })
        })
    }

    /// Places to try, best first: on the curve, else close to it.
    pub(crate) fn along(way: &[Piece]) -> Vec<Point> {
        let (past, others): (Vec<Piece>, Vec<Piece>) = way
            .iter()
            .partition(|piece| matches!(piece, Piece::Past(..)));
        let at = |pieces: &[Piece]| -> Vec<Point> {
            let hundredths = MIDDLE.into_iter();
            let points = hundredths.flat_map(|t| pieces.iter().map(move |piece| piece.at(10 * t)));
            points.collect()
        };
        let on = at(&others);
        let shifted = [0, CLOSE, -CLOSE].into_iter().flat_map(|shift| {
            on.iter().map(move |point| Point {
                x: point.x,
                y: point.y + shift,
            })
        });
        shifted.chain(at(&past)).collect()
    }

    /// Places close to an end where many edges meet.
    pub(crate) fn near(way: &[Piece], near: Near) -> Vec<Point> {
        let (piece, hundredths) = match near {
            Near::Start => (way.first(), FIRST),
            Near::End => (way.last(), LAST),
        };
        let points = piece.map(|piece| hundredths.map(|t| piece.at(10 * t)));
        points.into_iter().flatten().collect()
    }
}

fn square(point: Point) -> (i64, i64) {
    (point.x.div_euclid(SQUARE), point.y.div_euclid(SQUARE))
}

/// Points along an edge.
pub(crate) fn points(way: &[Piece]) -> Vec<Point> {
    let mut points = Vec::new();
    for piece in way {
        let (from, to) = piece.ends();
        match piece {
            Piece::Across(..) => {
                let distance = (to.x - from.x).abs() + (to.y - from.y).abs();
                let n_points = (distance / STEP).clamp(1, 400);
                points.extend((0..=n_points).map(|n| piece.at(1000 * n / n_points)));
            }
            Piece::Past(..) => straight(&mut points, from, to),
            Piece::Back(_, _, far) => {
                let corner = |y: i64| Point { x: from.x + far, y };
                straight(&mut points, from, corner(from.y));
                straight(&mut points, corner(from.y), corner(to.y));
                straight(&mut points, corner(to.y), to);
            }
        }
    }
    points
}

fn straight(points: &mut Vec<Point>, from: Point, to: Point) {
    let n_steps = ((to.x - from.x).abs().max((to.y - from.y).abs()) / STEP).max(1);
    points.extend((0..=n_steps).map(|n| Point {
        x: from.x + (to.x - from.x) * n / n_steps,
        y: from.y + (to.y - from.y) * n / n_steps,
    }));
}

/// The end at which edges meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Near {
    Start,
    End,
}

/// Several edges that meet at an end, all with one label.
pub(crate) struct Common<'a> {
    end: Near,
    pub(crate) label: &'a str,
    pub(crate) links: BTreeSet<usize>,
}

impl<'a> Common<'a> {
    pub(crate) fn near(&self) -> Near {
        self.end
    }

    /// All of them. An edge that is one of two is so where it arrives.
    pub(crate) fn all(links: &[Link], labels: &[Option<&'a str>]) -> Vec<Self> {
        let mut known: BTreeSet<usize> = BTreeSet::new();
        let mut all = Vec::new();
        for end in [Near::End, Near::Start] {
            let mut met: BTreeMap<End, Vec<(usize, &Link, &'a str)>> = BTreeMap::new();
            let labelled = links.iter().zip(labels).enumerate();
            for (number, (link, label)) in labelled {
                let at = match end {
                    Near::Start => link.from,
                    Near::End => link.to,
                };
                if let Some(label) = label.filter(|_| !known.contains(&number)) {
                    met.entry(at).or_default().push((number, link, label));
                }
            }
            for met in met.into_values().filter(|met| met.len() > 2) {
                let Some((_, _, label)) = met.first().copied() else {
                    continue;
                };
                let mut others = met.iter();
                let is_common = others.all(|(_, link, other)| {
                    *other == label && !link.both_ways && link.from != link.to
                });
                if is_common {
                    let links: BTreeSet<usize> = met.iter().map(|(number, ..)| *number).collect();
                    known.extend(&links);
                    all.push(Self { end, label, links });
                }
            }
        }
        all
    }
}
