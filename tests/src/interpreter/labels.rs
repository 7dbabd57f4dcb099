//! Labels and selectors (SEMANTICS.md).

use std::collections::BTreeMap;

use serde_json::Value;

use super::filter::Filter;

pub(super) const NAMESPACE: &str = "io.kubernetes.pod.namespace";
pub(super) const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";
pub(super) const CLUSTER: &str = "io.cilium.k8s.policy.cluster";
const SERVICE_ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";

/// A label with its source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Label {
    pub(super) source: String,
    pub(super) key: String,
    pub(super) value: String,
}

pub(super) fn label(source: &str, key: &str, value: &str) -> Label {
    Label {
        source: source.into(),
        key: key.into(),
        value: value.into(),
    }
}

/// What selectors see of a pod of cluster `default`.
pub(super) fn identity_labels(
    namespace: &str,
    namespace_labels: &BTreeMap<String, String>,
    pod_labels: &BTreeMap<String, String>,
    service_account: &str,
    filter: &Filter,
) -> Vec<Label> {
    let mut labels = Vec::new();
    for (key, value) in pod_labels {
        if !key.starts_with("io.cilium.k8s") && key != NAMESPACE {
            labels.push(label("k8s", key, value));
        }
    }
    for (key, value) in namespace_labels {
        labels.push(label("k8s", &format!("{NAMESPACE_LABELS}{key}"), value));
    }
    labels.push(label("k8s", NAMESPACE, namespace));
    labels.push(label("k8s", CLUSTER, "default"));
    labels.push(label("k8s", SERVICE_ACCOUNT, service_account));
    labels.retain(|label| filter.keeps(&label.key));
    labels
}

/// One requirement of a selector.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// `any` accepts every source.
    pub(super) source: String,
    pub(super) key: String,
    pub(super) operator: String,
    pub(super) values: Vec<String>,
    pub(super) from_match_labels: bool,
}

impl Term {
    pub(super) fn new(source: &str, key: &str, operator: &str, values: &[&str]) -> Self {
        Self {
            source: source.into(),
            key: key.into(),
            operator: operator.into(),
            values: values.iter().map(|value| (*value).into()).collect(),
            from_match_labels: false,
        }
    }

    fn matches(&self, labels: &[Label]) -> bool {
        let found = labels.iter().find(|label| {
            label.key == self.key && (self.source == "any" || label.source == self.source)
        });
        match (self.operator.as_str(), found) {
            ("In", Some(label)) => self.values.contains(&label.value),
            ("In", None) => false,
            ("NotIn", Some(label)) => !self.values.contains(&label.value),
            ("NotIn", None) => true,
            ("Exists", found) => found.is_some(),
            ("DoesNotExist", found) => found.is_none(),
            (operator, _) => panic!("an operator that Kubernetes does not have: {operator}"),
        }
    }
}

/// All terms hold; none matches everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    pub(super) terms: Vec<Term>,
}

impl Selector {
    /// Reads `matchLabels` and `matchExpressions`; `key` turns a key as written into a source and a
    /// key.
    pub(super) fn read(selector: &Value, key: impl Fn(&str) -> (String, String)) -> Self {
        let mut terms = Vec::new();
        for (written, value) in selector["matchLabels"].as_object().into_iter().flatten() {
            let (source, key) = key(written);
            terms.push(Term {
                source,
                key,
                operator: "In".into(),
                values: vec![text(value)],
                from_match_labels: true,
            });
        }
        for expression in list(&selector["matchExpressions"]) {
            let (source, key) = key(&text(&expression["key"]));
            terms.push(Term {
                source,
                key,
                operator: text(&expression["operator"]),
                values: list(&expression["values"]).iter().map(text).collect(),
                from_match_labels: false,
            });
        }
        Self { terms }
    }

    /// Whether every term holds for these labels.
    pub(super) fn matches(&self, labels: &[Label]) -> bool {
        self.terms.iter().all(|term| term.matches(labels))
    }

    /// Adds a term.
    pub(super) fn require(&mut self, source: &str, key: &str, operator: &str, values: &[&str]) {
        self.terms.push(Term::new(source, key, operator, values));
    }
}

/// A string, or what YAML made of an unquoted one.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The elements of a list; none when there is no list.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Names and texts of a mapping; none when there is no mapping.
pub(super) fn map(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries
        .map(|(key, value)| (key.clone(), text(value)))
        .collect()
}
