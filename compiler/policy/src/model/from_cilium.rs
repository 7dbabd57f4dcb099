//! What a CiliumNetworkPolicy and a CiliumClusterwideNetworkPolicy mean (SEMANTICS.md).

use ztc_syntax as syntax;

use super::{
    Action, Direction, Peers, PortTerm, Ports, Protocol, SelectorId,
    build::{Draft, RuleDraft},
    cilium_peers::{self, items},
    cilium_proxy,
    cilium_selector::{self, Scope},
    from_network_policy::port_terms,
};
use crate::{Degradation, errors};

/// Adds the rules of one policy.
pub(super) fn translate(
    policy: &syntax::CiliumNetworkPolicy,
    namespace: &str,
    draft: &mut Draft<'_>,
) {
    for rule in &policy.rules {
        let selector = match &rule.subject {
            syntax::CiliumSubject::Endpoints(selector) => selector,
            syntax::CiliumSubject::Nodes(selector) => {
                refer_to_nodes(rule, selector, draft);
                continue;
            }
        };
        let scope = Scope::new((!policy.clusterwide).then_some(namespace), selector);
        let subject = cilium_selector::subject(selector, &scope, draft);
        translate_rule(rule, subject, &scope, draft);
    }
}

/// Policies of nodes never apply to pods (SEMANTICS.md R15), and nodes are no subjects here. What
/// an option switches off is refused all the same, and the whole object with it (R16).
fn refer_to_nodes(
    rule: &syntax::CiliumRule,
    selector: &syntax::LabelSelector,
    draft: &mut Draft<'_>,
) {
    for list in [
        &rule.ingress,
        &rule.ingress_deny,
        &rule.egress,
        &rule.egress_deny,
    ] {
        for element in items(list) {
            check_options(element, draft);
        }
    }
    if draft.options.enable_host_firewall {
        draft.degrade_policy(Degradation::HostPolicies, selector.span);
    } else {
        draft.sink.push(errors::host_policy_is_off(selector.span));
    }
}

fn translate_rule(
    rule: &syntax::CiliumRule,
    subject: SelectorId,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
) {
    let elements = |list: &'_ syntax::List<syntax::CiliumElement>| items(list).len();
    let may_be_off = draft.options.enable_non_default_deny_policies;
    let isolates = |set: &Option<ztc_diag::Spanned<bool>>, n_elements: usize| match set {
        Some(set) if may_be_off => set.value,
        _ => n_elements > 0,
    };
    let ingress_isolates = isolates(
        &rule.default_deny_ingress,
        elements(&rule.ingress) + elements(&rule.ingress_deny),
    );
    let egress_isolates = isolates(
        &rule.default_deny_egress,
        elements(&rule.egress) + elements(&rule.egress_deny),
    );
    use Action::{Allow, Deny};
    use Direction::{Egress, Ingress};
    for (list, name, direction, action) in [
        (&rule.ingress, "ingress", Ingress, Allow),
        (&rule.ingress_deny, "ingressDeny", Ingress, Deny),
        (&rule.egress, "egress", Egress, Allow),
        (&rule.egress_deny, "egressDeny", Egress, Deny),
    ] {
        for (index, element) in items(list).iter().enumerate() {
            let isolates = match direction {
                Ingress => ingress_isolates,
                Egress => egress_isolates,
            };
            check_options(element, draft);
            check_enforceable(element, draft);
            let written = cilium_peers::peers(element, scope, draft);
            let ports = ports(element, draft);
            let proxied = cilium_proxy::proxied(element, &written, &ports, scope, draft);
            let peers = peers(element, written);
            draft.push(RuleDraft {
                span: element.span,
                path: format!("{}.{name}[{index}]", rule.path),
                subject,
                subject_span: rule.subject.selector().span,
                direction,
                action,
                isolates,
                peers,
                ports,
                log: rule.log.as_ref().map(|log| log.value.clone()),
                proxied,
            });
        }
    }
}

/// Refuses what the options switch off.
fn check_options(element: &syntax::CiliumElement, draft: &mut Draft<'_>) {
    if let Some(list) = element.nodes.as_ref().filter(|list| !list.value.is_empty())
        && !draft.options.enable_node_selector_labels
    {
        draft.refuse(errors::option_is_off(
            "enable-node-selector-labels",
            "node selectors",
            list.span,
        ));
    }
    if let Some(list) = element.icmps.as_ref().filter(|list| !list.value.is_empty())
        && !draft.options.enable_icmp_rules
    {
        let found = errors::option_is_off("enable-icmp-rules", "`icmps`", list.span);
        draft.refuse(found);
    }
}

/// Refuses what nobody enforces, unless it is let be.
fn check_enforceable(element: &syntax::CiliumElement, draft: &mut Draft<'_>) {
    for rule in items(&element.to_ports) {
        if let Some(l7) = &rule.l7 {
            draft.degrade(Degradation::L7, l7.text.clone(), l7.span);
        }
        if let Some(tls) = &rule.tls {
            draft.degrade(Degradation::Tls, tls_text(tls), tls.span);
        }
        if let Some(listener) = &rule.listener {
            let asked = format!("{} of {}", listener.name, listener.config);
            draft.degrade(Degradation::Listener, asked, listener.span);
        }
    }
    if let Some(mode) = &element.authentication
        && mode.value != syntax::AuthenticationMode::Disabled
    {
        draft.degrade(Degradation::Authentication, String::new(), mode.span);
    }
}

/// What an element asks of TLS.
fn tls_text(tls: &syntax::CiliumTls) -> String {
    let fields = [&tls.terminating, &tls.originating, &tls.server_names];
    let texts = fields.map(|field| field.as_ref().map_or("", |text| text.value.as_str()));
    texts.join(" ")
}

/// The peers that an element lets in, given those it names.
fn peers(element: &syntax::CiliumElement, written: Peers) -> Peers {
    // A handshake that always fails lets no one in, whether anyone is there to hold it or not.
    let always_fails = element
        .authentication
        .as_ref()
        .is_some_and(|mode| mode.value == syntax::AuthenticationMode::AlwaysFail);
    if always_fails {
        return Peers::Terms(Vec::new());
    }
    written
}

fn ports(element: &syntax::CiliumElement, draft: &mut Draft<'_>) -> Ports {
    if !items(&element.icmps).is_empty() {
        return Ports::Terms(icmp_terms(items(&element.icmps)));
    }
    let rules = items(&element.to_ports);
    if rules.is_empty() {
        return Ports::All;
    }
    // An element without ports matches nothing, so it adds no term.
    let ports = rules.iter().flat_map(|rule| items(&rule.ports));
    Ports::Terms(port_terms(ports, syntax::Protocol::Any, draft))
}

/// One type of one family each. Type 0 is the echo reply and nothing else (SEMANTICS.md).
fn icmp_terms(icmps: &[syntax::IcmpRule]) -> Vec<(PortTerm, ztc_diag::Span)> {
    let fields = icmps.iter().flat_map(|rule| items(&rule.fields));
    fields
        .map(|field| {
            let protocol = if field.ipv6 {
                Protocol::Icmpv6
            } else {
                Protocol::Icmp
            };
            let icmp_type = u16::from(field.icmp_type);
            (PortTerm::Range(protocol, icmp_type, icmp_type), field.span)
        })
        .collect()
}
