//! What is said of an assertion that does not hold: where it is, which pair and port shows it, and
//! the rules that are the reason.
//!
//! Must not judge anything.

use std::{collections::BTreeMap, net::IpAddr};

use ztc_abi::{Action, Verdict};
use ztc_bundle::{
    Simulator,
    flow::{Answer, Answerer, Question, Rule, Word},
};
use ztc_diag::{Diagnostic, Span};
use ztc_policy::model::{Policy, RuleId};
use ztc_reach::{Identity, Party, PartyId, Reach, Verdicts};
use ztc_syntax::{Assertion, Expected, Quantifier};

use super::{
    judge::{Judged, Witness},
    plan::Plan,
};
use crate::{
    output::counted,
    pipeline::Checked,
    why::{self, Nearest, Why},
};

/// How many rules that isolate one end are pointed at.
const SHOWN: usize = 3;

/// An end of the pair that shows it.
struct End {
    /// With an address that was selected, where not all of its addresses were.
    name: String,
    /// As `ztc explain` takes it.
    end: Option<String>,
}

/// What explains a failure.
pub(super) struct Failures<'f, 'a> {
    checked: &'f Checked,
    reach: &'f Reach<'a>,
    answerer: Answerer<'a>,
    simulator: Simulator<'a>,
}

impl<'f, 'a> Failures<'f, 'a> {
    pub(super) fn new(checked: &'f Checked, reach: &'f Reach<'a>) -> Self {
        let bundle = reach.bundle();
        Self {
            checked,
            reach,
            answerer: Answerer::new(bundle),
            simulator: Simulator::new(bundle),
        }
    }

    /// What is wrong with an assertion; `None` when it holds.
    pub(super) fn diagnostic(
        &self,
        assertion: &Assertion,
        plan: &Plan,
        judged: &Judged,
    ) -> Option<Diagnostic> {
        if judged.holds {
            return None;
        }
        let Some((witness, from, to)) = self.ends(plan, judged) else {
            let message = "this assertion does not hold";
            return Some(Diagnostic::error(NAME, message, assertion.span));
        };
        let (from, to) = (&from, &to);
        let message = self.message(plan, witness, (from, to));
        let mut found = Diagnostic::error(NAME, message, assertion.span);
        if let Some(name) = &assertion.name {
            found = found.at(format!("\"{}\" does not hold", name.value));
        }
        found = self.point(found, witness, (from, to));
        found = self.explain(found, witness, (from, to));
        if witness.alike != witness.all {
            let ports = &witness.alike;
            found = found.note(format!("these rules are the reason on {ports}"));
        }
        let scope = scope(assertion, judged, (&from.name, &to.name));
        Some(scope.into_iter().fold(found, Diagnostic::note))
    }

    fn ends<'j>(&self, plan: &Plan, judged: &'j Judged) -> Option<(&'j Witness, End, End)> {
        let witness = judged.witness.as_ref()?;
        let end = |id: PartyId, addresses: &BTreeMap<PartyId, IpAddr>| {
            let party = self.reach.party(id)?;
            let address = addresses.get(&id).map(IpAddr::to_string);
            let name = match &address {
                Some(address) if !is_just(party, address) => format!("{address} ({})", party.name),
                _ => party.name.clone(),
            };
            let address = address.filter(|_| !party.ranges.is_empty());
            let end = address.or_else(|| party.end.clone());
            Some(End { name, end })
        };
        let [from_addresses, to_addresses] = &plan.addresses;
        let from = end(witness.from, from_addresses)?;
        Some((witness, from, end(witness.to, to_addresses)?))
    }

    fn message(&self, plan: &Plan, witness: &Witness, (from, to): (&End, &End)) -> String {
        let (from, to, ports) = (&from.name, &to.name, &witness.all);
        let is_allowed = witness.verdicts.is_allow();
        let word = if is_allowed {
            "reaches"
        } else {
            "cannot reach"
        };
        let mut message = format!("`{from}` {word} `{to}` on {ports}");
        let is_expected = is_allowed == (plan.expected == Expected::Allow);
        if let Some(by) = plan.by.as_ref().filter(|_| is_expected) {
            let reasons = self.reasons(witness.verdicts);
            message += &match reasons.as_slice() {
                [] => format!(", but no rule of `{}` is the reason", by.text),
                reasons => format!(", but by {}, not by `{}`", reasons.join(" and "), by.text),
            };
        }
        message
    }

    /// The policies that decide, each once.
    fn reasons(&self, verdicts: Verdicts) -> Vec<String> {
        let is_allowed = verdicts.is_allow();
        let sides = [verdicts.egress, verdicts.ingress].into_iter().flatten();
        let rules = sides.filter(|one| one.is_allow() == is_allowed);
        let model = &self.checked.analysis.model;
        let mut reasons: Vec<String> = rules
            .filter_map(|one| model.policy_of(model.rule(RuleId(one.rule()))?))
            .map(|policy| format!("`{}`", Policy::full_name(policy)))
            .collect();
        reasons.dedup();
        reasons
    }

    /// Points at the rules that are the reason.
    fn point(
        &self,
        mut found: Diagnostic,
        witness: &Witness,
        (from, to): (&End, &End),
    ) -> Diagnostic {
        let is_allowed = witness.verdicts.is_allow();
        for (side, verdict, party, direction) in [
            (witness.from, witness.verdicts.egress, from, "egress"),
            (witness.to, witness.verdicts.ingress, to, "ingress"),
        ] {
            let Some(verdict) = verdict.filter(|one| one.is_allow() == is_allowed) else {
                continue;
            };
            let end = format!("{direction} of `{}`", party.name);
            for (span, text) in self.places(side, verdict, direction, &end) {
                found = found.label(span, text);
            }
        }
        found
    }

    /// The rules behind a verdict.
    fn places(
        &self,
        party: PartyId,
        verdict: Verdict,
        direction: &str,
        end: &str,
    ) -> Vec<(Span, String)> {
        let model = &self.checked.analysis.model;
        let place = |rule: u32, text: String| Some((model.rule(RuleId(rule))?.span, text));
        match verdict.action() {
            Action::Allow => place(verdict.rule(), format!("allows the {end}"))
                .into_iter()
                .collect(),
            Action::Deny => place(verdict.rule(), format!("denies the {end}"))
                .into_iter()
                .collect(),
            Action::NotAllowed => {
                let row = self.identity(party).map_or(0, |identity| match direction {
                    "egress" => identity.row_egress,
                    _ => identity.row_ingress,
                });
                let rules = self.reach.bundle().isolating_rules(row).take(SHOWN);
                rules
                    .filter_map(|rule| {
                        place(
                            rule.number,
                            format!("isolates the {end}, does not allow this"),
                        )
                    })
                    .collect()
            }
        }
    }

    fn identity(&self, party: PartyId) -> Option<&'f Identity> {
        self.reach.identity(self.reach.party(party)?.identity)
    }

    /// Why no rule decides, and which rule came nearest.
    fn explain(
        &self,
        mut found: Diagnostic,
        witness: &Witness,
        (from, to): (&End, &End),
    ) -> Diagnostic {
        let Some(answer) = self.answer(witness, (from, to)) else {
            return found;
        };
        let bundle = self.reach.bundle();
        let whys = why::why(&self.checked.analysis, bundle, &answer);
        let is_allowed = witness.verdicts.is_allow();
        for (side, why, verdict, end) in [
            (
                &answer.egress,
                &whys[0],
                witness.verdicts.egress,
                ("egress", from),
            ),
            (
                &answer.ingress,
                &whys[1],
                witness.verdicts.ingress,
                ("ingress", to),
            ),
        ] {
            if verdict.is_none_or(|one| one.is_allow() != is_allowed) {
                continue;
            }
            let (direction, party) = end;
            if is_allowed && side.rules.is_empty() {
                let reason = side.reason;
                found = found.note(format!("{direction} of `{}`: {reason}", party.name));
            }
            found = self.advise(found, why);
        }
        found
    }

    fn answer(&self, witness: &Witness, (from, to): (&End, &End)) -> Option<Answer<'a>> {
        let ports = witness.ports;
        let port = format!("{}/{}", ports.first, ports.protocol().name());
        let question = Question::new(from.end.as_deref()?, to.end.as_deref()?, &port).ok()?;
        let answer = self.answerer.answer(question, &mut &self.simulator).ok()?;
        // An end that stands for others may be judged otherwise than these.
        let is_allowed = answer.verdict == Word::Allow;
        (is_allowed == witness.verdicts.is_allow()).then_some(answer)
    }

    /// Names the rule that came nearest to allowing what no rule allows.
    fn advise(&self, found: Diagnostic, why: &Why<'_>) -> Diagnostic {
        let Some(Nearest { rule, missing, .. }) = &why.nearest else {
            return found;
        };
        let missing = missing.join(", and ");
        let place = self.place(rule);
        found.help(format!("nearest to allowing it is {place}, but {missing}"))
    }

    /// A rule in one line, its file as the user named it.
    fn place(&self, rule: &Rule<'_>) -> String {
        let Rule { policy, path, .. } = rule;
        let slash = if policy.namespace.is_empty() { "" } else { "/" };
        let mut sources = self.checked.sources.iter();
        let source = sources.find(|(_, source)| source.stored_name == rule.file);
        let file = source.map_or(rule.file, |(_, source)| source.name.as_str());
        format!(
            "{} {}{slash}{}, {path} at {file}:{}",
            policy.kind, policy.namespace, policy.name, rule.line
        )
    }
}

/// The name of every failure.
const NAME: &str = "assertion-failed";

/// Whether a party is one address, and called so.
fn is_just(party: &Party, address: &str) -> bool {
    let rest = party.name.strip_prefix(address);
    rest.is_some_and(|rest| ["", "/32", "/128"].contains(&rest))
}

/// How much else is wrong, in the words of the assertion.
fn scope(assertion: &Assertion, judged: &Judged, (from, to): (&str, &str)) -> Option<String> {
    let (n_wrong, n_pairs) = (judged.n_wrong, judged.n_pairs);
    let verb = match assertion.expected {
        Expected::Allow => "allowed",
        Expected::Deny => "denied",
    };
    let reason = if assertion.by.is_some() {
        " for this reason"
    } else {
        ""
    };
    match (assertion.from.quantifier, assertion.to.quantifier) {
        (Quantifier::All, Quantifier::All) if n_wrong <= 1 => None,
        (Quantifier::All, Quantifier::All) => {
            let others = counted(n_wrong - 1, "other pair is", "other pairs are");
            Some(format!("{others} wrong, of {n_pairs}"))
        }
        (Quantifier::All, Quantifier::Any) => Some(format!(
            "to none of those in `to` is `{from}` {verb}{reason}; `{to}` is the first"
        )),
        (Quantifier::Any, Quantifier::All) => Some(format!(
            "nobody in `from` is {verb} to all of those in `to`{reason}; `{from}` is the first"
        )),
        (Quantifier::Any, Quantifier::Any) => Some(format!(
            "none of {} is {verb}{reason}; this is the first",
            counted(n_pairs, "pair", "pairs")
        )),
    }
}
