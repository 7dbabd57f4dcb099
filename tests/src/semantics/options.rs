//! Options of the agents that change what policies mean (SEMANTICS.md).

use super::{ccnp, cnp, holds, holds_with, knp};
use crate::interpreter::{Enforcement, Options};

#[test]
fn enable_policy_always_isolates_every_pod_and_never_none() {
    let always = Options {
        enforcement: Enforcement::Always,
        ..Options::default()
    };
    let policy = cnp("ingress: [{fromEndpoints: [{}]}]");
    holds_with(
        &always,
        &policy,
        &[
            "shop/web -> shop/db TCP/80: deny/allow",
            "shop/db -> shop/web TCP/80: deny/deny",
            "entity:host -> shop/web TCP/80: n/a/allow",
        ],
    );
    let never = Options {
        enforcement: Enforcement::Never,
        ..Options::default()
    };
    let deny = cnp("ingressDeny: [{fromEndpoints: [{}]}]");
    holds_with(&never, &deny, &["shop/web -> shop/db TCP/80: allow/allow"]);
}

#[test]
fn without_enable_k8s_networkpolicy_such_policies_have_no_effect() {
    let options = Options {
        network_policies: false,
        ..Options::default()
    };
    holds_with(
        &options,
        &knp("policyTypes: [Ingress]"),
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
}

#[test]
fn without_non_default_deny_policies_default_deny_cannot_be_switched_off() {
    let options = Options {
        non_default_deny: false,
        ..Options::default()
    };
    let policy = cnp("enableDefaultDeny: {ingress: false}, ingressDeny: [{fromEntities: [world]}]");
    holds_with(
        &options,
        &policy,
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
    holds(&policy, &["shop/web -> shop/db TCP/80: allow/allow"]);
}

#[test]
fn allow_localhost_policy_needs_a_rule_for_the_own_node() {
    let options = Options {
        allow_localhost: false,
        ..Options::default()
    };
    holds_with(
        &options,
        &cnp("ingress: [{}]"),
        &["entity:host -> shop/db TCP/80: n/a/deny"],
    );
}

#[test]
fn policy_cidr_match_mode_nodes_lets_prefixes_match_nodes_and_never_pods() {
    let options = Options {
        cidrs_match_nodes: true,
        ..Options::default()
    };
    let policy = cnp("egress: [{toCIDR: [172.18.0.0/16, 10.0.0.0/8]}]");
    holds_with(
        &options,
        &policy,
        &[
            "shop/db -> ip:172.18.0.2 TCP/80: allow/n/a",
            "shop/db -> shop/web TCP/80: deny/allow",
        ],
    );
}

#[test]
fn the_label_filter_of_the_agents_decides_which_labels_exist() {
    let options = Options {
        labels: "k8s:team".into(),
        ..Options::default()
    };
    // `app` is in no include pattern, so no subject has it.
    let policy = ccnp("ingress: [{}]");
    holds_with(
        &options,
        &policy,
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
}

#[test]
fn policy_audit_mode_enforces_nothing() {
    let options = Options {
        audit_mode: true,
        ..Options::default()
    };
    holds_with(
        &options,
        &cnp("ingress: [{}]"),
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
}
