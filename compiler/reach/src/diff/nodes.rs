//! Entities and nodes of two bundles. A node that only one of them tells from others is, to the
//! other, what its address is there.
//!
//! Must not know what anybody may do.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use ztc_bundle::AddressRecord;

use crate::{Party, PartyId, PartyKind, Reach};

use super::ends::End;

/// Old and new party of a node.
type Pair = (Option<PartyId>, Option<PartyId>);
/// A node in one bundle: `None` when it is no party of its own there, nor an entity that is one.
type Member = Option<PartyId>;

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
    let mut found: BTreeMap<&str, (Option<Member>, Option<Member>)> = BTreeMap::new();
    for (name, member) in members(old, &peer) {
        found.entry(name).or_default().0 = Some(member);
    }
    for (name, member) in members(new, &peer) {
        found.entry(name).or_default().1 = Some(member);
    }
    let is_node = |reach: &Reach<'_>, id: Option<PartyId>| {
        let party = id.and_then(|id| reach.party(id));
        party.is_some_and(|party| party.kind == PartyKind::Node)
    };
    let mut by_pair: BTreeMap<Pair, Vec<&str>> = BTreeMap::new();
    for (name, (before, after)) in found {
        // What is there and is no party cannot be compared; nothing is no party of anybody.
        if [before, after].contains(&Some(None)) {
            continue;
        }
        let pair = (before.flatten(), after.flatten());
        if is_node(old, pair.0) || is_node(new, pair.1) {
            by_pair.entry(pair).or_default().push(name);
        }
    }
    // A node that joins others or leaves them changes nothing for those that stay.
    let stays: BTreeSet<Pair> = by_pair
        .keys()
        .filter(|(before, after)| before.is_some() && after.is_some())
        .flat_map(|(before, after)| [(*before, None), (None, *after)])
        .collect();
    by_pair.retain(|pair, _| !stays.contains(pair));
    let end = |(pair, names): (Pair, Vec<&str>)| {
        let first = names.first().copied().unwrap_or_default();
        let name = match names.len() {
            0 | 1 => format!("{word} {first}"),
            n => format!("{word} {first} and {} more", n - 1),
        };
        of_pair(old, new, name, pair)
    };
    let mut ends: Vec<End> = by_pair.into_iter().filter_map(end).collect();
    ends.sort_by(|one, other| one.name.cmp(&other.name));
    ends
}

/// Nodes by name, each with the party that it is.
fn members<'r>(
    reach: &'r Reach<'_>,
    peer: impl Fn(&AddressRecord) -> u32,
) -> Vec<(&'r str, Member)> {
    let named = reach.numbered().filter(|(_, party)| {
        let kind = party.kind;
        kind == PartyKind::Entity || kind == PartyKind::Node
    });
    let by_peer: FxHashMap<u32, PartyId> =
        named.map(|(id, party)| (party.entry.peer, id)).collect();
    let bundle = reach.bundle();
    let nodes = bundle.addresses().iter().filter(|one| one.is_node == 1);
    nodes
        .map(|one| (bundle.string(one.name), by_peer.get(&peer(&one)).copied()))
        .collect()
}
