//! From a question to its answer: finds the ends, asks a judge for each side, names the rules.
//!
//! Must not know who judges, nor how an answer is shown.

use ztc_abi::{Action, Direction, Peer, Verdict};

use super::{
    Answer, Ask, Audit, End, Ends, Judge, Judged, NoAnswer, Question, Role, Rule, Side, Word,
};
use crate::{Bundle, RuleRef};

/// Answers questions about one bundle.
#[derive(Clone, Debug)]
pub struct Answerer<'a> {
    bundle: Bundle<'a>,
    ends: Ends<'a>,
    /// Rule n is at n - 1.
    rules: Vec<Option<RuleRef<'a>>>,
    /// Whether pods are isolated without a rule that does it.
    is_always_isolated: bool,
    left_out: usize,
}

impl<'a> Answerer<'a> {
    /// Reads once what every answer needs.
    pub fn new(bundle: &Bundle<'a>) -> Self {
        let n_rules = u32::try_from(bundle.rules().len()).unwrap_or(u32::MAX);
        let mut options = bundle.string(bundle.meta().options).split(' ');
        Self {
            bundle: *bundle,
            ends: Ends::new(bundle),
            is_always_isolated: options.any(|option| option == "enable-policy=always"),
            rules: (1..=n_rules).map(|number| bundle.rule(number)).collect(),
            left_out: 0,
        }
    }

    /// For a bundle that was made without so many objects: every answer says so.
    #[must_use]
    pub fn without_refused(self, left_out: usize) -> Self {
        Self { left_out, ..self }
    }

    /// The ends that can be named.
    pub fn ends(&self) -> &Ends<'a> {
        &self.ends
    }

    /// Judges both sides of a question.
    ///
    /// # Errors
    ///
    /// A question that cannot be asked, or a judge that has no answer.
    pub fn answer(
        &self,
        question: Question,
        judge: &mut impl Judge,
    ) -> Result<Answer<'a>, NoAnswer> {
        let (from, to) = (
            self.ends.find(&question.from)?,
            self.ends.find(&question.to)?,
        );
        self.answer_between(question, (from, to), judge)
    }

    /// As [`Self::answer`], for ends that were found already, or made up.
    ///
    /// # Errors
    ///
    /// See [`Self::answer`].
    pub fn answer_between(
        &self,
        question: Question,
        (from, to): (End<'a>, End<'a>),
        judge: &mut impl Judge,
    ) -> Result<Answer<'a>, NoAnswer> {
        let mut notes = Vec::new();
        let mut side = |direction, subject, (peer, peer_name): (End<'a>, &str)| {
            let (ask, is_guess) = match self.ask(&question, direction, subject, peer)? {
                Some(asked) => asked,
                None => return Ok(no_subject()),
            };
            if is_guess {
                notes.push(format!(
                    "it is not known which node {peer_name} or the other end is on: judged as \
                     different nodes"
                ));
            }
            // Only rules of egress can name networks.
            let is_egress = direction == Direction::Egress;
            if is_egress && ask.row > 0 && self.may_be_in_a_network(peer) {
                notes.push(format!(
                    "{peer_name} has no address here: judged as being in none of the `networks` \
                     of policies that are narrower than all addresses"
                ));
            }
            let judged = judge.judge(&ask)?;
            Ok::<_, NoAnswer>(self.side(ask, judged))
        };
        let egress = side(Direction::Egress, from, (to, &question.to))?;
        let ingress = side(Direction::Ingress, to, (from, &question.from))?;
        let denied = [egress.word, ingress.word].contains(&Word::Deny);
        Ok(Answer {
            question,
            egress,
            ingress,
            verdict: if denied { Word::Deny } else { Word::Allow },
            notes,
            left_out: self.left_out,
        })
    }

    /// Whether an end inside the cluster is known by name only while some policy is about the
    /// addresses of pods and nodes.
    fn may_be_in_a_network(&self, peer: End<'a>) -> bool {
        let has_no_address = match peer {
            End::Pod { address, .. } | End::Node { address, .. } => address.is_none(),
            End::Other { entry, address } => {
                address.is_none() && Peer(entry.peer).kind() == Peer::ANY_INSIDE
            }
        };
        let mut networks = self.bundle.networks().iter();
        has_no_address && networks.any(|one| one.length > 0)
    }

    /// What to ask a judge, and whether a node had to be guessed for it; `None` when the end is no
    /// subject.
    fn ask(
        &self,
        question: &Question,
        direction: Direction,
        subject: End<'a>,
        peer: End<'a>,
    ) -> Result<Option<(Ask, bool)>, NoAnswer> {
        let protocol = question.protocol()?;
        let End::Pod { class, node, .. } = subject else {
            return Ok(None);
        };
        let index = class.checked_sub(Peer::FIRST_CLASS);
        let record = index.and_then(|index| self.bundle.classes().get(index));
        let record = record.ok_or(NoAnswer::Incomplete)?;
        let (row, shadow_row) = match direction {
            Direction::Ingress => (record.row_ingress, record.shadow_ingress),
            Direction::Egress => (record.row_egress, record.shadow_egress),
        };
        let seen = self.ends.seen_from(node, peer);
        let ask = Ask {
            direction,
            class: Peer(class),
            row,
            shadow_row,
            peer: seen.entry,
            peer_address: seen.address,
            protocol,
            port: question.port,
        };
        Ok(Some((ask, seen.is_guess)))
    }

    fn side(&self, ask: Ask, judged: Judged) -> Side<'a> {
        let (word, reason, rules) = self.words(ask.row, judged.verdict);
        let audit = judged.shadow.map(|shadow| {
            let (would, _, rules) = self.words(ask.shadow_row, shadow);
            Audit { would, rules }
        });
        Side {
            word,
            reason,
            rules,
            audit,
            ask: Some(ask),
        }
    }

    /// A verdict on a row: the word, the reason, and the rules.
    fn words(&self, row: u32, verdict: Verdict) -> (Word, &'static str, Vec<Rule<'a>>) {
        let decided = || {
            let rule = self.rule(verdict.rule());
            let rule = rule.map(|rule| Rule::new(Role::Decided, rule));
            rule.into_iter().collect()
        };
        match verdict.action() {
            Action::Allow if verdict.rule() != 0 => (Word::Allow, "a rule allows it", decided()),
            Action::Allow if row == 0 => (
                Word::Allow,
                "no policy isolates it in this direction",
                vec![],
            ),
            Action::Allow if self.is_always_isolated || self.isolating(row).next().is_some() => {
                (Word::Allow, "its own node may always reach it", vec![])
            }
            Action::Allow => (
                Word::Allow,
                "no policy isolates it in this direction, and no rule denies it",
                vec![],
            ),
            Action::Deny => (Word::Deny, "a rule denies it", decided()),
            Action::NotAllowed => {
                let rules = self.isolating(row);
                let rules = rules.map(|rule| Rule::new(Role::Isolates, rule));
                (Word::Deny, "no rule allows it", rules.collect())
            }
        }
    }

    fn rule(&self, number: u32) -> Option<&RuleRef<'a>> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.rules.get(index)?.as_ref()
    }

    /// The rules that isolate the subjects of a row.
    fn isolating(&self, row: u32) -> impl Iterator<Item = &RuleRef<'a>> {
        let numbers = self.bundle.isolating_numbers(row);
        numbers.filter_map(|number| self.rule(number))
    }
}

/// The side of an end that is no pod.
fn no_subject<'a>() -> Side<'a> {
    Side {
        word: Word::NotApplicable,
        reason: "not a pod, so no policy applies to this end",
        rules: vec![],
        audit: None,
        ask: None,
    }
}
