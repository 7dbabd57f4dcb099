//! Whether deny rules leave anything of an allow rule.

use super::port_map::{CellRule, ResolvedPorts};
use crate::model::{Action, Protocol, RuleId, Tier};

/// The ports that a set of rules denies.
pub(crate) struct Denied {
    /// A rule that denies everything.
    all: Option<RuleId>,
    /// In the order of [`Protocol::ALL`]: ranges that do not touch each other, ascending, each with
    /// one of the rules it is made of.
    ranges: [Vec<(u16, u16, RuleId)>; Protocol::N],
}

impl Denied {
    /// What the denies among `rules` deny; `None` when there are none.
    pub(crate) fn new(rules: &[CellRule<'_>]) -> Option<Self> {
        // Of the other tiers order counts as well, so nothing is said of them.
        let denies = || {
            rules
                .iter()
                .filter(|rule| rule.action == Action::Deny && rule.tier == Tier::Normal)
        };
        denies().next()?;
        let all = denies()
            .find(|rule| *rule.ports == ResolvedPorts::All)
            .map(|rule| rule.id);
        let ranges = Protocol::ALL.map(|protocol| {
            let mut ranges: Vec<(u16, u16, RuleId)> = Vec::new();
            for rule in denies() {
                if let ResolvedPorts::Ranges(list) = rule.ports {
                    let own = list.iter().filter(|(other, ..)| *other == protocol);
                    ranges.extend(own.map(|(_, first, last)| (*first, *last, rule.id)));
                }
            }
            ranges.sort_unstable();
            ranges.dedup_by(|next, range| {
                let touches = u32::from(next.0) <= u32::from(range.1) + 1;
                if touches {
                    range.1 = range.1.max(next.1);
                }
                touches
            });
            ranges
        });
        Some(Self { all, ranges })
    }

    /// One of the rules that deny every port of an allow rule, if they do.
    pub(crate) fn covers(&self, allow: &CellRule<'_>) -> Option<RuleId> {
        if self.all.is_some() {
            return self.all;
        }
        let ResolvedPorts::Ranges(wanted) = allow.ports else {
            return None;
        };
        let mut covering = None;
        for (protocol, first, last) in wanted {
            let place = Protocol::ALL.iter().position(|other| other == protocol)?;
            let ranges = self.ranges.get(place)?;
            let after = ranges.partition_point(|range| range.0 <= *first);
            let range = ranges.get(after.checked_sub(1)?)?;
            if range.1 < *last {
                return None;
            }
            covering = covering.or(Some(range.2));
        }
        covering
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::port_map::samples::{rule, tcp};

    #[test]
    fn several_denies_may_cover_an_allow_together() {
        let (low, high, wanted) = (tcp(&[(0, 80)]), tcp(&[(81, 99)]), tcp(&[(70, 90)]));
        let rules = [rule(1, Action::Deny, &low), rule(2, Action::Deny, &high)];
        let denied = Denied::new(&rules).expect("denies");
        assert!(denied.covers(&rule(3, Action::Allow, &wanted)).is_some());
        let denied = Denied::new(&rules[..1]).expect("a deny");
        assert!(denied.covers(&rule(3, Action::Allow, &wanted)).is_none());
        assert!(
            denied
                .covers(&rule(3, Action::Allow, &ResolvedPorts::All))
                .is_none()
        );
    }
}
