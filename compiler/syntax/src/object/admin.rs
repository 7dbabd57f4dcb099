//! ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy as written: one shape,
//! since they differ in limits and spelling only.

use ztc_diag::{Span, Spanned};

use super::{LabelSelector, List, Meta, NamePattern, Prefix, Protocol};

/// A policy of `policy.networking.k8s.io`.
#[derive(Clone, Debug)]
pub struct AdminPolicy {
    /// Its name; it has no namespace.
    pub meta: Meta,
    /// Which of the kinds it is.
    pub kind: AdminKind,
    /// `spec.tier`; an AdminNetworkPolicy is of the first, a BaselineAdminNetworkPolicy of the
    /// last.
    pub tier: AdminTier,
    /// `spec.priority`, 0..=1000, lower first; 0 in a BaselineAdminNetworkPolicy, which has none.
    pub priority: u16,
    /// `spec.subject`.
    pub subject: AdminPods,
    /// `spec.ingress`; in order, the first that matches decides.
    pub ingress: Vec<AdminRule>,
    /// `spec.egress`, likewise.
    pub egress: Vec<AdminRule>,
}

/// The kinds of [`AdminPolicy`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AdminKind {
    /// `policy.networking.k8s.io/v1alpha2` ClusterNetworkPolicy.
    ClusterNetworkPolicy,
    /// `policy.networking.k8s.io/v1alpha1` AdminNetworkPolicy.
    AdminNetworkPolicy,
    /// `policy.networking.k8s.io/v1alpha1` BaselineAdminNetworkPolicy.
    BaselineAdminNetworkPolicy,
}

impl AdminKind {
    /// In full.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClusterNetworkPolicy => "ClusterNetworkPolicy",
            Self::AdminNetworkPolicy => "AdminNetworkPolicy",
            Self::BaselineAdminNetworkPolicy => "BaselineAdminNetworkPolicy",
        }
    }
}

/// Before or after the policies of the other kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AdminTier {
    /// Before.
    Admin,
    /// After, and only where nothing of the other kinds isolates.
    Baseline,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct AdminRule {
    /// The whole element.
    pub span: Span,
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `action`; `Allow` is the older spelling of `Accept`. No `Pass` in a
    /// BaselineAdminNetworkPolicy.
    pub action: Spanned<AdminAction>,
    /// `from` or `to`; at least one.
    pub peers: Vec<AdminPeer>,
    /// `protocols` or `ports`; absent means everything, ICMP too. Never present and empty.
    pub ports: List<AdminPort>,
}

/// What a rule does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AdminAction {
    /// Lets it through, for good as far as this direction is concerned.
    Accept,
    /// Keeps it out.
    Deny,
    /// Leaves it to the next tier.
    Pass,
}

/// `namespaces` or `pods`: pods by their labels and those of their namespace. Never host-network
/// pods.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdminPods {
    /// The whole element.
    pub span: Span,
    /// On the labels of namespaces; `None` and empty is all of them.
    pub namespaces: Option<LabelSelector>,
    /// On the labels of pods; `None` (that is, `namespaces`) and empty is all of them.
    pub pods: Option<LabelSelector>,
}

/// One peer; nodes, networks and names on egress only.
#[derive(Clone, Debug)]
pub enum AdminPeer {
    /// `namespaces` or `pods`.
    Pods(AdminPods),
    /// `nodes`: on the labels of nodes.
    Nodes(LabelSelector),
    /// `networks`: addresses, of pods and nodes too.
    Networks(Spanned<Vec<Spanned<Prefix>>>),
    /// `domainNames`, with Accept only. `*.x` is one or more labels before `x`, so it comes as the
    /// pattern `**.x`.
    DomainNames(Spanned<Vec<Spanned<NamePattern>>>),
}

/// One element of `protocols` or `ports`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdminPort {
    /// The whole element.
    pub span: Span,
    /// What it matches.
    pub port: AdminPortChoice,
}

/// What an element of `protocols` or `ports` matches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AdminPortChoice {
    /// From the first to the last, inclusive; equal for a single port. Never ANY.
    Range(Protocol, u16, u16),
    /// A named port of the destination, of whatever protocol; lower case.
    Named(String),
}
