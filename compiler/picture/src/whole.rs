//! Where a group does what each of its nodes does.
//!
//! Must not know labels: the edges it is given are alike but for their ends.

use std::collections::{BTreeMap, BTreeSet};

use crate::NodeId;
use crate::everyone::Groups;
use crate::fold::End;

/// What whole groups do.
#[derive(Default)]
pub(crate) struct Whole {
    /// Nodes that reach all of a group.
    to_all: BTreeSet<(NodeId, u32)>,
    /// Nodes that all of a group reach, and more than one of them only so.
    from_all: BTreeSet<(u32, NodeId)>,
    /// Groups all of which reach all of a group.
    between: BTreeSet<(u32, u32)>,
    /// Groups whose nodes reach each other and themselves.
    pub(crate) with_selves: BTreeSet<u32>,
}

impl Whole {
    pub(crate) fn of(
        groups: &Groups,
        edges: impl Iterator<Item = (NodeId, NodeId)> + Clone,
    ) -> Self {
        let others = edges.clone().filter(|(from, to)| from != to);
        let mut n_to: BTreeMap<(NodeId, u32), usize> = BTreeMap::new();
        for (from, to) in others.clone() {
            *n_to.entry((from, to.group)).or_default() += 1;
        }
        // A node is not asked to reach itself to reach all of its group.
        let is_all = |n: usize, group: u32, other: NodeId| {
            n > 1 && n + usize::from(other.group == group) == groups.size(group)
        };
        let to_all = n_to
            .into_iter()
            .filter(|((from, to), n)| is_all(*n, *to, *from));
        let to_all: BTreeSet<_> = to_all.map(|(ends, _)| ends).collect();

        let mut n_groups: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        for (from, to) in &to_all {
            *n_groups.entry((from.group, *to)).or_default() += 1;
        }
        let between = n_groups.into_iter();
        let between = between.filter(|((from, _), n)| *n > 1 && *n == groups.size(*from));
        let between: BTreeSet<_> = between.map(|(ends, _)| ends).collect();

        let mut n_from: BTreeMap<(u32, NodeId), (usize, usize)> = BTreeMap::new();
        for (from, to) in others {
            let (n, n_alone) = n_from.entry((from.group, to)).or_default();
            *n += 1;
            *n_alone += usize::from(!to_all.contains(&(from, to.group)));
        }
        let from_all = n_from.into_iter();
        let from_all = from_all
            .filter(|((from, to), (n, n_alone))| is_all(*n, *from, *to) && *n_alone > 1)
            .map(|(ends, _)| ends)
            .collect();

        let mut n_selves: BTreeMap<u32, usize> = BTreeMap::new();
        for (from, _) in edges.filter(|(from, to)| from == to) {
            *n_selves.entry(from.group).or_default() += 1;
        }
        let with_selves = n_selves.into_iter();
        let with_selves = with_selves
            .filter(|(group, n)| *n == groups.size(*group) && between.contains(&(*group, *group)))
            .map(|(group, _)| group)
            .collect();
        Self {
            to_all,
            from_all,
            between,
            with_selves,
        }
    }

    /// The links that an edge is part of: one, or two where two folds meet.
    pub(crate) fn links_of(&self, (from, to): (NodeId, NodeId)) -> Vec<(End, End)> {
        let (from_group, to_group) = (End::Group(from.group), End::Group(to.group));
        if from == to {
            return match self.with_selves.contains(&from.group) {
                true => vec![(from_group, to_group)],
                false => vec![(End::Node(from), End::Node(to))],
            };
        }
        if self.between.contains(&(from.group, to.group)) {
            return vec![(from_group, to_group)];
        }
        let mut links = Vec::new();
        if self.to_all.contains(&(from, to.group)) {
            links.push((End::Node(from), to_group));
        }
        if self.from_all.contains(&(from.group, to)) {
            links.push((from_group, End::Node(to)));
        }
        if links.is_empty() {
            links.push((End::Node(from), End::Node(to)));
        }
        links
    }
}
