//! Pods and nodes, and what each end of a connection is to a subject.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::Protocol;
use super::filter::Filter;
use super::labels::{Label, identity_labels, list, map, text};
use super::options::Options;
use super::party::{Party, Who};

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

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) kube_apiserver: bool,
}

/// Pods and nodes.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) pods: Vec<Pod>,
    nodes: Vec<Node>,
    shows_node_labels: bool,
}

impl Cluster {
    /// Reads the workloads among Kubernetes objects under the default options.
    pub(crate) fn new<'a>(objects: impl IntoIterator<Item = &'a Value> + Clone) -> Self {
        Self::with_options(objects, &Options::default())
    }

    /// The same under other options.
    pub(crate) fn with_options<'a>(
        objects: impl IntoIterator<Item = &'a Value> + Clone,
        options: &Options,
    ) -> Self {
        let of_kind = |kind: &'static str| {
            let objects = objects.clone().into_iter();
            objects.filter(move |object| object["kind"] == kind)
        };
        let mut namespaces = BTreeMap::new();
        for namespace in of_kind("Namespace") {
            let metadata = &namespace["metadata"];
            namespaces.insert(text(&metadata["name"]), map(&metadata["labels"]));
        }
        let filter = Filter::new(&options.labels);
        Self {
            pods: of_kind("Pod")
                .map(|object| pod(object, &namespaces, &filter))
                .collect(),
            nodes: of_kind("Node").map(node).collect(),
            shows_node_labels: options.node_selectors,
        }
    }

    /// The pod that policies of this end apply to.
    pub(crate) fn subject(&self, end: &End) -> Option<&Pod> {
        match end {
            End::Pod(name) => {
                let pod = self.pod(name);
                (!pod.host_network).then_some(pod)
            }
            End::Address(address) => self.pod_at(*address),
            End::Entity(_) => None,
        }
    }

    /// What this end is to the subject.
    pub(super) fn party(&self, end: &End, subject: &Pod) -> Party<'_> {
        let (who, address) = match end {
            End::Pod(name) => {
                let pod = self.pod(name);
                let who = match pod.host_network {
                    true => self.node(pod.node.as_deref(), subject),
                    false => Who::Pod(pod),
                };
                (who, pod.addresses.first().copied())
            }
            End::Address(address) => {
                let mut nodes = self.nodes.iter();
                let node = nodes.find(|node| node.addresses.contains(address));
                let is_ipv6 = address.is_ipv6();
                let who = match (self.pod_at(*address), node) {
                    (Some(pod), _) => Who::Pod(pod),
                    (None, Some(node)) => self.node(Some(&node.name), subject),
                    (None, None) => Who::Outside { is_ipv6 },
                };
                (who, Some(*address))
            }
            End::Entity(name) if name == "world" => (Who::Outside { is_ipv6: false }, None),
            End::Entity(name) => (Who::Reserved(name.clone()), None),
        };
        Party {
            who,
            address,
            shows_node_labels: self.shows_node_labels,
        }
    }

    /// The pod of this name.
    pub(crate) fn pod(&self, name: &str) -> &Pod {
        let mut pods = self.pods.iter();
        pods.find(|pod| pod.name == name)
            .expect("a pod of this cluster")
    }

    fn pod_at(&self, address: IpAddr) -> Option<&Pod> {
        let mut pods = self.pods.iter();
        pods.find(|pod| !pod.host_network && pod.addresses.contains(&address))
    }

    fn node(&self, name: Option<&str>, subject: &Pod) -> Who<'_> {
        let is_own = name.is_some() && name == subject.node.as_deref();
        let mut nodes = self.nodes.iter();
        Who::Node(nodes.find(|node| name == Some(&node.name)), is_own)
    }
}

fn pod(
    object: &Value,
    namespaces: &BTreeMap<String, BTreeMap<String, String>>,
    filter: &Filter,
) -> Pod {
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
            filter,
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
        labels,
    }
}

/// An address as text.
pub(super) fn address(value: &Value) -> IpAddr {
    text(value).parse().expect("a valid address")
}
