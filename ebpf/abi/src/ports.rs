//! Protocols and port classes: what a packet asks for.
//!
//! A *port class* is a set of (protocol, port) pairs that no policy tells apart. Classes 0..8 are
//! the rest of each protocol: the ports that no policy names.

/// A transport protocol as policies know them. The number is the index in the port-class table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Protocol {
    /// IP protocol 6.
    Tcp = 0,
    /// IP protocol 17.
    Udp = 1,
    /// IP protocol 132.
    Sctp = 2,
    /// IP protocol 1; its port is the ICMP type.
    Icmp = 3,
    /// IP protocol 58; its port is the ICMPv6 type.
    Icmpv6 = 4,
    /// Everything else; has no ports.
    Other = 5,
}

/// Protocols that have a slice of the port-class table: all but [`Protocol::Other`].
pub const N_PORT_PROTOCOLS: u32 = 5;

/// The first port class that the compiler may number; below are the rests of the protocols.
pub const FIRST_PORT_CLASS: u16 = 8;

impl Protocol {
    /// Every protocol, in the order of their numbers.
    pub const ALL: [Protocol; 6] = [
        Self::Tcp,
        Self::Udp,
        Self::Sctp,
        Self::Icmp,
        Self::Icmpv6,
        Self::Other,
    ];

    /// The protocol of an IP header's protocol or next-header field.
    #[inline]
    pub const fn from_ip_number(number: u8) -> Self {
        match number {
            6 => Self::Tcp,
            17 => Self::Udp,
            132 => Self::Sctp,
            1 => Self::Icmp,
            58 => Self::Icmpv6,
            _ => Self::Other,
        }
    }

    /// The protocol with this index in the port-class table.
    #[inline]
    pub const fn from_index(index: u8) -> Option<Self> {
        Some(match index {
            0 => Self::Tcp,
            1 => Self::Udp,
            2 => Self::Sctp,
            3 => Self::Icmp,
            4 => Self::Icmpv6,
            5 => Self::Other,
            _ => return None,
        })
    }

    /// The IP protocol number; 0 for [`Protocol::Other`].
    #[inline]
    pub const fn ip_number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Sctp => 132,
            Self::Icmp => 1,
            Self::Icmpv6 => 58,
            Self::Other => 0,
        }
    }

    /// The port class of the ports that no policy names, which is also the key under which a port
    /// map keeps what it says of the whole protocol.
    #[inline]
    pub const fn rest(self) -> u16 {
        self as u16
    }

    /// Upper case, as policies write it; `other` for the rest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
            Self::Icmp => "ICMP",
            Self::Icmpv6 => "ICMPv6",
            Self::Other => "other",
        }
    }
}
