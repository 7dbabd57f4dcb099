//! Records of peers: nodes, addresses, prefixes, and who is in which group.
//!
//! Must not know how sections are framed.

use ztc_abi::wire;

wire! {
    /// Section `networks`: prefixes that match the addresses of pods and nodes too, which only
    /// peers of the network-policy API do. Sorted by (family, address, length), each once.
    pub struct NetworkRecord {
        /// The masked address, IPv4 in the first four bytes.
        pub address: [u8; 16],
        /// 4 or 6.
        pub family: u32,
        /// Significant bits.
        pub length: u32,
    }
}

wire! {
    /// Section `node_classes`: nodes that some policy tells apart from others, ascending by peer.
    pub struct NodeClassRecord {
        /// A [`Peer`](ztc_abi::Peer): the node seen from elsewhere.
        pub peer: u32,
        /// Its group.
        pub group: u32,
        /// A peer: the node seen from its own pods; `peer + 1`.
        pub own_peer: u32,
        /// Its group.
        pub own_group: u32,
        /// The name of a node in it, the first in sorted order.
        pub example: u32,
        /// Nodes in it.
        pub n_members: u32,
    }
}

wire! {
    /// Section `addresses`: exact addresses of pods and nodes, sorted by address.
    pub struct AddressRecord {
        /// The address.
        pub address: [u8; 16],
        /// The peer as seen from elsewhere: a pod class, `REMOTE_NODE`, `KUBE_APISERVER` or a node
        /// class.
        pub peer: u32,
        /// Its group.
        pub group: u32,
        /// The peer as seen from the pods of the same node: for a node `HOST`,
        /// `HOST_KUBE_APISERVER` or its class's own peer; for a pod what `peer` is.
        pub own_peer: u32,
        /// Its group.
        pub own_group: u32,
        /// `namespace/name` of the pod, or the node's name.
        pub name: u32,
        /// The node: for a pod, the one it runs on (empty when not known). A loader on that node
        /// takes `own_peer` for it.
        pub node: u32,
        /// 1 for an address of a node, 0 for one of a pod.
        pub is_node: u32,
    }
}

wire! {
    /// Section `prefixes`: sorted by (family, address, length). Both families have a /0.
    pub struct PrefixRecord {
        /// The masked address, IPv4 in the first four bytes.
        pub address: [u8; 16],
        /// 4 or 6.
        pub family: u32,
        /// Significant bits.
        pub length: u32,
        /// An address class, `WORLD_IPV4` or `WORLD_IPV6`.
        pub peer: u32,
        /// Its group.
        pub group: u32,
    }
}

wire! {
    /// Section `reserved`: the group of every reserved peer, ascending by peer.
    pub struct ReservedRecord {
        /// The peer.
        pub peer: u32,
        /// Its group.
        pub group: u32,
    }
}
