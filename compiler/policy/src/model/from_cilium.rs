//! What a CiliumNetworkPolicy and a CiliumClusterwideNetworkPolicy mean (SEMANTICS.md).

use ztc_diag::Sink;
use ztc_identity::{
    Operator, Requirement, Selector,
    labels::{ANY, CLUSTER, K8S, NAMESPACE, NAMESPACE_LABELS, RESERVED},
};
use ztc_syntax as syntax;

use super::{
    Action, Cidr, Direction, Peer, PeerTerm, Peers, Ports, Rule, SelectorId,
    build::Draft,
    from_network_policy::{equals, operator, port_terms},
};
use crate::errors;

/// What a rule's peers are read against: where the rule is from.
struct Scope<'a> {
    /// The policy's namespace; `None` for a clusterwide policy.
    namespace: Option<&'a str>,
    /// Whether the subject's selector mentions `reserved:init`.
    subject_is_init: bool,
}

/// Adds the rules of one policy.
pub(super) fn translate(
    policy: &syntax::CiliumNetworkPolicy,
    namespace: &str,
    draft: &mut Draft<'_>,
    sink: &mut Sink,
) {
    for rule in &policy.rules {
        let scope = Scope {
            namespace: (!policy.clusterwide).then_some(namespace),
            subject_is_init: rule
                .endpoint_selector
                .requirements
                .iter()
                .any(|requirement| key(&requirement.key.value) == (RESERVED, "init")),
        };
        let subject = subject(&rule.endpoint_selector, &scope, draft, sink);
        translate_rule(rule, subject, &scope, draft, sink);
    }
}

fn translate_rule(
    rule: &syntax::CiliumRule,
    subject: SelectorId,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
    sink: &mut Sink,
) {
    let elements = |list: &'_ syntax::List<syntax::CiliumElement>| {
        list.as_ref().map_or(0, |list| list.value.len())
    };
    let ingress_isolates = rule.default_deny_ingress.map_or(
        elements(&rule.ingress) + elements(&rule.ingress_deny) > 0,
        |set| set.value,
    );
    let egress_isolates = rule.default_deny_egress.map_or(
        elements(&rule.egress) + elements(&rule.egress_deny) > 0,
        |set| set.value,
    );
    for (list, name, direction, action, isolates) in [
        (
            &rule.ingress,
            "ingress",
            Direction::Ingress,
            Action::Allow,
            ingress_isolates,
        ),
        (
            &rule.ingress_deny,
            "ingressDeny",
            Direction::Ingress,
            Action::Deny,
            ingress_isolates,
        ),
        (
            &rule.egress,
            "egress",
            Direction::Egress,
            Action::Allow,
            egress_isolates,
        ),
        (
            &rule.egress_deny,
            "egressDeny",
            Direction::Egress,
            Action::Deny,
            egress_isolates,
        ),
    ] {
        let Some(list) = list else { continue };
        for (index, element) in list.value.iter().enumerate() {
            let peers = peers(element, scope, draft, sink);
            let ports = ports(element, draft);
            draft.push(Rule {
                policy: draft.policy(),
                span: element.span,
                path: format!("{}.{name}[{index}]", rule.path),
                subject,
                subject_span: rule.endpoint_selector.span,
                direction,
                action,
                isolates,
                peers,
                ports,
            });
        }
    }
}

/// The empty-versus-absent table of SEMANTICS.md.
fn peers(
    element: &syntax::CiliumElement,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
    sink: &mut Sink,
) -> Peers {
    fn is_empty<T>(list: &syntax::List<T>) -> bool {
        list.as_ref().is_some_and(|list| list.value.is_empty())
    }
    fn items<T>(list: &syntax::List<T>) -> &[T] {
        list.as_ref().map_or(&[], |list| list.value.as_slice())
    }
    // A list that is there and empty matches nothing, even beside a real one.
    if is_empty(&element.endpoints)
        || is_empty(&element.entities)
        || is_empty(&element.cidr)
        || is_empty(&element.cidr_set)
    {
        return Peers::Terms(Vec::new());
    }
    let mut terms = Vec::new();
    for selector in items(&element.endpoints) {
        let id = peer_selector(selector, scope, draft, sink);
        terms.push(Peer {
            term: PeerTerm::Selector(id),
            span: selector.span,
        });
    }
    for entity in items(&element.entities) {
        terms.push(Peer {
            term: PeerTerm::Entity(entity.value),
            span: entity.span,
        });
    }
    for prefix in items(&element.cidr) {
        let id = draft.cidr(Cidr {
            prefix: prefix.value,
            except: Vec::new(),
        });
        terms.push(Peer {
            term: PeerTerm::Cidr(id),
            span: prefix.span,
        });
    }
    for set in items(&element.cidr_set) {
        let except = set.except.iter().map(|except| except.value).collect();
        let id = draft.cidr(Cidr {
            prefix: set.cidr.value,
            except,
        });
        terms.push(Peer {
            term: PeerTerm::Cidr(id),
            span: set.span,
        });
    }
    let has_ports = !items(&element.to_ports).is_empty();
    if terms.is_empty() && has_ports {
        Peers::All
    } else {
        Peers::Terms(terms)
    }
}

fn ports(element: &syntax::CiliumElement, draft: &mut Draft<'_>) -> Ports {
    let Some(list) = element
        .to_ports
        .as_ref()
        .filter(|list| !list.value.is_empty())
    else {
        return Ports::All;
    };
    // An element without ports matches nothing, so it adds no term.
    let ports = list
        .value
        .iter()
        .flat_map(|rule| &rule.ports)
        .flat_map(|ports| &ports.value);
    Ports::Terms(port_terms(ports, syntax::Protocol::Any, draft))
}

// === selectors (SEMANTICS.md) ===

fn subject(
    written: &syntax::LabelSelector,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
    sink: &mut Sink,
) -> SelectorId {
    let mut requirements = Vec::new();
    for requirement in &written.requirements {
        let (source, name) = key(&requirement.key.value);
        // The policy's own namespace overwrites an equality on `k8s:` + the namespace key;
        // an expression, or another source, is kept and both must hold.
        let overwritten = source == K8S && name == NAMESPACE && requirement.from_match_labels;
        if !(scope.namespace.is_some() && overwritten) {
            requirements.push(convert(requirement, sink));
        }
    }
    if let Some(namespace) = scope.namespace {
        requirements.push(equals(NAMESPACE, namespace));
    }
    draft.selector(Selector::new(requirements))
}

fn peer_selector(
    written: &syntax::LabelSelector,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
    sink: &mut Sink,
) -> SelectorId {
    let mut requirements: Vec<Requirement> = written
        .requirements
        .iter()
        .map(|requirement| convert(requirement, sink))
        .collect();
    let keys: Vec<(String, String)> = requirements
        .iter()
        .map(|r| (r.source.clone(), r.key.clone()))
        .collect();
    let mentions = |name: &str| {
        keys.iter()
            .any(|(source, key)| key == name && (source == K8S || source == ANY))
    };
    // A reserved key anywhere lifts all scoping (SEMANTICS.md S13).
    if !keys.iter().any(|(source, _)| source == RESERVED) {
        if !mentions(NAMESPACE) {
            match scope.namespace {
                Some(namespace) => {
                    let by_label = keys.iter().any(|(source, key)| {
                        (source == K8S || source == ANY) && key.starts_with(NAMESPACE_LABELS)
                    });
                    if !by_label {
                        requirements.push(equals(NAMESPACE, namespace));
                    }
                }
                None if scope.subject_is_init => {}
                None => {
                    requirements.push(Requirement::new(K8S, NAMESPACE, Operator::Exists, vec![]));
                }
            }
        }
        if !mentions(CLUSTER) {
            requirements.push(equals(CLUSTER, draft.cluster));
        }
    }
    draft.selector(Selector::new(requirements))
}

fn convert(written: &syntax::Requirement, sink: &mut Sink) -> Requirement {
    let (source, name) = key(&written.key.value);
    if source == "cidr" || source == "cidrgroup" || source == "fqdn" || source == "node" {
        errors::unsupported_source(sink, source, written.key.span);
    }
    let values = written
        .values
        .iter()
        .map(|value| value.value.clone())
        .collect();
    Requirement::new(source, name, operator(written.operator), values)
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

/// Kept private to this file's tests.
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
