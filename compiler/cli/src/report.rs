//! What several commands say of a run: its diagnostics, its counts, its problems.

use std::{fmt, io};

use serde::Serialize;
use ztc_diag::{
    Level, Span,
    render::{self, Colour, JsonDiagnostic},
};
use ztc_policy::{Degradation, model::Policy};

use crate::{
    args::{CheckFormat, FailOn},
    output::{self, counted},
    pipeline::Checked,
};

/// The counts of a run as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    files: usize,
    documents: usize,
    policies: usize,
    audited: usize,
    workloads: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    skipped: Vec<Skipped>,
    skipped_lints: Vec<&'static str>,
}

/// Objects of a kind that ztc does not know.
#[derive(Debug, Serialize)]
struct Skipped {
    kind: String,
    api_version: String,
    objects: usize,
}

/// An object that has no effect because something in it is wrong.
#[derive(Debug, Serialize)]
pub(crate) struct Refused {
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    file: String,
    line: u32,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match (&self.namespace, &self.name) {
            (Some(namespace), Some(name)) => write!(f, " {namespace}/{name}")?,
            (None, Some(name)) => write!(f, " {name}")?,
            (_, None) => {}
        }
        write!(f, " ({}:{})", self.file, self.line)
    }
}

/// What policies ask for and do not get, and where.
#[derive(Debug, Serialize)]
pub(crate) struct Degraded {
    name: &'static str,
    /// Empty where it is a part of a policy that makes no rule.
    rules: Vec<DegradedRule>,
}

/// A rule that asks for what is not enforced.
#[derive(Debug, Serialize)]
struct DegradedRule {
    policy: String,
    path: String,
    file: String,
    line: u32,
}

impl fmt::Display for Degraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, rules } = self;
        match rules.len() {
            0 => write!(f, "degraded: {name}"),
            n => write!(f, "degraded: {name} in {}", counted(n, "rule", "rules")),
        }
    }
}

/// Writes the diagnostics in a form for people or tools; JSON is for the command to frame.
pub(crate) fn diagnostics(
    out: &mut impl io::Write,
    checked: &Checked,
    format: CheckFormat,
    colour: Colour,
) -> io::Result<()> {
    let (sources, found) = (&checked.sources, &checked.diagnostics);
    match format {
        CheckFormat::Text => render::text(out, sources, found, colour),
        CheckFormat::Short => render::short(out, sources, found),
        CheckFormat::Github => render::github(out, sources, found),
        CheckFormat::Json => Ok(()),
    }
}

/// The diagnostics as JSON.
pub(crate) fn json_diagnostics(checked: &Checked) -> Vec<JsonDiagnostic> {
    render::json(&checked.sources, &checked.diagnostics)
}

/// The counts as JSON.
pub(crate) fn summary(checked: &Checked) -> Summary {
    let skipped = checked
        .counts
        .skipped
        .iter()
        .map(|((kind, api_version), &objects)| Skipped {
            kind: kind.clone(),
            api_version: api_version.clone(),
            objects,
        });
    Summary {
        files: checked.counts.files,
        documents: checked.counts.documents,
        policies: checked.counts.policies,
        audited: checked.counts.audited,
        workloads: checked.counts.workloads,
        errors: checked.count(Level::Error),
        warnings: checked.count(Level::Warning),
        notes: checked.count(Level::Note),
        skipped: skipped.collect(),
        skipped_lints: checked.skipped_lints.clone(),
    }
}

/// The objects that have no effect.
pub(crate) fn refused(checked: &Checked) -> Vec<Refused> {
    let refused = checked.refused.iter().map(|refused| Refused {
        kind: refused.kind.clone(),
        namespace: refused.namespace.clone(),
        name: refused.name.clone(),
        file: file_name(checked, refused.span),
        line: checked.sources.start(refused.span).line,
    });
    refused.collect()
}

/// What is compiled without a part that is not enforced, by name.
pub(crate) fn degradations(checked: &Checked) -> Vec<Degraded> {
    let model = &checked.analysis.model;
    let degraded = Degradation::ALL.into_iter().filter_map(|one| {
        let rules = model
            .rules
            .iter()
            .filter(|rule| rule.degraded.contains(&one));
        let rules: Vec<_> = rules
            .map(|rule| DegradedRule {
                policy: model
                    .policy_of(rule)
                    .map_or_else(String::new, Policy::full_name),
                path: rule.path.clone(),
                file: file_name(checked, rule.span),
                line: checked.sources.start(rule.span).line,
            })
            .collect();
        let is_there = !rules.is_empty() || model.degraded.contains(&one);
        is_there.then(|| Degraded {
            name: one.name(),
            rules,
        })
    });
    degraded.collect()
}

fn file_name(checked: &Checked, span: Span) -> String {
    let source = checked.sources.get(span.source);
    source.map_or_else(String::new, |source| source.name.clone())
}

/// Says on standard error what there was, what was left out, and how it went. Of an input that
/// could not be read at all, "no findings" would be the wrong thing to say.
pub(crate) fn say_summary(checked: &Checked) {
    let counts = &checked.counts;
    if counts.files == 0 {
        return;
    }
    for ((kind, api_version), n) in &counts.skipped {
        let api_version = if api_version.is_empty() {
            "no apiVersion"
        } else {
            api_version
        };
        output::say(&format!(
            "skipped {n} {kind} ({api_version}): not a kind that ztc knows"
        ));
    }
    if counts.unchecked_policies > 0 {
        let n = counted(counts.unchecked_policies, "policy", "policies");
        output::say(&format!(
            "ignored {n} in --workloads: only what is checked is enforced"
        ));
    }
    if !checked.skipped_lints.is_empty() && counts.policies > 0 {
        output::say(&format!(
            "no workloads, so not looked for: {} (--workloads adds some)",
            checked.skipped_lints.join(", "),
        ));
    }
    let found = [
        (checked.count(Level::Error), "error", "errors"),
        (checked.count(Level::Warning), "warning", "warnings"),
        (checked.count(Level::Note), "note", "notes"),
    ];
    let found: Vec<_> = found
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| counted(n, one, many))
        .collect();
    let found = if found.is_empty() {
        "no findings".into()
    } else {
        found.join(", ")
    };
    let audited = match counts.audited {
        0 => String::new(),
        n => format!(" ({n} audited)"),
    };
    output::say(&format!(
        "{}{audited}, {} in {}: {found}",
        counted(counts.policies, "policy", "policies"),
        counted(counts.workloads, "workload", "workloads"),
        counted(counts.files, "file", "files"),
    ));
}

/// Whether the run fails.
pub(crate) fn fails(checked: &Checked, fail_on: FailOn) -> bool {
    let least = match fail_on {
        FailOn::Error => Level::Error,
        FailOn::Warning => Level::Warning,
    };
    checked.diagnostics.iter().any(|found| found.level >= least)
}
