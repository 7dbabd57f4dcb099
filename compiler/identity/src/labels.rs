//! What selectors see of a pod: its identity labels (SEMANTICS.md).

use crate::filter::LabelFilter;

/// The source of a label that Kubernetes gave.
pub const K8S: &str = "k8s";
/// The source of a reserved label.
pub const RESERVED: &str = "reserved";
/// The source that stands for every source in a selector.
pub const ANY: &str = "any";

/// Key of the label that carries a pod's namespace.
pub const NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// Prefix of the keys that carry the labels of a pod's namespace.
pub const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";
/// Key of the label that carries a pod's cluster.
pub const CLUSTER: &str = "io.cilium.k8s.policy.cluster";
/// Key of the label that carries a pod's service account.
pub const SERVICE_ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";
/// The label every namespace has, with its name as value.
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";
/// Labels that a pod's owner may not forge: Cilium drops pod labels that begin so.
const CILIUM_PREFIX: &str = "io.cilium.k8s";

/// A label with its source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Label {
    /// Key, without the source.
    pub key: String,
    /// `k8s`, `reserved`, …
    pub source: String,
    /// Value, empty for none.
    pub value: String,
}

impl Label {
    /// A label.
    pub fn new(source: &str, key: &str, value: &str) -> Self {
        Self {
            source: source.into(),
            key: key.into(),
            value: value.into(),
        }
    }
}

/// A set of labels, sorted by key, then source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct LabelSet {
    labels: Vec<Label>,
}

impl LabelSet {
    /// A set of any labels; of two with the same source and key the first wins.
    pub fn new(mut labels: Vec<Label>) -> Self {
        labels.sort_by(|a, b| (&a.key, &a.source).cmp(&(&b.key, &b.source)));
        labels.dedup_by(|b, a| a.key == b.key && a.source == b.source);
        Self { labels }
    }

    /// The labels, sorted by key, then source.
    pub fn iter(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter()
    }

    /// The value of the first label with this key, of this source or of any.
    pub fn value(&self, source: &str, key: &str) -> Option<&str> {
        let first = self
            .labels
            .partition_point(|label| label.key.as_str() < key);
        self.labels
            .get(first..)?
            .iter()
            .take_while(|label| label.key == key)
            .find(|label| source == ANY || label.source == source)
            .map(|label| label.value.as_str())
    }
}

/// What is known of a pod before it has an identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PodFacts<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// The labels of its namespace, as (key, value).
    pub namespace_labels: &'a [(String, String)],
    /// Its own labels, as (key, value).
    pub labels: &'a [(String, String)],
    /// Its service account; empty when not known.
    pub service_account: &'a str,
    /// The cluster it runs in.
    pub cluster: &'a str,
}

impl PodFacts<'_> {
    /// The identity labels: what the filter leaves of the pod's own labels, namespace, namespace
    /// labels, cluster and service account.
    pub fn identity_labels(&self, filter: &LabelFilter) -> LabelSet {
        let mut labels = Vec::with_capacity(self.labels.len() + self.namespace_labels.len() + 4);
        let mut keep = |key: &str, value: &str| {
            if filter.keeps(K8S, key) {
                labels.push(Label::new(K8S, key, value));
            }
        };
        for (key, value) in self.labels {
            if !key.starts_with(CILIUM_PREFIX) && key != NAMESPACE {
                keep(key, value);
            }
        }
        keep(NAMESPACE, self.namespace);
        for (key, value) in self.namespace_labels {
            if key != NAMESPACE_NAME {
                keep(&format!("{NAMESPACE_LABELS}{key}"), value);
            }
        }
        keep(
            &format!("{NAMESPACE_LABELS}{NAMESPACE_NAME}"),
            self.namespace,
        );
        keep(CLUSTER, self.cluster);
        if !self.service_account.is_empty() {
            keep(SERVICE_ACCOUNT, self.service_account);
        }
        LabelSet::new(labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_labels_are_filtered_and_carry_namespace_cluster_and_service_account() {
        let facts = PodFacts {
            namespace: "shop",
            namespace_labels: &[("team".into(), "a".into())],
            labels: &[
                ("app".into(), "web".into()),
                ("pod-template-hash".into(), "5d4".into()),
                ("io.cilium.k8s.policy.cluster".into(), "forged".into()),
            ],
            service_account: "web",
            cluster: "default",
        };
        let set = facts.identity_labels(&LabelFilter::default());
        let seen: Vec<_> = set
            .iter()
            .map(|label| (label.key.as_str(), label.value.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("app", "web"),
                (
                    "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name",
                    "shop"
                ),
                ("io.cilium.k8s.namespace.labels.team", "a"),
                ("io.cilium.k8s.policy.cluster", "default"),
                ("io.cilium.k8s.policy.serviceaccount", "web"),
                ("io.kubernetes.pod.namespace", "shop"),
            ]
        );
        assert_eq!(set.value(ANY, "app"), Some("web"));
        assert_eq!(set.value("container", "app"), None);
    }
}
