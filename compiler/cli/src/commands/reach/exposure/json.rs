//! What new pods could reach, as one JSON object (docs/schema/exposure.v1.schema.json).
//!
//! Must not know how it was found.

use serde::Serialize;

use super::{
    Answer,
    compare::{Connections, ExposedPod},
    labels::Tried,
    table,
};
use crate::{
    commands::reach::words::CellWords,
    exit::Failure,
    output::{self, Out},
    shapes::{self, Range, Side},
};

#[derive(Serialize)]
struct Exposure<'a> {
    schema: &'static str,
    namespaces: Vec<Namespace<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Namespace<'a> {
    namespace: &'a str,
    is_exact: bool,
    tried: &'static str,
    port_names_tried: &'static str,
    pods_listed: &'static str,
    pods: Vec<Pod<'a>>,
}

#[derive(Serialize)]
struct Pod<'a> {
    labels: Vec<Label<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account: Option<&'a str>,
    reaches: Vec<Alike<'a>>,
    reached_by: Vec<Alike<'a>>,
}

/// A list: keys are anybody's words, and not names of fields.
#[derive(Serialize)]
struct Label<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Alike<'a> {
    parties: Vec<&'a str>,
    ports: String,
    ranges: Vec<Range>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    named_ports: Vec<Named<'a>>,
    egress: Side<'a>,
    ingress: Side<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crosses_namespaces: Option<bool>,
}

/// Ports that are open if the new pod names them so.
#[derive(Serialize)]
struct Named<'a> {
    protocol: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u16>,
    names: &'a [String],
}

/// Writes the object.
pub(super) fn show(out: &mut Out, answer: &Answer<'_>) -> Result<(), Failure> {
    let cells = CellWords::new(answer.reach);
    let namespaces = answer.namespaces.iter().map(|exposed| Namespace {
        namespace: &exposed.namespace,
        is_exact: exposed.is_exact(),
        tried: tried(exposed.tried),
        port_names_tried: all_or_some(!exposed.is_short_of_ports),
        pods_listed: all_or_some(exposed.has_all_pods),
        pods: exposed
            .pods
            .iter()
            .map(|one| pod(answer, &cells, one))
            .collect(),
    });
    let exposure = Exposure {
        schema: "ztc.dev/exposure/v1",
        namespaces: namespaces.collect(),
        notes: &answer.notes,
    };
    output::json(out, &exposure)
}

fn all_or_some(is_all: bool) -> &'static str {
    if is_all { "all" } else { "some" }
}

fn tried(tried: Tried) -> &'static str {
    match tried {
        Tried::All => "all",
        Tried::Pairs => "pairs",
        Tried::SomePairs => "some-pairs",
        Tried::SomeSelectors => "some-selectors",
    }
}

fn pod<'a>(answer: &'a Answer<'_>, cells: &'a CellWords<'_>, one: &'a ExposedPod) -> Pod<'a> {
    let labels = one.pod.labels.iter();
    let alike = |connections: &'a [Connections]| {
        connections
            .iter()
            .map(|one| alike(answer, cells, one))
            .collect()
    };
    Pod {
        labels: labels.map(|(key, value)| Label { key, value }).collect(),
        service_account: one.pod.service_account.as_deref(),
        reaches: alike(&one.reaches),
        reached_by: alike(&one.reached_by),
    }
}

fn alike<'a>(answer: &'a Answer<'_>, cells: &'a CellWords<'_>, one: &'a Connections) -> Alike<'a> {
    let side = |reason| Side::new(answer.reach.bundle(), reason);
    let parties = one.parties.iter().map(|id| cells.name(*id));
    let unlisted = one.unlisted.iter().map(String::as_str);
    Alike {
        parties: parties.chain(unlisted).collect(),
        ports: table::ports(one),
        ranges: shapes::ranges(&one.ports),
        named_ports: one
            .named
            .iter()
            .map(|ports| Named {
                protocol: ports.protocol.name(),
                first: ports.numbers.map(|(first, _)| first),
                last: ports.numbers.map(|(_, last)| last),
                names: &ports.names,
            })
            .collect(),
        egress: side(one.reasons.egress),
        ingress: side(one.reasons.ingress),
        crosses_namespaces: one.crosses.then_some(true),
    }
}
