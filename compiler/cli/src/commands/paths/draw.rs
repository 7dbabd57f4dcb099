//! Routes as a picture: every stop once, every hop once, the ends marked.
//!
//! Must not know how a picture is drawn.

use std::collections::{BTreeMap, BTreeSet};

use ztc_picture::{Edge, Group, GroupKind, Node, NodeId, Picture};
use ztc_reach::{PartyId, PartyKind, paths::Hop};

use super::Answer;

/// A stop of more parties than this is one node: a crowd that nothing tells apart here.
const CROWD: usize = 24;
/// How many of a crowd its node names on demand.
const NAMED: usize = 40;

/// A node before it has a place: its group and its name.
type Key = (GroupKind, String, String);

/// The hops between two nodes: of routes that come by there, several can be alike.
#[derive(Default)]
struct Drawn {
    labels: BTreeSet<String>,
    details: BTreeSet<String>,
}

type Hops = BTreeMap<(Key, Key), Drawn>;

/// Draws the routes that are shown.
pub(super) fn picture(answer: &Answer<'_>) -> Picture {
    let mut nodes: BTreeMap<Key, Node> = BTreeMap::new();
    let mut hops = Hops::new();
    for route in answer.found.routes.iter().take(answer.limit) {
        let last = route.stops.len().saturating_sub(1);
        let mut keys: Vec<Vec<Key>> = Vec::new();
        for (place, stop) in route.stops.iter().enumerate() {
            let drawn = drawn(answer, stop);
            keys.push(drawn.iter().map(|(key, _)| key.clone()).collect());
            for (key, node) in drawn {
                let known = nodes.entry(key).or_insert(node);
                known.marked |= place == 0 || place == last;
            }
        }
        let ends = keys.iter().zip(keys.iter().skip(1));
        for (hop, (sources, targets)) in route.hops.iter().zip(ends) {
            let (label, detail) = (hop.ports().to_string(), reasons(answer, hop));
            for source in sources {
                for target in targets {
                    let drawn = hops.entry((source.clone(), target.clone())).or_default();
                    drawn.labels.insert(label.clone());
                    drawn.details.insert(detail.clone());
                }
            }
        }
    }
    placed(answer, nodes, hops)
}

/// The nodes of a stop.
fn drawn(answer: &Answer<'_>, stop: &[PartyId]) -> Vec<(Key, Node)> {
    let parties = stop.iter().filter_map(|id| answer.reach.party(*id));
    if stop.len() > CROWD {
        let names: Vec<&str> = parties.map(|party| party.name.as_str()).collect();
        let words = answer.names.of(stop);
        let name = match words.as_slice() {
            [one] => one.clone(),
            _ => {
                let first = names.first().copied().unwrap_or_default();
                format!("{first} and {} more", names.len().saturating_sub(1))
            }
        };
        let mut detail: Vec<&str> = names.iter().take(NAMED).copied().collect();
        if names.len() > NAMED {
            detail.push("…");
        }
        let node = Node {
            name: name.clone(),
            detail: detail.join("\n"),
            marked: false,
        };
        return vec![(
            (GroupKind::Cluster, "alike on these routes".into(), name),
            node,
        )];
    }
    parties
        .map(|party| {
            let (kind, group) = match party.kind {
                PartyKind::Workload => (GroupKind::Namespace, party.namespace.as_str()),
                PartyKind::Addresses => (GroupKind::Outside, "outside"),
                PartyKind::Entity | PartyKind::Node => (GroupKind::Cluster, "cluster"),
            };
            let short = party.name.strip_prefix(group);
            let short = short.and_then(|rest| rest.strip_prefix('/'));
            let node = Node {
                name: short.unwrap_or(&party.name).into(),
                detail: party.name.clone(),
                marked: false,
            };
            ((kind, group.into(), node.name.clone()), node)
        })
        .collect()
}

fn reasons(answer: &Answer<'_>, hop: &Hop) -> String {
    let lines = hop.permitted.iter().map(|(reasons, ports)| {
        let egress = answer.names.reason(reasons.egress);
        let ingress = answer.names.reason(reasons.ingress);
        format!("{ports}: egress by {egress}, ingress by {ingress}")
    });
    let lines: Vec<String> = lines.collect();
    lines.join("\n")
}

/// Nodes in their groups, and hops between their places.
fn placed(answer: &Answer<'_>, nodes: BTreeMap<Key, Node>, hops: Hops) -> Picture {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: BTreeMap<Key, NodeId> = BTreeMap::new();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    for (key, node) in nodes {
        let (kind, name, _) = &key;
        let is_new = groups
            .last()
            .is_none_or(|last| (last.kind, &last.name) != (*kind, name));
        if is_new {
            groups.push(Group {
                name: name.clone(),
                kind: *kind,
                nodes: Vec::new(),
            });
        }
        let n_groups = groups.len();
        if let Some(group) = groups.last_mut() {
            let place = NodeId {
                group: number(n_groups - 1),
                node: number(group.nodes.len()),
            };
            places.insert(key, place);
            group.nodes.push(node);
        }
    }
    let joined = |texts: BTreeSet<String>, between: &str| {
        let texts: Vec<String> = texts.into_iter().collect();
        texts.join(between)
    };
    let edge = |((from, to), drawn): ((Key, Key), Drawn)| {
        Some(Edge {
            from: *places.get(&from)?,
            to: *places.get(&to)?,
            label: joined(drawn.labels, "; "),
            detail: joined(drawn.details, "\n"),
            marked: false,
        })
    };
    let edges = hops.into_iter().filter_map(edge).collect();
    Picture {
        title: answer.headline(),
        groups,
        edges,
    }
}
