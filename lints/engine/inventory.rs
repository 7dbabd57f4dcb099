//! The labels that exist, counted and indexed: what a selector that matches nothing is held
//! against.
//!
//! Must not know selectors' spans. Built once, and only when a lint has something to explain.

use std::{borrow::Cow, collections::BTreeMap};

use rustc_hash::FxHashMap;
use ztc_identity::{
    LabelSet, Operator, Requirement,
    labels::{ANY, CLUSTER, K8S, NAMESPACE},
};
use ztc_policy::Cluster;

/// Keys, their values, and how many workloads have each.
pub(crate) type Labels<'a> = BTreeMap<&'a str, BTreeMap<&'a str, usize>>;

/// The labels of all workloads.
pub(crate) struct Inventory<'a> {
    /// Each set of labels that a subject of policy has, and how many have it.
    sets: Vec<(&'a LabelSet, usize)>,
    /// The sets that pods on their node's network have.
    on_host: Vec<&'a LabelSet>,
    /// For each key and value, the sets that have it.
    by_label: FxHashMap<&'a str, FxHashMap<&'a str, Vec<u32>>>,
    all: Labels<'a>,
}

impl<'a> Inventory<'a> {
    /// Takes stock of a cluster.
    pub(super) fn new(cluster: &'a Cluster) -> Self {
        let mut n_endpoints = vec![(0, false); cluster.label_sets.len()];
        for endpoint in &cluster.endpoints {
            if let Some((n, is_on_host)) = n_endpoints.get_mut(endpoint.label_set as usize) {
                *n += usize::from(!endpoint.host_network);
                *is_on_host |= endpoint.host_network;
            }
        }
        let counted = || cluster.label_sets.iter().zip(&n_endpoints);
        let subjects = counted().filter(|(_, (n, _))| *n > 0);
        let sets: Vec<_> = subjects.map(|(set, (n, _))| (set, *n)).collect();
        let mut by_label: FxHashMap<&str, FxHashMap<&str, Vec<u32>>> = FxHashMap::default();
        for ((set, _), number) in sets.iter().zip(0u32..) {
            for label in set.iter() {
                let values = by_label.entry(&label.key).or_default();
                values.entry(&label.value).or_default().push(number);
            }
        }
        Self {
            all: tally(sets.iter().copied()),
            by_label,
            on_host: counted()
                .filter(|(_, (_, host))| *host)
                .map(|(set, _)| set)
                .collect(),
            sets,
        }
    }

    /// The sets of labels that meet all requirements, and how many workloads have each.
    pub(crate) fn matching<'b>(
        &'b self,
        requirements: &[&'b Requirement],
    ) -> impl Iterator<Item = (&'a LabelSet, usize)> + 'b {
        // What everyone meets, and what makes a list, need not be asked of every set again.
        let mut asked: Vec<&Requirement> = requirements
            .iter()
            .copied()
            .filter(|one| !self.is_met_by_all(one))
            .collect();
        let size = |one: &Requirement| -> usize { self.lists(one).iter().map(|l| l.len()).sum() };
        let listed =
            (0..asked.len()).filter(|index| asked.get(*index).is_some_and(|r| is_listed(r)));
        let rarest = listed.min_by_key(|index| asked.get(*index).map(|one| size(one)));
        let lists = rarest.map(|index| self.lists(asked.swap_remove(index)));
        let all = lists.is_none().then_some(&self.sets).into_iter().flatten();
        let few = lists.into_iter().flatten().flatten();
        let few = few.filter_map(|number| self.sets.get(*number as usize));
        let is_met = move |set: &LabelSet| asked.iter().all(|one| one.matches(set));
        few.chain(all).copied().filter(move |(set, _)| is_met(set))
    }

    /// The labels of the workloads that meet all requirements.
    pub(crate) fn labels(&self, requirements: &[&Requirement]) -> Cow<'_, Labels<'a>> {
        if requirements
            .iter()
            .all(|requirement| self.is_met_by_all(requirement))
        {
            Cow::Borrowed(&self.all)
        } else {
            Cow::Owned(tally(self.matching(requirements)))
        }
    }

    /// Whether a pod that shares its node's network meets all requirements.
    pub(crate) fn is_on_host(&self, requirements: &[&Requirement]) -> bool {
        self.on_host
            .iter()
            .any(|set| requirements.iter().all(|r| r.matches(set)))
    }

    /// For each value of a requirement, the numbers of the sets that have it.
    fn lists(&self, requirement: &Requirement) -> Vec<&[u32]> {
        let known = self.by_label.get(requirement.key.as_str());
        let values = requirement.values.iter();
        values
            .filter_map(|value| Some(known?.get(value.as_str())?.as_slice()))
            .collect()
    }

    fn is_met_by_all(&self, requirement: &Requirement) -> bool {
        match (requirement.key.as_str(), requirement.operator) {
            (NAMESPACE, Operator::Exists) => true,
            (CLUSTER, Operator::In) => {
                let n: usize = self.lists(requirement).iter().map(|list| list.len()).sum();
                n == self.sets.len()
            }
            _ => false,
        }
    }
}

/// Whether the sets that meet it are those in its lists: all labels of pods have one source.
fn is_listed(requirement: &Requirement) -> bool {
    requirement.operator == Operator::In && [ANY, K8S].contains(&requirement.source.as_str())
}

fn tally<'a>(sets: impl Iterator<Item = (&'a LabelSet, usize)>) -> Labels<'a> {
    let mut labels = Labels::new();
    for (set, n) in sets {
        for label in set.iter() {
            let values = labels.entry(&label.key).or_default();
            *values.entry(&label.value).or_default() += n;
        }
    }
    labels
}
