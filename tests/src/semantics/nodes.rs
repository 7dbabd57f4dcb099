//! Nodes as peers (SEMANTICS.md).

use super::{ccnp, cnp, holds, holds_with, refused};
use crate::interpreter::Options;

/// Another node, with labels and the API server.
const NODES: &str = r#"---
apiVersion: v1
kind: Node
metadata:
  name: node-3
  labels: {zone: a, node-role.kubernetes.io/control-plane: ""}
status: {addresses: [{type: InternalIP, address: 172.18.0.4}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-4, labels: {zone: b}}
status: {addresses: [{type: InternalIP, address: 172.18.0.5}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cp, namespace: shop, labels: {app: db}}
spec: {nodeName: node-3, containers: [{name: c, image: i}]}
status: {podIP: 10.0.0.9}
"#;

#[test]
fn from_nodes_needs_its_option() {
    refused(
        &cnp("ingress: [{fromNodes: [{}]}]"),
        "option-is-off",
        &["shop/web -> shop/db TCP/80: allow/allow"],
    );
}

#[test]
fn to_nodes_selects_other_nodes_by_label_and_never_the_own_one() {
    let options = Options {
        node_selectors: true,
        ..Options::default()
    };
    for key in ["zone", "node:zone"] {
        let policy = cnp(&format!(
            "egress: [{{toNodes: [{{matchLabels: {{'{key}': a}}}}]}}]"
        ));
        holds_with(
            &options,
            &format!("{policy}{NODES}"),
            &[
                "shop/db -> ip:172.18.0.4 TCP/80: allow/n/a",
                "shop/db -> ip:172.18.0.5 TCP/80: deny/n/a",
                "shop/db -> ip:172.18.0.3 TCP/80: deny/n/a",
            ],
        );
    }
    holds_with(
        &options,
        &format!("{}{NODES}", cnp("egress: [{toNodes: [{}]}]")),
        &[
            "shop/db -> ip:172.18.0.2 TCP/80: allow/n/a",
            "shop/db -> ip:172.18.0.4 TCP/80: allow/n/a",
            // shop/db runs on node-2.
            "shop/db -> ip:172.18.0.3 TCP/80: deny/n/a",
        ],
    );
}

#[test]
fn s18_an_api_server_on_another_node_is_a_remote_node_too() {
    for entity in ["kube-apiserver", "remote-node", "cluster"] {
        let policy = cnp(&format!("egress: [{{toEntities: [{entity}]}}]"));
        holds(
            &format!("{policy}{NODES}"),
            &["shop/db -> ip:172.18.0.4 TCP/6443: allow/n/a"],
        );
    }
    let prefix = cnp("egress: [{toCIDR: [172.18.0.0/16]}]");
    holds(
        &format!("{prefix}{NODES}"),
        &["shop/db -> ip:172.18.0.4 TCP/6443: deny/n/a"],
    );
}

#[test]
fn s18_an_api_server_on_the_own_node_is_that_host_with_all_its_ports() {
    let policy = ccnp("egress: [{toEntities: [kube-apiserver]}]");
    holds(
        &format!("{policy}{NODES}"),
        &[
            // shop/cp runs where the API server does, shop/db does not.
            "shop/cp -> ip:172.18.0.4 TCP/22: allow/n/a",
            "shop/db -> ip:172.18.0.4 TCP/22: allow/n/a",
            "shop/db -> ip:172.18.0.3 TCP/22: deny/n/a",
        ],
    );
    let host = ccnp("egress: [{toEntities: [host]}]");
    holds(
        &format!("{host}{NODES}"),
        &[
            "shop/cp -> ip:172.18.0.4 TCP/22: allow/n/a",
            "shop/db -> ip:172.18.0.4 TCP/22: deny/n/a",
        ],
    );
    // Such a node is still its pods' own, which may come in (R8).
    let isolate = ccnp("ingress: [{}]");
    holds(
        &format!("{isolate}{NODES}"),
        &[
            "ip:172.18.0.4 -> shop/cp TCP/80: n/a/allow",
            "ip:172.18.0.4 -> shop/db TCP/80: n/a/deny",
        ],
    );
}

#[test]
fn nodes_of_admin_policies_are_selected_by_label_the_own_one_too() {
    let policy = "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n\
                  metadata: {name: a}\n\
                  spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{name: r, \
                  action: Deny, to: [{nodes: {matchLabels: {zone: a}}}]}]}\n";
    holds(
        &format!("{policy}{NODES}"),
        &[
            "shop/db -> ip:172.18.0.4 TCP/80: deny/n/a",
            "shop/cp -> ip:172.18.0.4 TCP/80: deny/n/a",
            "shop/db -> ip:172.18.0.5 TCP/80: allow/n/a",
        ],
    );
}
