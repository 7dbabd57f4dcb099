//! Where a rule is: in words, and as lines of the files of this run.
//!
//! Must not know what the rule has to do with an answer.

use std::{fmt, io};

use ztc_bundle::flow::Rule;
use ztc_diag::{
    Label, Level, SourceId, Sources, Span,
    render::{self, Colour},
};

/// Displays a rule's policy and its place in it.
pub(super) struct Name<'r>(pub(super) &'r Rule<'r>);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule {
            policy, tier, path, ..
        } = self.0;
        let slash = if policy.namespace.is_empty() { "" } else { "/" };
        write!(
            f,
            "{} {}{slash}{}",
            policy.kind, policy.namespace, policy.name
        )?;
        if let Some(tier) = tier {
            write!(f, " ({tier} tier)")?;
        }
        write!(f, ", {path}")
    }
}

/// Displays a rule's policy, its place in it, and where that is written.
pub(super) struct Place<'r>(pub(super) &'r Rule<'r>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rule {
            file, line, column, ..
        } = self.0;
        write!(f, "{} at {file}:{line}:{column}", Name(self.0))
    }
}

/// Writes the lines of a rule, or what it says where its file is not at hand.
pub(super) fn show_lines(
    out: &mut impl io::Write,
    sources: &Sources,
    (level, rule): (Level, &Rule<'_>),
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
