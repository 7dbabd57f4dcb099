//! What a change opens and closes: the connections of two bundles, compared.
//!
//! Two bundles number everybody differently and tell different pods apart. So both are first cut
//! into the same [`End`]s: workloads by their names, then by their pods where one of the bundles
//! tells these apart, and addresses where prefixes of either begin and end. What is said of two
//! ends is compared once for all ends that both bundles take for the same, and every difference is
//! put down to what changed: a rule, the labels of a pod, an option. Must not know YAML, and must
//! not know how a difference is shown.

mod cause;
mod causes;
mod ends;
mod groups;
mod nodes;
mod ranges;
mod rules;
mod sweep;
mod workloads;

pub use cause::{Cause, Place};
pub use ends::{End, EndId, EndWords, Rename};

use std::collections::BTreeSet;

use ztc_bundle::Bundle;

use crate::{PortSet, Reach};

/// Everything that two bundles permit differently.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Diff {
    /// Everybody whom either bundle knows: workloads by name, entities, nodes, addresses.
    pub ends: Vec<End>,
    /// What is permitted differently, what is newly permitted first; every pair of ends is in at
    /// most one of them.
    pub changes: Vec<Change>,
    /// Whether there is so much that the causes of a change are those of any of its connections,
    /// not of all of them.
    pub is_coarse: bool,
    /// Workloads that are on their node's network and were not, by name: no policy applies to
    /// them, so everything is permitted that a node may do. Sorted.
    pub left_to_nodes: Vec<String>,
    /// Workloads that were on their node's network and are not, sorted by name: policies apply to
    /// them now.
    pub taken_from_nodes: Vec<String>,
    /// Rules that came, went or changed and that no change is put down to, ascending.
    pub without_effect: Vec<Cause>,
    /// Workloads that are taken for the same under another name.
    pub renames: Vec<Rename>,
    /// The options that policies are read with, old and new, where they differ.
    pub options: Option<(String, String)>,
}

/// Connections that differ alike for the same causes: each of `from` with each of `to`, but for a
/// single pod with itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Who opens them, ascending.
    pub from: Vec<EndId>,
    /// To whom, ascending.
    pub to: Vec<EndId>,
    /// How many pairs of ends they are.
    pub n_connections: u64,
    /// The ports that were permitted.
    pub before: PortSet,
    /// The ports that are permitted now; never what `before` is.
    pub after: PortSet,
    /// What changed it; never empty.
    pub causes: Vec<Cause>,
}

/// What became of connections; what opens something is first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChangeKind {
    /// Nothing was permitted, something is.
    Added,
    /// Something was, and now something is that was not.
    Changed,
    /// Something was, and only some of it is.
    Narrowed,
    /// Something was, nothing is.
    Removed,
}

impl ChangeKind {
    /// Whether something is permitted that was not.
    pub const fn opens(self) -> bool {
        matches!(self, Self::Added | Self::Changed)
    }

    /// One lower-case word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
        }
    }
}

impl Change {
    /// The ports that are permitted only now.
    pub fn added(&self) -> PortSet {
        self.after.minus(&self.before)
    }

    /// The ports that are no longer permitted.
    pub fn removed(&self) -> PortSet {
        self.before.minus(&self.after)
    }

    /// What became of the connections.
    pub fn kind(&self) -> ChangeKind {
        match (self.before.is_empty(), self.after.is_empty()) {
            (true, _) => ChangeKind::Added,
            (false, true) => ChangeKind::Removed,
            (false, false) if self.added().is_empty() => ChangeKind::Narrowed,
            (false, false) => ChangeKind::Changed,
        }
    }
}

impl Diff {
    /// Compares two bundles.
    pub fn new(old: &Reach<'_>, new: &Reach<'_>) -> Self {
        let (ends, renames) = ends::all(old, new);
        let attribution = causes::Attribution::new(old, new);
        let swept = sweep::sweep(old, new, &ends, &attribution);
        let is_coarse = swept.is_coarse;
        let changes = groups::changes(&ends, swept);
        let named = changes.iter().flat_map(|change| &change.causes);
        let named: BTreeSet<Cause> = named.copied().collect();
        let differ = attribution.rules_that_differ();
        let (before, after) = (options(old.bundle()), options(new.bundle()));
        let [left_to_nodes, taken_from_nodes] = workloads::left_and_taken(old, new);
        Self {
            is_coarse,
            left_to_nodes,
            taken_from_nodes,
            without_effect: differ.difference(&named).copied().collect(),
            ends,
            changes,
            renames,
            options: (before != after).then_some((before, after)),
        }
    }

    /// One of the ends.
    pub fn end(&self, id: EndId) -> Option<&End> {
        self.ends.get(id.0 as usize)
    }

    /// Whether something is permitted that was not.
    pub fn opens(&self) -> bool {
        let mut changes = self.changes.iter();
        !self.left_to_nodes.is_empty() || changes.any(|change| change.kind().opens())
    }
}

/// The options that a bundle's policies are read with, as one line of `key=value`. The cluster's
/// name is among them where it is not the default.
fn options(bundle: &Bundle<'_>) -> String {
    let meta = bundle.meta();
    let named = [
        ("labels", meta.labels, ""),
        ("cluster-name", meta.cluster, "default"),
    ];
    let mut all = bundle.string(meta.options).to_owned();
    for (key, text, default) in named {
        let value = bundle.string(text);
        if value != default {
            all = format!("{all} {key}={value}");
        }
    }
    all.trim_start().to_owned()
}
