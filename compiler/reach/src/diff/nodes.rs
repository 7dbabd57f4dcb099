//! Entities and nodes of two bundles. A node that only one of them tells from others is, to the
//! other, what its address is there.
//!
//! Must not know what anybody may do.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use ztc_abi::Peer;
use ztc_bundle::AddressRecord;

use crate::{Party, PartyId, PartyKind, Reach, parties::text};

use super::ends::End;

/// A node at one of its addresses.
type Node<'r> = (&'r str, [u8; 16]);
/// Old and new party of a node.
type Pair = (Option<PartyId>, Option<PartyId>);

/// The ends that are entities or nodes: entities by name, then nodes.
pub(super) fn ends(old: &Reach<'_>, new: &Reach<'_>) -> Vec<End> {
    let mut ends = entities(old, new);
    let others = nodes(old, new, |record| record.peer, "node");
    let own = nodes(old, new, |record| record.own_peer, "own node");
    ends.extend(others.into_iter().chain(own));
    ends
}

fn entities(old: &Reach<'_>, new: &Reach<'_>) -> Vec<End> {
    let mut found: BTreeMap<&str, Pair> = BTreeMap::new();
    for (id, party) in of_kind(old, PartyKind::Entity) {
        found.entry(&party.name).or_default().0 = Some(id);
    }
    for (id, party) in of_kind(new, PartyKind::Entity) {
        found.entry(&party.name).or_default().1 = Some(id);
    }
    // An own node with the API server is `host` where no policy tells it from that.
    let host = Peer::HOST.reserved_name().unwrap_or_default();
    let host = found.get(host).copied().unwrap_or_default();
    let api_server = Peer::HOST_KUBE_APISERVER.reserved_name();
    if let Some(pair) = api_server.and_then(|name| found.get_mut(name)) {
        *pair = (pair.0.or(host.0), pair.1.or(host.1));
    }
    let end = |(name, pair): (&str, Pair)| of_pair(old, new, name.into(), pair);
    found.into_iter().filter_map(end).collect()
}

fn of_kind<'r>(
    reach: &'r Reach<'_>,
    kind: PartyKind,
) -> impl Iterator<Item = (PartyId, &'r Party)> {
    reach
        .numbered()
        .filter(move |(_, party)| party.kind == kind)
}

fn of_pair(old: &Reach<'_>, new: &Reach<'_>, name: String, (before, after): Pair) -> Option<End> {
    let before = before.and_then(|id| Some((id, old.party(id)?)));
    let after = after.and_then(|id| Some((id, new.party(id)?)));
    End::of(name, before, after)
}

/// The nodes that either bundle tells apart, as others see them or as their own pods do.
fn nodes(
    old: &Reach<'_>,
    new: &Reach<'_>,
    peer: impl Fn(&AddressRecord) -> u32,
    word: &str,
) -> Vec<End> {
    let mut found: BTreeMap<Node<'_>, Pair> = BTreeMap::new();
    for (node, member) in members(old, &peer) {
        found.entry(node).or_default().0 = Some(member);
    }
    for (node, member) in members(new, &peer) {
        found.entry(node).or_default().1 = Some(member);
    }
    let is_node = |reach: &Reach<'_>, id: Option<PartyId>| {
        let party = id.and_then(|id| reach.party(id));
        party.is_some_and(|party| party.kind == PartyKind::Node)
    };
    let mut by_pair: BTreeMap<Pair, Vec<Node<'_>>> = BTreeMap::new();
    for (node, pair) in found {
        if is_node(old, pair.0) || is_node(new, pair.1) {
            by_pair.entry(pair).or_default().push(node);
        }
    }
    // A node that joins others or leaves them changes nothing for those that stay.
    let stays: BTreeSet<Pair> = by_pair
        .keys()
        .filter(|(before, after)| before.is_some() && after.is_some())
        .flat_map(|(before, after)| [(*before, None), (None, *after)])
        .collect();
    by_pair.retain(|pair, _| !stays.contains(pair));
    let mut n_called: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in by_pair.values().filter_map(|nodes| nodes.first()) {
        *n_called.entry(name).or_default() += 1;
    }
    let end = |(pair, nodes): (Pair, Vec<Node<'_>>)| {
        let (first, address) = nodes.first().copied()?;
        let mut name = format!("{word} {first}");
        // A node can be taken for something else at each of its addresses.
        if n_called.get(first) > Some(&1) {
            name = format!("{name} ({})", text(address));
        }
        if nodes.len() > 1 {
            name = format!("{name} and {} more", nodes.len() - 1);
        }
        of_pair(old, new, name, pair)
    };
    let mut ends: Vec<End> = by_pair.into_iter().filter_map(end).collect();
    ends.sort_by(|one, other| one.name.cmp(&other.name));
    ends
}

/// Nodes, each with the party that it is.
fn members<'r>(
    reach: &'r Reach<'_>,
    peer: impl Fn(&AddressRecord) -> u32,
) -> Vec<(Node<'r>, PartyId)> {
    let named = reach.numbered().filter(|(_, party)| {
        let kind = party.kind;
        kind == PartyKind::Entity || kind == PartyKind::Node
    });
    let mut by_peer: FxHashMap<u32, PartyId> =
        named.map(|(id, party)| (party.entry.peer, id)).collect();
    if let Some(host) = by_peer.get(&Peer::HOST.0).copied() {
        by_peer.entry(Peer::HOST_KUBE_APISERVER.0).or_insert(host);
    }
    let bundle = reach.bundle();
    let nodes = bundle.addresses().iter().filter(|one| one.is_node == 1);
    nodes
        .filter_map(|one| {
            let node = (bundle.string(one.name), one.address);
            Some((node, *by_peer.get(&peer(&one))?))
        })
        .collect()
}
