//! Every error at its exact place: the files in `cases/` are the tests.

use std::collections::BTreeSet;

use crate::{marks, rejections};

pub(crate) const CASES: &[(&str, &str)] = &[
    ("admin", include_str!("cases/admin.yaml")),
    ("cilium", include_str!("cases/cilium.yaml")),
    ("network_policy", include_str!("cases/network_policy.yaml")),
    ("object", include_str!("cases/object.yaml")),
    ("policy_test", include_str!("cases/policy_test.yaml")),
    ("resolution", include_str!("cases/resolution.yaml")),
    ("workload", include_str!("cases/workload.yaml")),
    ("yaml", include_str!("cases/yaml.yaml")),
];

#[test]
fn what_is_marked_is_reported_and_nothing_else() {
    for (name, marked) in CASES {
        marks::check(name, marked);
    }
}

#[test]
fn crlf_changes_no_span() {
    for (name, marked) in CASES {
        marks::check(name, &marked.replace('\n', "\r\n"));
    }
}

#[test]
fn every_error_has_a_case_and_every_diagnostic_a_help() {
    let mut seen = BTreeSet::new();
    let cases = CASES.iter().map(|(name, case)| (*name, (*case).to_owned()));
    for (name, marked) in cases.chain(rejections::all()) {
        for diagnostic in marks::check(name, &marked) {
            assert!(
                !diagnostic.help.is_empty(),
                "{} does not say what to do",
                diagnostic.name
            );
            assert!(!diagnostic.message.ends_with('.'), "{}", diagnostic.message);
            seen.insert(diagnostic.name);
        }
    }
    let listed: BTreeSet<_> = ztc_syntax::ERRORS.iter().map(|(name, _)| *name).collect();
    assert_eq!(seen, listed);
}
