//! Which labels are part of an identity: Cilium's default label filter (SEMANTICS.md).
//!
//! A label is kept iff no ignore pattern matches its key, or the longest include match is longer
//! than the shortest ignore match. All default patterns are literal prefixes, but for one that may
//! begin anywhere, so no regular expressions are needed.

use crate::labels::RESERVED;

/// Prefixes that keep a label.
const INCLUDE: [&str; 5] = [
    "io.kubernetes.pod.namespace",
    "io.cilium.k8s.namespace.labels",
    "app.kubernetes.io",
    "io.cilium.k8s.policy.cluster",
    "io.cilium.k8s.policy.serviceaccount",
];

/// Prefixes that drop one.
const IGNORE: [&str; 14] = [
    "io.kubernetes",
    "kubernetes.io",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/controller-uid",
    "k8s.io",
    "pod-template-generation",
    "pod-template-hash",
    "controller-revision-hash",
    "controller-uid",
    "annotation",
    "etcd_node",
    "topology.kubernetes.io",
];

/// The one ignore pattern with a free prefix. Its match is greedy: it ends with the last one.
const IGNORE_ANYWHERE: &str = "beta.kubernetes.io";

/// Whether a label is part of an identity.
pub fn keeps(source: &str, key: &str) -> bool {
    if source == RESERVED {
        return true;
    }
    let include = longest(&INCLUDE, key);
    let anywhere = key
        .rfind(IGNORE_ANYWHERE)
        .map(|start| start + IGNORE_ANYWHERE.len());
    let ignore = IGNORE
        .iter()
        .filter(|prefix| key.starts_with(**prefix))
        .map(|prefix| prefix.len())
        .chain(anywhere)
        .min()
        .unwrap_or(0);
    ignore == 0 || include > ignore
}

fn longest(prefixes: &[&str], key: &str) -> usize {
    prefixes
        .iter()
        .filter(|prefix| key.starts_with(**prefix))
        .map(|prefix| prefix.len())
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::keeps;

    #[test]
    fn the_default_filter_drops_what_controllers_add_and_keeps_the_rest() {
        for dropped in [
            "pod-template-hash",
            "controller-revision-hash",
            "kubernetes.io/arch",
            "k8s.io/x",
            "topology.kubernetes.io/zone",
            "statefulset.kubernetes.io/pod-name",
            "apps.kubernetes.io/pod-index",
            "batch.kubernetes.io/controller-uid",
            "node.beta.kubernetes.io/x",
            "annotation.team",
            "io.kubernetes.container",
        ] {
            assert!(!keeps("k8s", dropped), "{dropped}");
        }
        for kept in [
            "app",
            "app.kubernetes.io/name",
            "io.kubernetes.pod.namespace",
            "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name",
            "batch.kubernetes.io/job-name",
            "my.kubernetes.io/x",
        ] {
            assert!(keeps("k8s", kept), "{kept}");
        }
    }

    #[test]
    fn a_namespace_label_with_beta_kubernetes_io_is_dropped_although_its_prefix_is_kept() {
        assert!(!keeps(
            "k8s",
            "io.cilium.k8s.namespace.labels.beta.kubernetes.io/arch"
        ));
    }

    #[test]
    fn reserved_labels_are_never_dropped() {
        assert!(keeps("reserved", "host"));
    }
}
