//! The workloads of a run: namespaces, endpoints, nodes, services.
//!
//! An *endpoint* is a pod, or a pod template that stands for pods like it. Must not know policies.

mod node;
mod stock;
mod workload;

use std::{collections::BTreeMap, net::IpAddr};

use rustc_hash::FxHashMap;
use ztc_diag::{Sink, Span};
use ztc_identity::{LabelSet, PodFacts};
use ztc_syntax::{Object, Protocol, Workload, WorkloadKind};

pub use self::node::Node;
pub(crate) use self::node::{API_NODE, API_NODE_PREFIX, api_node_key};
use self::stock::Stock;
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
    /// The kind and name of what controls it; a template has none that matters.
    pub owner: Option<(String, String)>,
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
        stock.leave_out_made();
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
                owner: workload.owner.clone(),
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

fn kind_name(object: &Object) -> &'static str {
    match object {
        Object::Workload(workload) => workload.kind.name(),
        Object::Namespace(_) => "Namespace",
        Object::Node(_) => "Node",
        Object::Service(_) => "Service",
        _ => "policy",
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
