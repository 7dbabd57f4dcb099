//! Records of selectors and named ports: what tells pods apart.
//!
//! Must not know how sections are framed.

use ztc_abi::wire;

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
