//! The search for labels that selectors tell apart.
//!
//! Every step has a bound, and what comes out says which of them was met. Must not know
//! namespaces.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};

use rustc_hash::{FxHashMap, FxHashSet};
use ztc_identity::{
    Label, LabelSet, Operator, Requirement, Selector,
    labels::{K8S, SERVICE_ACCOUNT},
};

use super::Labels;
use crate::made_up::DEFAULT_ACCOUNT;

/// How many kinds of pods a namespace can have, and of how many combinations of labels all are
/// tried.
pub(in super::super) const MAX_KINDS: usize = 4096;
/// How many combinations are tried where not all of them are.
const MAX_TRIED: usize = 2 * MAX_KINDS;
/// Of these, how many for what one selector asks for.
const MAX_OF_SELECTOR: usize = 16;
/// How many pairs of selectors are looked at.
const MAX_PAIRS: usize = 1 << 20;

/// How far a search for kinds of pods came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in super::super) enum Tried {
    /// Every combination of labels.
    All,
    /// What each selector asks for, and what every two of them do together.
    Pairs,
    /// What each selector asks for, and what some two of them do together.
    SomePairs,
    /// What some selectors ask for.
    SomeSelectors,
}

/// What labels can be.
pub(super) struct Space<'a> {
    selectors: &'a [&'a Selector],
    /// The values of each key that make a difference, but for its absence; first one that no
    /// selector names, where that does.
    values: BTreeMap<&'a str, Vec<String>>,
}

impl<'a> Space<'a> {
    pub(super) fn new(selectors: &'a [&'a Selector]) -> Self {
        let mut named: BTreeMap<&str, (BTreeSet<String>, bool)> = BTreeMap::new();
        for one in selectors.iter().flat_map(|one| one.requirements()) {
            let (values, has_others) = named.entry(&one.key).or_default();
            values.extend(one.values.iter().cloned());
            // A pod always has an account: without the default one it has another.
            *has_others |= one.operator != Operator::In || one.key == SERVICE_ACCOUNT;
        }
        let values = named.into_iter().map(|(key, (values, has_others))| {
            let other = has_others.then(|| unnamed(&values));
            (key, other.into_iter().chain(values).collect())
        });
        Self {
            selectors,
            values: values.collect(),
        }
    }

    /// Labels of each kind of pod once, `most` of them at most, and how far the search came.
    pub(super) fn kinds(&self, most: usize) -> (Vec<Labels>, Tried) {
        let all = self.all(most);
        all.map_or_else(|| self.some(most), |all| (all, Tried::All))
    }

    /// The kinds of all combinations of labels; `None` when there are too many.
    fn all(&self, most: usize) -> Option<Vec<Labels>> {
        let sizes = self.values.values().map(|values| values.len() + 1);
        let n = sizes.fold(1, usize::saturating_mul);
        if n > MAX_KINDS {
            return None;
        }
        let mut all = vec![Labels::new()];
        for (key, values) in &self.values {
            let of = |labels: &Labels| -> Vec<Labels> {
                let values = values.iter();
                values.map(|value| with(labels, key, value)).collect()
            };
            let more: Vec<Labels> = all.iter().flat_map(of).collect();
            all.extend(more);
        }
        // The fewest labels of a kind are what it is called by.
        all.sort_by(|one, two| (one.len(), one).cmp(&(two.len(), two)));
        let mut kinds = Kinds::new(self.selectors, most);
        all.into_iter()
            .all(|labels| kinds.add(labels))
            .then_some(kinds.found)
    }

    /// What selectors ask for and what two of them do together, as far as there is room.
    fn some(&self, most: usize) -> (Vec<Labels>, Tried) {
        let mut kinds = Kinds::new(self.selectors, most);
        kinds.add(Labels::new());
        let first = |selectors: &[&Selector]| self.meeting(selectors, 1).into_iter().next();
        for selector in self.selectors {
            if !first(&[selector]).is_none_or(|labels| kinds.add(labels)) {
                return (kinds.found, Tried::SomeSelectors);
            }
        }
        let mut n_pairs = 0;
        for (place, one) in self.selectors.iter().enumerate() {
            for two in self.selectors.iter().skip(place + 1) {
                n_pairs += 1;
                let has_room =
                    excludes(one, two) || first(&[one, two]).is_none_or(|labels| kinds.add(labels));
                if !has_room || n_pairs > MAX_PAIRS {
                    return (kinds.found, Tried::SomePairs);
                }
            }
        }
        for selector in self.selectors {
            let others = self.meeting(&[selector], MAX_OF_SELECTOR);
            if !others.into_iter().skip(1).all(|labels| kinds.add(labels)) {
                break;
            }
        }
        (kinds.found, Tried::Pairs)
    }

    /// Labels that meet selectors, `most` of them at most; nothing when none do. The first are as
    /// few as possible.
    fn meeting(&self, selectors: &[&Selector], most: usize) -> Vec<Labels> {
        let mut by_key: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
        for one in selectors
            .iter()
            .flat_map(|selector| selector.requirements())
        {
            by_key.entry(&one.key).or_default().push(one);
        }
        let mut all = vec![Labels::new()];
        for (key, requirements) in by_key {
            let own = self.of_key(key, &requirements, most);
            let and_own = |labels: &Labels| -> Vec<Labels> {
                own.iter().map(|own| both(labels, own)).collect()
            };
            all = all.iter().flat_map(and_own).take(most).collect();
        }
        all
    }

    /// What a label can be, absent first, for these requirements on it to hold.
    fn of_key(&self, key: &str, requirements: &[&Requirement], most: usize) -> Vec<Labels> {
        let mut few = requirements.iter();
        let few = few.find(|one| one.operator == Operator::In);
        let values = few.map(|one| &one.values).or(self.values.get(key));
        let values = values.into_iter().flatten();
        let labels = values.map(|value| with(&Labels::new(), key, value));
        let meets = |labels: &Labels| {
            let set = label_set(labels);
            requirements.iter().all(|one| one.matches(&set))
        };
        let all = iter::once(Labels::new()).chain(labels);
        all.filter(meets).take(most).collect()
    }
}

/// Kinds that were found. Of combinations of labels that the same selectors match one is enough.
struct Kinds<'a> {
    selectors: &'a [&'a Selector],
    /// Whether they match a pod without labels.
    bare: Vec<bool>,
    /// Selectors by the labels that make a difference to them; no value is any value.
    by_label: FxHashMap<(&'a str, Option<&'a str>), Vec<u32>>,
    most: usize,
    tried: FxHashSet<Labels>,
    /// For each kind, which selectors take it for something else than a pod without labels.
    seen: FxHashSet<Vec<u32>>,
    found: Vec<Labels>,
}

impl<'a> Kinds<'a> {
    fn new(selectors: &'a [&'a Selector], most: usize) -> Self {
        let bare = label_set(&Labels::new());
        let mut by_label: FxHashMap<_, Vec<u32>> = FxHashMap::default();
        for (id, selector) in (0u32..).zip(selectors) {
            for one in selector.requirements() {
                let key = one.key.as_str();
                // A pod always has an account, so that another one can be two differences.
                if one.values.is_empty() || key == SERVICE_ACCOUNT {
                    by_label.entry((key, None)).or_default().push(id);
                } else {
                    for value in &one.values {
                        let of_value = by_label.entry((key, Some(value.as_str())));
                        of_value.or_default().push(id);
                    }
                }
            }
        }
        Self {
            selectors,
            bare: selectors.iter().map(|one| one.matches(&bare)).collect(),
            by_label,
            most,
            tried: FxHashSet::default(),
            seen: FxHashSet::default(),
            found: Vec::new(),
        }
    }

    /// Tries labels; says whether there was room for them.
    fn add(&mut self, labels: Labels) -> bool {
        if self.tried.contains(&labels) {
            return true;
        }
        if self.tried.len() >= MAX_TRIED {
            return false;
        }
        let differ = self.differ(&labels);
        let is_known = self.seen.contains(&differ);
        let has_room = is_known || self.found.len() < self.most;
        if has_room && !is_known {
            self.seen.insert(differ);
            self.found.push(labels.clone());
        }
        self.tried.insert(labels);
        has_room
    }

    /// The selectors that take a pod with these labels for something else than one without.
    fn differ(&self, labels: &Labels) -> Vec<u32> {
        let set = label_set(labels);
        let keys = labels.iter().flat_map(|(key, value)| {
            let key = key.as_str();
            [(key, None), (key, Some(value.as_str()))]
        });
        let differs = |id: &u32| {
            let place = *id as usize;
            let now = self.selectors.get(place).map(|one| one.matches(&set));
            now != self.bare.get(place).copied()
        };
        let selectors = keys.filter_map(|key| self.by_label.get(&key)).flatten();
        let differ: BTreeSet<u32> = selectors.copied().filter(differs).collect();
        differ.into_iter().collect()
    }
}

/// Whether two selectors ask for different values of one label: most pairs do, and this is quick.
fn excludes(one: &Selector, two: &Selector) -> bool {
    let is_in = |one: &&Requirement| one.operator == Operator::In;
    let of_two = || two.requirements().iter().filter(is_in);
    one.requirements().iter().filter(is_in).any(|one| {
        of_two().any(|two| {
            let is_other = |value: &String| two.values.binary_search(value).is_err();
            one.key == two.key && one.values.iter().all(is_other)
        })
    })
}

/// These labels and those.
fn both(one: &Labels, two: &Labels) -> Labels {
    let labels = one.iter().chain(two);
    labels
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// These labels and one more.
fn with(labels: &Labels, key: &str, value: &str) -> Labels {
    let mut labels = labels.clone();
    labels.insert(key.to_owned(), value.to_owned());
    labels
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

/// A value that no selector names.
fn unnamed(values: &BTreeSet<String>) -> String {
    let mut name = String::from("other");
    while values.contains(&name) {
        name.push_str("-x");
    }
    name
}
