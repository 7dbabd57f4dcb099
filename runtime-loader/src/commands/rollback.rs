//! `rollback`: the bundle that ran before becomes the policy again, as a new generation.

use std::{process::ExitCode, time::Instant};

use super::{Output, apply};
use crate::{
    activate::{self, Request},
    args::RollbackArguments,
    datapath::Datapath,
    errors::{NotActivated, Refused},
    instance, meaning,
    pins::Pins,
    store::Store,
};

pub(super) fn run(
    arguments: &RollbackArguments,
    output: &Output,
) -> Result<ExitCode, NotActivated> {
    let started = Instant::now();
    let store = Store::new(&arguments.places.state_dir);
    let pins = Pins::new(&arguments.places.pin_root);
    let lock = store.lock()?;
    let live = Datapath::adopt(pins.clone())?.generation()?;
    let mut state = store.read()?;
    state.reconcile(&instance::of(&pins)?, live);
    let (Some(previous), Some(running)) = (state.previous(live), state.record(live)) else {
        return Err(NotActivated::Refused(Refused::NothingBefore {
            state: arguments.places.state_dir.clone(),
        }));
    };
    let bundle = meaning::read_bundle(&store, &previous)?;
    // The pods of today, not those of the time when the bundle ran.
    let placement = store.placement(&running.placement)?;
    let activation = activate::activate(&Request {
        bundle: bundle.view(),
        endpoints: &placement.file,
        node: placement.node.as_ref(),
        pins: &pins,
        store: &store,
        lock: &lock,
    })?;
    let admitted = started.elapsed().saturating_sub(activation.total());
    apply::report(&bundle, &activation, admitted, arguments.format, output)?;
    Ok(ExitCode::SUCCESS)
}
