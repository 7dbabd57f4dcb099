//! `ztc reach --exposure`: what a pod that does not exist yet could reach, and who could reach it.
//!
//! Whoever may create pods in a namespace chooses their labels, and labels are all that most
//! policies ask for. Each namespace is given pods of every kind that policies can tell apart, the
//! policies are compiled for them as well, and what such a pod has beyond one without labels is
//! listed. Must not know how policies judge.

mod compare;
mod json;
mod labels;
mod table;

use std::{collections::BTreeSet, io::Write};

use rayon::prelude::*;
use ztc_lints::Levels;
use ztc_lower::LowerOptions;
use ztc_policy::Analysis;
use ztc_reach::{Grouping, PartyId, Reach, Words};

use self::{
    compare::Exposed,
    labels::{Asked, NewPods},
};
use crate::{
    args::{ColourChoice, ReachArgs, ReachFormat},
    compiled::Compiled,
    config,
    exit::{Failure, Outcome},
    inputs::{self, Inputs},
    nearest::nearest,
    output,
    pipeline::{self, Request},
};

/// How many new pods are compiled for. Each is a class of its own, and a cluster of as many
/// workloads takes seconds.
const MAX_PODS: usize = 12_000;

/// What was found, and the words for it.
struct Answer<'a> {
    namespaces: Vec<Exposed>,
    reach: &'a Reach<'a>,
    words: Words<'a>,
    notes: Vec<String>,
}

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("a bundle cannot say what pods that do not exist could reach")]
#[diagnostic(help(
    "it has neither the labels of namespaces nor the selectors that no pod matches: ask the \
     manifests that it was built from"
))]
struct NoNamespaces;

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the policies tell apart {n} kinds of new pods, and {MAX_PODS} is the most that are tried")]
#[diagnostic(help("ask for some namespaces: --namespace NAME (repeatable)"))]
struct TooMany {
    n: usize,
}

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("there is no namespace `{name}`")]
#[diagnostic(help("{help}"))]
struct NoNamespace {
    name: String,
    help: String,
}

#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("what new pods could reach is written as a table, as Markdown or as JSON")]
#[diagnostic(help("use --format table, markdown or json"))]
struct NoSuchForm;

/// Runs the command.
pub(crate) fn run(args: &ReachArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    if args.ask.bundle.is_some() {
        return Err(Failure::Report(NoNamespaces.into()));
    }
    let settings = config::settings(&args.ask.options, color)?;
    let inputs = inputs::read(&args.ask.inputs, &settings.resolution)?;
    let again = Inputs {
        sources: inputs.sources.clone(),
        unchecked: inputs.unchecked.clone(),
        problems: Vec::new(),
    };
    let options = settings.analyse;
    let keep_going = args.ask.keep_going;
    let compiled = match Compiled::of(inputs, Request::of(options.clone()), keep_going, color)? {
        Ok(compiled) => compiled,
        Err(outcome) => return Ok(outcome),
    };
    let Some(checked) = &compiled.checked else {
        return Err(Failure::Report(NoNamespaces.into()));
    };
    let new_pods = new_pods(&checked.analysis, &args.namespace)?;
    let made_up = new_pods.iter().flat_map(NewPods::made_up);
    let request = Request {
        made_up: made_up.map(|pod| ("--exposure", pod)).collect(),
        ..Request::of(options)
    };
    let mut with_pods = pipeline::check(again, request, &Levels::new());
    let bundle = with_pods
        .compile_rest(&LowerOptions::default())
        .map_err(|error| miette::miette!("{error}"))?;
    let Some(bundle) = bundle else {
        let error = miette::miette!("the policies cannot be compiled for so many kinds of pods");
        return Err(Failure::Report(error));
    };
    let bundle = bundle.view();
    let with_pods = Reach::new(&bundle, &Grouping::of(&bundle));
    let reach = compiled.reach();
    let answer = Answer {
        namespaces: compare::exposed(&reach, &with_pods, new_pods),
        words: Words::new(&reach),
        reach: &reach,
        notes: super::notes(&compiled),
    };
    let (mut out, colour) = output::out(color);
    match args.format {
        ReachFormat::Table => table::show(&mut out, &answer, colour)?,
        ReachFormat::Markdown => table::markdown(&mut out, &answer)?,
        ReachFormat::Json => json::show(&mut out, &answer)?,
        _ => return Err(Failure::Report(NoSuchForm.into())),
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

/// The kinds of pods of each namespace that is defined or used, or of those that are asked for.
fn new_pods(analysis: &Analysis, wanted: &[String]) -> Result<Vec<NewPods>, Failure> {
    let defined = analysis.cluster.namespaces.iter();
    let used = analysis.model.policies.iter();
    let mut names: BTreeSet<&str> = defined
        .map(|namespace| namespace.name.as_str())
        .chain(used.map(|policy| policy.namespace.as_str()))
        .filter(|name| !name.is_empty())
        .collect();
    if let Some(unknown) = wanted.iter().find(|name| !names.contains(name.as_str())) {
        let near = nearest(unknown, names.iter().copied());
        let name = unknown.clone();
        let help = near.map_or("only namespaces that occur are known".into(), |near| {
            format!("did you mean `{near}`?")
        });
        return Err(Failure::Report(NoNamespace { name, help }.into()));
    }
    if !wanted.is_empty() {
        names.retain(|name| wanted.iter().any(|one| one == name));
    }
    let names: Vec<&str> = names.into_iter().collect();
    let asked = Asked::new(analysis);
    let pods: Vec<NewPods> = names
        .into_par_iter()
        .map(|name| labels::new_pods(analysis, &asked, name))
        .collect();
    match pods.iter().map(|one| one.pods.len()).sum() {
        n if n > MAX_PODS => Err(Failure::Report(TooMany { n }.into())),
        _ => Ok(pods),
    }
}

impl Answer<'_> {
    /// Words for parties.
    fn names(&self, parties: &[PartyId]) -> Vec<String> {
        self.words.of(parties, None)
    }

    /// What is true of all of it.
    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        notes.push(
            "a new pod is taken to have no named ports, no address and no node that is known"
                .into(),
        );
        let inexact = self.namespaces.iter().filter(|one| !one.is_exact);
        let inexact: Vec<&str> = inexact.map(|one| one.namespace.as_str()).collect();
        if !inexact.is_empty() {
            notes.push(format!(
                "in {} there are too many combinations of labels to try them all: every selector \
                 and every two of them were tried",
                inexact.join(", ")
            ));
        }
        notes
    }
}
