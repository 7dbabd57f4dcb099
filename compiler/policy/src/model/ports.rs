//! The ports of a rule.

use ztc_diag::Span;

/// A protocol of packets that policies can name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// ICMP of IPv4; its ports are its types.
    Icmp,
    /// ICMPv6; its ports are its types.
    Icmpv6,
}

impl Protocol {
    /// How many there are.
    pub const N: usize = 5;
    /// All of them.
    pub const ALL: [Protocol; Self::N] =
        [Self::Tcp, Self::Udp, Self::Sctp, Self::Icmp, Self::Icmpv6];
    /// Those with ports: what ANY expands to, which never includes ICMP (SEMANTICS.md R5).
    pub const WITH_PORTS: [Protocol; 3] = [Self::Tcp, Self::Udp, Self::Sctp];

    /// Upper case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
            Self::Icmp => "ICMP",
            Self::Icmpv6 => "ICMPv6",
        }
    }
}

/// Index in [`Model::named_ports`](super::Model::named_ports).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NamedPortId(pub u32);

/// A name and protocol that stand for a container port of the destination.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NamedPort {
    /// The name, lower case.
    pub name: String,
    /// The protocol, which must agree too.
    pub protocol: Protocol,
}

/// Ports of one protocol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PortTerm {
    /// All of them.
    Whole(Protocol),
    /// From the first to the last, inclusive; first <= last. Of ICMP a single type.
    Range(Protocol, u16, u16),
    /// Whatever the destination calls so: the subject itself on ingress, each peer on egress.
    Named(NamedPortId),
}

impl PortTerm {
    /// The name, if it is one.
    pub fn name(&self) -> Option<NamedPortId> {
        match self {
            Self::Named(name) => Some(*name),
            Self::Whole(_) | Self::Range(..) => None,
        }
    }
}

/// The ports of a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ports {
    /// Everything, every protocol, ICMP and unknown ones included.
    All,
    /// Whatever any of these matches, each with where it is written; none is nothing.
    Terms(Vec<(PortTerm, Span)>),
}
