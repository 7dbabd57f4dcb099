//! All possible peers, and whom each peer term means.
//!
//! The *universe* is every pod class, every reserved peer, every address class and every node
//! class (twice: seen from elsewhere, and from its own pods), numbered through. A term is a set of
//! them.

use std::collections::BTreeMap;

use ztc_identity::{Label, LabelSet, labels::RESERVED};

use super::{Addresses, Classes, NodePeer, Nodes, members};
use crate::{
    AnalyseOptions, Model,
    cluster::Node,
    model::{PeerTerm, Peers},
};

/// A peer with a name instead of labels or an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reserved {
    /// The subject's own node.
    Host,
    /// A pod outside the policy engine's care.
    Unmanaged,
    /// A health-check endpoint.
    Health,
    /// An endpoint without labels yet.
    Init,
    /// Another node.
    RemoteNode,
    /// Another node, on which the API server runs.
    KubeApiserver,
    /// The ingress proxy.
    Ingress,
    /// The IPv4 world.
    WorldIpv4,
    /// The IPv6 world.
    WorldIpv6,
    /// A pod that the bundle has never seen the like of.
    Unclassified,
    /// The subject's own node, on which the API server runs.
    HostKubeApiserver,
}

impl Reserved {
    /// How many there are.
    pub const N: u32 = 11;

    /// Every one, in order.
    pub const ALL: [Reserved; Self::N as usize] = [
        Self::Host,
        Self::Unmanaged,
        Self::Health,
        Self::Init,
        Self::RemoteNode,
        Self::KubeApiserver,
        Self::Ingress,
        Self::WorldIpv4,
        Self::WorldIpv6,
        Self::Unclassified,
        Self::HostKubeApiserver,
    ];

    /// What selectors see (SEMANTICS.md). The world has the label of its family and the common
    /// one, so that either spelling selects it; nodes have what every node has.
    pub(super) fn label_set(self, options: &AnalyseOptions) -> LabelSet {
        let node =
            |kube_apiserver, is_own| Node::unknown(kube_apiserver).identity_labels(is_own, options);
        let labels: &[&str] = match self {
            Self::Host => return node(false, true),
            Self::HostKubeApiserver => return node(true, true),
            Self::RemoteNode => return node(false, false),
            Self::KubeApiserver => return node(true, false),
            Self::Unmanaged => &["unmanaged"],
            Self::Health => &["health"],
            Self::Init => &["init"],
            Self::Ingress => &["ingress"],
            Self::WorldIpv4 => &["world", "world-ipv4"],
            Self::WorldIpv6 => &["world", "world-ipv6"],
            Self::Unclassified => &[],
        };
        LabelSet::new(
            labels
                .iter()
                .map(|key| Label::new(RESERVED, key, ""))
                .collect(),
        )
    }
}

/// A peer by its place in the universe: classes, then reserved peers, then address classes, then
/// node classes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PeerIndex(pub u32);

/// Index of a term in the universe's list of terms.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TermId(pub u32);

/// All peers and the members of every term.
#[derive(Clone, Debug)]
pub struct Universe {
    n_classes: u32,
    n_address_classes: u32,
    n_node_classes: u32,
    terms: BTreeMap<PeerTerm, TermId>,
    members: Vec<Vec<PeerIndex>>,
}

impl Universe {
    /// Numbers all peers and finds the members of every term that a rule names as a peer.
    pub fn new(
        model: &Model,
        classes: &Classes,
        addresses: &Addresses,
        nodes: &Nodes,
        options: &AnalyseOptions,
    ) -> Self {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut terms = BTreeMap::new();
        for rule in &model.rules {
            if let Peers::Terms(peers) = &rule.peers {
                terms.extend(peers.iter().map(|peer| (peer.term, TermId(0))));
            }
        }
        for (term, number) in terms.values_mut().zip(0u32..) {
            *term = TermId(number);
        }
        let mut universe = Self {
            n_classes: count(classes.len()),
            n_address_classes: count(addresses.classes.len()),
            n_node_classes: count(nodes.classes.len()),
            members: Vec::new(),
            terms,
        };
        universe.members = members::of_terms(&universe, model, classes, addresses, nodes, options);
        universe
    }

    /// How many peers there are.
    pub fn len(&self) -> u32 {
        self.first_node() + 2 * self.n_node_classes
    }

    /// Whether there are none; never, as there are reserved ones.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every peer.
    pub fn peers(&self) -> impl Iterator<Item = PeerIndex> + use<> {
        (0..self.len()).map(PeerIndex)
    }

    /// A pod class as a peer.
    pub fn class(&self, class: u32) -> PeerIndex {
        PeerIndex(class)
    }

    /// A reserved peer.
    pub fn reserved(&self, reserved: Reserved) -> PeerIndex {
        let place = Reserved::ALL
            .iter()
            .zip(0u32..)
            .find(|(other, _)| **other == reserved);
        PeerIndex(self.n_classes + place.map_or(0, |(_, place)| place))
    }

    /// An address class as a peer.
    pub fn address_class(&self, class: u32) -> PeerIndex {
        PeerIndex(self.n_classes + Reserved::N + class)
    }

    /// An address of a node as a peer: seen from the node's own pods, or from elsewhere.
    pub fn node(&self, node: NodePeer, is_own: bool) -> PeerIndex {
        match (node, is_own) {
            (NodePeer::Plain(false), false) => self.reserved(Reserved::RemoteNode),
            (NodePeer::Plain(true), false) => self.reserved(Reserved::KubeApiserver),
            (NodePeer::Plain(false), true) => self.reserved(Reserved::Host),
            (NodePeer::Plain(true), true) => self.reserved(Reserved::HostKubeApiserver),
            (NodePeer::Class(class), _) => {
                PeerIndex(self.first_node() + 2 * class + u32::from(is_own))
            }
        }
    }

    /// Every peer that is its subject's own node.
    pub fn hosts(&self) -> Vec<PeerIndex> {
        let plain = [false, true].map(NodePeer::Plain);
        let classes = (0..self.n_node_classes).map(NodePeer::Class);
        plain
            .into_iter()
            .chain(classes)
            .map(|node| self.node(node, true))
            .collect()
    }

    fn first_node(&self) -> u32 {
        self.n_classes + Reserved::N + self.n_address_classes
    }

    /// The class that a peer is, if it is one.
    pub fn as_class(&self, peer: PeerIndex) -> Option<u32> {
        (peer.0 < self.n_classes).then_some(peer.0)
    }

    /// The reserved peer that a peer is, if it is one.
    pub fn as_reserved(&self, peer: PeerIndex) -> Option<Reserved> {
        Reserved::ALL
            .get(peer.0.checked_sub(self.n_classes)? as usize)
            .copied()
    }

    /// The address class that a peer is, if it is one.
    pub fn as_address_class(&self, peer: PeerIndex) -> Option<u32> {
        let place = peer.0.checked_sub(self.n_classes + Reserved::N)?;
        (place < self.n_address_classes).then_some(place)
    }

    /// The node class that a peer is, and whether it is seen from its own pods.
    pub fn as_node_class(&self, peer: PeerIndex) -> Option<(u32, bool)> {
        let place = peer.0.checked_sub(self.first_node())?;
        Some((place / 2, place % 2 == 1))
    }

    /// Whether a peer is an address outside the cluster.
    pub fn is_outside(&self, peer: PeerIndex) -> bool {
        self.as_address_class(peer).is_some()
            || matches!(
                self.as_reserved(peer),
                Some(Reserved::WorldIpv4 | Reserved::WorldIpv6)
            )
    }

    /// The id of a term that some rule names.
    pub fn term(&self, term: PeerTerm) -> Option<TermId> {
        self.terms.get(&term).copied()
    }

    /// Every term, in order of its id.
    pub fn terms(&self) -> impl Iterator<Item = (TermId, PeerTerm)> {
        self.terms.iter().map(|(term, id)| (*id, *term))
    }

    /// Whom a term means, ascending.
    pub fn members(&self, term: TermId) -> &[PeerIndex] {
        self.members.get(term.0 as usize).map_or(&[], Vec::as_slice)
    }
}
