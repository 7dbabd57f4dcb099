//! Everybody whom either of two bundles knows, cut so finely that each is one party to both.
//!
//! Must not know what anybody may do.

use crate::{AddressRange, Party, PartyId, PartyKind, Reach, Words};

use super::{Diff, nodes, ranges, workloads};

/// An end by its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EndId(pub u32);

/// Somebody who is one party in each of two bundles that has them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct End {
    /// What it is.
    pub kind: PartyKind,
    /// What people read.
    pub name: String,
    /// Its namespace; empty unless it is a workload.
    pub namespace: String,
    /// Its addresses; empty unless it is [`PartyKind::Addresses`].
    pub ranges: Vec<AddressRange>,
    /// Who it was; `None` for somebody new.
    pub old: Option<PartyId>,
    /// Who it is; `None` for somebody who is gone.
    pub new: Option<PartyId>,
    /// Whether one of it may talk to another of it, in either bundle.
    pub has_peers_in_itself: bool,
}

/// A workload that has another name and is the same otherwise.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rename {
    /// What it was called.
    pub old: String,
    /// What it is called.
    pub new: String,
}

/// All ends: workloads by name, then entities, nodes, addresses.
pub(super) fn all(old: &Reach<'_>, new: &Reach<'_>) -> (Vec<End>, Vec<Rename>) {
    let (mut ends, renames) = workloads::ends(old, new);
    ends.extend(nodes::ends(old, new));
    ends.extend(ranges::ends(old, new));
    (ends, renames)
}

impl End {
    /// An end that is this party, or these two parties. They are of one kind, or nodes that only
    /// one of the bundles tells from other nodes.
    pub(super) fn of(
        name: String,
        old: Option<(PartyId, &Party)>,
        new: Option<(PartyId, &Party)>,
    ) -> Option<Self> {
        let (_, party) = new.or(old)?;
        let mut both = [old, new].into_iter().flatten();
        Some(Self {
            kind: party.kind,
            name,
            namespace: party.namespace.clone(),
            ranges: Vec::new(),
            old: old.map(|(id, _)| id),
            new: new.map(|(id, _)| id),
            has_peers_in_itself: both.any(|(_, party)| party.has_peers_in_itself),
        })
    }
}

/// Words for the ends of a difference, as [`Words`] are for parties.
pub struct EndWords<'a>(Words<'a>);

impl<'a> EndWords<'a> {
    /// Words for these ends.
    pub fn new(diff: &'a Diff) -> Self {
        Self(Words::of_ends(&diff.ends))
    }

    /// Words for some of them, which are ascending. Addresses come first: whoever reads only the
    /// beginning is to see that something is opened to the world.
    pub fn of(&self, ends: &[EndId]) -> Vec<String> {
        let Self(words) = self;
        // Words number whoever they are for.
        let numbers: Vec<PartyId> = ends.iter().map(|id| PartyId(id.0)).collect();
        let mut all = words.of(&numbers, None);
        let n_addresses = words.of_addresses(&numbers).len();
        all.rotate_right(n_addresses);
        all
    }
}
