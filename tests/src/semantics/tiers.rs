//! ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy: tiers, order, and what
//! their peers and ports mean (SEMANTICS.md).

use ztc_bundle::{
    Simulator,
    flow::{Answerer, Question},
};

use super::{all, cnp, files, holds, knp};
use crate::interpreter::Options;
use crate::pipeline::compile_with;

const EVERYBODY: &str = "from: [{namespaces: {}}]";

/// A ClusterNetworkPolicy for `app: db` in every namespace.
fn cluster(name: &str, tier: &str, priority: u32, rules: &str) -> String {
    format!(
        "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n\
         metadata: {{name: {name}}}\nspec: {{tier: {tier}, priority: {priority}, subject: {{pods: \
         {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{app: db}}}}}}}}, {rules}}}\n"
    )
}

/// A ClusterNetworkPolicy of tier Admin with one ingress rule for everybody.
fn admin(name: &str, priority: u32, action: &str) -> String {
    let rules = format!("ingress: [{{name: r, action: {action}, {EVERYBODY}}}]");
    cluster(name, "Admin", priority, &rules)
}

/// The BaselineAdminNetworkPolicy for `app: db`, with one ingress rule for everybody.
fn baseline(action: &str) -> String {
    format!(
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\n\
         metadata: {{name: default}}\nspec: {{subject: {{pods: {{namespaceSelector: {{}}, \
         podSelector: {{matchLabels: {{app: db}}}}}}}}, \
         ingress: [{{name: r, action: {action}, {EVERYBODY}}}]}}\n"
    )
}

/// An AdminNetworkPolicy for `app: db`.
fn older(name: &str, priority: u32, rules: &str) -> String {
    format!(
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n\
         metadata: {{name: {name}}}\nspec: {{priority: {priority}, subject: {{pods: \
         {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{app: db}}}}}}}}, {rules}}}\n"
    )
}

fn from_web() -> String {
    knp("ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]")
}

fn from_others() -> String {
    knp("ingress: [{from: [{podSelector: {matchLabels: {app: other}}}]}]")
}

#[test]
fn an_admin_deny_beats_what_a_network_policy_allows() {
    holds(
        &all(&[admin("a", 10, "Deny"), from_web()]),
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
}

#[test]
fn an_admin_accept_beats_isolation_and_even_a_cilium_deny() {
    holds(
        &all(&[
            admin("a", 10, "Accept"),
            cnp("ingressDeny: [{fromEntities: [all]}]"),
        ]),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "ops/mon -> shop/db TCP/80: allow/allow",
            "entity:world -> shop/db TCP/80: n/a/deny",
        ],
    );
}

#[test]
fn a_pass_leaves_the_decision_to_the_normal_tier_and_what_follows() {
    let tier = [admin("a", 5, "Pass"), admin("b", 10, "Deny")];
    holds(&all(&tier), &["shop/web -> shop/db TCP/80: allow/allow"]);
    let [pass, deny] = tier;
    holds(
        &all(&[pass.clone(), deny.clone(), from_others()]),
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
    holds(
        &all(&[pass, deny, baseline("Deny")]),
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
}

#[test]
fn baseline_decides_only_where_nothing_isolates() {
    holds(
        &baseline("Deny"),
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "entity:world -> shop/db TCP/80: n/a/allow",
        ],
    );
    holds(
        &all(&[baseline("Deny"), from_web()]),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "ops/mon -> shop/db TCP/80: allow/deny",
        ],
    );
    holds(
        &all(&[baseline("Allow"), from_others()]),
        &["shop/web -> shop/db TCP/80: allow/deny"],
    );
}

#[test]
fn a_cilium_deny_is_final_before_baseline() {
    holds(
        &all(&[
            baseline("Allow"),
            cnp("enableDefaultDeny: {ingress: false}, ingressDeny: [{fromEndpoints: [{}]}]"),
        ]),
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "ops/mon -> shop/db TCP/80: allow/allow",
        ],
    );
}

#[test]
fn a_lower_priority_number_decides_and_within_a_policy_the_earlier_rule() {
    holds(
        &all(&[admin("a", 10, "Deny"), admin("z", 5, "Accept")]),
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
    let rules = format!(
        "ingress: [{{name: a, action: Deny, {EVERYBODY}, ports: [{{portNumber: {{protocol: TCP, \
         port: 80}}}}]}}, {{name: b, action: Allow, {EVERYBODY}}}, \
         {{name: c, action: Deny, {EVERYBODY}}}]"
    );
    holds(
        &older("a", 10, &rules),
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "shop/web -> shop/db TCP/81: allow/allow",
            "shop/web -> shop/db ICMP/8: allow/allow",
        ],
    );
}

#[test]
fn admin_policies_never_isolate_by_themselves() {
    holds(
        &admin("a", 10, "Accept"),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "entity:world -> shop/db TCP/80: n/a/allow",
        ],
    );
}

#[test]
fn both_spellings_of_ports_and_both_versions_mean_the_same() {
    let newer = "protocols: [{tcp: {destinationPort: {range: {start: 80, end: 90}}}}, \
                 {destinationNamedPort: data}]";
    let before = "ports: [{portRange: {protocol: TCP, start: 80, end: 90}}, {namedPort: data}]";
    let deny = |ports| format!("ingress: [{{name: r, action: Deny, {EVERYBODY}, {ports}}}]");
    for policy in [
        cluster("a", "Admin", 10, &deny(newer)),
        cluster("a", "Admin", 10, &deny(before)),
        older("a", 10, &deny(before)),
    ] {
        holds(
            &policy,
            &[
                "shop/web -> shop/db TCP/79: allow/allow",
                "shop/web -> shop/db TCP/90: allow/deny",
                "shop/web -> shop/db TCP/91: allow/allow",
                "shop/web -> shop/db TCP/5432: allow/deny",
                "shop/web -> shop/db UDP/80: allow/allow",
            ],
        );
    }
}

#[test]
fn networks_match_pods_and_nodes_and_the_outside_by_address() {
    let rules = "egress: [{name: r, action: Deny, to: [{networks: \
                 [10.0.0.1/32, 172.18.0.2/32, 192.0.2.0/24]}]}]";
    holds(
        &cluster("a", "Admin", 10, rules),
        &[
            "shop/db -> shop/web TCP/80: deny/allow",
            "shop/db -> ops/mon TCP/80: allow/allow",
            "shop/db -> ip:172.18.0.2 TCP/80: deny/n/a",
            "shop/db -> ip:172.18.0.3 TCP/80: allow/n/a",
            "shop/db -> ip:192.0.2.7 TCP/80: deny/n/a",
            "shop/db -> ip:192.0.3.7 TCP/80: allow/n/a",
            "shop/db -> ip:192.0.2.7 ICMP/8: deny/n/a",
        ],
    );
}

#[test]
fn host_network_pods_are_neither_subjects_nor_pods_to_admin_policies() {
    holds(
        &admin("a", 10, "Deny"),
        &[
            "ops/agent -> shop/db TCP/80: n/a/allow",
            "ops/mon -> shop/db TCP/80: allow/deny",
        ],
    );
}

#[test]
fn domain_names_match_the_addresses_of_a_resolution_and_one_or_more_labels() {
    let resolution = "apiVersion: ztc.dev/v1alpha1\nkind: Resolution\n\
                      names: {a.b.example.com: [192.0.2.1], example.com: [192.0.2.2]}\n";
    let rules = "egress: [{name: r, action: Accept, to: [{domainNames: ['*.example.com']}]}, \
                 {name: s, action: Deny, to: [{networks: [0.0.0.0/0]}]}]";
    holds(
        &all(&[cluster("a", "Admin", 10, rules), resolution.into()]),
        &[
            "shop/db -> ip:192.0.2.1 TCP/80: allow/n/a",
            "shop/db -> ip:192.0.2.2 TCP/80: deny/n/a",
        ],
    );
}

/// A workload whose pods are not known.
const LATER: &str = "apiVersion: apps/v1\nkind: Deployment\n\
                     metadata: {name: later, namespace: shop}\n\
                     spec: {template: {metadata: {labels: {app: later}}, \
                     spec: {containers: [{name: c, image: i}]}}}\n";

#[test]
fn of_an_end_without_an_address_the_answer_says_that_networks_were_not_asked() {
    let rules = "egress: [{name: r, action: Deny, to: [{networks: [10.0.0.0/8]}]}]";
    let policies = [cluster("a", "Admin", 10, rules), LATER.to_owned()];
    let compiled = compile_with(&files(&all(&policies)), &Options::default());
    assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
    let bundle = compiled.bundle.view();
    let simulator = Simulator::new(&bundle);
    let answerer = Answerer::new(&bundle);
    for (to, n_notes) in [("shop/web", 0), ("shop/Deployment/later", 1)] {
        let question = Question::new("shop/db", to, "80/TCP").expect("a question");
        let answer = answerer.answer(question, &mut &simulator);
        assert_eq!(answer.expect("an answer").notes.len(), n_notes, "{to}");
    }
}

#[test]
fn a_pod_without_a_known_address_is_in_the_network_of_all_addresses() {
    let networks = |prefixes: &str| {
        let rules =
            format!("egress: [{{name: r, action: Deny, to: [{{networks: [{prefixes}]}}]}}]");
        let pod = "apiVersion: v1\nkind: Pod\n\
                   metadata: {name: later, namespace: shop, labels: {app: later}}\n\
                   spec: {containers: [{name: c, image: i}]}\n";
        all(&[cluster("a", "Admin", 10, &rules), pod.to_owned()])
    };
    let later = |answer: &str| format!("shop/db -> shop/later TCP/80: {answer}");
    for (prefixes, answer) in [
        ("0.0.0.0/0", "deny/allow"),
        ("'::/0', 0.0.0.0/0", "deny/allow"),
        ("'::/0'", "allow/allow"),
        ("0.0.0.0/1, 128.0.0.0/1", "allow/allow"),
    ] {
        holds(&networks(prefixes), &[&later(answer)]);
    }
}
