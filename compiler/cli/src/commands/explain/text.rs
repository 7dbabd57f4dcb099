//! An answer for people: the verdict, each side, the lines of YAML that decide, and what else
//! would have to be different.
//!
//! Must not judge, and must not name the rendering library.

mod place;

use std::{io, iter::repeat};

use ztc_bundle::flow::{Answer, Audit, Role, Rule, Side, Word};
use ztc_diag::{Level, Sources, render::Colour};

use self::place::{Name, Place};
use crate::{
    output::counted,
    why::{Nearest, Why, Without},
};

/// How many rules of one side are shown with their lines.
const SHOWN: usize = 3;

/// Writes an answer.
pub(super) fn show(
    out: &mut impl io::Write,
    answer: &Answer<'_>,
    [egress, ingress]: &[Why<'_>; 2],
    sources: &Sources,
    colour: Colour,
) -> io::Result<()> {
    let question = &answer.question;
    writeln!(
        out,
        "{} -> {} {}/{}: {}",
        question.from,
        question.to,
        question.port,
        question.protocol,
        answer.verdict.text(),
    )?;
    let lines = Lines { sources, colour };
    for (direction, end, side, why) in [
        ("egress from", &question.from, &answer.egress, egress),
        ("ingress to", &question.to, &answer.ingress, ingress),
    ] {
        let (word, reason) = (side.word.text(), side.reason);
        writeln!(out, "\n{direction} {end}: {word}, {reason}")?;
        lines.show_side(out, side, why)?;
    }
    for note in &answer.notes {
        writeln!(out, "\nnote: {note}")?;
    }
    Ok(())
}

/// Where the lines of rules are, and how they look.
struct Lines<'s> {
    sources: &'s Sources,
    colour: Colour,
}

impl Lines<'_> {
    fn show_side(
        &self,
        out: &mut impl io::Write,
        side: &Side<'_>,
        why: &Why<'_>,
    ) -> io::Result<()> {
        for rule in &why.passed {
            writeln!(out, "  first passed on to the next tier by {}", Place(rule))?;
            self.show_lines(out, Level::Note, rule)?;
            writeln!(out)?;
        }
        let level = match side.word {
            Word::Deny => Level::Error,
            Word::Allow | Word::NotApplicable => Level::Note,
        };
        for (index, rule) in side.rules.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            writeln!(out, "  {} {}", verb(rule, side.word), Place(rule))?;
            // Whoever looks for the line that decides reads a few, and finds the rest by name.
            if index < SHOWN {
                self.show_lines(out, level, rule)?;
            }
        }
        if let Some(without) = &why.without {
            show_without(out, side.word, without)?;
        }
        if let Some(nearest) = &why.nearest {
            let mut shown = side.rules.iter().take(SHOWN);
            let is_shown = shown.any(|rule| is_same(rule, &nearest.rule));
            self.show_nearest(out, nearest, is_shown)?;
        }
        let mut audits = side.audit.iter();
        audits.try_for_each(|audit| show_audit(out, audit))
    }

    /// The rule that came nearest, with its lines unless they stand above.
    fn show_nearest(
        &self,
        out: &mut impl io::Write,
        nearest: &Nearest<'_>,
        is_shown: bool,
    ) -> io::Result<()> {
        let rule = &nearest.rule;
        if is_shown {
            writeln!(out, "\n  nearest to allowing it: {}, as above", Name(rule))?;
        } else {
            writeln!(out, "\n  nearest to allowing it: {}", Place(rule))?;
            self.show_lines(out, Level::Warning, rule)?;
        }
        for (missing, word) in nearest
            .missing
            .iter()
            .zip(["but"].into_iter().chain(repeat("and")))
        {
            writeln!(out, "    {word} {missing}")?;
        }
        match nearest.others {
            0 => Ok(()),
            n => writeln!(
                out,
                "  ({} as near)",
                counted(n, "other rule is", "other rules are")
            ),
        }
    }

    fn show_lines(
        &self,
        out: &mut impl io::Write,
        level: Level,
        rule: &Rule<'_>,
    ) -> io::Result<()> {
        place::show_lines(out, self.sources, (level, rule), self.colour)
    }
}

/// What the deciding rule is worth.
fn show_without(
    out: &mut impl io::Write,
    word: Word,
    Without { verdict, rule }: &Without<'_>,
) -> io::Result<()> {
    writeln!(out)?;
    let still = if *verdict == word { "still " } else { "" };
    match (verdict, rule) {
        (Word::Deny, Some(rule)) => {
            writeln!(out, "  without it: {still}denied, by {}", Place(rule))
        }
        (Word::Deny, None) => writeln!(out, "  without it: {still}denied, as no rule allows it"),
        (_, Some(rule)) => writeln!(out, "  without it: {still}allowed, by {}", Place(rule)),
        (_, None) => writeln!(
            out,
            "  without it: {still}allowed, as no other rule denies it"
        ),
    }
}

/// What enforcing audited policies would change.
fn show_audit(out: &mut impl io::Write, audit: &Audit<'_>) -> io::Result<()> {
    let would = match audit.would {
        Word::Allow => "allowed",
        Word::Deny | Word::NotApplicable => "denied",
    };
    let Some(rule) = audit.rules.first() else {
        return writeln!(
            out,
            "  audit: would be {would} if audited policies were enforced"
        );
    };
    let by = match rule.role {
        Role::Isolates => "because no rule allows it: isolated by",
        Role::Decided | Role::Nearest | Role::Passed => "by",
    };
    writeln!(out, "  audit: would be {would} {by} {}", Place(rule))
}

fn verb(rule: &Rule<'_>, word: Word) -> &'static str {
    match (rule.role, word) {
        (Role::Isolates, _) => "isolated by",
        (_, Word::Deny) => "denied by",
        (_, Word::Allow | Word::NotApplicable) => "allowed by",
    }
}

/// Whether two rules are the same, whatever their roles.
fn is_same(one: &Rule<'_>, other: &Rule<'_>) -> bool {
    let role = Role::Decided;
    Rule { role, ..*one } == Rule { role, ..*other }
}
