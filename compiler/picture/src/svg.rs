//! A static drawing that needs nothing but itself.
//!
//! Must not know how places were found. Edges are drawn first and boxes over them, so that no edge
//! crosses a name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::choice::{Choice, choose};
use crate::escape::xml;
use crate::fold::{self, End, Link};
use crate::frame::{Foot, Head, step, step_width};
use crate::labels::{self, LABEL, Labels, Placed};
use crate::layout::{EVERYONE, Layout, MARGIN, index};
use crate::matrix;
use crate::route::{Piece, route};
use crate::shape::Rect;
use crate::text::FONTS;
use crate::{Picture, boxes};

/// The size of an edge's corners.
const CORNER: i64 = 7;

/// Colours for both schemes.
pub(crate) const STYLE: &str = include_str!("page/picture.css");

/// Everything that has a place.
pub(crate) struct Drawing {
    pub(crate) layout: Layout,
    pub(crate) choice: Choice,
    pub(crate) ways: Vec<Vec<Piece>>,
    pub(crate) steps: Vec<Placed>,
    pub(crate) labels: Labels,
    pub(crate) head: Head,
}

/// Finds the places.
pub(crate) fn draw(picture: &Picture) -> Drawing {
    let choice = choose(picture);
    let mut layout = Layout::of(picture, &choice);
    let head = Head::of(picture, choice.note.as_deref());
    let ways = route(&mut layout, &choice.links, MARGIN + head.height() + 8);
    let steps = steps(&choice.links, &ways);
    let labels = labels::place(&layout, &choice.links, &ways, &steps);
    Drawing {
        layout,
        choice,
        ways,
        steps,
        labels,
        head,
    }
}

/// The numbers of steps, where the edges leave.
fn steps(links: &[Link], ways: &[Vec<Piece>]) -> Vec<Placed> {
    let mut steps: BTreeMap<(i64, i64, bool), BTreeSet<&str>> = BTreeMap::new();
    for (link, way) in links
        .iter()
        .zip(ways)
        .filter(|(link, _)| !link.step.is_empty())
    {
        let Some(piece) = way.first() else {
            continue;
        };
        let (from, to) = piece.ends();
        let is_leftward = matches!(piece, Piece::Across(..)) && to.x < from.x;
        let place = (from.x, from.y, is_leftward);
        steps
            .entry(place)
            .or_default()
            .extend(link.step.split(", "));
    }
    let steps = steps.into_iter().map(|((x, y, is_leftward), steps)| {
        let text = steps.into_iter().collect::<Vec<_>>().join(", ");
        let width = step_width(&text);
        let x = if is_leftward { x - width - 4 } else { x + 4 };
        let rect = Rect {
            x,
            y: y - 6,
            width,
            height: 12,
        };
        Placed { text, rect }
    });
    steps.collect()
}

/// The picture as an SVG document.
pub(crate) fn svg(picture: &Picture) -> String {
    matrix::svg(picture).unwrap_or_else(|| lines(picture))
}

/// The picture as boxes and lines.
pub(crate) fn lines(picture: &Picture) -> String {
    let drawing = draw(picture);
    let foot = Foot::of(picture, &drawing, drawing.layout.width);
    let widest = drawing.head.width().max(foot.width()) + 2 * MARGIN;
    let width = drawing.layout.width.max(widest);
    let height = drawing.layout.height + foot.height();
    let mut out = open(picture, width, height);
    drawing.head.write(&mut out);
    edges(&mut out, picture, &drawing);
    let drawn = drawing.layout.shapes.iter().zip(&drawing.layout.boxes);
    for (number, (shape, place)) in (0..).zip(drawn).filter(|(_, (shape, _))| shape.height > 0) {
        boxes::group_box(&mut out, picture, number, shape, place);
    }
    edge_labels(&mut out, &drawing);
    foot.write(&mut out, drawing.layout.height - MARGIN / 2);
    close(&mut out);
    out
}

/// The beginning of a document of this size.
pub(crate) fn open(picture: &Picture, width: i64, height: i64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" role=\"img\" \
         aria-labelledby=\"picture-title\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\">\n\
         <title id=\"picture-title\">{}</title>\n<style>\n{STYLE}</style>\n{}\
         <rect class=\"sheet\" width=\"{width}\" height=\"{height}\"/>\n",
        xml(&picture.title),
        ARROWS,
    )
}

/// The end of a document.
pub(crate) fn close(out: &mut String) {
    out.push_str("</svg>\n");
}

/// Arrow heads; a marker does not take the colour of its line everywhere, so each colour has one.
const ARROWS: &str = "<defs>\n\
<marker id=\"head\" class=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" \
markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\">\
<path d=\"M0 0.5 8 4 0 7.5z\"/></marker>\n\
<marker id=\"everything-head\" class=\"everything head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" \
markerWidth=\"10\" markerHeight=\"10\" markerUnits=\"userSpaceOnUse\" \
orient=\"auto-start-reverse\"><path d=\"M0 0.5 8 4 0 7.5z\"/></marker>\n\
</defs>\n";

fn edges(out: &mut String, picture: &Picture, drawing: &Drawing) {
    out.push_str("<g class=\"edges\">\n");
    let links = drawing.choice.links.iter().zip(&drawing.ways);
    // What no port limits lies on top of the rest.
    let (open, others): (Vec<_>, Vec<_>) = links.partition(|(link, _)| link.everything);
    for (link, way) in others.into_iter().chain(open) {
        let head = match link.everything {
            true => "everything-head",
            false => "head",
        };
        let class = match (link.everything, link.both_ways) {
            (true, true) => " class=\"everything both\"",
            (true, false) => " class=\"everything\"",
            (false, true) => " class=\"both\"",
            (false, false) => "",
        };
        let start = match link.both_ways {
            true => format!(" marker-start=\"url(#{head})\""),
            false => String::new(),
        };
        let (path, title) = (path(way), xml(&tooltip(picture, link)));
        push(
            out,
            format_args!(
                "<path{class} d=\"{path}\"{start} marker-end=\"url(#{head})\">\
                 <title>{title}</title></path>\n"
            ),
        );
    }
    out.push_str("</g>\n");
}

/// The way as the data of a path.
fn path(way: &[Piece]) -> String {
    let mut path = String::new();
    for piece in way {
        let (from, to) = piece.ends();
        if path.is_empty() {
            push(&mut path, format_args!("M{} {}", from.x, from.y));
        }
        match piece {
            Piece::Past(..) => push(&mut path, format_args!("H{}", to.x)),
            Piece::Across(..) => {
                let middle = i64::midpoint(from.x, to.x);
                let (y, end) = (from.y, to.y);
                push(
                    &mut path,
                    format_args!("C{middle} {y} {middle} {end} {} {end}", to.x),
                );
            }
            Piece::Back(_, _, far) => {
                // Two round corners, as large as there is room for.
                let round = ((to.y - from.y).abs() / 2).min(CORNER);
                let down = if to.y < from.y { -round } else { round };
                let (edge, x) = (from.x + far, from.x + far - round);
                push(
                    &mut path,
                    format_args!(
                        "H{x}Q{edge} {} {edge} {}V{}Q{edge} {} {x} {}H{}",
                        from.y,
                        from.y + down,
                        to.y - down,
                        to.y,
                        to.y,
                        to.x
                    ),
                );
            }
        }
    }
    path
}

/// Who reaches whom on what, and why.
pub(crate) fn tooltip(picture: &Picture, link: &Link) -> String {
    let arrow = if link.both_ways { "↔" } else { "→" };
    let (from, to) = (named(picture, link.from), named(picture, link.to));
    let mut text = match link.from == link.to {
        true => format!("within {from}"),
        false => format!("{from} {arrow} {to}"),
    };
    if !link.label.is_empty() {
        push(&mut text, format_args!(": {}", link.label));
    }
    if !link.details.is_empty() {
        push(&mut text, format_args!("\n{}", link.said()));
    }
    text
}

fn named(picture: &Picture, end: End) -> String {
    let group_name = group_name(picture, end.group());
    match end {
        End::Group(_) => group_name.to_string(),
        End::Node(node) => {
            let group = picture.groups.get(index(node.group));
            let node = group.and_then(|group| group.nodes.get(index(node.node)));
            format!("{group_name}/{}", node.map_or("", |node| &node.name))
        }
    }
}

/// The name of a group, or of those that stand for everyone.
pub(crate) fn group_name(picture: &Picture, number: u32) -> &str {
    match (picture.groups.get(index(number)), EVERYONE) {
        (Some(group), _) => &group.name,
        (None, [everyone, others]) => match number == fold::everyone(picture) {
            true => everyone,
            false => others,
        },
    }
}

fn edge_labels(out: &mut String, drawing: &Drawing) {
    out.push_str("<g class=\"labels\">\n");
    for Placed { text, rect } in &drawing.steps {
        out.push_str(&step(rect.x, rect.middle(), text));
    }
    for (link, label) in drawing.choice.links.iter().zip(&drawing.labels.placed) {
        let Some(Placed { text, rect }) = label else {
            continue;
        };
        let class = match link.everything {
            true => "label everything",
            false => "label",
        };
        let (middle, base) = (rect.x + rect.width / 2, rect.y + LABEL - 4);
        push(
            out,
            format_args!(
                "<rect class=\"plate\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{LABEL}\" rx=\"3\"/>\
                 <text class=\"{class}\" x=\"{middle}\" y=\"{base}\">{}</text>\n",
                rect.x,
                rect.y,
                rect.width,
                xml(text),
            ),
        );
    }
    out.push_str("</g>\n");
}

/// Appends formatted text.
pub(crate) fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
}
