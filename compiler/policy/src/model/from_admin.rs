//! What ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy mean (SEMANTICS.md,
//! tiers).

use ztc_identity::{
    Operator, Requirement, Selector,
    labels::{CLUSTER, K8S, NAMESPACE, NAMESPACE_LABELS},
};
use ztc_syntax as syntax;

use super::{
    Action, Cidr, Direction, NamedPort, PeerTerm, Peers, PortTerm, Ports, Protocol, SelectorId,
    build::{Draft, RuleDraft},
    cilium_peers::Terms,
    from_network_policy::{equals, port_protocol, requirement},
};
use crate::{
    Degradation,
    cluster::{API_NODE, api_node_key},
};

/// Adds the rules of one policy.
pub(super) fn translate(policy: &syntax::AdminPolicy, draft: &mut Draft<'_>) {
    let requirements = pod_requirements(&policy.subject);
    let subject = draft.selector(Selector::new(requirements));
    for (rules, direction, name) in [
        (&policy.ingress, Direction::Ingress, "ingress"),
        (&policy.egress, Direction::Egress, "egress"),
    ] {
        for (index, rule) in rules.iter().enumerate() {
            let peers = peers(rule, draft);
            let ports = ports(rule, draft);
            draft.push(RuleDraft {
                span: rule.span,
                path: format!("spec.{name}[{index}]"),
                subject,
                subject_span: policy.subject.span,
                direction,
                action: match rule.action.value {
                    syntax::AdminAction::Accept => Action::Allow,
                    syntax::AdminAction::Deny => Action::Deny,
                    syntax::AdminAction::Pass => Action::Pass,
                },
                // Such policies never isolate: what no rule matches goes on to the next tier.
                isolates: false,
                peers,
                ports,
                log: None,
                proxied: None,
            });
        }
    }
}

fn peers(rule: &syntax::AdminRule, draft: &mut Draft<'_>) -> Peers {
    let mut terms = Terms(Vec::new());
    for peer in &rule.peers {
        match peer {
            syntax::AdminPeer::Pods(pods) => {
                let mut requirements = pod_requirements(pods);
                if draft.options.policy_default_local_cluster {
                    requirements.push(equals(CLUSTER, &draft.options.cluster));
                }
                let id = draft.selector(Selector::new(requirements));
                terms.push(PeerTerm::Selector(id), pods.span);
            }
            syntax::AdminPeer::Nodes(selector) => {
                let id = node_selector(selector, draft);
                terms.push(PeerTerm::Selector(id), selector.span);
            }
            syntax::AdminPeer::Networks(networks) => {
                for network in &networks.value {
                    let prefix = network.value;
                    let id = draft.cidr(Cidr {
                        prefix,
                        except: Vec::new(),
                    });
                    terms.push(PeerTerm::Network(id), network.span);
                }
            }
            syntax::AdminPeer::DomainNames(names) => {
                for name in &names.value {
                    match draft.references.addresses_of_names(&name.value) {
                        Some(addresses) => terms.push_addresses(&addresses, name.span, draft),
                        None => draft.degrade(
                            Degradation::Fqdn,
                            name.value.text().to_owned(),
                            name.span,
                        ),
                    }
                }
            }
        }
    }
    Peers::Terms(terms.0)
}

/// Pods, which every namespace label says they are; host-network pods are nodes to policy.
fn pod_requirements(pods: &syntax::AdminPods) -> Vec<Requirement> {
    let mut requirements = vec![Requirement::new(K8S, NAMESPACE, Operator::Exists, vec![])];
    if let Some(selector) = &pods.namespaces {
        let labels = selector.requirements.iter();
        requirements
            .extend(labels.map(|r| requirement(&format!("{NAMESPACE_LABELS}{}", r.key.value), r)));
    }
    if let Some(selector) = &pods.pods {
        let labels = selector.requirements.iter();
        requirements.extend(labels.map(|r| requirement(&r.key.value, r)));
    }
    requirements
}

/// Nodes by their Kubernetes labels, the subject's own one too.
fn node_selector(selector: &syntax::LabelSelector, draft: &mut Draft<'_>) -> SelectorId {
    let mut requirements = vec![Requirement::new(
        API_NODE,
        API_NODE,
        Operator::Exists,
        vec![],
    )];
    for written in &selector.requirements {
        let plain = requirement(&api_node_key(&written.key.value), written);
        let (operator, values) = (plain.operator, plain.values);
        requirements.push(Requirement::new(API_NODE, &plain.key, operator, values));
    }
    draft.selector(Selector::new(requirements))
}

fn ports(rule: &syntax::AdminRule, draft: &mut Draft<'_>) -> Ports {
    let Some(list) = &rule.ports else {
        return Ports::All;
    };
    let mut terms = Vec::new();
    for port in &list.value {
        match &port.port {
            syntax::AdminPortChoice::Range(protocol, first, last) => {
                let range = PortTerm::Range(port_protocol(*protocol), *first, *last);
                terms.push((range, port.span));
            }
            // A name may be of any protocol.
            syntax::AdminPortChoice::Named(name) => {
                for protocol in Protocol::WITH_PORTS {
                    let name = name.clone();
                    let id = draft.named_port(NamedPort { name, protocol });
                    terms.push((PortTerm::Named(id), port.span));
                }
            }
        }
    }
    Ports::Terms(terms)
}
