//! From a bundle to a live generation, step by step; the only writer of the live generation.
//!
//! Until the flip nothing that packets see has changed, and whatever fails before it changes
//! nothing. Must not print, and must not know where bundle and endpoints come from.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use ztc_bundle::{Bundle, Digest};

use crate::{
    admit, attach,
    datapath::{Datapath, slot},
    endpoints::{EndpointsFile, Name},
    errors::{Failed, NotActivated},
    fill::{self, SlotTables},
    instance,
    pins::Pins,
    place::{self, Placed},
    probes,
    store::{Asked, Lock, Placement, Record, State, Store},
    swap, tables,
};

/// What to make live, and where.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The bundle.
    pub bundle: Bundle<'a>,
    /// The endpoints of this node.
    pub endpoints: &'a EndpointsFile,
    /// This node's name; otherwise the endpoints file's.
    pub node: Option<&'a Name>,
    /// Where the datapath is pinned.
    pub pins: &'a Pins,
    /// What is remembered.
    pub store: &'a Store,
    /// The right to change it.
    pub lock: &'a Lock,
}

/// One step of an activation, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// Find the interfaces and classify the endpoints.
    Place,
    /// Load the programs, or adopt those that are pinned.
    Open,
    /// Write the tables into the slot that is not live.
    Fill,
    /// Read every entry back and compare.
    ReadBack,
    /// Ask the kernel every probe of the bundle about that slot.
    Probe,
    /// Write down what the new generation will be.
    Record,
    /// Put the programs on interfaces that do not have them.
    Attach,
    /// Make the new generation live, and wait until no packet is judged by the old one.
    Flip,
    /// Take the programs off interfaces that are not endpoints any more; free the old tables.
    Free,
}

impl Step {
    /// One word, for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Open => "open",
            Self::Fill => "fill",
            Self::ReadBack => "readBack",
            Self::Probe => "probe",
            Self::Record => "record",
            Self::Attach => "attach",
            Self::Flip => "flip",
            Self::Free => "free",
        }
    }
}

/// A bundle that was made live.
#[derive(Clone, Debug)]
pub struct Activation {
    /// The generation that it became.
    pub generation: u64,
    /// Its digest.
    pub digest: Digest,
    /// The endpoints, with their classes.
    pub placed: Vec<Placed>,
    /// Probes that the kernel answered as the bundle says.
    pub n_probes: usize,
    /// How long each step took.
    pub times: Vec<(Step, Duration)>,
}

impl Activation {
    /// How long all steps took.
    pub fn total(&self) -> Duration {
        self.times.iter().map(|(_, time)| *time).sum()
    }
}

/// Measures steps as they end.
struct Clock {
    last: Instant,
    times: Vec<(Step, Duration)>,
}

impl Clock {
    fn ended(&mut self, step: Step) {
        let now = Instant::now();
        self.times.push((step, now - self.last));
        self.last = now;
    }
}

/// Makes a bundle live. What was asked for is remembered even when it is refused.
pub fn activate(request: &Request<'_>) -> Result<Activation, NotActivated> {
    let outcome = try_activate(request);
    if outcome.is_err() {
        // Where this fails, programs without links stay, which judge nothing.
        let _unloaded = unload_if_first(request.pins);
    }
    if let Err(error @ NotActivated::Refused(_)) = &outcome {
        let mut state = request.store.read()?;
        state.asked = Some(Asked {
            bundle: request.bundle.digest(),
            refused: Some(error.to_string()),
        });
        request.store.write(request.lock, &state)?;
    }
    outcome
}

/// Removes programs that were loaded for a first bundle which did not become live.
fn unload_if_first(pins: &Pins) -> Result<(), NotActivated> {
    let Ok(datapath) = Datapath::adopt(pins.clone()) else {
        return Ok(());
    };
    if datapath.generation()? == 0 && attach::attached(&datapath)?.is_empty() {
        datapath.detach()?;
    }
    Ok(())
}

fn try_activate(request: &Request<'_>) -> Result<Activation, NotActivated> {
    let mut clock = Clock {
        last: Instant::now(),
        times: Vec::new(),
    };
    let bundle = &request.bundle;
    let node = request.node.or(request.endpoints.node.as_ref());
    admit::admit_endpoints(request.endpoints.endpoints.len())?;
    let placed = place::place(bundle, request.endpoints, |name| {
        attach::index_of(name).ok()
    })?;
    let tables = tables::tables(bundle, &placed, node.map(Name::as_str));
    clock.ended(Step::Place);

    let datapath = Datapath::open(request.pins.clone())?;
    let live = datapath.generation()?;
    let generation = live + 1;
    clock.ended(Step::Open);

    let n_probes = stage(request, &datapath, slot(generation), &tables, &mut clock)?;

    let state = remember(request, live, &placed, node)?;
    clock.ended(Step::Record);

    let attached = attach_new(&datapath, &placed)?;
    clock.ended(Step::Attach);

    // The commit point. A loader that dies before it leaves the old generation, after it the new.
    if let Err(error) = swap::flip(&datapath, generation) {
        // What fails after the write must not open the interfaces that it made live.
        if datapath.generation()? == live {
            detach_all(&datapath, &attached)?;
        }
        return Err(error.into());
    }
    clock.ended(Step::Flip);

    detach_all(&datapath, &surplus(&datapath, &placed)?)?;
    swap::clear(&datapath, slot(live))?;
    request.store.collect(request.lock, &state)?;
    clock.ended(Step::Free);
    Ok(Activation {
        generation,
        digest: bundle.digest(),
        placed,
        n_probes,
        times: clock.times,
    })
}

/// Fills the slot that is not live, and convinces itself that it says what the bundle says.
fn stage(
    request: &Request<'_>,
    datapath: &Datapath,
    slot: u32,
    tables: &SlotTables,
    clock: &mut Clock,
) -> Result<usize, NotActivated> {
    let outcome = || -> Result<usize, NotActivated> {
        fill::fill(datapath, slot, tables)?;
        clock.ended(Step::Fill);
        fill::read_back(datapath, slot, tables)?;
        clock.ended(Step::ReadBack);
        let n_probes = probes::run(datapath, slot, &request.bundle, &tables.peers)?;
        clock.ended(Step::Probe);
        Ok(n_probes)
    }();
    if outcome.is_err() {
        // No packet reads what stays when this fails, and the next fill replaces it.
        let _cleared = swap::clear(datapath, slot);
    }
    outcome
}

/// Writes down what the coming generation will be. It is dropped again by whoever reads it while
/// the kernel's generation is still the old one.
fn remember(
    request: &Request<'_>,
    live: u64,
    placed: &[Placed],
    node: Option<&Name>,
) -> Result<State, NotActivated> {
    let (store, lock) = (request.store, request.lock);
    let digest = request.bundle.digest();
    store.keep_bundle(lock, &digest, request.bundle.bytes())?;
    let interfaces = placed.iter();
    let placement = store.keep_placement(
        lock,
        &Placement {
            file: request.endpoints.clone(),
            node: node.cloned(),
            interfaces: interfaces
                .map(|placed| (placed.endpoint.interface.clone(), placed.interface))
                .collect::<BTreeMap<_, _>>(),
        },
    )?;
    let mut state = store.read()?;
    state.reconcile(&instance::of(request.pins)?, live);
    state.asked = Some(Asked {
        bundle: digest,
        refused: None,
    });
    state.expect(Record {
        generation: live + 1,
        bundle: digest,
        placement,
    });
    store.write(lock, &state)?;
    Ok(state)
}

/// Puts the programs on every endpoint's interface, and returns those that did not have them.
///
/// Before the flip and not after it: until then such an interface drops everything, because the
/// live generation does not know it. After the flip it would be open for as long.
fn attach_new(datapath: &Datapath, placed: &[Placed]) -> Result<Vec<u32>, Failed> {
    let known = attach::attached(datapath)?;
    let mut attached = Vec::new();
    for placed in placed {
        match attach::attach(datapath, placed.endpoint.interface.as_str()) {
            Ok(index) if known.binary_search(&index).is_ok() => {}
            Ok(index) => attached.push(index),
            Err(error) => {
                detach_all(datapath, &attached)?;
                return Err(error.into());
            }
        }
    }
    Ok(attached)
}

/// Interfaces that have the programs and are not endpoints.
fn surplus(datapath: &Datapath, placed: &[Placed]) -> Result<Vec<u32>, Failed> {
    let mut attached = attach::attached(datapath)?;
    attached.retain(|index| !placed.iter().any(|placed| placed.interface == *index));
    Ok(attached)
}

fn detach_all(datapath: &Datapath, interfaces: &[u32]) -> Result<(), Failed> {
    for interface in interfaces {
        attach::detach(datapath, *interface)?;
    }
    Ok(())
}
