//! What selectors see: the label filter, sources, operators (SEMANTICS.md).

use super::{cnp, holds, knp};

fn from(selector: &str) -> String {
    cnp(&format!("ingress: [{{fromEndpoints: [{selector}]}}]"))
}

#[test]
fn s19_a_label_that_the_filter_drops_does_not_exist_for_any_kind() {
    let web = "shop/web -> shop/db TCP/80: allow/";
    for (operator, verdict) in [("Exists", "deny"), ("DoesNotExist", "allow")] {
        let expression =
            format!("matchExpressions: [{{key: pod-template-hash, operator: {operator}}}]");
        holds(
            &from(&format!("{{{expression}}}")),
            &[&format!("{web}{verdict}")],
        );
        holds(
            &knp(&format!(
                "ingress: [{{from: [{{podSelector: {{{expression}}}}}]}}]"
            )),
            &[&format!("{web}{verdict}")],
        );
    }
}

#[test]
fn a_namespace_label_with_beta_kubernetes_io_is_dropped_too() {
    holds(
        &from("{matchLabels: {'k8s:io.cilium.k8s.namespace.labels.beta.kubernetes.io/x': '1'}}"),
        &["ops/mon -> shop/db TCP/80: allow/deny"],
    );
}

#[test]
fn r18_an_empty_value_needs_the_label_with_an_empty_value() {
    holds(
        &from("{matchLabels: {tier: ''}}"),
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
    holds(
        &from("{matchLabels: {role: ''}}"),
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
}

#[test]
fn a_missing_label_meets_not_in_and_does_not_exist() {
    for expression in [
        "{key: x, operator: NotIn, values: [z]}",
        "{key: x, operator: DoesNotExist}",
    ] {
        holds(
            &from(&format!("{{matchExpressions: [{expression}]}}")),
            &["shop/web -> shop/db TCP/80: allow/allow"],
        );
    }
}

#[test]
fn requirements_are_joined_by_and_and_values_by_or() {
    holds(
        &from(
            "{matchLabels: {app: web}, \
             matchExpressions: [{key: app, operator: In, values: [web, x]}]}",
        ),
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
    holds(
        &from(
            "{matchLabels: {app: web}, \
             matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
        ),
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
}

#[test]
fn a_source_prefix_restricts_a_key_to_labels_of_that_source() {
    for (key, verdict) in [
        ("app", "allow"),
        ("any:app", "allow"),
        ("k8s:app", "allow"),
        ("container:app", "deny"),
    ] {
        holds(
            &from(&format!("{{matchLabels: {{'{key}': web}}}}")),
            &[&format!("shop/web -> shop/db TCP/80: allow/{verdict}")],
        );
    }
}

#[test]
fn a_service_account_and_the_cluster_are_labels() {
    for (label, verdict) in [
        ("io.cilium.k8s.policy.serviceaccount: web", "allow"),
        ("io.cilium.k8s.policy.serviceaccount: default", "deny"),
        ("io.cilium.k8s.policy.cluster: default", "allow"),
        ("io.cilium.k8s.policy.cluster: other", "deny"),
    ] {
        holds(
            &from(&format!("{{matchLabels: {{{label}}}}}")),
            &[&format!("shop/web -> shop/db TCP/80: allow/{verdict}")],
        );
    }
}

#[test]
fn s1_a_label_called_host_or_init_is_a_label_like_any_other() {
    // Cilium's engine switches policy off for such pods; ztc does not.
    let policy = "apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: shop}
spec: {endpointSelector: {matchLabels: {host: rack-1}}, ingress: [{}]}
---
apiVersion: v1
kind: Pod
metadata: {name: racked, namespace: shop, labels: {host: rack-1, init: x}}
spec: {containers: [{name: c, image: i}]}
";
    let compiled = crate::pipeline::compile(&[("p.yaml".into(), policy.into())]);
    assert!(compiled.errors.is_empty());
    let bundle = compiled.bundle.view();
    let class = bundle
        .classes()
        .iter()
        .find(|class| class.n_members == 1)
        .expect("one pod");
    assert_ne!(class.row_ingress, 0);
    assert_eq!(class.row_egress, 0);
}
