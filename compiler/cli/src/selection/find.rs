//! Whom a selection names.
//!
//! Must not know how one is written.

use std::{collections::BTreeMap, net::IpAddr, sync::OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use ztc_policy::cluster::Endpoint;
use ztc_reach::{Party, PartyId, PartyKind, Reach};

use super::{Form, NodeEntity, NotASelection, Requirement, Selection, nobody};
use crate::compiled::Compiled;

/// Finds parties, for as many selections as there are.
pub(crate) struct Finder<'r, 'b> {
    pub(super) compiled: &'r Compiled,
    pub(super) reach: &'r Reach<'b>,
    names: OnceLock<Names<'r>>,
    api_servers: OnceLock<FxHashSet<u32>>,
}

/// Everything that has a name.
pub(super) struct Names<'r> {
    /// Parties by their name, and by that of their workload in full and in short.
    parties: FxHashMap<String, Vec<PartyId>>,
    pods: FxHashMap<&'r str, PartyId>,
    /// The node of each pod, and of each workload in full and in short, that is on its node's
    /// network; empty where it is not known, or where there are several.
    on_nodes: BTreeMap<String, &'r str>,
    /// For each node what it is to others and to its own pods, as parties are called.
    nodes: BTreeMap<&'r str, [&'r str; 2]>,
}

impl<'r, 'b> Finder<'r, 'b> {
    /// Of these parties.
    pub(crate) fn new(compiled: &'r Compiled, reach: &'r Reach<'b>) -> Self {
        Self {
            compiled,
            reach,
            names: OnceLock::new(),
            api_servers: OnceLock::new(),
        }
    }

    /// Everybody whom a text names, ascending; at least one.
    pub(crate) fn select(&self, text: &str) -> Result<Vec<PartyId>, NotASelection> {
        self.find(&Selection::parse(text)?)
    }

    fn find(&self, selection: &Selection) -> Result<Vec<PartyId>, NotASelection> {
        let found = match &selection.form {
            Form::World(family) => self.those(|party| {
                let mut ranges = party.ranges.iter();
                ranges.any(|range| family.is_none_or(|ipv6| range.first.is_ipv6() == ipv6))
            }),
            Form::Cluster => self.those(is_workload),
            Form::Entities => self.those(is_entity),
            Form::Node(entity) => self.those(|party| self.is(*entity, party)),
            Form::Prefix(wanted) => self.those(|party| {
                let mut ranges = party.ranges.iter();
                ranges.any(|range| range.common(wanted).is_some())
            }),
            Form::Labels(namespace, requirements) => {
                if self.compiled.checked.is_none() && !requirements.is_empty() {
                    return Err(nobody::no_labels(&selection.text));
                }
                self.labelled(namespace.as_deref(), requirements)
            }
            Form::Named => self.named(&selection.text)?,
        };
        if found.is_empty() {
            return Err(nobody::matches_nobody(self, selection));
        }
        Ok(found)
    }

    fn those(&self, is_meant: impl Fn(&Party) -> bool) -> Vec<PartyId> {
        let found = self.reach.numbered().filter(|(_, party)| is_meant(party));
        found.map(|(id, _)| id).collect()
    }

    /// Whether policies take a party for an entity.
    fn is(&self, entity: NodeEntity, party: &Party) -> bool {
        match entity {
            NodeEntity::Host => party.is_own_node,
            NodeEntity::RemoteNode => match party.kind {
                PartyKind::Node => !party.is_own_node,
                _ => is_entity(party) && ["remote-node", "kube-apiserver"].contains(&&*party.name),
            },
            NodeEntity::KubeApiserver => {
                is_entity(party) && party.name == "kube-apiserver"
                    || self.api_servers().contains(&party.entry.peer)
            }
        }
    }

    /// The peers that are API servers, besides the entities; a bundle alone does not know them.
    fn api_servers(&self) -> &FxHashSet<u32> {
        self.api_servers.get_or_init(|| {
            let mut peers = FxHashSet::default();
            let Some(checked) = &self.compiled.checked else {
                return peers;
            };
            let (bundle, analysis) = (self.reach.bundle(), &checked.analysis);
            let nodes = analysis.cluster.nodes.iter();
            for node in nodes.filter(|node| node.kube_apiserver) {
                let records = node.addresses.iter().filter_map(|one| bundle.address(*one));
                peers.extend(records.map(|record| record.peer));
            }
            let outside = analysis.model.api_servers.iter();
            let cidrs = outside.filter_map(|id| analysis.model.cidrs.get(id.0 as usize));
            // An address of a pod is the pod's, whatever else is said of it.
            let addresses = cidrs.map(|cidr| cidr.prefix.address);
            let addresses = addresses.filter(|address| bundle.address(*address).is_none());
            peers.extend(addresses.map(|address| bundle.peer_of(address).peer));
            peers
        })
    }

    fn labelled(&self, namespace: Option<&str>, requirements: &[Requirement]) -> Vec<PartyId> {
        let endpoints = self.endpoints();
        let is_meant = |pod: &u32| {
            let endpoint = endpoints.get(*pod as usize);
            endpoint.is_some_and(|one| requirements.iter().all(|each| each.holds(one)))
        };
        self.those(|party| {
            let is_there = namespace.is_none_or(|one| one == party.namespace);
            let has_labels = || requirements.is_empty() || party.pods.iter().any(is_meant);
            is_workload(party) && is_there && has_labels()
        })
    }

    /// The pods with their labels, in the order of the bundle; none where there is only a bundle.
    pub(super) fn endpoints(&self) -> &'r [Endpoint] {
        let checked = self.compiled.checked.as_ref();
        checked.map_or(&[], |checked| &checked.analysis.cluster.endpoints)
    }

    /// Parties, workloads and pods by name, addresses.
    fn named(&self, text: &str) -> Result<Vec<PartyId>, NotASelection> {
        let names = self.names();
        let name = text.strip_prefix("entity:").unwrap_or(text);
        let found = names.parties.get(name).map_or(&[][..], Vec::as_slice);
        let is_asked = |id: &&PartyId| {
            let is_entity = || self.reach.party(**id).is_some_and(is_entity);
            name == text || is_entity()
        };
        let mut found: Vec<PartyId> = found.iter().filter(is_asked).copied().collect();
        if found.is_empty() {
            found.extend(names.pods.get(text));
        }
        if !found.is_empty() {
            found.sort_unstable();
            found.dedup();
            return Ok(found);
        }
        if let Some(node) = names.on_nodes.get(text) {
            return Err(nobody::is_on_its_node(text, self.seen(node)));
        }
        if names.nodes.contains_key(text) {
            return Err(nobody::is_a_node(text, text, self.seen(text)));
        }
        let address = text.strip_prefix("ip:").unwrap_or(text).parse::<IpAddr>();
        match address {
            Ok(address) => self.at(text, address),
            Err(_) => Err(nobody::names_nobody(self, text)),
        }
    }

    /// What a node is to others and to its own pods, as parties are called.
    fn seen(&self, node: &str) -> [&'r str; 2] {
        let known = self.names().nodes.get(node);
        known.copied().unwrap_or(["remote-node", "host"])
    }

    fn at(&self, text: &str, address: IpAddr) -> Result<Vec<PartyId>, NotASelection> {
        let bundle = self.reach.bundle();
        let Some(record) = bundle.address(address) else {
            return Ok(self.those(|party| party.ranges.iter().any(|one| one.contains(address))));
        };
        if record.is_node == 1 {
            let node = bundle.string(record.name);
            return Err(nobody::is_a_node(text, node, self.seen(node)));
        }
        Ok(self.those(|party| {
            let names = party
                .pods
                .iter()
                .filter_map(|pod| bundle.endpoints().get(*pod));
            party.entry.peer == record.peer && names.into_iter().any(|one| one.name == record.name)
        }))
    }

    pub(super) fn names(&self) -> &Names<'r> {
        self.names.get_or_init(|| Names::new(self.reach))
    }
}

impl<'r> Names<'r> {
    fn new(reach: &'r Reach<'_>) -> Self {
        let bundle = reach.bundle();
        let mut names = Self {
            parties: FxHashMap::default(),
            pods: FxHashMap::default(),
            on_nodes: BTreeMap::new(),
            nodes: BTreeMap::new(),
        };
        let mut by_peer: FxHashMap<u32, &str> = FxHashMap::default();
        for (id, party) in reach.numbered() {
            let short = short(&party.workload);
            let own = [party.name.clone(), party.workload.clone()].into_iter();
            for name in own.chain(short).filter(|name| !name.is_empty()) {
                names.parties.entry(name).or_default().push(id);
            }
            for record in party
                .pods
                .iter()
                .filter_map(|pod| bundle.endpoints().get(*pod))
            {
                names.pods.entry(bundle.string(record.name)).or_insert(id);
            }
            by_peer.insert(party.entry.peer, &party.name);
        }
        for (number, endpoint) in (0u32..).zip(bundle.endpoints().iter()) {
            if endpoint.class != 0 {
                continue;
            }
            let (name, node) = (bundle.string(endpoint.name), bundle.string(endpoint.node));
            let workload = bundle.workload_name(number);
            let all = [name, workload].map(String::from).into_iter();
            for name in all.chain(short(workload)) {
                let known = names.on_nodes.entry(name).or_insert(node);
                if *known != node {
                    *known = "";
                }
            }
        }
        for record in bundle.addresses().iter().filter(|one| one.is_node == 1) {
            let called = |peer: u32, otherwise| by_peer.get(&peer).copied().unwrap_or(otherwise);
            let seen = [
                called(record.peer, "remote-node"),
                called(record.own_peer, "host"),
            ];
            names.nodes.insert(bundle.string(record.name), seen);
        }
        names
    }

    /// What can be written, but for labels.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        let parties = self.parties.keys().map(String::as_str);
        parties.chain(self.pods.keys().copied())
    }
}

/// `namespace/name` for `namespace/Kind/name`.
fn short(workload: &str) -> Option<String> {
    let mut parts = workload.split('/');
    let (namespace, _, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!("{namespace}/{name}"))
}

fn is_workload(party: &Party) -> bool {
    party.kind == PartyKind::Workload
}

fn is_entity(party: &Party) -> bool {
    matches!(party.kind, PartyKind::Entity | PartyKind::Node)
}
