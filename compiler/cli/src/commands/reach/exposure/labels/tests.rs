//! Which pods are tried for which selectors.

use ztc_diag::{Sink, Sources};
use ztc_policy::AnalyseOptions;

use super::*;

/// The pods of `shop`, as they are written, and whether they are all kinds.
fn pods(peers: &[&str]) -> (Vec<String>, bool) {
    let peers: Vec<String> = peers.iter().map(|peer| format!("    - {peer}\n")).collect();
    let policy = format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: db\n  \
         namespace: shop\nspec:\n  podSelector: {{}}\n  ingress:\n  - from:\n{}",
        peers.join("")
    );
    let mut sources = Sources::new();
    sources.add("p.yaml".into(), "p.yaml".into(), policy);
    let mut sink = Sink::new();
    let parsed = ztc_syntax::parse(&sources, &mut sink);
    let analysis = ztc_policy::analyse(&parsed.objects, &AnalyseOptions::default(), &mut sink);
    assert!(!sink.has_errors(), "{:?}", sink.into_sorted());
    let found = new_pods(&analysis, &Asked::new(&analysis), "shop");
    let texts = found.made_up().map(|pod| pod.text().to_owned());
    (texts.collect(), found.is_exact)
}

#[track_caller]
fn check(peers: &[&str], expected: &[&str]) {
    let (found, is_exact) = pods(peers);
    assert_eq!(found, expected);
    assert!(is_exact);
}

#[test]
fn a_value_that_is_asked_for_is_one_pod() {
    let web = "podSelector: { matchLabels: { app: web } }";
    check(&[web], &["shop{}", "shop{app=web}"]);
}

#[test]
fn values_of_one_requirement_are_alike_until_another_tells_them_apart() {
    let both = "podSelector: { matchExpressions: [{ key: app, operator: In, values: [a, b] }] }";
    check(&[both], &["shop{}", "shop{app=a}"]);
    let one = "podSelector: { matchLabels: { app: b } }";
    check(&[both, one], &["shop{}", "shop{app=a}", "shop{app=b}"]);
}

#[test]
fn what_must_exist_or_differ_is_tried_with_a_value_that_nobody_names() {
    let exists = "podSelector: { matchExpressions: [{ key: app, operator: Exists }] }";
    let other = "podSelector: { matchLabels: { app: other } }";
    let not = "podSelector: { matchExpressions: [\
               { key: app, operator: NotIn, values: [a] }, { key: app, operator: Exists }] }";
    check(&[exists], &["shop{}", "shop{app=other}"]);
    check(
        &[exists, other],
        &["shop{}", "shop{app=other}", "shop{app=other-x}"],
    );
    check(
        &[exists, not],
        &["shop{}", "shop{app=a}", "shop{app=other}"],
    );
}

#[test]
fn labels_that_are_asked_for_together_and_alone_are_tried_so() {
    let app = "podSelector: { matchLabels: { app: web } }";
    let tier = "podSelector: { matchLabels: { tier: front } }";
    let both = [
        "shop{}",
        "shop{app=web}",
        "shop{tier=front}",
        "shop{app=web,tier=front}",
    ];
    check(&[app, tier], &both);
}

#[test]
fn selectors_of_other_namespaces_are_not_about_this_one() {
    let elsewhere = "{ namespaceSelector: { matchLabels: { team: a } }, \
                     podSelector: { matchLabels: { app: web } } }";
    check(&[elsewhere], &["shop{}"]);
    let everywhere = "{ namespaceSelector: {}, podSelector: { matchLabels: { app: web } } }";
    check(&[everywhere], &["shop{}", "shop{app=web}"]);
}

#[test]
fn where_combinations_are_too_many_every_two_selectors_are_tried() {
    let peers: Vec<String> = (0..13)
        .map(|n| format!("podSelector: {{ matchLabels: {{ key-{n}: v }} }}"))
        .collect();
    let peers: Vec<&str> = peers.iter().map(String::as_str).collect();
    let (found, is_exact) = pods(&peers);
    assert!(!is_exact);
    assert_eq!(found.len(), 1 + 13 + 13 * 12 / 2);
}
