//! Routes as a table.
//!
//! Must not know how a route was found.

use std::io::{self, Write};

use ztc_diag::render::Colour;
use ztc_reach::{PartyId, paths::Route};

use super::{Answer, hidden::Hidden};
use crate::{
    output::{Out, counted},
    table::{self, bold, few},
};

/// How many names a cell holds.
const SHOWN: usize = 3;

/// How many of those are named who could go on.
const SHOWN_ENTRANCES: usize = 12;

const COLUMNS: [&str; 5] = ["ROUTE", "STOP", "PORTS", "EGRESS BY", "INGRESS BY"];

type Line = [String; 5];

/// Writes the routes, or why there are none.
pub(super) fn show(out: &mut Out, answer: &Answer<'_>, colour: Colour) -> io::Result<()> {
    writeln!(out, "{}", bold(&answer.headline(), colour))?;
    if answer.found.routes.is_empty() {
        no_route(out, answer)?;
    } else {
        let mut is_short = false;
        let routes = answer.found.routes.iter().take(answer.limit).zip(1..);
        let lines: Vec<Line> = routes
            .flat_map(|(route, number)| lines(answer, route, number, &mut is_short))
            .collect();
        writeln!(out)?;
        table::write(out, COLUMNS, &lines, colour)?;
        if let Some(rest) = answer.rest() {
            writeln!(out, "\n{rest}")?;
        }
        if is_short {
            writeln!(out, "\neverybody of a stop: --format json")?;
        }
    }
    for note in &answer.notes {
        writeln!(out, "\nnote: {note}")?;
    }
    Ok(())
}

fn lines(answer: &Answer<'_>, route: &Route, number: usize, is_short: &mut bool) -> Vec<Line> {
    let mut cell = |parties: &[PartyId]| {
        let (text, has_more) = few(&answer.names.of(parties), SHOWN);
        *is_short |= has_more;
        text
    };
    let first = route.stops.first().map_or(String::new(), |stop| cell(stop));
    let mut lines = vec![[
        number.to_string(),
        first,
        String::new(),
        String::new(),
        String::new(),
    ]];
    for (to, hop) in route.stops.iter().skip(1).zip(&route.hops) {
        let mut stop = format!("-> {}", cell(to));
        for (reasons, ports) in &hop.permitted {
            lines.push([
                String::new(),
                std::mem::take(&mut stop),
                ports.to_string(),
                answer.names.reason(reasons.egress).to_owned(),
                answer.names.reason(reasons.ingress).to_owned(),
            ]);
        }
    }
    lines
}

/// How far one comes, and who could go on.
fn no_route(out: &mut Out, answer: &Answer<'_>) -> io::Result<()> {
    let reached = &answer.found.reached;
    let n: usize = reached.iter().sum();
    if n == 0 {
        writeln!(out, "the first hop leads to no workload at all")?;
    } else {
        let steps: Vec<String> = reached.iter().zip(1..).map(step).collect();
        let workloads = counted(n, "workload can", "workloads can");
        writeln!(out, "{workloads} be reached: {}", steps.join(", "))?;
    }
    if let Some(line) = nobody_goes_on(answer) {
        writeln!(out, "{line}")?;
    }
    let entrances = answer.names.of(&answer.found.entrances);
    match few(&entrances, SHOWN_ENTRANCES) {
        _ if entrances.is_empty() => writeln!(out, "nobody may open one"),
        (shown, false) => writeln!(out, "who may: {shown}"),
        (shown, true) => writeln!(out, "who may: {shown} (--format json)"),
    }
}

/// Whether somebody who was reached could go on to the end, were more hops allowed; nothing where
/// nobody was reached.
pub(super) fn nobody_goes_on(answer: &Answer<'_>) -> Option<String> {
    let (to, max_hops) = (
        &format!("{}{}", answer.to, on_ports(answer)),
        answer.wanted.max_hops,
    );
    let n: usize = answer.found.reached.iter().sum();
    let (some, none) = match n {
        0 => return None,
        1 => ("it may", "it may not"),
        _ => ("them may", "none of them may"),
    };
    Some(match &answer.hidden {
        Hidden::Nothing => format!("{none} open a connection to {to}"),
        Hidden::NoRoute => {
            format!("{none} open a connection to {to}, nor may anybody whom more hops lead to")
        }
        Hidden::Longer(longer) => {
            let (names, _) = few(&answer.names.of(&longer.entrances), SHOWN_ENTRANCES);
            let hop = longer.n_hops;
            let how_many = match (n, longer.is_complete, longer.entrances.len()) {
                (1, ..) => String::new(),
                (_, true, n) => format!("{n} of "),
                (_, false, n) => format!("at least {n} of "),
            };
            if hop == max_hops.saturating_add(1) {
                format!("{how_many}{some}, with hop {hop}: {names}: raise --max-hops")
            } else {
                format!(
                    "{none} open a connection to {to}, but with hop {hop} somebody may: {names}: \
                     raise --max-hops"
                )
            }
        }
    })
}

/// ` on 22/TCP`, where only some ports were asked for.
fn on_ports(answer: &Answer<'_>) -> String {
    let ports = answer.wanted.ports.as_ref();
    ports.map_or(String::new(), |ports| format!(" on {ports}"))
}

fn step((n, number): (&usize, usize)) -> String {
    match number {
        1 => format!("{n} with the first hop"),
        number => format!("{n} more with hop {number}"),
    }
}
