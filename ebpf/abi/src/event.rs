//! What the kernel reports: one record per new flow and per drop, and counters.

use crate::wire;

wire! {
    /// One record of the ring buffer.
    pub struct PolicyEvent {
        /// Nanoseconds of the monotonic clock.
        pub time: u64,
        /// The generation that judged; names the bundle in which `rule` and `peer` have meaning.
        pub generation: u64,
        /// Source address.
        pub source: [u8; 16],
        /// Destination address.
        pub destination: [u8; 16],
        /// The endpoint's interface index.
        pub interface: u32,
        /// The subject's class.
        pub class: u32,
        /// The subject's row in this direction, 0 when nothing isolates it.
        pub row: u32,
        /// The other side, a [`Peer`](crate::Peer); 0 when it was not looked up.
        pub peer: u32,
        /// The deciding rule, 0 for none.
        pub rule: u32,
        /// What would have happened if audited policies were enforced, a
        /// [`Verdict`](crate::Verdict), where [`PolicyEvent::AUDIT`] is set; else 0.
        pub shadow: u32,
        /// Records like this (same class and peer) that were held back since the last one.
        pub suppressed: u32,
        /// Source port, host order.
        pub source_port: u16,
        /// Destination port or ICMP type, host order.
        pub destination_port: u16,
        /// The IP protocol number.
        pub protocol: u8,
        /// The [`Direction`](crate::Direction) that was judged.
        pub direction: u8,
        /// A [`DropReason`](crate::DropReason), or 0 when the packet passed.
        pub reason: u8,
        /// Bits: [`PolicyEvent::REJUDGED`], [`PolicyEvent::AUDIT`].
        pub flags: u8,
        /// Zero.
        pub zero: u32,
    }
}

impl PolicyEvent {
    /// The flow was running before this generation and was judged again. Addresses and ports are
    /// those of the flow's first packet, whichever side sent the packet that was dropped.
    pub const REJUDGED: u8 = 1;
    /// An audited policy would have decided otherwise: the opposite of what happened is in
    /// `shadow`.
    pub const AUDIT: u8 = 2;
}

wire! {
    /// Key of the event limits: events with equal keys are limited together.
    pub struct EventLimitKey {
        /// The subject's class.
        pub class: u32,
        /// The other side, a [`Peer`](crate::Peer).
        pub peer: u32,
        /// A [`DropReason`](crate::DropReason), or 0 when the packet passed; and
        /// [`EventLimitKey::AUDIT`].
        pub reason: u32,
    }
}

impl EventLimitKey {
    /// Set in [`EventLimitKey::reason`] for events with [`PolicyEvent::AUDIT`], so that plain ones
    /// do not take their places.
    pub const AUDIT: u32 = 1 << 8;
}

wire! {
    /// Value of the event limits.
    pub struct EventLimit {
        /// When the window began, nanoseconds of the monotonic clock.
        pub window: u64,
        /// Events sent in this window.
        pub sent: u32,
        /// Events held back since one was last sent.
        pub suppressed: u32,
    }
}

impl EventLimit {
    /// Nanoseconds of one window.
    pub const WINDOW: u64 = 1_000_000_000;
    /// Events sent in one window at most.
    pub const BURST: u32 = 64;
}

wire! {
    /// Packets and bytes.
    pub struct Counter {
        /// Packets.
        pub packets: u64,
        /// Bytes, link layer included.
        pub bytes: u64,
    }
}
