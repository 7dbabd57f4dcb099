//! `observe`: what the kernel lets pass and drops, as it reports it.

use std::{
    collections::VecDeque,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use signal_hook::consts::{SIGINT, SIGTERM};

use super::{
    Output,
    output::{Colour, note},
};
use crate::{
    args::{Format, ObserveArguments},
    clock::Clock,
    datapath::Datapath,
    errors::{Failed, NotActivated},
    events::Event,
    instance,
    meaning::Meanings,
    pins::Pins,
    ring::Ring,
    store::Store,
};

/// How often the ring buffer is looked at while it is empty.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn run(arguments: &ObserveArguments, output: &Output) -> Result<ExitCode, NotActivated> {
    let pins = Pins::new(&arguments.places.pin_root);
    let datapath = Datapath::adopt(pins.clone())?;
    let store = Store::new(&arguments.places.state_dir);
    let _lock = store.lock_events()?;
    let mut meanings = Meanings::new(store, instance::of(&pins)?);
    let mut ring = Ring::open(&datapath)?;
    let stop = interrupted()?;
    let mut newest = VecDeque::new();
    loop {
        // Anew each time: the two clocks drift apart while this runs for days.
        let clock = Clock::now();
        while let Some(record) = ring.next() {
            let meaning = meanings.of(record.generation).map_err(Failed::from)?;
            let event = Event::new(&record, meaning, &clock);
            if !wanted(&event, arguments) {
                continue;
            }
            match arguments.last {
                None => write(&event, arguments.format, output)?,
                Some(last) => {
                    newest.push_back(event);
                    newest.drain(..newest.len().saturating_sub(last));
                }
            }
        }
        if !arguments.follow || stop.load(Ordering::Relaxed) {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    for event in &newest {
        write(event, arguments.format, output)?;
    }
    if ring.n_unknown() != 0 {
        note(&format!("{} records were not events", ring.n_unknown()));
    }
    Ok(ExitCode::SUCCESS)
}

/// A flag that a signal sets: the loop ends where it can, and not in the middle of a line.
fn interrupted() -> Result<Arc<AtomicBool>, NotActivated> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(Failed::Output)?;
    }
    Ok(stop)
}

fn wanted(event: &Event, arguments: &ObserveArguments) -> bool {
    let endpoint = arguments.endpoint.as_deref();
    (event.is_drop() || !arguments.drops_only)
        && (event.audit.is_some() || !arguments.audit_only)
        && endpoint.is_none_or(|endpoint| event.concerns(endpoint))
}

fn write(event: &Event, format: Format, output: &Output) -> Result<(), NotActivated> {
    match format {
        Format::Json => output.json(event),
        Format::Text => {
            let colour = match (&event.audit, event.is_drop()) {
                (Some(_), _) => Colour::Warning,
                (None, true) => Colour::Bad,
                (None, false) => Colour::Good,
            };
            output.line(&output.paint(colour, &event.to_string()))
        }
    }
}
