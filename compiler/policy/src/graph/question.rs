//! One access asked by itself: every rule about the subject, whether it matches and why not.
//!
//! For explanations. The rows have the same answers already merged; property tests hold the two
//! together.

use std::collections::BTreeSet;

use super::{
    port_map::{CellRule, ResolvedPorts, Verdict},
    precedence::{Rank, winner},
};
use crate::{
    Analysis, EnablePolicy,
    model::{Action, Direction, Peers, PortTerm, Ports, Protocol, Rule, RuleId, Tier},
    resolve::{PeerIndex, Reserved},
};

/// An access: who, which way, with whom, on what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// The subject's class.
    pub class: u32,
    /// Seen from the subject.
    pub direction: Direction,
    /// The other side.
    pub peer: PeerIndex,
    /// `None` for a protocol that no policy can name.
    pub protocol: Option<Protocol>,
    /// Destination port or ICMP type.
    pub port: u16,
    /// Whether audited policies are taken as enforced.
    pub with_audited: bool,
}

/// A rule that matches.
#[derive(Clone, Copy, Debug)]
pub struct Match {
    /// The rule.
    pub rule: RuleId,
    rank: Rank,
}

/// A rule about the subject that does not match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Miss {
    /// The rule.
    pub rule: RuleId,
    /// Whether the peer is one of its peers.
    pub peer: bool,
    /// Whether it covers the port.
    pub port: bool,
}

/// What the rules say of one access.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Rules that match, by number.
    pub matching: Vec<Match>,
    /// Rules that do not, by number.
    pub misses: Vec<Miss>,
    /// Rules that isolate the subject in this direction, by number.
    pub isolating: Vec<RuleId>,
    /// Whether its own node asks to come in, which no rule need allow.
    pub is_host: bool,
    is_always_isolated: bool,
    /// Rules about the subject that deny something or isolate it, by number.
    restricting: Vec<RuleId>,
}

impl Asked {
    /// What happens.
    pub fn verdict(&self) -> Verdict {
        self.without(RuleId::NONE)
    }

    /// What would happen if one rule allowed and denied nothing; it still isolates.
    pub fn without(&self, rule: RuleId) -> Verdict {
        self.judge(rule, self.isolating.first().copied())
    }

    /// What would happen if one rule were not there: as [`Self::without`], but it does not isolate
    /// either. Where nothing else isolates the subject, the Baseline tier has its say again
    /// (SEMANTICS.md, "Who decides"); where nothing else restricts it, no rule is the reason of
    /// anything, as tables have no row for such a subject.
    pub fn without_at_all(&self, rule: RuleId) -> Verdict {
        let is_other = |other: &&RuleId| **other != rule;
        if !self.is_always_isolated && !self.restricting.iter().any(|other| *other != rule) {
            return Verdict::BuiltIn;
        }
        self.judge(rule, self.isolating.iter().find(is_other).copied())
    }

    /// Rules without which the verdict may be another, by number: taking any other one away changes
    /// nothing, but for the rules that isolate where nothing is allowed.
    pub fn decisive(&self) -> Vec<RuleId> {
        let decides = match self.verdict() {
            Verdict::Allow(rule) | Verdict::Deny(rule) => Some(rule),
            Verdict::NotAllowed(_) | Verdict::BuiltIn => None,
        };
        let passes = self.matching.iter().filter(|found| found.rank.passes());
        let alone = [&self.isolating, &self.restricting].map(|rules| match rules.as_slice() {
            [rule] => Some(*rule),
            _ => None,
        });
        let mut decisive: Vec<RuleId> = passes.map(|found| found.rule).collect();
        decisive.extend(decides);
        decisive.extend(alone.into_iter().flatten());
        decisive.sort_unstable();
        decisive.dedup();
        decisive
    }

    /// What happens without the word of one rule, where this is the first one that isolates.
    fn judge(&self, silent: RuleId, isolating: Option<RuleId>) -> Verdict {
        let is_isolated = self.is_always_isolated || isolating.is_some();
        let ranks: BTreeSet<Rank> = self
            .matching
            .iter()
            .filter(|found| found.rule != silent)
            .filter(|found| !(is_isolated && found.rank.tier() == Tier::Baseline))
            .map(|found| found.rank)
            .collect();
        winner(&[&ranks]).unwrap_or_else(|| {
            if is_isolated && !self.is_host {
                Verdict::NotAllowed(isolating.unwrap_or(RuleId::NONE))
            } else {
                Verdict::BuiltIn
            }
        })
    }
}

impl Analysis {
    /// Asks every rule about one access.
    pub fn ask(&self, access: &Access) -> Asked {
        self.ask_these(access, self.model.rules())
    }

    /// Asks some rules, ascending, about one access. With every rule that is about the subject in
    /// this direction among them, the answer is that of [`Self::ask`].
    pub fn ask_these<'r>(
        &self,
        access: &Access,
        rules: impl Iterator<Item = (RuleId, &'r Rule)>,
    ) -> Asked {
        let is_ingress = access.direction == Direction::Ingress;
        let mut asked = Asked {
            matching: Vec::new(),
            misses: Vec::new(),
            isolating: Vec::new(),
            is_host: is_ingress
                && self.options.allow_localhost
                && self.resolved.universe.hosts().contains(&access.peer),
            is_always_isolated: self.options.enable_policy == EnablePolicy::Always
                && (access.with_audited || !self.options.policy_audit_mode),
            restricting: Vec::new(),
        };
        let Some(subject) = self.resolved.classes.classes.get(access.class as usize) else {
            return asked;
        };
        if self.options.enable_policy == EnablePolicy::Never {
            return asked;
        }
        for (id, rule) in rules {
            let is_about = rule.direction == access.direction
                && (access.with_audited || !rule.audit)
                && subject.selectors.binary_search(&rule.subject).is_ok();
            if !is_about {
                continue;
            }
            if rule.isolates {
                asked.isolating.push(id);
            }
            if rule.isolates || rule.action == Action::Deny {
                asked.restricting.push(id);
            }
            let peer = self.has_peer(rule, access.peer);
            match self.port_breadth(rule, access) {
                Some(breadth) if peer => {
                    let rule = CellRule {
                        id,
                        tier: rule.tier,
                        priority: rule.priority,
                        action: rule.action,
                        ports: &ResolvedPorts::All,
                    };
                    let rank = Rank::new(&rule, breadth);
                    asked.matching.push(Match { rule: id, rank });
                }
                breadth => asked.misses.push(Miss {
                    rule: id,
                    peer,
                    port: breadth.is_some(),
                }),
            }
        }
        asked
    }

    fn has_peer(&self, rule: &Rule, peer: PeerIndex) -> bool {
        let universe = &self.resolved.universe;
        let Peers::Terms(terms) = &rule.peers else {
            return true;
        };
        // A pod whose labels the bundle cannot know may be one that a deny is about.
        let may_be = rule.action == Action::Deny
            && universe.as_reserved(peer) == Some(Reserved::Unclassified)
            && terms
                .iter()
                .any(|peer| matches!(peer.term, crate::model::PeerTerm::Selector(_)));
        may_be
            || terms
                .iter()
                .filter_map(|peer| universe.term(peer.term))
                .any(|term| universe.members(term).binary_search(&peer).is_ok())
    }

    /// How broadly a rule covers the port: 0 as everything, 1 as its whole protocol, 2 as a port;
    /// `None` when it does not.
    fn port_breadth(&self, rule: &Rule, access: &Access) -> Option<u8> {
        let Ports::Terms(terms) = &rule.ports else {
            return Some(0);
        };
        let owner = match access.direction {
            Direction::Ingress => Some(access.class),
            Direction::Egress => self.resolved.universe.as_class(access.peer),
        };
        let owner = owner.and_then(|class| self.resolved.classes.classes.get(class as usize));
        let protocol = access.protocol?;
        let breadths = terms.iter().filter_map(|(term, _)| match term {
            PortTerm::Whole(own) => (*own == protocol).then_some(1),
            PortTerm::Range(own, first, last) => {
                let covers = *own == protocol && (*first..=*last).contains(&access.port);
                covers.then_some(if (*first, *last) == (0, u16::MAX) {
                    1
                } else {
                    2
                })
            }
            PortTerm::Named(name) => {
                let named = self.model.named_ports.get(name.0 as usize)?;
                let is_port = named.protocol == protocol && owner?.port(*name) == Some(access.port);
                is_port.then_some(2)
            }
        });
        breadths.min()
    }
}
