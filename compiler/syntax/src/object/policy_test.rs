//! ztc's own PolicyTest: assertions about connections.

use ztc_diag::{Span, Spanned};

use super::Meta;

/// Assertions that stand beside the policies that they are about.
#[derive(Clone, Debug)]
pub struct PolicyTest {
    /// Its name. The namespace says nothing: selections name theirs.
    pub meta: Meta,
    /// At least one.
    pub assertions: Vec<Assertion>,
}

/// What must be so of some connections.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assertion {
    /// What people call it.
    pub name: Option<Spanned<String>>,
    /// What must be so.
    pub expected: Expected,
    /// Where that is written: the value of `allow` or `deny`.
    pub span: Span,
    /// Who opens the connection.
    pub from: Chosen,
    /// To whom.
    pub to: Chosen,
    /// The ports, every one of them; `None` for every port of every protocol. Never empty.
    pub ports: Option<Vec<AssertedPorts>>,
    /// The policy that must be the reason.
    pub by: Option<Spanned<PolicyReference>>,
}

/// Whether connections must pass or must not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Expected {
    /// Every port is allowed.
    Allow,
    /// Every port is denied.
    Deny,
}

/// One side of an assertion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// The whole value.
    pub span: Span,
    /// Of whom it must be so.
    pub quantifier: Quantifier,
    /// Selections, as written; together they name everybody that any of them does. Never empty.
    pub selections: Vec<Spanned<String>>,
}

/// Of how many of the chosen something must be so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Quantifier {
    /// Every one.
    All,
    /// At least one.
    Any,
}

/// Ports of one protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AssertedPorts {
    /// Where they are written.
    pub span: Span,
    /// The protocol.
    pub protocol: AssertedProtocol,
    /// The first port or ICMP type.
    pub first: u16,
    /// The last one, not before the first; of ICMP at most 255.
    pub last: u16,
}

/// A protocol that an assertion can name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AssertedProtocol {
    /// `TCP`.
    Tcp,
    /// `UDP`.
    Udp,
    /// `SCTP`.
    Sctp,
    /// `ICMP`, of IPv4.
    Icmp,
    /// `ICMPv6`.
    Icmpv6,
}

impl AssertedProtocol {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Tcp, Self::Udp, Self::Sctp, Self::Icmp, Self::Icmpv6];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
            Self::Icmp => "ICMP",
            Self::Icmpv6 => "ICMPv6",
        }
    }

    /// The largest port or type.
    pub fn last(self) -> u16 {
        match self {
            Self::Tcp | Self::Udp | Self::Sctp => u16::MAX,
            Self::Icmp | Self::Icmpv6 => 255,
        }
    }
}

/// A policy by its name: `name`, `namespace/name`, with the kind before it if there is need.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyReference {
    /// The kind, in full.
    pub kind: Option<String>,
    /// The namespace; without one, a policy of any namespace or of none.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}
