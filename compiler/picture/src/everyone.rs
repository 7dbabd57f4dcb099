//! Where every namespace does the same: a resolver that all reach, a monitor that reaches all.
//!
//! Must not know labels: the edges it is given are alike but for their ends.

use std::collections::{BTreeMap, BTreeSet};

use crate::fold::{Edges, End, everyone};
use crate::{GroupKind, NodeId, Picture};

/// With fewer namespaces than this, what all of them do is said of each.
const MIN_NAMESPACES: usize = 3;

/// What there is to fold into.
pub(crate) struct Groups {
    /// How many nodes each group has.
    sizes: Vec<usize>,
    /// Which groups are namespaces.
    is_namespace: Vec<bool>,
    /// How many nodes all namespaces have, or none if they are too few to be said in one.
    n_everyone: Option<usize>,
    /// The number that stands for every namespace; the next stands for every other.
    pub(crate) everyone: u32,
}

impl Groups {
    pub(crate) fn of(picture: &Picture) -> Self {
        let groups = picture.groups.iter();
        let is_namespace = groups.map(|group| group.kind == GroupKind::Namespace);
        let is_namespace: Vec<bool> = is_namespace.collect();
        let sizes: Vec<usize> = picture
            .groups
            .iter()
            .map(|group| group.nodes.len())
            .collect();
        let of_namespaces = sizes.iter().zip(&is_namespace).filter(|(_, is)| **is);
        let filled = of_namespaces
            .map(|(size, _)| *size)
            .filter(|size| *size > 0);
        let filled: Vec<usize> = filled.collect();
        // In columns that are given there is none for a box that nobody gave.
        let has_place = picture.groups.iter().all(|group| group.column.is_none());
        Self {
            n_everyone: (has_place && filled.len() >= MIN_NAMESPACES).then(|| filled.iter().sum()),
            sizes,
            is_namespace,
            everyone: everyone(picture),
        }
    }

    /// How many nodes a group has.
    pub(crate) fn size(&self, group: u32) -> usize {
        let size = usize::try_from(group)
            .ok()
            .and_then(|group| self.sizes.get(group));
        size.copied().unwrap_or(0)
    }

    fn has(&self, group: u32) -> bool {
        let group = usize::try_from(group).ok();
        group.and_then(|group| self.is_namespace.get(group)) == Some(&true)
    }
}

/// Who does what with every namespace.
#[derive(Default)]
pub(crate) struct Everyone {
    /// Who reaches all.
    to_all: Half,
    /// Whom all reach.
    from_all: Half,
    /// Whether all reach all, and whether also themselves.
    is_all: bool,
    pub(crate) with_selves: bool,
}

/// Nodes, and groups all of whose nodes are among them.
#[derive(Default)]
struct Half {
    /// With every node of every namespace.
    all: Part,
    /// With every node of every other namespace than its own.
    others: Part,
}

#[derive(Default)]
struct Part {
    nodes: BTreeSet<NodeId>,
    groups: BTreeSet<u32>,
}

impl Part {
    fn of(groups: &Groups, nodes: BTreeSet<NodeId>) -> Self {
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        for node in &nodes {
            *sizes.entry(node.group).or_default() += 1;
        }
        let whole = sizes.into_iter();
        let whole = whole.filter(|(group, n)| *n > 1 && *n == groups.size(*group));
        Self {
            groups: whole.map(|(group, _)| group).collect(),
            nodes,
        }
    }

    fn end(&self, node: NodeId) -> Option<End> {
        match self.groups.contains(&node.group) {
            true => Some(End::Group(node.group)),
            false => self.nodes.contains(&node).then_some(End::Node(node)),
        }
    }
}

/// How many nodes of its own namespace a node has edges with, and of others.
type Counts = BTreeMap<NodeId, (usize, usize)>;

impl Half {
    fn of(groups: &Groups, counts: &Counts, n_everyone: usize) -> Self {
        let (mut all, mut others) = (BTreeSet::new(), BTreeSet::new());
        for (node, (n_own, n_others)) in counts {
            let own = match groups.has(node.group) {
                true => groups.size(node.group),
                false => 0,
            };
            if n_others + own == n_everyone {
                // Nobody is asked to reach itself to reach all.
                let is_all = *n_own == own.saturating_sub(1);
                let nodes = if is_all { &mut all } else { &mut others };
                nodes.insert(*node);
            }
        }
        Self {
            all: Part::of(groups, all),
            others: Part::of(groups, others),
        }
    }

    /// What an edge with this end is part of: the end, and whether that is with every other
    /// namespace alone.
    fn end(&self, node: NodeId, is_own: bool) -> Option<(End, bool)> {
        let all = self.all.end(node).map(|end| (end, false));
        let others = || self.others.end(node).filter(|_| !is_own);
        all.or_else(|| Some((others()?, true)))
    }
}

impl Everyone {
    pub(crate) fn of(groups: &Groups, edges: &Edges<'_>) -> Self {
        let Some(n_everyone) = groups.n_everyone else {
            return Self::default();
        };
        let (mut reached, mut reaching) = (Counts::new(), Counts::new());
        let mut n_selves = 0;
        let count = |counts: &mut Counts, node: NodeId, other: NodeId| {
            let (n_own, n_others) = counts.entry(node).or_default();
            *if node.group == other.group {
                n_own
            } else {
                n_others
            } += 1;
        };
        for (from, to) in edges.keys() {
            if from == to {
                n_selves += usize::from(groups.has(from.group));
                continue;
            }
            if groups.has(to.group) {
                count(&mut reached, *from, *to);
            }
            if groups.has(from.group) {
                count(&mut reaching, *to, *from);
            }
        }
        let to_all = Half::of(groups, &reached, n_everyone);
        let in_namespaces = to_all
            .all
            .nodes
            .iter()
            .filter(|node| groups.has(node.group));
        let is_all = in_namespaces.count() == n_everyone;
        Self {
            to_all,
            from_all: Half::of(groups, &reaching, n_everyone),
            is_all,
            with_selves: is_all && n_selves == n_everyone,
        }
    }

    /// The links with everyone that an edge is part of: none, one, or two where two meet.
    pub(crate) fn links_of(
        &self,
        groups: &Groups,
        (from, to): (NodeId, NodeId),
    ) -> Vec<(End, End)> {
        let everyone = End::Group(groups.everyone);
        let (is_from, is_to) = (groups.has(from.group), groups.has(to.group));
        if self.is_all && is_from && is_to && (from != to || self.with_selves) {
            return vec![(everyone, everyone)];
        }
        let mut links = Vec::new();
        if from == to {
            return links;
        }
        let is_own = from.group == to.group;
        let end = |is_others: bool| match is_others {
            true => End::Group(groups.everyone + 1),
            false => everyone,
        };
        if is_to && let Some((from, is_others)) = self.to_all.end(from, is_own) {
            links.push((from, end(is_others)));
        }
        if is_from && let Some((to, is_others)) = self.from_all.end(to, is_own) {
            links.push((end(is_others), to));
        }
        links
    }
}
