//! An answer for people: the verdict, each side, and the lines of YAML that decide.
//!
//! Must not judge, and must not name the rendering library.

use std::{fmt, io};

use ztc_bundle::flow::{Answer, Audit, Role, Rule, Side, Word};
use ztc_diag::{
    Label, Level, SourceId, Sources, Span,
    render::{self, Colour},
};

/// How many rules of one side are shown with their lines.
const SHOWN: usize = 3;

/// Writes an answer.
pub(crate) fn show(
    out: &mut impl io::Write,
    answer: &Answer<'_>,
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
    for (direction, end, side) in [
        ("egress from", &question.from, &answer.egress),
        ("ingress to", &question.to, &answer.ingress),
    ] {
        writeln!(
            out,
            "\n{direction} {end}: {}, {}",
            side.word.text(),
            side.reason
        )?;
        show_side(out, side, sources, colour)?;
    }
    for note in &answer.notes {
        writeln!(out, "\nnote: {note}")?;
    }
    Ok(())
}

fn show_side(
    out: &mut impl io::Write,
    side: &Side<'_>,
    sources: &Sources,
    colour: Colour,
) -> io::Result<()> {
    for (index, rule) in side.rules.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "  {} {}", verb(rule, side.word), Place(rule))?;
        // Whoever looks for the line that decides reads a few, and finds the rest by name.
        if index < SHOWN {
            let level = if side.word == Word::Deny {
                Level::Error
            } else {
                Level::Note
            };
            show_lines(out, (level, rule), sources, colour)?;
        }
    }
    side.audit
        .iter()
        .try_for_each(|audit| show_audit(out, audit))
}

/// What enforcing audited policies would change.
fn show_audit(out: &mut impl io::Write, audit: &Audit<'_>) -> io::Result<()> {
    let would = match audit.would {
        Word::Allow => "allowed",
        Word::Deny | Word::NotApplicable => "denied",
    };
    let Some(rule) = audit.rules.first() else {
        return writeln!(out, "  audit: would be {would}");
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

/// Displays a rule's policy and where it is written.
struct Place<'r>(&'r Rule<'r>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule {
            policy,
            path,
            file,
            line,
            column,
            ..
        } = self.0;
        let slash = if policy.namespace.is_empty() { "" } else { "/" };
        write!(
            f,
            "{} {}{slash}{}, {path} at {file}:{line}:{column}",
            policy.kind, policy.namespace, policy.name,
        )
    }
}

fn show_lines(
    out: &mut impl io::Write,
    (level, rule): (Level, &Rule<'_>),
    sources: &Sources,
    colour: Colour,
) -> io::Result<()> {
    match span(rule, sources) {
        Some(span) => {
            let label = Label {
                span,
                text: rule.summary.into(),
            };
            render::snippet(out, sources, (level, &label), colour)
        }
        None => writeln!(out, "    {}", rule.summary),
    }
}

/// Where a rule is in the files of this run; `None` when its file is not one of them.
fn span(rule: &Rule<'_>, sources: &Sources) -> Option<Span> {
    let (source, file) = sources
        .iter()
        .find(|(_, source)| source.stored_name == rule.file)?;
    let offset = |line: u32, column: u32| -> Option<u32> {
        let start = *file
            .line_starts()
            .get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        let rest = file.text.get(usize::try_from(start).ok()?..)?;
        let bom = if start == 0 && rest.starts_with('\u{feff}') {
            1
        } else {
            0
        };
        let n_before = usize::try_from(column).ok()?.checked_sub(1)? + bom;
        let bytes: usize = rest.chars().take(n_before).map(char::len_utf8).sum();
        start.checked_add(u32::try_from(bytes).ok()?)
    };
    let (start, end) = (
        offset(rule.line, rule.column)?,
        offset(rule.end_line, rule.end_column)?,
    );
    let source: SourceId = source;
    Some(Span {
        source,
        start,
        end: end.max(start),
    })
}
