//! Tables into a slot that is not live; read back and compared.
//!
//! Must not know bundles: the tables are plain lists, in any order.

use std::{collections::BTreeMap, thread};

use aya::{
    maps::{ArrayOfMaps, FromMapData, InnerMap, MapData, PerCpuValues, lpm_trie::Key},
    util::nr_cpus,
};
use ztc_abi::{
    Address, PeerEntry, Protocol, Verdict,
    decide::{Decision, DecisionKey, NO_VERDICT, VerdictKey, VerdictRow, VerdictRowKey},
    identity::{EndpointEntry, PrefixV4, PrefixV6},
    maps,
    ports::N_PORT_PROTOCOLS,
};

use crate::{
    datapath::{Datapath, DatapathError, Result, bytes},
    inner::{self, Keyed},
};

/// The contents of one slot.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct SlotTables {
    /// Endpoints of this node, by interface index.
    pub endpoints: Vec<(u32, EndpointEntry)>,
    /// Addresses that are known by themselves.
    pub peers: Vec<(Address, PeerEntry)>,
    /// IPv4 prefixes; one of length 0 must be among them.
    pub prefixes_v4: Vec<(PrefixV4, PeerEntry)>,
    /// IPv6 prefixes; one of length 0 must be among them.
    pub prefixes_v6: Vec<(PrefixV6, PeerEntry)>,
    /// What each row says of each peer.
    pub decisions: Vec<(DecisionKey, Decision)>,
    /// Ranges of ports, first and last, and their class; what is in none has the rest's class.
    pub port_classes: Vec<(Protocol, u16, u16, u16)>,
    /// What each port map says of each port class.
    pub verdicts: Vec<(VerdictKey, Verdict)>,
    /// The largest rule number: rules 1 to this are counted.
    pub n_rules: u32,
}

/// One table of a slot: how it is written and how it is compared.
struct Table {
    fill: fn(&Datapath, u32, &SlotTables) -> Result<()>,
    compare: fn(&Datapath, u32, &SlotTables) -> Result<()>,
}

/// Every table that exists by generation.
const TABLES: [Table; 8] = [
    Table {
        fill: |datapath, slot, tables| {
            keyed::<inner::Endpoints>(datapath, slot, maps::ENDPOINTS, endpoints(tables))
        },
        compare: |datapath, slot, tables| {
            compare::<inner::Endpoints>(datapath, slot, maps::ENDPOINTS, endpoints(tables))
        },
    },
    Table {
        fill: |datapath, slot, tables| {
            keyed::<inner::Peers>(datapath, slot, maps::PEERS, peers(tables))
        },
        compare: |datapath, slot, tables| {
            compare::<inner::Peers>(datapath, slot, maps::PEERS, peers(tables))
        },
    },
    Table {
        fill: |datapath, slot, tables| {
            keyed::<inner::PrefixesV4>(datapath, slot, maps::PREFIXES_V4, prefixes_v4(tables))
        },
        compare: |datapath, slot, tables| {
            compare::<inner::PrefixesV4>(datapath, slot, maps::PREFIXES_V4, prefixes_v4(tables))
        },
    },
    Table {
        fill: |datapath, slot, tables| {
            keyed::<inner::PrefixesV6>(datapath, slot, maps::PREFIXES_V6, prefixes_v6(tables))
        },
        compare: |datapath, slot, tables| {
            compare::<inner::PrefixesV6>(datapath, slot, maps::PREFIXES_V6, prefixes_v6(tables))
        },
    },
    Table {
        fill: |datapath, slot, tables| {
            keyed::<inner::Decisions>(datapath, slot, maps::DECISIONS, decisions(tables))
        },
        compare: |datapath, slot, tables| {
            compare::<inner::Decisions>(datapath, slot, maps::DECISIONS, decisions(tables))
        },
    },
    Table {
        fill: |datapath, slot, tables| {
            keyed::<inner::Verdicts>(datapath, slot, maps::VERDICTS, verdicts(tables))
        },
        compare: |datapath, slot, tables| {
            compare::<inner::Verdicts>(datapath, slot, maps::VERDICTS, verdicts(tables))
        },
    },
    Table {
        fill: fill_port_classes,
        compare: compare_port_classes,
    },
    Table {
        fill: fill_rule_counters,
        compare: compare_rule_counters,
    },
];

/// Writes every table into fresh inner maps and puts them into a slot that is not live.
///
/// One thread per table: setting an inner map waits for an RCU grace period (see `swap.rs`), and
/// eight waits at a time take as long as one.
pub fn fill(datapath: &Datapath, slot: u32, tables: &SlotTables) -> Result<()> {
    if slot == datapath.live_slot()? && datapath.generation()? != 0 {
        return Err(DatapathError::LiveSlot(slot));
    }
    each_table(|table| (table.fill)(datapath, slot, tables))
}

/// Compares every table of a slot with what was asked for; any difference is an error.
pub fn read_back(datapath: &Datapath, slot: u32, tables: &SlotTables) -> Result<()> {
    each_table(|table| (table.compare)(datapath, slot, tables))
}

/// Replaces the endpoints of a slot, also of the live one: a packet sees the old table or the new.
///
/// The whole table is replaced, and not the one entry, because the kernel recycles the memory of a
/// hash entry as soon as it is removed, while a packet may still be reading it.
///
/// Running flows are not judged again, so an endpoint whose class or rows change needs a new
/// generation; this is for endpoints that come and go.
pub fn replace_endpoints(
    datapath: &Datapath,
    slot: u32,
    list: &[(u32, EndpointEntry)],
) -> Result<()> {
    let entries = list
        .iter()
        .map(|(interface, entry)| (interface.to_le_bytes(), bytes(*entry)));
    keyed::<inner::Endpoints>(datapath, slot, maps::ENDPOINTS, entries)
}

/// Replaces the exact addresses of a slot, also of the live one, for the same reason as a whole.
pub fn replace_peers(datapath: &Datapath, slot: u32, list: &[(Address, PeerEntry)]) -> Result<()> {
    let entries = list
        .iter()
        .map(|(address, entry)| (address.bytes, bytes(*entry)));
    keyed::<inner::Peers>(datapath, slot, maps::PEERS, entries)
}

fn each_table(job: impl Fn(&Table) -> Result<()> + Sync) -> Result<()> {
    let job = &job;
    thread::scope(|scope| {
        let threads: Vec<_> = TABLES
            .iter()
            .map(|table| scope.spawn(move || job(table)))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
    })
}

fn endpoints(tables: &SlotTables) -> impl ExactSizeIterator<Item = ([u8; 4], [u8; 40])> {
    tables
        .endpoints
        .iter()
        .map(|(interface, entry)| (interface.to_le_bytes(), bytes(*entry)))
}

fn peers(tables: &SlotTables) -> impl ExactSizeIterator<Item = ([u8; 16], [u8; 8])> {
    tables
        .peers
        .iter()
        .map(|(address, entry)| (address.bytes, bytes(*entry)))
}

fn prefixes_v4(tables: &SlotTables) -> impl ExactSizeIterator<Item = (Key<[u8; 4]>, [u8; 8])> {
    tables
        .prefixes_v4
        .iter()
        .map(|(prefix, entry)| (Key::new(prefix.length, prefix.address), bytes(*entry)))
}

fn prefixes_v6(tables: &SlotTables) -> impl ExactSizeIterator<Item = (Key<[u8; 16]>, [u8; 8])> {
    tables
        .prefixes_v6
        .iter()
        .map(|(prefix, entry)| (Key::new(prefix.length, prefix.address), bytes(*entry)))
}

fn decisions(tables: &SlotTables) -> impl ExactSizeIterator<Item = ([u8; 8], [u8; 8])> {
    tables
        .decisions
        .iter()
        .map(|(key, decision)| (bytes(*key), bytes(*decision)))
}

/// Verdicts in rows of neighbouring port classes.
fn verdicts(tables: &SlotTables) -> impl ExactSizeIterator<Item = ([u8; 8], [u8; 64])> {
    let mut rows: BTreeMap<VerdictRowKey, VerdictRow> = BTreeMap::new();
    for (key, verdict) in &tables.verdicts {
        let (row, place) = key.row();
        let row = rows.entry(row).or_insert([NO_VERDICT; 16]);
        if let Some(slot) = row.get_mut(place) {
            *slot = verdict.0;
        }
    }
    rows.into_iter().map(|(key, row)| {
        let mut value = [0; 64];
        for (bytes, verdict) in value.chunks_exact_mut(4).zip(row) {
            bytes.copy_from_slice(&verdict.to_ne_bytes());
        }
        (bytes(key), value)
    })
}

/// Writes one table that has keys.
fn keyed<M: Keyed + InnerMap>(
    datapath: &Datapath,
    slot: u32,
    name: &'static str,
    entries: impl ExactSizeIterator<Item = (M::Key, M::Value)>,
) -> Result<()> {
    let failed = || DatapathError::map(name);
    let mut inner = M::create(capacity(entries.len())).map_err(failed())?;
    for (key, value) in entries {
        inner.put(&key, &value).map_err(failed())?;
    }
    set(datapath, slot, name, &inner)
}

/// As many entries as a map is made for: the kernel makes none for nothing.
fn capacity(n_entries: usize) -> u32 {
    u32::try_from(n_entries).unwrap_or(u32::MAX).max(1)
}

fn set<M: InnerMap>(datapath: &Datapath, slot: u32, name: &'static str, inner: &M) -> Result<()> {
    let mut outer: ArrayOfMaps<MapData, M> = datapath.map(name)?;
    outer.set(slot, inner, 0).map_err(DatapathError::map(name))
}

/// Compares one table that has keys.
fn compare<M: Keyed + InnerMap + FromMapData>(
    datapath: &Datapath,
    slot: u32,
    name: &'static str,
    entries: impl ExactSizeIterator<Item = (M::Key, M::Value)>,
) -> Result<()> {
    let inner: M = open(datapath, slot, name)?;
    let n_asked = entries.len();
    for (index, (key, value)) in entries.enumerate() {
        if inner.find(&key).map_err(DatapathError::map(name))? != value {
            return Err(differs(
                name,
                slot,
                format!("entry {index} has another value"),
            ));
        }
    }
    let n_found = inner.n_keys();
    if n_found > n_asked {
        let what = format!("{n_found} entries where {n_asked} were asked for");
        return Err(differs(name, slot, what));
    }
    Ok(())
}

fn open<M: InnerMap + FromMapData>(
    datapath: &Datapath,
    slot: u32,
    name: &'static str,
) -> Result<M> {
    let outer: ArrayOfMaps<MapData, M> = datapath.map(name)?;
    outer.get(&slot, 0).map_err(DatapathError::map(name))
}

fn differs(map: &'static str, slot: u32, what: String) -> DatapathError {
    DatapathError::ReadBack { map, slot, what }
}

/// The class of every port of every protocol that has ports.
fn port_classes(tables: &SlotTables) -> Vec<Box<[u16; 1 << 16]>> {
    let mut classes: Vec<_> = Protocol::ALL
        .iter()
        .take(N_PORT_PROTOCOLS as usize)
        .map(|protocol| Box::new([protocol.rest(); 1 << 16]))
        .collect();
    for (protocol, first, last, class) in &tables.port_classes {
        let range = usize::from(*first)..=usize::from(*last);
        let ports = classes.get_mut(*protocol as usize);
        if let Some(ports) = ports.and_then(|ports| ports.get_mut(range)) {
            ports.fill(*class);
        }
    }
    classes
}

fn fill_port_classes(datapath: &Datapath, slot: u32, tables: &SlotTables) -> Result<()> {
    let failed = || DatapathError::map(maps::PORT_CLASSES);
    let mut inner = inner::PortClasses::create(N_PORT_PROTOCOLS, 0).map_err(failed())?;
    for (protocol, ports) in (0..).zip(port_classes(tables)) {
        inner.set(protocol, *ports, 0).map_err(failed())?;
    }
    set(datapath, slot, maps::PORT_CLASSES, &inner)
}

fn compare_port_classes(datapath: &Datapath, slot: u32, tables: &SlotTables) -> Result<()> {
    let inner: inner::PortClasses = open(datapath, slot, maps::PORT_CLASSES)?;
    for (protocol, ports) in (0..).zip(port_classes(tables)) {
        let found = inner.get(&protocol, 0);
        if found.map_err(DatapathError::map(maps::PORT_CLASSES))? != *ports {
            let what = format!("the port classes of protocol {protocol} differ");
            return Err(differs(maps::PORT_CLASSES, slot, what));
        }
    }
    Ok(())
}

fn fill_rule_counters(datapath: &Datapath, slot: u32, tables: &SlotTables) -> Result<()> {
    let failed = || DatapathError::map(maps::RULE_COUNTERS);
    let n_cpus = nr_cpus().map_err(|(path, error)| DatapathError::io(path)(error))?;
    let mut inner = inner::RuleCounters::create(tables.n_rules.max(1), 0).map_err(failed())?;
    for rule in 1..=tables.n_rules {
        let zero = PerCpuValues::try_from(vec![[0; 16]; n_cpus])
            .map_err(DatapathError::io(datapath.pins().map(maps::RULE_COUNTERS)))?;
        inner
            .insert(rule.to_le_bytes(), zero, 0)
            .map_err(failed())?;
    }
    set(datapath, slot, maps::RULE_COUNTERS, &inner)
}

fn compare_rule_counters(datapath: &Datapath, slot: u32, tables: &SlotTables) -> Result<()> {
    let inner: inner::RuleCounters = open(datapath, slot, maps::RULE_COUNTERS)?;
    let (found, asked) = (inner.keys().count(), tables.n_rules);
    if u32::try_from(found) != Ok(asked) {
        let what = format!("counters for {found} rules where {asked} were asked for");
        return Err(differs(maps::RULE_COUNTERS, slot, what));
    }
    Ok(())
}
