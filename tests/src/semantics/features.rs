//! ICMP, L7 and other features of Cilium's kinds, refusal, audit (SEMANTICS.md).

use ztc_bundle::Simulator;

use super::{all, ccnp, cnp, files, holds, refused};
use crate::interpreter::Options;
use crate::pipeline::compile_with;

#[test]
fn icmps_allow_their_types_of_their_family_and_nothing_else() {
    for field in ["type: 8", "type: EchoRequest", "family: IPv4, type: Echo"] {
        holds(
            &cnp(&format!(
                "ingress: [{{icmps: [{{fields: [{{{field}}}]}}]}}]"
            )),
            &[
                "shop/web -> shop/db ICMP/8: allow/allow",
                "shop/web -> shop/db ICMP/13: allow/deny",
                "shop/web -> shop/db ICMPv6/8: allow/deny",
                "shop/web -> shop/db TCP/8: allow/deny",
                "entity:world -> shop/db ICMP/8: n/a/allow",
            ],
        );
    }
    holds(
        &cnp("ingress: [{fromEndpoints: [{}], \
             icmps: [{fields: [{family: IPv6, type: EchoRequest}]}]}]"),
        &[
            "shop/web -> shop/db ICMPv6/128: allow/allow",
            "shop/web -> shop/db ICMP/8: allow/deny",
            "ops/mon -> shop/db ICMPv6/128: allow/deny",
        ],
    );
}

#[test]
fn icmp_type_zero_is_the_echo_reply_and_not_every_type() {
    holds(
        &cnp("ingress: [{icmps: [{fields: [{type: 0}]}]}]"),
        &[
            "shop/web -> shop/db ICMP/0: allow/allow",
            "shop/web -> shop/db ICMP/8: allow/deny",
        ],
    );
}

#[test]
fn s12_icmps_without_fields_match_nothing() {
    holds(
        &cnp("ingress: [{fromEndpoints: [{}], icmps: [{fields: []}]}]"),
        &["shop/web -> shop/db ICMP/8: allow/deny"],
    );
}

#[test]
fn r19_l7_rules_allow_their_ports_once_they_are_let_be() {
    let http = "toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{path: /a}]}}]";
    holds(
        &cnp(&format!("ingress: [{{fromEndpoints: [{{}}], {http}}}]")),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "shop/web -> shop/db TCP/81: allow/deny",
        ],
    );
}

#[test]
fn what_cannot_be_enforced_is_an_error_unless_it_is_let_be() {
    let ports = "ports: [{port: '80', protocol: TCP}]";
    for (element, error) in [
        (
            format!("toPorts: [{{{ports}, rules: {{http: [{{}}]}}}}]"),
            "unenforceable-l7",
        ),
        (
            format!("toPorts: [{{{ports}, serverNames: [a.example]}}]"),
            "unenforceable-tls",
        ),
        (
            "authentication: {mode: required}, toEndpoints: [{}]".into(),
            "unenforceable-authentication",
        ),
        (
            "toFQDNs: [{matchName: a.example}]".into(),
            "unresolved-name",
        ),
        (
            "toGroups: [{aws: {securityGroupsIds: [sg-1]}}]".into(),
            "unresolved-group",
        ),
    ] {
        let text = cnp(&format!("egress: [{{{element}}}]"));
        let strict = crate::pipeline::errors_without_degradations(&files(&text));
        assert_eq!(strict, [error], "{element}");
        let lenient = compile_with(&files(&text), &Options::default());
        assert!(lenient.errors.is_empty(), "{element}: {:?}", lenient.errors);
        let bundle = lenient.bundle.view();
        assert_eq!(bundle.degradations().len(), 1, "{element}");
    }
}

#[test]
fn authentication_that_always_fails_lets_no_one_in() {
    holds(
        &cnp("ingress: [{fromEndpoints: [{}], authentication: {mode: test-always-fail}}]"),
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
    holds(
        &cnp("ingress: [{fromEndpoints: [{}], authentication: {mode: disabled}}]"),
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
}

#[test]
fn r16_one_refused_spec_discards_the_whole_object() {
    let policy = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                  metadata: {name: p, namespace: shop}\nspecs:\n\
                  - {endpointSelector: {}, ingress: [{}]}\n\
                  - {endpointSelector: {}, egress: [{toEntities: [nobody]}]}\n";
    refused(
        policy,
        "unknown-entity",
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
}

#[test]
fn r16_a_spec_of_nodes_that_is_refused_discards_the_whole_object_too() {
    let policy = "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\n\
                  metadata: {name: p}\nspecs:\n\
                  - {nodeSelector: {}, ingress: [{fromNodes: [{}]}]}\n\
                  - {endpointSelector: {}, ingress: [{}]}\n";
    refused(
        policy,
        "option-is-off",
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
}

#[test]
fn s3_s4_s5_ports_without_one_meaning_are_refused() {
    let open = ["shop/web -> shop/db TCP/80: allow/allow"];
    for (port, error) in [
        ("port: http, endPort: 9000", "end-port-with-named-port"),
        ("port: '010'", "port-leading-zero"),
        ("port: '0', endPort: 100", "end-port-with-port-zero"),
    ] {
        let text = cnp(&format!(
            "ingress: [{{toPorts: [{{ports: [{{{port}, protocol: TCP}}]}}]}}]"
        ));
        refused(&text, error, &open);
    }
}

#[test]
fn s15_a_null_selector_is_a_missing_one() {
    let policy = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                  metadata: {name: p, namespace: shop}\n\
                  spec: {endpointSelector: null, ingress: [{}]}\n";
    refused(
        policy,
        "missing-endpoint-selector",
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
}

#[test]
fn s15_a_null_peer_is_refused() {
    refused(
        &cnp("ingress: [{fromEndpoints: [null]}]"),
        "wrong-type",
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
}

#[test]
fn r15_policies_of_nodes_never_affect_pods_and_a_namespaced_one_is_refused() {
    let spec = "spec: {nodeSelector: {}, ingress: [{}], egress: [{}]}\n";
    let clusterwide = format!(
        "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\n\
         metadata: {{name: p}}\n{spec}"
    );
    let open = ["shop/web -> shop/db TCP/80: allow/allow"];
    holds(&clusterwide, &open);
    let namespaced = format!(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: p, namespace: \
         shop}}\n{spec}"
    );
    refused(&namespaced, "node-selector-in-namespaced-policy", &open);
}

#[test]
fn an_audited_policy_decides_nothing_but_the_shadow() {
    let audited = cnp("ingress: [{}]").replace(
        "{name: p",
        "{annotations: {ztc.dev/enforcement: audit}, name: p",
    );
    let line = "shop/web -> shop/db TCP/80: allow/allow";
    holds(&audited, &[line]);
    let enforced = ccnp("ingressDeny: [{fromEntities: [world]}]");
    let compiled = compile_with(&files(&all(&[enforced, audited])), &Options::default());
    assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
    let bundle = compiled.bundle.view();
    let simulator = Simulator::new(&bundle);
    let class = bundle
        .classes()
        .iter()
        .find(|class| bundle.string(class.example) == "shop/db")
        .expect("the class of shop/db");
    assert_ne!(class.row_ingress, class.shadow_ingress);
    assert_eq!(class.row_egress, class.shadow_egress);
    let web = bundle.peer_of("10.0.0.1".parse().expect("an address"));
    let ask = |row| {
        let verdict = simulator.judge(row, web, ztc_abi::Protocol::Tcp, 80);
        verdict.expect("complete tables").is_allow()
    };
    // The enforced deny isolates, so nothing is let in, in either view; of host both let in.
    assert!(!ask(class.row_ingress) && !ask(class.shadow_ingress));
}
