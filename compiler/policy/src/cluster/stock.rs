//! Objects of a run by name, each once, until they are numbered.
//!
//! Must not know labels of identities, nor policies.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use ztc_diag::Span;
use ztc_syntax::{Meta, Object, Workload, WorkloadKind};

use super::{Namespace, Node, Service};

/// Objects by name, each once, until they are numbered.
#[derive(Default)]
pub(super) struct Stock<'a> {
    pub(super) namespaces: BTreeMap<&'a str, Namespace>,
    pub(super) workloads: BTreeMap<(String, WorkloadKind), &'a Workload>,
    nodes: BTreeMap<&'a str, (Node, Span)>,
    pub(super) services: BTreeMap<(&'a str, &'a str), (Service, Span)>,
    /// Where the API server is: the backends of the service `kubernetes`.
    api_servers: BTreeSet<IpAddr>,
}

impl<'a> Stock<'a> {
    /// Takes an object in. Says where another one with its name was that contradicts it.
    pub(super) fn add(&mut self, object: &'a Object) -> Option<(&'a Meta, Span)> {
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
                let old = insert_once(&mut self.workloads, key.clone(), workload, same);
                self.know_owner(&key, workload);
                (&workload.meta, old.map(|old| old.meta.name.span))
            }
            Object::Cilium(_)
            | Object::NetworkPolicy(_)
            | Object::Admin(_)
            | Object::CidrGroup(_)
            | Object::Resolution(_)
            | Object::PolicyTest(_) => return None,
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

    /// A manifest of a pod need not say what a snapshot does: of two, one that names the owner
    /// counts, and of two that name one the first in order of the names.
    fn know_owner(&mut self, key: &(String, WorkloadKind), other: &'a Workload) {
        if let Some(known) = self.workloads.get_mut(key)
            && other.owner.is_some()
            && (known.owner.is_none() || other.owner < known.owner)
        {
            *known = other;
        }
    }

    /// Leaves out what another template of the input makes: of a Deployment's ReplicaSets most are
    /// of the past.
    pub(super) fn leave_out_made(&mut self) {
        let names: BTreeSet<&str> = self.workloads.keys().map(|(name, _)| &**name).collect();
        let is_made = |workload: &Workload| {
            workload.owner.as_ref().is_some_and(|(kind, name)| {
                let namespace = workload.meta.namespace_or_default();
                names.contains(format!("{namespace}/{kind}/{name}").as_str())
            })
        };
        let templates = self.workloads.iter();
        let templates = templates.filter(|((_, kind), _)| *kind != WorkloadKind::Pod);
        let made = templates.filter(|(_, workload)| is_made(workload));
        let made: Vec<_> = made.map(|(key, _)| key.clone()).collect();
        for key in made {
            self.workloads.remove(&key);
        }
    }

    /// The nodes, with what is known of the API server's place.
    pub(super) fn nodes(&self) -> Vec<Node> {
        let mut nodes: Vec<Node> = self.nodes.values().map(|(node, _)| node.clone()).collect();
        for node in &mut nodes {
            let addresses = &mut node.addresses.iter();
            node.kube_apiserver |= addresses.any(|address| self.api_servers.contains(address));
        }
        nodes
    }

    /// Adds the namespaces that are used and not defined.
    pub(super) fn add_used_namespaces(&mut self) {
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

fn full_name(workload: &Workload) -> String {
    let namespace = workload.meta.namespace_or_default();
    let name = &workload.meta.name.value;
    match workload.kind {
        WorkloadKind::Pod => format!("{namespace}/{name}"),
        kind => format!("{namespace}/{}/{name}", kind.name()),
    }
}
