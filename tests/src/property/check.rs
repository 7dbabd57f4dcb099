//! One scenario, asked of all three.

use ztc_abi::{Action, Peer, Protocol, Verdict};
use ztc_bundle::{Bundle, Simulator};

use crate::generate::Scenario;
use crate::interpreter::{Interpreter, Judgement, Origin, Outcome, Say};
use crate::kernel::Kernel;
use crate::pipeline::{Question, compile_with, questions};
use crate::yaml_text;

/// The node that the kernel is asked for.
const NODE: &str = "node-a";

/// What was compared.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Tally {
    n_connections: usize,
    n_sides: usize,
    n_allowed_by_rule: usize,
    n_denied_by_rule: usize,
    n_denied_by_default: usize,
    /// Sides on which audited policies would decide otherwise.
    n_audited: usize,
    /// Sides on which a policy with an order decided.
    n_ordered: usize,
    /// Packets that the kernel judged.
    n_packets: usize,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.n_connections += other.n_connections;
        self.n_sides += other.n_sides;
        self.n_allowed_by_rule += other.n_allowed_by_rule;
        self.n_denied_by_rule += other.n_denied_by_rule;
        self.n_denied_by_default += other.n_denied_by_default;
        self.n_audited += other.n_audited;
        self.n_ordered += other.n_ordered;
        self.n_packets += other.n_packets;
    }

    /// Agreement on nothing but "no policy" would prove little.
    pub(super) fn assert_varied(&self) {
        let kinds = [
            self.n_allowed_by_rule,
            self.n_denied_by_rule,
            self.n_denied_by_default,
        ];
        let few = self.n_sides / 50;
        let rare = self.n_audited.min(self.n_ordered);
        assert!(
            self.n_sides < 1000 || (kinds.iter().all(|n| *n > few) && rare > 0),
            "hardly varied: {self:?}"
        );
    }

    fn count(&mut self, verdict: Verdict) {
        self.n_sides += 1;
        match (verdict.action(), verdict.rule()) {
            (Action::Allow, 0) => {}
            (Action::Allow, _) => self.n_allowed_by_rule += 1,
            (Action::Deny, _) => self.n_denied_by_rule += 1,
            (Action::NotAllowed, _) => self.n_denied_by_default += 1,
        }
    }
}

/// Compares every connection of a scenario; says what differs.
pub(super) fn check(scenario: &Scenario, kernel: Option<&Kernel>) -> Result<Tally, String> {
    let mut files = vec![(
        "workloads.yaml".to_string(),
        yaml_text::write(&scenario.workloads),
    )];
    for (index, policy) in scenario.policies.iter().enumerate() {
        files.push((format!("policy-{index}.yaml"), yaml_text::write([policy])));
    }
    let compiled = compile_with(&files, &scenario.options);
    if let Some(error) = compiled.errors.first() {
        return Err(format!("ztc refuses what is valid: {error:?}"));
    }
    let objects: Vec<_> = scenario
        .workloads
        .iter()
        .chain(&scenario.policies)
        .collect();
    let interpreter = Interpreter::with_options(objects.iter().copied(), &scenario.options);
    let bundle = compiled.bundle.view();
    let simulator = Simulator::new(&bundle);
    let staged = kernel
        .map(|kernel| kernel.stage(&bundle, NODE))
        .transpose()?;
    check_probes(&bundle)?;
    let mut tally = Tally::default();
    for connection in &scenario.connections {
        tally.n_connections += 1;
        let enforced = interpreter.judge(connection, Say::Enforced);
        let shadow = interpreter.judge(connection, Say::Shadow);
        let asked = questions(&bundle, &interpreter.cluster, connection);
        for (enforced, shadow, question) in [
            (enforced.0, shadow.0, asked.0),
            (enforced.1, shadow.1, asked.1),
        ] {
            let Some(question) = question else { continue };
            let side = question.direction.name();
            tally.n_audited += usize::from(enforced.outcome != shadow.outcome);
            for (say, judgement, question) in [
                ("enforced", &enforced, &question),
                ("shadow", &shadow, &question.of_shadow()),
            ] {
                let verdict = question.ask(&simulator);
                if question.ask_bundle(&bundle) != verdict {
                    return Err(format!("{question:?}: bundle and simulator differ"));
                }
                tally.count(verdict);
                tally.n_ordered += usize::from(names_ordered(&bundle, verdict));
                explain(&bundle, judgement, question, verdict)
                    .map_err(|fault| format!("{connection:?}: {side}: {say}: {fault}"))?;
                if let Some(staged) = &staged {
                    let fault = |fault| format!("{connection:?}: {side}: {say}: kernel: {fault}");
                    tally.n_packets += staged.ask(question, verdict).map_err(fault)?;
                }
            }
        }
    }
    Ok(tally)
}

/// Whether a verdict is put down to a rule of a tier with an order.
fn names_ordered(bundle: &Bundle<'_>, verdict: Verdict) -> bool {
    let rule = bundle.rule(verdict.rule());
    rule.is_some_and(|rule| {
        ["Cluster", "Admin", "Baseline"]
            .iter()
            .any(|it| rule.kind.starts_with(it))
    })
}

/// Whether the bundle gives its own probes the answers that it expects of the kernel.
fn check_probes(bundle: &Bundle<'_>) -> Result<(), String> {
    for probe in bundle.probes().iter() {
        let peer = bundle.peer_entry(Peer(probe.peer));
        let protocol = Protocol::from_index(probe.protocol);
        let verdict = peer
            .zip(protocol)
            .and_then(|(peer, protocol)| bundle.judge(probe.row, peer, protocol, probe.port));
        if verdict != Some(Verdict(probe.verdict)) {
            return Err(format!("{probe:?} gets {verdict:?}"));
        }
    }
    Ok(())
}

/// Whether a verdict is right, and whether the rule it names is one that says so.
fn explain(
    bundle: &Bundle<'_>,
    judgement: &Judgement<'_>,
    question: &Question,
    verdict: Verdict,
) -> Result<(), String> {
    let outcome = if verdict.is_allow() {
        Outcome::Allow
    } else {
        Outcome::Deny
    };
    let fault = |text: &str| {
        let words = bundle.explain(verdict, question.row);
        Err(format!(
            "{text}: ztc says `{words}`, the interpreter {judgement:?}"
        ))
    };
    if outcome != judgement.outcome {
        return fault("another verdict");
    }
    let named = bundle.rule(verdict.rule()).map(|rule| Origin {
        kind: rule.kind.into(),
        namespace: rule.namespace.into(),
        name: rule.name.into(),
        path: rule.path.into(),
    });
    let speaks = |origins: &[&Origin]| {
        named
            .as_ref()
            .is_some_and(|named| origins.iter().any(|origin| **origin == *named))
    };
    let holds = match (verdict.action(), verdict.rule()) {
        (Action::Allow, 0) => judgement.unnamed,
        (Action::Allow, _) => speaks(&judgement.allows),
        (Action::Deny, _) => speaks(&judgement.denies),
        (Action::NotAllowed, 0) => judgement.always,
        (Action::NotAllowed, _) => isolates(named.as_ref(), &judgement.isolates),
    };
    if !holds {
        return fault("another reason");
    }
    let isolated = bundle.isolating_rules(question.row).next().is_some();
    if isolated == judgement.isolates.is_empty() {
        return fault("isolated by others");
    }
    Ok(())
}

/// Whether a rule is one that isolates. What isolates in a NetworkPolicy without items is the
/// policy as such, wherever in it one points.
fn isolates(named: Option<&Origin>, isolates: &[&Origin]) -> bool {
    named.is_some_and(|named| {
        isolates.iter().any(|origin| {
            let mut whole = named.clone();
            if !whole.path.contains('[') {
                whole.path = origin.path.clone();
            }
            **origin == whole
        })
    })
}
