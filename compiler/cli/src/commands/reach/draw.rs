//! Connections as a picture: a box for each namespace, for what is outside and for entities and
//! nodes, an edge for each two parties.
//!
//! Must not know how a picture is drawn.

use std::collections::{BTreeMap, BTreeSet};

use ztc_picture::{Edge, Mark, Picture};
use ztc_reach::{Connection, PartyId, PartyKind, PortRange, PortSet, Reason};

use super::{Asked, words};
use crate::{
    args::{DirectionChoice, ReachArgs},
    boxes::{Boxes, Place, node},
    exit::Failure,
    output::counted,
};

/// A picture of more edges than this would help nobody.
const MOST_EDGES: usize = 200_000;

/// What is between two parties: all ports, and the reasons line by line.
#[derive(Default)]
struct Between {
    ports: Vec<PortRange>,
    reasons: Vec<String>,
}

/// Who reaches whom, and how many connections are not among them.
#[derive(Default)]
struct Found {
    between: BTreeMap<(PartyId, PartyId), Between>,
    n_left_out: usize,
}

/// Draws the connections. What each node may do with its own pods is nobody's policy, and left out
/// unless somebody asks about entities or nodes.
pub(super) fn picture(asked: &Asked<'_>, args: &ReachArgs) -> Result<Picture, Failure> {
    let chosen = Chosen::of(asked, args)?;
    let Found {
        between,
        n_left_out,
    } = found(asked, chosen.has_entities(asked))?;
    let mut drawn: BTreeSet<PartyId> = between.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let mut notes = Vec::new();
    if drawn.is_empty() {
        drawn = alone(asked);
        notes.push("nothing is permitted".into());
    }
    if n_left_out > 0 {
        notes.push(format!(
            "not drawn: {n_left_out} (a node reaches its own pods)"
        ));
    }
    let mut boxes = Boxes::default();
    let mut places = BTreeMap::new();
    for id in drawn {
        if let Some(party) = asked.reach.party(id) {
            let node = node(party, chosen.mark(id));
            places.insert(id, boxes.push(&Place::of(party, None), node));
        }
    }
    let edge = |(&(from, to), between): (&(PartyId, PartyId), &Between)| {
        let ports: PortSet = between.ports.iter().copied().collect();
        Some(Edge {
            from: *places.get(&from)?,
            to: *places.get(&to)?,
            label: words::ports(&ports).join(", "),
            detail: between.reasons.join("\n"),
            everything: ports.is_everything(),
            step: String::new(),
        })
    };
    Ok(Picture {
        title: chosen.title(asked, args, between.len()),
        notes,
        groups: boxes.into_groups(),
        edges: between.iter().filter_map(edge).collect(),
    })
}

fn found(asked: &Asked<'_>, with_own_nodes: bool) -> Result<Found, Failure> {
    let mut found = Found::default();
    for scope in &asked.scopes {
        for (source, _) in asked.reach.numbered() {
            asked.reach.each_from(scope, source, |one| {
                if !with_own_nodes && is_own_node(asked, one) {
                    found.n_left_out += 1;
                    return;
                }
                let known = found.between.entry((one.from, one.to)).or_default();
                known.ports.extend(one.ports.ranges());
                known.reasons.push(reasons(asked, one));
            });
            if found.between.len() > MOST_EDGES {
                return Err(too_many());
            }
        }
    }
    Ok(found)
}

fn too_many() -> Failure {
    let help = "draw a part of it with --workload, --from, --to or --port, or write a table";
    let message = format!("there are more than {MOST_EDGES} connections to draw");
    Failure::Report(miette::miette!(help = help, "{message}"))
}

/// Whether a node reaches one of its own pods, for no other reason than that it may always.
fn is_own_node(asked: &Asked<'_>, one: &Connection<'_>) -> bool {
    let from = asked.reach.party(one.from);
    one.reasons.ingress == Reason::OwnNode && from.is_some_and(|from| from.is_own_node)
}

fn reasons(asked: &Asked<'_>, one: &Connection<'_>) -> String {
    let egress = asked.words.reason(one.reasons.egress);
    let ingress = asked.words.reason(one.reasons.ingress);
    let ports = words::ports(one.ports).join(", ");
    format!("{ports}: egress by {egress}, ingress by {ingress}")
}

/// The workloads that were asked about: of them there is nothing else to say.
fn alone(asked: &Asked<'_>) -> BTreeSet<PartyId> {
    let is_asked_for = |id: PartyId| {
        let mut scopes = asked.scopes.iter();
        scopes.any(|scope| scope.from.contains(id) || scope.to.contains(id))
    };
    let workloads = asked.reach.numbered().filter(|(id, party)| {
        let is_workload = party.kind == PartyKind::Workload;
        is_workload && is_asked_for(*id)
    });
    workloads.map(|(id, _)| id).collect()
}

/// Whom the picture is about.
struct Chosen(BTreeSet<PartyId>);

impl Chosen {
    fn of(asked: &Asked<'_>, args: &ReachArgs) -> Result<Self, Failure> {
        let mut chosen = BTreeSet::new();
        for text in [&args.workload, &args.from, &args.to].into_iter().flatten() {
            chosen.extend(asked.finder.select(text)?);
        }
        Ok(Self(chosen))
    }

    fn has_entities(&self, asked: &Asked<'_>) -> bool {
        let kinds = self.0.iter().filter_map(|id| asked.reach.party(*id));
        let mut kinds = kinds.map(|party| party.kind);
        kinds.any(|kind| matches!(kind, PartyKind::Entity | PartyKind::Node))
    }

    fn mark(&self, id: PartyId) -> Mark {
        match self.0.contains(&id) {
            true => Mark::Chosen,
            false => Mark::None,
        }
    }

    /// `shop/Deployment/web, both directions: 3 connections`.
    fn title(&self, asked: &Asked<'_>, args: &ReachArgs, n: usize) -> String {
        let connections = counted(n, "connection", "connections");
        let named = |texts: &[String]| {
            let names = texts.iter().map(|text| named(asked, text));
            names.collect::<Vec<_>>().join(", ")
        };
        let mut focus = Vec::new();
        let direction = match args.direction {
            None => "both directions",
            Some(DirectionChoice::Egress) => "what it opens",
            Some(DirectionChoice::Ingress) => "what is opened to it",
        };
        if !args.workload.is_empty() {
            focus.push(format!("{}, {direction}", named(&args.workload)));
        } else if args.direction.is_some() {
            focus.push(format!("each workload, {direction}"));
        }
        if !args.from.is_empty() {
            focus.push(format!("from {}", named(&args.from)));
        }
        if !args.to.is_empty() {
            focus.push(format!("to {}", named(&args.to)));
        }
        focus.extend(args.port.iter().map(|port| format!("on {port}")));
        match focus.is_empty() {
            true => format!("{connections} that policies permit"),
            false => format!("{}: {connections}", focus.join(" ")),
        }
    }
}

/// The name of whom a text means if it means one, else the text.
fn named(asked: &Asked<'_>, text: &str) -> String {
    match asked.finder.select(text).as_deref() {
        Ok([one]) => asked.words.name(*one).to_string(),
        _ => text.to_string(),
    }
}
