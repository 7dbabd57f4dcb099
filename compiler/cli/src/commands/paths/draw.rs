//! Routes as a picture: a column for each hop, every stop once, the hops numbered.
//!
//! Must not know how a picture is drawn.

use std::collections::{BTreeMap, BTreeSet};

use ztc_picture::{Edge, GroupKind, Mark, Node, NodeId, Picture};
use ztc_reach::{PartyId, PortRange, PortSet, paths::Hop};

use super::Answer;
use crate::boxes::{Boxes, Place, node};

/// A stop of more parties than this is one node: a crowd that nothing tells apart here.
const CROWD: usize = 24;
/// How many of a crowd its node names on demand.
const NAMED: usize = 40;

/// Who a node stands for.
type Members = Vec<PartyId>;

/// A node before it has a place.
struct Stop {
    place: Place,
    node: Node,
    /// How many hops lead to it at most, of the routes that are drawn.
    depth: usize,
}

/// The hops between two nodes: of routes that come by there, several can be alike.
#[derive(Default)]
struct Drawn {
    ports: Vec<PortRange>,
    details: BTreeSet<String>,
    steps: BTreeSet<usize>,
}

/// What the routes have in common.
#[derive(Default)]
struct Map {
    stops: BTreeMap<Members, Stop>,
    hops: BTreeMap<(Members, Members), Drawn>,
}

/// Draws the routes that are shown.
pub(super) fn picture(answer: &Answer<'_>) -> Picture {
    let mut map = Map::default();
    let routes = answer.found.routes.iter().take(answer.limit);
    for route in routes {
        let last = route.stops.len().saturating_sub(1);
        let mut drawn: Vec<Vec<Members>> = Vec::new();
        for (depth, parties) in route.stops.iter().enumerate() {
            let mark = match depth {
                0 => Mark::Start,
                _ if depth == last => Mark::End,
                _ => Mark::None,
            };
            drawn.push(map.add(answer, parties, depth, mark));
        }
        let ends = drawn.iter().zip(drawn.iter().skip(1));
        for ((step, hop), (sources, targets)) in (1..).zip(&route.hops).zip(ends) {
            let detail = reasons(answer, hop);
            for source in sources {
                for target in targets {
                    let ends = (source.clone(), target.clone());
                    let drawn = map.hops.entry(ends).or_default();
                    drawn.ports.extend(hop.ports().ranges());
                    drawn.details.insert(detail.clone());
                    drawn.steps.insert(step);
                }
            }
        }
    }
    map.into_picture(answer)
}

impl Map {
    /// The nodes of the parties at a stop: one each, or one for a crowd.
    fn add(
        &mut self,
        answer: &Answer<'_>,
        parties: &[PartyId],
        depth: usize,
        mark: Mark,
    ) -> Vec<Members> {
        let nodes: Vec<(Members, Place, Node)> = if parties.len() > CROWD {
            vec![crowd(answer, parties)]
        } else {
            let known = parties.iter().filter_map(|id| {
                let party = answer.reach.party(*id)?;
                Some((vec![*id], Place::of(party, None), node(party, Mark::None)))
            });
            known.collect()
        };
        let mut added = Vec::new();
        for (members, place, node) in nodes {
            let stop = self
                .stops
                .entry(members.clone())
                .or_insert(Stop { place, node, depth });
            stop.depth = stop.depth.max(depth);
            stop.node.mark = stop.node.mark.max(mark);
            added.push(members);
        }
        added
    }

    /// Stops in the order of their columns. Routes differ in length, and all end in the last.
    fn into_picture(self, answer: &Answer<'_>) -> Picture {
        let deepest = self.stops.values().map(|stop| stop.depth).max();
        let mut sorted: Vec<(Place, String, Members, Node)> = Vec::new();
        for (members, stop) in self.stops {
            let column = match stop.node.mark {
                Mark::Start => Some(0),
                Mark::End => deepest,
                _ => Some(stop.depth),
            };
            let place = Place {
                column: column.and_then(|column| u32::try_from(column).ok()),
                ..stop.place
            };
            sorted.push((place, stop.node.name.clone(), members, stop.node));
        }
        sorted.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
        let mut boxes = Boxes::default();
        let mut places: BTreeMap<Members, NodeId> = BTreeMap::new();
        for (place, _, members, node) in sorted {
            places.insert(members, boxes.push(&place, node));
        }
        let edges = self.hops.into_iter();
        let edges = edges.filter_map(|((from, to), hop)| {
            Some(edge(*places.get(&from)?, *places.get(&to)?, hop))
        });
        Picture {
            title: answer.headline(),
            notes: not_drawn(answer).into_iter().collect(),
            groups: boxes.into_groups(),
            edges: edges.collect(),
        }
    }
}

fn edge(from: NodeId, to: NodeId, hop: Drawn) -> Edge {
    let ports: PortSet = hop.ports.into_iter().collect();
    let details: Vec<String> = hop.details.into_iter().collect();
    let steps: Vec<String> = hop.steps.iter().map(usize::to_string).collect();
    Edge {
        from,
        to,
        label: ports.to_string(),
        detail: details.join("\n"),
        everything: ports.is_everything(),
        step: steps.join(", "),
    }
}

/// `20 of 86 routes drawn`.
fn not_drawn(answer: &Answer<'_>) -> Option<String> {
    let found = answer.found;
    let (n_drawn, n_found) = (answer.limit.min(found.routes.len()), found.routes.len());
    if n_drawn == n_found && found.is_complete {
        return None;
    }
    let more_than = if found.is_complete { "" } else { "more than " };
    let what = match u128::try_from(n_found) == Ok(found.n_routes) {
        true => "routes",
        false => "groups of routes",
    };
    Some(format!("{n_drawn} of {more_than}{n_found} {what} drawn"))
}

fn crowd(answer: &Answer<'_>, parties: &[PartyId]) -> (Members, Place, Node) {
    let known = parties.iter().filter_map(|id| answer.reach.party(*id));
    let names: Vec<&str> = known.map(|party| party.name.as_str()).collect();
    let words = answer.names.of(parties);
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
    let place = Place {
        column: None,
        kind: GroupKind::Cluster,
        name: "alike on these routes".into(),
    };
    let node = Node {
        name,
        detail: detail.join("\n"),
        mark: Mark::None,
    };
    (parties.to_vec(), place, node)
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
