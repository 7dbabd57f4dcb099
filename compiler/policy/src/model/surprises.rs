//! Policies that are accepted and do not do what their authors may think: a warning at the place,
//! which points at the rule of SEMANTICS.md.
//!
//! Must not change what anything means.

use ztc_diag::{Sink, Span};
use ztc_identity::labels::{K8S, NAMESPACE};
use ztc_syntax as syntax;

use crate::errors;

/// A section of a NetworkPolicy whose direction `policyTypes` does not list (S6).
pub(super) fn network_policy(policy: &syntax::NetworkPolicy, sink: &mut Sink) {
    let Some(types) = &policy.policy_types else {
        return;
    };
    for (list, name, wanted) in [
        (&policy.ingress, "ingress", syntax::PolicyType::Ingress),
        (&policy.egress, "egress", syntax::PolicyType::Egress),
    ] {
        let is_listed = types.iter().any(|listed| listed.value == wanted);
        if let Some(list) = list
            && !is_listed
            && !list.value.is_empty()
        {
            let listed = types.first().map(|first| first.span);
            sink.push(errors::ignored_section(name, list.span, listed));
        }
    }
}

/// What Cilium accepts without a word.
pub(super) fn cilium(policy: &syntax::CiliumNetworkPolicy, namespace: &str, sink: &mut Sink) {
    if !policy.clusterwide && policy.meta.namespace.is_none() {
        sink.push(errors::missing_namespace(namespace, policy.meta.name.span));
    }
    for rule in &policy.rules {
        if let (syntax::CiliumSubject::Endpoints(selector), false) =
            (&rule.subject, policy.clusterwide)
        {
            namespace_of_subject(selector, namespace, sink);
        }
        let lists = [
            (&rule.ingress, "ingress"),
            (&rule.ingress_deny, "ingressDeny"),
            (&rule.egress, "egress"),
            (&rule.egress_deny, "egressDeny"),
        ];
        for (list, name) in lists {
            let Some(list) = list else { continue };
            if list.value.is_empty() {
                sink.push(errors::empty_section(name, list.span));
            }
            for element in &list.value {
                matches_nothing(element, sink);
            }
        }
        let n = |list: &syntax::List<syntax::CiliumElement>| {
            list.as_ref().map_or(0, |list| list.value.len())
        };
        for (flag, n_elements, name) in [
            (
                &rule.default_deny_ingress,
                n(&rule.ingress) + n(&rule.ingress_deny),
                "ingress",
            ),
            (
                &rule.default_deny_egress,
                n(&rule.egress) + n(&rule.egress_deny),
                "egress",
            ),
        ] {
            if let Some(flag) = flag
                && flag.value
                && n_elements == 0
            {
                sink.push(errors::default_deny_without_rules(name, flag.span));
            }
        }
    }
}

/// The policy's own namespace takes the place of one that the subject names (S14).
fn namespace_of_subject(selector: &syntax::LabelSelector, namespace: &str, sink: &mut Sink) {
    for requirement in &selector.requirements {
        let is_overwritten = requirement.from_match_labels
            && requirement
                .key
                .value
                .strip_prefix(K8S)
                .and_then(|rest| rest.strip_prefix(':'))
                == Some(NAMESPACE);
        let names_own = requirement
            .values
            .iter()
            .all(|value| value.value == namespace);
        if is_overwritten && !names_own {
            sink.push(errors::overwritten_namespace(namespace, requirement.span));
        }
    }
}

/// An element that is about nothing, though something is written in it (S11, S12). `- {}` and a
/// single empty list are plain ways to say so and are left alone.
fn matches_nothing(element: &syntax::CiliumElement, sink: &mut Sink) {
    let lists = [
        peers(&element.endpoints, "endpoints"),
        peers(&element.entities, "entities"),
        peers(&element.cidr, "prefixes"),
        peers(&element.cidr_set, "prefixes"),
        peers(&element.nodes, "nodes"),
    ];
    let says_more = lists.iter().flatten().any(|(.., n)| *n > 0)
        || element
            .to_ports
            .as_ref()
            .is_some_and(|list| !list.value.is_empty())
        || element
            .icmps
            .as_ref()
            .is_some_and(|list| !list.value.is_empty());
    for (span, name, _) in lists
        .iter()
        .flatten()
        .filter(|(.., n)| *n == 0 && says_more)
    {
        sink.push(errors::matches_nothing(
            &format!("an empty list of {name}"),
            *span,
        ));
    }
    if let Some(rules) = &element.to_ports
        && !rules.value.is_empty()
    {
        let n_ports = |rule: &syntax::CiliumPortRule| {
            rule.ports.as_ref().map_or(0, |ports| ports.value.len())
        };
        if rules.value.iter().all(|rule| n_ports(rule) == 0) {
            sink.push(errors::matches_nothing(
                "`toPorts` without a port",
                rules.span,
            ));
        }
    }
    if let Some(rules) = &element.icmps
        && !rules.value.is_empty()
    {
        let n_fields =
            |rule: &syntax::IcmpRule| rule.fields.as_ref().map_or(0, |fields| fields.value.len());
        if rules.value.iter().all(|rule| n_fields(rule) == 0) {
            sink.push(errors::matches_nothing(
                "`icmps` without a type",
                rules.span,
            ));
        }
    }
}

/// Where a list is, what it lists, how many.
fn peers<T>(list: &syntax::List<T>, name: &'static str) -> Option<(Span, &'static str, usize)> {
    let list = list.as_ref()?;
    Some((list.span, name, list.value.len()))
}
