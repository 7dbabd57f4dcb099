//! Connections as a Markdown table, for a pull request.
//!
//! Names come from files that somebody wrote, so every sign that Markdown could take for its own
//! is escaped. Must not know how lines are folded.

use std::io::{self, Write};

use super::{Asked, pairs};
use crate::output::{Out, counted};

const HEADER: &str = "| From | To | Ports | Egress by | Ingress by |\n|---|---|---|---|---|\n";

/// Writes a line for connections that are alike.
pub(super) fn folded(out: &mut Out, asked: &Asked<'_>) -> io::Result<()> {
    let lines = asked.lines();
    if lines.is_empty() {
        writeln!(out, "No connections.")?;
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
    out.write_all(HEADER.as_bytes())?;
    pairs::write(out, asked, "", |text, one| {
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
    finish(out, asked)
}

fn finish(out: &mut Out, asked: &Asked<'_>) -> io::Result<()> {
    for note in &asked.notes {
        writeln!(out, "\nNote: {}.", escaped(note))?;
    }
    Ok(())
}

/// Text that shows as it is, wherever it stands in a table.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            // Breaks of lines end a row.
            sign if sign.is_control() => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#' | '!' | '@' => {
                escaped.extend(['\\', sign]);
            }
            sign => escaped.push(sign),
        }
    }
    escaped
}
