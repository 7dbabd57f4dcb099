//! The partition of (protocol, port) into verdicts that a set of rules amounts to.
//!
//! Which rule wins is [`precedence`](super::precedence)'s business.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::precedence::{Rank, winner};
use crate::model::{Action, Protocol, RuleId, Tier};

/// What happens, and which rule says so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Dropped because nothing allows it; with the first rule that isolates the subject, or
    /// [`RuleId::NONE`] where the options isolate everyone.
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
    /// In the order of [`Protocol::ALL`].
    pub protocols: [ProtocolMap; Protocol::N],
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
    pub(crate) tier: Tier,
    pub(crate) priority: u16,
    pub(crate) action: Action,
    pub(crate) ports: &'a ResolvedPorts,
}

/// What a set of rules amounts to, where nothing else applies but `default`.
pub(crate) fn merge(rules: &[CellRule<'_>], default: Verdict) -> (PortMap, Verdict) {
    let everything: BTreeSet<Rank> = rules
        .iter()
        .filter(|rule| *rule.ports == ResolvedPorts::All)
        .map(|rule| Rank::new(rule, 0))
        .collect();
    let rest = winner(&[&everything]).unwrap_or(default);
    let protocols =
        Protocol::ALL.map(|protocol| merge_protocol(rules, protocol, &everything, rest, default));
    (PortMap { protocols }, rest)
}

fn merge_protocol(
    rules: &[CellRule<'_>],
    protocol: Protocol,
    everything: &BTreeSet<Rank>,
    rest: Verdict,
    default: Verdict,
) -> ProtocolMap {
    // Every range starts and ends somewhere; between two such places the rules in force are the
    // same, and the best of them decides.
    let mut bounds: Vec<(u32, bool, Rank)> = Vec::new();
    let mut whole: BTreeSet<Rank> = BTreeSet::new();
    for rule in rules {
        let ResolvedPorts::Ranges(ranges) = rule.ports else {
            continue;
        };
        for (_, first, last) in ranges.iter().filter(|range| range.0 == protocol) {
            if (*first, *last) == (0, u16::MAX) {
                whole.insert(Rank::new(rule, 1));
                continue;
            }
            let rank = Rank::new(rule, 2);
            bounds.push((u32::from(*first), true, rank));
            bounds.push((u32::from(*last) + 1, false, rank));
        }
    }
    if whole.is_empty() && bounds.is_empty() {
        return ProtocolMap::default();
    }
    whole.extend(everything);
    let base = winner(&[&whole]).unwrap_or(default);
    let ranges = sweep(bounds, &whole, base, default);
    ProtocolMap {
        whole: (base != rest).then_some(base),
        ranges,
    }
}

fn sweep(
    mut bounds: Vec<(u32, bool, Rank)>,
    whole: &BTreeSet<Rank>,
    base: Verdict,
    default: Verdict,
) -> Vec<(u16, u16, Verdict)> {
    bounds.sort_unstable();
    let mut ranges: Vec<(u16, u16, Verdict)> = Vec::new();
    // A rule may cover one port with several ranges, so it is counted how often it is in force.
    let mut in_force: BTreeSet<Rank> = BTreeSet::new();
    let mut counts: FxHashMap<Rank, u32> = FxHashMap::default();
    let mut rest = bounds.as_slice();
    while let Some((place, ..)) = rest.first() {
        let n = rest.iter().take_while(|bound| bound.0 == *place).count();
        let (here, after) = rest.split_at(n);
        for (_, starts, rank) in here {
            toggle(&mut in_force, &mut counts, *rank, *starts);
        }
        rest = after;
        let Some((next, ..)) = rest.first() else {
            break;
        };
        let verdict = winner(&[&in_force, whole]).unwrap_or(default);
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

fn toggle(
    in_force: &mut BTreeSet<Rank>,
    counts: &mut FxHashMap<Rank, u32>,
    rank: Rank,
    starts: bool,
) {
    let count = counts.entry(rank).or_default();
    if starts {
        *count += 1;
        in_force.insert(rank);
    } else {
        *count = count.saturating_sub(1);
        if *count == 0 {
            in_force.remove(&rank);
        }
    }
}

/// Rules for tests.
#[cfg(test)]
pub(super) mod samples {
    use super::*;

    pub(crate) fn rule(id: u32, action: Action, ports: &ResolvedPorts) -> CellRule<'_> {
        CellRule {
            id: RuleId(id),
            tier: Tier::Normal,
            priority: 0,
            action,
            ports,
        }
    }

    pub(crate) fn tcp(ranges: &[(u16, u16)]) -> ResolvedPorts {
        ResolvedPorts::Ranges(
            ranges
                .iter()
                .map(|(a, b)| (Protocol::Tcp, *a, *b))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{
        samples::{rule, tcp},
        *,
    };

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
        let [tcp_map, udp, ..] = map.protocols;
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
}
