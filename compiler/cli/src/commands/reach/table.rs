//! Connections as a table for people.
//!
//! Must not know how lines are folded.

use std::io::{self, Write};

use ztc_diag::render::Colour;
use ztc_reach::Line;

use super::{Asked, pairs, words::COLUMNS};
use crate::output::{Out, counted};

/// Where a cell of several items begins another line. Longer items stay in one piece, so that
/// they can be searched and copied.
const WIDE: usize = 44;

/// The width of a column of ports where lines are written before all are known.
const PORTS_WIDTH: usize = 14;

/// Writes a line for connections that are alike.
pub(super) fn folded(out: &mut Out, asked: &Asked<'_>, colour: Colour) -> io::Result<()> {
    let lines = asked.lines();
    let wrapped = |line: &Line| asked.words.cells(line).map(|items| wrap(&items));
    let mut widths = COLUMNS.map(str::len);
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(wrapped(line)) {
            let longest = cell.iter().map(|text| text.chars().count()).max();
            *width = (*width).max(longest.unwrap_or(0));
        }
    }
    if lines.is_empty() {
        writeln!(out, "no connections")?;
        return finish(out, asked);
    }
    header(out, widths, colour)?;
    for line in &lines {
        let cells = wrapped(line);
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for place in 0..height {
            let row = cells.each_ref().map(|cell| match cell.get(place) {
                Some(text) => text.as_str(),
                None => "",
            });
            writeln!(out, "{}", padded(row, widths))?;
        }
    }
    let n_pairs: usize = lines.iter().map(|line| line.n_pairs(asked.reach)).sum();
    if n_pairs > lines.len() {
        let lines = counted(lines.len(), "line", "lines");
        writeln!(out, "\n{lines} for {n_pairs} connections (--no-fold)")?;
    }
    finish(out, asked)
}

/// Writes every connection on its own. Only names decide how wide columns are: there can be more
/// connections than could be held.
pub(super) fn pairs(out: &mut Out, asked: &Asked<'_>, colour: Colour) -> io::Result<()> {
    let names = asked.reach.parties().iter();
    let longest = names.map(|party| party.name.chars().count()).max();
    let name_width = longest.unwrap_or(0);
    let rules = asked.words.longest_reason();
    let widths = [name_width, name_width, PORTS_WIDTH, rules, 0];
    header(out, widths, colour)?;
    pairs::write(out, asked, "", |text, one| {
        let row = [
            asked.words.name(one.from),
            asked.words.name(one.to),
            &one.ports.to_string(),
            asked.words.reason(one.reasons.egress),
            asked.words.reason(one.reasons.ingress),
        ];
        text.extend(padded(row, widths).into_bytes());
        text.push(b'\n');
    })?;
    finish(out, asked)
}

fn header(out: &mut Out, widths: [usize; 5], colour: Colour) -> io::Result<()> {
    let titles = padded(COLUMNS, widths);
    match colour {
        Colour::Ansi => writeln!(out, "\u{1b}[1m{titles}\u{1b}[0m"),
        Colour::Plain => writeln!(out, "{titles}"),
    }
}

fn finish(out: &mut Out, asked: &Asked<'_>) -> io::Result<()> {
    for note in &asked.notes {
        writeln!(out, "\nnote: {note}")?;
    }
    Ok(())
}

fn padded(row: [&str; 5], widths: [usize; 5]) -> String {
    let cells = row.iter().zip(widths);
    let cells: Vec<String> = cells
        .map(|(text, width)| format!("{text:width$}"))
        .collect();
    cells.join("  ").trim_end().to_owned()
}

/// Items with commas between, as many on a line as fit.
fn wrap(items: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let comma = if place + 1 < items.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.chars().count() + item.chars().count() + 2 <= WIDE => {
                line.push(' ');
                line.push_str(item);
                line.push_str(comma);
            }
            _ => lines.push(format!("{item}{comma}")),
        }
    }
    lines
}
