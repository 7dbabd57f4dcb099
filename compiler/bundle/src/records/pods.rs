//! Records of pod classes and of workloads by name.
//!
//! Must not know how sections are framed.

use ztc_abi::wire;

wire! {
    /// Section `classes`: one pod class, ascending by number, without gaps from
    /// [`Peer::FIRST_CLASS`](ztc_abi::Peer::FIRST_CLASS).
    pub struct ClassRecord {
        /// The class, a [`Peer`](ztc_abi::Peer).
        pub class: u32,
        /// Its group as a peer.
        pub group: u32,
        /// Its row for ingress, 0 when nothing isolates it.
        pub row_ingress: u32,
        /// Its row for egress, 0 when nothing isolates it.
        pub row_egress: u32,
        /// Its row for ingress if audited policies were enforced; `row_ingress` when the same.
        pub shadow_ingress: u32,
        /// Its row for egress if audited policies were enforced; `row_egress` when the same.
        pub shadow_egress: u32,
        /// First of its selectors, in section `signatures`.
        pub first_selector: u32,
        /// How many selectors it matches.
        pub n_selectors: u32,
        /// First of its named ports, in section `class_ports`.
        pub first_port: u32,
        /// How many.
        pub n_ports: u32,
        /// First of the networks that its address is in, in section `class_networks`.
        pub first_network: u32,
        /// How many.
        pub n_networks: u32,
        /// A member, `namespace/name` or `namespace/Kind/name`: the first in sorted order; for the
        /// class that a namespace's pods have when no selector tells them apart, `namespace/*`.
        pub example: u32,
        /// Workloads in it.
        pub n_members: u32,
    }
}

wire! {
    /// Section `signatures`: the selectors that classes match, ascending within each class.
    pub struct SignatureRecord {
        /// Index in section `selectors`.
        pub selector: u32,
    }
}

wire! {
    /// Section `class_ports`: what named ports stand for in a class, ascending within each class.
    pub struct ClassPortRecord {
        /// Index in section `named_ports`.
        pub named_port: u32,
        /// The number.
        pub port: u32,
    }
}

wire! {
    /// Section `class_networks`: the networks that contain the address of a class's pods,
    /// ascending within each class. Classes that differ in them only have equal rows.
    pub struct ClassNetworkRecord {
        /// Index in section `networks`.
        pub network: u32,
    }
}

wire! {
    /// Section `endpoints`: a workload of the inventory by name, sorted by name.
    pub struct EndpointRecord {
        /// `namespace/name` of a pod, `namespace/Kind/name` of a template.
        pub name: u32,
        /// Its class, or 0 for a host-network pod, which is no subject.
        pub class: u32,
        /// The node it runs on, empty when not known.
        pub node: u32,
    }
}

wire! {
    /// Section `workloads`: what runs the endpoint at the same index of section `endpoints`.
    pub struct WorkloadRecord {
        /// `namespace/Kind/name` of what made the pod; its own name when nothing did.
        pub workload: u32,
        /// The lower half of [`WorkloadRef::facts`](crate::WorkloadRef::facts).
        pub facts_low: u32,
        /// The upper half.
        pub facts_high: u32,
    }
}
