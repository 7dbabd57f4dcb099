//! Taking away the rule that an allow is put down to changes the answer as `explain` says it does.

use serde_json::Value;
use ztc_abi::{Direction, Peer, Protocol};
use ztc_bundle::{
    Bundle, RuleRef, Simulator,
    flow::{Answerer, Question, Side, Word},
};
use ztc_policy::{
    graph::{Access, Verdict},
    model::{self, RuleId},
};
use ztc_reach::{Reach, Reason};

use super::{compile, connections, files, known, may_be_own_node, scenarios};
use crate::generate::Scenario;
use crate::pipeline::{Compiled, compile_with};
use crate::say::say;

const N_CASES: u64 = 60;

/// How many rules of a scenario are taken away, one at a time.
const N_RULES: usize = 4;

/// Kind, namespace and name of a policy, and the path of a rule in it.
type Place = (String, String, String, String);

/// One side of a connection that a rule allows.
struct Allowed {
    /// Both ends as explain takes them.
    ends: [String; 2],
    direction: Direction,
    rule: u32,
    access: Access,
    protocol: Protocol,
    port: u16,
}

/// The scenario without a rule; `None` when it is no item of a list.
fn without(scenario: &Scenario, rule: &RuleRef<'_>) -> Option<Scenario> {
    let mut scenario = scenario.clone();
    let is_it = |policy: &&mut Value| {
        let text = |key: &str| policy["metadata"][key].as_str().unwrap_or_default();
        policy["kind"] == rule.kind
            && text("namespace") == rule.namespace
            && text("name") == rule.name
    };
    let policy = scenario.policies.iter_mut().find(is_it)?;
    let (list, place) = rule.path.strip_suffix(']')?.rsplit_once('[')?;
    let pointer = list.replace(['.', '['], "/").replace(']', "");
    let items = policy.pointer_mut(&format!("/{pointer}"))?.as_array_mut()?;
    items.remove(place.parse().ok()?);
    Some(scenario)
}

/// How many rules an item of a policy stands for.
fn n_rules_of(bundle: &Bundle<'_>, item: &RuleRef<'_>) -> usize {
    let numbers = (1u32..).take(bundle.rules().len());
    let rules = numbers.filter_map(|number| bundle.rule(number));
    let same = rules.filter(|rule| {
        let place = (rule.file, rule.line, rule.column, rule.path);
        place == (item.file, item.line, item.column, item.path)
    });
    same.count()
}

/// Where a rule stands when another one is taken away.
fn moved(rule: &RuleRef<'_>, gone: &RuleRef<'_>) -> Option<Place> {
    let item = |path: &str| -> Option<(String, usize)> {
        let (list, place) = path.strip_suffix(']')?.rsplit_once('[')?;
        Some((list.to_owned(), place.parse().ok()?))
    };
    let (list, place) = item(rule.path)?;
    let (gone_list, gone_place) = item(gone.path)?;
    let policy = |rule: &RuleRef<'_>| {
        (
            rule.kind.to_owned(),
            rule.namespace.to_owned(),
            rule.name.to_owned(),
        )
    };
    let moves = policy(rule) == policy(gone) && list == gone_list && place > gone_place;
    let (kind, namespace, name) = policy(rule);
    let place = place - usize::from(moves);
    Some((kind, namespace, name, format!("{list}[{place}]")))
}

fn model_protocol(protocol: Protocol) -> Option<model::Protocol> {
    Some(match protocol {
        Protocol::Tcp => model::Protocol::Tcp,
        Protocol::Udp => model::Protocol::Udp,
        Protocol::Sctp => model::Protocol::Sctp,
        Protocol::Icmp => model::Protocol::Icmp,
        Protocol::Icmpv6 => model::Protocol::Icmpv6,
        Protocol::Other => return None,
    })
}

/// Sides that a rule allows, each rule once.
fn allowed(compiled: &Compiled) -> Vec<Allowed> {
    let bundle = compiled.bundle.view();
    let reach = Reach::new(&bundle);
    let answerer = Answerer::new(&bundle);
    let known = known(&reach, &answerer);
    let of = |id| known.iter().find(|one| one.id == id);
    let mut found: Vec<Allowed> = Vec::new();
    for ((from, to), parts) in connections(&reach) {
        let ends = of(from).zip(of(to));
        if ends.is_none_or(|(from, to)| may_be_own_node(from, to)) {
            continue;
        }
        let party = |id| reach.party(id).expect("a party");
        for (reasons, ports) in parts {
            for (direction, reason, subject, peer) in [
                (Direction::Egress, reasons.egress, from, to),
                (Direction::Ingress, reasons.ingress, to, from),
            ] {
                let Reason::Rule(rule) = reason else { continue };
                let range = ports.ranges().first().expect("some ports");
                let (class, peer) = (party(subject).entry.peer, Peer(party(peer).entry.peer));
                let Some(protocol) = model_protocol(range.protocol()) else {
                    continue;
                };
                if found.iter().any(|one| one.rule == rule) {
                    continue;
                }
                let end = |id| party(id).end.clone().expect("it has an end");
                found.push(Allowed {
                    ends: [end(from), end(to)],
                    direction,
                    rule,
                    access: Access {
                        class: class - Peer::FIRST_CLASS,
                        direction: match direction {
                            Direction::Ingress => model::Direction::Ingress,
                            Direction::Egress => model::Direction::Egress,
                        },
                        peer: ztc_lower::peer_index(&compiled.analysis, peer).expect("a peer"),
                        protocol: Some(protocol),
                        port: range.first,
                        with_audited: false,
                    },
                    protocol: range.protocol(),
                    port: range.first,
                });
            }
        }
    }
    found
}

/// What explain says of this side, and whether anything isolates its subject.
fn side(compiled: &Compiled, allowed: &Allowed) -> (Word, Option<Place>, bool) {
    let bundle = compiled.bundle.view();
    let (answerer, simulator) = (Answerer::new(&bundle), Simulator::new(&bundle));
    let [from, to] = &allowed.ends;
    let question = Question {
        from: from.clone(),
        to: to.clone(),
        protocol: allowed.protocol.name().into(),
        port: allowed.port,
    };
    let answer = answerer
        .answer(question, &mut &simulator)
        .expect("an answer");
    let side: &Side<'_> = match allowed.direction {
        Direction::Ingress => &answer.ingress,
        Direction::Egress => &answer.egress,
    };
    let rule = side
        .rules
        .first()
        .filter(|_| side.word == Word::Allow)
        .map(|rule| {
            let policy = rule.policy;
            (
                policy.kind.into(),
                policy.namespace.into(),
                policy.name.into(),
                rule.path.into(),
            )
        });
    let row = side.ask.expect("it is a subject").row;
    (
        side.word,
        rule,
        bundle.isolating_rules(row).next().is_some(),
    )
}

#[test]
fn taking_an_allowing_rule_away_does_what_explain_says() {
    let (mut n_denied, mut n_others) = (0, 0);
    for (seed, scenario) in scenarios(N_CASES) {
        let compiled = compile(&scenario);
        let bundle = compiled.bundle.view();
        let mut candidates = allowed(&compiled);
        fastrand::Rng::with_seed(seed).shuffle(&mut candidates);
        for one in candidates.iter().take(N_RULES) {
            let gone = bundle.rule(one.rule).expect("a rule");
            if n_rules_of(&bundle, &gone) > 1 {
                // What explain says is about one rule, and the item stands for several.
                continue;
            }
            let Some(smaller) = without(&scenario, &gone) else {
                continue;
            };
            let after = compile_with(&files(&smaller), &smaller.options);
            if !after.errors.is_empty() {
                // A policy may need the list that has nothing in it now.
                continue;
            }
            let asked = compiled.analysis.ask(&one.access);
            let id = RuleId(one.rule);
            assert_eq!(asked.verdict(), Verdict::Allow(id), "ZTC_SEED={seed}");
            let (word, rule, is_isolated) = side(&after, one);
            let predicted = match asked.isolating.as_slice() {
                [only] if *only == id && !is_isolated => asked.without_at_all(id),
                _ => asked.without(id),
            };
            let isolating = asked.isolating.iter();
            let isolating: Vec<_> = isolating.map(|id| bundle.rule(id.0)).collect();
            let context = format!(
                "ZTC_SEED={seed} ZTC_CASES=1: {:?} without {gone}: {predicted:?} of \
                 {isolating:?}, but {word:?} by {rule:?}",
                one.ends
            );
            match predicted {
                Verdict::Allow(other) => {
                    let other = bundle.rule(other.0).expect("a rule");
                    assert_eq!(
                        (word, rule),
                        (Word::Allow, moved(&other, &gone)),
                        "{context}"
                    );
                    n_others += 1;
                }
                Verdict::BuiltIn => assert_eq!((word, rule), (Word::Allow, None), "{context}"),
                Verdict::Deny(_) | Verdict::NotAllowed(_) => {
                    assert_eq!(word, Word::Deny, "{context}");
                    n_denied += 1;
                }
            }
        }
    }
    say(format_args!(
        "{n_denied} denied then, {n_others} allowed by another rule"
    ));
    assert!(n_denied > 0 && n_others > 0);
}
