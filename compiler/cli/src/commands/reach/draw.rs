//! Connections as a picture: a box for each namespace, for what is outside and for the cluster's
//! own parts, an edge for each two parties.
//!
//! Must not know how a picture is drawn.

use std::collections::BTreeMap;

use ztc_picture::{Edge, Group, GroupKind, Node, NodeId, Picture};
use ztc_reach::{Connection, PartyId, PartyKind, PortRange, Reason};

use super::Asked;
use crate::{exit::Failure, output::counted};

/// A picture of more edges than this would help nobody.
const MOST_EDGES: usize = 200_000;

/// What is between two parties: all ports, and the reasons line by line.
#[derive(Default)]
struct Between {
    ports: Vec<PortRange>,
    reasons: Vec<String>,
}

/// Draws the connections. What an own node may always do, and what is open to entities and nodes
/// because nothing isolates a workload, is the same for everybody and left out.
pub(super) fn picture(asked: &Asked<'_>) -> Result<Picture, Failure> {
    let mut between: BTreeMap<(PartyId, PartyId), Between> = BTreeMap::new();
    let mut left_out = false;
    for scope in &asked.scopes {
        for (source, _) in asked.reach.numbered() {
            asked.reach.each_from(scope, source, |one| {
                if is_the_same_for_all(asked, one) {
                    left_out = true;
                    return;
                }
                let known = between.entry((one.from, one.to)).or_default();
                known.ports.extend(one.ports.ranges());
                known.reasons.push(reasons(asked, one));
            });
            if between.len() > MOST_EDGES {
                return Err(too_many());
            }
        }
    }
    let (groups, places) = placed(asked, &between);
    let edge = |(&(from, to), between): (&(PartyId, PartyId), &Between)| {
        let ports: ztc_reach::PortSet = between.ports.iter().copied().collect();
        Some(Edge {
            from: *places.get(&from)?,
            to: *places.get(&to)?,
            label: ports.to_string(),
            detail: between.reasons.join("\n"),
            marked: false,
        })
    };
    let connections = counted(between.len(), "connection", "connections");
    let mut title = format!("{connections} that policies permit");
    if left_out {
        title.push_str(", but for what all nodes and entities may do");
    }
    Ok(Picture {
        title,
        groups,
        edges: between.iter().filter_map(edge).collect(),
    })
}

fn too_many() -> Failure {
    let help = "draw a part of it with --workload, --from, --to or --port, or write a table";
    let message = format!("there are more than {MOST_EDGES} connections to draw");
    Failure::Report(miette::miette!(help = help, "{message}"))
}

fn is_the_same_for_all(asked: &Asked<'_>, one: &Connection<'_>) -> bool {
    let is_named = |id: PartyId| {
        let kind = asked.reach.party(id).map(|party| party.kind);
        !matches!(kind, Some(PartyKind::Entity | PartyKind::Node))
    };
    let is_own_node = [one.reasons.egress, one.reasons.ingress].contains(&Reason::OwnNode);
    let is_about_names = is_named(one.from) && is_named(one.to);
    is_own_node || !is_about_names && !one.reasons.name_a_rule()
}

fn reasons(asked: &Asked<'_>, one: &Connection<'_>) -> String {
    let egress = asked.words.reason(one.reasons.egress);
    let ingress = asked.words.reason(one.reasons.ingress);
    format!("{}: egress by {egress}, ingress by {ingress}", one.ports)
}

/// The boxes with everybody who has an edge, and where each stands.
fn placed(
    asked: &Asked<'_>,
    between: &BTreeMap<(PartyId, PartyId), Between>,
) -> (Vec<Group>, BTreeMap<PartyId, NodeId>) {
    let mut ends: Vec<PartyId> = between.keys().flat_map(|(from, to)| [*from, *to]).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut groups: Vec<Group> = Vec::new();
    let mut places = BTreeMap::new();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    for id in ends {
        let Some(party) = asked.reach.party(id) else {
            continue;
        };
        let (kind, name) = match party.kind {
            PartyKind::Workload => (GroupKind::Namespace, party.namespace.as_str()),
            PartyKind::Entity | PartyKind::Node => (GroupKind::Cluster, "cluster"),
            PartyKind::Addresses => (GroupKind::Outside, "outside"),
        };
        if groups
            .last()
            .is_none_or(|last| (last.kind, last.name.as_str()) != (kind, name))
        {
            groups.push(Group {
                name: name.into(),
                kind,
                nodes: Vec::new(),
            });
        }
        let n_groups = groups.len();
        let Some(group) = groups.last_mut() else {
            continue;
        };
        let place = NodeId {
            group: number(n_groups - 1),
            node: number(group.nodes.len()),
        };
        places.insert(id, place);
        let short = party.name.strip_prefix(name);
        let short = short.and_then(|rest| rest.strip_prefix('/'));
        group.nodes.push(Node {
            name: short.unwrap_or(&party.name).into(),
            detail: party.name.clone(),
            marked: false,
        });
    }
    (groups, places)
}
