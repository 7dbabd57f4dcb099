//! Why a packet was dropped: one number per cause, never reused; the text is beside the number.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $slug:literal, $text:literal;)+) => {
        /// The cause of a drop. Numbers 133 and 181 mean what they mean in Cilium and Hubble
        /// (`POLICY_DENIED`: nothing matched; `POLICY_DENY`: a rule said no), and so do the others
        /// that Cilium has a number for; ours start at 230.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum DropReason { $($(#[$doc])* $name = $number,)+ }

        impl DropReason {
            /// Every reason, in ascending order of its number.
            pub const ALL: &'static [DropReason] = &[$(Self::$name,)+];

            /// The reason with this number.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)+ _ => None }
            }

            /// Kebab case, for JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }

            /// A sentence fragment for people.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

reasons! {
    /// Cilium's `INVALID_SOURCE_IP`.
    InvalidSource = 132, "invalid-source", "the source address does not belong to the endpoint";
    /// Cilium's `POLICY_DENIED`.
    NotAllowed = 133, "not-allowed", "no rule allows it";
    /// Cilium's `INVALID_PACKET_DROPPED`.
    Truncated = 134, "truncated", "the packet ends inside a header";
    /// Cilium's `CT_UNKNOWN_L4_PROTOCOL`.
    UnknownProtocol = 137, "unknown-protocol", "a transport protocol that policies cannot name";
    /// Cilium's `UNSUPPORTED_L3_PROTOCOL`.
    NotIp = 139, "not-ip", "neither IPv4, IPv6 nor ARP";
    /// Cilium's `CT_MAP_INSERTION_FAILED`.
    FlowTableFull = 155, "flow-table-full", "the flow could not be remembered";
    /// Cilium's `INVALID_IPV6_EXTENSION_HEADER`.
    BadExtensionHeader = 156, "bad-extension-header",
        "an IPv6 extension header that cannot be followed";
    /// Cilium's `NO_CONFIGURATION_AVAILABLE_TO_PERFORM_POLICY_DECISION`.
    NoPolicy = 165, "no-policy", "no generation is loaded for this endpoint";
    /// Cilium's `FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND`.
    FragmentWithoutFirst = 175, "fragment-without-first",
        "a fragment whose first fragment was not seen";
    /// Cilium's `POLICY_DENY`.
    Denied = 181, "denied", "a rule denies it";
    /// Ours.
    BadHeader = 230, "bad-header", "a header contradicts itself";
    /// Ours.
    IncompleteTables = 231, "incomplete-tables", "the policy tables lack an entry they must have";
    /// Ours.
    Unclassified = 232, "unclassified", "the bundle has never seen a pod like this endpoint";
    /// Ours.
    MappedAddress = 233, "mapped-address", "an IPv4-mapped address in an IPv6 header";
}
