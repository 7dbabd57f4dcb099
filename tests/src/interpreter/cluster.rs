//! Pods and nodes, and what each end of a connection is to a subject.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::Protocol;
use super::labels::{Label, identity_labels, label, list, text};
use super::prefix::Prefix;

/// An end of a connection.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum End {
    /// `namespace/name`.
    Pod(String),
    Address(IpAddr),
    /// A peer known by name only. `world` is IPv4, with no address that any policy names.
    Entity(String),
}

/// A pod.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    /// `namespace/name`.
    pub(crate) name: String,
    pub(crate) host_network: bool,
    pub(crate) node: Option<String>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) ports: Vec<ContainerPort>,
    /// What selectors see.
    pub(crate) identity_labels: Vec<Label>,
}

/// A named container port.
#[derive(Clone, Debug)]
pub(crate) struct ContainerPort {
    /// Lower case.
    pub(crate) name: String,
    pub(crate) number: u16,
    pub(crate) protocol: Protocol,
}

#[derive(Clone, Debug)]
struct Node {
    name: String,
    addresses: Vec<IpAddr>,
    kube_apiserver: bool,
}

/// Pods and nodes.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) pods: Vec<Pod>,
    nodes: Vec<Node>,
}

/// The other end, as the subject sees it.
#[derive(Clone, Debug)]
pub(super) enum Party<'a> {
    Pod(&'a Pod),
    /// A reserved peer by the name of its entity, other than `world`.
    Reserved(String),
    /// Outside the cluster.
    Outside {
        address: Option<IpAddr>,
        is_ipv6: bool,
    },
}

impl Cluster {
    pub(crate) fn new<'a>(objects: impl IntoIterator<Item = &'a Value> + Clone) -> Self {
        let of_kind = |kind: &'static str| {
            let objects = objects.clone().into_iter();
            objects.filter(move |object| object["kind"] == kind)
        };
        let mut namespaces = BTreeMap::new();
        for namespace in of_kind("Namespace") {
            let metadata = &namespace["metadata"];
            namespaces.insert(text(&metadata["name"]), map(&metadata["labels"]));
        }
        Self {
            pods: of_kind("Pod")
                .map(|object| pod(object, &namespaces))
                .collect(),
            nodes: of_kind("Node").map(node).collect(),
        }
    }

    /// The pod that policies of this end apply to.
    pub(crate) fn subject(&self, end: &End) -> Option<&Pod> {
        match end {
            End::Pod(name) => {
                let mut pods = self.pods.iter();
                let pod = pods
                    .find(|pod| pod.name == *name)
                    .expect("a pod of this cluster");
                (!pod.host_network).then_some(pod)
            }
            End::Address(address) => self.pod_at(*address),
            End::Entity(_) => None,
        }
    }

    /// What this end is to the subject.
    pub(super) fn party(&self, end: &End, subject: &Pod) -> Party<'_> {
        match end {
            End::Pod(name) => {
                let mut pods = self.pods.iter();
                let pod = pods
                    .find(|pod| pod.name == *name)
                    .expect("a pod of this cluster");
                if pod.host_network {
                    self.on_node(pod.node.as_deref(), subject)
                } else {
                    Party::Pod(pod)
                }
            }
            End::Address(address) => {
                if let Some(pod) = self.pod_at(*address) {
                    return Party::Pod(pod);
                }
                let mut nodes = self.nodes.iter();
                match nodes.find(|node| node.addresses.contains(address)) {
                    Some(node) => self.on_node(Some(&node.name), subject),
                    None => Party::Outside {
                        address: Some(*address),
                        is_ipv6: address.is_ipv6(),
                    },
                }
            }
            End::Entity(name) if name == "world" => Party::Outside {
                address: None,
                is_ipv6: false,
            },
            End::Entity(name) => Party::Reserved(name.clone()),
        }
    }

    fn pod_at(&self, address: IpAddr) -> Option<&Pod> {
        let mut pods = self.pods.iter();
        pods.find(|pod| !pod.host_network && pod.addresses.contains(&address))
    }

    fn on_node(&self, name: Option<&str>, subject: &Pod) -> Party<'_> {
        if name.is_some() && name == subject.node.as_deref() {
            return Party::Reserved("host".into());
        }
        let node = self.nodes.iter().find(|node| name == Some(&node.name));
        let is_apiserver = node.is_some_and(|node| node.kube_apiserver);
        Party::Reserved(
            if is_apiserver {
                "kube-apiserver"
            } else {
                "remote-node"
            }
            .into(),
        )
    }
}

impl Party<'_> {
    /// Whether it is the subject's own node.
    pub(super) fn is_host(&self) -> bool {
        matches!(self, Self::Reserved(name) if name == "host")
    }

    pub(super) fn pod(&self) -> Option<&Pod> {
        match self {
            Self::Pod(pod) => Some(pod),
            _ => None,
        }
    }

    /// The labels that selectors see.
    pub(super) fn labels(&self) -> Vec<Label> {
        match self {
            Self::Pod(pod) => pod.identity_labels.clone(),
            Self::Reserved(name) if name == "kube-apiserver" => vec![
                label("reserved", "kube-apiserver", ""),
                label("reserved", "remote-node", ""),
            ],
            Self::Reserved(name) => vec![label("reserved", name, "")],
            Self::Outside { is_ipv6, .. } => vec![
                label("reserved", "world", ""),
                label(
                    "reserved",
                    if *is_ipv6 { "world-ipv6" } else { "world-ipv4" },
                    "",
                ),
            ],
        }
    }

    /// Whether an entity of a policy means it (§1.5).
    pub(super) fn is_entity(&self, entity: &str) -> bool {
        match (entity, self) {
            ("none", _) => false,
            ("all", _) => true,
            ("cluster", party) => !matches!(party, Self::Outside { .. }),
            ("world", party) => matches!(party, Self::Outside { .. }),
            ("world-ipv4", party) => matches!(party, Self::Outside { is_ipv6: false, .. }),
            ("world-ipv6", party) => matches!(party, Self::Outside { is_ipv6: true, .. }),
            ("remote-node", Self::Reserved(name)) => {
                name == "remote-node" || name == "kube-apiserver"
            }
            (entity, Self::Reserved(name)) => name == entity,
            (_, _) => false,
        }
    }

    /// Whether a prefix means it: only addresses outside the cluster are meant. The world without
    /// an address is in the prefix of all addresses alone.
    pub(super) fn is_inside(&self, base: &Prefix, except: &[Prefix]) -> bool {
        match self {
            Self::Outside {
                address: Some(address),
                ..
            } => base.contains(*address) && !except.iter().any(|prefix| prefix.contains(*address)),
            Self::Outside {
                address: None,
                is_ipv6,
            } => {
                let all = |prefix: &Prefix| match is_ipv6 {
                    true => prefix.is_all_ipv6(),
                    false => prefix.is_all_ipv4(),
                };
                all(base) && !except.iter().any(all)
            }
            _ => false,
        }
    }
}

fn pod(object: &Value, namespaces: &BTreeMap<String, BTreeMap<String, String>>) -> Pod {
    let (metadata, spec, status) = (&object["metadata"], &object["spec"], &object["status"]);
    let namespace = metadata["namespace"].as_str().unwrap_or("default");
    let mut namespace_labels = namespaces.get(namespace).cloned().unwrap_or_default();
    namespace_labels.insert("kubernetes.io/metadata.name".into(), namespace.into());
    let service_account = spec["serviceAccountName"].as_str().unwrap_or("default");
    let mut addresses: Vec<IpAddr> = list(&status["podIPs"])
        .iter()
        .map(|entry| address(&entry["ip"]))
        .collect();
    if addresses.is_empty() && !status["podIP"].is_null() {
        addresses.push(address(&status["podIP"]));
    }
    let containers = list(&spec["containers"]).iter();
    let ports = containers.flat_map(|container| list(&container["ports"]));
    Pod {
        name: format!("{namespace}/{}", text(&metadata["name"])),
        host_network: spec["hostNetwork"] == true,
        node: spec["nodeName"].as_str().map(Into::into),
        addresses,
        ports: ports
            .filter(|port| !port["name"].is_null())
            .map(container_port)
            .collect(),
        identity_labels: identity_labels(
            namespace,
            &namespace_labels,
            &map(&metadata["labels"]),
            service_account,
        ),
    }
}

fn container_port(port: &Value) -> ContainerPort {
    let number = port["containerPort"]
        .as_u64()
        .expect("a container port's number");
    ContainerPort {
        name: text(&port["name"]).to_lowercase(),
        number: u16::try_from(number).expect("a port within range"),
        protocol: match port["protocol"].as_str() {
            Some("UDP") => Protocol::Udp,
            Some("SCTP") => Protocol::Sctp,
            _ => Protocol::Tcp,
        },
    }
}

fn node(object: &Value) -> Node {
    let metadata = &object["metadata"];
    let labels = map(&metadata["labels"]);
    let entries = list(&object["status"]["addresses"]).iter();
    let addresses =
        entries.filter(|entry| entry["type"] == "InternalIP" || entry["type"] == "ExternalIP");
    Node {
        name: text(&metadata["name"]),
        addresses: addresses.map(|entry| address(&entry["address"])).collect(),
        kube_apiserver: labels.contains_key("node-role.kubernetes.io/control-plane"),
    }
}

fn address(value: &Value) -> IpAddr {
    text(value).parse().expect("a valid address")
}

fn map(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    entries
        .map(|(key, value)| (key.clone(), text(value)))
        .collect()
}
