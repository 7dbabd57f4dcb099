//! The result as one JSON object (docs/schema/test.v1.schema.json).
//!
//! Must not judge anything.

use serde::Serialize;
use ztc_diag::render::{self, JsonDiagnostic};

use super::{About, Counts, Done, coverage::Coverage, verb};
use crate::{
    exit::Failure,
    output::{self, Out},
    pipeline::Checked,
    report::Refused,
};

#[derive(Serialize)]
struct TestJson<'c> {
    schema: &'static str,
    assertions: Vec<AssertionJson>,
    summary: Summary,
    #[serde(skip_serializing_if = "<[Refused]>::is_empty")]
    left_out: &'c [Refused],
    notes: &'c [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<&'c Coverage<'c>>,
}

#[derive(Serialize)]
struct AssertionJson {
    test: String,
    title: String,
    expected: &'static str,
    file: String,
    line: u32,
    column: u32,
    outcome: &'static str,
    pairs: usize,
    wrong_pairs: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostic: Option<JsonDiagnostic>,
}

#[derive(Serialize)]
struct Summary {
    assertions: usize,
    passed: usize,
    failed: usize,
    without_meaning: usize,
}

/// Writes it.
pub(super) fn write(
    out: &mut Out,
    about: About<'_>,
    (done, counts): (&[Done<'_>], Counts),
    coverage: Option<&Coverage<'_>>,
) -> Result<(), Failure> {
    let Counts {
        passed,
        failed,
        wrong,
    } = counts;
    let result = TestJson {
        schema: "ztc.dev/test/v1",
        assertions: done
            .iter()
            .map(|one| assertion(about.checked, one))
            .collect(),
        summary: Summary {
            assertions: passed + failed + wrong,
            passed,
            failed,
            without_meaning: wrong,
        },
        left_out: about.left_out,
        notes: about.notes,
        coverage,
    };
    output::json(out, &result)
}

fn assertion(checked: &Checked, done: &Done<'_>) -> AssertionJson {
    let at = checked.sources.start(done.assertion.span);
    let source = checked.sources.get(done.assertion.span.source);
    let wrong: Vec<_> = done.diagnostic.iter().cloned().collect();
    let (outcome, pairs, wrong_pairs) = match &done.judged {
        Some(judged) if judged.holds => ("passed", judged.n_pairs, judged.n_wrong),
        Some(judged) => ("failed", judged.n_pairs, judged.n_wrong),
        None => ("without-meaning", 0, 0),
    };
    AssertionJson {
        test: done.test.meta.name.value.clone(),
        title: done.title(),
        expected: verb(done.assertion.expected),
        file: source.map_or_else(String::new, |source| source.name.clone()),
        line: at.line,
        column: at.column,
        outcome,
        pairs,
        wrong_pairs,
        diagnostic: render::json(&checked.sources, &wrong).pop(),
    }
}
