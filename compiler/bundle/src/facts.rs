//! Facts beside the tables that reports need and no verdict does: who runs a pod, and which rules
//! mean the same.
//!
//! Must not know how the numbers are made: only that equal ones stand for equal things.

use crate::Bundle;

/// What runs an endpoint, and what policies can see of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WorkloadRef<'a> {
    /// `namespace/Kind/name` of what made the pod; `namespace/name` of a pod that nothing made.
    pub name: &'a str,
    /// The same number for endpoints of which policies see the same but for addresses and node:
    /// identity labels, named ports, and whether the node's network is theirs. The same in every
    /// bundle.
    pub facts: u64,
}

impl<'a> Bundle<'a> {
    /// What runs the endpoint at this index of [`Self::endpoints`]. `None` for every endpoint of a
    /// bundle that was made before version 2.1.
    pub fn workload(&self, endpoint: u32) -> Option<WorkloadRef<'a>> {
        let record = self.workloads().get(endpoint)?;
        Some(WorkloadRef {
            name: self.string(record.workload),
            facts: u64::from(record.facts_high) << 32 | u64::from(record.facts_low),
        })
    }

    /// What people know the endpoint at this index by: what runs it, or its own name in a bundle
    /// that does not say. Empty for an index beyond the last.
    pub fn workload_name(&self, endpoint: u32) -> &'a str {
        let workload = self.workload(endpoint).map(|workload| workload.name);
        workload.unwrap_or_else(|| {
            let record = self.endpoints().get(endpoint);
            record.map_or("", |record| self.string(record.name))
        })
    }

    /// The meaning of the rule with this number: the same for rules that say the same of the same
    /// pods, whatever they are called, wherever they are written, and in whatever order their
    /// peers and ports stand. The same in every bundle. `None` for 0, for numbers of other
    /// bundles, and for every rule of a bundle that was made before version 2.1.
    pub fn meaning(&self, rule: u32) -> Option<u64> {
        let record = self.meanings().get(rule.checked_sub(1)?)?;
        Some(record.meaning)
    }
}
