//! Mermaid: a flowchart that a code host draws in a comment.
//!
//! Must not know places: Mermaid finds its own. Hosts refuse more than 500 edges or 50,000
//! characters, and so few are what a reader can follow as well.

use crate::choice::{Choice, choose, summary};
use crate::escape;
use crate::fold::{End, Link, everyone};
use crate::layout::EVERYONE;
use crate::svg::push;
use crate::text::line;
use crate::{Group, GroupKind, Picture};

/// What hosts accept, with room for what they put around it.
const MAX_CHARACTERS: usize = 48_000;

/// Hosts draw no more edges than this, and nothing at all if there are more.
const MAX_EDGES: usize = 500;

/// The picture as a flowchart from left to right.
pub(crate) fn mermaid(picture: &Picture) -> String {
    let full = flowchart(picture, &choose(picture), Names::All);
    match full {
        Some(full) if full.len() <= MAX_CHARACTERS => full,
        _ => {
            let why = "workloads are left out: Mermaid has no room for so many".to_string();
            let summary = summary(picture, why);
            flowchart(picture, &summary, Names::Groups).unwrap_or_default()
        }
    }
}

/// Whose names are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Groups' and nodes'.
    All,
    /// Groups' alone.
    Groups,
}

/// Nothing if there are more edges than a host draws.
fn flowchart(picture: &Picture, choice: &Choice, names: Names) -> Option<String> {
    let title = match &choice.note {
        Some(note) => format!("{} ({note})", picture.title),
        None => picture.title.clone(),
    };
    let mut out = format!("---\ntitle: {}\n---\nflowchart LR\n", front_matter(&title));
    for (number, group) in picture.groups.iter().enumerate() {
        subgraph(
            &mut out,
            number,
            group,
            &header(number, group, choice),
            names,
        );
    }
    for (number, header) in (everyone(picture)..).zip(EVERYONE) {
        let end = End::Group(number);
        if choice
            .links
            .iter()
            .any(|link| [link.from, link.to].contains(&end))
        {
            let header = escape::mermaid(header);
            push(&mut out, format_args!("  {}[{header}]\n", name(end)));
        }
    }
    let edges = edges(picture, choice, names);
    if edges.len() > MAX_EDGES {
        return None;
    }
    let mut marked = Vec::new();
    for (number, (from, to, link)) in edges.iter().enumerate() {
        let arrow = if link.both_ways { "<-->" } else { "-->" };
        let label = match link.label.as_str() {
            "" => String::new(),
            label => format!("|{}|", escape::mermaid(label)),
        };
        push(&mut out, format_args!("  {from} {arrow}{label} {to}\n"));
        if link.marked {
            marked.push(number.to_string());
        }
    }
    if !marked.is_empty() {
        let marked = marked.join(",");
        push(
            &mut out,
            format_args!("  linkStyle {marked} stroke:#d01c4f,stroke-width:3px\n"),
        );
    }
    out.push_str("  classDef marked stroke:#d01c4f,stroke-width:3px\n");
    out.push_str("  classDef outside stroke:#c98a1b\n");
    Some(out)
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

/// The name of a group, and what its nodes reach of each other: Mermaid cannot draw a subgraph's
/// edge to itself.
fn header(number: usize, group: &Group, choice: &Choice) -> String {
    let mut header = group.name.clone();
    if let Some(badge) = choice.badges.get(number) {
        push(&mut header, format_args!(" {badge}"));
    }
    let own = choice.links.iter().filter(|link| is_of(link, number));
    let own: Vec<_> = own.map(|link| link.label.as_str()).collect();
    if !own.is_empty() {
        push(&mut header, format_args!(" (within: {})", own.join(", ")));
    }
    header
}

/// Whether the link is one of the whole group to itself.
fn is_of(link: &Link, number: usize) -> bool {
    let group = u32::try_from(number).map(End::Group);
    group.is_ok_and(|group| link.from == group && link.to == group)
}

fn subgraph(out: &mut String, number: usize, group: &Group, header: &str, names: Names) {
    let header = escape::mermaid(header);
    let outside = match group.kind {
        GroupKind::Outside => format!("  class g{number} outside\n"),
        GroupKind::Namespace | GroupKind::Cluster => String::new(),
    };
    if names == Names::Groups || group.nodes.is_empty() {
        push(out, format_args!("  g{number}[{header}]\n{outside}"));
        return;
    }
    push(out, format_args!("  subgraph g{number}[{header}]\n"));
    for (place, node) in group.nodes.iter().enumerate() {
        let class = if node.marked { ":::marked" } else { "" };
        let name = escape::mermaid(&node.name);
        push(out, format_args!("    g{number}n{place}[{name}]{class}\n"));
    }
    push(out, format_args!("  end\n{outside}"));
}

/// The edges as they are written: those between a subgraph and what is in it one by one.
fn edges<'a>(
    picture: &Picture,
    choice: &'a Choice,
    names: Names,
) -> Vec<(String, String, &'a Link)> {
    let mut edges = Vec::new();
    for link in &choice.links {
        let is_within = link.from.group() == link.to.group();
        let is_group = [link.from, link.to]
            .iter()
            .any(|end| matches!(end, End::Group(_)));
        let is_everyone = link.from.group() >= everyone(picture);
        if !is_within || !is_group || is_everyone {
            edges.push((name(link.from), name(link.to), link));
        } else if link.from != link.to && names == Names::All {
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
