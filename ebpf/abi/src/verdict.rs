//! A verdict: what happens to an access, and which rule says so.

/// What a verdict does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Action {
    /// No rule matches and the subject is isolated: the default deny.
    NotAllowed = 0,
    /// A rule allows it, or nothing isolates the subject.
    Allow = 1,
    /// A rule denies it.
    Deny = 2,
}

/// An [`Action`] in the upper two bits and a rule number in the lower thirty.
///
/// Rule numbers count from 1 in the bundle's rule table; 0 is "no rule". A default deny carries
/// the first rule that isolates the subject, so that every drop names a line. An allow with rule 0
/// is built in: nothing isolates the subject, or the peer is the subject's own node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct Verdict(pub u32);

impl Verdict {
    /// Allowed by no rule: nothing isolates the subject in this direction, or its own node asks.
    pub const BUILT_IN_ALLOW: Self = Self::new(Action::Allow, 0);
    /// The largest rule number.
    pub const MAX_RULE: u32 = (1 << 30) - 1;

    /// A verdict; bits of `rule` above [`Self::MAX_RULE`] are lost.
    #[inline]
    pub const fn new(action: Action, rule: u32) -> Self {
        Self(((action as u32) << 30) | (rule & Self::MAX_RULE))
    }

    /// What it does. The one unused bit pattern denies.
    #[inline]
    pub const fn action(self) -> Action {
        match self.0 >> 30 {
            0 => Action::NotAllowed,
            1 => Action::Allow,
            _ => Action::Deny,
        }
    }

    /// The deciding rule's number, 0 for none.
    #[inline]
    pub const fn rule(self) -> u32 {
        self.0 & Self::MAX_RULE
    }

    /// Whether the access goes through.
    #[inline]
    pub const fn is_allow(self) -> bool {
        self.0 >> 30 == 1
    }
}
