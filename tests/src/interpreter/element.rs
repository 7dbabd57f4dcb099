//! What every kind of policy comes down to: elements that match or do not.

use super::Protocol;
use super::cluster::Pod;
use super::labels::Selector;
use super::party::Party;
use super::prefix::Prefix;

/// Seen from the subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Direction {
    Ingress,
    Egress,
}

/// What a matching element does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Action {
    Allow,
    Deny,
    /// Leaves it to the next tier.
    Pass,
}

/// Who is asked before whom.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Tier {
    Admin(Rank),
    /// Cilium's kinds and NetworkPolicy, without any order.
    Normal,
    Baseline(Rank),
}

/// Within a tier the lowest that matches decides.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Rank {
    pub(super) priority: u64,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) index: usize,
}

/// Where an element is written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Origin {
    pub(crate) kind: String,
    /// Empty for a clusterwide policy.
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Such as `spec.ingress[0]`.
    pub(crate) path: String,
}

/// One item of a policy's lists, or the mere isolation of a NetworkPolicy without items.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) origin: Origin,
    pub(crate) tier: Tier,
    pub(crate) direction: Direction,
    pub(crate) action: Action,
    /// Whether it puts its subjects into default deny.
    pub(crate) isolates: bool,
    /// Whether its policy is audited, so that it has a say in the shadow judgement alone.
    pub(crate) audited: bool,
    pub(super) subject: Selector,
    pub(super) peers: Peers,
    pub(super) ports: Ports,
}

/// Whom an element speaks of.
#[derive(Clone, Debug)]
pub(super) enum Peers {
    Any,
    /// Nobody, if there are none.
    OneOf(Vec<PeerTerm>),
}

/// One way to name peers.
#[derive(Clone, Debug)]
pub(super) enum PeerTerm {
    Labels(Selector),
    Entity(String),
    /// Addresses outside; those of nodes too when an option says so.
    Cidr {
        base: Prefix,
        except: Vec<Prefix>,
        nodes_too: bool,
    },
    /// Addresses, whoever has them.
    Network(Prefix),
    /// Nodes, the subject's own too, by their labels.
    Nodes(Selector),
}

/// Which ports an element speaks of.
#[derive(Clone, Debug)]
pub(super) enum Ports {
    /// Every port of every protocol, known or not.
    All,
    /// No port, if there are none.
    OneOf(Vec<PortTerm>),
}

/// One way to name ports.
#[derive(Clone, Debug)]
pub(super) struct PortTerm {
    pub(super) protocols: Vec<Protocol>,
    pub(super) port: PortName,
}

/// A port as written; ICMP's port is its type.
#[derive(Clone, Debug)]
pub(super) enum PortName {
    /// Every port of the protocols.
    Every,
    /// First and last.
    Range(u16, u16),
    /// A container port's name, lower case.
    Named(String),
}

impl Element {
    /// Whether it speaks of this peer on this port.
    pub(super) fn matches(
        &self,
        subject: &Pod,
        peer: &Party<'_>,
        protocol: Protocol,
        port: u16,
    ) -> bool {
        let peers = match &self.peers {
            Peers::Any => true,
            Peers::OneOf(terms) => terms.iter().any(|term| term.matches(peer)),
        };
        // A name is looked up where the connection ends.
        let destination = match self.direction {
            Direction::Ingress => Some(subject),
            Direction::Egress => peer.pod(),
        };
        peers
            && match &self.ports {
                Ports::All => true,
                Ports::OneOf(terms) => terms
                    .iter()
                    .any(|term| term.matches(destination, protocol, port)),
            }
    }
}

impl PeerTerm {
    fn matches(&self, peer: &Party<'_>) -> bool {
        match self {
            Self::Labels(selector) => selector.matches(&peer.labels()),
            Self::Entity(entity) => peer.is_entity(entity),
            Self::Cidr {
                base,
                except,
                nodes_too,
            } => peer.is_inside(base, except, *nodes_too),
            Self::Network(prefix) => peer.is_in_network(prefix),
            Self::Nodes(selector) => peer.node_labels().is_some_and(|it| selector.matches(&it)),
        }
    }
}

impl PortTerm {
    fn matches(&self, destination: Option<&Pod>, protocol: Protocol, port: u16) -> bool {
        self.protocols.contains(&protocol)
            && match &self.port {
                PortName::Every => true,
                PortName::Range(first, last) => (*first..=*last).contains(&port),
                PortName::Named(name) => destination.is_some_and(|pod| {
                    let mut ports = pod.ports.iter();
                    ports.any(|p| (&p.name, p.protocol, p.number) == (name, protocol, port))
                }),
            }
    }
}
