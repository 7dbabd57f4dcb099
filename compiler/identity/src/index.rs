//! Which of many selectors match a set of labels, without trying each of them.
//!
//! A selector with an `In` requirement can only match labels that carry one of its values, so it is
//! filed under one such requirement, the rarest it has. What has none is tried always.

use rustc_hash::FxHashMap;

use crate::{
    labels::LabelSet,
    selector::{Operator, Requirement, Selector},
};

/// An index over selectors; ids are their positions in the slice it was built from.
#[derive(Clone, Debug)]
pub struct SelectorIndex<'a> {
    selectors: &'a [Selector],
    by_label: FxHashMap<(&'a str, &'a str), Vec<u32>>,
    unfiled: Vec<u32>,
}

impl<'a> SelectorIndex<'a> {
    /// Files every selector.
    pub fn new(selectors: &'a [Selector]) -> Self {
        let mut popularity: FxHashMap<(&str, &str), u32> = FxHashMap::default();
        for requirement in selectors.iter().flat_map(Selector::requirements) {
            for label in labels_of(requirement) {
                *popularity.entry(label).or_default() += 1;
            }
        }
        let cost = |requirement: &'a Requirement| -> u32 {
            labels_of(requirement)
                .map(|label| popularity.get(&label).copied().unwrap_or(0))
                .sum()
        };
        let mut by_label: FxHashMap<_, Vec<u32>> = FxHashMap::default();
        let mut unfiled = Vec::new();
        for (id, selector) in (0u32..).zip(selectors) {
            let rarest = selector
                .requirements()
                .iter()
                .filter(|requirement| requirement.operator == Operator::In)
                .min_by_key(|requirement| cost(requirement));
            match rarest {
                Some(requirement) => {
                    for label in labels_of(requirement) {
                        by_label.entry(label).or_default().push(id);
                    }
                }
                None => unfiled.push(id),
            }
        }
        Self {
            selectors,
            by_label,
            unfiled,
        }
    }

    /// The ids of the selectors that match, ascending.
    pub fn matching(&self, labels: &LabelSet) -> Vec<u32> {
        let filed = labels
            .iter()
            .filter_map(|label| {
                self.by_label
                    .get(&(label.key.as_str(), label.value.as_str()))
            })
            .flatten();
        let mut matching: Vec<u32> = filed
            .chain(&self.unfiled)
            .copied()
            .filter(|&id| {
                self.selectors
                    .get(id as usize)
                    .is_some_and(|s| s.matches(labels))
            })
            .collect();
        matching.sort_unstable();
        matching.dedup();
        matching
    }
}

/// The (key, value) pairs one of which an `In` requirement needs. Sources are left to `matches`.
fn labels_of(requirement: &Requirement) -> impl Iterator<Item = (&str, &str)> {
    let values: &[String] = match requirement.operator {
        Operator::In => &requirement.values,
        Operator::NotIn | Operator::Exists | Operator::DoesNotExist => &[],
    };
    values
        .iter()
        .map(|value| (requirement.key.as_str(), value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::Label;

    #[test]
    fn the_index_finds_exactly_what_trying_each_selector_finds() {
        let requirement = |key: &str, operator, values: &[&str]| {
            Requirement::new(
                "any",
                key,
                operator,
                values.iter().map(|v| (*v).into()).collect(),
            )
        };
        let selectors = [
            Selector::default(),
            Selector::new(vec![requirement("app", Operator::In, &["web", "db"])]),
            Selector::new(vec![
                requirement("ns", Operator::In, &["a"]),
                requirement("app", Operator::In, &["web"]),
            ]),
            Selector::new(vec![requirement("app", Operator::NotIn, &["web"])]),
            Selector::new(vec![requirement("ns", Operator::Exists, &[])]),
        ];
        let index = SelectorIndex::new(&selectors);
        for app in ["web", "db", "x"] {
            for ns in ["a", "b"] {
                let labels = LabelSet::new(vec![
                    Label::new("k8s", "app", app),
                    Label::new("k8s", "ns", ns),
                ]);
                let slow: Vec<u32> = (0u32..)
                    .zip(&selectors)
                    .filter(|(_, selector)| selector.matches(&labels))
                    .map(|(id, _)| id)
                    .collect();
                assert_eq!(index.matching(&labels), slow, "{app} {ns}");
            }
        }
    }
}
