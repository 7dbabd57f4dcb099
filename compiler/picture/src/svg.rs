//! A static drawing that needs nothing but itself.
//!
//! Must not know how places were found. Edges are drawn first and boxes over them, so that no edge
//! crosses a name.

use std::fmt::Write as _;

use crate::choice::{Choice, choose};
use crate::escape::xml;
use crate::fold::{self, End, Link};
use crate::labels::{self, LABEL, Placed};
use crate::layout::{EVERYONE, Layout, MARGIN, index};
use crate::route::{Piece, route};
use crate::shape::{Cell, HEADER, PAD, Rect, Shape};
use crate::text::{FONTS, Font};
use crate::{GroupKind, Picture};

/// The room for a line above the drawing.
const LINE: i64 = 22;

/// A title is shortened to this, should the drawing be narrower.
const MIN_TITLE: i64 = 640;

/// The size of an edge's corners.
const CORNER: i64 = 7;

/// Colours for both schemes.
pub(crate) const STYLE: &str = include_str!("page/picture.css");

/// Everything that has a place.
pub(crate) struct Drawing {
    pub(crate) layout: Layout,
    pub(crate) choice: Choice,
    pub(crate) ways: Vec<Vec<Piece>>,
    pub(crate) labels: Vec<Option<Placed>>,
}

/// Finds the places.
pub(crate) fn draw(picture: &Picture) -> Drawing {
    let choice = choose(picture);
    let mut layout = Layout::of(picture, &choice);
    let n_lines = 1 + i64::from(choice.note.is_some());
    let ways = route(&mut layout, &choice.links, MARGIN + n_lines * LINE + 8);
    let labels = labels::place(&layout, &choice.links, &ways);
    Drawing {
        layout,
        choice,
        ways,
        labels,
    }
}

/// The picture as an SVG document.
pub(crate) fn svg(picture: &Picture) -> String {
    let drawing = draw(picture);
    let note = drawing.choice.note.as_deref();
    let title = Font::Title.shortened(&picture.title, drawing.layout.width.max(MIN_TITLE));
    let texts = [
        Font::Title.width(&title),
        // A note has the font of a name.
        Font::Name.width(note.unwrap_or_default()),
    ];
    let widest = texts.into_iter().max().unwrap_or(0) + 2 * MARGIN;
    let (width, height) = (drawing.layout.width.max(widest), drawing.layout.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" role=\"img\" \
         aria-labelledby=\"picture-title\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\">\n\
         <title id=\"picture-title\">{}</title>\n<style>\n{STYLE}</style>\n{}\
         <rect class=\"sheet\" width=\"{width}\" height=\"{height}\"/>\n",
        xml(&picture.title),
        ARROWS,
    );
    let mut line = |class: &str, y: i64, text: &str| {
        let text = xml(text);
        push(
            &mut out,
            format_args!("<text class=\"{class}\" x=\"{MARGIN}\" y=\"{y}\">{text}</text>\n"),
        );
    };
    line("title", MARGIN + 12, &title);
    if let Some(note) = note {
        line("note", MARGIN + LINE + 10, note);
    }
    edges(&mut out, picture, &drawing);
    let boxes = drawing.layout.shapes.iter().zip(&drawing.layout.boxes);
    for (number, (shape, place)) in (0..).zip(boxes).filter(|(_, (shape, _))| shape.height > 0) {
        group_box(&mut out, picture, number, shape, place);
    }
    edge_labels(&mut out, &drawing);
    out.push_str("</svg>\n");
    out
}

/// Arrow heads; a marker does not take the colour of its line everywhere, so each colour has one.
const ARROWS: &str = "<defs>\n\
<marker id=\"head\" class=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" \
markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\">\
<path d=\"M0 0.5 8 4 0 7.5z\"/></marker>\n\
<marker id=\"marked-head\" class=\"marked head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" \
markerWidth=\"10\" markerHeight=\"10\" markerUnits=\"userSpaceOnUse\" \
orient=\"auto-start-reverse\"><path d=\"M0 0.5 8 4 0 7.5z\"/></marker>\n\
</defs>\n";

fn edges(out: &mut String, picture: &Picture, drawing: &Drawing) {
    out.push_str("<g class=\"edges\">\n");
    let links = drawing.choice.links.iter().zip(&drawing.ways);
    // What is marked lies on top of what is not.
    let (marked, others): (Vec<_>, Vec<_>) = links.partition(|(link, _)| link.marked);
    for (link, way) in others.into_iter().chain(marked) {
        let (class, head) = match link.marked {
            true => (" class=\"marked\"", "marked-head"),
            false => ("", "head"),
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

fn group_box(out: &mut String, picture: &Picture, number: u32, shape: &Shape, place: &Rect) {
    let group = picture.groups.get(index(number));
    let kind = match group.map(|group| group.kind) {
        Some(GroupKind::Namespace) => "namespace",
        Some(GroupKind::Outside) => "outside",
        Some(GroupKind::Cluster) => "cluster",
        None => "everyone",
    };
    let Rect {
        x,
        y,
        width,
        height,
    } = *place;
    let rect = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"");
    push(
        out,
        format_args!("<g class=\"group {kind}\">\n<rect class=\"box\" {rect}/>\n"),
    );
    if height == HEADER {
        push(out, format_args!("<rect class=\"header\" {rect}/>\n"));
    } else {
        // Only the upper corners are round.
        let (down, right) = (HEADER - 6, width - 12);
        push(
            out,
            format_args!(
                "<path class=\"header\" d=\"M{x} {}v-{down}a6 6 0 0 1 6-6h{right}\
                 a6 6 0 0 1 6 6v{down}z\"/>\n",
                y + HEADER
            ),
        );
    }
    let (base, name) = (y + HEADER / 2 + 5, xml(&shape.header));
    let title = titled(group_name(picture, number), &shape.header, "");
    push(
        out,
        format_args!(
            "<text class=\"name\" x=\"{}\" y=\"{base}\">{title}{name}</text>\n",
            x + PAD
        ),
    );
    if !shape.count.is_empty() {
        let (end, count) = (x + width - PAD, xml(&shape.count));
        push(
            out,
            format_args!("<text class=\"count\" x=\"{end}\" y=\"{base}\">{count}</text>\n"),
        );
    }
    let nodes = group.map_or(&[][..], |group| &group.nodes);
    for (node, cell) in nodes.iter().zip(&shape.cells) {
        let title = titled(&node.name, &cell.name, &node.detail);
        row(out, cell, node.marked, &title, place);
    }
    out.push_str("</g>\n");
}

/// What a name says on demand, unless that is no more than it shows.
fn titled(name: &str, shown: &str, detail: &str) -> String {
    match (name == shown, detail) {
        (true, "") => String::new(),
        (_, "") => format!("<title>{}</title>", xml(name)),
        _ => format!("<title>{}</title>", xml(&format!("{name}\n{detail}"))),
    }
}

fn row(out: &mut String, cell: &Cell, marked: bool, title: &str, place: &Rect) {
    let rect = cell.rect.moved(place.x, place.y);
    if marked {
        let width = Font::Name.width(&cell.name) + 10;
        push(
            out,
            format_args!(
                "<rect class=\"mark\" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{}\" \
                 rx=\"4\"/>\n",
                rect.x + PAD - 5,
                rect.y + 1,
                rect.height - 2,
            ),
        );
    }
    let class = if marked { "node marked" } else { "node" };
    let (x, y, name) = (rect.x + PAD, rect.middle() + 4, xml(&cell.name));
    push(
        out,
        format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{title}{name}</text>\n"),
    );
    if !cell.port.is_empty() {
        let (end, port) = (rect.right() - PAD, xml(&cell.port));
        push(
            out,
            format_args!("<text class=\"count\" x=\"{end}\" y=\"{y}\">{port}</text>\n"),
        );
    }
}

fn edge_labels(out: &mut String, drawing: &Drawing) {
    out.push_str("<g class=\"labels\">\n");
    for (link, label) in drawing.choice.links.iter().zip(&drawing.labels) {
        let Some(Placed { text, rect }) = label else {
            continue;
        };
        let class = if link.marked { "label marked" } else { "label" };
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
