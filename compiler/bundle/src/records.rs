//! The records of a bundle's sections, one struct per section.
//!
//! Every record is a [`wire!`](ztc_abi::wire) struct: fixed size, no padding, little endian, so a
//! section is an array that is read in place. Text is a [`StringId`]; lists are ranges of another
//! section. Must not know how sections are framed.

mod peers;
mod pods;
mod provenance;
mod selection;
mod tables;

use ztc_abi::wire;

pub use self::{peers::*, pods::*, provenance::*, selection::*, tables::*};

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
        /// The identity-label filter, as Cilium's option `labels` has it; empty for the default.
        pub labels: u32,
        /// Options that differ from Cilium's defaults, `name=value` separated by spaces, sorted.
        pub options: u32,
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
    /// See [`NetworkRecord`].
    pub networks: Vec<NetworkRecord>,
    /// See [`ClassNetworkRecord`].
    pub class_networks: Vec<ClassNetworkRecord>,
    /// See [`NodeClassRecord`].
    pub node_classes: Vec<NodeClassRecord>,
    /// See [`EndpointRecord`].
    pub endpoints: Vec<EndpointRecord>,
    /// See [`WorkloadRecord`].
    pub workloads: Vec<WorkloadRecord>,
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
    /// See [`MeaningRecord`].
    pub meanings: Vec<MeaningRecord>,
    /// See [`PolicyRecord`].
    pub policies: Vec<PolicyRecord>,
    /// See [`DegradationRecord`].
    pub degradations: Vec<DegradationRecord>,
    /// See [`IsolationRecord`].
    pub isolations: Vec<IsolationRecord>,
    /// See [`ProbeRecord`].
    pub probes: Vec<ProbeRecord>,
}
