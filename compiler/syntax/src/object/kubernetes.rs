//! The Kubernetes NetworkPolicy as written.

use ztc_diag::{Span, Spanned};

use super::{CidrSet, LabelSelector, List, Meta, PortRange};

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
