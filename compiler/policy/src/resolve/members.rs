//! Whom each peer term means.

use ztc_identity::{Label, LabelSet, SelectorIndex, labels::RESERVED};
use ztc_syntax::Entity;

use super::{Addresses, Classes, NodePeer, Nodes, PeerIndex, Reserved, Universe};
use crate::{
    AnalyseOptions, Model,
    model::{CidrId, PeerTerm, SelectorId},
};

/// The members of every term of a universe, each list ascending.
pub(super) fn of_terms(
    universe: &Universe,
    model: &Model,
    classes: &Classes,
    addresses: &Addresses,
    nodes: &Nodes,
    options: &AnalyseOptions,
) -> Vec<Vec<PeerIndex>> {
    let mut terms = Terms {
        universe,
        options,
        api_servers: &model.api_servers,
        addresses,
        nodes,
        members: vec![Vec::new(); universe.terms().count()],
    };
    terms.add_selectors(model, classes);
    terms.add_prefixes(classes);
    for (_, term) in universe.terms() {
        if let PeerTerm::Entity(entity) = term {
            let members = terms.entity(entity);
            members.into_iter().for_each(|peer| terms.add(term, peer));
        }
    }
    for list in &mut terms.members {
        list.sort_unstable();
        list.dedup();
    }
    terms.members
}

struct Terms<'a> {
    universe: &'a Universe,
    options: &'a AnalyseOptions,
    api_servers: &'a [CidrId],
    addresses: &'a Addresses,
    nodes: &'a Nodes,
    members: Vec<Vec<PeerIndex>>,
}

impl Terms<'_> {
    /// Adds a member to a term, if any rule names it.
    fn add(&mut self, term: PeerTerm, peer: PeerIndex) {
        let id = self.universe.term(term);
        if let Some(list) = id.and_then(|id| self.members.get_mut(id.0 as usize)) {
            list.push(peer);
        }
    }

    fn add_all(&mut self, selectors: &[SelectorId], peer: PeerIndex) {
        for selector in selectors {
            self.add(PeerTerm::Selector(*selector), peer);
        }
    }

    /// Members of every selector: the classes that have it in their signature, nodes, and the
    /// reserved peers whose labels it matches. Address classes carry the labels of their family's
    /// world, and those of an API server that runs there.
    fn add_selectors(&mut self, model: &Model, classes: &Classes) {
        let universe = self.universe;
        for (number, class) in (0u32..).zip(&classes.classes) {
            self.add_all(&class.selectors, universe.class(number));
        }
        let nodes = self.nodes;
        for (number, class) in (0u32..).zip(&nodes.classes) {
            let node = NodePeer::Class(number);
            self.add_all(&class.remote_selectors, universe.node(node, false));
            self.add_all(&class.own_selectors, universe.node(node, true));
        }
        let index = SelectorIndex::new(&model.selectors);
        let matching = |labels: &LabelSet| -> Vec<SelectorId> {
            index.matching(labels).into_iter().map(SelectorId).collect()
        };
        for reserved in Reserved::ALL {
            if reserved != Reserved::Unclassified {
                let selectors = matching(&reserved.label_set(self.options));
                self.add_all(&selectors, universe.reserved(reserved));
            }
        }
        let worlds = [Reserved::WorldIpv4, Reserved::WorldIpv6];
        let plain = worlds.map(|world| matching(&world.label_set(self.options)));
        let with_api_server = worlds.map(|world| {
            let api_server = Label::new(RESERVED, "kube-apiserver", "");
            let labels = world.label_set(self.options);
            let labels = labels.iter().cloned().chain([api_server]).collect();
            matching(&LabelSet::new(labels))
        });
        let addresses = self.addresses;
        for (number, class) in (0u32..).zip(&addresses.classes) {
            let [v4, v6] = if self.has_api_server(&class.cidrs) {
                &with_api_server
            } else {
                &plain
            };
            let selectors = if class.ipv6 { v6 } else { v4 };
            self.add_all(selectors, universe.address_class(number));
        }
    }

    fn has_api_server(&self, cidrs: &[CidrId]) -> bool {
        let mut servers = self.api_servers.iter();
        servers.any(|server| cidrs.binary_search(server).is_ok())
    }

    /// Members of every prefix: address classes, and the world where it is a whole family. Of
    /// those that are networks, pods and nodes too; of the others nodes where the options say so.
    fn add_prefixes(&mut self, classes: &Classes) {
        let (universe, addresses, nodes) = (self.universe, self.addresses, self.nodes);
        let worlds = [Reserved::WorldIpv4, Reserved::WorldIpv6].map(|w| universe.reserved(w));
        let worlds = worlds.into_iter().zip(&addresses.world);
        let outside = (0u32..)
            .zip(&addresses.classes)
            .map(|(number, class)| (universe.address_class(number), &class.cidrs));
        for (peer, cidrs) in worlds.chain(outside) {
            for cidr in cidrs {
                self.add(PeerTerm::Cidr(*cidr), peer);
                self.add(PeerTerm::Network(*cidr), peer);
            }
        }
        for (number, class) in (0u32..).zip(&classes.classes) {
            for network in &class.networks {
                self.add(PeerTerm::Network(*network), universe.class(number));
            }
        }
        for (number, class) in (0u32..).zip(&nodes.classes) {
            for is_own in [false, true] {
                let peer = universe.node(NodePeer::Class(number), is_own);
                for cidr in &class.cidrs {
                    self.add(PeerTerm::Cidr(*cidr), peer);
                }
                for network in &class.networks {
                    self.add(PeerTerm::Network(*network), peer);
                }
            }
        }
    }

    /// Members of an entity (SEMANTICS.md R12, S18).
    fn entity(&self, entity: Entity) -> Vec<PeerIndex> {
        let universe = self.universe;
        let reserved = |reserved: Reserved| vec![universe.reserved(reserved)];
        match entity {
            Entity::All => universe.peers().collect(),
            Entity::World => [self.family(false), self.family(true)].concat(),
            Entity::WorldIpv4 => self.family(false),
            Entity::WorldIpv6 => self.family(true),
            Entity::Cluster => {
                let inside = universe.peers().filter(|peer| !universe.is_outside(*peer));
                inside.chain(self.external_api_servers()).collect()
            }
            Entity::Host => universe.hosts(),
            Entity::RemoteNode => self.nodes_where(false, |_| true).collect(),
            Entity::KubeApiserver => {
                let own = self.nodes_where(true, |kube_apiserver| kube_apiserver);
                let others = self.nodes_where(false, |kube_apiserver| kube_apiserver);
                own.chain(others)
                    .chain(self.external_api_servers())
                    .collect()
            }
            Entity::Init => reserved(Reserved::Init),
            Entity::Ingress => reserved(Reserved::Ingress),
            Entity::Unmanaged => reserved(Reserved::Unmanaged),
            Entity::Health => reserved(Reserved::Health),
            Entity::None => Vec::new(),
        }
    }

    /// Nodes in one of their two views, by whether the API server runs there.
    fn nodes_where(
        &self,
        is_own: bool,
        wanted: impl Fn(bool) -> bool,
    ) -> impl Iterator<Item = PeerIndex> {
        let plain = [false, true].map(|api| (NodePeer::Plain(api), api));
        let classes = (0u32..)
            .zip(&self.nodes.classes)
            .map(|(number, class)| (NodePeer::Class(number), class.kube_apiserver));
        plain
            .into_iter()
            .chain(classes)
            .filter(move |(_, kube_apiserver)| wanted(*kube_apiserver))
            .map(move |(node, _)| self.universe.node(node, is_own))
    }

    fn external_api_servers(&self) -> impl Iterator<Item = PeerIndex> {
        (0u32..)
            .zip(&self.addresses.classes)
            .filter(|(_, class)| self.has_api_server(&class.cidrs))
            .map(|(number, _)| self.universe.address_class(number))
    }

    /// One family's world: what no prefix tells apart, and every address class.
    fn family(&self, ipv6: bool) -> Vec<PeerIndex> {
        let root = if ipv6 {
            Reserved::WorldIpv6
        } else {
            Reserved::WorldIpv4
        };
        let classes = (0u32..)
            .zip(&self.addresses.classes)
            .filter(|(_, class)| class.ipv6 == ipv6)
            .map(|(number, _)| self.universe.address_class(number));
        let root = self.universe.reserved(root);
        std::iter::once(root).chain(classes).collect()
    }
}
