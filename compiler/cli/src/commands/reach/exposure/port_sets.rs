//! Sets of ports, each kept once: hardly any two ends have one of their own.
//!
//! Must not know who has them.

use rustc_hash::FxHashMap;
use ztc_reach::PortSet;

/// A set by its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct PortSetId(u32);

/// All sets that somebody has.
#[derive(Default)]
pub(super) struct PortSets {
    sets: Vec<PortSet>,
    ids: FxHashMap<PortSet, PortSetId>,
    nothing: PortSet,
}

impl PortSets {
    /// The place of a set.
    pub(super) fn id(&mut self, set: PortSet) -> PortSetId {
        let next = PortSetId(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        *self.ids.entry(set).or_insert_with_key(|set| {
            self.sets.push(set.clone());
            next
        })
    }

    /// The set at a place.
    pub(super) fn get(&self, id: PortSetId) -> &PortSet {
        self.sets.get(id.0 as usize).unwrap_or(&self.nothing)
    }
}
