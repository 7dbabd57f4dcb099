//! The partition of (protocol, port) into verdicts that a set of rules amounts to.
//!
//! Precedence lives here and nowhere else: a deny beats an allow, an allow beats the local-node
//! allowance, and that beats the default (SEMANTICS.md R6 and R8).

use std::collections::BTreeSet;

use crate::model::{Action, Protocol, RuleId};

/// What happens, and which rule says so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Dropped because nothing allows it; with the first rule that isolates the subject.
    NotAllowed(RuleId),
    /// Allowed by a rule.
    Allow(RuleId),
    /// Dropped because a rule says so.
    Deny(RuleId),
    /// Allowed without a rule: nothing isolates the subject, or its own node asks.
    BuiltIn,
}

/// What a port map says of one protocol.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ProtocolMap {
    /// The verdict on the whole protocol, where it differs from the cell's rest.
    pub whole: Option<Verdict>,
    /// Disjoint ranges, ascending, inclusive, where the verdict differs from the whole's.
    pub ranges: Vec<(u16, u16, Verdict)>,
}

/// Verdicts on the ports that are special.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct PortMap {
    /// For TCP, UDP and SCTP in this order.
    pub protocols: [ProtocolMap; 3],
}

impl PortMap {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.protocols
            .iter()
            .all(|map| map.whole.is_none() && map.ranges.is_empty())
    }
}

/// Ports of a rule once names are numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum ResolvedPorts {
    /// Everything, ICMP and unknown protocols included.
    All,
    /// These ranges, inclusive; a whole protocol is 0..=65535.
    Ranges(Vec<(Protocol, u16, u16)>),
}

/// A rule as a cell sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellRule<'a> {
    pub(crate) id: RuleId,
    pub(crate) action: Action,
    pub(crate) ports: &'a ResolvedPorts,
}

/// What a set of rules amounts to, where nothing else applies but `default`.
pub(crate) fn merge(rules: &[CellRule<'_>], default: Verdict) -> (PortMap, Verdict) {
    let rest = rules
        .iter()
        .filter(|rule| *rule.ports == ResolvedPorts::All)
        .map(rank)
        .min()
        .map_or(default, Rank::verdict);
    let protocols = Protocol::ALL.map(|protocol| merge_protocol(rules, protocol, rest));
    (PortMap { protocols }, rest)
}

/// Which of two verdicts on one port wins: the smaller. Denies come first. Of rules with one
/// action the broader comes first, which keeps the map small, then the one with the lower number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Rank {
    allows: bool,
    breadth: u8,
    id: RuleId,
}

impl Rank {
    fn verdict(self) -> Verdict {
        if self.allows {
            Verdict::Allow(self.id)
        } else {
            Verdict::Deny(self.id)
        }
    }
}

fn rank(rule: &CellRule<'_>) -> Rank {
    let breadth = u8::from(*rule.ports != ResolvedPorts::All);
    Rank {
        allows: rule.action == Action::Allow,
        breadth,
        id: rule.id,
    }
}

fn merge_protocol(rules: &[CellRule<'_>], protocol: Protocol, rest: Verdict) -> ProtocolMap {
    // Every range starts and ends somewhere; between two such places the rules in force are the
    // same, and the best of them decides.
    let mut bounds: Vec<(u32, bool, Rank)> = Vec::new();
    let mut whole: Option<Rank> = None;
    for rule in rules {
        match rule.ports {
            ResolvedPorts::All => {
                let rank = rank(rule);
                whole = Some(whole.map_or(rank, |best| best.min(rank)));
            }
            ResolvedPorts::Ranges(ranges) => {
                for (_, first, last) in ranges.iter().filter(|range| range.0 == protocol) {
                    let mut rank = rank(rule);
                    if (*first, *last) == (0, u16::MAX) {
                        whole = Some(whole.map_or(rank, |best| best.min(rank)));
                        continue;
                    }
                    rank.breadth = 2;
                    bounds.push((u32::from(*first), true, rank));
                    bounds.push((u32::from(*last) + 1, false, rank));
                }
            }
        }
    }
    let base = whole.map_or(rest, Rank::verdict);
    let ranges = sweep(bounds, whole, base);
    ProtocolMap {
        whole: (base != rest).then_some(base),
        ranges,
    }
}

fn sweep(
    mut bounds: Vec<(u32, bool, Rank)>,
    whole: Option<Rank>,
    base: Verdict,
) -> Vec<(u16, u16, Verdict)> {
    bounds.sort_unstable();
    let mut ranges: Vec<(u16, u16, Verdict)> = Vec::new();
    // A rule may cover one port with several ranges, so a rank counts how often it is in force.
    let mut in_force: BTreeSet<(Rank, u32)> = BTreeSet::new();
    let mut rest = bounds.as_slice();
    while let Some((place, ..)) = rest.first() {
        let n = rest.iter().take_while(|bound| bound.0 == *place).count();
        let (here, after) = rest.split_at(n);
        for (_, starts, rank) in here {
            toggle(&mut in_force, *rank, *starts);
        }
        rest = after;
        let Some((next, ..)) = rest.first() else {
            break;
        };
        let best = in_force
            .first()
            .map(|(rank, _)| *rank)
            .into_iter()
            .chain(whole)
            .min();
        let verdict = best.map_or(base, Rank::verdict);
        if verdict == base {
            continue;
        }
        // Both are below 65,537 and `next` is above `place`, so neither conversion saturates.
        let first = u16::try_from(*place).unwrap_or(u16::MAX);
        let last = u16::try_from(*next - 1).unwrap_or(u16::MAX);
        match ranges.last_mut() {
            Some((_, end, same)) if *same == verdict && u32::from(*end) + 1 == *place => {
                *end = last
            }
            _ => ranges.push((first, last, verdict)),
        }
    }
    ranges
}

fn toggle(in_force: &mut BTreeSet<(Rank, u32)>, rank: Rank, starts: bool) {
    let held = in_force.range((rank, 0)..=(rank, u32::MAX)).next().copied();
    let count = held.map_or(0, |(_, count)| count);
    if let Some(held) = held {
        in_force.remove(&held);
    }
    let count = if starts {
        count + 1
    } else {
        count.saturating_sub(1)
    };
    if count > 0 {
        in_force.insert((rank, count));
    }
}

/// The ports that a set of rules denies.
pub(crate) struct Denied {
    /// A rule that denies everything.
    all: Option<RuleId>,
    /// For TCP, UDP and SCTP: ranges that do not touch each other, ascending, each with one of the
    /// rules it is made of.
    ranges: [Vec<(u16, u16, RuleId)>; 3],
}

impl Denied {
    /// What the denies among `rules` deny; `None` when there are none.
    pub(crate) fn new(rules: &[CellRule<'_>]) -> Option<Self> {
        let denies = || rules.iter().filter(|rule| rule.action == Action::Deny);
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

    fn rule(id: u32, action: Action, ports: &ResolvedPorts) -> CellRule<'_> {
        CellRule {
            id: RuleId(id),
            action,
            ports,
        }
    }

    fn tcp(ranges: &[(u16, u16)]) -> ResolvedPorts {
        ResolvedPorts::Ranges(
            ranges
                .iter()
                .map(|(a, b)| (Protocol::Tcp, *a, *b))
                .collect(),
        )
    }

    const DEFAULT: Verdict = Verdict::NotAllowed(RuleId(9));

    #[test]
    fn a_deny_cuts_its_ports_out_of_a_broader_allow_and_covers_narrower_ones() {
        let (wide, one) = (tcp(&[(80, 90)]), tcp(&[(85, 85)]));
        let (map, rest) = merge(
            &[rule(1, Action::Allow, &wide), rule(2, Action::Deny, &one)],
            DEFAULT,
        );
        let [tcp_map, ..] = map.protocols;
        let allow = Verdict::Allow(RuleId(1));
        assert_eq!(
            tcp_map.ranges,
            [
                (80, 84, allow),
                (85, 85, Verdict::Deny(RuleId(2))),
                (86, 90, allow)
            ]
        );
        assert_eq!(rest, DEFAULT);
        let (map, _) = merge(
            &[rule(1, Action::Allow, &one), rule(2, Action::Deny, &wide)],
            DEFAULT,
        );
        let [tcp_map, ..] = map.protocols;
        assert_eq!(tcp_map.ranges, [(80, 90, Verdict::Deny(RuleId(2)))]);
    }

    #[test]
    fn a_deny_of_one_port_beats_an_allow_of_everything_and_the_reverse() {
        let one = tcp(&[(80, 80)]);
        let all = ResolvedPorts::All;
        let (map, rest) = merge(
            &[rule(1, Action::Allow, &all), rule(2, Action::Deny, &one)],
            DEFAULT,
        );
        let [tcp_map, ..] = map.protocols;
        assert_eq!(tcp_map.ranges, [(80, 80, Verdict::Deny(RuleId(2)))]);
        assert_eq!(rest, Verdict::Allow(RuleId(1)));
        let (map, rest) = merge(
            &[rule(1, Action::Allow, &one), rule(2, Action::Deny, &all)],
            DEFAULT,
        );
        assert!(map.is_empty());
        assert_eq!(rest, Verdict::Deny(RuleId(2)));
    }

    #[test]
    fn a_whole_protocol_is_said_once() {
        let whole = tcp(&[(0, u16::MAX)]);
        let one = tcp(&[(80, 80)]);
        let (map, _) = merge(
            &[rule(1, Action::Allow, &whole), rule(2, Action::Allow, &one)],
            DEFAULT,
        );
        let [tcp_map, udp, _] = map.protocols;
        assert_eq!(
            tcp_map,
            ProtocolMap {
                whole: Some(Verdict::Allow(RuleId(1))),
                ranges: vec![]
            }
        );
        assert_eq!(udp, ProtocolMap::default());
    }

    #[test]
    fn touching_ranges_of_one_rule_are_one_range() {
        let ports = tcp(&[(1, 5), (6, 9), (4, 7)]);
        let (map, _) = merge(&[rule(1, Action::Allow, &ports)], DEFAULT);
        let [tcp_map, ..] = map.protocols;
        assert_eq!(tcp_map.ranges, [(1, 9, Verdict::Allow(RuleId(1)))]);
    }

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
