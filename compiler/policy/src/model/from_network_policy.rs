//! What a NetworkPolicy means (SEMANTICS.md). Implied policyTypes live here and nowhere else.

use ztc_diag::Span;
use ztc_identity::{
    Operator, Requirement, Selector,
    labels::{CLUSTER, K8S, NAMESPACE, NAMESPACE_LABELS},
};
use ztc_syntax as syntax;

use super::{
    Action, Cidr, Direction, NamedPort, Peer, PeerTerm, Peers, PortTerm, Ports, Protocol,
    SelectorId,
    build::{Draft, RuleDraft},
};

/// Adds the rules of one NetworkPolicy.
pub(super) fn translate(policy: &syntax::NetworkPolicy, namespace: &str, draft: &mut Draft<'_>) {
    let subject = subject(policy, namespace, draft);
    for (direction, elements, name) in [
        (Direction::Ingress, &policy.ingress, "ingress"),
        (Direction::Egress, &policy.egress, "egress"),
    ] {
        // The API ignores a section whose direction policyTypes does not list. (Cilium's agent
        // applies it all the same; SEMANTICS.md S6.)
        let Some(isolated_at) = isolation(policy, direction) else {
            continue;
        };
        let rule = |span: Span, path: String, peers: Peers, ports: Ports, draft: &mut Draft<'_>| {
            draft.push(RuleDraft {
                span,
                path,
                subject,
                subject_span: policy.pod_selector.span,
                direction,
                action: Action::Allow,
                isolates: true,
                peers,
                ports,
                log: None,
                proxied: None,
            });
        };
        let elements = elements
            .as_ref()
            .map_or(&[][..], |list| list.value.as_slice());
        if elements.is_empty() {
            let nothing = (Peers::Terms(Vec::new()), Ports::Terms(Vec::new()));
            rule(
                isolated_at,
                "spec.policyTypes".into(),
                nothing.0,
                nothing.1,
                draft,
            );
        }
        for (index, element) in elements.iter().enumerate() {
            let peers = peers(element, namespace, draft);
            let ports = ports(element, draft);
            rule(
                element.span,
                format!("spec.{name}[{index}]"),
                peers,
                ports,
                draft,
            );
        }
    }
}

/// Whether the policy isolates in this direction, and where it says so.
fn isolation(policy: &syntax::NetworkPolicy, direction: Direction) -> Option<Span> {
    let wanted = match direction {
        Direction::Ingress => syntax::PolicyType::Ingress,
        Direction::Egress => syntax::PolicyType::Egress,
    };
    match &policy.policy_types {
        Some(types) => types
            .iter()
            .find(|listed| listed.value == wanted)
            .map(|listed| listed.span),
        // Without policyTypes: ingress always, egress when there are egress rules.
        None => match direction {
            Direction::Ingress => Some(
                policy
                    .ingress
                    .as_ref()
                    .map_or(policy.span, |list| list.span),
            ),
            Direction::Egress => policy
                .egress
                .as_ref()
                .filter(|list| !list.value.is_empty())
                .map(|list| list.span),
        },
    }
}

fn subject(policy: &syntax::NetworkPolicy, namespace: &str, draft: &mut Draft<'_>) -> SelectorId {
    let mut requirements = pod_requirements(&policy.pod_selector);
    requirements.push(equals(NAMESPACE, namespace));
    draft.selector(Selector::new(requirements))
}

fn peers(element: &syntax::NetworkPolicyRule, namespace: &str, draft: &mut Draft<'_>) -> Peers {
    // A missing or empty list is everyone, nodes and the world included.
    let Some(list) = element.peers.as_ref().filter(|list| !list.value.is_empty()) else {
        return Peers::All;
    };
    let terms = list.value.iter().map(|peer| match peer {
        syntax::NetworkPolicyPeer::IpBlock(block) => Peer {
            term: PeerTerm::Cidr(draft.cidr(Cidr {
                prefix: block.cidr.value,
                except: block.except.iter().map(|except| except.value).collect(),
            })),
            span: block.span,
        },
        syntax::NetworkPolicyPeer::Pods {
            span,
            pod_selector,
            namespace_selector,
        } => {
            let mut requirements = Vec::new();
            if draft.options.policy_default_local_cluster {
                requirements.push(equals(CLUSTER, &draft.options.cluster));
            }
            requirements.extend(pod_selector.iter().flat_map(pod_requirements));
            match namespace_selector {
                None => requirements.push(equals(NAMESPACE, namespace)),
                Some(selector) => {
                    // Only pods have a namespace, whatever labels it must not have.
                    requirements.push(Requirement::new(K8S, NAMESPACE, Operator::Exists, vec![]));
                    let labels = selector.requirements.iter();
                    requirements
                        .extend(labels.map(|r| {
                            requirement(&format!("{NAMESPACE_LABELS}{}", r.key.value), r)
                        }));
                }
            }
            Peer {
                term: PeerTerm::Selector(draft.selector(Selector::new(requirements))),
                span: *span,
            }
        }
    });
    Peers::Terms(terms.collect())
}

fn ports(element: &syntax::NetworkPolicyRule, draft: &mut Draft<'_>) -> Ports {
    let Some(list) = element.ports.as_ref().filter(|list| !list.value.is_empty()) else {
        return Ports::All;
    };
    Ports::Terms(port_terms(&list.value, syntax::Protocol::Tcp, draft))
}

/// The terms of `ports` elements, given the protocol of those that name none. Port 0, which only
/// Cilium's kinds have, is every port, as no port is.
pub(super) fn port_terms<'a>(
    ports: impl IntoIterator<Item = &'a syntax::PortRange>,
    default: syntax::Protocol,
    draft: &mut Draft<'_>,
) -> Vec<(PortTerm, Span)> {
    let mut terms = Vec::new();
    for port in ports {
        let written = port.protocol.map_or(default, |protocol| protocol.value);
        for &protocol in protocols(written) {
            let term = match port.port.as_ref().map(|port| &port.value) {
                None | Some(syntax::Port::Number(0)) => PortTerm::Whole(protocol),
                Some(syntax::Port::Number(first)) => {
                    // An endPort that is not above the port is ignored (SEMANTICS.md S5).
                    let last = port.end_port.map_or(*first, |end| end.value.max(*first));
                    PortTerm::Range(protocol, *first, last)
                }
                Some(syntax::Port::Name(name)) => PortTerm::Named(draft.named_port(NamedPort {
                    name: name.clone(),
                    protocol,
                })),
            };
            terms.push((term, port.span));
        }
    }
    terms
}

/// The protocols that one written protocol stands for.
fn protocols(written: syntax::Protocol) -> &'static [Protocol] {
    match written {
        syntax::Protocol::Tcp => &[Protocol::Tcp],
        syntax::Protocol::Udp => &[Protocol::Udp],
        syntax::Protocol::Sctp => &[Protocol::Sctp],
        syntax::Protocol::Any => &Protocol::WITH_PORTS,
    }
}

/// A protocol that is not ANY; that one is read as TCP, the default.
pub(super) fn port_protocol(written: syntax::Protocol) -> Protocol {
    match written {
        syntax::Protocol::Tcp | syntax::Protocol::Any => Protocol::Tcp,
        syntax::Protocol::Udp => Protocol::Udp,
        syntax::Protocol::Sctp => Protocol::Sctp,
    }
}

/// Keys of a NetworkPolicy's pod selector are Kubernetes labels, whatever they look like.
fn pod_requirements(selector: &syntax::LabelSelector) -> Vec<Requirement> {
    selector
        .requirements
        .iter()
        .map(|r| requirement(&r.key.value, r))
        .collect()
}

/// A requirement on a Kubernetes label.
pub(super) fn requirement(key: &str, written: &syntax::Requirement) -> Requirement {
    let values = written
        .values
        .iter()
        .map(|value| value.value.clone())
        .collect();
    Requirement::new(K8S, key, operator(written.operator), values)
}

/// The operator of a requirement as the matching code knows it.
pub(super) fn operator(written: syntax::Operator) -> Operator {
    match written {
        syntax::Operator::In => Operator::In,
        syntax::Operator::NotIn => Operator::NotIn,
        syntax::Operator::Exists => Operator::Exists,
        syntax::Operator::DoesNotExist => Operator::DoesNotExist,
    }
}

/// The requirement that a Kubernetes label has this value.
pub(super) fn equals(key: &str, value: &str) -> Requirement {
    Requirement::new(K8S, key, Operator::In, vec![value.into()])
}
