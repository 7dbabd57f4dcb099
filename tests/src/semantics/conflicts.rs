//! Rules that Cilium accepts and cannot merge, and their nearest neighbours, which it can
//! (SEMANTICS.md S8). Must not ask for verdicts: a conflict changes none.

use ztc_diag::Diagnostic;

use super::{all, ccnp, cnp, files};
use crate::interpreter::Options;
use crate::pipeline::{compile, compile_with};

/// A policy of `app: db` with one egress element on TCP/443 to the pods of its namespace, with
/// this in its `toPorts`.
fn on_443(fields: &str) -> String {
    on("443", "toEndpoints: [{}]", fields)
}

fn on(port: &str, peer: &str, fields: &str) -> String {
    cnp(&format!(
        "egress: [{{{peer}, toPorts: [{{ports: [{{port: '{port}', protocol: TCP}}], {fields}}}]}}]"
    ))
}

fn found(policies: &[String]) -> Vec<Diagnostic> {
    compile_with(&files(&all(policies)), &Options::default()).errors
}

#[track_caller]
fn conflict(policies: &[String], name: &str) -> Diagnostic {
    let mut found = found(policies);
    let names: Vec<&str> = found.iter().map(|found| found.name).collect();
    assert_eq!(names, [name], "{found:?}");
    let found = found.remove(0);
    let notes = found.notes.concat();
    assert!(notes.contains("such as shop/db, keep their old"), "{notes}");
    assert_eq!(found.secondary.len(), 1, "{found:?}");
    found
}

#[track_caller]
fn no_conflict(policies: &[String]) {
    let found = found(policies);
    assert!(found.is_empty(), "{found:?}");
}

const HTTP: &str = "rules: {http: [{path: /a}]}";
const OTHER_HTTP: &str = "rules: {http: [{path: /b}]}";
const DNS: &str = "rules: {dns: [{matchPattern: '*'}]}";
const CONTEXT: &str = "terminatingTLS: {secret: {name: a}}";
const NAMES: &str = "serverNames: [a.example]";

fn listener(name: &str, priority: &str) -> String {
    format!("listener: {{envoyConfig: {{name: c}}, name: {name}{priority}}}")
}

#[test]
fn s8_two_kinds_of_requests_on_one_port_of_one_peer_conflict() {
    let found = conflict(&[on_443(HTTP), on_443(DNS)], "conflicting-l7");
    assert_eq!(found.primary.text, "as `dns` here");
    let kafka = on_443("rules: {kafka: [{topic: a}]}");
    conflict(&[on_443(HTTP), kafka.clone()], "conflicting-l7");
    let custom = on_443("rules: {l7proto: mine}");
    conflict(&[custom, kafka], "conflicting-l7");
}

#[test]
fn s8_requests_conflict_within_one_element_too() {
    let ports = "ports: [{port: '53', protocol: TCP}]";
    let element =
        format!("{{toEndpoints: [{{}}], toPorts: [{{{ports}, {HTTP}}}, {{{ports}, {DNS}}}]}}");
    conflict(&[cnp(&format!("egress: [{element}]"))], "conflicting-l7");
}

#[test]
fn s8_requests_and_a_listener_conflict() {
    let found = conflict(
        &[on_443(HTTP), on_443(&listener("l", ""))],
        "conflicting-l7",
    );
    assert_eq!(found.primary.text, "by a listener here");
    conflict(
        &[on_443(&listener("l", "")), on_443(CONTEXT)],
        "conflicting-l7",
    );
}

#[test]
fn s8_tls_alone_and_rules_for_dns_conflict() {
    conflict(&[on_443(DNS), on_443(NAMES)], "conflicting-l7");
}

#[test]
fn s8_two_modes_of_authentication_conflict_and_disabled_is_one() {
    let mode = |mode: &str| {
        cnp(&format!(
            "ingress: [{{fromEndpoints: [{{}}], authentication: {{mode: {mode}}}}}]"
        ))
    };
    for (first, second) in [
        ("required", "disabled"),
        ("disabled", "test-always-fail"),
        ("test-always-fail", "required"),
    ] {
        conflict(&[mode(first), mode(second)], "conflicting-authentication");
    }
    no_conflict(&[mode("required"), mode("required")]);
    no_conflict(&[mode("required"), cnp("ingress: [{fromEndpoints: [{}]}]")]);
}

#[test]
fn s8_two_contexts_of_tls_conflict() {
    for field in ["terminatingTLS", "originatingTLS"] {
        let context = |secret: &str| on_443(&format!("{field}: {{secret: {{{secret}}}}}"));
        let other = context("name: b");
        conflict(&[context("name: a"), other], "conflicting-tls");
        let elsewhere = context("name: a, namespace: shop");
        conflict(&[context("name: a"), elsewhere], "conflicting-tls");
    }
}

#[test]
fn one_context_is_one_however_it_is_written() {
    let spelled = "terminatingTLS: {secret: {name: a}, certificate: tls.crt}";
    no_conflict(&[on_443(CONTEXT), on_443(spelled)]);
    no_conflict(&[
        on_443(CONTEXT),
        on_443("originatingTLS: {secret: {name: b}}"),
    ]);
}

#[test]
fn s8_server_names_and_requests_conflict_where_nobody_decrypts() {
    for policies in [[NAMES, HTTP], [HTTP, NAMES]] {
        let policies = policies.map(on_443);
        conflict(&policies, "server-names-without-tls");
    }
    let decrypting = format!("{CONTEXT}, {NAMES}");
    no_conflict(&[on_443(&decrypting), on_443(HTTP)]);
}

#[test]
fn s8_two_listeners_of_one_priority_conflict() {
    let policies = ["a", "b"].map(|name| on_443(&listener(name, "")));
    conflict(&policies, "conflicting-listeners");
    let policies = ["a", "b"].map(|name| on_443(&listener(name, ", priority: 7")));
    conflict(&policies, "conflicting-listeners");
}

#[test]
fn listeners_of_two_priorities_and_one_listener_twice_do_not_conflict() {
    let second = on_443(&listener("b", ", priority: 8"));
    no_conflict(&[on_443(&listener("a", ", priority: 7")), second]);
    let twice = on_443(&listener("a", ""));
    no_conflict(&[twice.clone(), twice]);
}

#[test]
fn s8_a_clusterwide_policy_has_no_namespaced_listener() {
    let listener = "listener: {envoyConfig: {kind: KIND, name: c}, name: l}";
    let ports = format!("toPorts: [{{ports: [{{port: '80'}}], {listener}}}]");
    let policy = ccnp(&format!("egress: [{{toEndpoints: [{{}}], {ports}}}]"));
    let namespaced = policy.replace("KIND", "CiliumEnvoyConfig");
    let names: Vec<_> = found(&[namespaced])
        .iter()
        .map(|found| found.name)
        .collect();
    assert_eq!(names, ["namespaced-listener"]);
    no_conflict(&[policy.replace("KIND", "CiliumClusterwideEnvoyConfig")]);
}

#[test]
fn rules_of_one_kind_are_one_set_and_a_plain_rule_goes_with_every_other() {
    no_conflict(&[on_443(HTTP), on_443(OTHER_HTTP)]);
    for fields in [HTTP, DNS, CONTEXT, NAMES, &listener("l", "")] {
        no_conflict(&[on_443(fields), on_443("rules: {}")]);
    }
}

#[test]
fn tls_alone_goes_with_requests() {
    no_conflict(&[on_443(CONTEXT), on_443(HTTP)]);
    no_conflict(&[on_443(CONTEXT), on_443("rules: {l7proto: mine}")]);
}

#[test]
fn other_ports_other_peers_and_the_other_direction_do_not_conflict() {
    let http = || on_443(HTTP);
    no_conflict(&[http(), on("53", "toEndpoints: [{}]", DNS)]);
    no_conflict(&[
        http(),
        on("443", "toEndpoints: [{matchLabels: {app: web}}]", DNS),
    ]);
    no_conflict(&[http(), on("443", "toFQDNs: [{matchName: a.example}]", DNS)]);
    let ingress = cnp(&format!(
        "ingress: [{{fromEndpoints: [{{}}], toPorts: [{{ports: [{{port: '443', protocol: TCP}}], \
         {CONTEXT}}}]}}]"
    ));
    let other = on_443("terminatingTLS: {secret: {name: b}}");
    no_conflict(&[ingress, other]);
}

#[test]
fn rules_for_dns_conflict_on_the_protocols_that_they_share() {
    let dns = |protocol: &str| {
        cnp(&format!(
            "egress: [{{toEndpoints: [{{}}], toPorts: [{{ports: [{{port: '443', protocol: \
             {protocol}}}], {DNS}}}]}}]"
        ))
    };
    no_conflict(&[on_443(HTTP), dns("UDP")]);
    conflict(&[on_443(HTTP), dns("ANY")], "conflicting-l7");
}

#[test]
fn a_name_is_a_peer_of_its_own_whatever_its_addresses_are() {
    let to = |name: &str, secret: &str| {
        let peer = format!("toFQDNs: [{{matchName: {name}}}]");
        let context = format!("terminatingTLS: {{secret: {{name: {secret}}}}}");
        on("443", &peer, &context)
    };
    no_conflict(&[to("a.example", "a"), to("b.example", "b")]);
    conflict(
        &[to("a.example", "a"), to("A.example.", "b")],
        "conflicting-tls",
    );
}

#[test]
fn rules_of_different_pods_do_not_conflict_and_of_overlapping_ones_do() {
    let of =
        |selector: &str, fields: &str| on_443(fields).replace("matchLabels: {app: db}", selector);
    no_conflict(&[of("matchLabels: {app: web}", HTTP), on_443(DNS)]);
    conflict(
        &[of("matchLabels: {}", HTTP), on_443(DNS)],
        "conflicting-l7",
    );
}

#[test]
fn an_audited_policy_conflicts_as_any() {
    let audited = on_443(DNS).replace(
        "{name: p",
        "{annotations: {ztc.dev/enforcement: audit}, name: p",
    );
    let names = on_443(HTTP).replace("{name: p", "{name: q");
    let found = compile(&files(&format!("{names}---\n{audited}"))).errors;
    let names: Vec<_> = found.iter().map(|found| found.name).collect();
    assert_eq!(names, ["conflicting-l7"]);
}

#[test]
fn policies_alone_conflict_too() {
    let policies = all(&[on_443(HTTP), on_443(DNS)]);
    let found = compile(&[("policies.yaml".to_owned(), policies)]).errors;
    let [found] = found.as_slice() else {
        unreachable!("one conflict: {found:?}")
    };
    assert_eq!(found.name, "conflicting-l7");
    assert!(
        found
            .notes
            .concat()
            .contains("the pods that they select keep their old")
    );
}

#[test]
fn a_conflict_is_said_once_for_many_pods_ports_and_peers() {
    let many = |fields: &str| {
        cnp(&format!(
            "egress: [{{toEndpoints: [{{}}, {{matchLabels: {{app: web}}}}], toPorts: [{{ports: \
             [{{port: '80', protocol: TCP}}, {{port: '443', protocol: TCP}}], {fields}}}]}}]"
        ))
        .replace("{matchLabels: {app: db}}", "{}")
    };
    let found = found(&[many(HTTP), many(DNS)]);
    assert_eq!(found.len(), 1, "{found:?}");
}
