//! Mermaid: a flowchart that a code host draws in a comment.
//!
//! Must not know places: Mermaid finds its own. Hosts refuse more than 500 edges or 50,000
//! characters, and so few are what a reader can follow as well.

use std::collections::BTreeMap;

use crate::choice::{Choice, choose};
use crate::escape;
use crate::fold::{End, Link, everyone};
use crate::largest::{largest, of_groups, without_labels};
use crate::layout::EVERYONE;
use crate::svg::push;
use crate::text::line;
use crate::{Group, GroupKind, Mark, NodeId, Picture};

/// What hosts accept, with room for what they put around it.
const MAX_CHARACTERS: usize = 48_000;

/// Hosts draw no more edges than this, and nothing at all if there are more.
const MAX_EDGES: usize = 500;

/// The most characters of a title or name, for what is longer is no name to read.
const MAX_NAME: usize = 200;

/// The picture as a flowchart from left to right, with as much as there is room for.
pub(crate) fn mermaid(picture: &Picture) -> String {
    let all = choose(picture);
    if all.badges.is_empty()
        && let Some(chart) = flowchart(picture, &all, Written::All)
    {
        return chart;
    }
    let why = "workloads are left out: Mermaid has no room for so many";
    let groups = flowchart(picture, &of_groups(picture, why), Written::Groups);
    groups.unwrap_or_else(|| {
        let why = "workloads and ports are left out: Mermaid has no room for so many";
        let bare = without_labels(of_groups(picture, why));
        let draw = |picture: &Picture, choice: &Choice| flowchart(picture, choice, Written::Groups);
        let bare = draw(picture, &bare).or_else(|| largest(picture, draw));
        bare.unwrap_or_else(|| "flowchart LR\n".to_string())
    })
}

/// What is written of boxes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// Groups and their nodes.
    All,
    /// Groups alone.
    Groups,
}

/// A name or a title, of which as much is written as anybody reads.
fn short(text: &str) -> String {
    let text = line(text);
    match text.chars().count() {
        0..=MAX_NAME => text,
        _ => text.chars().take(MAX_NAME).chain(['…']).collect(),
    }
}

/// Nothing if it is more than a host draws.
fn flowchart(picture: &Picture, choice: &Choice, names: Written) -> Option<String> {
    let edges = edges(picture, choice, names);
    if edges.len() > MAX_EDGES {
        return None;
    }
    let notes: Vec<&str> = choice
        .note
        .iter()
        .chain(&picture.notes)
        .map(String::as_str)
        .collect();
    let title = match notes.as_slice() {
        [] => short(&picture.title),
        notes => format!("{} ({})", short(&picture.title), short(&notes.join("; "))),
    };
    let mut out = format!("---\ntitle: {}\n---\nflowchart LR\n", front_matter(&title));
    let loops = Loops::of(choice);
    for (number, group) in (0..).zip(&picture.groups) {
        subgraph(&mut out, number, group, &loops, names);
    }
    for (number, header) in (everyone(picture)..).zip(EVERYONE) {
        let end = End::Group(number);
        let is_end = |link: &Link| [link.from, link.to].contains(&end);
        if choice.links.iter().any(is_end) {
            let header = loops.labelled(end, header);
            push(&mut out, format_args!("  {}[{header}]\n", name(end)));
        }
    }
    let mut open = Vec::new();
    for (number, (from, to, link)) in edges.iter().enumerate() {
        let arrow = if link.both_ways { "<-->" } else { "-->" };
        let label = match link.label.as_str() {
            "" if link.step.is_empty() => String::new(),
            _ => format!("|{}|", escape::mermaid(&link.numbered())),
        };
        push(&mut out, format_args!("  {from} {arrow}{label} {to}\n"));
        if link.everything {
            open.push(number.to_string());
        }
    }
    if !open.is_empty() {
        let open = open.join(",");
        push(
            &mut out,
            format_args!("  linkStyle {open} stroke:#c2410c,stroke-width:3px\n"),
        );
    }
    for (mark, colour) in [
        ("chosen", "#1d4fd7"),
        ("start", "#15803d"),
        ("end", "#be123c"),
    ] {
        push(
            &mut out,
            format_args!("  classDef {mark}Node stroke:{colour},stroke-width:3px\n"),
        );
    }
    out.push_str("  classDef outside stroke:#c98a1b\n");
    (out.chars().count() <= MAX_CHARACTERS).then_some(out)
}

/// A text between quotes in the YAML above a chart, which Mermaid searches for directives as well.
fn front_matter(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in line(text).chars() {
        match character {
            ' ' | '-' | '.' | ',' | '(' | ')' | ':' | '/' => quoted.push(character),
            other if other.is_alphanumeric() => quoted.push(other),
            other => push(&mut quoted, format_args!("\\U{:08x}", u32::from(other))),
        }
    }
    quoted.push('"');
    quoted
}

/// What nodes reach of themselves, and groups of their own nodes. It is said beside the name, for
/// Mermaid stops at edges from a subgraph, or from a node in one, to itself.
struct Loops<'a>(BTreeMap<End, Vec<&'a str>>);

impl<'a> Loops<'a> {
    fn of(choice: &'a Choice) -> Self {
        let mut loops: BTreeMap<End, Vec<&str>> = BTreeMap::new();
        for link in choice.links.iter().filter(|link| link.from == link.to) {
            loops.entry(link.from).or_default().push(&link.label);
        }
        Self(loops)
    }

    /// A name with what its loops say.
    fn labelled(&self, end: End, name: &str) -> String {
        let name = short(name);
        let Some(labels) = self.0.get(&end) else {
            return escape::mermaid(&name);
        };
        let within = match end {
            End::Group(_) => "within",
            End::Node(_) => "itself",
        };
        let said = match labels.join(", ").as_str() {
            "" => within.to_string(),
            labels => format!("{within}: {}", short(labels)),
        };
        escape::mermaid(&format!("{name} ({said})"))
    }
}

fn subgraph(out: &mut String, number: u32, group: &Group, loops: &Loops<'_>, names: Written) {
    let header = loops.labelled(End::Group(number), &group.name);
    let outside = match group.kind {
        GroupKind::Outside => format!("  class g{number} outside\n"),
        GroupKind::Namespace | GroupKind::Cluster => String::new(),
    };
    if names == Written::Groups || group.nodes.is_empty() {
        push(out, format_args!("  g{number}[{header}]\n{outside}"));
        return;
    }
    push(out, format_args!("  subgraph g{number}[{header}]\n"));
    for (place, node) in (0..).zip(&group.nodes) {
        let class = match node.mark {
            Mark::None => String::new(),
            mark => format!(":::{}Node", mark.name()),
        };
        let end = End::Node(NodeId {
            group: number,
            node: place,
        });
        let label = loops.labelled(end, &node.name);
        push(out, format_args!("    {}[{label}]{class}\n", name(end)));
    }
    push(out, format_args!("  end\n{outside}"));
}

/// The edges as they are written: those between a subgraph and what is in it one by one, and no
/// loops.
fn edges<'a>(
    picture: &Picture,
    choice: &'a Choice,
    names: Written,
) -> Vec<(String, String, &'a Link)> {
    let mut edges = Vec::new();
    for link in choice.links.iter().filter(|link| link.from != link.to) {
        let is_within = link.from.group() == link.to.group();
        let is_group = |end: End| matches!(end, End::Group(_));
        if !is_within || !is_group(link.from) && !is_group(link.to) {
            edges.push((name(link.from), name(link.to), link));
        } else if names == Written::All {
            let one_way = Link {
                both_ways: false,
                ..link.clone()
            };
            for (from, to) in one_way.edges(picture) {
                edges.push((name(End::Node(from)), name(End::Node(to)), link));
            }
        }
    }
    edges
}

fn name(end: End) -> String {
    match end {
        End::Group(group) => format!("g{group}"),
        End::Node(node) => format!("g{}n{}", node.group, node.node),
    }
}
