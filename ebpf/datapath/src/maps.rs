//! The maps of the datapath, named and sized as `ztc_abi::maps` says.
//!
//! Must not know what any entry means. The kernel takes a map's name from its static, so the names
//! are written here a second time; a test of the loader compares the two lists.

use aya_ebpf::{
    btf_maps::{
        Array, ArrayOfMaps, HashMap, LpmTrie, LruHashMap, PerCpuArray, PerCpuHashMap, RingBuf,
    },
    macros::btf_map,
};
use ztc_abi::{
    Address, PeerEntry,
    conntrack::{Flow, FlowKey, FragmentKey, FragmentPorts},
    decide::{Decision, DecisionKey, VerdictRow, VerdictRowKey},
    event::{Counter, EventLimit, EventLimitKey, PolicyEvent},
    identity::EndpointEntry,
    maps::{EVENT_BYTES, MAX_EVENT_LIMITS, MAX_FLOWS, MAX_FRAGMENTS},
    ports::N_PORT_PROTOCOLS,
};

/// The port classes of one protocol, indexed by port.
pub type PortClasses = [u16; 1 << 16];

/// Two slots of inner maps. The inner maps are made by the loader; the ones declared here are
/// templates, which is why they hold one entry (the kernel compares everything but the size, except
/// for arrays, where it compares that too).
type ByGeneration<M> = ArrayOfMaps<M, 2>;

#[btf_map]
pub static GENERATION: Array<u64, 1> = Array::new();

#[btf_map]
pub static ENDPOINTS: ByGeneration<HashMap<u32, EndpointEntry, 1>> = ArrayOfMaps::new();

#[btf_map]
pub static PEERS: ByGeneration<HashMap<Address, PeerEntry, 1>> = ArrayOfMaps::new();

#[btf_map]
pub static PREFIXES_V4: ByGeneration<LpmTrie<[u8; 4], PeerEntry, 1>> = ArrayOfMaps::new();

#[btf_map]
pub static PREFIXES_V6: ByGeneration<LpmTrie<[u8; 16], PeerEntry, 1>> = ArrayOfMaps::new();

#[btf_map]
pub static DECISIONS: ByGeneration<HashMap<DecisionKey, Decision, 1>> = ArrayOfMaps::new();

#[btf_map]
pub static PORT_CLASSES: ByGeneration<Array<PortClasses, { N_PORT_PROTOCOLS as usize }>> =
    ArrayOfMaps::new();

#[btf_map]
pub static VERDICTS: ByGeneration<HashMap<VerdictRowKey, VerdictRow, 1>> = ArrayOfMaps::new();

#[btf_map]
pub static RULE_COUNTERS: ByGeneration<PerCpuHashMap<u32, Counter, 1>> = ArrayOfMaps::new();

#[btf_map]
pub static FLOWS: LruHashMap<FlowKey, Flow, { MAX_FLOWS as usize }> = LruHashMap::new();

#[btf_map]
pub static FRAGMENTS: LruHashMap<FragmentKey, FragmentPorts, { MAX_FRAGMENTS as usize }> =
    LruHashMap::new();

#[btf_map]
pub static REASON_COUNTERS: PerCpuArray<Counter, 256> = PerCpuArray::new();

#[btf_map]
pub static EVENT_LIMITS: LruHashMap<EventLimitKey, EventLimit, { MAX_EVENT_LIMITS as usize }> =
    LruHashMap::new();

#[btf_map]
pub static EVENTS: RingBuf<PolicyEvent, { EVENT_BYTES as usize }> = RingBuf::new();
