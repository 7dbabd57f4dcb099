//! Connections as a Markdown table, for a pull request.
//!
//! Must not know how lines are folded.

use std::io::{self, Write};

use super::{Asked, pairs};
use crate::{
    markdown::escaped,
    output::{Out, counted},
};

const HEADER: &str = "| From | To | Ports | Egress by | Ingress by |\n|---|---|---|---|---|\n";

/// What is said where there is nothing to show.
const NOTHING: &str = "No connections.";

/// Writes a line for connections that are alike.
pub(super) fn folded(out: &mut Out, asked: &Asked<'_>) -> io::Result<()> {
    let lines = asked.lines();
    if lines.is_empty() {
        writeln!(out, "{NOTHING}")?;
    } else {
        out.write_all(HEADER.as_bytes())?;
    }
    for line in &lines {
        let cells = asked.words.cells(line);
        let cells = cells.map(|items| escaped(&items.join(", ")));
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    let n_pairs: usize = lines.iter().map(|line| line.n_pairs(asked.reach)).sum();
    if n_pairs > lines.len() {
        let lines = counted(lines.len(), "line", "lines");
        writeln!(out, "\n{lines} for {n_pairs} connections.")?;
    }
    finish(out, asked)
}

/// Writes every connection on its own.
pub(super) fn pairs(out: &mut Out, asked: &Asked<'_>) -> io::Result<()> {
    let is_empty = !pairs::write(out, asked, [HEADER, ""], |text, one| {
        let ports = one.ports.to_string();
        let row = [
            asked.words.name(one.from),
            asked.words.name(one.to),
            &ports,
            asked.words.reason(one.reasons.egress),
            asked.words.reason(one.reasons.ingress),
        ];
        text.extend(format!("| {} |\n", row.map(escaped).join(" | ")).into_bytes());
    })?;
    if is_empty {
        writeln!(out, "{NOTHING}")?;
    }
    finish(out, asked)
}

fn finish(out: &mut Out, asked: &Asked<'_>) -> io::Result<()> {
    for note in &asked.notes {
        writeln!(out, "\nNote: {}.", escaped(note))?;
    }
    Ok(())
}
