//! Routes as one JSON object (docs/schema/paths.v1.schema.json).
//!
//! Must not know the text.

use serde::Serialize;
use ztc_reach::{
    PartyId, PortSet,
    paths::{self, Extent, Route},
};

use super::Answer;
use crate::{
    exit::Failure,
    output::{self, Out},
    shapes::{self, Range, Side},
};

#[derive(Serialize)]
struct Paths<'a> {
    schema: &'static str,
    from: &'a str,
    to: &'a str,
    extent: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_hops: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<String>,
    every_hop: bool,
    /// Choices of one at each stop; JSON numbers end earlier than ours.
    n_routes: u64,
    is_complete: bool,
    n_groups: usize,
    routes: Vec<Written<'a>>,
    reached: &'a [usize],
    entrances: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longer: Option<LongerJson<'a>>,
    notes: &'a [String],
}

/// The shortest routes that `max_hops` hides.
#[derive(Serialize)]
struct LongerJson<'a> {
    n_hops: u32,
    entrances: Vec<&'a str>,
    is_complete: bool,
}

#[derive(Serialize)]
struct Written<'a> {
    stops: Vec<Vec<&'a str>>,
    hops: Vec<Hop<'a>>,
}

#[derive(Serialize)]
struct Hop<'a> {
    ports: String,
    reasons: Vec<Permitted<'a>>,
}

#[derive(Serialize)]
struct Permitted<'a> {
    ports: String,
    ranges: Vec<Range>,
    egress: Side<'a>,
    ingress: Side<'a>,
}

/// Writes the object.
pub(super) fn show(out: &mut Out, answer: &Answer<'_>) -> Result<(), Failure> {
    let (found, wanted) = (answer.found, answer.wanted);
    let paths = Paths {
        schema: "ztc.dev/paths/v1",
        from: &answer.from,
        to: &answer.to,
        extent: match wanted.extent {
            Extent::Shortest => "shortest",
            Extent::All => "all",
        },
        max_hops: (wanted.max_hops != u32::MAX).then_some(wanted.max_hops),
        ports: wanted.ports.as_ref().map(PortSet::to_string),
        every_hop: wanted.is_every_hop,
        n_routes: u64::try_from(found.n_routes).unwrap_or(u64::MAX),
        is_complete: found.is_complete,
        n_groups: found.routes.len(),
        routes: found
            .routes
            .iter()
            .take(answer.limit)
            .map(|route| written(answer, route))
            .collect(),
        reached: &found.reached,
        entrances: names(answer, &found.entrances),
        longer: answer.hidden.longer().map(|longer| LongerJson {
            n_hops: longer.n_hops,
            entrances: names(answer, &longer.entrances),
            is_complete: longer.is_complete,
        }),
        notes: &answer.notes,
    };
    output::json(out, &paths)
}

fn names<'a>(answer: &Answer<'a>, parties: &[PartyId]) -> Vec<&'a str> {
    let parties = parties.iter().filter_map(|id| answer.reach.party(*id));
    parties.map(|party| party.name.as_str()).collect()
}

fn written<'a>(answer: &Answer<'a>, route: &Route) -> Written<'a> {
    let hop = |hop: &paths::Hop| Hop {
        ports: hop.ports().to_string(),
        reasons: hop
            .permitted
            .iter()
            .map(|(reasons, ports)| Permitted {
                ports: ports.to_string(),
                ranges: shapes::ranges(ports),
                egress: Side::new(answer.reach.bundle(), reasons.egress),
                ingress: Side::new(answer.reach.bundle(), reasons.ingress),
            })
            .collect(),
    };
    Written {
        stops: route.stops.iter().map(|stop| names(answer, stop)).collect(),
        hops: route.hops.iter().map(hop).collect(),
    }
}
