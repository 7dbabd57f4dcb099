//! Rules in words: short texts for reports, never parsed again.

use ztc_identity::{
    Operator, Selector,
    labels::{CLUSTER, NAMESPACE, NAMESPACE_LABELS, NAMESPACE_NAME},
};

use crate::cluster::{API_NODE, API_NODE_PREFIX};

use super::{Action, Cidr, Model, PeerTerm, Peers, PortTerm, Ports, Rule};

/// How many terms are written out before the rest is only counted.
const SHOWN: usize = 3;

impl Model {
    /// A rule in a few words, such as `allow ingress from app=frontend on 8080/TCP`.
    /// What it asks for and does not get stands behind.
    pub fn describe(&self, rule: &Rule) -> String {
        let plain = self.describe_plainly(rule);
        if rule.degraded.is_empty() {
            return plain;
        }
        let degraded: Vec<&str> = rule.degraded.iter().map(|what| what.name()).collect();
        format!("{plain} (not enforced: {})", degraded.join(", "))
    }

    fn describe_plainly(&self, rule: &Rule) -> String {
        let action = match rule.action {
            Action::Allow => "allow",
            Action::Deny => "deny",
            Action::Pass => "pass",
        };
        if is_nothing(rule) {
            let verb = match rule.action {
                Action::Allow => "allows",
                Action::Deny => "denies",
                Action::Pass => "passes",
            };
            let isolates = if rule.isolates {
                "isolates"
            } else {
                "is about"
            };
            return format!("{isolates} {}, {verb} nothing", rule.direction.name());
        }
        let preposition = match rule.direction {
            super::Direction::Ingress => "from",
            super::Direction::Egress => "to",
        };
        let direction = rule.direction.name();
        let peers = self.describe_peers(&rule.peers);
        let ports = self.describe_ports(&rule.ports);
        format!("{action} {direction} {preposition} {peers}{ports}")
    }

    /// A selector without the requirements that scope it to a namespace and cluster, which are
    /// written as a prefix: `shop: app=web`, `namespaces with team=a: app=web`.
    pub fn describe_selector(selector: &Selector) -> String {
        let mut namespace = None;
        let mut namespace_labels = Vec::new();
        let mut is_node = false;
        let mut others = Vec::new();
        for requirement in selector.requirements() {
            let by_label = requirement.key.strip_prefix(NAMESPACE_LABELS);
            match (requirement.key.as_str(), requirement.values.as_slice()) {
                (CLUSTER, _) => {}
                (NAMESPACE, [name]) if requirement.operator == Operator::In => {
                    namespace = Some(name.clone());
                }
                (NAMESPACE, []) if requirement.operator == Operator::Exists => {}
                (API_NODE, []) => is_node = true,
                (_, [name])
                    if by_label == Some(NAMESPACE_NAME) && requirement.operator == Operator::In =>
                {
                    namespace = Some(name.clone());
                }
                _ => match by_label {
                    Some(_) => namespace_labels.push(requirement.to_string().replacen(
                        NAMESPACE_LABELS,
                        "",
                        1,
                    )),
                    None => others.push(requirement.to_string().replace(API_NODE_PREFIX, "")),
                },
            }
        }
        if !namespace_labels.is_empty() {
            let labels = format!("namespaces with {}", namespace_labels.join(", "));
            namespace = Some(namespace.map_or(labels.clone(), |name| format!("{name}, {labels}")));
        }
        let others = if others.is_empty() && is_node {
            "all nodes".into()
        } else if is_node {
            format!("nodes with {}", others.join(", "))
        } else if others.is_empty() {
            "all pods".into()
        } else {
            others.join(", ")
        };
        namespace.map_or(others.clone(), |namespace| format!("{namespace}: {others}"))
    }

    /// A peer in a few words.
    pub fn describe_peer(&self, term: PeerTerm) -> String {
        match term {
            PeerTerm::Entity(entity) => entity.name().into(),
            PeerTerm::Selector(id) => self
                .selector(id)
                .map(Self::describe_selector)
                .unwrap_or_default(),
            PeerTerm::Cidr(id) | PeerTerm::Network(id) => {
                self.cidrs.get(id.0 as usize).map(cidr).unwrap_or_default()
            }
        }
    }

    fn describe_peers(&self, peers: &Peers) -> String {
        match peers {
            Peers::All => "everyone".into(),
            Peers::Terms(terms) => list(terms.iter().map(|peer| self.describe_peer(peer.term))),
        }
    }

    fn describe_ports(&self, ports: &Ports) -> String {
        let Ports::Terms(terms) = ports else {
            return String::new();
        };
        let texts = terms.iter().map(|(term, _)| match term {
            PortTerm::Whole(protocol) => format!("all {}", protocol.name()),
            PortTerm::Range(protocol, first, last) if first == last => {
                format!("{first}/{}", protocol.name())
            }
            PortTerm::Range(protocol, first, last) => format!("{first}-{last}/{}", protocol.name()),
            PortTerm::Named(id) => self
                .named_ports
                .get(id.0 as usize)
                .map(|port| format!("{}/{}", port.name, port.protocol.name()))
                .unwrap_or_default(),
        });
        format!(" on {}", list(texts))
    }
}

/// Whether it matches no peer or no port.
fn is_nothing(rule: &Rule) -> bool {
    matches!(&rule.peers, Peers::Terms(terms) if terms.is_empty())
        || matches!(&rule.ports, Ports::Terms(terms) if terms.is_empty())
}

fn cidr(cidr: &Cidr) -> String {
    let base = format!("{}/{}", cidr.prefix.address, cidr.prefix.length);
    match cidr.except.len() {
        0 => base,
        n => format!("{base} except {n}"),
    }
}

fn list(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.collect();
    let shown = texts
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match texts.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
