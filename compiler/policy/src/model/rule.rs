//! Policies and rules.

use ztc_diag::Span;

use super::{Peers, Ports, SelectorId};

/// The number of a rule: from 1, in the order of policies. What a bundle and an event carry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RuleId(pub u32);

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

/// What a rule does with what it matches. A deny beats every allow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Action {
    /// Lets it through.
    Allow,
    /// Keeps it out.
    Deny,
}

/// The API kind a policy was written in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PolicyKind {
    /// CiliumClusterwideNetworkPolicy.
    CiliumClusterwideNetworkPolicy,
    /// CiliumNetworkPolicy.
    CiliumNetworkPolicy,
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
    /// Allow or deny.
    pub action: Action,
    /// Whether its subjects are isolated in its direction because of it.
    pub isolates: bool,
    /// The other side.
    pub peers: Peers,
    /// On which ports.
    pub ports: Ports,
}
