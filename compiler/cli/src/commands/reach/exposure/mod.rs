//! `ztc reach --exposure`: what a pod that does not exist yet could reach, and who could reach it.
//!
//! Whoever may create pods in a namespace chooses their labels and what their ports are called, and
//! that is all that most policies ask for. Each namespace is given pods of every kind that policies
//! can tell apart, the policies are compiled for them as well, and what such a pod has beyond one
//! without labels is listed. Must not know how policies judge.

mod batches;
mod beyond;
mod compare;
mod existing;
mod json;
mod labels;
mod named;
mod openers;
mod port_names;
mod port_sets;
mod room;
mod table;

use std::{collections::BTreeSet, io::Write};

use ztc_identity::{
    Operator, Selector,
    labels::{NAMESPACE, NAMESPACE_LABELS, NAMESPACE_NAME},
};
use ztc_policy::Analysis;
use ztc_reach::{Reach, Words};

use self::{
    compare::{Connections, Exposed},
    labels::Tried,
};
use crate::{
    args::{ColourChoice, ReachArgs, ReachFormat},
    compiled::Compiled,
    config,
    exit::{Failure, Outcome},
    inputs::{self, Inputs},
    nearest::nearest,
    output,
    pipeline::{Again, Request},
};

/// What was found, and the words for it.
struct Answer<'a> {
    namespaces: Vec<Exposed>,
    reach: &'a Reach<'a>,
    words: Words<'a>,
    /// What is true of all of it.
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

/// The forms that it is written in.
enum Form {
    Table,
    Markdown,
    Json,
}

/// Runs the command.
pub(crate) fn run(args: &ReachArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    let form = match args.format {
        ReachFormat::Table => Form::Table,
        ReachFormat::Markdown => Form::Markdown,
        ReachFormat::Json => Form::Json,
        _ => return Err(Failure::Report(NoSuchForm.into())),
    };
    if args.ask.bundle.is_some() {
        return Err(Failure::Report(NoNamespaces.into()));
    }
    let settings = config::settings(&args.ask.options, &args.ask.inputs.paths, color)?;
    let inputs = inputs::read(&args.ask.inputs, &settings.resolution)?;
    let again = Inputs {
        sources: inputs.sources.clone(),
        unchecked: inputs.unchecked.clone(),
        problems: Vec::new(),
    };
    let options = settings.analyse;
    let keep_going = args.ask.keep_going;
    let compiled = Compiled::of(inputs, Request::of(options.clone()), keep_going, color)?;
    let Some(checked) = &compiled.checked else {
        return Err(Failure::Report(NoNamespaces.into()));
    };
    let namespaces = namespaces(&checked.analysis, &args.namespace)?;
    compiled.say_if_nobody_is_known();
    let reach = compiled.reach();
    let again = Again::new(again, options);
    let exposed = batches::exposed(&checked.analysis, &reach, again, &namespaces)?;
    let mut notes = super::notes(&compiled);
    notes.push("a new pod is taken to have no address and no node that is known".into());
    notes.extend(inexact(&exposed));
    let answer = Answer {
        namespaces: exposed,
        words: Words::new(&reach),
        reach: &reach,
        notes,
    };
    let (mut out, colour) = output::out(color);
    match form {
        Form::Table => table::show(&mut out, &answer, colour)?,
        Form::Markdown => table::markdown(&mut out, &answer)?,
        Form::Json => json::show(&mut out, &answer)?,
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

/// The namespaces that are defined or used, or those of them that are asked for.
fn namespaces<'a>(analysis: &'a Analysis, wanted: &[String]) -> Result<Vec<&'a str>, Failure> {
    let defined = analysis.cluster.namespaces.iter();
    let used = analysis.model.policies.iter();
    let mut names: BTreeSet<&str> = defined
        .map(|namespace| namespace.name.as_str())
        .chain(used.map(|policy| policy.namespace.as_str()))
        .filter(|name| !name.is_empty())
        .chain(named(analysis))
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
    Ok(names.into_iter().collect())
}

/// The namespaces that policies select by name: what another team may open is asked in the
/// repository of the policy that lets it.
fn named(analysis: &Analysis) -> impl Iterator<Item = &str> {
    let selectors = analysis.model.selectors.iter();
    let of_names = selectors.flat_map(Selector::requirements).filter(|one| {
        let of_labels = one.key.strip_prefix(NAMESPACE_LABELS);
        let is_name = one.key == NAMESPACE || of_labels == Some(NAMESPACE_NAME);
        is_name && one.operator == Operator::In
    });
    let names = of_names.flat_map(|one| &one.values).map(String::as_str);
    names.filter(|name| ztc_syntax::is_namespace(name))
}

impl Answer<'_> {
    /// Words for the other ends.
    fn names(&self, one: &Connections) -> Vec<String> {
        let mut names = self.words.of(&one.parties, None);
        names.extend(one.unlisted.iter().cloned());
        names
    }
}

/// What was not tried, and what is not listed.
fn inexact(namespaces: &[Exposed]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |is_so: &dyn Fn(&Exposed) -> bool, text: &str| {
        let those = namespaces.iter().filter(|one| is_so(one));
        let those: Vec<&str> = those.map(|one| one.namespace.as_str()).collect();
        if !those.is_empty() {
            notes.push(format!("in {} {text}", output::few(&those, MAX_NAMED)));
        }
    };
    note(
        &|one| !one.has_all_pods,
        "there are more connections than can be listed: the last kinds of pods are left out",
    );
    note(
        &|one| one.is_short_of_ports,
        "there are too many names and numbers of ports to try each name on each number: only some \
         were tried",
    );
    for (tried, what) in [
        (
            Tried::Pairs,
            "every selector and every two of them were tried",
        ),
        (
            Tried::SomePairs,
            "every selector and some two of them were tried",
        ),
        (Tried::SomeSelectors, "only some selectors were tried"),
    ] {
        note(
            &|one| one.tried == tried,
            &format!("there are too many combinations of labels to try them all: {what}"),
        );
    }
    notes
}

/// How many namespaces a note names.
const MAX_NAMED: usize = 10;
