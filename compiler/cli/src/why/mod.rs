//! What the policies can say about an answer that a bundle cannot: what came nearest to allowing,
//! what would be without the deciding rule, and which rules handed over to the next tier.
//!
//! Must not decide anything: where the policies and the bundle disagree, it says nothing.

mod near;
mod unmet;

use serde::Serialize;
use ztc_bundle::{
    Bundle,
    flow::{Answer, Ask, Role, Rule, Side, Word},
};
use ztc_policy::{
    Analysis,
    graph::{Access, Asked, Verdict},
    model::{Action, Direction, Protocol, RuleId, Tier},
};

/// More about one side of an answer.
#[derive(Default)]
pub(crate) struct Why<'a> {
    /// For a default deny: the rule that came nearest to allowing.
    pub(crate) nearest: Option<Nearest<'a>>,
    /// What would be if the deciding rule said nothing.
    pub(crate) without: Option<Without<'a>>,
    /// Rules that matched first in their tier and left the answer to the next one.
    pub(crate) passed: Vec<Rule<'a>>,
}

/// A rule that came near.
#[derive(Serialize)]
pub(crate) struct Nearest<'a> {
    /// The rule.
    pub(crate) rule: Rule<'a>,
    /// What would have to be different, a sentence each.
    pub(crate) missing: Vec<String>,
    /// How many other rules came as near.
    pub(crate) others: usize,
}

/// What would be without a rule.
#[derive(Serialize)]
pub(crate) struct Without<'a> {
    /// The verdict.
    pub(crate) verdict: Word,
    /// The rule that would decide; absent where none would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<Rule<'a>>,
}

/// Asks the policies about both sides of an answer, egress first.
pub(crate) fn why<'a>(
    analysis: &Analysis,
    bundle: &Bundle<'a>,
    answer: &Answer<'a>,
) -> [Why<'a>; 2] {
    let (from, to) = (answer.question.from.as_str(), answer.question.to.as_str());
    let side = |side: &Side<'a>, peer: &str| {
        let question = Question {
            analysis,
            bundle,
            peer,
        };
        side.ask
            .and_then(|ask| question.side(side, &ask))
            .unwrap_or_default()
    };
    [side(&answer.egress, to), side(&answer.ingress, from)]
}

/// One side's question, as people asked it.
struct Question<'q, 'a> {
    analysis: &'q Analysis,
    bundle: &'q Bundle<'a>,
    /// The other end, as it was named.
    peer: &'q str,
}

impl<'a> Question<'_, 'a> {
    /// `None` where the policies know no such access, or see it otherwise than the bundle.
    fn side(&self, side: &Side<'a>, ask: &Ask) -> Option<Why<'a>> {
        let access = self.access(ask)?;
        let asked = self.analysis.ask(&access);
        let verdict = asked.verdict();
        let agrees = self.agrees(side, verdict);
        debug_assert!(
            agrees,
            "{verdict:?} is not {:?}, {}",
            side.word, side.reason
        );
        if !agrees {
            return None;
        }
        let mut why = Why {
            passed: self.passed(&asked),
            ..Why::default()
        };
        match verdict {
            Verdict::Allow(_) if side.rules.is_empty() => {}
            Verdict::Allow(rule) | Verdict::Deny(rule) => {
                why.without = Some(self.without(asked.without(rule)));
            }
            Verdict::NotAllowed(_) => why.nearest = self.nearest(&access, &asked),
            Verdict::BuiltIn => {}
        }
        Some(why)
    }

    fn access(&self, ask: &Ask) -> Option<Access> {
        let class = ask.class.0.checked_sub(ztc_abi::Peer::FIRST_CLASS)?;
        Some(Access {
            class,
            direction: match ask.direction {
                ztc_abi::Direction::Ingress => Direction::Ingress,
                ztc_abi::Direction::Egress => Direction::Egress,
            },
            peer: ztc_lower::peer_index(self.analysis, ztc_abi::Peer(ask.peer.peer))?,
            protocol: Some(protocol(ask.protocol)?),
            port: ask.port,
            with_audited: false,
        })
    }

    /// Whether the policies say what the bundle says. Where nothing isolates the subject, the
    /// bundle need not know which rule allows what is open anyway.
    fn agrees(&self, side: &Side<'a>, verdict: Verdict) -> bool {
        let decided = |id: RuleId| match side.rules.as_slice() {
            [rule] => self.rule(Role::Decided, id).as_ref() == Some(rule),
            _ => false,
        };
        match verdict {
            Verdict::Allow(rule) => {
                side.word == Word::Allow && (side.rules.is_empty() || decided(rule))
            }
            Verdict::Deny(rule) => side.word == Word::Deny && decided(rule),
            Verdict::NotAllowed(_) => side.word == Word::Deny,
            Verdict::BuiltIn => side.word == Word::Allow && side.rules.is_empty(),
        }
    }

    fn without(&self, verdict: Verdict) -> Without<'a> {
        let (word, id) = match verdict {
            Verdict::Allow(rule) => (Word::Allow, rule),
            Verdict::Deny(rule) => (Word::Deny, rule),
            Verdict::NotAllowed(_) => (Word::Deny, RuleId::NONE),
            Verdict::BuiltIn => (Word::Allow, RuleId::NONE),
        };
        Without {
            verdict: word,
            rule: self.rule(Role::Decided, id),
        }
    }

    /// Of each tier with an order, the first rule that matches, where it passes.
    fn passed(&self, asked: &Asked) -> Vec<Rule<'a>> {
        let model = &self.analysis.model;
        let first = |tier: Tier| {
            let matching = asked.matching.iter();
            let in_tier = matching.filter_map(|found| {
                let rule = model.rule(found.rule).filter(|rule| rule.tier == tier)?;
                Some((rule.priority, found.rule, rule.action))
            });
            let (_, id, action) = in_tier.min()?;
            (action == Action::Pass).then(|| self.rule(Role::Passed, id))?
        };
        first(Tier::Admin).into_iter().collect()
    }

    /// A rule as the bundle has it: both number them alike.
    fn rule(&self, role: Role, id: RuleId) -> Option<Rule<'a>> {
        self.bundle.rule(id.0).map(|rule| Rule::new(role, &rule))
    }
}

fn protocol(protocol: ztc_abi::Protocol) -> Option<Protocol> {
    let named = |one: &Protocol| one.name() == protocol.name();
    Protocol::ALL.into_iter().find(named)
}

#[cfg(test)]
mod tests;
