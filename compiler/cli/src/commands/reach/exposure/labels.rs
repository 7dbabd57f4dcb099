//! The kinds of pods that policies can tell apart in a namespace, each by its fewest labels.
//!
//! What matters of a pod is which selectors match it. The labels that selectors ask for, each
//! absent, with each of the values that are named and with one that none names, are all that can
//! make a difference; of combinations that the same selectors match one is enough. Must not know
//! what rules do with a selector.

mod space;

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};

use rayon::prelude::*;
use ztc_identity::{
    PodFacts, Requirement, Selector,
    labels::{ANY, K8S, NAMESPACE, SERVICE_ACCOUNT},
};
use ztc_policy::Analysis;

use self::space::Space;
pub(super) use self::space::{MAX_KINDS, Tried};
use super::{
    port_names::{PortName, PortNames},
    room,
};
use crate::made_up::{DEFAULT_ACCOUNT, MadeUp};

/// How many sets of selectors are searched at once.
const AT_ONCE: usize = 64;

/// Labels by key; the key [`SERVICE_ACCOUNT`] stands for the account.
type Labels = BTreeMap<String, String>;

/// The kinds of new pods of a namespace.
pub(super) struct NewPods {
    /// Its name.
    pub(super) namespace: String,
    /// Each kind once; first the pod without labels, then those with fewer.
    pub(super) pods: Vec<NewPod>,
    /// How far the search for them came.
    pub(super) tried: Tried,
    /// Whether there was no room for every name on every number.
    pub(super) is_short_of_ports: bool,
}

/// One kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct NewPod {
    /// Sorted by key.
    pub(super) labels: Vec<(String, String)>,
    /// `None` for the default one.
    pub(super) service_account: Option<String>,
    /// Lists of named ports that it is tried with, besides having none.
    pub(super) port_lists: Vec<Vec<PortName>>,
}

impl NewPods {
    /// The pods as the compiler takes them.
    pub(super) fn made_up(&self) -> impl Iterator<Item = MadeUp> {
        let pods = self.pods.iter();
        pods.flat_map(|pod| {
            let lists = pod.port_lists.iter().map(Vec::as_slice);
            let lists = iter::once(&[][..]).chain(lists);
            lists.map(|list| pod.made_up(&self.namespace, list))
        })
    }

    /// How many lists of ports the pods are tried with.
    pub(super) fn n_lists(&self) -> usize {
        self.pods.iter().map(|pod| pod.port_lists.len()).sum()
    }
}

impl NewPod {
    /// This pod in a namespace, with these ports.
    pub(super) fn made_up(&self, namespace: &str, ports: &[PortName]) -> MadeUp {
        let pod = MadeUp::new(namespace, self.labels.clone(), self.service_account.clone());
        let ports = ports
            .iter()
            .map(|port| (&*port.name, port.protocol, port.number));
        pod.with_ports(ports)
    }

    fn of(labels: &Labels) -> Self {
        let own = labels.iter().filter(|(key, _)| *key != SERVICE_ACCOUNT);
        Self {
            labels: own
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            service_account: labels.get(SERVICE_ACCOUNT).cloned(),
            port_lists: Vec::new(),
        }
    }
}

/// What selectors ask of a pod itself, by what they ask of its namespace and cluster, which it
/// does not choose.
pub(super) struct PodSelectors<'a>(BTreeMap<Vec<&'a Requirement>, BTreeSet<Selector>>);

impl<'a> PodSelectors<'a> {
    /// By all selectors.
    pub(super) fn new(analysis: &'a Analysis) -> Self {
        let filter = &analysis.options.labels;
        // A label that begins so is not a pod's own; a key with a space stands for nodes.
        let is_chosen = |one: &&Requirement| {
            let key = one.key.as_str();
            let is_own = key != NAMESPACE && !key.starts_with("io.cilium.k8s");
            let is_own = is_own && !key.contains(' ');
            let is_known = is_own || key == SERVICE_ACCOUNT;
            is_known && [ANY, K8S].contains(&one.source.as_str()) && filter.keeps(K8S, key)
        };
        let mut asked: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for selector in &analysis.model.selectors {
            let requirements = selector.requirements().iter();
            let (chosen, given): (Vec<_>, Vec<_>) = requirements.partition(is_chosen);
            if !chosen.is_empty() {
                let chosen = Selector::new(chosen.into_iter().cloned().collect());
                asked.entry(given).or_default().insert(chosen);
            }
        }
        Self(asked)
    }

    /// By those that can match a pod of a namespace; sorted, each once.
    fn in_namespace(&self, analysis: &Analysis, namespace: &str) -> Vec<&Selector> {
        let known = analysis.cluster.namespace(namespace);
        let facts = PodFacts {
            namespace,
            namespace_labels: known.map_or(&[][..], |known| &known.labels),
            labels: &[],
            service_account: DEFAULT_ACCOUNT,
            cluster: &analysis.cluster.name,
        };
        let labels = facts.identity_labels(&analysis.options.labels);
        let all = self.0.iter();
        let matching = all.filter(|(given, _)| given.iter().all(|one| one.matches(&labels)));
        let found: BTreeSet<&Selector> = matching.flat_map(|(_, chosen)| chosen).collect();
        found.into_iter().collect()
    }
}

/// The kinds of pods of each namespace, without their ports. Most namespaces are asked the same
/// things of their pods: what is found for a set of selectors is found for all of them.
pub(super) struct Kinds<'a> {
    sets: Vec<Set<'a>>,
    /// The place of a namespace's set.
    set_of: BTreeMap<&'a str, usize>,
}

/// A set of selectors, and the kinds of pods that they tell apart.
struct Set<'a> {
    selectors: Vec<&'a Selector>,
    n_namespaces: usize,
    /// How many kinds there are.
    n_kinds: usize,
    /// Their labels; none where they are more than there is room for, until that is known.
    labels: Vec<Labels>,
    tried: Tried,
}

impl<'a> Kinds<'a> {
    /// Searches for them: `limit` in all, and where there are more, fewer where there are most.
    pub(super) fn new(
        analysis: &Analysis,
        selectors: &'a PodSelectors<'_>,
        namespaces: &[&'a str],
        limit: usize,
    ) -> Self {
        let mut by_set: BTreeMap<Vec<&Selector>, Vec<&str>> = BTreeMap::new();
        for name in namespaces {
            let own = selectors.in_namespace(analysis, name);
            by_set.entry(own).or_default().push(name);
        }
        let mut set_of = BTreeMap::new();
        let mut sets: Vec<Set<'_>> = Vec::with_capacity(by_set.len());
        for (place, (selectors, names)) in by_set.into_iter().enumerate() {
            sets.push(Set::new(selectors, names.len()));
            set_of.extend(names.into_iter().map(|name| (name, place)));
        }
        let mut most = MAX_KINDS;
        for end in (0..sets.len())
            .map(|start| start + AT_ONCE)
            .step_by(AT_ONCE)
        {
            let n_before = end - AT_ONCE;
            let some = sets.iter_mut().skip(n_before).take(AT_ONCE);
            let some: Vec<&mut Set<'_>> = some.collect();
            some.into_par_iter().for_each(|set| set.search(MAX_KINDS));
            most = most_kinds(&sets, limit);
            let too_many = sets.iter_mut().filter(|set| set.n_kinds > most);
            too_many.for_each(|set| set.labels = Vec::new());
        }
        let too_many = sets.par_iter_mut().filter(|set| set.n_kinds > most);
        too_many.for_each(|set| set.search(most));
        Self { sets, set_of }
    }

    /// The kinds of pods of one namespace, with so many lists of ports at most.
    pub(super) fn new_pods(
        &self,
        names: &PortNames<'_>,
        namespace: &str,
        most_lists: usize,
    ) -> NewPods {
        let set = self.set_of.get(namespace);
        let set = set.and_then(|place| self.sets.get(*place));
        let labels = set.map_or(&[][..], |set| &set.labels);
        let mut pods: Vec<NewPod> = labels.iter().map(NewPod::of).collect();
        let mut n_left = most_lists;
        let mut is_short_of_ports = false;
        for pod in &mut pods {
            let mut tries = names.tries(namespace, pod);
            is_short_of_ports |= tries.is_short || tries.lists.len() > n_left;
            tries.lists.truncate(n_left);
            n_left -= tries.lists.len();
            pod.port_lists = tries.lists;
        }
        NewPods {
            namespace: namespace.into(),
            pods,
            tried: set.map_or(Tried::SomeSelectors, |set| set.tried),
            is_short_of_ports,
        }
    }
}

impl<'a> Set<'a> {
    /// Before the search.
    fn new(selectors: Vec<&'a Selector>, n_namespaces: usize) -> Self {
        Self {
            selectors,
            n_namespaces,
            n_kinds: 0,
            labels: Vec::new(),
            tried: Tried::SomeSelectors,
        }
    }

    fn search(&mut self, most: usize) {
        let (mut labels, tried) = Space::new(&self.selectors).kinds(most);
        labels.sort_by(|one, two| (one.len(), one).cmp(&(two.len(), two)));
        (self.n_kinds, self.labels, self.tried) = (labels.len(), labels, tried);
    }
}

/// How many kinds a namespace can have for all together to be as many as there is room for.
fn most_kinds(sets: &[Set<'_>], limit: usize) -> usize {
    let sizes = sets
        .iter()
        .flat_map(|set| iter::repeat_n(set.n_kinds, set.n_namespaces));
    let sizes: Vec<usize> = sizes.collect();
    room::fair(&sizes, limit).clamp(1, MAX_KINDS)
}

#[cfg(test)]
mod tests;
