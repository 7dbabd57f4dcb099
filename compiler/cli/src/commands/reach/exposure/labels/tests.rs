//! Which pods are tried for which selectors.

use ztc_diag::{Sink, Sources};
use ztc_policy::AnalyseOptions;

use super::*;

/// The pods of `shop`, as they are written, and how far the search came.
fn pods(peers: &[&str], most: usize) -> (Vec<String>, Tried) {
    let peers: Vec<String> = peers.iter().map(|peer| format!("    - {peer}\n")).collect();
    let policy = format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: db\n  \
         namespace: shop\nspec:\n  podSelector: {{}}\n  ingress:\n  - from:\n{}",
        peers.join("")
    );
    pods_for(policy, most)
}

fn pods_for(policy: String, most: usize) -> (Vec<String>, Tried) {
    let analysis = analysis(policy);
    let names = PortNames::new(&analysis);
    let selectors = PodSelectors::new(&analysis);
    let kinds = Kinds::new(&analysis, &selectors, &["shop"], most);
    let found = kinds.new_pods(&names, "shop", MAX_KINDS);
    let texts = found.made_up().map(|pod| pod.text().to_owned());
    (texts.collect(), found.tried)
}

fn analysis(policy: String) -> Analysis {
    let mut sources = Sources::new();
    sources.add("p.yaml".into(), "p.yaml".into(), policy);
    let mut sink = Sink::new();
    let parsed = ztc_syntax::parse(&sources, &mut sink);
    let analysis = ztc_policy::analyse(&parsed.objects, &AnalyseOptions::default(), &mut sink);
    assert!(!sink.has_errors(), "{:?}", sink.into_sorted());
    analysis
}

#[track_caller]
fn check(peers: &[&str], expected: &[&str]) {
    let (found, tried) = pods(peers, MAX_KINDS);
    assert_eq!(found, expected);
    assert_eq!(tried, Tried::All);
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
fn an_account_that_only_the_default_one_is_told_from_is_tried() {
    let policy = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: db\n  \
                  namespace: shop\nspec:\n  endpointSelector:\n    matchLabels:\n      \
                  io.cilium.k8s.policy.serviceaccount: default\n  ingress:\n  - {}\n";
    let (found, _) = pods_for(policy.into(), MAX_KINDS);
    assert_eq!(found, ["shop{}", "shop{} with service account other"]);
}

#[test]
fn selectors_of_other_namespaces_are_not_about_this_one() {
    let elsewhere = "{ namespaceSelector: { matchLabels: { team: a } }, \
                     podSelector: { matchLabels: { app: web } } }";
    check(&[elsewhere], &["shop{}"]);
    let everywhere = "{ namespaceSelector: {}, podSelector: { matchLabels: { app: web } } }";
    check(&[everywhere], &["shop{}", "shop{app=web}"]);
}

/// As many selectors that each ask for another key, as texts.
fn keys(n: usize) -> Vec<String> {
    let peer = |n| format!("podSelector: {{ matchLabels: {{ key-{n}: v }} }}");
    (0..n).map(peer).collect()
}

fn of_keys(n: usize, most: usize) -> (usize, Tried) {
    let keys = keys(n);
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let (found, tried) = pods(&keys, most);
    (found.len(), tried)
}

#[test]
fn where_combinations_are_too_many_every_two_selectors_are_tried() {
    assert_eq!(of_keys(13, MAX_KINDS), (1 + 13 + 13 * 12 / 2, Tried::Pairs));
}

#[test]
fn what_there_is_no_room_for_is_not_said_to_be_tried() {
    assert_eq!(of_keys(5, 32), (32, Tried::All));
    assert_eq!(of_keys(5, 31), (1 + 5 + 5 * 4 / 2, Tried::Pairs));
    assert_eq!(of_keys(5, 15), (15, Tried::SomePairs));
    assert_eq!(of_keys(5, 6), (6, Tried::SomePairs));
    assert_eq!(of_keys(5, 5), (5, Tried::SomeSelectors));
    assert_eq!(of_keys(200, MAX_KINDS), (MAX_KINDS, Tried::SomePairs));
    assert_eq!(of_keys(5000, MAX_KINDS), (MAX_KINDS, Tried::SomeSelectors));
}

#[test]
fn selectors_that_many_values_meet_are_tried_with_each_other() {
    // What meets the first in few labels is not what meets the second.
    let mut peers = vec![
        "podSelector: { matchExpressions: [{ key: app, operator: Exists }, \
         { key: x, operator: Exists }] }"
            .to_owned(),
    ];
    let value = |n| format!("podSelector: {{ matchLabels: {{ app: v{n} }} }}");
    peers.extend((0..4000).map(value));
    let peers: Vec<&str> = peers.iter().map(String::as_str).collect();
    let (found, tried) = pods(&peers, MAX_KINDS);
    assert!(found.contains(&"shop{app=other,x=other}".into()));
    assert!(found.contains(&"shop{app=v3999}".into()));
    assert!(found.contains(&"shop{app=v0,x=other}".into()));
    assert_eq!(tried, Tried::SomePairs);
}

#[test]
fn namespaces_that_are_asked_the_same_have_one_search() {
    let policy = |namespace: &str, app: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: db\n  \
             namespace: {namespace}\nspec:\n  podSelector: {{ matchLabels: {{ app: {app} }} }}\n"
        )
    };
    let policies = [policy("a", "web"), policy("b", "web"), policy("c", "db")];
    let analysis = analysis(policies.join("---\n"));
    let selectors = PodSelectors::new(&analysis);
    let names = PortNames::new(&analysis);
    let kinds = |limit| Kinds::new(&analysis, &selectors, &["a", "b", "c", "d"], limit);
    let found = |kinds: &Kinds<'_>, namespace| -> Vec<String> {
        let pods = kinds.new_pods(&names, namespace, MAX_KINDS);
        pods.made_up().map(|pod| pod.text().to_owned()).collect()
    };
    let enough = kinds(7);
    assert_eq!(enough.sets.len(), 3);
    assert_eq!(found(&enough, "a"), ["a{}", "a{app=web}"]);
    assert_eq!(found(&enough, "b"), ["b{}", "b{app=web}"]);
    assert_eq!(found(&enough, "c"), ["c{}", "c{app=db}"]);
    assert_eq!(found(&enough, "d"), ["d{}"]);
    let too_few = kinds(6);
    assert_eq!(found(&too_few, "a"), ["a{}"]);
    assert_eq!(found(&too_few, "c"), ["c{}"]);
}
