//! What the other end of a connection is to a subject, and which ways to name peers mean it.

use std::net::IpAddr;

use super::cluster::{Node, Pod};
use super::labels::{CLUSTER, Label, label};
use super::prefix::Prefix;

/// The other end, as the subject sees it.
#[derive(Clone, Debug)]
pub(super) struct Party<'a> {
    pub(super) who: Who<'a>,
    /// `None` for a peer known by name only.
    pub(super) address: Option<IpAddr>,
    /// Whether selectors of endpoints see the labels of other nodes, which is an option.
    pub(super) shows_node_labels: bool,
}

/// Whose address it is.
#[derive(Clone, Debug)]
pub(super) enum Who<'a> {
    Pod(&'a Pod),
    /// A node, and whether the subject runs on it. `None` is a node that nobody wrote down.
    Node(Option<&'a Node>, bool),
    /// A reserved peer by the name of its entity, other than `world`.
    Reserved(String),
    /// Outside the cluster.
    Outside {
        is_ipv6: bool,
    },
}

impl Party<'_> {
    /// Whether it is the subject's own node.
    pub(super) fn is_host(&self) -> bool {
        match &self.who {
            Who::Node(_, is_own) => *is_own,
            Who::Reserved(name) => name == "host",
            _ => false,
        }
    }

    pub(super) fn pod(&self) -> Option<&Pod> {
        match self.who {
            Who::Pod(pod) => Some(pod),
            _ => None,
        }
    }

    /// The names of its reserved labels.
    fn reserved(&self) -> Vec<String> {
        let names: &[&str] = match &self.who {
            Who::Pod(_) => &[],
            Who::Node(node, is_own) => {
                let has_apiserver = node.is_some_and(|node| node.kube_apiserver);
                match (is_own, has_apiserver) {
                    (true, true) => &["host", "kube-apiserver"],
                    (true, false) => &["host"],
                    (false, true) => &["kube-apiserver", "remote-node"],
                    (false, false) => &["remote-node"],
                }
            }
            Who::Reserved(name) if name == "kube-apiserver" => &["kube-apiserver", "remote-node"],
            Who::Reserved(name) => &[name.as_str()],
            Who::Outside { is_ipv6: true } => &["world", "world-ipv6"],
            Who::Outside { is_ipv6: false } => &["world", "world-ipv4"],
        };
        names.iter().map(|name| (*name).to_string()).collect()
    }

    /// The labels that Cilium's selectors see; those of the own node are never seen.
    pub(super) fn labels(&self) -> Vec<Label> {
        if let Who::Pod(pod) = self.who {
            return pod.identity_labels.clone();
        }
        let reserved = self.reserved();
        let mut labels: Vec<_> = reserved
            .iter()
            .map(|name| label("reserved", name, ""))
            .collect();
        if let Some(own) = self.node_labels()
            && self.shows_node_labels
            && !self.is_host()
        {
            labels.push(label("node", CLUSTER, "default"));
            labels.extend(own);
        }
        labels
    }

    /// The labels of a node, if it is one; one known by name only has none.
    pub(super) fn node_labels(&self) -> Option<Vec<Label>> {
        let nodes = ["host", "remote-node", "kube-apiserver"];
        match &self.who {
            Who::Node(node, _) => {
                let labels = node.iter().flat_map(|node| &node.labels);
                Some(
                    labels
                        .map(|(key, value)| label("node", key, value))
                        .collect(),
                )
            }
            Who::Reserved(name) => nodes.contains(&name.as_str()).then(Vec::new),
            _ => None,
        }
    }

    /// Whether an entity of a policy means it (R12, S18).
    pub(super) fn is_entity(&self, entity: &str) -> bool {
        match entity {
            "none" => false,
            "all" => true,
            "cluster" => !matches!(self.who, Who::Outside { .. }),
            entity => self.reserved().iter().any(|name| name == entity),
        }
    }

    /// Whether a prefix means it: addresses outside the cluster are meant, and those of nodes by
    /// option. The world without an address is in the prefix of all addresses alone (R10).
    pub(super) fn is_inside(&self, base: &Prefix, except: &[Prefix], nodes_too: bool) -> bool {
        match (&self.who, self.address) {
            (Who::Outside { .. }, Some(address)) => inside(address, base, except),
            (Who::Node(..), Some(address)) if nodes_too => inside(address, base, except),
            (Who::Outside { is_ipv6 }, None) => {
                let all = |prefix: &Prefix| prefix.is_all(*is_ipv6);
                all(base) && !except.iter().any(all)
            }
            _ => false,
        }
    }

    /// Whether its address is in a prefix, whoever it is. A pod whose address is not known is in
    /// that of all addresses alone; clusters here have addresses of IPv4.
    pub(super) fn is_in_network(&self, prefix: &Prefix) -> bool {
        match (&self.who, self.address) {
            (_, Some(address)) => prefix.contains(address),
            (Who::Outside { is_ipv6 }, None) => prefix.is_all(*is_ipv6),
            (Who::Pod(_), None) => prefix.is_all(false),
            (_, None) => false,
        }
    }
}

fn inside(address: IpAddr, base: &Prefix, except: &[Prefix]) -> bool {
    base.contains(address) && !except.iter().any(|prefix| prefix.contains(address))
}
