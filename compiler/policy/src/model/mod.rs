//! The one shape that every policy kind becomes: rules with a subject, a direction, peers, ports,
//! an action, whether they isolate, and where they were written.
//!
//! What is special about a kind lives in its `from_…` file and nowhere else. Must not know
//! workloads: a model means the same whatever runs.

mod build;
mod cilium_peers;
mod cilium_proxy;
mod cilium_selector;
mod describe;
mod from_admin;
mod from_cilium;
mod from_network_policy;
mod interner;
mod meaning;
mod peer;
mod ports;
pub(crate) mod prefix;
mod proxy;
mod references;
mod renumber;
mod rule;
mod surprises;

pub use peer::{Cidr, CidrId, Peer, PeerTerm, Peers, SelectorId};
pub use ports::{NamedPort, NamedPortId, PortTerm, Ports, Protocol};
pub use proxy::{Listener, Proxied, ProxyPeer, ProxyUse};
pub use rule::{Action, Direction, Policy, PolicyKind, Rule, RuleId, Tier};

use ztc_diag::Span;
use ztc_identity::Selector;

use crate::Degradation;

/// All policies of a run.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Sorted by kind, namespace, name.
    pub policies: Vec<Policy>,
    /// In the order of policies, then position. Rule n is at index n - 1.
    pub rules: Vec<Rule>,
    /// Canonical selectors, sorted, each once.
    pub selectors: Vec<Selector>,
    /// Prefixes with exceptions, sorted, each once.
    pub cidrs: Vec<Cidr>,
    /// Named ports that some rule depends on, sorted, each once.
    pub named_ports: Vec<NamedPort>,
    /// Prefixes that match pods and nodes too, ascending: those of [`PeerTerm::Network`].
    pub networks: Vec<CidrId>,
    /// Addresses of API servers outside the cluster, ascending.
    pub api_servers: Vec<CidrId>,
    /// Policies that were refused and so have no effect, in order of their names.
    pub refused: Vec<RefusedPolicy>,
    /// What policies ask for and do not get in parts that make no rules, sorted.
    pub degraded: Vec<Degradation>,
}

/// A policy that means nothing because something in it is refused.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RefusedPolicy {
    /// Its kind.
    pub kind: PolicyKind,
    /// `namespace/name`, or the name alone.
    pub name: String,
    /// Where its name is written.
    pub span: Span,
}

impl Model {
    /// The rule with this number.
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get((id.0 as usize).checked_sub(1)?)
    }

    /// The policy of a rule.
    pub fn policy_of(&self, rule: &Rule) -> Option<&Policy> {
        self.policies.get(rule.policy as usize)
    }

    /// The selector with this id.
    pub fn selector(&self, id: SelectorId) -> Option<&Selector> {
        self.selectors.get(id.0 as usize)
    }

    /// The rules with their numbers, ascending.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, &Rule)> {
        (1u32..).map(RuleId).zip(&self.rules)
    }
}
