//! Rule numbers and verdicts in words.

use ztc_abi::{Action, Peer, Verdict};
use ztc_bundle::*;

use crate::generated;

/// A bundle with one policy of two rules, of which the second isolates row 1.
fn bundle() -> Vec<u8> {
    let mut contents = testing::contents(0);
    contents.probes.clear();
    contents.verdicts.clear();
    contents.ports.clear();
    contents.addresses.clear();
    contents.endpoints.clear();
    contents.node_classes.clear();
    (contents.classes, contents.signatures, contents.class_ports) = Default::default();
    (contents.networks, contents.class_networks) = Default::default();
    (contents.selectors, contents.requirements, contents.values) = Default::default();
    contents.named_ports.clear();
    contents.strings = [
        "",
        "CiliumNetworkPolicy",
        "db",
        "db.yaml",
        "default",
        "l7",
        "spec.ingress[0]",
    ]
    .map(String::from)
    .into();
    contents.meta = MetaRecord {
        n_rows: 1,
        n_port_classes: 8,
        ..MetaRecord::default()
    };
    contents.policies = vec![PolicyRecord {
        kind: 1,
        namespace: 4,
        name: 2,
        file: 3,
        line: 4,
        column: 9,
    }];
    let rule = |line, action: Action, isolates| RuleRecord {
        policy: 0,
        file: 3,
        line,
        column: 7,
        end_line: line + 1,
        end_column: 1,
        path: 6,
        direction: 0,
        action: action as u8,
        isolates,
        audit: u8::from(isolates == 0),
        tier: 1,
        ..RuleRecord::default()
    };
    contents.rules = vec![rule(9, Action::Deny, 0), rule(14, Action::Allow, 1)];
    contents.isolations = vec![IsolationRecord { row: 1, rule: 2 }];
    let degraded = |rule| DegradationRecord { name: 5, rule };
    contents.degradations = vec![degraded(1), degraded(2)];
    let kinds = [Peer::ANY_INSIDE, Peer::ANY_OUTSIDE].map(|kind| DecisionRecord {
        row: 1,
        peer: kind.0,
        port_map: 0,
        rest: Verdict::new(Action::NotAllowed, 2).0,
    });
    contents.decisions = kinds.into();
    encode(&testing::complete(contents)).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn check(action: Action, rule: u32, row: u32, expected: &str) {
    let bytes = bundle();
    let bundle = Bundle::parse(&bytes).expect("it was just written");
    assert_eq!(bundle.explain(Verdict::new(action, rule), row), expected);
}

#[test]
fn every_verdict_is_a_sentence_that_names_the_line() {
    let allowed = "allowed by default/db (CiliumNetworkPolicy) at db.yaml:14:7";
    check(Action::Allow, 2, 1, allowed);
    let denied = "denied by default/db (CiliumNetworkPolicy) at db.yaml:9:7";
    check(Action::Deny, 1, 1, denied);
    let isolated = "not allowed: no rule allows it; default/db (CiliumNetworkPolicy) at \
                    db.yaml:14:7 isolates the pod";
    check(Action::NotAllowed, 2, 1, isolated);
    check(Action::NotAllowed, 0, 1, isolated);
    check(Action::NotAllowed, 0, 0, "not allowed: no rule allows it");
    check(
        Action::Allow,
        0,
        0,
        "allowed: no policy isolates the pod in this direction",
    );
    check(Action::Allow, 0, 1, "allowed: built in, no rule is needed");
}

#[test]
fn what_is_not_enforced_is_listed_with_its_rules_and_policies() {
    let bytes = bundle();
    let bundle = Bundle::parse(&bytes).expect("it was just written");
    let degraded = bundle.degraded();
    let [(name, rules)] = &degraded[..] else {
        panic!("{degraded:?}");
    };
    let paths: Vec<_> = rules.iter().map(|rule| (rule.number, rule.path)).collect();
    assert_eq!(*name, "l7");
    assert_eq!(paths, [(1, "spec.ingress[0]"), (2, "spec.ingress[0]")]);
    let audited = bundle.audited_policies();
    let audited: Vec<_> = audited.iter().map(PolicyName::to_string).collect();
    assert_eq!(audited, ["default/db"]);
}

#[test]
fn rules_and_isolations_are_found_by_number() {
    for seed in 0..50 {
        let (contents, file) = generated(seed);
        let bundle = file.view();
        for (number, record) in (1..).zip(&contents.rules) {
            let rule = bundle.rule(number).expect("it has a number");
            assert_eq!(
                (rule.number, rule.line),
                (number, record.line),
                "seed {seed}"
            );
            assert_eq!(rule.action as u8, record.action, "seed {seed}");
            assert_eq!(rule.tier as u32, record.tier, "seed {seed}");
            assert_eq!(rule.audited, record.audit == 1, "seed {seed}");
        }
        let n_rules = u32::try_from(contents.rules.len()).expect("they are few");
        for missing in [0, n_rules + 1, u32::MAX] {
            assert_eq!(bundle.rule(missing), None, "seed {seed}");
        }
        for row in 0..=contents.meta.n_rows + 1 {
            let found: Vec<u32> = bundle
                .isolating_rules(row)
                .map(|rule| rule.number)
                .collect();
            let all = contents
                .isolations
                .iter()
                .filter(|record| record.row == row);
            let expected: Vec<u32> = all.map(|record| record.rule).collect();
            assert_eq!(found, expected, "seed {seed}");
        }
    }
}
