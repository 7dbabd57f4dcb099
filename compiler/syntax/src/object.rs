//! The objects ztc reads, as written, with spans: what every decoder produces.
//!
//! Wire types, not meaning: defaults that an API applies on admission are not filled in here,
//! unless a field's documentation says so. An object with an error in it is not produced at all
//! (Cilium and the API server would refuse it whole), so every value here is valid by itself.

mod admin;
mod cilium;
mod kubernetes;
mod policy_test;
mod workload;

use std::net::IpAddr;

use ztc_diag::{Span, Spanned};

pub use admin::*;
pub use cilium::*;
pub use kubernetes::*;
pub use policy_test::*;
pub use workload::*;

/// One object of a kind that ztc knows.
#[derive(Clone, Debug)]
pub enum Object {
    /// `cilium.io/v2` CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy.
    Cilium(CiliumNetworkPolicy),
    /// `networking.k8s.io/v1` NetworkPolicy.
    NetworkPolicy(NetworkPolicy),
    /// `policy.networking.k8s.io` ClusterNetworkPolicy, AdminNetworkPolicy or
    /// BaselineAdminNetworkPolicy.
    Admin(AdminPolicy),
    /// `cilium.io/v2alpha1` or `cilium.io/v2` CiliumCIDRGroup.
    CidrGroup(CidrGroup),
    /// A pod, or the pod template of a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or
    /// CronJob.
    Workload(Workload),
    /// `v1` Namespace.
    Namespace(Namespace),
    /// `v1` Node.
    Node(Node),
    /// `v1` Service.
    Service(Service),
    /// `discovery.k8s.io/v1` EndpointSlice.
    EndpointSlice(EndpointSlice),
    /// `ztc.dev/v1alpha1` Resolution: addresses of names and groups, as of some moment.
    Resolution(Resolution),
    /// `ztc.dev/v1alpha1` PolicyTest: assertions about connections.
    PolicyTest(PolicyTest),
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
    /// The annotation `ztc.dev/enforcement`; only policies have a use for it.
    pub enforcement: Option<Spanned<Enforcement>>,
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

/// Whether a policy is enforced: the annotation `ztc.dev/enforcement`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Enforcement {
    /// `enforce`, which is also what no annotation means.
    Enforce,
    /// `audit`: what it would change is reported, and nothing is changed.
    Audit,
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
