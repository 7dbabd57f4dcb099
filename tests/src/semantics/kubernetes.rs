//! NetworkPolicy (SEMANTICS.md).

use super::{all, holds, knp};

#[test]
fn r13_an_empty_rule_allows_everything_and_no_rules_deny_everything() {
    holds(
        &knp("ingress: [{}]"),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "entity:world -> shop/db ICMP/8: n/a/allow",
        ],
    );
    for nothing in ["ingress: []", "policyTypes: [Ingress]", "policyTypes: []"] {
        holds(
            &knp(nothing),
            &[
                "shop/web -> shop/db TCP/80: allow/deny",
                "entity:host -> shop/db TCP/80: n/a/allow",
                "shop/db -> shop/web TCP/80: allow/allow",
            ],
        );
    }
}

#[test]
fn r13_without_policy_types_ingress_is_isolated_and_egress_only_with_egress_rules() {
    holds(
        &knp("egress: [{}]"),
        &[
            "shop/db -> shop/web TCP/80: allow/allow",
            "shop/web -> shop/db TCP/80: allow/deny",
        ],
    );
    holds(
        &knp("egress: []"),
        &["shop/db -> shop/web TCP/80: allow/allow"],
    );
    holds(
        &knp("policyTypes: [Egress]"),
        &["shop/db -> shop/web TCP/80: deny/allow"],
    );
}

#[test]
fn s6_a_section_that_policy_types_does_not_list_is_ignored_as_the_api_says() {
    holds(
        &knp("policyTypes: [Ingress], ingress: [{}], egress: [{to: [{podSelector: {}}]}]"),
        &["shop/db -> ops/mon TCP/80: allow/allow"],
    );
    holds(
        &knp("policyTypes: [Egress], ingress: [{ports: [{port: 80}]}], egress: [{}]"),
        &["shop/web -> shop/db TCP/81: allow/allow"],
    );
}

#[test]
fn missing_or_empty_peers_are_everyone() {
    for peers in ["", "from: [], "] {
        holds(
            &knp(&format!("ingress: [{{{peers}ports: [{{port: 80}}]}}]")),
            &[
                "ops/mon -> shop/db TCP/80: allow/allow",
                "entity:world -> shop/db TCP/80: n/a/allow",
                "entity:remote-node -> shop/db TCP/80: n/a/allow",
                "shop/web -> shop/db UDP/80: allow/deny",
            ],
        );
    }
}

#[test]
fn a_pod_selector_alone_is_of_the_own_namespace_and_a_namespace_selector_of_all() {
    holds(
        &knp("ingress: [{from: [{podSelector: {}}]}]"),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "ops/mon -> shop/db TCP/80: allow/deny",
        ],
    );
    holds(
        &knp("ingress: [{from: [{namespaceSelector: {}}]}]"),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "ops/mon -> shop/db TCP/80: allow/allow",
            "ops/agent -> shop/db TCP/80: n/a/deny",
            "entity:world -> shop/db TCP/80: n/a/deny",
        ],
    );
}

#[test]
fn both_selectors_in_one_element_are_and_and_two_elements_are_or() {
    let pods = "podSelector: {matchLabels: {app: web}}";
    let namespaces = "namespaceSelector: {matchLabels: {team: b}}";
    holds(
        &knp(&format!("ingress: [{{from: [{{{pods}, {namespaces}}}]}}]")),
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "ops/mon -> shop/db TCP/80: allow/deny",
        ],
    );
    holds(
        &knp(&format!(
            "ingress: [{{from: [{{{pods}}}, {{{namespaces}}}]}}]"
        )),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "ops/mon -> shop/db TCP/80: allow/allow",
        ],
    );
}

#[test]
fn r14_a_namespace_selector_sees_labels_and_not_in_matches_namespaces_without_the_key() {
    for (expression, web, mon) in [
        (
            "{key: env, operator: NotIn, values: [prod]}",
            "allow",
            "deny",
        ),
        ("{key: env, operator: DoesNotExist}", "allow", "deny"),
        (
            "{key: kubernetes.io/metadata.name, operator: In, values: [ops]}",
            "deny",
            "allow",
        ),
    ] {
        holds(
            &knp(&format!(
                "ingress: [{{from: [{{namespaceSelector: {{matchExpressions: [{expression}]}}}}]}}]"
            )),
            &[
                &format!("shop/web -> shop/db TCP/80: allow/{web}"),
                &format!("ops/mon -> shop/db TCP/80: allow/{mon}"),
            ],
        );
    }
}

#[test]
fn s7_an_ip_block_never_matches_pods_or_nodes() {
    holds(
        &knp("ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [8.0.0.0/8]}}]}]"),
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "entity:remote-node -> shop/db TCP/80: n/a/deny",
            "ip:9.9.9.9 -> shop/db TCP/80: n/a/allow",
            "ip:8.8.8.8 -> shop/db TCP/80: n/a/deny",
        ],
    );
}

#[test]
fn policies_add_up() {
    let web =
        knp("ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}]");
    let none = knp("ingress: []");
    holds(
        &all(&[web, none]),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "shop/web -> shop/db TCP/81: allow/deny",
        ],
    );
}

#[test]
fn ports_default_to_tcp_and_a_protocol_without_a_port_is_all_its_ports() {
    holds(
        &knp("ingress: [{ports: [{protocol: UDP}, {port: 80, endPort: 82}]}]"),
        &[
            "shop/web -> shop/db UDP/1: allow/allow",
            "shop/web -> shop/db TCP/82: allow/allow",
            "shop/web -> shop/db TCP/83: allow/deny",
            "shop/web -> shop/db SCTP/80: allow/deny",
            "shop/web -> shop/db ICMP/8: allow/deny",
        ],
    );
    holds(
        &knp("ingress: [{ports: []}]"),
        &["shop/web -> shop/db ICMP/8: allow/allow"],
    );
}
