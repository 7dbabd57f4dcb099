//! Connections as one JSON object (docs/schema/reach.v1.schema.json), written as they are found.
//!
//! Connections come first: only then is it known which parties and rules they name. Must not know
//! how lines are folded.

mod named;

use std::io::{self, Write};

use serde::Serialize;
use ztc_reach::{Line, PartyId, PortSet, Reason, Reasons};

use self::named::Named;
use super::{Asked, pairs};
use crate::{
    exit::Failure,
    output::Out,
    shapes::{self, Range},
};

const SEPARATOR: &str = ",\n    ";

#[derive(Serialize)]
struct Connections<'a> {
    from: Vec<&'a str>,
    to: Vec<&'a str>,
    ports: String,
    ranges: Vec<Range>,
    egress: Side,
    ingress: Side,
}

#[derive(Serialize)]
struct Side {
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<u32>,
}

/// Writes an object for connections that are alike.
pub(super) fn folded(out: &mut Out, asked: &Asked<'_>) -> Result<(), Failure> {
    let named = Named::new(asked.reach);
    begin(out)?;
    let mut separator = "";
    for line in asked.lines() {
        let Line { from, to, .. } = &line;
        named.add(from.iter().chain(to).copied(), line.reasons);
        out.write_all(separator.as_bytes())?;
        let line = connections(asked, [from, to], &line.ports, line.reasons);
        serde_json::to_writer(&mut *out, &line)?;
        separator = SEPARATOR;
    }
    named.finish(out, asked)
}

/// Writes an object for every connection on its own.
pub(super) fn pairs(out: &mut Out, asked: &Asked<'_>) -> Result<(), Failure> {
    let named = Named::new(asked.reach);
    begin(out)?;
    pairs::write(out, asked, ["", SEPARATOR], |text, one| {
        named.add([one.from, one.to], one.reasons);
        let ends: [&[PartyId]; 2] = [&[one.from], &[one.to]];
        let one = connections(asked, ends, one.ports, one.reasons);
        // Memory takes everything, and nothing here is a map whose keys are not text.
        let _ = serde_json::to_writer(text, &one);
    })?;
    named.finish(out, asked)
}

fn begin(out: &mut Out) -> io::Result<()> {
    let schema = "ztc.dev/reach/v1";
    write!(
        out,
        "{{\n  \"schema\": \"{schema}\",\n  \"connections\": [\n    "
    )
}

fn connections<'a>(
    asked: &'a Asked<'_>,
    [from, to]: [&[PartyId]; 2],
    ports: &PortSet,
    reasons: Reasons,
) -> Connections<'a> {
    let names = |ids: &[PartyId]| ids.iter().map(|id| asked.words.name(*id)).collect();
    Connections {
        from: names(from),
        to: names(to),
        ports: ports.to_string(),
        ranges: shapes::ranges(ports),
        egress: side(reasons.egress),
        ingress: side(reasons.ingress),
    }
}

fn side(reason: Reason) -> Side {
    Side {
        by: shapes::word(reason),
        rule: reason.rule(),
    }
}
