//! Selectors of Cilium's kinds: sources of keys, and the scope that a selector gets from where it
//! is written (SEMANTICS.md, selectors and labels).

use ztc_identity::{
    Operator, Requirement, Selector,
    labels::{ANY, CLUSTER, K8S, NAMESPACE, NAMESPACE_LABELS, RESERVED},
};
use ztc_syntax as syntax;

use super::{
    SelectorId,
    build::Draft,
    from_network_policy::{equals, operator},
};
use crate::errors;

/// What a rule's selectors are read against: where the rule is from.
pub(super) struct Scope<'a> {
    /// The policy's namespace; `None` for a clusterwide policy.
    pub(super) namespace: Option<&'a str>,
    /// Whether the subject's selector mentions `reserved:init`.
    pub(super) subject_is_init: bool,
}

impl<'a> Scope<'a> {
    /// The scope of a rule with this subject.
    pub(super) fn new(namespace: Option<&'a str>, subject: &syntax::LabelSelector) -> Self {
        let keys = subject.requirements.iter().map(|r| key(&r.key.value));
        Self {
            namespace,
            subject_is_init: keys.into_iter().any(|key| key == (RESERVED, "init")),
        }
    }
}

/// The pods a rule applies to.
pub(super) fn subject(
    written: &syntax::LabelSelector,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
) -> SelectorId {
    check_sources(written, draft);
    let mut requirements = Vec::new();
    for requirement in &written.requirements {
        let (source, name) = key(&requirement.key.value);
        // The policy's own namespace overwrites an equality on `k8s:` + the namespace key;
        // an expression, or another source, is kept and both must hold.
        let overwritten = source == K8S && name == NAMESPACE && requirement.from_match_labels;
        if !(scope.namespace.is_some() && overwritten) {
            requirements.push(convert(requirement));
        }
    }
    if let Some(namespace) = scope.namespace {
        requirements.push(equals(NAMESPACE, namespace));
    }
    draft.selector(Selector::new(requirements))
}

/// A peer by its labels.
pub(super) fn peer(
    written: &syntax::LabelSelector,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
) -> SelectorId {
    check_sources(written, draft);
    let mut requirements = converted(written);
    // A reserved key anywhere lifts all scoping (SEMANTICS.md S13).
    if !requirements.iter().any(|r| r.source == RESERVED) {
        if !mentions(&requirements, NAMESPACE) {
            let by_label = requirements
                .iter()
                .any(|r| is_pod_source(r) && r.key.starts_with(NAMESPACE_LABELS));
            match scope.namespace {
                Some(_) if by_label => {}
                Some(namespace) => requirements.push(equals(NAMESPACE, namespace)),
                None if scope.subject_is_init => {}
                None => requirements.push(exists(K8S, NAMESPACE)),
            }
        }
        add_cluster(&mut requirements, draft);
    }
    draft.selector(Selector::new(requirements))
}

/// Other nodes by their labels: never the local one.
pub(super) fn node_peer(written: &syntax::LabelSelector, draft: &mut Draft<'_>) -> SelectorId {
    let mut requirements = converted(written);
    requirements.push(exists(RESERVED, "remote-node"));
    if draft.options.policy_default_local_cluster && !mentions(&requirements, CLUSTER) {
        let cluster = vec![draft.options.cluster.clone()];
        requirements.push(Requirement::new("node", CLUSTER, Operator::In, cluster));
    }
    draft.selector(Selector::new(requirements))
}

/// A selector as written, without any scope: for the labels of services and CIDR groups.
pub(super) fn unscoped(written: &syntax::LabelSelector) -> Selector {
    Selector::new(converted(written))
}

/// The pods behind a service.
pub(super) fn service(
    namespace: &str,
    selector: &[(String, String)],
    draft: &mut Draft<'_>,
) -> SelectorId {
    let mut requirements: Vec<Requirement> = selector
        .iter()
        .map(|(key, value)| equals(key, value))
        .collect();
    requirements.push(equals(NAMESPACE, namespace));
    add_cluster(&mut requirements, draft);
    draft.selector(Selector::new(requirements))
}

/// Keeps peers to the local cluster, unless they say otherwise or the options do.
fn add_cluster(requirements: &mut Vec<Requirement>, draft: &Draft<'_>) {
    if draft.options.policy_default_local_cluster && !mentions(requirements, CLUSTER) {
        requirements.push(equals(CLUSTER, &draft.options.cluster));
    }
}

fn exists(source: &str, key: &str) -> Requirement {
    Requirement::new(source, key, Operator::Exists, vec![])
}

fn is_pod_source(requirement: &Requirement) -> bool {
    requirement.source == K8S || requirement.source == ANY
}

fn mentions(requirements: &[Requirement], name: &str) -> bool {
    let mut requirements = requirements.iter();
    requirements.any(|r| r.key == name && (is_pod_source(r) || r.source == "node"))
}

/// Refuses keys of sources that no pod and no named peer has labels of.
fn check_sources(written: &syntax::LabelSelector, draft: &mut Draft<'_>) {
    for requirement in &written.requirements {
        let (source, _) = key(&requirement.key.value);
        let unknown = ["cidr", "cidrgroup", "fqdn"].contains(&source)
            || source == "node" && !draft.options.enable_node_selector_labels;
        if unknown {
            let found = errors::unsupported_source(source, requirement.key.span);
            draft.refuse(found);
        }
    }
}

fn converted(written: &syntax::LabelSelector) -> Vec<Requirement> {
    written.requirements.iter().map(convert).collect()
}

fn convert(written: &syntax::Requirement) -> Requirement {
    let (source, name) = key(&written.key.value);
    let values = written.values.iter().map(|value| value.value.clone());
    let operator = operator(written.operator);
    Requirement::new(source, name, operator, values.collect())
}

/// Splits a key as written into source and name.
fn key(written: &str) -> (&str, &str) {
    if let Some(name) = written.strip_prefix('$') {
        return (RESERVED, name);
    }
    if let Some((source, name)) = written.split_once(':') {
        return (source, name);
    }
    // The legacy spelling `reserved.host`; every other dotted key is a plain one.
    match written.strip_prefix("reserved.") {
        Some(name) => (RESERVED, name),
        None => (ANY, written),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_source_means_any_source_but_for_two_legacy_spellings_of_reserved() {
        assert_eq!(key("app"), (ANY, "app"));
        assert_eq!(key("any:app"), (ANY, "app"));
        assert_eq!(key("k8s:app"), (K8S, "app"));
        assert_eq!(key("k8s.foo"), (ANY, "k8s.foo"));
        assert_eq!(key("reserved.host"), (RESERVED, "host"));
        assert_eq!(key("$host"), (RESERVED, "host"));
    }
}
