//! Loads the programs, finds the maps, pins both; or adopts what an earlier loader pinned.
//!
//! Must not know bundles or endpoints' names: it deals in tables and numbers.

use std::{borrow::Cow, env, fs, io, path::PathBuf};

use aya::{
    EbpfLoader,
    maps::{Array, ArrayOfMaps, HashMap, Map, MapData, MapError, PerCpuArray, RingBuf},
    pin::PinError,
    programs::{Program, ProgramError, SchedClassifier, links::LinkError},
};
use sha2::{Digest as _, Sha256};
use ztc_abi::{
    ABI_VERSION, WireField,
    conntrack::{Flow, FlowKey},
    event::Counter,
    maps,
};

use crate::{inner, pins::Pins};

/// The program for what leaves a pod.
pub const FROM_POD: &str = "ztc_from_pod";
/// The program for what reaches a pod.
pub const TO_POD: &str = "ztc_to_pod";
/// The program that answers probes.
pub const PROBE: &str = "ztc_probe";
/// Every program of the object.
pub const PROGRAMS: [&str; 3] = [FROM_POD, TO_POD, PROBE];
/// Names another object to load instead of the one built in: tests run against a fresh build.
pub const OBJECT_VARIABLE: &str = "ZTC_DATAPATH_OBJECT";

static OBJECT: &[u8] = aya::include_bytes_aligned!("../../ebpf/prebuilt/ztc-datapath.o");

/// What the kernel, or its file system, refused.
#[derive(Debug, thiserror::Error)]
pub enum DatapathError {
    /// A file system call.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// What it was about.
        path: PathBuf,
        /// What the kernel said.
        error: io::Error,
    },
    /// The object could not be loaded; the verifier's log is in the text.
    #[error("the eBPF object was not accepted: {0}")]
    Object(#[from] aya::EbpfError),
    /// A map operation.
    #[error("map {map}: {error}")]
    Map {
        /// Its name.
        map: &'static str,
        /// What the kernel said.
        error: MapError,
    },
    /// A program operation.
    #[error("program: {0}")]
    Program(#[from] ProgramError),
    /// A link operation.
    #[error("link: {0}")]
    Link(#[from] LinkError),
    /// A pin operation.
    #[error("pin: {0}")]
    Pin(#[from] PinError),
    /// The object lacks something that this loader needs.
    #[error("the eBPF object has no {0}")]
    Missing(&'static str),
    /// Nothing is pinned.
    #[error("nothing is loaded under {root}", root = .0.display())]
    NotLoaded(PathBuf),
    /// Another loader's programs are pinned.
    #[error(
        "{root} holds the programs of another ztc-loader (object {digest}, ABI {abi}); \
         run `ztc-loader detach` first",
        root = root.display()
    )]
    OtherObject {
        /// Where they are pinned.
        root: PathBuf,
        /// The first bytes of their object's digest.
        digest: String,
        /// Their ABI.
        abi: u16,
    },
    /// A table does not hold what was written to it.
    #[error("map {map}, slot {slot}: {what}")]
    ReadBack {
        /// The map.
        map: &'static str,
        /// The slot.
        slot: u32,
        /// What differs.
        what: String,
    },
    /// A slot that packets are being judged by.
    #[error("slot {0} is live")]
    LiveSlot(u32),
    /// A generation that cannot follow the live one.
    #[error("generation {asked} cannot follow generation {live}")]
    WrongGeneration {
        /// The one asked for.
        asked: u64,
        /// The live one.
        live: u64,
    },
    /// A packet that no sender could have meant.
    #[error("{0}")]
    Unsendable(&'static str),
}

impl DatapathError {
    pub(crate) fn map(map: &'static str) -> impl FnOnce(MapError) -> Self {
        move |error| Self::Map { map, error }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}

/// Shorthand for this half of the loader.
pub type Result<T> = std::result::Result<T, DatapathError>;

/// The programs and maps in the kernel. Dropping it changes nothing there.
#[derive(Debug)]
pub struct Datapath {
    pins: Pins,
}

impl Datapath {
    /// Adopts the datapath pinned below `pins`, or loads the object and pins it there.
    pub fn open(pins: Pins) -> Result<Self> {
        let object = object()?;
        let wanted = identity(&object);
        pins.prepare().map_err(DatapathError::io(pins.root()))?;
        match pinned_identity(&pins)? {
            Some(found) if found == wanted => return Ok(Self { pins }),
            Some(found) => return Err(other_object(&pins, &found)),
            // A loader that was killed in the middle of loading left pins, but no link yet.
            None => {
                pins.remove().map_err(DatapathError::io(pins.root()))?;
                pins.prepare().map_err(DatapathError::io(pins.root()))?;
            }
        }
        load(&pins, &object)?;
        let mut identity: Array<MapData, Identity> =
            Array::create(1, 0).map_err(DatapathError::map("object"))?;
        identity
            .set(0, wanted, 0)
            .map_err(DatapathError::map("object"))?;
        identity.pin(pins.object())?;
        Ok(Self { pins })
    }

    /// Adopts the datapath pinned below `pins`, whichever object it came from; loads nothing.
    pub fn adopt(pins: Pins) -> Result<Self> {
        if pins.root().is_dir() && pinned_identity(&pins)?.is_some() {
            Ok(Self { pins })
        } else {
            Err(DatapathError::NotLoaded(pins.root().to_owned()))
        }
    }

    /// Where it is pinned.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    /// The live generation; 0 when no bundle was ever loaded.
    pub fn generation(&self) -> Result<u64> {
        let map: Array<_, u64> = self.map(maps::GENERATION)?;
        map.get(&0, 0).map_err(DatapathError::map(maps::GENERATION))
    }

    /// The slot that packets are judged by.
    pub fn live_slot(&self) -> Result<u32> {
        Ok(slot(self.generation()?))
    }

    /// Flows that the kernel remembers, those whose time is over but which nothing has replaced
    /// included. Walks the table: thousands of system calls on a busy node.
    pub fn n_flows(&self) -> Result<usize> {
        Ok(self.flow_table()?.keys().count())
    }

    /// The flow table as the kernel has it, in no order.
    pub fn flows(&self) -> Result<Vec<(FlowKey, Flow)>> {
        let mut flows = Vec::new();
        for entry in self.flow_table()?.iter() {
            let (key, value) = entry.map_err(DatapathError::map(maps::FLOWS))?;
            flows.extend(FlowKey::read(&key).zip(Flow::read(&value)));
        }
        Ok(flows)
    }

    /// Writes one flow; tests use it to make a flow old.
    pub fn set_flow(&self, key: FlowKey, flow: Flow) -> Result<()> {
        self.flow_table()?
            .insert(bytes(key), bytes(flow), 0)
            .map_err(DatapathError::map(maps::FLOWS))
    }

    fn flow_table(&self) -> Result<HashMap<MapData, [u8; 44], [u8; 24]>> {
        self.map(maps::FLOWS)
    }

    /// Packets by drop reason, in ascending order, those that are zero left out. Index 0 is what
    /// passed, [`maps::AUDITED`] what audited policies would have treated otherwise, and
    /// [`maps::EVENTS_LOST`] the events that found no room.
    pub fn reasons(&self) -> Result<Vec<(u32, Counter)>> {
        let map: PerCpuArray<MapData, [u8; 16]> = self.map(maps::REASON_COUNTERS)?;
        let mut reasons = Vec::new();
        for reason in 0..map.len() {
            let values = map
                .get(&reason, 0)
                .map_err(DatapathError::map(maps::REASON_COUNTERS))?;
            let sum = sum(values.iter());
            if sum != Counter::default() {
                reasons.push((reason, sum));
            }
        }
        Ok(reasons)
    }

    /// Packets by rule in the live generation, in ascending order, those that are zero left out.
    pub fn rules(&self) -> Result<Vec<(u32, Counter)>> {
        let outer: ArrayOfMaps<MapData, inner::RuleCounters> = self.map(maps::RULE_COUNTERS)?;
        let failed = || DatapathError::map(maps::RULE_COUNTERS);
        let inner = match outer.get(&self.live_slot()?, 0) {
            Ok(inner) => inner,
            Err(MapError::KeyNotFound) => return Ok(Vec::new()),
            Err(error) => return Err(failed()(error)),
        };
        let mut rules = Vec::new();
        for entry in inner.iter() {
            let (rule, values) = entry.map_err(failed())?;
            let sum = sum(values.iter());
            if sum != Counter::default() {
                rules.push((u32::from_le_bytes(rule), sum));
            }
        }
        rules.sort_unstable();
        Ok(rules)
    }

    /// The ring buffer of events. Records have the layout of [`ztc_abi::event::PolicyEvent`]; two
    /// readers would each see a part of them.
    pub fn events(&self) -> Result<RingBuf<MapData>> {
        self.map(maps::EVENTS)
    }

    /// Unpins everything: the programs stop filtering and the kernel frees them.
    pub fn detach(self) -> Result<()> {
        self.pins
            .remove()
            .map_err(DatapathError::io(self.pins.root()))
    }

    /// A map by its name in `ztc_abi::maps`.
    pub(crate) fn map<M: TryFrom<Map, Error = MapError>>(&self, name: &'static str) -> Result<M> {
        MapData::from_pin(self.pins.map(name))
            .and_then(Map::from_map_data)
            .and_then(M::try_from)
            .map_err(DatapathError::map(name))
    }

    /// A program by its name.
    pub(crate) fn program(&self, name: &str) -> Result<SchedClassifier> {
        Ok(SchedClassifier::from_pin(self.pins.program(name))?)
    }
}

/// The slot of a generation.
pub const fn slot(generation: u64) -> u32 {
    if generation & 1 == 0 { 0 } else { 1 }
}

/// ABI number and SHA-256 of an object.
type Identity = [u8; 34];

/// The object to load: the one built in, unless the environment names another.
fn object() -> Result<Cow<'static, [u8]>> {
    match env::var_os(OBJECT_VARIABLE) {
        Some(path) => Ok(Cow::Owned(
            fs::read(&path).map_err(DatapathError::io(path))?,
        )),
        None => Ok(Cow::Borrowed(OBJECT)),
    }
}

fn identity(object: &[u8]) -> Identity {
    let mut identity = [0; 34];
    let (abi, digest) = identity.split_at_mut(2);
    abi.copy_from_slice(&ABI_VERSION.to_le_bytes());
    digest.copy_from_slice(&Sha256::digest(object));
    identity
}

fn pinned_identity(pins: &Pins) -> Result<Option<Identity>> {
    if !pins.object().exists() {
        return Ok(None);
    }
    let map: Array<MapData, Identity> = MapData::from_pin(pins.object())
        .and_then(Map::from_map_data)
        .and_then(Array::try_from)
        .map_err(DatapathError::map("object"))?;
    map.get(&0, 0)
        .map(Some)
        .map_err(DatapathError::map("object"))
}

fn other_object(pins: &Pins, found: &Identity) -> DatapathError {
    let [a, b, digest @ ..] = found;
    let digest = digest.iter().take(6).map(|byte| format!("{byte:02x}"));
    DatapathError::OtherObject {
        root: pins.root().to_owned(),
        digest: digest.collect(),
        abi: u16::from_le_bytes([*a, *b]),
    }
}

/// Loads an object and pins its maps and programs.
fn load(pins: &Pins, object: &[u8]) -> Result<()> {
    let mut ebpf = EbpfLoader::new().load(object)?;
    for name in maps::ALL {
        let map = ebpf.map(name).ok_or(DatapathError::Missing(name))?;
        map.pin(pins.map(name))?;
    }
    for name in PROGRAMS {
        let program: &mut SchedClassifier = ebpf
            .program_mut(name)
            .ok_or(DatapathError::Missing(name))
            .map(<&mut Program>::try_into)??;
        program.load()?;
        program.pin(pins.program(name))?;
    }
    Ok(())
}

fn sum<'a>(values: impl Iterator<Item = &'a [u8; 16]>) -> Counter {
    values
        .filter_map(|value| Counter::read(value))
        .fold(Counter::default(), |sum, value| Counter {
            packets: sum.packets + value.packets,
            bytes: sum.bytes + value.bytes,
        })
}

/// A wire struct as the bytes that the kernel keeps. `N` must be its size: a smaller one would cut
/// it short, which the kernel's check of key and value sizes rules out.
pub(crate) fn bytes<T: WireField, const N: usize>(value: T) -> [u8; N] {
    const { assert!(N == T::SIZE, "the array is not as long as the struct") }
    let mut bytes = [0; N];
    let _written = value.write(&mut bytes);
    bytes
}
