//! Workloads and what else a cluster has, as policy needs to know them.

use std::net::IpAddr;

use ztc_diag::{Span, Spanned};

use super::{Meta, Protocol};

/// What a pod template belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum WorkloadKind {
    /// A single pod, from a manifest or a snapshot.
    Pod,
    /// `apps/v1`.
    Deployment,
    /// `apps/v1`.
    StatefulSet,
    /// `apps/v1`.
    DaemonSet,
    /// `apps/v1`.
    ReplicaSet,
    /// `batch/v1`.
    Job,
    /// `batch/v1`.
    CronJob,
}

impl WorkloadKind {
    /// As `kind` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::ReplicaSet => "ReplicaSet",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
        }
    }
}

/// A pod or a pod template.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What it is.
    pub kind: WorkloadKind,
    /// Name and namespace of the object. For a template, `meta.labels` are not the pods' labels.
    pub meta: Meta,
    /// The pods' labels, sorted by key, each key once.
    pub labels: Vec<(String, String)>,
    /// Where the pods' labels are written; the kind when there are none.
    pub labels_span: Span,
    /// The service account; `default` when none is written.
    pub service_account: String,
    /// Whether it shares the node's network, and so is no subject of policy.
    pub host_network: bool,
    /// The node it runs on; only a pod has one.
    pub node: Option<String>,
    /// Ports of its regular containers, as written.
    pub ports: Vec<ContainerPort>,
    /// Its addresses (`status.podIPs`, `status.podIP`); only a pod has any.
    pub addresses: Vec<IpAddr>,
    /// The controller that owns it, as (kind, name), from `metadata.ownerReferences`.
    pub owner: Option<(String, String)>,
}

/// A container port.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ContainerPort {
    /// Its name, lower case.
    pub name: Option<String>,
    /// Its number, 1..=65535.
    pub number: u16,
    /// Its protocol, TCP when none is written; never ANY.
    pub protocol: Protocol,
}

/// A namespace; its labels are in `meta` (the automatic `kubernetes.io/metadata.name` is added by
/// the model, not here).
#[derive(Clone, Debug)]
pub struct Namespace {
    /// Name and labels.
    pub meta: Meta,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// Name and labels.
    pub meta: Meta,
    /// `status.addresses` of type InternalIP and ExternalIP.
    pub addresses: Vec<IpAddr>,
    /// Whether the API server runs on it (a snapshot says so, or the control-plane role label).
    pub kube_apiserver: bool,
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Name and namespace.
    pub meta: Meta,
    /// `spec.selector`, sorted by key; empty for a service without one.
    pub selector: Vec<(String, String)>,
    /// `spec.ports[].port`.
    pub ports: Vec<u16>,
    /// `spec.clusterIPs` or `spec.clusterIP`, unless headless.
    pub cluster_ips: Vec<IpAddr>,
}

/// An EndpointSlice.
#[derive(Clone, Debug)]
pub struct EndpointSlice {
    /// Name and namespace.
    pub meta: Meta,
    /// The service it belongs to: the label `kubernetes.io/service-name`.
    pub service: Option<String>,
    /// Addresses of endpoints that are not said to be unready, as written, sorted, each once; none
    /// for a slice of names (`addressType: FQDN`).
    pub addresses: Vec<IpAddr>,
}

/// Addresses that names and groups stood for at some moment, so that policies about them compile.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// The value of the `kind` key.
    pub kind_span: Span,
    /// `names`: name (lower case, without the trailing dot) and addresses, as written.
    pub names: Vec<(Spanned<String>, Vec<IpAddr>)>,
    /// `groups`: key (see [`CloudGroup`](super::CloudGroup)) and addresses, as written.
    pub groups: Vec<(Spanned<String>, Vec<IpAddr>)>,
}
