//! Graphviz: a cluster per group, for `dot` and whatever else reads its language.
//!
//! Must not know places: Graphviz finds its own. Nothing is left out, for programs read it too.

use crate::escape;
use crate::fold::{Details, End, Link, everyone, fold, paired};
use crate::layout::EVERYONE;
use crate::svg::{push, tooltip};
use crate::{Group, GroupKind, Picture};

/// The picture as a directed graph.
pub(crate) fn dot(picture: &Picture) -> String {
    let title = escape::dot(&picture.title);
    // Without the newer ranking Graphviz gives up on clusters that reach each other in circles.
    let mut out = format!(
        "digraph {title} {{\n  label={title}\n  labelloc=t\n  \
         fontname=\"DejaVu Sans\"\n  rankdir=LR\n  compound=true\n  newrank=true\n  \
         node [shape=box style=\"rounded,filled\" fillcolor=white fontname=\"DejaVu Sans\" \
         fontsize=11 height=0.3]\n  \
         edge [fontname=\"DejaVu Sans\" fontsize=9 color=\"#66758f\" fontcolor=\"#43506a\"]\n"
    );
    for (number, group) in picture.groups.iter().enumerate() {
        cluster(&mut out, number, group);
    }
    let links = paired(fold(picture, Details::Joined));
    let everyone = everyone(picture);
    for (number, name) in (everyone..).zip(EVERYONE) {
        let end = End::Group(number);
        if links.iter().any(|link| [link.from, link.to].contains(&end)) {
            let label = escape::dot(name);
            push(
                &mut out,
                format_args!("  g{number} [label={label} fillcolor=\"#d9efe3\"]\n"),
            );
        }
    }
    for link in links {
        // An edge between a cluster and what is in it cannot be drawn.
        let is_within = link.from.group() == link.to.group();
        if is_within && link.from != link.to {
            unfolded(&mut out, picture, &link);
        } else {
            edge(&mut out, picture, everyone, &link);
        }
    }
    out.push_str("}\n");
    out
}

fn cluster(out: &mut String, number: usize, group: &Group) {
    let color = match group.kind {
        GroupKind::Namespace => "#eef3fc",
        GroupKind::Outside => "#fdf3e1",
        GroupKind::Cluster => "#f2effb",
    };
    let name = escape::dot(&group.name);
    push(
        out,
        format_args!(
            "  subgraph cluster_{number} {{\n    label={name}\n    style=\"rounded,filled\"\n    \
             color=\"#b9c3d3\"\n    fillcolor=\"{color}\"\n"
        ),
    );
    for (place, node) in group.nodes.iter().enumerate() {
        let label = escape::dot(&node.name);
        push(out, format_args!("    g{number}n{place} [label={label}"));
        if !node.detail.is_empty() {
            push(out, format_args!(" tooltip={}", escape::dot(&node.detail)));
        }
        if node.marked {
            out.push_str(" color=\"#d01c4f\" fontcolor=\"#a3123a\"");
        }
        out.push_str("]\n");
    }
    // The ends of edges of the whole cluster: an edge needs nodes, and is cut at the border.
    push(
        out,
        format_args!("    g{number} [label=\"\" shape=point style=invis width=0 height=0]\n  }}\n"),
    );
}

/// The name of an end, and the cluster at whose border an edge there is cut.
fn end(end: End, everyone: u32) -> (String, Option<u32>) {
    match end {
        End::Group(group) => (format!("g{group}"), (group < everyone).then_some(group)),
        End::Node(node) => (format!("g{}n{}", node.group, node.node), None),
    }
}

fn edge(out: &mut String, picture: &Picture, everyone: u32, link: &Link) {
    let ((from, tail), (to, head)) = (end(link.from, everyone), end(link.to, everyone));
    push(out, format_args!("  {from} -> {to} ["));
    attributes(out, picture, link);
    // A loop of a cluster is one of the point in it: Graphviz draws none at its border.
    if link.from != link.to {
        if let Some(tail) = tail {
            push(out, format_args!(" ltail=cluster_{tail}"));
        }
        if let Some(head) = head {
            push(out, format_args!(" lhead=cluster_{head}"));
        }
    }
    out.push_str("]\n");
}

fn unfolded(out: &mut String, picture: &Picture, link: &Link) {
    let one_way = Link {
        both_ways: false,
        ..link.clone()
    };
    for (from, to) in one_way.edges(picture) {
        let ends = (from.group, from.node, to.group, to.node);
        push(
            out,
            format_args!("  g{}n{} -> g{}n{} [", ends.0, ends.1, ends.2, ends.3),
        );
        attributes(out, picture, link);
        out.push_str("]\n");
    }
}

fn attributes(out: &mut String, picture: &Picture, link: &Link) {
    let (label, tooltip) = (
        escape::dot(&link.label),
        escape::dot(&tooltip(picture, link)),
    );
    push(out, format_args!("label={label} tooltip={tooltip}"));
    if link.both_ways {
        out.push_str(" dir=both");
    }
    if link.marked {
        out.push_str(" color=\"#d01c4f\" fontcolor=\"#a3123a\" penwidth=2");
    }
}
