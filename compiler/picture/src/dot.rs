//! Graphviz: a cluster per group, for `dot` and whatever else reads its language.
//!
//! Must not know places: Graphviz finds its own, and takes minutes for more than a few hundred
//! edges; then edges between groups alone are written.

use crate::choice::{Choice, choose};
use crate::escape;
use crate::fold::{End, Link, everyone};
use crate::largest::{largest, of_groups};
use crate::layout::EVERYONE;
use crate::svg::{push, tooltip};
use crate::{Group, GroupKind, Mark, Picture};

/// Graphviz does not finish with more edges than this, or not while anybody waits.
const MAX_EDGES: usize = 400;

/// The picture as a directed graph.
pub(crate) fn dot(picture: &Picture) -> String {
    let choice = choose(picture);
    let edges = edges(picture, &choice);
    if choice.note.is_none() && edges.len() <= MAX_EDGES {
        return graph(picture, &choice, &edges);
    }
    let draw = |picture: &Picture, choice: &Choice| {
        let is_small = choice.links.len() <= MAX_EDGES;
        is_small.then(|| graph(picture, choice, &choice.links))
    };
    let why = "edges are too many for Graphviz: these are between boxes";
    let groups = draw(picture, &of_groups(picture, why)).or_else(|| largest(picture, draw));
    groups.unwrap_or_else(|| "digraph {}\n".to_string())
}

/// The graph with these edges; with a note, of groups alone.
fn graph(picture: &Picture, choice: &Choice, edges: &[Link]) -> String {
    let has_nodes = choice.note.is_none();
    let notes = choice.note.iter().chain(&picture.notes);
    let lines = [&picture.title].into_iter().chain(notes);
    let lines: Vec<&str> = lines.map(String::as_str).collect();
    let (name, title) = (escape::dot(&picture.title), escape::dot(&lines.join("\n")));
    // Without the newer ranking Graphviz gives up on clusters that reach each other in circles.
    let mut out = format!(
        "digraph {name} {{\n  label={title}\n  labelloc=t\n  \
         fontname=\"DejaVu Sans\"\n  rankdir=LR\n  compound=true\n  newrank=true\n  \
         node [shape=box style=\"rounded,filled\" fillcolor=white fontname=\"DejaVu Sans\" \
         fontsize=11 height=0.3]\n  \
         edge [fontname=\"DejaVu Sans\" fontsize=9 color=\"#66758f\" fontcolor=\"#43506a\"]\n"
    );
    for (number, group) in (0..).zip(&picture.groups) {
        match has_nodes {
            true => cluster(&mut out, number, group),
            false => bare(&mut out, number, group),
        }
    }
    let everyone = everyone(picture);
    for (number, name) in (everyone..).zip(EVERYONE) {
        let end = End::Group(number);
        if edges.iter().any(|link| [link.from, link.to].contains(&end)) {
            let label = escape::dot(name);
            push(
                &mut out,
                format_args!("  g{number} [label={label} tooltip={label} fillcolor=\"#d9efe3\"]\n"),
            );
        }
    }
    for link in edges {
        edge(&mut out, picture, has_nodes.then_some(everyone), link);
    }
    out.push_str("}\n");
    out
}

/// The edges as they are written: those between a cluster and what is in it, which cannot be drawn,
/// one by one.
fn edges(picture: &Picture, choice: &Choice) -> Vec<Link> {
    let mut edges = Vec::new();
    for link in &choice.links {
        let is_within = link.from.group() == link.to.group();
        if !is_within || link.from == link.to {
            edges.push(link.clone());
            continue;
        }
        let one_way = Link {
            both_ways: false,
            ..link.clone()
        };
        let ends = one_way.edges(picture).into_iter();
        edges.extend(ends.map(|(from, to)| Link {
            from: End::Node(from),
            to: End::Node(to),
            ..link.clone()
        }));
    }
    edges
}

fn colour(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Namespace => "#eef3fc",
        GroupKind::Outside => "#fdf3e1",
        GroupKind::Cluster => "#f2effb",
    }
}

/// A group without its nodes.
fn bare(out: &mut String, number: u32, group: &Group) {
    let (name, color) = (escape::dot(&group.name), colour(group.kind));
    push(
        out,
        format_args!("  g{number} [label={name} tooltip={name} fillcolor=\"{color}\"]\n"),
    );
}

fn cluster(out: &mut String, number: u32, group: &Group) {
    let (name, color) = (escape::dot(&group.name), colour(group.kind));
    push(
        out,
        format_args!(
            "  subgraph cluster_{number} {{\n    label={name}\n    tooltip={name}\n    \
             style=\"rounded,filled\"\n    color=\"#b9c3d3\"\n    fillcolor=\"{color}\"\n"
        ),
    );
    for (place, node) in group.nodes.iter().enumerate() {
        let label = escape::dot(&node.name);
        push(out, format_args!("    g{number}n{place} [label={label}"));
        if !node.detail.is_empty() {
            push(out, format_args!(" tooltip={}", escape::dot(&node.detail)));
        }
        out.push_str(match node.mark {
            Mark::None => "",
            Mark::Chosen => " color=\"#1d4fd7\" penwidth=2",
            Mark::Start => " color=\"#15803d\" penwidth=2",
            Mark::End => " color=\"#be123c\" penwidth=2",
        });
        out.push_str("]\n");
    }
    // The ends of edges of the whole cluster: an edge needs nodes, and is cut at the border.
    push(
        out,
        format_args!("    g{number} [label=\"\" shape=point style=invis width=0 height=0]\n  }}\n"),
    );
}

/// The name of an end, and the cluster at whose border an edge there is cut, if there are any.
fn end(end: End, everyone: Option<u32>) -> (String, Option<u32>) {
    match end {
        End::Group(group) => {
            let is_cluster = everyone.is_some_and(|everyone| group < everyone);
            (format!("g{group}"), is_cluster.then_some(group))
        }
        End::Node(node) => (format!("g{}n{}", node.group, node.node), None),
    }
}

fn edge(out: &mut String, picture: &Picture, everyone: Option<u32>, link: &Link) {
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

fn attributes(out: &mut String, picture: &Picture, link: &Link) {
    let (label, tooltip) = (
        escape::dot(&link.numbered()),
        escape::dot(&tooltip(picture, link)),
    );
    push(out, format_args!("label={label} tooltip={tooltip}"));
    if link.both_ways {
        out.push_str(" dir=both");
    }
    if link.everything {
        out.push_str(" color=\"#c2410c\" fontcolor=\"#9a3412\" penwidth=2");
    }
}
