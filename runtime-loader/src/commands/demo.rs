//! `demo`: what happened between the pods, as tables.

use std::process::ExitCode;

use super::{
    Output, apply,
    output::{Colour, note},
};
use crate::{
    admit,
    args::{DemoArguments, Format},
    demo::{self, BUILT_IN, Cast, Drop, Ends, Play, Round},
    endpoints::EndpointsFile,
    errors::{Failed, NotActivated},
};

pub(super) fn run(arguments: &DemoArguments, output: &Output) -> Result<ExitCode, NotActivated> {
    let cast = cast(arguments)?;
    note("making pods, connecting them, and swapping the policy: this takes about five seconds");
    let play = demo::play(&cast, &arguments.pin_root)?;
    match arguments.format {
        Format::Json => output.json(&play)?,
        Format::Text => text(&play, output)?,
    }
    note("removed programs, maps and state; the namespaces end with this process");
    Ok(ExitCode::SUCCESS)
}

fn cast(arguments: &DemoArguments) -> Result<Cast, NotActivated> {
    let bundle = |path: &Option<std::path::PathBuf>, built_in: &[u8]| {
        let bytes = path
            .as_deref()
            .map_or_else(|| Ok(built_in.to_vec()), apply::read)?;
        Ok::<_, NotActivated>(admit::admit(bytes, None)?)
    };
    let endpoints = match &arguments.endpoints {
        Some(path) => EndpointsFile::read(path),
        None => EndpointsFile::parse("demo/endpoints.json".as_ref(), BUILT_IN.endpoints),
    };
    Ok(Cast {
        before: bundle(&arguments.before, BUILT_IN.before)?,
        after: bundle(&arguments.after, BUILT_IN.after)?,
        endpoints: endpoints.map_err(Failed::from)?,
    })
}

fn text(play: &Play, output: &Output) -> Result<(), NotActivated> {
    output.line("Pods, each in a network namespace of its own:")?;
    for pod in &play.pods {
        let addresses: Vec<_> = pod.addresses.iter().map(ToString::to_string).collect();
        output.line(&format!("  {}  {}", pod.name, addresses.join("  ")))?;
    }
    for round in &play.rounds {
        output.line("")?;
        text_round(round, output)?;
    }
    Ok(())
}

fn text_round(round: &Round, output: &Output) -> Result<(), NotActivated> {
    let micros = u64::try_from(round.to_flip_micros).unwrap_or(u64::MAX);
    let time = apply::short(std::time::Duration::from_micros(micros));
    let (digest, generation) = (&round.bundle, round.generation);
    output.line(&format!("{digest} is live as generation {generation}"))?;
    output.line(&output.paint(Colour::Dim, &format!("{time} to the flip")))?;
    if !round.open.is_empty() {
        output.line("")?;
        let open = round.open.iter();
        let rows = open.map(|open| (&open.ends, open.outcome, open.drop.as_ref()));
        table(
            "Connections that were open when it became live:",
            rows,
            output,
        )?;
    }
    output.line("")?;
    let trials = round.trials.iter();
    let rows = trials.map(|trial| (&trial.ends, trial.outcome, trial.drop.as_ref()));
    table("New connections:", rows, output)
}

/// Rows that differ in nothing but the address family are one row.
fn table<'a>(
    title: &str,
    rows: impl Iterator<Item = (&'a Ends, &'a str, Option<&'a Drop>)>,
    output: &Output,
) -> Result<(), NotActivated> {
    let mut merged: Vec<(&Ends, String, &str, Option<&Drop>)> = Vec::new();
    for (ends, outcome, drop) in rows {
        let same = merged.iter_mut().find(|(known, _, was, because)| {
            (&known.from, &known.to, known.port) == (&ends.from, &ends.to, ends.port)
                && (*was, *because) == (outcome, drop)
        });
        match same {
            Some((_, families, ..)) => *families = format!("{families}, {}", ends.family),
            None => merged.push((ends, ends.family.into(), outcome, drop)),
        }
    }
    let width = |length: fn(&Ends) -> usize| {
        let lengths = merged.iter().map(|(ends, ..)| length(ends));
        lengths.max().unwrap_or(0).max(4)
    };
    let (from, to) = (width(|ends| ends.from.len()), width(|ends| ends.to.len()));
    output.line(title)?;
    let head = format!(
        "  {:from$}  {:to$}  {:9}  {:10}  {:9}",
        "from", "to", "port", "over", ""
    );
    output.line(&output.paint(Colour::Dim, head.trim_end()))?;
    for (ends, families, outcome, drop) in &merged {
        let colour = match *outcome {
            "connected" | "continues" => Colour::Good,
            _ => Colour::Bad,
        };
        let outcome = output.paint(colour, &format!("{outcome:9}"));
        let port = format!("{}/TCP", ends.port);
        let row = format!(
            "  {:from$}  {:to$}  {port:9}  {families:10}  {outcome}",
            ends.from, ends.to
        );
        output.line(row.trim_end())?;
        if let Some(drop) = drop {
            let (direction, because) = (drop.direction, &drop.because);
            output.line(&format!("      {direction}: {because}"))?;
        }
    }
    Ok(())
}
