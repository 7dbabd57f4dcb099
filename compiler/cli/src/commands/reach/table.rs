//! Connections as a table for people.
//!
//! Must not know how lines are folded.

use std::io::{self, Write};

use ztc_diag::render::Colour;
use ztc_reach::Line;

use super::{Asked, pairs, words::COLUMNS};
use crate::{
    output::{Out, counted},
    table::{self, bold, padded},
};

/// A line of the table.
type Row = [String; 5];

/// What is said where there is nothing to show.
const NOTHING: &str = "no connections";

/// Where a cell of several items begins another line. Longer items stay in one piece, so that
/// they can be searched and copied.
const WIDE: usize = 44;

/// The width of a column of ports where lines are written before all are known.
const PORTS_WIDTH: usize = 14;

/// Writes a line for connections that are alike.
pub(super) fn folded(out: &mut Out, asked: &Asked<'_>, colour: Colour) -> io::Result<()> {
    let lines = asked.lines();
    if lines.is_empty() {
        writeln!(out, "{NOTHING}")?;
        return finish(out, asked);
    }
    let rows: Vec<Row> = lines.iter().flat_map(|line| rows(asked, line)).collect();
    table::write(out, COLUMNS, &rows, colour)?;
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
    let header = format!("{}\n", bold(&padded(COLUMNS, widths), colour));
    let is_empty = !pairs::write(out, asked, [&header, ""], |text, one| {
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
    if is_empty {
        writeln!(out, "{NOTHING}")?;
    }
    finish(out, asked)
}

fn finish(out: &mut Out, asked: &Asked<'_>) -> io::Result<()> {
    for note in &asked.notes {
        writeln!(out, "\nnote: {note}")?;
    }
    Ok(())
}

/// The rows that a line takes.
fn rows(asked: &Asked<'_>, line: &Line) -> Vec<Row> {
    let mut cells = asked.words.cells(line).map(|items| wrap(&items));
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let mut row = |place: usize| {
        let item = |cell: &mut Vec<String>| cell.get_mut(place).map(std::mem::take);
        cells.each_mut().map(|cell| item(cell).unwrap_or_default())
    };
    (0..height).map(&mut row).collect()
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
