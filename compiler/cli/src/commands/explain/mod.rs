//! `ztc explain`: whether one end may talk to another, and which line decides.
//!
//! The answer is the bundle's: the inputs are compiled to bytes and read back first. Only what a
//! bundle does not know (see [`crate::why`]) is asked of the policies themselves.

mod flows;
mod text;
mod unanswered;

use std::io::Write;

use serde::Serialize;
use ztc_bundle::{
    Simulator,
    flow::{Answer, Answerer, End, NoAnswer, Question, Rule},
};

use crate::{
    args::{ColourChoice, ExplainArgs, Format},
    compiled::Compiled,
    exit::{Failure, Outcome},
    made_up::{self, MadeUp},
    notes, output, report,
    why::{self, Nearest, Why, Without},
};

/// An answer as one JSON object (docs/schema/explain.v1.schema.json).
#[derive(Serialize)]
struct Explained<'a> {
    schema: &'static str,
    #[serde(flatten)]
    answer: &'a Answer<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    egress_nearest: Option<&'a Nearest<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ingress_nearest: Option<&'a Nearest<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    egress_without: Option<&'a Without<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ingress_without: Option<&'a Without<'a>>,
    #[serde(skip_serializing_if = "<[Rule<'_>]>::is_empty")]
    egress_passed: &'a [Rule<'a>],
    #[serde(skip_serializing_if = "<[Rule<'_>]>::is_empty")]
    ingress_passed: &'a [Rule<'a>],
    #[serde(skip_serializing_if = "<[report::Refused]>::is_empty")]
    left_out: &'a [report::Refused],
}

/// Runs the command.
pub(crate) fn run(args: &ExplainArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    // Without `--flows` the parser requires all three.
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (from, to, port) = (text(&args.from), text(&args.to), text(&args.port));
    let made_up = [MadeUp::parse(&from)?, MadeUp::parse(&to)?];
    let pods = ["--from", "--to"].into_iter().zip(made_up.iter().cloned());
    let pods = pods.filter_map(|(flag, pod)| Some((flag, pod?)));
    let compiled = Compiled::ask(&args.ask, color, pods.collect())?;
    let bundle = compiled.bundle.view();
    let (answerer, simulator) = (Answerer::new(&bundle), Simulator::new(&bundle));
    if let Some(file) = &args.flows {
        let answerer = answerer.without_refused(compiled.left_out.len());
        return flows::run(file, &answerer, &simulator, color);
    }
    let question = Question::new(&from, &to, &port)?;
    let unanswered = |reason: NoAnswer| unanswered::question(reason, answerer.ends());
    let end = |text: &str, made_up: &Option<MadeUp>| -> Result<End<'_>, Failure> {
        if let (Some(made_up), None) = (made_up, &compiled.checked) {
            return made_up.end(&bundle);
        }
        let found = answerer.ends().find(&made_up::full_name(text));
        found.map_err(|reason| unanswered(reason.into()))
    };
    let [first, second] = &made_up;
    let ends = (end(&from, first)?, end(&to, second)?);
    let answer = answerer.answer_between(question, ends, &mut &simulator);
    let mut answer = answer.map_err(unanswered)?;
    answer.notes.extend(notes::of_one_answer(&compiled));
    answer.notes.extend(namespace_notes(&compiled, &made_up));
    let why = match &compiled.checked {
        Some(checked) => why::why(&checked.analysis, &bundle, &answer),
        None => [Why::default(), Why::default()],
    };
    show(&answer, &why, &compiled, args.format, color)?;
    Ok(Outcome::Clean)
}

fn show(
    answer: &Answer<'_>,
    why: &[Why<'_>; 2],
    compiled: &Compiled,
    format: Format,
    color: ColourChoice,
) -> Result<(), Failure> {
    let (mut out, colour) = output::out(color);
    let [egress, ingress] = why;
    match format {
        Format::Json => {
            let explained = Explained {
                schema: "ztc.dev/explain/v1",
                answer,
                egress_nearest: egress.nearest.as_ref(),
                ingress_nearest: ingress.nearest.as_ref(),
                egress_without: egress.without.as_ref(),
                ingress_without: ingress.without.as_ref(),
                egress_passed: &egress.passed,
                ingress_passed: &ingress.passed,
                left_out: &compiled.left_out,
            };
            output::json(&mut out, &explained)?;
        }
        Format::Text => text::show(&mut out, answer, why, compiled.sources(), colour)?,
    }
    out.flush()?;
    Ok(())
}

/// What is assumed of pods that do not exist.
fn namespace_notes(compiled: &Compiled, made_up: &[Option<MadeUp>; 2]) -> Vec<String> {
    let made_up = made_up.iter().flatten();
    let mut namespaces: Vec<&str> = made_up.map(|one| one.namespace.as_str()).collect();
    namespaces.dedup();
    let notes = namespaces.into_iter();
    notes
        .filter_map(|name| namespace_note(compiled, name))
        .collect()
}

fn namespace_note(compiled: &Compiled, name: &str) -> Option<String> {
    let Some(checked) = &compiled.checked else {
        return Some(format!(
            "a bundle does not know the labels of namespaces: `{name}` is taken as one with none \
             but its name"
        ));
    };
    let known = checked.analysis.cluster.namespace(name);
    let is_defined = known.is_some_and(|namespace| namespace.span.is_some());
    (!is_defined).then(|| {
        format!(
            "the namespace `{name}` is not in the input: it is taken as one with no labels but \
             its name"
        )
    })
}
