//! Name and capacity of every map, once. The kernel programs declare them and the loader finds
//! them by these names.
//!
//! Maps marked *by generation* are arrays of two inner maps; slot `generation & 1` is live.

/// Array of one u64: the live generation. 0 means that no bundle was ever loaded. The only commit
/// point: whoever writes it swaps the policy.
pub const GENERATION: &str = "GENERATION";
/// By generation, hash: interface index (u32) to [`EndpointEntry`](crate::identity::EndpointEntry).
pub const ENDPOINTS: &str = "ENDPOINTS";
/// By generation, hash: [`Address`](crate::Address) to [`PeerEntry`](crate::PeerEntry).
pub const PEERS: &str = "PEERS";
/// By generation, LPM trie: [`PrefixV4`](crate::identity::PrefixV4) to `PeerEntry`; has a /0.
pub const PREFIXES_V4: &str = "PREFIXES_V4";
/// By generation, LPM trie: [`PrefixV6`](crate::identity::PrefixV6) to `PeerEntry`; has a /0.
pub const PREFIXES_V6: &str = "PREFIXES_V6";
/// By generation, hash: [`DecisionKey`](crate::decide::DecisionKey) to
/// [`Decision`](crate::decide::Decision).
pub const DECISIONS: &str = "DECISIONS";
/// By generation, array of [`N_PORT_PROTOCOLS`](crate::ports::N_PORT_PROTOCOLS) × `[u16; 65536]`:
/// protocol index, then port, to port class.
pub const PORT_CLASSES: &str = "PORT_CLASSES";
/// By generation, hash: [`VerdictRowKey`](crate::decide::VerdictRowKey) to
/// [`VerdictRow`](crate::decide::VerdictRow).
pub const VERDICTS: &str = "VERDICTS";
/// By generation, hash: rule number (u32) to [`Counter`](crate::event::Counter), per CPU.
pub const RULE_COUNTERS: &str = "RULE_COUNTERS";
/// LRU hash: [`FlowKey`](crate::conntrack::FlowKey) to [`Flow`](crate::conntrack::Flow).
pub const FLOWS: &str = "FLOWS";
/// LRU hash: [`FragmentKey`](crate::conntrack::FragmentKey) to ports.
pub const FRAGMENTS: &str = "FRAGMENTS";
/// Per-CPU array of 256: drop reason to [`Counter`](crate::event::Counter); index 0 counts what
/// passed, index [`AUDITED`] judgements that audited policies would have turned round, and index
/// [`EVENTS_LOST`] events that found the ring buffer full.
pub const REASON_COUNTERS: &str = "REASON_COUNTERS";
/// LRU hash: [`EventLimitKey`](crate::event::EventLimitKey) to
/// [`EventLimit`](crate::event::EventLimit). Private to the kernel; named so that it is pinned.
pub const EVENT_LIMITS: &str = "EVENT_LIMITS";
/// Ring buffer of [`PolicyEvent`](crate::event::PolicyEvent).
pub const EVENTS: &str = "EVENTS";

/// Endpoints of one node.
pub const MAX_ENDPOINTS: u32 = 4096;
/// Flows of one node; the least recently used make room.
pub const MAX_FLOWS: u32 = 1 << 18;
/// Datagrams in pieces that one node tracks at a time.
pub const MAX_FRAGMENTS: u32 = 8192;
/// Bytes of the ring buffer; a power of two and a multiple of the page size.
pub const EVENT_BYTES: u32 = 1 << 20;
/// Classes, peers and reasons whose events are limited separately.
pub const MAX_EVENT_LIMITS: u32 = 16_384;
/// The index in [`REASON_COUNTERS`] that counts lost events; never a drop reason.
pub const EVENTS_LOST: u32 = 255;
/// The index in [`REASON_COUNTERS`] that counts packets that audited policies would have let pass
/// or dropped when the opposite happened; never a drop reason.
pub const AUDITED: u32 = 254;

/// Every map, in the order above.
pub const ALL: [&str; 14] = [
    GENERATION,
    ENDPOINTS,
    PEERS,
    PREFIXES_V4,
    PREFIXES_V6,
    DECISIONS,
    PORT_CLASSES,
    VERDICTS,
    RULE_COUNTERS,
    FLOWS,
    FRAGMENTS,
    REASON_COUNTERS,
    EVENT_LIMITS,
    EVENTS,
];
