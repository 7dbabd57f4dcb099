//! Which of the rules that match one access decides it. Precedence lives here and nowhere else.
//!
//! The tiers are asked in order: Admin, Normal, Baseline. In Normal all rules are asked at once: a
//! deny beats an allow (SEMANTICS.md R6). In the others the first that matches decides, by
//! priority, then in the order of rules; one that passes hands over to the next tier. Where nothing
//! decides, the caller's default applies; a caller that isolates the subject leaves Baseline out.

use std::collections::BTreeSet;

use super::port_map::{CellRule, Verdict};
use crate::model::{Action, RuleId, Tier};

/// A rule's place in the order: the smaller comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Rank {
    tier: Tier,
    /// Priority in a tier with an order; in Normal 0 for a deny, 1 for an allow.
    place: u16,
    /// In Normal, of rules with one action the broader comes first, which keeps the map small.
    breadth: u8,
    id: RuleId,
    action: Action,
}

impl Rank {
    /// The rank of a rule about everything (breadth 0), a whole protocol (1) or ports (2).
    pub(super) fn new(rule: &CellRule<'_>, breadth: u8) -> Self {
        let is_normal = rule.tier == Tier::Normal;
        Self {
            tier: rule.tier,
            place: if is_normal {
                u16::from(rule.action != Action::Deny)
            } else {
                rule.priority
            },
            breadth: if is_normal { breadth } else { 0 },
            id: rule.id,
            action: rule.action,
        }
    }

    /// Its tier.
    pub(super) fn tier(self) -> Tier {
        self.tier
    }

    /// Whether its rule hands over to the next tier.
    pub(super) fn passes(self) -> bool {
        self.action == Action::Pass
    }

    /// A rank before every one of a tier.
    fn before(tier: Tier) -> Self {
        Self {
            tier,
            place: 0,
            breadth: 0,
            id: RuleId(0),
            action: Action::Allow,
        }
    }
}

/// What the first of these rules to decide says; `None` when none does.
pub(super) fn winner(matching: &[&BTreeSet<Rank>]) -> Option<Verdict> {
    let mut from = Rank::before(Tier::Admin);
    loop {
        let firsts = matching.iter().filter_map(|set| set.range(from..).next());
        let best = firsts.min()?;
        match (best.action, best.tier) {
            (Action::Allow, _) => return Some(Verdict::Allow(best.id)),
            (Action::Deny, _) => return Some(Verdict::Deny(best.id)),
            (Action::Pass, Tier::Admin) => from = Rank::before(Tier::Normal),
            (Action::Pass, Tier::Normal) => from = Rank::before(Tier::Baseline),
            (Action::Pass, Tier::Baseline) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::port_map::ResolvedPorts;

    fn rank(tier: Tier, priority: u16, action: Action, id: u32) -> Rank {
        let rule = CellRule {
            id: RuleId(id),
            tier,
            priority,
            action,
            ports: &ResolvedPorts::All,
        };
        Rank::new(&rule, 0)
    }

    fn wins(ranks: &[Rank]) -> Option<Verdict> {
        winner(&[&ranks.iter().copied().collect()])
    }

    #[test]
    fn in_an_ordered_tier_the_lowest_priority_then_the_earliest_rule_decides() {
        let deny = rank(Tier::Admin, 10, Action::Deny, 1);
        let accept = rank(Tier::Admin, 5, Action::Allow, 2);
        assert_eq!(wins(&[deny, accept]), Some(Verdict::Allow(RuleId(2))));
        let earlier = rank(Tier::Admin, 5, Action::Deny, 1);
        assert_eq!(wins(&[accept, earlier]), Some(Verdict::Deny(RuleId(1))));
    }

    #[test]
    fn in_the_normal_tier_a_deny_beats_an_allow_whatever_their_order() {
        let allow = rank(Tier::Normal, 0, Action::Allow, 1);
        let deny = rank(Tier::Normal, 0, Action::Deny, 2);
        assert_eq!(wins(&[allow, deny]), Some(Verdict::Deny(RuleId(2))));
    }

    #[test]
    fn a_pass_skips_the_rest_of_its_tier_and_no_other() {
        let pass = rank(Tier::Admin, 1, Action::Pass, 1);
        let deny = rank(Tier::Admin, 2, Action::Deny, 2);
        assert_eq!(wins(&[pass, deny]), None);
        let baseline = rank(Tier::Baseline, 0, Action::Deny, 3);
        let found = wins(&[pass, deny, baseline]);
        assert_eq!(found, Some(Verdict::Deny(RuleId(3))));
        let normal = rank(Tier::Normal, 0, Action::Allow, 4);
        let found = wins(&[pass, deny, baseline, normal]);
        assert_eq!(found, Some(Verdict::Allow(RuleId(4))));
        let last = rank(Tier::Baseline, 0, Action::Pass, 1);
        assert_eq!(
            wins(&[last, rank(Tier::Baseline, 1, Action::Deny, 2)]),
            None
        );
    }
}
