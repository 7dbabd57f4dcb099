//! What was found, for people: ends instead of numbers, in an order that does not depend on them.
//!
//! Must not know why anything differs.

use std::collections::BTreeSet;

use super::{
    Change,
    ends::{End, EndId},
    sweep::{Joint, Swept},
};

/// The differences with the ends that they are about; without those that are about a single pod
/// and itself.
pub(super) fn changes(ends: &[End], swept: Swept) -> Vec<Change> {
    let joints = swept.joints;
    let changes = swept.found.into_iter().map(|alike| {
        let from = all(&joints, &alike.sources);
        let to = all(&joints, &alike.targets);
        Change {
            n_connections: n_pairs(ends, &from, &to),
            from,
            to,
            before: alike.before,
            after: alike.after,
            causes: alike.causes.into_iter().collect(),
        }
    });
    let mut changes: Vec<Change> = changes.filter(|change| change.n_connections > 0).collect();
    // Changes that have their causes in common follow each other.
    changes.sort_by(|one, other| {
        let by_kind = one.kind().cmp(&other.kind());
        by_kind
            .then_with(|| one.causes.cmp(&other.causes))
            .then_with(|| one.from.cmp(&other.from))
            .then_with(|| one.to.cmp(&other.to))
    });
    changes
}

fn all(joints: &[Joint], places: &[u32]) -> Vec<EndId> {
    let joints = places
        .iter()
        .filter_map(|place| joints.get(*place as usize));
    let mut ends: Vec<EndId> = joints
        .flat_map(|joint| joint.ends.iter().copied())
        .collect();
    ends.sort_unstable();
    ends
}

fn n_pairs(ends: &[End], from: &[EndId], to: &[EndId]) -> u64 {
    let targets: BTreeSet<&EndId> = to.iter().collect();
    let is_alone = |id: &&EndId| {
        let end = ends.get(id.0 as usize);
        end.is_some_and(|end| !end.has_peers_in_itself)
    };
    let n_own = from
        .iter()
        .filter(|id| targets.contains(id))
        .filter(is_alone);
    let n_own = n_own.count();
    let n_all = from.len().saturating_mul(to.len());
    u64::try_from(n_all.saturating_sub(n_own)).unwrap_or(u64::MAX)
}
