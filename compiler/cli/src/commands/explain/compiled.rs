//! What is asked: the inputs, compiled, or a bundle without its sources.
//!
//! Must not know the question, but for the ends that it makes up.

use std::path::Path;

use ztc_bundle::BundleFile;
use ztc_diag::{Level, Sources};
use ztc_lints::Levels;
use ztc_lower::LowerOptions;

use crate::{
    args::{CheckFormat, ColourChoice, ExplainArgs},
    bundle_file, config,
    exit::{Failure, Outcome},
    inputs,
    made_up::MadeUp,
    output,
    pipeline::{self, Checked, Request},
    report,
};

/// Something to ask.
pub(super) struct Compiled {
    pub(super) bundle: BundleFile,
    /// What it was made of; `None` when the bundle was given.
    pub(super) checked: Option<Checked>,
    /// What was refused and is not in it.
    pub(super) left_out: Vec<report::Refused>,
    no_sources: Sources,
}

impl Compiled {
    /// A bundle that was built before.
    pub(super) fn read(file: &Path) -> Result<Self, Failure> {
        let bundle = bundle_file::read(file)?.map_err(Failure::Report)?;
        Ok(Self {
            bundle,
            checked: None,
            left_out: Vec::new(),
            no_sources: Sources::new(),
        })
    }

    /// Compiles the inputs with these pods besides, or says why there is nothing to ask.
    pub(super) fn new(
        args: &ExplainArgs,
        color: ColourChoice,
        made_up: &[Option<MadeUp>; 2],
    ) -> Result<Result<Self, Outcome>, Failure> {
        let settings = config::settings(&args.options, color)?;
        let mut inputs = inputs::read(&args.inputs, &settings.resolution)?;
        let problems = std::mem::take(&mut inputs.problems);
        if !problems.is_empty() {
            // An answer that leaves a file out could be the wrong one.
            problems.iter().for_each(output::complain);
            return Ok(Err(Outcome::Incomplete));
        }
        let pods = ["--from", "--to"].into_iter().zip(made_up.iter().cloned());
        let request = Request {
            made_up: pods.filter_map(|(flag, pod)| Some((flag, pod?))).collect(),
            ..Request::of(settings.analyse)
        };
        let mut checked = pipeline::check(inputs, request, &Levels::new());
        let n_errors = checked.count(Level::Error);
        let goes_on = args.keep_going && checked.can_go_on();
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
            output::say(no_answer(&checked, args.keep_going));
            return Ok(Err(Outcome::Findings));
        };
        let left_out = report::refused(&checked);
        for refused in &left_out {
            output::say(&format!("left out: {refused}"));
        }
        Ok(Ok(Self {
            bundle,
            checked: Some(checked),
            left_out,
            no_sources: Sources::new(),
        }))
    }

    /// The files, if there are any.
    pub(super) fn sources(&self) -> &Sources {
        self.checked
            .as_ref()
            .map_or(&self.no_sources, |checked| &checked.sources)
    }

    /// What an answer depends on besides policies: options, and what is assumed of pods that do
    /// not exist.
    pub(super) fn notes(&self, made_up: &[Option<MadeUp>; 2]) -> Vec<String> {
        let bundle = self.bundle.view();
        let options = bundle.string(bundle.meta().options).split(' ');
        let mut notes: Vec<String> = options.filter_map(option_note).collect();
        let made_up = made_up.iter().flatten();
        let mut namespaces: Vec<&str> = made_up.map(|one| one.namespace.as_str()).collect();
        namespaces.dedup();
        notes.extend(
            namespaces
                .into_iter()
                .filter_map(|name| self.namespace_note(name)),
        );
        notes
    }

    fn namespace_note(&self, name: &str) -> Option<String> {
        let Some(checked) = &self.checked else {
            return Some(format!(
                "a bundle does not know the labels of namespaces: `{name}` is taken as one with \
                 none but its name"
            ));
        };
        let known = checked.analysis.cluster.namespace(name);
        let is_defined = known.is_some_and(|namespace| namespace.span.is_some());
        (!is_defined).then(|| {
            format!(
                "the namespace `{name}` is not in the input: it is taken as one with no labels \
                 but its name"
            )
        })
    }
}

/// What an option does to every answer.
fn option_note(option: &str) -> Option<String> {
    let effect = match option {
        "enable-policy=always" => "every pod is isolated, whether a policy selects it or not",
        "enable-policy=never" => "no policy has any effect",
        "policy-audit-mode=true" => "every policy is audited and none is enforced",
        _ => return None,
    };
    Some(format!("with `{option}`, {effect}"))
}

fn show_errors(checked: &mut Checked, color: ColourChoice) -> Result<(), Failure> {
    let mut err = std::io::stderr().lock();
    checked
        .diagnostics
        .retain(|found| found.level == Level::Error);
    let colour = output::err_colour(color);
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
