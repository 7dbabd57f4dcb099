//! What is asked: the inputs, compiled, or a bundle without its sources.
//!
//! Must not know the question, but for the ends that it makes up.

use std::path::Path;

use ztc_bundle::BundleFile;
use ztc_diag::{Level, Sources};
use ztc_lints::Levels;
use ztc_lower::LowerOptions;
use ztc_reach::Reach;

use crate::{
    args::{AskArgs, CheckFormat, ColourChoice},
    bundle_file, config,
    exit::{Failure, Outcome},
    inputs::{self, Inputs},
    made_up::MadeUp,
    output,
    pipeline::{self, Checked, Request},
    report,
};

/// Something to ask.
pub(crate) struct Compiled {
    pub(crate) bundle: BundleFile,
    /// What it was made of; `None` when the bundle was given.
    pub(crate) checked: Option<Checked>,
    /// What was refused and is not in it.
    pub(crate) left_out: Vec<report::Refused>,
    no_sources: Sources,
}

/// Pods that no file holds, each with the flag that asks for it.
pub(crate) type MadeUpPods = Vec<(&'static str, MadeUp)>;

impl Compiled {
    /// What the arguments name, with these pods besides, or why there is nothing to ask.
    pub(crate) fn ask(
        args: &AskArgs,
        color: ColourChoice,
        made_up: MadeUpPods,
    ) -> Result<Self, Failure> {
        if let Some(file) = &args.bundle {
            return Self::read(file);
        }
        let settings = config::settings(&args.options, &args.inputs.paths, color)?;
        let inputs = inputs::read(&args.inputs, &settings.resolution)?;
        let request = Request {
            made_up,
            ..Request::of(settings.analyse)
        };
        Self::of(inputs, request, args.keep_going, color)
    }

    /// A bundle that was built before.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let bundle = bundle_file::read(file)?.map_err(Failure::Report)?;
        Ok(Self {
            bundle,
            checked: None,
            left_out: Vec::new(),
            no_sources: Sources::new(),
        })
    }

    /// Compiles inputs. When there is nothing to ask, it has been said why.
    pub(crate) fn of(
        mut inputs: Inputs,
        request: Request,
        keep_going: bool,
        color: ColourChoice,
    ) -> Result<Self, Failure> {
        let problems = std::mem::take(&mut inputs.problems);
        if !problems.is_empty() {
            // An answer that leaves a file out could be the wrong one.
            problems.iter().for_each(output::complain);
            return Err(Failure::Ended(Outcome::Incomplete));
        }
        let mut checked = pipeline::check(inputs, request, &Levels::new());
        let n_errors = checked.count(Level::Error);
        let goes_on = keep_going && checked.can_go_on();
        let options = LowerOptions::default();
        let bundle = if goes_on {
            checked.compile_rest(&options)
        } else {
            checked.compile(&options)
        };
        let bundle = bundle.map_err(|error| miette::miette!("{error}"))?;
        if n_errors > 0 || bundle.is_none() {
            show_errors(&mut checked, color)?;
        }
        let Some(bundle) = bundle else {
            output::say(no_answer(&checked, keep_going));
            return Err(Failure::Ended(Outcome::Findings));
        };
        let left_out = report::refused(&checked);
        for refused in &left_out {
            output::say(&format!("left out: {refused}"));
        }
        Ok(Self {
            bundle,
            checked: Some(checked),
            left_out,
            no_sources: Sources::new(),
        })
    }

    /// The files, if there are any.
    pub(crate) fn sources(&self) -> &Sources {
        self.checked
            .as_ref()
            .map_or(&self.no_sources, |checked| &checked.sources)
    }

    /// Whether there are rules and nobody whom they could be about.
    pub(crate) fn has_no_workloads(&self) -> bool {
        let bundle = self.bundle.view();
        !bundle.rules().is_empty() && bundle.endpoints().is_empty()
    }

    /// Ends a question about connections where nobody is known who could have any.
    pub(crate) fn require_workloads(&self) -> Result<(), Failure> {
        if !self.has_no_workloads() {
            return Ok(());
        }
        output::say(
            "there are policies and no workloads, so nobody is known who could talk (--workloads \
             adds some)",
        );
        Err(Failure::Ended(Outcome::Incomplete))
    }

    /// Says so when nobody can talk to anybody.
    pub(crate) fn say_if_nobody_is_known(&self) {
        if self.has_no_workloads() {
            output::say(
                "note: no workloads are known, so there is nobody who could talk (--workloads \
                 adds some)",
            );
        }
    }

    /// Who can talk to whom.
    pub(crate) fn reach(&self) -> Reach<'_> {
        let bundle = self.bundle.view();
        Reach::new(&bundle)
    }
}

fn show_errors(checked: &mut Checked, color: ColourChoice) -> Result<(), Failure> {
    checked
        .diagnostics
        .retain(|found| found.level == Level::Error);
    let (mut err, colour) = output::err(color);
    report::diagnostics(&mut err, checked, CheckFormat::Text, colour)?;
    Ok(())
}

fn no_answer(checked: &Checked, keep_going: bool) -> &'static str {
    if keep_going {
        "no answer: not all of these errors go away when the objects that are refused are left out"
    } else if checked.can_go_on() {
        "no answer while there are errors: what they keep out could change it (--keep-going \
         leaves it out)"
    } else {
        "no answer while there are errors: what they keep out could change it"
    }
}
