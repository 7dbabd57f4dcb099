//! CiliumNetworkPolicy: isolation, emptiness, precedence (SEMANTICS.md).

use super::{all, ccnp, cnp, holds, knp};

#[test]
fn r1_an_empty_element_isolates_and_allows_nothing_but_the_own_node() {
    holds(
        &cnp("ingress: [{}]"),
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "entity:host -> shop/db TCP/80: n/a/allow",
            "entity:remote-node -> shop/db TCP/80: n/a/deny",
            "entity:world -> shop/db TCP/80: n/a/deny",
            "shop/db -> shop/web TCP/80: allow/allow",
        ],
    );
}

#[test]
fn r2_missing_peers_with_ports_are_everyone_and_an_empty_list_is_no_one() {
    let ports = "toPorts: [{ports: [{port: '80', protocol: TCP}]}]";
    holds(
        &cnp(&format!("ingress: [{{{ports}}}]")),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "entity:world -> shop/db TCP/80: n/a/allow",
            "entity:remote-node -> shop/db TCP/80: n/a/allow",
            "shop/web -> shop/db TCP/81: allow/deny",
        ],
    );
    for empty in ["fromEndpoints", "fromEntities", "fromCIDR", "fromCIDRSet"] {
        holds(
            &cnp(&format!("ingress: [{{{empty}: [], {ports}}}]")),
            &[
                "shop/web -> shop/db TCP/80: allow/deny",
                "entity:world -> shop/db TCP/80: n/a/deny",
            ],
        );
    }
}

#[test]
fn s11_an_empty_list_beside_a_real_one_matches_nothing() {
    holds(
        &cnp("ingress: [{fromEndpoints: [{}], fromEntities: []}]"),
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
}

#[test]
fn s12_an_element_of_ports_without_ports_matches_nothing_and_an_empty_list_everything() {
    for (ports, verdict) in [("[{}]", "deny"), ("[{ports: []}]", "deny"), ("[]", "allow")] {
        holds(
            &cnp(&format!(
                "ingress: [{{fromEndpoints: [{{}}], toPorts: {ports}}}]"
            )),
            &[
                &format!("shop/web -> shop/db TCP/80: allow/{verdict}"),
                &format!("shop/web -> shop/db ICMP/8: allow/{verdict}"),
            ],
        );
    }
}

#[test]
fn r6_deny_beats_allow_whatever_is_narrower_and_whatever_the_kind() {
    let allow = cnp("ingress: [{fromEndpoints: [{}]}]");
    let allow_port = knp("ingress: [{ports: [{port: 85}]}]");
    let deny = ccnp(
        "ingressDeny: [{fromEntities: [cluster], \
         toPorts: [{ports: [{port: '80', endPort: 90, protocol: TCP}]}]}]",
    );
    holds(
        &all(&[allow, allow_port, deny]),
        &[
            "shop/web -> shop/db TCP/85: allow/deny",
            "shop/web -> shop/db TCP/91: allow/allow",
            "entity:world -> shop/db TCP/85: n/a/allow",
        ],
    );
}

#[test]
fn r7_a_deny_alone_isolates_its_direction() {
    holds(
        &cnp("ingressDeny: [{fromEndpoints: [{matchLabels: {app: x}}]}]"),
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "shop/db -> shop/web TCP/80: allow/allow",
        ],
    );
}

#[test]
fn r7_with_default_deny_off_allows_restrict_nothing_and_denies_still_deny() {
    holds(
        &cnp("enableDefaultDeny: {ingress: false}, \
             ingress: [{fromEndpoints: [{matchLabels: {app: x}}]}], \
             ingressDeny: [{fromEntities: [world]}]"),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "entity:world -> shop/db TCP/80: n/a/deny",
        ],
    );
}

#[test]
fn r7_one_rule_that_isolates_is_enough() {
    let off = cnp("enableDefaultDeny: {ingress: false}, ingress: [{fromEntities: [world]}]");
    let on = cnp("ingress: [{}]");
    holds(
        &all(&[off, on]),
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "entity:world -> shop/db TCP/80: n/a/allow",
        ],
    );
}

#[test]
fn s9_default_deny_on_without_rules_in_its_direction_does_nothing() {
    holds(
        &cnp("enableDefaultDeny: {egress: true}, ingress: [{}]"),
        &["shop/db -> shop/web TCP/80: allow/allow"],
    );
}

#[test]
fn s10_an_empty_deny_denies_nothing_by_itself_but_isolates() {
    let empty = cnp("ingressDeny: [{}]");
    let allow = cnp("ingress: [{fromEndpoints: [{}]}]");
    holds(
        &all(&[empty, allow]),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "ops/mon -> shop/db TCP/80: allow/deny",
            "entity:host -> shop/db TCP/80: n/a/allow",
        ],
    );
}

#[test]
fn r8_the_own_node_is_let_in_unless_a_deny_covers_it_and_other_nodes_are_not() {
    let isolated = cnp("ingress: [{}]");
    holds(
        &isolated,
        &[
            "ip:172.18.0.3 -> shop/db TCP/80: n/a/allow",
            "ip:172.18.0.2 -> shop/db TCP/80: n/a/deny",
        ],
    );
    for covering in [
        "fromEntities: [host]",
        "fromEntities: [all]",
        "fromEntities: [cluster]",
    ] {
        let deny = cnp(&format!("ingressDeny: [{{{covering}}}]"));
        holds(
            &all(&[isolated.clone(), deny]),
            &["entity:host -> shop/db TCP/80: n/a/deny"],
        );
    }
    let deny_port = cnp("ingressDeny: [{toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]");
    holds(
        &deny_port,
        &[
            "entity:host -> shop/db TCP/80: n/a/deny",
            "entity:host -> shop/db TCP/81: n/a/allow",
        ],
    );
}

#[test]
fn egress_to_the_own_node_needs_a_rule() {
    holds(
        &cnp("egress: [{}]"),
        &["shop/db -> entity:host TCP/80: deny/n/a"],
    );
    holds(
        &cnp("egress: [{toEntities: [host]}]"),
        &["shop/db -> entity:host TCP/80: allow/n/a"],
    );
}

#[test]
fn several_specs_each_isolate_their_own_direction() {
    let policy = "apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: both, namespace: shop}
specs:
- {endpointSelector: {matchLabels: {app: db}}, ingress: [{}]}
- {endpointSelector: {matchLabels: {app: db}}, egress: [{}]}
";
    holds(
        policy,
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "shop/db -> shop/web TCP/80: deny/allow",
        ],
    );
}

#[test]
fn a_cilium_policy_without_a_namespace_is_of_the_namespace_default() {
    let policy = "apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: stray}
spec: {endpointSelector: {}, ingress: [{}]}
";
    holds(policy, &["shop/web -> shop/db TCP/80: allow/allow"]);
}

#[test]
fn r15_host_network_pods_are_never_subjects() {
    let policy = "apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: all}
spec: {endpointSelector: {}, ingress: [{}], egress: [{}]}
";
    holds(
        policy,
        &[
            "ops/agent -> shop/web TCP/80: n/a/allow",
            "ops/agent -> shop/db TCP/80: n/a/deny",
            "shop/web -> ops/agent TCP/80: deny/n/a",
        ],
    );
}
