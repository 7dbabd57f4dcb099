//! `ztc diff`: what a change opens and closes.
//!
//! Must not know where the two sides come from, nor how a difference is shown.

mod git;
mod json;
mod labels;
mod markdown;
mod names;
mod operand;
mod revision;
mod rules;
mod side;
mod text;
mod tree;
mod walk;
mod words;

use std::{collections::BTreeSet, io::Write};

use ztc_reach::{
    Reach,
    diff::{Change, ChangeKind, Diff},
};

use self::{names::Names, rules::Differences, side::Side};
use crate::{
    args::{ColourChoice, DiffArgs, DiffFormat},
    exit::{Failure, Outcome},
    output,
    report::Refused,
};

/// Everything that there is to show.
struct Answer<'r> {
    /// The two sides as they were given.
    operands: [&'r str; 2],
    old: &'r Reach<'r>,
    new: &'r Reach<'r>,
    diff: &'r Diff,
    names: Names<'r>,
    /// Where they come from.
    sides: [&'r Side; 2],
    /// What changed in rules.
    differences: Differences,
    /// The keys of labels that policies ask for.
    asked: BTreeSet<String>,
    notes: Vec<String>,
}

/// How many connections became what.
#[derive(Clone, Copy, Default)]
struct Counts {
    added: u64,
    changed: u64,
    narrowed: u64,
    removed: u64,
}

/// Runs the command.
pub(crate) fn run(args: &DiffArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    let operands = [args.old.as_str(), args.new.as_str()];
    let old = operand::of(&args.old, &args.new, args.dir.as_deref())?;
    let new = operand::of(&args.new, &args.old, args.dir.as_deref())?;
    let note = operand::note_of_flags([&old, &new], args)?;
    // Both are read, so that all that is wrong is said at once.
    let read = |text, operand| match side::read(text, operand, args, color) {
        Ok(side) => Ok(Ok(side)),
        Err(Failure::Ended(outcome)) => Ok(Err(outcome)),
        Err(failure) => Err(failure),
    };
    match (read(&args.old, &old)?, read(&args.new, &new)?) {
        (Ok(old), Ok(new)) => compare(operands, [&old, &new], note, args.format, color),
        (Err(old), Err(new)) => Ok(old.max(new)),
        (Err(outcome), Ok(_)) | (Ok(_), Err(outcome)) => Ok(outcome),
    }
}

fn compare(
    operands: [&str; 2],
    [old, new]: [&Side; 2],
    note: Option<String>,
    format: DiffFormat,
    color: ColourChoice,
) -> Result<Outcome, Failure> {
    let (old_bundle, new_bundle) = (old.bundle().view(), new.bundle().view());
    let before = Reach::new(&old_bundle);
    let after = Reach::new(&new_bundle);
    let diff = Diff::new(&before, &after);
    let mut answer = Answer {
        operands,
        old: &before,
        new: &after,
        names: Names::new(&diff),
        notes: note.into_iter().chain(notes(&diff, old, new)).collect(),
        sides: [old, new],
        differences: Differences::new(&diff, [old, new]),
        asked: labels::asked([old, new]),
        diff: &diff,
    };
    let without_effect = words::without_effect(&answer);
    answer.notes.extend(without_effect);
    let (mut out, colour) = output::out(color);
    match format {
        DiffFormat::Text => text::write(&mut out, &answer, colour)?,
        DiffFormat::Json => json::write(&mut out, &answer)?,
        DiffFormat::Markdown => out.write_all(markdown::page(&answer).as_bytes())?,
    }
    out.flush()?;
    Ok(if diff.opens() {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// What is to be said besides changes.
fn notes(diff: &Diff, old: &Side, new: &Side) -> Vec<String> {
    let mut notes = Vec::new();
    let shown = |options: &str| match options {
        "" => String::from("Cilium's defaults"),
        options => format!("`{options}`"),
    };
    if let Some((old, new)) = &diff.options {
        let (old, new) = (shown(old), shown(new));
        notes.push(format!("the options differ: {old} before, {new} after"));
    }
    if diff.is_coarse {
        notes.push(
            "so much differs that connections are shown together whatever the causes: each cause \
             is one of some of the connections that it stands below"
                .into(),
        );
    }
    for (side, notes_of_side) in [("before", &old.notes), ("after", &new.notes)] {
        let is_of_both = |note: &String| old.notes.contains(note) && new.notes.contains(note);
        for note in notes_of_side {
            match (is_of_both(note), side) {
                (true, "before") => notes.push(note.clone()),
                (true, _) => {}
                (false, side) => notes.push(format!("{side}: {note}")),
            }
        }
    }
    let renames = diff.renames.iter();
    notes.extend(renames.map(|rename| {
        let (old, new) = (&rename.old, &rename.new);
        format!("`{new}` is taken for what was `{old}`: policies see the same of both")
    }));
    notes
}

impl<'r> Answer<'r> {
    /// What was refused of each side.
    fn left_out(&self) -> [&'r [Refused]; 2] {
        self.sides.map(Side::left_out)
    }
}

impl Counts {
    fn of(changes: &[Change]) -> Self {
        let mut counts = Self::default();
        for change in changes {
            let count = match change.kind() {
                ChangeKind::Added => &mut counts.added,
                ChangeKind::Changed => &mut counts.changed,
                ChangeKind::Narrowed => &mut counts.narrowed,
                ChangeKind::Removed => &mut counts.removed,
            };
            *count = count.saturating_add(change.n_connections);
        }
        counts
    }
}
