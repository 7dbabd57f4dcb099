//! Routes as a table.
//!
//! Must not know how a route was found.

use std::io::{self, Write};

use ztc_diag::render::Colour;
use ztc_reach::{PartyId, paths::Route};

use super::Answer;
use crate::output::{Out, counted};

/// How many names a cell holds.
const SHOWN: usize = 3;

/// Number of the route, stop, ports, what lets egress and ingress through.
type Line = [String; 5];

/// Writes the routes, or why there are none.
pub(super) fn show(out: &mut Out, answer: &Answer<'_>, colour: Colour) -> io::Result<()> {
    let (bold, plain) = match colour {
        Colour::Ansi => ("\u{1b}[1m", "\u{1b}[0m"),
        Colour::Plain => ("", ""),
    };
    writeln!(out, "{bold}{}{plain}", answer.headline())?;
    if answer.found.routes.is_empty() {
        no_route(out, answer)?;
    } else {
        let mut is_short = false;
        let routes = answer.found.routes.iter().take(answer.limit).zip(1..);
        let lines: Vec<Line> = routes
            .flat_map(|(route, number)| lines(answer, route, number, &mut is_short))
            .collect();
        writeln!(out)?;
        table(out, &lines, [bold, plain])?;
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
        let names = answer.names.of(parties);
        let hidden = names.len().saturating_sub(SHOWN);
        // One more name takes no more room than saying that there is one.
        let hidden = if hidden == 1 { 0 } else { hidden };
        *is_short |= hidden > 0;
        let shown = names.len() - hidden;
        let shown: Vec<String> = names.into_iter().take(shown).collect();
        match hidden {
            0 => shown.join(", "),
            n => format!("{} and {n} more", shown.join(", ")),
        }
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
                answer.names.reason(reasons.egress),
                answer.names.reason(reasons.ingress),
            ]);
        }
    }
    lines
}

fn table(out: &mut Out, lines: &[Line], [bold, plain]: [&str; 2]) -> io::Result<()> {
    let header = ["ROUTE", "STOP", "PORTS", "EGRESS BY", "INGRESS BY"].map(String::from);
    let mut widths = header.each_ref().map(|cell| cell.chars().count());
    for line in lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let padded = |line: &Line| {
        let cells = line.iter().zip(widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    writeln!(out, "{bold}{}{plain}", padded(&header))?;
    for line in lines {
        writeln!(out, "{}", padded(line))?;
    }
    Ok(())
}

/// How far one comes, and who could go on.
fn no_route(out: &mut Out, answer: &Answer<'_>) -> io::Result<()> {
    let (reached, to) = (&answer.found.reached, &answer.to);
    let n: usize = reached.iter().sum();
    if n == 0 {
        writeln!(out, "the first hop leads to no workload at all")?;
    } else {
        let steps: Vec<String> = reached.iter().zip(1..).map(step).collect();
        let workloads = counted(n, "workload can", "workloads can");
        let nobody = if n == 1 {
            "it may not"
        } else {
            "none of them may"
        };
        writeln!(out, "{workloads} be reached: {}", steps.join(", "))?;
        writeln!(out, "{nobody} open a connection to {to}")?;
    }
    let entrances = answer.names.of(&answer.found.entrances);
    match entrances.len() {
        0 => writeln!(out, "nobody may open one"),
        n => {
            let shown: Vec<&str> = entrances.iter().take(12).map(String::as_str).collect();
            let shown = shown.join(", ");
            match n.saturating_sub(12) {
                0 => writeln!(out, "who may: {shown}"),
                more => writeln!(out, "who may: {shown} and {more} more (--format json)"),
            }
        }
    }
}

fn step((n, number): (&usize, usize)) -> String {
    match number {
        1 => format!("{n} with the first hop"),
        number => format!("{n} more with hop {number}"),
    }
}
