//! The kinds of pods that policies can tell apart in a namespace, each by its fewest labels.
//!
//! What matters of a pod is which selectors match it. The labels that selectors ask for, each
//! absent, with each of the values that are named and with one that none names, are all that can
//! make a difference; of combinations that the same selectors match one is enough. Must not know
//! what rules do with a selector.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use ztc_identity::{
    Label, LabelSet, Operator, PodFacts, Requirement,
    labels::{ANY, K8S, NAMESPACE, SERVICE_ACCOUNT},
};
use ztc_policy::Analysis;

use crate::made_up::{DEFAULT_ACCOUNT, MadeUp};

/// How many combinations of labels are tried in one namespace.
const MAX_COMBINATIONS: usize = 4096;
/// Where there are more: for one selector.
const MAX_OF_SELECTOR: usize = 16;

/// Labels by key; the key [`SERVICE_ACCOUNT`] stands for the account.
type Labels = BTreeMap<String, String>;

/// The kinds of new pods of a namespace.
pub(super) struct NewPods {
    /// Its name.
    pub(super) namespace: String,
    /// Each kind once; first the pod without labels, then those with fewer.
    pub(super) pods: Vec<NewPod>,
    /// Whether these are all kinds.
    pub(super) is_exact: bool,
}

/// One kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct NewPod {
    /// Sorted by key.
    pub(super) labels: Vec<(String, String)>,
    /// `None` for the default one.
    pub(super) service_account: Option<String>,
}

impl NewPods {
    /// The pods as the compiler takes them.
    pub(super) fn made_up(&self) -> impl Iterator<Item = MadeUp> {
        self.pods.iter().map(|pod| pod.made_up(&self.namespace))
    }
}

impl NewPod {
    /// This pod in a namespace.
    pub(super) fn made_up(&self, namespace: &str) -> MadeUp {
        MadeUp::new(namespace, self.labels.clone(), self.service_account.clone())
    }

    fn of(labels: &Labels) -> Self {
        let own = labels.iter().filter(|(key, _)| *key != SERVICE_ACCOUNT);
        Self {
            labels: own
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            service_account: labels.get(SERVICE_ACCOUNT).cloned(),
        }
    }
}

/// What selectors ask of a pod itself, by what they ask of its namespace and cluster, which it
/// does not choose.
pub(super) struct Asked<'a>(BTreeMap<Vec<&'a Requirement>, BTreeSet<Vec<&'a Requirement>>>);

impl<'a> Asked<'a> {
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
                asked.entry(given).or_default().insert(chosen);
            }
        }
        Self(asked)
    }

    /// By those that can match a pod of a namespace.
    fn in_namespace(
        &self,
        analysis: &Analysis,
        namespace: &str,
    ) -> BTreeSet<&Vec<&'a Requirement>> {
        let known = analysis.cluster.namespace(namespace);
        let facts = PodFacts {
            namespace,
            namespace_labels: known.map_or(&[][..], |known| &known.labels),
            labels: &[],
            service_account: DEFAULT_ACCOUNT,
            cluster: &analysis.cluster.name,
        };
        let labels = facts.identity_labels(&analysis.options.labels);
        let matching = self
            .0
            .iter()
            .filter(|(given, _)| given.iter().all(|one| one.matches(&labels)));
        matching.flat_map(|(_, chosen)| chosen).collect()
    }
}

/// The kinds of pods of one namespace.
pub(super) fn new_pods(analysis: &Analysis, asked: &Asked<'_>, namespace: &str) -> NewPods {
    let selectors = asked.in_namespace(analysis, namespace);
    let space = Space::new(&selectors);
    let combinations = space.all();
    let is_exact = combinations.is_some();
    let mut combinations = combinations.unwrap_or_else(|| space.some());
    combinations.push(Labels::new());
    combinations.sort_by(|one, two| (one.len(), one).cmp(&(two.len(), two)));
    let mut seen: FxHashSet<Vec<bool>> = FxHashSet::default();
    combinations.retain(|labels| seen.insert(space.matched(labels)));
    NewPods {
        namespace: namespace.into(),
        pods: combinations.iter().map(NewPod::of).collect(),
        is_exact,
    }
}

/// What labels can be.
struct Space<'a> {
    selectors: &'a BTreeSet<&'a Vec<&'a Requirement>>,
    /// The values of each key that make a difference, but for its absence.
    values: BTreeMap<&'a str, Vec<String>>,
}

impl<'a> Space<'a> {
    fn new(selectors: &'a BTreeSet<&'a Vec<&'a Requirement>>) -> Self {
        let mut named: BTreeMap<&str, (BTreeSet<String>, bool)> = BTreeMap::new();
        for one in selectors.iter().copied().flatten() {
            let (values, has_others) = named.entry(&one.key).or_default();
            values.extend(one.values.iter().cloned());
            *has_others |= one.operator != Operator::In;
        }
        let values = named.into_iter().map(|(key, (values, has_others))| {
            let mut all: Vec<String> = values.iter().cloned().collect();
            if has_others {
                all.push(unnamed(&values));
            }
            (key, all)
        });
        Self {
            selectors,
            values: values.collect(),
        }
    }

    /// Every combination; `None` when there are too many.
    fn all(&self) -> Option<Vec<Labels>> {
        let sizes = self.values.values().map(|values| values.len() + 1);
        let n = sizes.fold(1, usize::saturating_mul);
        (n <= MAX_COMBINATIONS).then(|| combinations(&self.values))
    }

    /// What each selector asks for, and what every two of them do together.
    fn some(&self) -> Vec<Labels> {
        let mut singles: BTreeSet<Labels> = BTreeSet::new();
        for selector in self.selectors {
            let own = |key: &&str| selector.iter().any(|one| one.key == **key);
            let keys = self.values.iter().filter(|(key, _)| own(key));
            let values = keys.map(|(key, values)| (*key, values.clone())).collect();
            let meets = |labels: &Labels| meets(selector, labels);
            let mut all = combinations(&values);
            all.retain(meets);
            all.sort_by_key(BTreeMap::len);
            singles.extend(all.into_iter().take(MAX_OF_SELECTOR));
        }
        let mut found: Vec<Labels> = singles.iter().cloned().collect();
        for (place, one) in singles.iter().enumerate() {
            for two in singles.iter().skip(place + 1) {
                if found.len() >= MAX_COMBINATIONS {
                    return found;
                }
                let agrees = |(key, value)| one.get(key).is_none_or(|known| known == value);
                if two.iter().all(agrees) {
                    found.push(
                        one.iter()
                            .chain(two)
                            .map(|(k, v)| (k.clone(), v.clone()))
                            .collect(),
                    );
                }
            }
        }
        found
    }

    /// Which selectors match.
    fn matched(&self, labels: &Labels) -> Vec<bool> {
        let set = label_set(labels);
        let selectors = self.selectors.iter();
        selectors
            .map(|selector| selector.iter().all(|one| one.matches(&set)))
            .collect()
    }
}

/// Whether a pod with these labels has what a selector asks of it.
fn meets(selector: &[&Requirement], labels: &Labels) -> bool {
    let set = label_set(labels);
    selector.iter().all(|one| one.matches(&set))
}

/// A pod always has an account.
fn label_set(labels: &Labels) -> LabelSet {
    let account = (!labels.contains_key(SERVICE_ACCOUNT))
        .then(|| Label::new(K8S, SERVICE_ACCOUNT, DEFAULT_ACCOUNT));
    let labels = labels
        .iter()
        .map(|(key, value)| Label::new(K8S, key, value));
    LabelSet::new(labels.chain(account).collect())
}

/// Every choice of one value or none for each key, as long as there are not too many.
fn combinations(values: &BTreeMap<&str, Vec<String>>) -> Vec<Labels> {
    let mut all = vec![Labels::new()];
    for (key, values) in values {
        if all.len().saturating_mul(values.len() + 1) > MAX_COMBINATIONS {
            break;
        }
        let with = |labels: &Labels, value: &String| {
            let mut labels = labels.clone();
            labels.insert((*key).to_owned(), value.clone());
            labels
        };
        let of = |labels: &Labels| -> Vec<Labels> {
            values.iter().map(|value| with(labels, value)).collect()
        };
        let more: Vec<Labels> = all.iter().flat_map(of).collect();
        all.extend(more);
    }
    all
}

/// A value that no selector names.
fn unnamed(values: &BTreeSet<String>) -> String {
    let mut name = String::from("other");
    while values.contains(&name) {
        name.push('-');
        name.push('x');
    }
    name
}

#[cfg(test)]
mod tests;
