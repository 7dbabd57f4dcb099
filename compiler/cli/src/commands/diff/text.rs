//! A difference for people: a line per group of connections, and below it why.
//!
//! Must not know any other form.

use std::io::Write;

use ztc_diag::render::Colour;
use ztc_reach::diff::{Change, ChangeKind};

use super::{
    Answer, Counts,
    words::{self, Sentence},
};
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
    for left in words::left_to_nodes(answer) {
        let (names, why) = (left.short(SHOWN), left.why);
        writeln!(out)?;
        write_line(
            out,
            ChangeKind::Added,
            &format!("{names}: everything"),
            colour,
        )?;
        writeln!(out, "  because {why}")?;
    }
    let mut last: Option<Vec<Sentence<'_>>> = None;
    for change in answer.diff.changes.iter().take(MOST) {
        let causes = words::sentences(answer, change, SHOWN, MOST_CAUSES);
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

fn write_causes(out: &mut Out, causes: &[Sentence<'_>]) -> Result<(), Failure> {
    for (index, sentence) in causes.iter().enumerate() {
        let word = if index == 0 { "because" } else { "and" };
        writeln!(out, "  {word:7} {}", sentence.text)?;
        if let Some(says) = sentence.says {
            writeln!(out, "          {says}")?;
        }
        if !sentence.differences.is_empty() {
            writeln!(
                out,
                "          different: {}",
                sentence.differences.join("; ")
            )?;
        }
    }
    Ok(())
}

/// `1 workload newly without policies, 3 connections newly allowed, 1 changed, 2 narrowed`.
pub(super) fn summary(answer: &Answer<'_>) -> String {
    let Counts {
        added,
        changed,
        narrowed,
        removed,
    } = Counts::of(&answer.diff.changes);
    let n_left = answer.diff.left_to_nodes.len();
    let mut parts = Vec::new();
    if n_left > 0 {
        let workloads = counted(n_left, "workload", "workloads");
        parts.push(format!("{workloads} newly without policies"));
    }
    let of_connections = [
        (added, "newly allowed"),
        (changed, "changed"),
        (narrowed, "narrowed"),
        (removed, "no longer allowed"),
    ];
    let of_connections = of_connections.into_iter().filter(|(n, _)| *n > 0);
    for (index, (n, what)) in of_connections.enumerate() {
        let n = usize::try_from(n).unwrap_or(usize::MAX);
        parts.push(match index {
            0 => format!("{} {what}", counted(n, "connection", "connections")),
            _ => format!("{n} {what}"),
        });
    }
    if parts.is_empty() {
        return "no difference".into();
    }
    parts.join(", ")
}

fn write_change(
    out: &mut Out,
    answer: &Answer<'_>,
    change: &Change,
    colour: Colour,
) -> Result<(), Failure> {
    let from = answer.names.short(&change.from, SHOWN);
    let to = answer.names.short(&change.to, SHOWN);
    let ports = words::ports(change);
    write_line(
        out,
        change.kind(),
        &format!("{from} -> {to}: {ports}"),
        colour,
    )
}

fn write_line(out: &mut Out, kind: ChangeKind, text: &str, colour: Colour) -> Result<(), Failure> {
    let (sign, paint) = match kind {
        ChangeKind::Added => ("+", "32"),
        ChangeKind::Changed => ("~", "33"),
        ChangeKind::Narrowed => ("~", "31"),
        ChangeKind::Removed => ("-", "31"),
    };
    let (start, end) = match colour {
        Colour::Ansi => (format!("\u{1b}[1;{paint}m"), "\u{1b}[0m"),
        Colour::Plain => (String::new(), ""),
    };
    writeln!(out, "{start}{sign} {text}{end}")?;
    Ok(())
}
