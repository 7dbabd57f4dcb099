//! `ztc check`: read, lint, report.

use std::io::Write;

use serde::Serialize;
use ztc_diag::render::JsonDiagnostic;

use crate::{
    args::{CheckArgs, CheckFormat, ColourChoice},
    config,
    exit::{Failure, Outcome},
    inputs, levels, output,
    pipeline::{self, Request},
    report,
};

/// The result as one JSON object (docs/schema/check.v1.schema.json).
#[derive(Debug, Serialize)]
struct CheckJson {
    schema: &'static str,
    diagnostics: Vec<JsonDiagnostic>,
    refused: Vec<report::Refused>,
    degradations: Vec<report::Degraded>,
    problems: Vec<String>,
    summary: report::Summary,
}

/// Runs the command.
pub(crate) fn run(args: &CheckArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    let levels = levels::levels(&args.levels)?;
    let settings = config::settings(&args.options, &args.inputs.paths, color)?;
    let mut inputs = inputs::read(&args.inputs, &settings.resolution)?;
    let problems = std::mem::take(&mut inputs.problems);
    let checked = pipeline::check(inputs, Request::of(settings.analyse), &levels);
    let (mut out, colour) = output::out(color);
    if args.format == CheckFormat::Json {
        let result = CheckJson {
            schema: "ztc.dev/check/v1",
            diagnostics: report::json_diagnostics(&checked),
            refused: report::refused(&checked),
            degradations: report::degradations(&checked),
            problems: problems.iter().map(ToString::to_string).collect(),
            summary: report::summary(&checked),
        };
        output::json(&mut out, &result)?;
    } else {
        report::diagnostics(&mut out, &checked, args.format, colour)?;
        out.flush()?;
        report::say_summary(&checked);
    }
    for problem in &problems {
        output::complain(problem);
    }
    Ok(if !problems.is_empty() {
        Outcome::Incomplete
    } else if report::fails(&checked, args.fail_on) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}
