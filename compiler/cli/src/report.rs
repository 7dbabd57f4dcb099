//! What several commands say of a run: its diagnostics, its counts, its problems.

use std::io;

use serde::Serialize;
use ztc_diag::{
    Level,
    render::{self, Colour, JsonDiagnostic},
};

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
        workloads: checked.counts.workloads,
        errors: checked.count(Level::Error),
        warnings: checked.count(Level::Warning),
        notes: checked.count(Level::Note),
        skipped: skipped.collect(),
        skipped_lints: checked.skipped_lints.clone(),
    }
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
    output::say(&format!(
        "{}, {} in {}: {found}",
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
