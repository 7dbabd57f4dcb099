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
/// How many groups are shown: more than anybody reads.
const MOST: usize = 1000;
/// How many causes of one group are shown.
const MOST_CAUSES: usize = 12;

/// Writes a summary, the notes, then every change.
pub(super) fn write(out: &mut Out, answer: &Answer<'_>, colour: Colour) -> Result<(), Failure> {
    writeln!(out, "{}", summary(answer))?;
    for note in &answer.notes {
        writeln!(out, "note: {note}")?;
    }
    let mut last: Option<Vec<Why<'_>>> = None;
    for change in answer.diff.changes.iter().take(MOST) {
        let causes = causes(answer, change);
        // Causes stand below all changes that they are the causes of.
        if let Some(last) = last.take_if(|last| *last != causes) {
            write_causes(out, &last)?;
        }
        if last.is_none() {
            writeln!(out)?;
        }
        write_change(out, answer, change, colour)?;
        last = Some(causes);
    }
    if let Some(last) = last {
        write_causes(out, &last)?;
    }
    if let Some(more @ 1..) = answer.diff.changes.len().checked_sub(MOST) {
        writeln!(
            out,
            "\n{more} more groups of connections: --format json has all of them"
        )?;
    }
    Ok(())
}

/// A sentence, and what the rule says that it is about.
type Why<'a> = (String, Option<&'a str>);

fn causes<'a>(answer: &Answer<'a>, change: &Change) -> Vec<Why<'a>> {
    let mut causes: Vec<Why<'a>> = change
        .causes
        .iter()
        .take(MOST_CAUSES)
        .map(|cause| words::sentence(answer, change, *cause, SHOWN))
        .collect();
    if let Some(more @ 1..) = change.causes.len().checked_sub(MOST_CAUSES) {
        causes.push((format!("{more} more"), None));
    }
    causes
}

fn write_causes(out: &mut Out, causes: &[Why<'_>]) -> Result<(), Failure> {
    for (index, (sentence, says)) in causes.iter().enumerate() {
        let word = if index == 0 { "because" } else { "and" };
        writeln!(out, "  {word:7} {sentence}")?;
        if let Some(says) = says {
            writeln!(out, "          {says}")?;
        }
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
    Ok(())
}
