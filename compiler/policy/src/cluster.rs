//! The workloads of a run: namespaces, endpoints, nodes, services.
//!
//! An *endpoint* is a pod, or a pod template that stands for pods like it. Must not know policies.

mod node;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use rustc_hash::FxHashMap;
use ztc_diag::{Sink, Span};
use ztc_identity::{LabelSet, PodFacts};
use ztc_syntax::{Meta, Object, Protocol, Workload, WorkloadKind};

pub use self::node::Node;
pub(crate) use self::node::{API_NODE, API_NODE_PREFIX, api_node_key};
use crate::{AnalyseOptions, errors, model};

/// Everything that runs, sorted so that numbers do not depend on the order of files.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    /// The local cluster's name.
    pub name: String,
    /// Every namespace that is defined or used, sorted by name.
    pub namespaces: Vec<Namespace>,
    /// Pods and pod templates, sorted by name.
    pub endpoints: Vec<Endpoint>,
    /// Each set of identity labels that an endpoint has, once; sorted.
    pub label_sets: Vec<LabelSet>,
    /// Nodes, sorted by name.
    pub nodes: Vec<Node>,
    /// Services, sorted by namespace and name.
    pub services: Vec<Service>,
}

/// A namespace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its labels, sorted by key; the automatic name label is not among them unless written.
    pub labels: Vec<(String, String)>,
    /// Where it is defined; `None` when it is only used.
    pub span: Option<Span>,
}

/// A pod or a pod template.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `namespace/name` of a pod, `namespace/Kind/name` of a template.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The name alone.
    pub short_name: String,
    /// Pod, Deployment, …
    pub kind: WorkloadKind,
    /// Where its name is written.
    pub span: Span,
    /// Where its labels are written.
    pub labels_span: Span,
    /// The pods' labels as written, sorted by key.
    pub labels: Vec<(String, String)>,
    /// Index of its identity labels in [`Cluster::label_sets`].
    pub label_set: u32,
    /// Named container ports: name, protocol, number; in container order, a name and protocol once.
    pub ports: Vec<(model::NamedPort, u16)>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The node it runs on.
    pub node: Option<String>,
    /// Whether it shares the node's network: no subject, and as a peer it is its node.
    pub host_network: bool,
}

/// A service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Service {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its pod selector, sorted by key; empty for none.
    pub selector: Vec<(String, String)>,
    /// Its ports.
    pub ports: Vec<u16>,
    /// Its addresses.
    pub cluster_ips: Vec<IpAddr>,
}

/// Objects by name, each once, until they are numbered.
#[derive(Default)]
struct Stock<'a> {
    namespaces: BTreeMap<&'a str, Namespace>,
    workloads: BTreeMap<(String, WorkloadKind), &'a Workload>,
    nodes: BTreeMap<&'a str, (Node, Span)>,
    services: BTreeMap<(&'a str, &'a str), (Service, Span)>,
    /// Where the API server is: the backends of the service `kubernetes`.
    api_servers: BTreeSet<IpAddr>,
}

impl<'a> Stock<'a> {
    /// Takes an object in. Says where another one with its name was that contradicts it.
    fn add(&mut self, object: &'a Object) -> Option<(&'a Meta, Span)> {
        let (meta, first) = match object {
            Object::Namespace(namespace) => {
                let meta = &namespace.meta;
                let new = Namespace {
                    name: meta.name.value.clone(),
                    labels: meta.labels.clone(),
                    span: Some(meta.name.span),
                };
                let same = |old: &Namespace, new: &Namespace| old.labels == new.labels;
                let old = insert_once(&mut self.namespaces, &meta.name.value, new, same);
                (meta, old.and_then(|old| old.span))
            }
            Object::Node(node) => {
                let meta = &node.meta;
                let new = Node {
                    name: meta.name.value.clone(),
                    labels: meta.labels.clone(),
                    addresses: node.addresses.clone(),
                    kube_apiserver: node.kube_apiserver,
                };
                let new = (new, meta.name.span);
                let same = |old: &(Node, Span), new: &(Node, Span)| old.0 == new.0;
                let old = insert_once(&mut self.nodes, &meta.name.value, new, same);
                (meta, old.map(|old| old.1))
            }
            Object::Service(service) => {
                let meta = &service.meta;
                let key = (meta.namespace_or_default(), meta.name.value.as_str());
                let new = Service {
                    namespace: key.0.into(),
                    name: key.1.into(),
                    selector: service.selector.clone(),
                    ports: service.ports.clone(),
                    cluster_ips: service.cluster_ips.clone(),
                };
                let new = (new, meta.name.span);
                let same = |old: &(Service, Span), new: &(Service, Span)| old.0 == new.0;
                let old = insert_once(&mut self.services, key, new, same);
                (meta, old.map(|old| old.1))
            }
            Object::Workload(workload) => {
                let key = (full_name(workload), workload.kind);
                let same = |old: &&Workload, new: &&Workload| same_workload(old, new);
                let old = insert_once(&mut self.workloads, key, workload, same);
                (&workload.meta, old.map(|old| old.meta.name.span))
            }
            Object::Cilium(_)
            | Object::NetworkPolicy(_)
            | Object::Admin(_)
            | Object::CidrGroup(_)
            | Object::Resolution(_) => return None,
            Object::EndpointSlice(slice) => {
                let is_api_server = slice.service.as_deref() == Some("kubernetes")
                    && slice.meta.namespace_or_default() == "default";
                if is_api_server {
                    self.api_servers.extend(&slice.addresses);
                }
                return None;
            }
        };
        first.map(|first| (meta, first))
    }

    /// The nodes, with what is known of the API server's place.
    fn nodes(&self) -> Vec<Node> {
        let mut nodes: Vec<Node> = self.nodes.values().map(|(node, _)| node.clone()).collect();
        for node in &mut nodes {
            let addresses = &mut node.addresses.iter();
            node.kube_apiserver |= addresses.any(|address| self.api_servers.contains(address));
        }
        nodes
    }

    /// Adds the namespaces that are used and not defined.
    fn add_used_namespaces(&mut self) {
        for workload in self.workloads.values() {
            let used = workload.meta.namespace_or_default();
            self.namespaces.entry(used).or_insert_with(|| Namespace {
                name: used.into(),
                labels: Vec::new(),
                span: None,
            });
        }
    }
}

impl Cluster {
    /// Takes stock of the objects of a run.
    pub fn new(objects: &[Object], options: &AnalyseOptions, sink: &mut Sink) -> Self {
        let mut stock = Stock::default();
        for object in objects {
            if let Some((meta, first)) = stock.add(object) {
                let (name, second) = (&meta.name.value, meta.name.span);
                errors::duplicate_object(sink, kind_name(object), name, second, first);
            }
        }
        stock.add_used_namespaces();
        let nodes = stock.nodes();
        let Stock {
            namespaces,
            workloads,
            services,
            ..
        } = stock;
        let mut cluster = Self {
            name: options.cluster.clone(),
            namespaces: namespaces.into_values().collect(),
            endpoints: Vec::with_capacity(workloads.len()),
            label_sets: Vec::new(),
            nodes,
            services: services.into_values().map(|(service, _)| service).collect(),
        };
        cluster.add_endpoints(&workloads, options, sink);
        cluster.check_addresses(sink);
        cluster
    }

    /// The namespace with this name.
    pub fn namespace(&self, name: &str) -> Option<&Namespace> {
        let index = self
            .namespaces
            .binary_search_by(|n| n.name.as_str().cmp(name))
            .ok()?;
        self.namespaces.get(index)
    }

    fn add_endpoints(
        &mut self,
        workloads: &BTreeMap<(String, WorkloadKind), &Workload>,
        options: &AnalyseOptions,
        sink: &mut Sink,
    ) {
        // Replicas have equal facts; the labels of equal facts are assembled once.
        type Facts<'a> = (&'a str, &'a [(String, String)], &'a str);
        let mut sets: FxHashMap<Facts<'_>, u32> = FxHashMap::default();
        let mut label_sets: Vec<LabelSet> = Vec::new();
        for ((name, _), workload) in workloads {
            let namespace = workload.meta.namespace_or_default();
            for (key, _) in &workload.labels {
                if key == "host" || key == "init" {
                    sink.push(errors::magic_label(key, name, workload.labels_span));
                }
            }
            let facts = (
                namespace,
                workload.labels.as_slice(),
                workload.service_account.as_str(),
            );
            let label_set = *sets.entry(facts).or_insert_with(|| {
                let namespace_labels = self.namespace(namespace).map_or(&[][..], |n| &n.labels);
                label_sets.push(
                    PodFacts {
                        namespace,
                        namespace_labels,
                        labels: &workload.labels,
                        service_account: &workload.service_account,
                        cluster: &self.name,
                    }
                    .identity_labels(&options.labels),
                );
                u32::try_from(label_sets.len() - 1).unwrap_or(u32::MAX)
            });
            self.endpoints.push(Endpoint {
                name: name.clone(),
                namespace: namespace.into(),
                short_name: workload.meta.name.value.clone(),
                kind: workload.kind,
                span: workload.meta.name.span,
                labels_span: workload.labels_span,
                labels: workload.labels.clone(),
                label_set,
                ports: named_ports(workload, name, sink),
                addresses: workload.addresses.clone(),
                node: workload.node.clone(),
                host_network: workload.host_network,
            });
        }
        self.label_sets = label_sets;
    }

    fn check_addresses(&self, sink: &mut Sink) {
        let mut owners: FxHashMap<IpAddr, &Endpoint> = FxHashMap::default();
        for endpoint in self
            .endpoints
            .iter()
            .filter(|endpoint| !endpoint.host_network)
        {
            for address in &endpoint.addresses {
                if let Some(first) = owners.insert(*address, endpoint) {
                    let first = (first.name.as_str(), first.span);
                    let second = (endpoint.name.as_str(), endpoint.span);
                    errors::duplicate_address(sink, *address, second, first);
                }
            }
        }
    }
}

/// Inserts a new value; gives the old one back when it contradicts the new one.
fn insert_once<K: Ord, V: Clone>(
    map: &mut BTreeMap<K, V>,
    key: K,
    new: V,
    same: impl Fn(&V, &V) -> bool,
) -> Option<V> {
    match map.get(&key) {
        None => {
            map.insert(key, new);
            None
        }
        Some(old) => (!same(old, &new)).then(|| old.clone()),
    }
}

fn same_workload(a: &Workload, b: &Workload) -> bool {
    (
        &a.labels,
        &a.service_account,
        a.host_network,
        &a.node,
        &a.ports,
        &a.addresses,
    ) == (
        &b.labels,
        &b.service_account,
        b.host_network,
        &b.node,
        &b.ports,
        &b.addresses,
    )
}

fn kind_name(object: &Object) -> &'static str {
    match object {
        Object::Workload(workload) => workload.kind.name(),
        Object::Namespace(_) => "Namespace",
        Object::Node(_) => "Node",
        Object::Service(_) => "Service",
        _ => "policy",
    }
}

fn full_name(workload: &Workload) -> String {
    let namespace = workload.meta.namespace_or_default();
    let name = &workload.meta.name.value;
    match workload.kind {
        WorkloadKind::Pod => format!("{namespace}/{name}"),
        kind => format!("{namespace}/{}/{name}", kind.name()),
    }
}

/// The named ports of a workload: of two with one name and protocol the first counts.
fn named_ports(workload: &Workload, name: &str, sink: &mut Sink) -> Vec<(model::NamedPort, u16)> {
    let mut ports: Vec<(model::NamedPort, u16)> = Vec::new();
    for port in &workload.ports {
        let Some(port_name) = &port.name else {
            continue;
        };
        let protocol = match port.protocol {
            Protocol::Udp => model::Protocol::Udp,
            Protocol::Sctp => model::Protocol::Sctp,
            Protocol::Tcp | Protocol::Any => model::Protocol::Tcp,
        };
        let key = model::NamedPort {
            name: port_name.clone(),
            protocol,
        };
        match ports.iter().find(|(named, _)| *named == key) {
            None => ports.push((key, port.number)),
            Some((_, first)) if *first == port.number => {}
            Some((_, first)) => {
                let span = workload.meta.name.span;
                errors::conflicting_port_name(sink, name, port_name, (*first, port.number), span);
            }
        }
    }
    ports
}
