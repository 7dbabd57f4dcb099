//! Who is who: directions, addresses, and the numbers of subjects and peers.
//!
//! Must not know labels or selectors: by the time a number exists they have done their work.

use crate::wire;

/// Seen from the subject: traffic to it is ingress, traffic from it egress.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Direction {
    /// To the subject.
    Ingress = 0,
    /// From the subject.
    Egress = 1,
}

impl Direction {
    /// Both, in the order of their numbers.
    pub const ALL: [Direction; 2] = [Direction::Ingress, Direction::Egress];

    /// The direction with this number.
    #[inline]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Ingress),
            1 => Some(Self::Egress),
            _ => None,
        }
    }

    /// `ingress` or `egress`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// The number of one side of a connection, as the decision table knows it.
///
/// | numbers | what |
/// |---|---|
/// | 0 | any peer of the cluster (only in decision keys) |
/// | 2 | any peer outside the cluster (only in decision keys) |
/// | 1..=255 | reserved peers, numbered as Cilium numbers its reserved identities |
/// | 256..0x0100_0000 | pod classes |
/// | 0x0100_0000..0x0200_0000 | address classes (Cilium's node-local scope) |
/// | 0x0200_0000..0x0300_0000 | nodes that some policy tells apart (Cilium's remote-node scope) |
/// | 0x8000_0000.. | peer groups (only in decision keys and [`PeerEntry::group`]) |
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct Peer(pub u32);

impl Peer {
    /// Any peer of the cluster: pods, nodes, what has a name. What a row says of one when it says
    /// nothing more exact.
    pub const ANY_INSIDE: Self = Self(0);
    /// Any address outside the cluster, likewise (Cilium's number of the world).
    pub const ANY_OUTSIDE: Self = Self(2);
    /// The node that the subject runs on, and its host-network pods.
    pub const HOST: Self = Self(1);
    /// A pod that the policy engine does not manage.
    pub const UNMANAGED: Self = Self(3);
    /// A health-check endpoint.
    pub const HEALTH: Self = Self(4);
    /// An endpoint whose labels are not known yet.
    pub const INIT: Self = Self(5);
    /// Another node of the cluster.
    pub const REMOTE_NODE: Self = Self(6);
    /// Another node, on which the API server runs.
    pub const KUBE_APISERVER: Self = Self(7);
    /// The source address of the ingress proxy.
    pub const INGRESS: Self = Self(8);
    /// An IPv4 address outside the cluster that no policy's prefix contains.
    pub const WORLD_IPV4: Self = Self(9);
    /// An IPv6 address outside the cluster that no policy's prefix contains.
    pub const WORLD_IPV6: Self = Self(10);
    /// A pod with a signature that the bundle has never seen (ours; free in Cilium's numbering
    /// of identities that can be a peer).
    pub const UNCLASSIFIED: Self = Self(12);

    /// The node that the subject runs on, where the API server runs on it too (ours, as above).
    pub const HOST_KUBE_APISERVER: Self = Self(13);

    /// Every reserved peer that can be looked up, in ascending order.
    pub const RESERVED: [Self; 11] = [
        Self::HOST,
        Self::UNMANAGED,
        Self::HEALTH,
        Self::INIT,
        Self::REMOTE_NODE,
        Self::KUBE_APISERVER,
        Self::INGRESS,
        Self::WORLD_IPV4,
        Self::WORLD_IPV6,
        Self::UNCLASSIFIED,
        Self::HOST_KUBE_APISERVER,
    ];

    /// The first number of a pod class.
    pub const FIRST_CLASS: u32 = 256;
    /// The first number of an address class, one past the last pod class.
    pub const FIRST_ADDRESS_CLASS: u32 = 0x0100_0000;
    /// One past the last address class.
    pub const END_ADDRESS_CLASS: u32 = 0x0200_0000;
    /// The first number of a node class, one past the last address class.
    pub const FIRST_NODE: u32 = 0x0200_0000;
    /// One past the last node class.
    pub const END_NODE: u32 = 0x0300_0000;
    /// The first number of a peer group.
    pub const FIRST_GROUP: u32 = 0x8000_0000;

    /// Whether this is a pod class.
    #[inline]
    pub const fn is_class(self) -> bool {
        self.0 >= Self::FIRST_CLASS && self.0 < Self::FIRST_ADDRESS_CLASS
    }

    /// Whether this is an address class: an address outside the cluster that some prefix contains.
    #[inline]
    pub const fn is_address_class(self) -> bool {
        self.0 >= Self::FIRST_ADDRESS_CLASS && self.0 < Self::END_ADDRESS_CLASS
    }

    /// Whether this is a node class: nodes that some policy tells apart from others, seen either
    /// from a pod on such a node or from elsewhere.
    #[inline]
    pub const fn is_node_class(self) -> bool {
        self.0 >= Self::FIRST_NODE && self.0 < Self::END_NODE
    }

    /// The kind of an exact peer: [`Self::ANY_OUTSIDE`] or [`Self::ANY_INSIDE`].
    #[inline(always)]
    pub const fn kind(self) -> Self {
        let outside =
            self.is_address_class() || self.0 == Self::WORLD_IPV4.0 || self.0 == Self::WORLD_IPV6.0;
        if outside {
            Self::ANY_OUTSIDE
        } else {
            Self::ANY_INSIDE
        }
    }

    /// Whether this is a peer group.
    #[inline]
    pub const fn is_group(self) -> bool {
        self.0 >= Self::FIRST_GROUP
    }

    /// The name of a reserved peer, spelled as Cilium's entities are.
    pub const fn reserved_name(self) -> Option<&'static str> {
        Some(match self {
            Self::HOST => "host",
            Self::UNMANAGED => "unmanaged",
            Self::HEALTH => "health",
            Self::INIT => "init",
            Self::REMOTE_NODE => "remote-node",
            Self::KUBE_APISERVER => "kube-apiserver",
            Self::INGRESS => "ingress",
            Self::WORLD_IPV4 => "world-ipv4",
            Self::WORLD_IPV6 => "world-ipv6",
            Self::UNCLASSIFIED => "unclassified",
            Self::HOST_KUBE_APISERVER => "host-kube-apiserver",
            _ => return None,
        })
    }
}

wire! {
    /// What an address stands for: the value of the three peer maps.
    pub struct PeerEntry {
        /// The exact peer, a [`Peer`].
        pub peer: u32,
        /// The group that the compiler put it in, a [`Peer`] from [`Peer::FIRST_GROUP`] up.
        pub group: u32,
    }
}

wire! {
    /// An IPv6 address in network order; an IPv4 address is written as `::ffff:a.b.c.d`.
    pub struct Address {
        /// The sixteen bytes.
        pub bytes: [u8; 16],
    }
}

impl Address {
    /// An IPv4 address, from its four bytes in network order.
    #[inline]
    pub const fn from_ipv4(v4: [u8; 4]) -> Self {
        let [a, b, c, d] = v4;
        Self {
            bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d],
        }
    }

    /// An IPv6 address, from its sixteen bytes in network order.
    #[inline]
    pub const fn from_ipv6(v6: [u8; 16]) -> Self {
        Self { bytes: v6 }
    }

    /// The four bytes of an IPv4 address, if this is one.
    #[inline]
    pub const fn ipv4(&self) -> Option<[u8; 4]> {
        match self.bytes {
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => Some([a, b, c, d]),
            _ => None,
        }
    }
}

wire! {
    /// Key of the IPv4 prefix map, as the kernel's LPM trie wants it.
    pub struct PrefixV4 {
        /// Significant bits, 0..=32.
        pub length: u32,
        /// The masked address, network order.
        pub address: [u8; 4],
    }
}

wire! {
    /// Key of the IPv6 prefix map, as the kernel's LPM trie wants it.
    pub struct PrefixV6 {
        /// Significant bits, 0..=128.
        pub length: u32,
        /// The masked address, network order.
        pub address: [u8; 16],
    }
}

wire! {
    /// One endpoint of this node: the value of the endpoint map, whose key is the interface index.
    pub struct EndpointEntry {
        /// The pod class, or [`Peer::UNCLASSIFIED`].
        pub class: u32,
        /// The row that judges traffic to it; 0 when nothing isolates it.
        pub row_ingress: u32,
        /// The row that judges traffic from it; 0 when nothing isolates it.
        pub row_egress: u32,
        /// The row that says what would happen to traffic to it if audited policies were enforced;
        /// `row_ingress` when that is the same.
        pub shadow_ingress: u32,
        /// The same for traffic from it; `row_egress` when that is the same.
        pub shadow_egress: u32,
        /// Its IPv4 address, network order; zero when it has none.
        pub ipv4: [u8; 4],
        /// Its IPv6 address, network order; zero when it has none.
        pub ipv6: [u8; 16],
    }
}

impl EndpointEntry {
    /// The row of a direction.
    #[inline]
    pub const fn row(&self, direction: Direction) -> u32 {
        match direction {
            Direction::Ingress => self.row_ingress,
            Direction::Egress => self.row_egress,
        }
    }

    /// The row that audited policies would make of a direction; [`Self::row`] when the same.
    #[inline]
    pub const fn shadow_row(&self, direction: Direction) -> u32 {
        match direction {
            Direction::Ingress => self.shadow_ingress,
            Direction::Egress => self.shadow_egress,
        }
    }
}
