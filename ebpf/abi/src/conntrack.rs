//! What is remembered of a flow, so that replies need no rule and established packets no look-up.
//!
//! A flow is kept once per endpoint, seen from the endpoint: the pod's side is local, the other
//! remote, whoever spoke first. A connection between two pods of one node is two flows.

use crate::{Direction, wire};

wire! {
    /// Key of the flow table.
    pub struct FlowKey {
        /// The pod's address.
        pub local: [u8; 16],
        /// The other side's address.
        pub remote: [u8; 16],
        /// The endpoint's interface index.
        pub interface: u32,
        /// The pod's port, host order; for ICMP echo the identifier, otherwise 0.
        pub local_port: u16,
        /// The other side's port, host order; for ICMP echo 1 when the other side asks and 0
        /// when the pod does, so that two pings with one identifier are two flows; otherwise 0.
        pub remote_port: u16,
        /// The IP protocol number.
        pub protocol: u8,
        /// Zero.
        pub zero: [u8; 3],
    }
}

wire! {
    /// Value of the flow table.
    pub struct Flow {
        /// The generation that last judged it. Another live generation judges it again.
        pub generation: u64,
        /// Nanoseconds of the monotonic clock when a packet was last seen; refreshed once a second.
        pub last_seen: u64,
        /// The verdict's bits when it was last judged.
        pub verdict: u32,
        /// The ICMP type of the first packet, which is the port that policy judges; otherwise 0.
        pub icmp_type: u16,
        /// The [`Direction`] of the first packet.
        pub direction: u8,
        /// Bits of [`Flow::CLOSING`], [`Flow::REPLIED`] and the FINs that were seen.
        pub flags: u8,
    }
}

impl Flow {
    /// A RST or both FINs were seen: the flow ends soon.
    pub const CLOSING: u8 = 1;
    /// A reply was seen.
    pub const REPLIED: u8 = 2;
    /// The side that spoke first has sent its FIN. One FIN alone is a half-open connection, which
    /// may rightly be idle for long; but a SYN after it starts another flow.
    pub const FIN_ORIGINAL: u8 = 4;
    /// The side that replied has sent its FIN.
    pub const FIN_REPLY: u8 = 8;
    /// Any sign of an end: a new SYN starts another flow.
    pub const ENDING: u8 = Self::CLOSING | Self::FIN_ORIGINAL | Self::FIN_REPLY;

    /// Nanoseconds that an idle flow in this state is remembered.
    #[inline]
    pub const fn lifetime(&self, protocol: u8) -> u64 {
        if protocol != 6 {
            OTHER_LIFETIME
        } else if self.flags & Self::CLOSING != 0 {
            TCP_CLOSING_LIFETIME
        } else if self.flags & Self::REPLIED != 0 {
            TCP_LIFETIME
        } else {
            TCP_OPENING_LIFETIME
        }
    }

    /// The direction of its first packet; an unknown number is ingress, the stricter reading.
    #[inline]
    pub const fn direction(&self) -> Direction {
        if self.direction == Direction::Egress as u8 {
            Direction::Egress
        } else {
            Direction::Ingress
        }
    }
}

const SECOND: u64 = 1_000_000_000;
/// How long an idle TCP flow is remembered once a reply was seen, in nanoseconds (Cilium: 8,000 s).
pub const TCP_LIFETIME: u64 = 8_000 * SECOND;
/// The same before a reply (Cilium: 60 s).
pub const TCP_OPENING_LIFETIME: u64 = 60 * SECOND;
/// The same after a RST or both FINs (Cilium: 10 s).
pub const TCP_CLOSING_LIFETIME: u64 = 10 * SECOND;
/// The same for every other protocol (Cilium: 60 s).
pub const OTHER_LIFETIME: u64 = 60 * SECOND;

wire! {
    /// Key of the fragment table: what all fragments of a datagram share, per endpoint.
    pub struct FragmentKey {
        /// Source address of the datagram.
        pub source: [u8; 16],
        /// Destination address of the datagram.
        pub destination: [u8; 16],
        /// The endpoint's interface index.
        pub interface: u32,
        /// The datagram's identification (16 bits in IPv4, 32 in IPv6).
        pub identification: u32,
        /// The IP protocol number.
        pub protocol: u8,
        /// Zero.
        pub zero: [u8; 3],
    }
}

wire! {
    /// Value of the fragment table: the ports of the first fragment, host order.
    pub struct FragmentPorts {
        /// Source port, or what [`FlowKey`] keeps in its place.
        pub source: u16,
        /// Destination port.
        pub destination: u16,
    }
}
