//! From the elements that speak of a connection to a verdict: three tiers, one after another.

use super::element::{Action, Element, Origin, Tier};

/// What one side says of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Allow,
    Deny,
    /// This end is no subject of policy.
    NotApplicable,
}

impl Outcome {
    /// As the conformance cases write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::NotApplicable => "n/a",
        }
    }
}

/// What one side says, and everything that speaks for it.
#[derive(Clone, Debug)]
pub(crate) struct Judgement<'a> {
    pub(crate) outcome: Outcome,
    /// What an allow may be put down to.
    pub(crate) allows: Vec<&'a Origin>,
    /// What a deny may be put down to.
    pub(crate) denies: Vec<&'a Origin>,
    /// Elements that put the subject into default deny.
    pub(crate) isolates: Vec<&'a Origin>,
    /// Whether the outcome is the allowance of the subject's own node (R8).
    pub(crate) local_host: bool,
    /// Whether an allow may be put down to no rule: nothing isolates, or it is the own node.
    pub(crate) unnamed: bool,
    /// Whether an option isolates the subject, whatever the policies say.
    pub(crate) always: bool,
}

impl Judgement<'_> {
    /// Of an end that is no subject.
    pub(super) fn none() -> Self {
        Self {
            outcome: Outcome::NotApplicable,
            allows: Vec::new(),
            denies: Vec::new(),
            isolates: Vec::new(),
            local_host: false,
            unnamed: false,
            always: false,
        }
    }
}

/// Judges by the elements of one subject and direction, those with an order in their order.
/// `always` isolates without any element; `local_host` is a peer that R8 is about.
pub(super) fn judge<'a>(
    elements: &[&'a Element],
    speaks: impl Fn(&Element) -> bool,
    always: bool,
    local_host: bool,
) -> Judgement<'a> {
    let isolating = elements.iter().filter(|element| element.isolates);
    let mut judgement = Judgement {
        outcome: Outcome::Allow,
        isolates: isolating.map(|element| &element.origin).collect(),
        always,
        ..Judgement::none()
    };
    let speaking: Vec<&'a Element> = elements.iter().copied().filter(|it| speaks(it)).collect();
    let tier = |is_in: fn(&Tier) -> bool| speaking.iter().find(|element| is_in(&element.tier));
    let before = tier(|tier| matches!(tier, Tier::Admin(_)));
    let after = tier(|tier| matches!(tier, Tier::Baseline(_)));
    let isolated = always || !judgement.isolates.is_empty();
    judgement.unnamed = !isolated;
    if let Some(element) = before
        && judgement.decide(element)
    {
        return judgement;
    }
    let normal = |action: Action| {
        let of_tier = speaking
            .iter()
            .filter(|element| element.tier == Tier::Normal);
        let alike = of_tier.filter(move |element| element.action == action);
        alike.map(|element| &element.origin).collect::<Vec<_>>()
    };
    judgement.denies = normal(Action::Deny);
    judgement.allows = normal(Action::Allow);
    if !judgement.denies.is_empty() {
        judgement.outcome = Outcome::Deny;
    } else if !judgement.allows.is_empty() {
        // It is let in, isolated or not.
    } else if isolated {
        judgement.local_host = local_host;
        judgement.unnamed = local_host;
        judgement.outcome = match local_host {
            true => Outcome::Allow,
            false => Outcome::Deny,
        };
    } else if let Some(element) = after {
        judgement.decide(element);
    }
    judgement
}

impl<'a> Judgement<'a> {
    /// Lets an ordered element decide; a Pass does not.
    fn decide(&mut self, element: &'a Element) -> bool {
        match element.action {
            Action::Allow => {
                self.outcome = Outcome::Allow;
                self.allows = vec![&element.origin];
            }
            Action::Deny => {
                self.outcome = Outcome::Deny;
                self.denies = vec![&element.origin];
            }
            Action::Pass => return false,
        }
        true
    }
}
