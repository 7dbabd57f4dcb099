//! `status`: what was asked for and what runs.

use std::process::ExitCode;

use super::{FINDINGS, Output, apply::counted, output::Colour};
use crate::{
    args::{Format, StatusArguments},
    errors::NotActivated,
    pins::Pins,
    status::{self, BundleStatus, EndpointStatus, Status},
    store::Store,
};

pub(super) fn run(arguments: &StatusArguments, output: &Output) -> Result<ExitCode, NotActivated> {
    let pins = Pins::new(&arguments.places.pin_root);
    let store = Store::new(&arguments.places.state_dir);
    let status = status::status(&pins, &store)?;
    match arguments.format {
        Format::Json => output.json(&status)?,
        Format::Text => text(&status, output)?,
    }
    Ok(if status.drift.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FINDINGS)
    })
}

fn text(status: &Status, output: &Output) -> Result<(), NotActivated> {
    match &status.asked {
        None => output.line("asked    nothing")?,
        Some(asked) => output.line(&format!("asked    {}", asked.bundle))?,
    }
    if let Some(refused) = status
        .asked
        .as_ref()
        .and_then(|asked| asked.refused.as_ref())
    {
        let line = format!("         {refused}");
        output.line(&output.paint(Colour::Bad, &line))?;
    }
    match &status.running {
        None => output.line("running  nothing")?,
        Some(running) => {
            let bundle = running.bundle.as_ref();
            let digest = bundle.map_or("an unknown bundle", |bundle| &bundle.digest);
            output.line(&format!(
                "running  {digest}, generation {}",
                running.generation
            ))?;
            bundle.map_or(Ok(()), |bundle| numbers(bundle, output))?;
        }
    }
    output.line(&format!("flows    {}", status.flows))?;
    output.line(&format!("passed   {} packets", status.passed.packets))?;
    for drops in &status.drops {
        output.line(&format!(
            "dropped  {} packets: {}",
            drops.packets, drops.reason
        ))?;
    }
    if status.audited != 0 {
        output.line(&format!(
            "audited  {} packets: audited policies would have done otherwise",
            status.audited
        ))?;
    }
    if status.events_lost != 0 {
        output.line(&format!("lost     {} events", status.events_lost))?;
    }
    for endpoint in &status.endpoints {
        output.line(&endpoint_line(endpoint))?;
    }
    for drift in &status.drift {
        output.line(&output.paint(Colour::Bad, &format!("drift    {drift}")))?;
    }
    Ok(())
}

fn numbers(bundle: &BundleStatus, output: &Output) -> Result<(), NotActivated> {
    if !bundle.revision.is_empty() {
        output.line(&format!("         revision {}", bundle.revision))?;
    }
    let counts = [
        counted(bundle.policies, "policy", "policies"),
        counted(bundle.rules, "rule", "rules"),
        counted(bundle.classes, "class", "classes"),
        counted(bundle.decisions, "decision", "decisions"),
        counted(bundle.addresses, "address", "addresses"),
        counted(bundle.prefixes, "prefix", "prefixes"),
    ];
    output.line(&format!("         {}", counts.join(", ")))?;
    for setting in bundle.caveats.settings() {
        output.line(&format!("         {setting}"))?;
    }
    for warning in bundle.caveats.warnings() {
        let line = format!("         warning: {warning}");
        output.line(&output.paint(Colour::Warning, &line))?;
    }
    Ok(())
}

fn endpoint_line(endpoint: &EndpointStatus) -> String {
    let isolated = match (endpoint.isolated_ingress, endpoint.isolated_egress) {
        (true, true) => "isolated both ways",
        (true, false) => "isolated for ingress",
        (false, true) => "isolated for egress",
        (false, false) => "not isolated",
    };
    let EndpointStatus {
        name,
        interface,
        class,
        like,
        ..
    } = endpoint;
    let audited = if endpoint.audited {
        "; audited policies would judge it otherwise"
    } else {
        ""
    };
    format!("endpoint {name} on {interface}: class {class}, like {like}; {isolated}{audited}")
}
