//! Many edges as few: where all of a group do the same, the group does it.
//!
//! Must not know how links are drawn. Folding loses nothing: [`Link::edges`] gives the edges back.

use std::collections::{BTreeMap, BTreeSet};

use crate::everyone::{Everyone, Groups};
use crate::whole::Whole;
use crate::{GroupKind, NodeId, Picture};

/// Of more details than this, a link says how many more there are.
const MAX_DETAILS: usize = 12;

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// Every node of this group, but for the node at the other end. One past the last group stands
    /// for every namespace, and one more for every other namespace than that of the other end.
    Group(u32),
    /// One node.
    Node(NodeId),
}

impl End {
    pub(crate) fn group(self) -> u32 {
        match self {
            Self::Group(group) => group,
            Self::Node(node) => node.group,
        }
    }
}

/// Edges drawn as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) from: End,
    pub(crate) to: End,
    /// Within a group: whether each of its nodes reaches itself as well.
    pub(crate) selves: bool,
    /// Whether the same is allowed the other way.
    pub(crate) both_ways: bool,
    pub(crate) label: String,
    /// What the edges say, each once.
    pub(crate) details: BTreeSet<String>,
    /// Whether no port limits it.
    pub(crate) everything: bool,
    /// Which step of a route it is, if it is one.
    pub(crate) step: String,
}

/// Whether edges that differ in what they say on demand may be one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Details {
    /// They may, and the link has all of it.
    Joined,
    /// They may not, so that every edge keeps its own.
    Kept,
}

/// What edges of one link have in common: whether no port limits them, label, step, and the detail
/// if it is kept.
type Alike<'a> = (bool, &'a str, &'a str, Option<&'a str>);

/// Edges that are alike, and what each says.
pub(crate) type Edges<'a> = BTreeMap<(NodeId, NodeId), BTreeSet<&'a str>>;

/// The edges of a picture as links, in a fixed order.
pub(crate) fn fold(picture: &Picture, details: Details) -> Vec<Link> {
    let groups = Groups::of(picture);
    let mut alike: BTreeMap<Alike<'_>, Edges<'_>> = BTreeMap::new();
    for edge in picture.edges.iter().filter(|edge| picture.has(edge)) {
        let kept = (details == Details::Kept).then_some(edge.detail.as_str());
        let edges = alike.entry((edge.everything, &edge.label, &edge.step, kept));
        let edges = edges.or_default();
        let said = edges.entry((edge.from, edge.to)).or_default();
        if !edge.detail.is_empty() {
            said.insert(&edge.detail);
        }
    }
    let mut links = Vec::new();
    for ((everything, label, step, _), edges) in alike {
        fold_alike(&groups, &edges, |link| {
            links.push(Link {
                label: label.to_string(),
                everything,
                step: step.to_string(),
                ..link
            });
        });
    }
    links
}

/// Joins links that are each other's reverse.
pub(crate) fn paired(links: Vec<Link>) -> Vec<Link> {
    let key = |from: End, to: End, link: &Link| {
        let kind = (link.everything, link.label.clone(), link.step.clone());
        (kind, from, to)
    };
    let mut index: BTreeMap<_, usize> = BTreeMap::new();
    let mut paired: Vec<Link> = Vec::with_capacity(links.len());
    for link in links {
        let reverse = key(link.to, link.from, &link);
        let back = index.get(&reverse).and_then(|place| paired.get_mut(*place));
        match back {
            Some(back) if link.from != link.to => {
                back.both_ways = true;
                back.details.extend(link.details);
            }
            _ => {
                index.insert(key(link.from, link.to, &link), paired.len());
                paired.push(link);
            }
        }
    }
    paired
}

/// Folds edges that have everything in common but their ends.
fn fold_alike<'a>(groups: &Groups, edges: &Edges<'a>, mut push: impl FnMut(Link)) {
    let everyone = Everyone::of(groups, edges);
    let is_left = |ends: &(NodeId, NodeId)| everyone.links_of(groups, *ends).is_empty();
    let whole = Whole::of(groups, edges.keys().copied().filter(is_left));
    let mut said: BTreeMap<(End, End), BTreeSet<&'a str>> = BTreeMap::new();
    for (ends, details) in edges {
        let mut links = everyone.links_of(groups, *ends);
        if links.is_empty() {
            links = whole.links_of(*ends);
        }
        for ends in links {
            said.entry(ends).or_default().extend(details);
        }
    }
    for ((from, to), details) in said {
        let selves = match from {
            End::Group(group) if from == to => {
                everyone.with_selves && group == groups.everyone
                    || whole.with_selves.contains(&group)
            }
            _ => false,
        };
        push(Link {
            from,
            to,
            selves,
            both_ways: false,
            label: String::new(),
            details: details.into_iter().map(str::to_string).collect(),
            everything: false,
            step: String::new(),
        });
    }
}

impl Link {
    /// The label with the number of the step before it, if it is one.
    pub(crate) fn numbered(&self) -> String {
        match self.step.as_str() {
            "" => self.label.clone(),
            step => format!("{step}: {}", self.label),
        }
    }

    /// What the edges say, one line each, and no more than are read.
    pub(crate) fn said(&self) -> String {
        let details = self.details.iter().map(String::as_str);
        let mut said: Vec<&str> = details.take(MAX_DETAILS).collect();
        let more = match self.details.len().checked_sub(MAX_DETAILS) {
            None | Some(0) => String::new(),
            Some(n_more) => format!("and {n_more} more"),
        };
        said.extend((!more.is_empty()).then_some(more.as_str()));
        said.join("\n")
    }

    /// The edges that this link stands for.
    pub(crate) fn edges(&self, picture: &Picture) -> Vec<(NodeId, NodeId)> {
        let is_one = matches!((self.from, self.to), (End::Node(_), End::Node(_)));
        let others = End::Group(everyone(picture) + 1);
        let is_among_others = self.from == others || self.to == others;
        let to = nodes(picture, self.to);
        let mut edges = Vec::new();
        for from in nodes(picture, self.from) {
            for to in to.iter().copied() {
                if is_among_others && from.group == to.group {
                    continue;
                }
                if from != to || self.selves || is_one {
                    edges.push((from, to));
                }
                if self.both_ways && from != to {
                    edges.push((to, from));
                }
            }
        }
        edges
    }
}

/// The number of the group that stands for every namespace: no group of the picture has it.
pub(crate) fn everyone(picture: &Picture) -> u32 {
    // The number after it is needed as well.
    u32::try_from(picture.groups.len()).unwrap_or(u32::MAX - 1)
}

fn nodes(picture: &Picture, end: End) -> Vec<NodeId> {
    let wanted = match end {
        End::Node(node) => return vec![node],
        End::Group(group) => group,
    };
    let groups = (0..).zip(&picture.groups).filter(|(number, group)| {
        let is_everyone = wanted >= everyone(picture) && group.kind == GroupKind::Namespace;
        *number == wanted || is_everyone
    });
    let nodes = groups.flat_map(|(number, group)| {
        let numbered = (0..).zip(&group.nodes);
        numbered.map(move |(node, _)| NodeId {
            group: number,
            node,
        })
    });
    nodes.collect()
}
