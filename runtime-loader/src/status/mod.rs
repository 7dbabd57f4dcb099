//! Asked for against running: what the state says, what the kernel says, and where they differ.
//!
//! Changes nothing, takes no lock. Must not print.

mod report;

use ztc_abi::{DropReason, Peer, event::Counter, maps};
use ztc_bundle::Bundle;

pub use report::{Asked, BundleStatus, Count, Drops, EndpointStatus, Running, Status};

use crate::{
    attach,
    caveats::Caveats,
    datapath::{Datapath, DatapathError, FROM_POD, PROGRAMS, TO_POD},
    errors::Failed,
    instance,
    meaning::Meaning,
    pins::Pins,
    place::{self, Placed},
    store::{State, Store},
};

/// Looks at the kernel and the state.
pub fn status(pins: &Pins, store: &Store) -> Result<Status, Failed> {
    let mut state = store.read()?;
    let datapath = match Datapath::adopt(pins.clone()) {
        Ok(datapath) => datapath,
        Err(DatapathError::NotLoaded(_)) => return Ok(nothing_loaded(&state)),
        Err(error) => return Err(error.into()),
    };
    let live = datapath.generation()?;
    state.reconcile(&instance::of(pins)?, live);
    let meaning = match state.record(live) {
        Some(record) => Some(Meaning::read(store, record)?),
        None => None,
    };
    let placed = meaning
        .as_ref()
        .map(placed)
        .transpose()?
        .unwrap_or_default();
    let attached = attached(&datapath)?;
    let reasons = datapath.reasons()?;
    let of_reason = |wanted: u32| {
        let found = reasons.iter().find(|(reason, _)| *reason == wanted);
        found.map_or(Counter::default(), |(_, counter)| *counter)
    };
    Ok(Status {
        running: (live != 0).then(|| Running {
            generation: live,
            bundle: meaning
                .as_ref()
                .map(|meaning| in_numbers(&meaning.bundle())),
        }),
        flows: datapath.n_flows()?,
        passed: Count {
            packets: of_reason(0).packets,
            bytes: of_reason(0).bytes,
        },
        drops: drops(&reasons),
        audited: of_reason(maps::AUDITED).packets,
        events_lost: of_reason(maps::EVENTS_LOST).packets,
        endpoints: match &meaning {
            Some(meaning) => endpoints(&meaning.bundle(), &placed, &attached),
            None => Vec::new(),
        },
        drift: [unpinned(pins), drift(&state, live, &placed, &attached)].concat(),
        ..nothing_loaded(&state)
    })
}

fn nothing_loaded(state: &State) -> Status {
    let asked = state.asked.as_ref().map(|asked| Asked {
        bundle: asked.bundle.to_string(),
        refused: asked.refused.clone(),
    });
    let drift = asked.iter().map(|asked| {
        let bundle = &asked.bundle;
        format!("{bundle} was asked for and nothing is loaded")
    });
    Status {
        schema: "ztc.dev/status/v1",
        running: None,
        flows: 0,
        passed: Count::default(),
        drops: Vec::new(),
        audited: 0,
        events_lost: 0,
        endpoints: Vec::new(),
        drift: drift.collect(),
        asked,
    }
}

/// The endpoints as they were placed when the generation was filled.
fn placed(meaning: &Meaning) -> Result<Vec<Placed>, Failed> {
    let placement = &meaning.placement;
    place::place(&meaning.bundle(), &placement.file, |name| {
        placement.interfaces.get(name).copied()
    })
}

fn in_numbers(bundle: &Bundle<'_>) -> BundleStatus {
    BundleStatus {
        digest: bundle.digest().to_string(),
        revision: bundle.string(bundle.meta().revision).into(),
        policies: bundle.policies().len(),
        rules: bundle.rules().len(),
        classes: bundle.classes().len(),
        decisions: bundle.decisions().len(),
        addresses: bundle.addresses().len(),
        prefixes: bundle.prefixes().len(),
        caveats: Caveats::of(bundle),
    }
}

fn drops(reasons: &[(u32, Counter)]) -> Vec<Drops> {
    let named = reasons.iter().filter_map(|(number, counter)| {
        let reason = DropReason::from_number(u8::try_from(*number).ok()?)?;
        Some(Drops {
            reason: reason.name(),
            packets: counter.packets,
            bytes: counter.bytes,
        })
    });
    named.collect()
}

fn endpoints(bundle: &Bundle<'_>, placed: &[Placed], attached: &[u32]) -> Vec<EndpointStatus> {
    // A row can be there for rules that isolate nobody.
    let isolates = |row| bundle.isolating_rules(row).next().is_some();
    let one = |placed: &Placed| {
        let class = bundle.classes().find(&placed.class, |record| record.class);
        let like = match class {
            Some(class) => bundle.string(class.example),
            None => Peer(placed.class).reserved_name().unwrap_or("unknown"),
        };
        EndpointStatus {
            name: placed.endpoint.full_name(),
            interface: placed.endpoint.interface.to_string(),
            class: placed.class,
            like: like.into(),
            isolated_ingress: placed.is_unclassified() || isolates(placed.row_ingress),
            isolated_egress: placed.is_unclassified() || isolates(placed.row_egress),
            audited: placed.is_audited(),
            attached: is_attached(placed, attached),
        }
    };
    let mut endpoints: Vec<_> = placed.iter().map(one).collect();
    endpoints.sort_by(|a, b| a.name.cmp(&b.name));
    endpoints
}

/// Whether the programs are on the interface that has the endpoint's name today.
fn is_attached(placed: &Placed, attached: &[u32]) -> bool {
    let today = attach::index_of(placed.endpoint.interface.as_str());
    today.is_ok_and(|index| index == placed.interface && attached.binary_search(&index).is_ok())
}

/// Interfaces that both programs are on, ascending.
fn attached(datapath: &Datapath) -> Result<Vec<u32>, Failed> {
    let mut attached = attach::attached(datapath)?;
    attached.retain(|index| {
        let mut links = [FROM_POD, TO_POD]
            .map(|name| datapath.pins().link(*index, name))
            .into_iter();
        links.all(|link| link.exists())
    });
    Ok(attached)
}

/// Pins that somebody removed. The kernel goes on without them, the next loader could not.
fn unpinned(pins: &Pins) -> Vec<String> {
    let maps = maps::ALL.into_iter().map(|name| pins.map(name));
    let programs = PROGRAMS.into_iter().map(|name| pins.program(name));
    let gone = maps.chain(programs).filter(|pin| !pin.exists());
    gone.map(|pin| format!("{} is not pinned any more", pin.display()))
        .collect()
}

fn drift(state: &State, live: u64, placed: &[Placed], attached: &[u32]) -> Vec<String> {
    let mut drift = Vec::new();
    let running = state.record(live);
    match (&state.asked, running) {
        (Some(asked), Some(running)) if asked.bundle != running.bundle => {
            let (asked, running) = (asked.bundle, running.bundle);
            drift.push(format!("{asked} was asked for and {running} runs"));
        }
        (Some(asked), None) if live == 0 => {
            drift.push(format!("{} was asked for and no bundle runs", asked.bundle));
        }
        (_, None) if live != 0 => {
            drift.push(format!(
                "generation {live} is none that this state directory knows"
            ));
        }
        _ => {}
    }
    for placed in placed {
        let (name, interface) = (placed.endpoint.full_name(), &placed.endpoint.interface);
        if !is_attached(placed, attached) {
            drift.push(format!(
                "endpoint {name}: the programs are not on {interface}"
            ));
        }
        if placed.is_unclassified() {
            drift.push(format!(
                "endpoint {name} is like no pod the bundle knows and may not talk: build a new one"
            ));
        }
    }
    for index in attached {
        if !placed.iter().any(|placed| placed.interface == *index) {
            drift.push(format!(
                "interface number {index} has the programs and is no endpoint"
            ));
        }
    }
    drift
}
