//! Policies and rules.

use ztc_diag::Span;

use super::{Peers, Ports, Proxied, SelectorId};
use crate::Degradation;

/// The number of a rule: from 1, in the order of policies. What a bundle and an event carry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RuleId(pub u32);

impl RuleId {
    /// No rule: what the options say.
    pub const NONE: Self = Self(0);
}

/// Seen from the subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// To the subject.
    Ingress,
    /// From the subject.
    Egress,
}

impl Direction {
    /// Both.
    pub const ALL: [Direction; 2] = [Self::Ingress, Self::Egress];

    /// `ingress` or `egress`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// When a rule is asked. Of one tier all rules of [`Tier::Normal`] speak at once, a deny before
/// every allow; in the others the first that matches decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tier {
    /// AdminNetworkPolicy, and ClusterNetworkPolicy of that tier.
    Admin,
    /// Cilium's kinds and NetworkPolicy.
    Normal,
    /// BaselineAdminNetworkPolicy, and ClusterNetworkPolicy of that tier: only where nothing of the
    /// tier before isolates the subject.
    Baseline,
}

impl Tier {
    /// Lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Normal => "normal",
            Self::Baseline => "baseline",
        }
    }
}

/// What a rule does with what it matches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Action {
    /// Lets it through.
    Allow,
    /// Keeps it out.
    Deny,
    /// Leaves it to the next tier.
    Pass,
}

/// The API kind a policy was written in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PolicyKind {
    /// AdminNetworkPolicy.
    AdminNetworkPolicy,
    /// BaselineAdminNetworkPolicy.
    BaselineAdminNetworkPolicy,
    /// CiliumClusterwideNetworkPolicy.
    CiliumClusterwideNetworkPolicy,
    /// CiliumNetworkPolicy.
    CiliumNetworkPolicy,
    /// ClusterNetworkPolicy.
    ClusterNetworkPolicy,
    /// NetworkPolicy.
    NetworkPolicy,
}

impl PolicyKind {
    /// In full.
    pub fn name(self) -> &'static str {
        match self {
            Self::CiliumClusterwideNetworkPolicy => "CiliumClusterwideNetworkPolicy",
            Self::CiliumNetworkPolicy => "CiliumNetworkPolicy",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::AdminNetworkPolicy => "AdminNetworkPolicy",
            Self::BaselineAdminNetworkPolicy => "BaselineAdminNetworkPolicy",
            Self::ClusterNetworkPolicy => "ClusterNetworkPolicy",
        }
    }
}

/// One policy object.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its kind.
    pub kind: PolicyKind,
    /// Its namespace; empty for a clusterwide policy.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Where its name is written.
    pub span: Span,
    /// Whether it is audited: what it would change is reported, and nothing is changed.
    pub audit: bool,
    /// When its rules are asked.
    pub tier: Tier,
    /// Within the tier, lower first: 0..=1000; 0 in [`Tier::Normal`], which has no order.
    pub priority: u16,
}

impl Policy {
    /// `namespace/name`, or the name alone.
    pub fn full_name(&self) -> String {
        if self.namespace.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }
}

/// One element of an `ingress`, `ingressDeny`, `egress` or `egressDeny` list, or the isolation
/// that a NetworkPolicy without rules in a direction stands for.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Index of its policy.
    pub policy: u32,
    /// Where it is written: the element, or what stands for the missing list.
    pub span: Span,
    /// Its place in the object, such as `spec.ingress[0]`.
    pub path: String,
    /// The pods it applies to.
    pub subject: SelectorId,
    /// Where the subject's selector is written.
    pub subject_span: Span,
    /// Which traffic of theirs.
    pub direction: Direction,
    /// Allow, deny or pass.
    pub action: Action,
    /// As its policy's.
    pub tier: Tier,
    /// As its policy's.
    pub priority: u16,
    /// As its policy's.
    pub audit: bool,
    /// Whether its subjects are isolated in its direction because of it.
    pub isolates: bool,
    /// The other side.
    pub peers: Peers,
    /// On which ports.
    pub ports: Ports,
    /// Text that goes with its verdicts: Cilium's `log.value`.
    pub log: Option<String>,
    /// What it asks of a proxy, which no verdict depends on; `None` for most rules.
    pub proxied: Option<Box<Proxied>>,
    /// What it asks for and does not get, because the options allow it; sorted, each once.
    pub degraded: Vec<Degradation>,
    /// The same with what it asks, as `fqdn example.com`; sorted, each once. No verdict depends on
    /// it, but an agent that does enforce it permits something else when it changes.
    pub unmet: Vec<String>,
}
