//! Which rules would be missed, for people: as a table, and as marks beside the lines of the files.
//!
//! Must not know why a rule would be missed.

use std::{collections::BTreeMap, io};

use ztc_diag::{SourceId, Span, render::Colour};

use super::coverage::{Coverage, Covered, CoveredRule};
use crate::{output::counted, pipeline::Checked};

/// Writes a line for every policy, and below it the rules that nobody would miss.
pub(super) fn table(
    out: &mut impl io::Write,
    checked: &Checked,
    coverage: &Coverage<'_>,
    colour: Colour,
) -> io::Result<()> {
    let names: Vec<String> = coverage.policies.iter().map(name).collect();
    let width = names.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or(0).max("policy".len());
    let (bold, plain) = match colour {
        Colour::Ansi => ("\u{1b}[1m", "\u{1b}[0m"),
        Colour::Plain => ("", ""),
    };
    writeln!(out, "{bold}{:width$}  rules  noticed{plain}", "policy")?;
    for (policy, name) in coverage.policies.iter().zip(&names) {
        let (n_rules, n_noticed) = (policy.rules.len(), policy.n_noticed());
        writeln!(out, "{name:width$}  {n_rules:>5}  {n_noticed:>7}")?;
        for rule in policy.rules.iter().filter(|rule| !rule.noticed) {
            let (place, path) = (place(checked, rule), rule.rule.path);
            writeln!(out, "  not noticed: {place} {path}: {}", rule.rule.summary)?;
        }
    }
    let (n_rules, n_noticed, percent) = (coverage.rules, coverage.noticed, coverage.percent());
    writeln!(
        out,
        "{:width$}  {n_rules:>5}  {n_noticed:>7}  {percent}%",
        "all"
    )
}

/// Writes the files with policies, each line with its number and a mark: `+` where somebody would
/// miss the rule, `-` where nobody would miss one of the rules there.
pub(super) fn lines(
    out: &mut impl io::Write,
    checked: &Checked,
    coverage: &Coverage<'_>,
) -> io::Result<()> {
    // By file, then by line from 1: whether every rule on it would be missed.
    let mut marks: BTreeMap<SourceId, BTreeMap<u32, bool>> = BTreeMap::new();
    for rule in coverage.policies.iter().flat_map(|policy| &policy.rules) {
        let Some(span) = span(checked, rule) else {
            continue;
        };
        // What ends at the start of a line is not on it.
        let last = Span {
            start: span.end.saturating_sub(1).max(span.start),
            ..span
        };
        let (first, last) = (checked.sources.start(span), checked.sources.start(last));
        for line in first.line..=last.line {
            let mark = marks
                .entry(span.source)
                .or_default()
                .entry(line)
                .or_insert(true);
            *mark &= rule.noticed;
        }
    }
    for (id, marks) in &marks {
        let Some(source) = checked.sources.get(*id) else {
            continue;
        };
        writeln!(out, "{}", source.name)?;
        let text = source.text.trim_start_matches('\u{feff}');
        for (line, number) in text.lines().zip(1u32..) {
            let mark = match marks.get(&number) {
                Some(true) => '+',
                Some(false) => '-',
                None => ' ',
            };
            writeln!(out, "{}", format!("{mark} {number:>5}  {line}").trim_end())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// `2 of 11 rules are covered (18%): losing any of the other 9 goes unnoticed`.
pub(super) fn summary(coverage: &Coverage<'_>) -> String {
    let (n_rules, n_noticed) = (coverage.rules, coverage.noticed);
    let are = if n_noticed == 1 { "is" } else { "are" };
    let rest = match (n_noticed, n_rules - n_noticed) {
        (_, 0) => String::new(),
        (0, 1) => ": losing it goes unnoticed".into(),
        (0, _) => ": losing any of them goes unnoticed".into(),
        (_, 1) => ": losing the other one goes unnoticed".into(),
        (_, n) => format!(": losing any of the other {n} goes unnoticed"),
    };
    format!(
        "{n_noticed} of {} {are} covered ({}%){rest}",
        counted(n_rules, "rule", "rules"),
        coverage.percent(),
    )
}

/// `NetworkPolicy shop/web`.
fn name(covered: &Covered<'_>) -> String {
    let policy = covered.policy;
    let slash = if policy.namespace.is_empty() { "" } else { "/" };
    format!("{} {}{slash}{}", policy.kind, policy.namespace, policy.name)
}

fn span(checked: &Checked, rule: &CoveredRule<'_>) -> Option<Span> {
    checked.analysis.model.rule(rule.id).map(|rule| rule.span)
}

/// The file as the user named it, and the line.
fn place(checked: &Checked, rule: &CoveredRule<'_>) -> String {
    let found = span(checked, rule).and_then(|span| {
        let source = checked.sources.get(span.source)?;
        Some((source.name.as_str(), checked.sources.start(span).line))
    });
    let (file, line) = found.unwrap_or((rule.rule.file, rule.rule.line));
    format!("{file}:{line}")
}
