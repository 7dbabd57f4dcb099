//! All possible peers, and whom each peer term means.
//!
//! The *universe* is every pod class, every reserved peer and every address class, numbered
//! through. A term is a set of them.

use std::collections::BTreeMap;

use ztc_identity::{Label, LabelSet, SelectorIndex, labels::RESERVED};
use ztc_syntax::Entity;

use super::{Addresses, Classes};
use crate::{
    Model,
    model::{PeerTerm, Peers, SelectorId},
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
}

impl Reserved {
    /// How many there are.
    pub const N: u32 = 10;

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
    ];

    /// The `reserved:` labels that selectors see (SEMANTICS.md). The world has the label of
    /// its family and the common one, so that either spelling selects it.
    fn labels(self) -> &'static [&'static str] {
        match self {
            Self::Host => &["host"],
            Self::Unmanaged => &["unmanaged"],
            Self::Health => &["health"],
            Self::Init => &["init"],
            Self::RemoteNode => &["remote-node"],
            Self::KubeApiserver => &["kube-apiserver", "remote-node"],
            Self::Ingress => &["ingress"],
            Self::WorldIpv4 => &["world", "world-ipv4"],
            Self::WorldIpv6 => &["world", "world-ipv6"],
            Self::Unclassified => &[],
        }
    }

    fn label_set(self) -> LabelSet {
        LabelSet::new(
            self.labels()
                .iter()
                .map(|key| Label::new(RESERVED, key, ""))
                .collect(),
        )
    }
}

/// A peer by its place in the universe: classes, then reserved peers, then address classes.
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
    terms: BTreeMap<PeerTerm, TermId>,
    members: Vec<Vec<PeerIndex>>,
}

impl Universe {
    /// Numbers all peers and finds the members of every term that a rule names as a peer.
    pub fn new(model: &Model, classes: &Classes, addresses: &Addresses) -> Self {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut universe = Self {
            n_classes: count(classes.len()),
            n_address_classes: count(addresses.classes.len()),
            terms: BTreeMap::new(),
            members: Vec::new(),
        };
        for rule in &model.rules {
            if let Peers::Terms(peers) = &rule.peers {
                for peer in peers {
                    universe.terms.entry(peer.term).or_insert(TermId(0));
                }
            }
        }
        for (term, number) in universe.terms.values_mut().zip(0u32..) {
            *term = TermId(number);
        }
        let mut members = vec![Vec::new(); universe.terms.len()];
        universe.add_selectors(model, classes, addresses, &mut members);
        for (term, id) in &universe.terms {
            if let (PeerTerm::Entity(entity), Some(members)) =
                (term, members.get_mut(id.0 as usize))
            {
                *members = universe.entity(*entity, addresses);
            }
        }
        universe.add_cidrs(addresses, &mut members);
        universe.members = members;
        universe
    }

    /// How many peers there are.
    pub fn len(&self) -> u32 {
        self.n_classes + Reserved::N + self.n_address_classes
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
        peer.0.checked_sub(self.n_classes + Reserved::N)
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

    fn family(&self, addresses: &Addresses, ipv6: bool) -> impl Iterator<Item = PeerIndex> {
        (0u32..)
            .zip(&addresses.classes)
            .filter(move |(_, class)| class.ipv6 == ipv6)
            .map(|(number, _)| self.address_class(number))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Members of every selector: the classes that have it in their signature, and the reserved
    /// peers whose labels it matches. Address classes carry the labels of their family's world.
    fn add_selectors(
        &self,
        model: &Model,
        classes: &Classes,
        addresses: &Addresses,
        members: &mut [Vec<PeerIndex>],
    ) {
        let mut add = |selector, peers: &mut dyn Iterator<Item = PeerIndex>| {
            let id = self.terms.get(&PeerTerm::Selector(selector));
            if let Some(list) = id.and_then(|id| members.get_mut(id.0 as usize)) {
                list.extend(peers);
            }
        };
        for (number, class) in (0u32..).zip(&classes.classes) {
            for selector in &class.selectors {
                add(*selector, &mut std::iter::once(self.class(number)));
            }
        }
        let index = SelectorIndex::new(&model.selectors);
        for reserved in Reserved::ALL {
            if reserved == Reserved::Unclassified {
                continue;
            }
            for id in index.matching(&reserved.label_set()) {
                let selector = SelectorId(id);
                add(selector, &mut std::iter::once(self.reserved(reserved)));
            }
        }
        for (reserved, ipv6) in [(Reserved::WorldIpv4, false), (Reserved::WorldIpv6, true)] {
            for id in index.matching(&reserved.label_set()) {
                let selector = SelectorId(id);
                add(selector, &mut self.family(addresses, ipv6));
            }
        }
        for list in members {
            list.sort_unstable();
        }
    }

    /// Members of every CIDR term: address classes, and the world where it is a whole family.
    fn add_cidrs(&self, addresses: &Addresses, members: &mut [Vec<PeerIndex>]) {
        let worlds = [Reserved::WorldIpv4, Reserved::WorldIpv6].map(|world| self.reserved(world));
        let worlds = worlds.into_iter().zip(&addresses.world);
        let classes = (0u32..)
            .zip(&addresses.classes)
            .map(|(number, class)| (self.address_class(number), &class.cidrs));
        for (peer, cidrs) in worlds.chain(classes) {
            for cidr in cidrs {
                let id = self.terms.get(&PeerTerm::Cidr(*cidr));
                if let Some(list) = id.and_then(|id| members.get_mut(id.0 as usize)) {
                    list.push(peer);
                }
            }
        }
    }

    /// Members of an entity (SEMANTICS.md R12).
    fn entity(&self, entity: Entity, addresses: &Addresses) -> Vec<PeerIndex> {
        let reserved = |list: &[Reserved]| list.iter().map(|r| self.reserved(*r)).collect();
        let world = |ipv6: bool| {
            let root = if ipv6 {
                Reserved::WorldIpv6
            } else {
                Reserved::WorldIpv4
            };
            std::iter::once(self.reserved(root)).chain(self.family(addresses, ipv6))
        };
        let mut members: Vec<PeerIndex> = match entity {
            Entity::All => self.peers().collect(),
            Entity::World => world(false).chain(world(true)).collect(),
            Entity::WorldIpv4 => world(false).collect(),
            Entity::WorldIpv6 => world(true).collect(),
            Entity::Cluster => {
                let pods = (0..self.n_classes).map(PeerIndex);
                let others = Reserved::ALL.into_iter().filter(|reserved| {
                    !matches!(reserved, Reserved::WorldIpv4 | Reserved::WorldIpv6)
                });
                pods.chain(others.map(|reserved| self.reserved(reserved)))
                    .collect()
            }
            Entity::Host => reserved(&[Reserved::Host]),
            Entity::Init => reserved(&[Reserved::Init]),
            Entity::Ingress => reserved(&[Reserved::Ingress]),
            Entity::Unmanaged => reserved(&[Reserved::Unmanaged]),
            Entity::RemoteNode => reserved(&[Reserved::RemoteNode, Reserved::KubeApiserver]),
            Entity::Health => reserved(&[Reserved::Health]),
            Entity::KubeApiserver => reserved(&[Reserved::KubeApiserver]),
            Entity::None => Vec::new(),
        };
        members.sort_unstable();
        members
    }
}
