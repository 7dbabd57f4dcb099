//! An answer for people: the verdict, each side, and the lines of YAML that decide.
//!
//! Must not judge, and must not name the rendering library.

use std::io;

use ztc_diag::{
    Label, Level, SourceId, Sources, Span,
    render::{self, Colour},
};

use super::answer::{Answer, Role, Rule, Word};

/// How many rules of one side are shown with their lines.
const SHOWN: usize = 3;

/// Writes an answer.
pub(crate) fn show(
    out: &mut impl io::Write,
    answer: &Answer,
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
    let egress = (answer.egress, answer.egress_reason, &answer.egress_rules);
    let ingress = (answer.ingress, answer.ingress_reason, &answer.ingress_rules);
    for (direction, end, (word, reason, rules)) in [
        ("egress from", &question.from, egress),
        ("ingress to", &question.to, ingress),
    ] {
        writeln!(out, "\n{direction} {end}: {}, {reason}", word.text())?;
        for (index, rule) in rules.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            show_rule(out, rule, word)?;
            // Whoever looks for the line that decides reads a few, and finds the rest by name.
            if index < SHOWN {
                let level = if word == Word::Deny {
                    Level::Error
                } else {
                    Level::Note
                };
                show_lines(out, (level, rule), sources, colour)?;
            }
        }
    }
    for note in &answer.notes {
        writeln!(out, "\nnote: {note}")?;
    }
    Ok(())
}

fn show_rule(out: &mut impl io::Write, rule: &Rule, word: Word) -> io::Result<()> {
    let policy = &rule.policy;
    let slash = if policy.namespace.is_empty() { "" } else { "/" };
    let verb = match (rule.role, word) {
        (Role::Isolates, _) => "isolated by",
        (Role::Decided, Word::Deny) => "denied by",
        (Role::Decided, _) => "allowed by",
    };
    writeln!(
        out,
        "  {verb} {} {}{slash}{}, {} at {}:{}:{}",
        policy.kind, policy.namespace, policy.name, rule.path, rule.file, rule.line, rule.column,
    )
}

fn show_lines(
    out: &mut impl io::Write,
    (level, rule): (Level, &Rule),
    sources: &Sources,
    colour: Colour,
) -> io::Result<()> {
    match span(rule, sources) {
        Some(span) => {
            let label = Label {
                span,
                text: rule.summary.clone(),
            };
            render::snippet(out, sources, (level, &label), colour)
        }
        None => writeln!(out, "    {}", rule.summary),
    }
}

/// Where a rule is in the files of this run; `None` when its file is not one of them.
fn span(rule: &Rule, sources: &Sources) -> Option<Span> {
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
