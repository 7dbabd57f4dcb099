//! What can change a verdict.
//!
//! Must not know how one finds out.

/// One end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// The end that opens it.
    From,
    /// The other end.
    To,
}

/// Something that changed, and a verdict with it. Numbers are those of rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// A rule that was not there.
    RuleAdded {
        /// In the new bundle.
        new: u32,
    },
    /// A rule that is no longer there.
    RuleRemoved {
        /// In the old bundle.
        old: u32,
    },
    /// A rule that says something else in the same place.
    RuleChanged {
        /// In the old bundle.
        old: u32,
        /// In the new bundle.
        new: u32,
    },
    /// Two rules that say what they said and are asked one after the other, now the other way
    /// round.
    OrderChanged {
        /// The one that was asked first and decided, in the old bundle.
        old: u32,
        /// The one that is asked first now, in the new bundle.
        new: u32,
    },
    /// The end was not there.
    EndAdded(Place),
    /// The end is no longer there.
    EndRemoved(Place),
    /// The labels of the end's pods or of their namespace, their named ports, or whether they are
    /// on their node's network.
    LabelsChanged(Place),
    /// The networks that policies name and the end's pods are in.
    NetworksChanged(Place),
    /// The end is a node, and nothing that the bundles know changed: so its labels did, which they
    /// do not know, or whether policies name them.
    NodesChanged(Place),
    /// The options that policies are read with.
    Options,
    /// A rule that says what it said, and now holds of these ends: because of another cause that is
    /// named, or else because what its services, groups or names stand for is something else.
    RuleApplies {
        /// In the new bundle.
        new: u32,
    },
    /// A rule that says what it said, and no longer holds of these ends.
    RuleNoLongerApplies {
        /// In the old bundle.
        old: u32,
    },
    /// Something that is not in the bundles.
    Surroundings,
}
