//! Records of rules and policies: where what the tables say is written.
//!
//! Must not know how sections are framed.

use ztc_abi::wire;

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
        /// Number of the [`Action`](ztc_abi::Action): `Allow` or `Deny`, or
        /// [`RuleRecord::PASS`].
        pub action: u8,
        /// 1 when it isolates its subjects.
        pub isolates: u8,
        /// 1 when its policy is audited: it has no part in any row but shadow rows.
        pub audit: u8,
        /// 0 before all others, 1 for Cilium's kinds and NetworkPolicy, 2 after them.
        pub tier: u32,
        /// Within its tier, lower first; 0 in tier 1.
        pub priority: u32,
        /// The text that Cilium's field `log.value` gives it; empty for none.
        pub log: u32,
    }
}

impl RuleRecord {
    /// [`Self::action`] of a rule that leaves the access to the next tier. Such a rule decides
    /// nothing, so no verdict names it.
    pub const PASS: u8 = 3;
}

wire! {
    /// Section `meanings`: what the rule at the same index of section `rules` means, as a number.
    pub struct MeaningRecord {
        /// The same for rules that mean the same, whatever they are called and wherever they are
        /// written; see [`Bundle::meaning`](crate::Bundle::meaning).
        pub meaning: u64,
    }
}

wire! {
    /// Section `degradations`: what a rule asks for and this bundle does not do, because the build
    /// was told to let it be. Sorted by (name, rule).
    pub struct DegradationRecord {
        /// Such as `l7`.
        pub name: u32,
        /// A rule number; 0 for a policy that makes no rules.
        pub rule: u32,
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
