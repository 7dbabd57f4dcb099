//! Boxes as they are drawn: a header, and a row for each node.
//!
//! Must not know where a box stands, nor what leads to it.

use crate::escape::xml;
use crate::layout::index;
use crate::shape::{Cell, HEADER, PAD, Reached, Rect, Shape};
use crate::svg::{group_name, push};
use crate::text::Font;
use crate::{GroupKind, Mark, Picture};

/// Draws the box of the group with this number.
pub(crate) fn group_box(
    out: &mut String,
    picture: &Picture,
    number: u32,
    shape: &Shape,
    place: &Rect,
) {
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
        row(out, cell, node.mark, &title, place);
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

fn row(out: &mut String, cell: &Cell, mark: Mark, title: &str, place: &Rect) {
    let rect = cell.rect.moved(place.x, place.y);
    let kind = mark.name();
    if mark != Mark::None {
        let width = Font::Name.width(&cell.name) + 10;
        push(
            out,
            format_args!(
                "<rect class=\"mark {kind}\" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{}\" \
                 rx=\"4\"/>\n",
                rect.x + PAD - 5,
                rect.y + 1,
                rect.height - 2,
            ),
        );
    }
    let (x, y, name) = (rect.x + PAD, rect.middle() + 4, xml(&cell.name));
    push(
        out,
        format_args!("<text class=\"node\" x=\"{x}\" y=\"{y}\">{title}{name}</text>\n"),
    );
    let Reached { everything, ports } = &cell.reached;
    let mut end = rect.right() - PAD;
    for (class, text) in [("count", ports), ("count everything", everything)] {
        if !text.is_empty() {
            let shown = xml(text);
            push(
                out,
                format_args!("<text class=\"{class}\" x=\"{end}\" y=\"{y}\">{shown}</text>\n"),
            );
            end -= Font::Label.width(text) + PAD;
        }
    }
}
