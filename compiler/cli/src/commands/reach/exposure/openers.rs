//! Who may open the same connections: ends whose rows of egress are one and that rows of ingress
//! take for the same. One of them is asked for all.
//!
//! Must not know which of them are new.

use rustc_hash::FxHashSet;
use ztc_abi::Peer;
use ztc_reach::{Identity, Reach};

/// All that decides what an end may open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Opener {
    /// `None` for what is no pod, so that no policy is about it.
    row_egress: Option<u32>,
    kind: Peer,
    group: u32,
    /// Where some row says something of this peer alone.
    peer: Option<u32>,
}

/// The peers that rows tell from the others of their group and kind.
pub(super) struct Openers(FxHashSet<u32>);

impl Openers {
    pub(super) fn new(reach: &Reach<'_>) -> Self {
        let records = reach.bundle().decisions().iter();
        Self(records.map(|record| record.peer).collect())
    }

    pub(super) fn of(&self, identity: &Identity) -> Opener {
        let peer = identity.entry.peer;
        Opener {
            row_egress: identity.is_pod.then_some(identity.row_egress),
            kind: Peer(peer).kind(),
            group: identity.entry.group,
            peer: self.0.contains(&peer).then_some(peer),
        }
    }
}
