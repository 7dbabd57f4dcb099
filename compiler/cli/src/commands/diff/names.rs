//! Many ends in few words: `shop/*` for all workloads of a namespace, addresses as prefixes.
//!
//! Must not know how connections differ.

use std::collections::BTreeMap;

use ztc_reach::{
    AddressRange, PartyKind,
    diff::{Diff, End, EndId, describe},
};

/// How many ends there are, to know when all of them are meant.
pub(super) struct Names<'r> {
    diff: &'r Diff,
    n_in_namespace: BTreeMap<&'r str, usize>,
    n_workloads: usize,
}

impl<'r> Names<'r> {
    pub(super) fn new(diff: &'r Diff) -> Self {
        let mut n_in_namespace: BTreeMap<&str, usize> = BTreeMap::new();
        let workloads = diff.ends.iter().filter(|end| is_workload(end));
        for end in workloads {
            *n_in_namespace.entry(&end.namespace).or_default() += 1;
        }
        Self {
            n_workloads: n_in_namespace.values().sum(),
            diff,
            n_in_namespace,
        }
    }

    /// The ends of a list.
    pub(super) fn ends(&self, ids: &[EndId]) -> impl Iterator<Item = &'r End> {
        let diff = self.diff;
        let ends: Vec<&'r End> = ids.iter().filter_map(|id| diff.end(*id)).collect();
        ends.into_iter()
    }

    /// Their names: workloads, entities, nodes, and one for all addresses.
    pub(super) fn of(&self, ids: &[EndId]) -> Vec<String> {
        let mut n_here: BTreeMap<&str, usize> = BTreeMap::new();
        for end in self.ends(ids).filter(|end| is_workload(end)) {
            *n_here.entry(&end.namespace).or_default() += 1;
        }
        let is_all_of = |namespace: &str| {
            let n = self.n_in_namespace.get(namespace);
            n > Some(&1) && n == n_here.get(namespace)
        };
        let n_workloads: usize = n_here.values().sum();
        let is_cluster = n_workloads == self.n_workloads && self.n_in_namespace.len() > 1;
        let mut names: Vec<String> = Vec::new();
        let mut ranges: Vec<AddressRange> = Vec::new();
        for end in self.ends(ids) {
            let name = match end.kind {
                PartyKind::Addresses => {
                    ranges.extend(&end.ranges);
                    continue;
                }
                PartyKind::Workload if is_cluster => "cluster".into(),
                PartyKind::Workload if is_all_of(&end.namespace) => format!("{}/*", end.namespace),
                _ => end.name.clone(),
            };
            // Ends come in the order of their names, so those of a namespace follow each other.
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
        if !ranges.is_empty() {
            names.push(describe(&ranges));
        }
        names
    }

    /// The first few, and how many more there are.
    pub(super) fn short(&self, ids: &[EndId], n_shown: usize) -> String {
        shortened(&self.of(ids), n_shown)
    }
}

/// The first few of a list, and how many more there are.
pub(super) fn shortened(names: &[String], n_shown: usize) -> String {
    let shown = names.get(..n_shown).unwrap_or(names).join(", ");
    match names.len().saturating_sub(n_shown) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn is_workload(end: &End) -> bool {
    end.kind == PartyKind::Workload
}
