//! Columns that line up, for people.
//!
//! Must not know what stands in them.

use std::io::{self, Write};

use ztc_diag::render::Colour;

use crate::output::{self, Out};

/// Writes rows below their titles, each column as wide as it takes.
pub(crate) fn write<const N: usize>(
    out: &mut Out,
    titles: [&str; N],
    rows: &[[String; N]],
    colour: Colour,
) -> io::Result<()> {
    let mut widths = titles.map(|title| title.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    writeln!(out, "{}", bold(&padded(titles, widths), colour))?;
    for row in rows {
        writeln!(
            out,
            "{}",
            padded(row.each_ref().map(String::as_str), widths)
        )?;
    }
    Ok(())
}

/// One row.
pub(crate) fn padded<const N: usize>(row: [&str; N], widths: [usize; N]) -> String {
    let cells = row.iter().zip(widths);
    let cells: Vec<String> = cells
        .map(|(text, width)| format!("{text:width$}"))
        .collect();
    cells.join("  ").trim_end().to_owned()
}

/// A title or a headline.
pub(crate) fn bold(text: &str, colour: Colour) -> String {
    match colour {
        Colour::Ansi => format!("\u{1b}[1m{text}\u{1b}[0m"),
        Colour::Plain => text.to_owned(),
    }
}

/// The first few names of a cell, and whether there are more.
pub(crate) fn few(names: &[String], n_shown: usize) -> (String, bool) {
    // One more name takes no more room than saying that there is one.
    let n_shown = n_shown + usize::from(names.len() == n_shown + 1);
    (output::few(names, n_shown), names.len() > n_shown)
}
