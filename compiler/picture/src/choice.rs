//! Which edges are drawn: all, folded, or only those between groups when they are too many.
//!
//! Must not know where anything is drawn.

use std::collections::{BTreeMap, BTreeSet};

use crate::fold::{Details, End, Link, fold, paired};
use crate::{NodeId, Picture};

/// More edges than this from group to group, even folded, are drawn between groups instead.
///
/// A person follows about this many curves on one sheet when two hundred names are on it as well;
/// beyond, lines cover each other and only the groups' still say something.
const MAX_ACROSS: usize = 160;

/// The same of edges within groups: they stay beside their box, so there may be more of them.
const MAX_WITHIN: usize = 600;

/// More edges than this between groups are counted and not drawn. Nobody follows so many either,
/// but without labels they still show where the many are.
const MAX_BETWEEN_GROUPS: usize = 400;

/// As many labels as a tooltip may have lines.
const MAX_LABELS: usize = 12;

/// What is drawn.
pub(crate) struct Choice {
    pub(crate) links: Vec<Link>,
    /// What the reader has to know about it.
    pub(crate) note: Option<String>,
    /// What each group says beside its name, if that is not how many nodes it has.
    pub(crate) badges: Vec<String>,
    /// Which groups have links between them, drawn or not.
    pub(crate) groups: BTreeSet<(u32, u32)>,
}

/// The edges that a static picture of this has room for.
pub(crate) fn choose(picture: &Picture) -> Choice {
    let links = paired(fold(picture, Details::Joined));
    let n_links = links.len();
    let within = links
        .iter()
        .filter(|link| link.from.group() == link.to.group());
    let n_within = within.count();
    if n_within > MAX_WITHIN || n_links - n_within > MAX_ACROSS {
        return summary(
            picture,
            format!("{n_links} edges are too many to draw: these are between namespaces"),
        );
    }
    Choice {
        groups: linked_groups(&links),
        links,
        note: None,
        badges: Vec::new(),
    }
}

/// Edges between groups, however many.
pub(crate) fn between(picture: &Picture) -> Vec<Link> {
    paired(between_groups(picture))
}

/// Edges between groups alone, with a note that says why.
pub(crate) fn summary(picture: &Picture, note: String) -> Choice {
    let links = between(picture);
    let groups = linked_groups(&links);
    let n_links = links.len();
    if n_links <= MAX_BETWEEN_GROUPS {
        return Choice {
            links,
            note: Some(note),
            badges: Vec::new(),
            groups,
        };
    }
    Choice {
        links: Vec::new(),
        note: Some(format!(
            "{n_links} edges between namespaces are too many to draw: each box says how many \
             others it reaches (→) and how many reach it (←)"
        )),
        badges: badges(picture, &groups),
        groups,
    }
}

/// Who reaches whom between groups.
pub(crate) fn linked_groups(links: &[Link]) -> BTreeSet<(u32, u32)> {
    let mut groups = BTreeSet::new();
    for link in links {
        let (from, to) = (link.from.group(), link.to.group());
        groups.insert((from, to));
        if link.both_ways {
            groups.insert((to, from));
        }
    }
    groups
}

/// How many other groups each group reaches, and how many reach it.
fn badges(picture: &Picture, groups: &BTreeSet<(u32, u32)>) -> Vec<String> {
    let mut counts = vec![(0_usize, 0_usize); picture.groups.len()];
    for (from, to) in groups.iter().filter(|(from, to)| from != to) {
        let place = |group: &u32| usize::try_from(*group).unwrap_or(usize::MAX);
        if let Some((n_reached, _)) = counts.get_mut(place(from)) {
            *n_reached += 1;
        }
        if let Some((_, n_reaching)) = counts.get_mut(place(to)) {
            *n_reaching += 1;
        }
    }
    let badges = counts.into_iter();
    badges
        .map(|(n_reached, n_reaching)| format!("→{n_reached} ←{n_reaching}"))
        .collect()
}

/// What is known of the edges between two groups.
#[derive(Default)]
struct Summary<'a> {
    from: BTreeSet<NodeId>,
    to: BTreeSet<NodeId>,
    pairs: BTreeSet<(NodeId, NodeId)>,
    n_by_label: BTreeMap<&'a str, usize>,
    /// The label of those that no port limits.
    everything: Option<&'a str>,
}

/// One link for all edges from a group to a group.
fn between_groups(picture: &Picture) -> Vec<Link> {
    let mut summaries: BTreeMap<(u32, u32), Summary<'_>> = BTreeMap::new();
    for edge in picture.edges.iter().filter(|edge| picture.has(edge)) {
        let summary = summaries.entry((edge.from.group, edge.to.group));
        let summary = summary.or_default();
        summary.from.insert(edge.from);
        summary.to.insert(edge.to);
        summary.pairs.insert((edge.from, edge.to));
        *summary.n_by_label.entry(&edge.label).or_default() += 1;
        if edge.everything {
            summary.everything = Some(&edge.label);
        }
    }
    let links = summaries.into_iter().map(|((from, to), summary)| Link {
        from: End::Group(from),
        to: End::Group(to),
        selves: false,
        both_ways: false,
        label: label(&summary),
        details: BTreeSet::from([detail(&summary)]),
        everything: summary.everything.is_some(),
        step: String::new(),
    });
    links.collect()
}

/// The only label, or the one without limits, else the most frequent, and how many others there
/// are.
fn label(summary: &Summary<'_>) -> String {
    let labels = summary.n_by_label.iter();
    let most = labels.max_by_key(|(label, n)| (**n, std::cmp::Reverse(**label)));
    let most = summary.everything.or(most.map(|(label, _)| *label));
    let most = most.unwrap_or_default();
    match summary.n_by_label.len() {
        0 | 1 => most.to_string(),
        n_labels => format!("{most} +{}", n_labels - 1),
    }
}

fn detail(summary: &Summary<'_>) -> String {
    let mut detail = format!(
        "{} reach {}, in {} pairs",
        summary.from.len(),
        summary.to.len(),
        summary.pairs.len()
    );
    let mut labels: Vec<_> = summary.n_by_label.iter().collect();
    labels.sort_by_key(|(label, n)| (std::cmp::Reverse(**n), **label));
    for (label, n) in labels.iter().take(MAX_LABELS) {
        detail.push_str(&format!("\n{label}: {n}"));
    }
    if labels.len() > MAX_LABELS {
        detail.push_str(&format!("\nand {} more", labels.len() - MAX_LABELS));
    }
    detail
}
