//! Which rules matter to an assertion about a pair: those without which its word would hold where
//! it does not, or would not where it does.
//!
//! What one side says follows from which of its rules match, so most pairs are like one before.
//! Must not know quantifiers.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use ztc_policy::{
    graph::{Asked, Verdict},
    model::{Direction, RuleId},
};
use ztc_reach::{IdentityId, PortRange};

use super::{
    accesses::{Side, SideKey},
    judge::{Judge, Word, is_as_asserted},
    plan::Plan,
};

/// What the rules of one pair are worth to an assertion.
#[derive(Default)]
pub(super) struct Matter {
    /// Whether its word holds of the pair.
    pub(super) is_right: bool,
    /// Rules without which that would be the other way round, ascending.
    pub(super) rules: Vec<RuleId>,
}

/// The pairs of one assertion.
pub(super) struct Pairs<'p> {
    judge: &'p Judge<'p, 'p>,
    plan: &'p Plan,
    profiles: FxHashMap<SideKey, ProfileId>,
    known: Vec<Profile>,
    matters: FxHashMap<[Option<ProfileId>; 2], Rc<Matter>>,
}

/// A profile by its place.
type ProfileId = usize;

/// What one side says of the ports of the assertion.
type Profile = Rc<[Piece]>;

/// What it says of ports on which no rule about the subject changes its mind.
struct Piece {
    ports: PortRange,
    word: Word,
    /// What it would say without a rule, where that is another word; by rule.
    without: Vec<(RuleId, Word)>,
}

impl<'p> Pairs<'p> {
    pub(super) fn new(judge: &'p Judge<'p, 'p>, plan: &'p Plan) -> Self {
        Self {
            judge,
            plan,
            profiles: FxHashMap::default(),
            known: Vec::new(),
            matters: FxHashMap::default(),
        }
    }

    /// What matters to a pair.
    pub(super) fn matter(&mut self, from: IdentityId, to: IdentityId) -> Rc<Matter> {
        let reach = self.judge.reach;
        let Some((source, target)) = reach.identity(from).zip(reach.identity(to)) else {
            return Rc::default();
        };
        let egress = self.profile(&Side {
            subject: source,
            direction: Direction::Egress,
            peer_id: to,
            peer: target,
        });
        let ingress = self.profile(&Side {
            subject: target,
            direction: Direction::Ingress,
            peer_id: from,
            peer: source,
        });
        let sides = [egress, ingress];
        if let Some(known) = self.matters.get(&sides) {
            return Rc::clone(known);
        }
        let profile = |id: Option<ProfileId>| id.and_then(|id| self.known.get(id));
        let matter = together(self.plan, profile(egress), profile(ingress));
        debug_assert_eq!(
            matter.is_right,
            self.judge.first_wrong(self.plan, from, to).is_none(),
            "policies and bundle agree"
        );
        let matter = Rc::new(matter);
        self.matters.insert(sides, Rc::clone(&matter));
        matter
    }

    /// What a side says; `None` where the end is no subject.
    fn profile(&mut self, side: &Side<'_>) -> Option<ProfileId> {
        let accesses = self.judge.accesses;
        let key = accesses.key(side)?;
        if let Some(known) = self.profiles.get(&key) {
            return Some(*known);
        }
        let plan = self.plan;
        let pieces = accesses.pieces_of(side, &plan.ports).into_iter();
        let pieces = pieces.filter_map(|ports| {
            let asked = accesses.ask(side, ports)?;
            let word = of(plan, &asked, RuleId::NONE);
            let others = candidates(plan, &asked).into_iter();
            let others = others.map(|rule| (rule, of(plan, &asked, rule)));
            Some(Piece {
                ports,
                word,
                without: others.filter(|(_, other)| *other != word).collect(),
            })
        });
        let id = self.known.len();
        self.known.push(pieces.collect());
        self.profiles.insert(key, id);
        Some(id)
    }
}

/// What matters to a pair, given both sides.
fn together(plan: &Plan, egress: Option<&Profile>, ingress: Option<&Profile>) -> Matter {
    let mut n_wrong = 0_usize;
    // Rules with one entry for each piece that would be wrong without them, or right again.
    let mut without: Vec<(RuleId, bool)> = Vec::new();
    overlaid(egress, ingress, |egress, ingress| {
        let (out, inn) = (
            egress.map(|piece| piece.word),
            ingress.map(|piece| piece.word),
        );
        let is_right = is_as_asserted(plan, out, inn);
        n_wrong += usize::from(!is_right);
        for (rule, other) in egress.into_iter().flat_map(|piece| &piece.without) {
            if is_as_asserted(plan, Some(*other), inn) != is_right {
                without.push((*rule, is_right));
            }
        }
        for (rule, other) in ingress.into_iter().flat_map(|piece| &piece.without) {
            if is_as_asserted(plan, out, Some(*other)) != is_right {
                without.push((*rule, is_right));
            }
        }
    });
    let is_right = n_wrong == 0;
    without.sort_unstable();
    let mut rules = Vec::new();
    for pieces in without.chunk_by(|(one, _), (other, _)| one == other) {
        let n_worse = pieces.iter().filter(|(_, is_worse)| *is_worse).count();
        let would_be_right = n_wrong + n_worse == pieces.len() - n_worse;
        if would_be_right != is_right {
            rules.extend(pieces.first().map(|(rule, _)| *rule));
        }
    }
    Matter { is_right, rules }
}

/// Looks at both sides' pieces on top of each other: they cover the same ports.
fn overlaid(
    egress: Option<&Profile>,
    ingress: Option<&Profile>,
    mut look: impl FnMut(Option<&Piece>, Option<&Piece>),
) {
    let (Some(egress), Some(ingress)) = (egress, ingress) else {
        egress
            .into_iter()
            .flat_map(|pieces| pieces.iter())
            .for_each(|piece| look(Some(piece), None));
        ingress
            .into_iter()
            .flat_map(|pieces| pieces.iter())
            .for_each(|piece| look(None, Some(piece)));
        return;
    };
    let (mut egress, mut ingress) = (egress.iter().peekable(), ingress.iter().peekable());
    while let (Some(out), Some(inn)) = (egress.peek(), ingress.peek()) {
        look(Some(out), Some(inn));
        let (last_out, last_inn) = (out.ports.last, inn.ports.last);
        if last_out <= last_inn {
            egress.next();
        }
        if last_inn <= last_out {
            ingress.next();
        }
    }
}

/// A side's word as the policies have it, without one of their rules.
fn of(plan: &Plan, asked: &Asked, without: RuleId) -> Word {
    let verdict = asked.without_at_all(without);
    let is_by = plan.by.as_ref().is_some_and(|by| match verdict {
        Verdict::BuiltIn => false,
        Verdict::Allow(rule) | Verdict::Deny(rule) => by.rules.contains(&rule),
        Verdict::NotAllowed(_) => {
            let mut others = asked.isolating.iter().filter(|rule| **rule != without);
            others.any(|rule| by.rules.contains(rule))
        }
    });
    Word {
        is_allow: matches!(verdict, Verdict::Allow(_) | Verdict::BuiltIn),
        is_by,
    }
}

/// The rules without which a side's word may be another.
fn candidates(plan: &Plan, asked: &Asked) -> Vec<RuleId> {
    let mut rules = asked.decisive();
    if plan.by.is_some() {
        rules.extend(&asked.isolating);
        rules.sort_unstable();
        rules.dedup();
    }
    rules
}
