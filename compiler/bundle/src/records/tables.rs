//! Records of the tables that judge, and of the probes that try them.
//!
//! Must not know how sections are framed.

use ztc_abi::wire;

wire! {
    /// Section `decisions`: the decision table, sorted by key.
    pub struct DecisionRecord {
        /// See [`DecisionKey`](ztc_abi::decide::DecisionKey).
        pub row: u32,
        /// A peer, a group, or a kind.
        pub peer: u32,
        /// See [`Decision`](ztc_abi::decide::Decision).
        pub port_map: u32,
        /// A verdict.
        pub rest: u32,
    }
}

wire! {
    /// Section `ports`: ranges of ports with a class of their own, sorted by (protocol, start),
    /// disjoint. What no range covers is the rest of its protocol.
    pub struct PortRecord {
        /// Index of the [`Protocol`](ztc_abi::Protocol), 0..5.
        pub protocol: u8,
        /// Zero.
        pub zero: u8,
        /// The class.
        pub class: u16,
        /// First port.
        pub start: u16,
        /// Last port, inclusive.
        pub end: u16,
    }
}

wire! {
    /// Section `verdicts`: the verdict table, sorted by key.
    pub struct VerdictRecord {
        /// The port map, 1..=n_port_maps.
        pub port_map: u32,
        /// The port class.
        pub port_class: u32,
        /// A verdict.
        pub verdict: u32,
    }
}

wire! {
    /// Section `probes`: flows with the verdict that the kernel must give. Sorted.
    pub struct ProbeRecord {
        /// The peer's address.
        pub address: [u8; 16],
        /// The subject's row; never 0.
        pub row: u32,
        /// The verdict's bits.
        pub verdict: u32,
        /// The peer that the address stands for.
        pub peer: u32,
        /// Destination port or ICMP type.
        pub port: u16,
        /// Index of the [`Protocol`](ztc_abi::Protocol).
        pub protocol: u8,
        /// Number of the [`Direction`](ztc_abi::Direction).
        pub direction: u8,
    }
}
