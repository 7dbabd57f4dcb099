//! Who stands at a stop, and what lets a hop through, in few words.
//!
//! Must not know the form of the answer.

use ztc_reach::{PartyId, Reach, Reason, Words};

/// Words for stops and reasons.
pub(super) struct Names<'r> {
    reach: &'r Reach<'r>,
    words: Words<'r>,
}

impl<'r> Names<'r> {
    pub(super) fn new(reach: &'r Reach<'r>) -> Self {
        let words = Words::new(reach);
        Self { reach, words }
    }

    /// Parties, as `ztc reach` writes them.
    pub(super) fn of(&self, parties: &[PartyId]) -> Vec<String> {
        self.words.of(parties, None)
    }

    /// What one side of a hop is let through by: `shop/web policies/20-web.yaml:9`.
    pub(super) fn reason(&self, reason: Reason) -> String {
        let rule = reason.rule();
        let rule = rule.and_then(|number| self.reach.bundle().rule(number));
        match rule {
            Some(rule) => format!("{} {}:{}", rule.policy(), rule.file, rule.line),
            None => without_rule(reason).into(),
        }
    }
}

/// Why no rule is needed.
fn without_rule(reason: Reason) -> &'static str {
    match reason {
        Reason::NoSubject => "-",
        Reason::Open => "open",
        Reason::OwnNode => "own node",
        // A number without a rule is one of another bundle.
        Reason::Rule(_) => "",
    }
}
