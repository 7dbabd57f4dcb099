//! Who stands at a stop, and what lets a hop through, in few words.
//!
//! Must not know the form of the answer.

use ztc_reach::{PartyId, Reach, Reason, Words};

use crate::words::ReasonWords;

/// Words for stops and reasons.
pub(super) struct Names<'r> {
    words: Words<'r>,
    reasons: ReasonWords,
}

impl<'r> Names<'r> {
    pub(super) fn new(reach: &'r Reach<'r>) -> Self {
        Self {
            words: Words::new(reach),
            reasons: ReasonWords::new(reach),
        }
    }

    /// Parties, as `ztc reach` writes them.
    pub(super) fn of(&self, parties: &[PartyId]) -> Vec<String> {
        self.words.of(parties, None)
    }

    /// What one side of a hop is let through by: `shop/web policies/20-web.yaml:9`.
    pub(super) fn reason(&self, reason: Reason) -> &str {
        self.reasons.of(reason)
    }
}
