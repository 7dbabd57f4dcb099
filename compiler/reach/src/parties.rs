//! Everybody that a bundle knows, under the names that people use.
//!
//! Must not know rows.

use std::collections::BTreeMap;

use ztc_abi::{
    Peer, PeerEntry, Tables,
    decide::{Decision, DecisionKey},
};
use ztc_bundle::Bundle;

use crate::{AddressRange, IdentityId, addresses};

/// A party by its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartyId(pub u32);

/// What a party is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PartyKind {
    /// Pods of one workload that no policy tells apart.
    Workload,
    /// A peer with a name: `host`, `remote-node`, `ingress`, …; `host-kube-apiserver`, the own node
    /// where the API server runs, only where some policy tells it from `host`.
    Entity,
    /// Nodes that some policy tells from others.
    Node,
    /// Addresses outside the cluster that no policy tells apart.
    Addresses,
}

impl PartyKind {
    /// One lower-case word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Workload => "workload",
            Self::Entity => "entity",
            Self::Node => "node",
            Self::Addresses => "addresses",
        }
    }
}

/// Somebody who may be an end of a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Party {
    /// What it is.
    pub kind: PartyKind,
    /// What people read; no two parties of a bundle have the same. A workload's full name where
    /// policies do not tell its pods apart, else with some of these pods behind it.
    pub name: String,
    /// Its namespace; empty unless it is a workload.
    pub namespace: String,
    /// The workload's full name; empty unless it is one.
    pub workload: String,
    /// Its endpoints, by their place in the bundle's `endpoints`; ascending.
    pub pods: Vec<u32>,
    /// Its addresses outside the cluster, ascending; empty unless it is [`PartyKind::Addresses`].
    pub ranges: Vec<AddressRange>,
    /// A text that `ztc explain` takes for it: the name of a pod, an entity, an address. `None`
    /// where there is none, as of a node seen from its own pods.
    pub end: Option<String>,
    /// What it is to others.
    pub entry: PeerEntry,
    /// Whom policies take it for.
    pub identity: IdentityId,
    /// Whether it is a node as its own pods see it, which policies take for `host`.
    pub is_own_node: bool,
    /// Whether one of it may talk to another of it.
    pub has_peers_in_itself: bool,
}

/// Which endpoints are one workload: for each endpoint of a bundle, in its order, a name
/// `namespace/…`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grouping(Vec<String>);

impl Grouping {
    /// Names for every endpoint.
    pub fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// By the workloads that the bundle names; endpoint by endpoint where it names none.
    pub(crate) fn of(bundle: &Bundle<'_>) -> Self {
        let endpoints = (0u32..).zip(bundle.endpoints().iter());
        let names = endpoints.map(|(number, _)| bundle.workload_name(number).to_owned());
        Self(names.collect())
    }
}

/// All parties: workloads by name, then entities, nodes, addresses.
pub(crate) fn all(bundle: &Bundle<'_>, grouping: &Grouping) -> Vec<Party> {
    let mut parties = workloads(bundle, grouping);
    parties.extend(entities(bundle));
    parties.extend(nodes(bundle));
    parties.extend(addresses::parties(bundle));
    parties
}

/// A party without pods, until it is known whom policies take it for.
pub(crate) fn bare(kind: PartyKind, name: String, entry: PeerEntry) -> Party {
    Party {
        kind,
        name,
        namespace: String::new(),
        workload: String::new(),
        pods: Vec::new(),
        ranges: Vec::new(),
        end: None,
        entry,
        identity: IdentityId(0),
        is_own_node: false,
        has_peers_in_itself: false,
    }
}

/// The pods of each workload, once for every class that they have. Pods on their node's network
/// are no subjects, and to others they are their node.
fn workloads(bundle: &Bundle<'_>, grouping: &Grouping) -> Vec<Party> {
    let mut found: BTreeMap<(&str, u32), Vec<u32>> = BTreeMap::new();
    for ((number, endpoint), name) in (0u32..).zip(bundle.endpoints().iter()).zip(&grouping.0) {
        if endpoint.class != 0 {
            let pods = found.entry((name, endpoint.class)).or_default();
            pods.push(number);
        }
    }
    let mut n_classes: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in found.keys() {
        *n_classes.entry(name).or_default() += 1;
    }
    let party = |((workload, class), pods): ((&str, u32), Vec<u32>)| {
        let name_of = |pod: &u32| {
            let endpoint = bundle.endpoints().get(*pod);
            endpoint.map_or("", |endpoint| bundle.string(endpoint.name))
        };
        let first = pods.first().map_or("", name_of);
        let is_one_of_several = n_classes.get(workload).is_some_and(|n| *n > 1);
        let name = if is_one_of_several {
            // A pod can be called as its template is, so the kind of a template stays.
            let short = first.split_once('/').map_or(first, |(_, name)| name);
            match pods.len() {
                1 => format!("{workload} ({short})"),
                n => format!("{workload} ({short} and {} more)", n - 1),
            }
        } else {
            workload.to_owned()
        };
        // A template stands for as many pods as somebody asks for.
        let is_template = first.split('/').count() > 2;
        let entry = bundle.peer_entry(Peer(class));
        Party {
            namespace: workload.split('/').next().unwrap_or_default().into(),
            workload: workload.into(),
            end: Some(first.into()),
            has_peers_in_itself: is_template || pods.len() > 1,
            pods,
            ..bare(PartyKind::Workload, name, entry.unwrap_or_default())
        }
    };
    found.into_iter().map(party).collect()
}

/// Peers with a name. The world is among the addresses, and a pod that the bundle has never seen
/// the like of is nobody yet.
fn entities(bundle: &Bundle<'_>) -> Vec<Party> {
    let named = [
        Peer::HOST,
        Peer::HOST_KUBE_APISERVER,
        Peer::REMOTE_NODE,
        Peer::KUBE_APISERVER,
        Peer::HEALTH,
        Peer::INGRESS,
        Peer::INIT,
        Peer::UNMANAGED,
    ];
    let party = |peer: Peer| {
        let (entry, name) = bundle.peer_entry(peer).zip(peer.reserved_name())?;
        let is_api_server = peer == Peer::HOST_KUBE_APISERVER;
        if is_api_server && are_alike(bundle, entry, bundle.peer_entry(Peer::HOST)?) {
            return None;
        }
        Some(Party {
            end: (!is_api_server).then(|| format!("entity:{name}")),
            is_own_node: is_api_server || peer == Peer::HOST,
            ..bare(PartyKind::Entity, name.into(), entry)
        })
    };
    named.into_iter().filter_map(party).collect()
}

/// Whether every row says the same of two peers of the cluster.
fn are_alike(bundle: &Bundle<'_>, one: PeerEntry, other: PeerEntry) -> bool {
    let said = |row: u32, entry: PeerEntry| -> Option<Decision> {
        let mut keys = [entry.peer, entry.group].into_iter();
        keys.find_map(|peer| bundle.decision(DecisionKey { row, peer }))
    };
    let mut rows = 1..=bundle.meta().n_rows;
    rows.all(|row| said(row, one) == said(row, other))
}

/// Nodes that some policy tells apart, each as others see it and as its own pods do.
fn nodes(bundle: &Bundle<'_>) -> Vec<Party> {
    let mut parties = Vec::new();
    let mut n_called: BTreeMap<u32, usize> = BTreeMap::new();
    for record in bundle.node_classes().iter() {
        *n_called.entry(record.example).or_default() += 1;
    }
    let mut first: BTreeMap<u32, [u8; 16]> = BTreeMap::new();
    for one in bundle.addresses().iter().filter(|one| one.is_node == 1) {
        first.entry(one.peer).or_insert(one.address);
    }
    for record in bundle.node_classes().iter() {
        let end = first.get(&record.peer).copied().map(text);
        let mut example = bundle.string(record.example).to_owned();
        // A node can be taken for something else at each of its addresses.
        if n_called.get(&record.example) > Some(&1)
            && let Some(address) = &end
        {
            example = format!("{example} ({address})");
        }
        let others = match record.n_members {
            0 | 1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let entry = |peer, group| PeerEntry { peer, group };
        let node = bare(
            PartyKind::Node,
            format!("node {example}{others}"),
            entry(record.peer, record.group),
        );
        parties.push(Party { end, ..node });
        let own = bare(
            PartyKind::Node,
            format!("own node {example}{others}"),
            entry(record.own_peer, record.own_group),
        );
        parties.push(Party {
            is_own_node: true,
            ..own
        });
    }
    parties
}

/// An address as people write it.
pub(crate) fn text(address: [u8; 16]) -> String {
    let address = std::net::Ipv6Addr::from(address);
    address.to_canonical().to_string()
}
