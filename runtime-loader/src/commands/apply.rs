//! `apply`: a bundle becomes the policy of this node.

use std::{path::Path, process::ExitCode, time::Duration};

use serde::Serialize;
use ztc_bundle::BundleFile;

use super::{
    Output,
    output::{Colour, note},
};
use crate::{
    activate::{self, Activation, Request, Step},
    admit,
    args::{ApplyArguments, Format},
    caveats::Caveats,
    endpoints::EndpointsFile,
    errors::{Failed, NotActivated, Refused},
    pins::Pins,
    store::Store,
};

/// The answer of `apply` and `rollback`; `schema/apply.json` documents it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    schema: &'static str,
    bundle: String,
    generation: u64,
    endpoints: usize,
    unclassified: Vec<String>,
    probes: usize,
    /// From reading the bundle to the moment after the flip.
    to_flip_micros: u128,
    steps: Vec<StepReport>,
    #[serde(flatten)]
    caveats: Caveats,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StepReport {
    step: &'static str,
    micros: u128,
}

pub(super) fn run(arguments: &ApplyArguments, output: &Output) -> Result<ExitCode, NotActivated> {
    let bytes = read(&arguments.bundle)?;
    let started = std::time::Instant::now();
    let bundle = admit::admit(bytes, arguments.digest)?;
    let admitted = started.elapsed();
    let endpoints = EndpointsFile::read(&arguments.endpoints).map_err(Failed::from)?;
    let store = Store::new(&arguments.places.state_dir);
    let pins = Pins::new(&arguments.places.pin_root);
    let lock = store.lock()?;
    let activation = activate::activate(&Request {
        bundle: bundle.view(),
        endpoints: &endpoints,
        node: arguments.node.as_ref(),
        pins: &pins,
        store: &store,
        lock: &lock,
    })?;
    report(&bundle, &activation, admitted, arguments.format, output)?;
    Ok(ExitCode::SUCCESS)
}

/// The bytes of a bundle named on the command line.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, NotActivated> {
    let bytes = ztc_bundle::read_file(path).map_err(|source| Failed::Unreadable {
        path: path.into(),
        source,
    })?;
    Ok(bytes.map_err(Refused::from)?)
}

/// Says what became live, and how long it took.
pub(super) fn report(
    bundle: &BundleFile,
    activation: &Activation,
    admitted: Duration,
    format: Format,
    output: &Output,
) -> Result<(), NotActivated> {
    let placed = activation.placed.iter();
    let unclassified = placed.filter(|placed| placed.is_unclassified());
    let unclassified: Vec<_> = unclassified.map(|p| p.endpoint.full_name()).collect();
    for name in &unclassified {
        note(&format!(
            "warning: {name} is like no pod the bundle knows: it may not talk; build a new bundle"
        ));
    }
    let view = bundle.view();
    let caveats = Caveats::of(&view);
    for warning in caveats.warnings() {
        note(&format!("warning: {warning}"));
    }
    let until_flip = activation.times.iter();
    let until_flip = until_flip.filter(|(step, _)| *step <= Step::Flip);
    let to_flip = admitted + until_flip.map(|(_, time)| *time).sum::<Duration>();
    let admit = ("admit", admitted);
    let steps = activation
        .times
        .iter()
        .map(|(step, time)| (step.name(), *time));
    let steps: Vec<_> = std::iter::once(admit).chain(steps).collect();
    match format {
        Format::Json => output.json(&Report {
            schema: "ztc.dev/apply/v1",
            bundle: activation.digest.to_string(),
            generation: activation.generation,
            endpoints: activation.placed.len(),
            unclassified,
            probes: activation.n_probes,
            to_flip_micros: to_flip.as_micros(),
            steps: steps
                .iter()
                .map(|(step, time)| StepReport {
                    step,
                    micros: time.as_micros(),
                })
                .collect(),
            caveats,
        }),
        Format::Text => {
            let (digest, generation) = (activation.digest, activation.generation);
            output.line(&format!("{digest} is live as generation {generation}"))?;
            let policies = counted(view.policies().len(), "policy", "policies");
            let rules = counted(view.rules().len(), "rule", "rules");
            let endpoints = counted(activation.placed.len(), "endpoint", "endpoints");
            let probes = counted(activation.n_probes, "probe", "probes");
            output.line(&format!(
                "{policies}, {rules}, {endpoints}; the kernel answered {probes} as the bundle says"
            ))?;
            for setting in caveats.settings() {
                output.line(&setting)?;
            }
            let times = steps
                .iter()
                .map(|(step, time)| format!("{step} {}", short(*time)));
            let times = times.collect::<Vec<_>>().join(", ");
            let line = format!("{} to the flip: {times}", short(to_flip));
            output.line(&output.paint(Colour::Dim, &line))
        }
    }
}

/// A number of things.
pub(super) fn counted(n: usize, one: &str, several: &str) -> String {
    match n {
        1 => format!("1 {one}"),
        n => format!("{n} {several}"),
    }
}

/// A duration for people.
pub(super) fn short(time: Duration) -> String {
    match time.as_micros() {
        micros @ ..1_000 => format!("{micros} µs"),
        micros @ ..1_000_000 => format!("{}.{} ms", micros / 1_000, micros / 100 % 10),
        micros => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
    }
}
