//! The objects ztc reads, as written, with spans: what every decoder produces.
//!
//! Wire types, not meaning: defaults that an API applies on admission are not filled in here,
//! unless a field's documentation says so. An object with an error in it is not produced at all
//! (Cilium and the API server would refuse it whole), so every value here is valid by itself.

mod workload;

use std::net::IpAddr;

use ztc_diag::{Span, Spanned};

pub use workload::*;

/// One object of a kind that ztc knows.
#[derive(Clone, Debug)]
pub enum Object {
    /// `cilium.io/v2` CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy.
    Cilium(CiliumNetworkPolicy),
    /// `networking.k8s.io/v1` NetworkPolicy.
    NetworkPolicy(NetworkPolicy),
    /// A pod, or the pod template of a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or
    /// CronJob.
    Workload(Workload),
    /// `v1` Namespace.
    Namespace(Namespace),
    /// `v1` Node.
    Node(Node),
    /// `v1` Service.
    Service(Service),
}

/// Where an object is from and what it is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meta {
    /// `metadata.name`; never empty.
    pub name: Spanned<String>,
    /// `metadata.namespace` as written; `None` when absent or empty.
    pub namespace: Option<Spanned<String>>,
    /// `metadata.labels`, sorted by key, each key once.
    pub labels: Vec<(String, String)>,
    /// The value of the `kind` key, for diagnostics about the object as a whole.
    pub kind_span: Span,
}

impl Meta {
    /// The namespace of a namespaced object: `default` when none is written, as kubectl has it.
    pub fn namespace_or_default(&self) -> &str {
        self.namespace
            .as_ref()
            .map_or("default", |namespace| namespace.value.as_str())
    }
}

/// A list that may be absent, which is not the same as empty (SEMANTICS.md). `null` is
/// absent.
/// The span covers the whole list.
pub type List<T> = Option<Spanned<Vec<T>>>;

// === selectors ===

/// A label selector: all requirements hold, none is all there is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LabelSelector {
    /// The whole selector.
    pub span: Span,
    /// `matchLabels` entries first (as `In` with one value), then `matchExpressions`, as written.
    pub requirements: Vec<Requirement>,
}

/// One requirement of a selector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requirement {
    /// The whole entry or expression.
    pub span: Span,
    /// The key as written, a Cilium source prefix included.
    pub key: Spanned<String>,
    /// The operator.
    pub operator: Operator,
    /// The values: at least one for `In` and `NotIn`, none for the others.
    pub values: Vec<Spanned<String>>,
    /// Whether it is a `matchLabels` entry.
    pub from_match_labels: bool,
}

/// The operator of a requirement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operator {
    /// The label exists and its value is one of these.
    In,
    /// The label is missing or its value is none of these.
    NotIn,
    /// The label exists.
    Exists,
    /// The label is missing.
    DoesNotExist,
}

// === ports, prefixes ===

/// A transport protocol as a policy writes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Protocol {
    /// `TCP`.
    Tcp,
    /// `UDP`.
    Udp,
    /// `SCTP`.
    Sctp,
    /// `ANY` (Cilium only): TCP, UDP and SCTP, never ICMP.
    Any,
}

/// A port as a policy writes it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Port {
    /// A number. 0 occurs in Cilium's kinds only and means every port of the protocol.
    Number(u16),
    /// The name of a container port, lower case.
    Name(String),
}

/// One element of `ports`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PortRange {
    /// The whole element.
    pub span: Span,
    /// The port; absent only in a NetworkPolicy, where it means every port of the protocol.
    pub port: Option<Spanned<Port>>,
    /// `endPort`, inclusive; only beside a number other than 0. May be smaller than the port in
    /// Cilium's kinds (which then mean the single port); never in a NetworkPolicy.
    pub end_port: Option<Spanned<u16>>,
    /// The protocol; absent means ANY in Cilium's kinds and TCP in a NetworkPolicy.
    pub protocol: Option<Spanned<Protocol>>,
}

/// An address prefix, host bits masked off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Prefix {
    /// The network address.
    pub address: IpAddr,
    /// Significant bits: 0..=32 or 0..=128.
    pub length: u8,
}

/// A prefix with exceptions: a CIDRSet element or an ipBlock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CidrSet {
    /// The whole element.
    pub span: Span,
    /// The base.
    pub cidr: Spanned<Prefix>,
    /// Exceptions; each address lies inside the base.
    pub except: Vec<Spanned<Prefix>>,
}

// === Cilium ===

/// A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy.
#[derive(Clone, Debug)]
pub struct CiliumNetworkPolicy {
    /// Name and namespace. A clusterwide policy has no namespace (one that is written is an error).
    pub meta: Meta,
    /// Whether it is the clusterwide kind.
    pub clusterwide: bool,
    /// `spec`, then `specs`.
    pub rules: Vec<CiliumRule>,
}

/// One Rule: `spec` or an element of `specs`.
#[derive(Clone, Debug)]
pub struct CiliumRule {
    /// The whole mapping.
    pub span: Span,
    /// Its place in the object: `spec`, or `specs[0]`, `specs[1]`, …
    pub path: String,
    /// `endpointSelector`.
    pub endpoint_selector: LabelSelector,
    /// `ingress`.
    pub ingress: List<CiliumElement>,
    /// `ingressDeny`.
    pub ingress_deny: List<CiliumElement>,
    /// `egress`.
    pub egress: List<CiliumElement>,
    /// `egressDeny`.
    pub egress_deny: List<CiliumElement>,
    /// `enableDefaultDeny.ingress`.
    pub default_deny_ingress: Option<Spanned<bool>>,
    /// `enableDefaultDeny.egress`.
    pub default_deny_egress: Option<Spanned<bool>>,
}

/// One element of `ingress`, `ingressDeny`, `egress` or `egressDeny`. At most one of the four peer
/// lists is non-empty.
#[derive(Clone, Debug)]
pub struct CiliumElement {
    /// The whole element.
    pub span: Span,
    /// `fromEndpoints` or `toEndpoints`.
    pub endpoints: List<LabelSelector>,
    /// `fromEntities` or `toEntities`.
    pub entities: List<Spanned<Entity>>,
    /// `fromCIDR` or `toCIDR`.
    pub cidr: List<Spanned<Prefix>>,
    /// `fromCIDRSet` or `toCIDRSet`.
    pub cidr_set: List<CidrSet>,
    /// `toPorts`.
    pub to_ports: List<CiliumPortRule>,
}

/// One element of `toPorts`.
#[derive(Clone, Debug)]
pub struct CiliumPortRule {
    /// The whole element.
    pub span: Span,
    /// `ports`; each has a port.
    pub ports: List<PortRange>,
}

/// A peer with a name instead of labels (SEMANTICS.md).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Entity {
    /// Everything.
    All,
    /// Anything outside the cluster.
    World,
    /// Outside, IPv4. Not in the CRD's enumeration, but the agent knows it.
    WorldIpv4,
    /// Outside, IPv6. Not in the CRD's enumeration, but the agent knows it.
    WorldIpv6,
    /// Everything in the local cluster.
    Cluster,
    /// The local node.
    Host,
    /// Endpoints whose labels are not known yet.
    Init,
    /// The ingress proxy's source address.
    Ingress,
    /// Known pods that Cilium does not manage.
    Unmanaged,
    /// All other nodes.
    RemoteNode,
    /// Health-check endpoints.
    Health,
    /// Nothing.
    None,
    /// The API server wherever it is.
    KubeApiserver,
}

impl Entity {
    /// Every entity, in the order of the enumeration.
    pub const ALL: [Entity; 13] = [
        Self::All,
        Self::World,
        Self::WorldIpv4,
        Self::WorldIpv6,
        Self::Cluster,
        Self::Host,
        Self::Init,
        Self::Ingress,
        Self::Unmanaged,
        Self::RemoteNode,
        Self::Health,
        Self::None,
        Self::KubeApiserver,
    ];

    /// As a policy writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::World => "world",
            Self::WorldIpv4 => "world-ipv4",
            Self::WorldIpv6 => "world-ipv6",
            Self::Cluster => "cluster",
            Self::Host => "host",
            Self::Init => "init",
            Self::Ingress => "ingress",
            Self::Unmanaged => "unmanaged",
            Self::RemoteNode => "remote-node",
            Self::Health => "health",
            Self::None => "none",
            Self::KubeApiserver => "kube-apiserver",
        }
    }
}

// === Kubernetes NetworkPolicy ===

/// A NetworkPolicy.
#[derive(Clone, Debug)]
pub struct NetworkPolicy {
    /// Name and namespace.
    pub meta: Meta,
    /// The whole `spec`.
    pub span: Span,
    /// `podSelector`; when it is absent (older exports), empty at the start of `spec`.
    pub pod_selector: LabelSelector,
    /// `policyTypes` as written; absent when the key is missing or the list empty.
    pub policy_types: Option<Vec<Spanned<PolicyType>>>,
    /// `ingress`.
    pub ingress: List<NetworkPolicyRule>,
    /// `egress`.
    pub egress: List<NetworkPolicyRule>,
}

/// An element of `policyTypes`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PolicyType {
    /// `Ingress`.
    Ingress,
    /// `Egress`.
    Egress,
}

/// One element of a NetworkPolicy's `ingress` or `egress`.
#[derive(Clone, Debug)]
pub struct NetworkPolicyRule {
    /// The whole element.
    pub span: Span,
    /// `from` or `to`.
    pub peers: List<NetworkPolicyPeer>,
    /// `ports`.
    pub ports: List<PortRange>,
}

/// One element of `from` or `to`.
#[derive(Clone, Debug)]
pub enum NetworkPolicyPeer {
    /// `podSelector`, `namespaceSelector` or both; at least one is there.
    Pods {
        /// The whole element.
        span: Span,
        /// `podSelector`.
        pod_selector: Option<LabelSelector>,
        /// `namespaceSelector`.
        namespace_selector: Option<LabelSelector>,
    },
    /// `ipBlock`.
    IpBlock(CidrSet),
}
