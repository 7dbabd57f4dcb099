//! A difference for people: a line per group of connections, and below it why.
//!
//! Must not know any other form.

use std::io::Write;

use ztc_diag::render::Colour;
use ztc_reach::diff::{Change, ChangeKind};

use super::{Answer, Counts, words};
use crate::{
    exit::Failure,
    output::{Out, counted},
};

/// How many ends of a group are named.
const SHOWN: usize = 8;

/// Writes a summary, the notes, then every change.
pub(super) fn write(out: &mut Out, answer: &Answer<'_>, colour: Colour) -> Result<(), Failure> {
    writeln!(out, "{}", summary(answer))?;
    for note in &answer.notes {
        writeln!(out, "note: {note}")?;
    }
    for change in &answer.diff.changes {
        writeln!(out)?;
        write_change(out, answer, change, colour)?;
    }
    Ok(())
}

/// `3 connections newly allowed, 1 changed`.
pub(super) fn summary(answer: &Answer<'_>) -> String {
    let Counts {
        added,
        changed,
        removed,
    } = Counts::of(&answer.diff.changes);
    let parts = [
        (added, "newly allowed"),
        (changed, "changed"),
        (removed, "no longer allowed"),
    ];
    let mut parts = parts.into_iter().filter(|(n, _)| *n > 0);
    let Some((n, what)) = parts.next() else {
        return "no difference".into();
    };
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    let first = format!("{} {what}", counted(n, "connection", "connections"));
    parts.fold(first, |text, (n, what)| format!("{text}, {n} {what}"))
}

fn write_change(
    out: &mut Out,
    answer: &Answer<'_>,
    change: &Change,
    colour: Colour,
) -> Result<(), Failure> {
    let (sign, paint) = match change.kind() {
        ChangeKind::Added => ("+", "32"),
        ChangeKind::Changed => ("~", "33"),
        ChangeKind::Removed => ("-", "31"),
    };
    let (start, end) = match colour {
        Colour::Ansi => (format!("\u{1b}[1;{paint}m"), "\u{1b}[0m"),
        Colour::Plain => (String::new(), ""),
    };
    let from = answer.names.short(&change.from, SHOWN);
    let to = answer.names.short(&change.to, SHOWN);
    let ports = match change.kind() {
        ChangeKind::Added => words::ports(&change.after),
        ChangeKind::Removed => words::ports(&change.before),
        ChangeKind::Changed => {
            let (after, before) = (words::ports(&change.after), words::ports(&change.before));
            format!("{after} (was {before})")
        }
    };
    writeln!(out, "{start}{sign} {from} -> {to}: {ports}{end}")?;
    for (index, cause) in change.causes.iter().enumerate() {
        let word = if index == 0 { "because" } else { "and" };
        let (sentence, says) = words::sentence(answer, change, *cause, SHOWN);
        writeln!(out, "  {word:7} {sentence}")?;
        if let Some(says) = says {
            writeln!(out, "          {says}")?;
        }
    }
    Ok(())
}
