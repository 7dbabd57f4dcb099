//! `ztc explain`: whether one end may talk to another, and which line decides.
//!
//! The answer is the bundle's: the inputs are compiled to bytes and read back first.

mod flows;
mod text;
mod unanswered;

use std::{io::Write, path::Path};

use serde::Serialize;
use ztc_bundle::{
    BundleFile, Simulator,
    flow::{Answer, Answerer, Question},
};
use ztc_diag::Sources;
use ztc_lints::Levels;
use ztc_lower::LowerOptions;

use crate::{
    args::{CheckFormat, ColourChoice, ExplainArgs, Format},
    config,
    exit::{Failure, Outcome},
    inputs, output,
    pipeline::{self, Request},
    report,
};

/// Compiled inputs, or a bundle without its sources.
struct Compiled {
    bundle: BundleFile,
    sources: Sources,
}

/// An answer as one JSON object (docs/schema/explain.v1.schema.json).
#[derive(Serialize)]
struct Explained<'a> {
    schema: &'static str,
    #[serde(flatten)]
    answer: &'a Answer<'a>,
}

/// Runs the command.
pub(crate) fn run(args: &ExplainArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    let compiled = match &args.bundle {
        Some(file) => Ok(Compiled {
            bundle: read(file)?,
            sources: Sources::new(),
        }),
        None => compile(args, color)?,
    };
    let compiled = match compiled {
        Ok(compiled) => compiled,
        Err(outcome) => return Ok(outcome),
    };
    let bundle = compiled.bundle.view();
    let (answerer, simulator) = (Answerer::new(&bundle), Simulator::new(&bundle));
    if let Some(file) = &args.flows {
        return flows::run(file, &answerer, &simulator, color);
    }
    // Without `--flows` the parser requires all three.
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (from, to, port) = (text(&args.from), text(&args.to), text(&args.port));
    let question = Question::new(&from, &to, &port).map_err(unanswered::no_question)?;
    let answer = answerer
        .answer(question, &mut &simulator)
        .map_err(|reason| unanswered::question(reason, answerer.ends()))?;
    show(&answer, &compiled.sources, args.format, color)?;
    Ok(Outcome::Clean)
}

fn show(
    answer: &Answer<'_>,
    sources: &Sources,
    format: Format,
    color: ColourChoice,
) -> Result<(), Failure> {
    let (mut out, colour) = output::out(color);
    match format {
        Format::Json => {
            let schema = "ztc.dev/explain/v1";
            output::json(&mut out, &Explained { schema, answer })?;
        }
        Format::Text => text::show(&mut out, answer, sources, colour)?,
    }
    out.flush()?;
    Ok(())
}

/// Compiles the inputs, or says why there is nothing to ask.
fn compile(args: &ExplainArgs, color: ColourChoice) -> Result<Result<Compiled, Outcome>, Failure> {
    let settings = config::settings(&args.options, color)?;
    let mut inputs = inputs::read(&args.inputs, &settings.resolution)?;
    let problems = std::mem::take(&mut inputs.problems);
    if !problems.is_empty() {
        // An answer that leaves a file out could be the wrong one.
        problems.iter().for_each(output::complain);
        return Ok(Err(Outcome::Incomplete));
    }
    let mut checked = pipeline::check(inputs, Request::of(settings.analyse), &Levels::new());
    let compiled = checked.compile(&LowerOptions::default());
    match compiled.map_err(|error| miette::miette!("{error}"))? {
        Some(bundle) => Ok(Ok(Compiled {
            bundle,
            sources: checked.sources,
        })),
        None => {
            let mut err = std::io::stderr().lock();
            checked
                .diagnostics
                .retain(|found| found.level == ztc_diag::Level::Error);
            let colour = output::err_colour(color);
            report::diagnostics(&mut err, &checked, CheckFormat::Text, colour)?;
            drop(err);
            output::say("no answer while there are errors: what they keep out could change it");
            Ok(Err(Outcome::Findings))
        }
    }
}

fn read(file: &Path) -> Result<BundleFile, Failure> {
    match crate::bundle_file::read(file)? {
        Ok(bundle) => Ok(bundle),
        Err(refused) => Err(Failure::Report(refused)),
    }
}
