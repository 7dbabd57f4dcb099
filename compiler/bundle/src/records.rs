//! The records of a bundle's sections, one struct per section.
//!
//! Every record is a [`wire!`](ztc_abi::wire) struct: fixed size, no padding, little endian, so a
//! section is an array that is read in place. Text is a [`StringId`]; lists are ranges of another
//! section. Must not know how sections are framed.

use ztc_abi::wire;

/// Index of a string in the `strings` section. 0 is the empty string.
pub type StringId = u32;

wire! {
    /// Section `meta`: exactly one record.
    pub struct MetaRecord {
        /// The local cluster's name.
        pub cluster: u32,
        /// The source revision the caller gave (a Git commit, say); empty when none.
        pub revision: u32,
        /// Pods and pod templates that the bundle was compiled against.
        pub n_workloads: u32,
        /// Rows: numbers 1..=n_rows occur in classes and decisions.
        pub n_rows: u32,
        /// Port maps: numbers 1..=n_port_maps occur in decisions and verdicts.
        pub n_port_maps: u32,
        /// Port classes, the eight reserved ones included.
        pub n_port_classes: u32,
    }
}

wire! {
    /// Section `selectors`: one canonical selector; its index is its id. Sorted by content.
    pub struct SelectorRecord {
        /// First of its requirements.
        pub first_requirement: u32,
        /// How many; 0 selects everything.
        pub n_requirements: u32,
    }
}

wire! {
    /// Section `requirements`.
    pub struct RequirementRecord {
        /// Label source as text (`k8s`, `reserved`, …), `any` for all sources.
        pub source: u32,
        /// Label key.
        pub key: u32,
        /// First of its values, in section `values`.
        pub first_value: u32,
        /// How many.
        pub n_values: u32,
        /// 0 In, 1 NotIn, 2 Exists, 3 DoesNotExist.
        pub operator: u32,
    }
}

wire! {
    /// Section `values`: the values of requirements, sorted within each.
    pub struct ValueRecord {
        /// The text.
        pub text: u32,
    }
}

wire! {
    /// Section `named_ports`: a (name, protocol) that some policy depends on. Sorted.
    pub struct NamedPortRecord {
        /// The name, lower case.
        pub name: u32,
        /// Index of the [`Protocol`](ztc_abi::Protocol).
        pub protocol: u32,
    }
}

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
        /// First of its selectors, in section `signatures`.
        pub first_selector: u32,
        /// How many selectors it matches.
        pub n_selectors: u32,
        /// First of its named ports, in section `class_ports`.
        pub first_port: u32,
        /// How many.
        pub n_ports: u32,
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
    /// Section `addresses`: exact addresses of pods and nodes, sorted by address.
    pub struct AddressRecord {
        /// The address.
        pub address: [u8; 16],
        /// The peer as seen from elsewhere: a pod class, `REMOTE_NODE` or `KUBE_APISERVER`.
        pub peer: u32,
        /// Its group.
        pub group: u32,
        /// `namespace/name` of the pod, or the node's name.
        pub name: u32,
        /// The node: for a pod, the one it runs on (empty when not known). A loader on that node
        /// maps node addresses to `HOST`.
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
    /// Section `rules`: rule n is at index n - 1. Numbered in the order of policies, then position.
    pub struct RuleRecord {
        /// Index in section `policies`.
        pub policy: u32,
        /// The file it is written in.
        pub file: u32,
        /// Where it starts: line, from 1.
        pub line: u32,
        /// Column in characters, from 1.
        pub column: u32,
        /// Where it ends: line.
        pub end_line: u32,
        /// Column one past its last character.
        pub end_column: u32,
        /// Its place in the policy, as a path such as `spec.ingress[0]`.
        pub path: u32,
        /// A short text for people, such as `allow ingress from app=frontend on 8080/TCP`.
        pub summary: u32,
        /// Number of the [`Direction`](ztc_abi::Direction).
        pub direction: u8,
        /// Number of the [`Action`](ztc_abi::Action): `Allow` or `Deny`.
        pub action: u8,
        /// 1 when it isolates its subjects.
        pub isolates: u8,
        /// Zero.
        pub zero: u8,
    }
}

wire! {
    /// Section `policies`: sorted by (kind, namespace, name).
    pub struct PolicyRecord {
        /// The kind, in full.
        pub kind: u32,
        /// The namespace, empty for a clusterwide policy.
        pub namespace: u32,
        /// The name.
        pub name: u32,
        /// The file.
        pub file: u32,
        /// Line of its name, from 1.
        pub line: u32,
        /// Column of its name, from 1.
        pub column: u32,
    }
}

wire! {
    /// Section `isolations`: the rules that isolate the subjects of a row. Sorted by (row, rule).
    pub struct IsolationRecord {
        /// The row.
        pub row: u32,
        /// A rule number.
        pub rule: u32,
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

/// All sections of a bundle, owned: what lowering produces and encoding takes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Contents {
    /// See [`MetaRecord`].
    pub meta: MetaRecord,
    /// Every text once, sorted; index 0 is the empty string.
    pub strings: Vec<String>,
    /// See [`SelectorRecord`].
    pub selectors: Vec<SelectorRecord>,
    /// See [`RequirementRecord`].
    pub requirements: Vec<RequirementRecord>,
    /// See [`ValueRecord`].
    pub values: Vec<ValueRecord>,
    /// See [`NamedPortRecord`].
    pub named_ports: Vec<NamedPortRecord>,
    /// See [`ClassRecord`].
    pub classes: Vec<ClassRecord>,
    /// See [`SignatureRecord`].
    pub signatures: Vec<SignatureRecord>,
    /// See [`ClassPortRecord`].
    pub class_ports: Vec<ClassPortRecord>,
    /// See [`EndpointRecord`].
    pub endpoints: Vec<EndpointRecord>,
    /// See [`AddressRecord`].
    pub addresses: Vec<AddressRecord>,
    /// See [`PrefixRecord`].
    pub prefixes: Vec<PrefixRecord>,
    /// See [`ReservedRecord`].
    pub reserved: Vec<ReservedRecord>,
    /// See [`DecisionRecord`].
    pub decisions: Vec<DecisionRecord>,
    /// See [`PortRecord`].
    pub ports: Vec<PortRecord>,
    /// See [`VerdictRecord`].
    pub verdicts: Vec<VerdictRecord>,
    /// See [`RuleRecord`].
    pub rules: Vec<RuleRecord>,
    /// See [`PolicyRecord`].
    pub policies: Vec<PolicyRecord>,
    /// See [`IsolationRecord`].
    pub isolations: Vec<IsolationRecord>,
    /// See [`ProbeRecord`].
    pub probes: Vec<ProbeRecord>,
}
