//! `ztc build`: check, compile, and replace the bundle in one step.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use ztc_bundle::Bundle;
use ztc_diag::render::JsonDiagnostic;
use ztc_lower::LowerOptions;

use crate::{
    args::{BuildArgs, CheckFormat, ColourChoice, Format},
    config,
    exit::{Failure, Outcome},
    inputs, levels,
    output::{self, counted},
    pipeline::{self, Checked, Request},
    report,
};

/// The result as one JSON object (docs/schema/build.v1.schema.json).
#[derive(Debug, Serialize)]
struct BuildJson {
    schema: &'static str,
    bundle: Option<Built>,
    diagnostics: Vec<JsonDiagnostic>,
    refused: Vec<report::Refused>,
    degradations: Vec<report::Degraded>,
    problems: Vec<String>,
    summary: report::Summary,
}

/// The bundle that was written.
#[derive(Debug, Serialize)]
struct Built {
    file: String,
    digest: String,
    bytes: usize,
    policies: usize,
    rules: usize,
    classes: usize,
    decisions: usize,
    verdicts: usize,
    probes: usize,
}

/// The bundle cannot be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot write `{name}`: {reason}")]
#[diagnostic(help("the file is as it was before"))]
struct NotWritten {
    name: String,
    reason: io::Error,
}

/// Runs the command.
pub(crate) fn run(args: &BuildArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    let levels = levels::levels(&args.levels)?;
    let settings = config::settings(&args.options, &args.inputs.paths, color)?;
    let mut inputs = inputs::read(&args.inputs, &settings.resolution)?;
    let problems = std::mem::take(&mut inputs.problems);
    let mut checked = pipeline::check(inputs, Request::of(settings.analyse), &levels);
    let options = LowerOptions {
        revision: args.revision.clone(),
    };
    // A bundle without the policies of a file that could not be read would be a wider one.
    let bundle = if problems.is_empty() {
        checked
            .compile(&options)
            .map_err(|error| miette::miette!("{error}"))?
    } else {
        None
    };
    let built = match &bundle {
        None => None,
        Some(bundle) => {
            replace(&args.output, bundle.bytes()).map_err(|reason| {
                let name = args.output.display().to_string();
                miette::Report::new(NotWritten { name, reason })
            })?;
            Some(built(&args.output, &bundle.view()))
        }
    };
    let outcome = match (&built, problems.is_empty()) {
        (Some(_), _) => Outcome::Clean,
        (None, true) => Outcome::Findings,
        (None, false) => Outcome::Incomplete,
    };
    say(args, color, &checked, built, &problems)?;
    Ok(outcome)
}

fn say(
    args: &BuildArgs,
    color: ColourChoice,
    checked: &Checked,
    built: Option<Built>,
    problems: &[miette::Report],
) -> Result<(), Failure> {
    let (mut out, _) = output::out(color);
    if args.format == Format::Json {
        let result = BuildJson {
            schema: "ztc.dev/build/v1",
            bundle: built,
            diagnostics: report::json_diagnostics(checked),
            refused: report::refused(checked),
            degradations: report::degradations(checked),
            problems: problems.iter().map(ToString::to_string).collect(),
            summary: report::summary(checked),
        };
        output::json(&mut out, &result)?;
    } else {
        let (mut err, colour) = output::err(color);
        report::diagnostics(&mut err, checked, CheckFormat::Text, colour)?;
        drop(err);
        report::say_summary(checked);
        match built {
            Some(built) => {
                write!(out, "{}", described(&built))?;
                for degraded in report::degradations(checked) {
                    writeln!(out, "  {degraded}")?;
                }
            }
            None => output::say(&format!("{} was not written", args.output.display())),
        }
        out.flush()?;
    }
    for problem in problems {
        output::complain(problem);
    }
    Ok(())
}

fn built(file: &Path, bundle: &Bundle<'_>) -> Built {
    Built {
        file: file.display().to_string(),
        digest: bundle.digest().to_string(),
        bytes: bundle.bytes().len(),
        policies: bundle.policies().len(),
        rules: bundle.rules().len(),
        classes: bundle.classes().len(),
        decisions: bundle.decisions().len(),
        verdicts: bundle.verdicts().len(),
        probes: bundle.probes().len(),
    }
}

fn described(built: &Built) -> String {
    format!(
        "{}\n  {}\n  {}: {}, {}, {}, {}, {}, {}\n",
        built.file,
        built.digest,
        counted(built.bytes, "byte", "bytes"),
        counted(built.policies, "policy", "policies"),
        counted(built.rules, "rule", "rules"),
        counted(built.classes, "class", "classes"),
        counted(built.decisions, "decision", "decisions"),
        counted(built.verdicts, "verdict", "verdicts"),
        counted(built.probes, "probe", "probes"),
    )
}

/// Writes beside the file, then renames: a reader sees the old bytes or the new ones, and a crash
/// leaves the old ones.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = beside(path)?;
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let replaced = written.and_then(|()| fs::rename(&temporary, path));
    if replaced.is_err() {
        // What went wrong matters; that the rest is still there does not.
        let _ = fs::remove_file(&temporary);
    }
    replaced
}

fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("this is not the name of a file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", std::process::id()));
    Ok(path.with_file_name(hidden))
}
