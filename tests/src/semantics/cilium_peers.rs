//! Whom a Cilium peer means: scoping, entities, prefixes (SEMANTICS.md).

use super::{ccnp, cnp, holds};

#[test]
fn r3_the_empty_selector_is_the_own_namespace_or_all_pods_and_never_nodes_or_the_world() {
    let policies = [
        (cnp("ingress: [{fromEndpoints: [{}]}]"), "deny"),
        (ccnp("ingress: [{fromEndpoints: [{}]}]"), "allow"),
    ];
    for (policy, other_namespace) in policies {
        holds(
            &policy,
            &[
                "shop/web -> shop/db TCP/80: allow/allow",
                &format!("ops/mon -> shop/db TCP/80: allow/{other_namespace}"),
                "entity:world -> shop/db TCP/80: n/a/deny",
                "entity:remote-node -> shop/db TCP/80: n/a/deny",
                "ops/agent -> shop/db TCP/80: n/a/deny",
            ],
        );
    }
}

#[test]
fn r4_a_namespace_key_in_any_operator_lifts_the_scope_of_a_peer() {
    let ns = "k8s:io.kubernetes.pod.namespace";
    for (selector, mon, web) in [
        (format!("{{matchLabels: {{{ns}: ops}}}}"), "allow", "deny"),
        (
            format!("{{matchExpressions: [{{key: {ns}, operator: Exists}}]}}"),
            "allow",
            "allow",
        ),
        (
            format!("{{matchExpressions: [{{key: {ns}, operator: NotIn, values: [shop]}}]}}"),
            "allow",
            "deny",
        ),
        (
            format!("{{matchExpressions: [{{key: {ns}, operator: DoesNotExist}}]}}"),
            "deny",
            "deny",
        ),
        (
            "{matchLabels: {io.kubernetes.pod.namespace: ops}}".into(),
            "allow",
            "deny",
        ),
        (
            "{matchLabels: {k8s:io.cilium.k8s.namespace.labels.team: b}}".into(),
            "allow",
            "deny",
        ),
        (
            "{matchLabels: {io.cilium.k8s.namespace.labels.env: prod}}".into(),
            "allow",
            "deny",
        ),
    ] {
        holds(
            &cnp(&format!("ingress: [{{fromEndpoints: [{selector}]}}]")),
            &[
                &format!("ops/mon -> shop/db TCP/80: allow/{mon}"),
                &format!("shop/web -> shop/db TCP/80: allow/{web}"),
                "entity:world -> shop/db TCP/80: n/a/deny",
            ],
        );
    }
}

#[test]
fn r4_a_namespace_key_of_another_source_does_not_lift_the_scope() {
    for key in [
        "io.kubernetes.pod.namespace",
        "io.cilium.k8s.namespace.labels.team",
    ] {
        let expression = format!("{{key: 'container:{key}', operator: DoesNotExist}}");
        holds(
            &cnp(&format!(
                "ingress: [{{fromEndpoints: [{{matchExpressions: [{expression}]}}]}}]"
            )),
            &[
                "shop/web -> shop/db TCP/80: allow/allow",
                "ops/mon -> shop/db TCP/80: allow/deny",
            ],
        );
    }
}

#[test]
fn s13_a_reserved_key_lifts_namespace_and_cluster_scope() {
    holds(
        &cnp("ingress: [{fromEndpoints: [\
             {matchExpressions: [{key: 'reserved:host', operator: DoesNotExist}]}]}]"),
        &[
            "ops/mon -> shop/db TCP/80: allow/allow",
            "entity:world -> shop/db TCP/80: n/a/allow",
            "entity:remote-node -> shop/db TCP/80: n/a/allow",
        ],
    );
    for key in ["reserved:host", "reserved.host", "$host"] {
        holds(
            &cnp(&format!(
                "egress: [{{toEndpoints: [{{matchLabels: {{'{key}': ''}}}}]}}]"
            )),
            &[
                "shop/db -> entity:host TCP/80: allow/n/a",
                "shop/db -> shop/web TCP/80: deny/allow",
            ],
        );
    }
}

#[test]
fn s14_a_namespace_in_the_subject_is_overwritten_with_a_prefix_and_contradicts_without() {
    let policy = |key: &str| {
        format!(
            "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
             metadata: {{name: p, namespace: shop}}\n\
             spec: {{endpointSelector: {{matchLabels: {{'{key}': ops}}}}, ingress: [{{}}]}}\n"
        )
    };
    holds(
        &policy("k8s:io.kubernetes.pod.namespace"),
        &[
            "shop/web -> shop/db TCP/80: allow/deny",
            "shop/web -> ops/mon TCP/80: allow/allow",
        ],
    );
    holds(
        &policy("io.kubernetes.pod.namespace"),
        &[
            "shop/web -> shop/db TCP/80: allow/allow",
            "shop/web -> ops/mon TCP/80: allow/allow",
        ],
    );
}

#[test]
fn r12_entities_mean_what_their_names_say() {
    let ends = [
        "shop/web",
        "entity:host",
        "entity:remote-node",
        "entity:kube-apiserver",
        "entity:health",
        "entity:ingress",
        "entity:world",
        "ip:8.8.8.8",
        "ip:2001:db8::8",
    ];
    for (entity, allowed) in [
        ("all", vec![0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ("none", vec![]),
        ("cluster", vec![0, 1, 2, 3, 4, 5]),
        ("world", vec![6, 7, 8]),
        ("world-ipv4", vec![6, 7]),
        ("world-ipv6", vec![8]),
        ("host", vec![1]),
        ("remote-node", vec![2, 3]),
        ("kube-apiserver", vec![3]),
        ("health", vec![4]),
        ("ingress", vec![5]),
        ("init", vec![]),
        ("unmanaged", vec![]),
    ] {
        let lines: Vec<String> = ends
            .iter()
            .enumerate()
            .map(|(index, end)| {
                let egress = if allowed.contains(&index) {
                    "allow"
                } else {
                    "deny"
                };
                let ingress = if end.contains('/') { "allow" } else { "n/a" };
                format!("shop/db -> {end} TCP/80: {egress}/{ingress}")
            })
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        holds(
            &cnp(&format!("egress: [{{toEntities: [{entity}]}}]")),
            &lines,
        );
    }
}

#[test]
fn s7_a_prefix_never_matches_pods_or_nodes() {
    holds(
        &cnp("egress: [{toCIDR: [0.0.0.0/0, 10.0.0.1/32, 172.18.0.0/16]}]"),
        &[
            "shop/db -> shop/web TCP/80: deny/allow",
            "shop/db -> ip:10.0.0.1 TCP/80: deny/allow",
            "shop/db -> ip:172.18.0.2 TCP/80: deny/n/a",
            "shop/db -> ip:10.0.0.99 TCP/80: allow/n/a",
            "shop/db -> ip:172.18.0.99 TCP/80: allow/n/a",
        ],
    );
}

#[test]
fn r9_an_exception_is_subtraction_within_its_own_element() {
    let base = "egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.96.0.0/12]}]}";
    holds(
        &cnp(&format!("{base}]")),
        &[
            "shop/db -> ip:10.95.0.1 TCP/80: allow/n/a",
            "shop/db -> ip:10.96.0.1 TCP/80: deny/n/a",
            "shop/db -> ip:11.0.0.1 TCP/80: deny/n/a",
        ],
    );
    holds(
        &cnp(&format!("{base}, {{toCIDR: [10.97.0.0/16]}}]")),
        &[
            "shop/db -> ip:10.97.0.1 TCP/80: allow/n/a",
            "shop/db -> ip:10.98.0.1 TCP/80: deny/n/a",
        ],
    );
    holds(
        &cnp("egress: [{toEntities: [world]}], \
             egressDeny: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.96.0.0/12]}]}]"),
        &[
            "shop/db -> ip:10.95.0.1 TCP/80: deny/n/a",
            "shop/db -> ip:10.96.0.1 TCP/80: allow/n/a",
        ],
    );
}

#[test]
fn r10_zero_is_the_world_of_its_family_and_two_halves_are_not_the_abstract_world() {
    holds(
        &cnp("egress: [{toCIDR: [0.0.0.0/0]}]"),
        &[
            "shop/db -> entity:world TCP/80: allow/n/a",
            "shop/db -> ip:8.8.8.8 TCP/80: allow/n/a",
            "shop/db -> ip:2001:db8::1 TCP/80: deny/n/a",
        ],
    );
    holds(
        &cnp("egress: [{toCIDR: [0.0.0.0/1, 128.0.0.0/1]}]"),
        &[
            "shop/db -> entity:world TCP/80: deny/n/a",
            "shop/db -> ip:8.8.8.8 TCP/80: allow/n/a",
            "shop/db -> ip:200.0.0.1 TCP/80: allow/n/a",
        ],
    );
}
