//! `ztc explain`: whether one end may talk to another, and which line decides.
//!
//! The answer is the bundle's: the inputs are compiled to bytes and read back first.

mod answer;
mod ends;
mod flows;
mod question;
mod text;

use std::{io::Write, path::Path};

use ztc_bundle::BundleFile;
use ztc_diag::Sources;
use ztc_lints::Levels;
use ztc_lower::LowerOptions;

use self::{answer::Answer, ends::Ends, question::Question};
use crate::{
    args::{CheckFormat, ColourChoice, ExplainArgs, Format},
    exit::{Failure, Outcome},
    inputs, output, pipeline, report,
};

/// Compiled inputs, or a bundle without its sources.
struct Compiled {
    bundle: BundleFile,
    sources: Sources,
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
    let ends = Ends::new(bundle);
    if let Some(file) = &args.flows {
        return flows::run(file, &bundle, &ends, color);
    }
    // Without `--flows` the parser requires all three.
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (from, to, port) = (text(&args.from), text(&args.to), text(&args.port));
    let question = Question::new(&from, &to, &port).map_err(miette::Report::new)?;
    let answer = answer::answer(&bundle, &ends, question, "ztc.dev/explain/v1")
        .map_err(miette::Report::new)?;
    show(&answer, &compiled.sources, args.format, color)?;
    Ok(Outcome::Clean)
}

fn show(
    answer: &Answer,
    sources: &Sources,
    format: Format,
    color: ColourChoice,
) -> Result<(), Failure> {
    let (mut out, colour) = output::out(color);
    match format {
        Format::Json => output::json(&mut out, answer)?,
        Format::Text => text::show(&mut out, answer, sources, colour)?,
    }
    out.flush()?;
    Ok(())
}

/// Compiles the inputs, or says why there is nothing to ask.
fn compile(args: &ExplainArgs, color: ColourChoice) -> Result<Result<Compiled, Outcome>, Failure> {
    let mut inputs = inputs::read(&args.inputs)?;
    let problems = std::mem::take(&mut inputs.problems);
    if !problems.is_empty() {
        // An answer that leaves a file out could be the wrong one.
        problems.iter().for_each(output::complain);
        return Ok(Err(Outcome::Incomplete));
    }
    let mut checked = pipeline::check(inputs, &Levels::new());
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
