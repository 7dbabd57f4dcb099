//! What is said of changes between pods and nodes. A bundle does not know the labels of nodes, so
//! they are blamed only where nothing that it knows changed.
//!
//! Must not know how a cause is found.

use ztc_bundle::BundleFile;

use super::causes::{PODS, files, policy, said};
use crate::{
    interpreter::{Enforcement, Options},
    pipeline::compile_with,
};

/// A gateway, and a node with the API server.
const NODES: &str = "\
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {role: gateway}}
status: {addresses: [{type: InternalIP, address: 172.18.0.4}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {node-role.kubernetes.io/control-plane: ''}}
status: {addresses: [{type: InternalIP, address: 172.18.0.5}]}
";
const FROM_GATEWAYS: &str = "ingress: [{fromNodes: [{matchLabels: {role: gateway}}], \
                             toPorts: [{ports: [{port: '5432', protocol: TCP}]}]}]";
const N1_TO_DB: [&str; 2] = ["node n1", "shop/db"];

fn compiled(documents: &[&str], enforcement: Enforcement) -> BundleFile {
    let options = Options {
        node_selectors: true,
        enforcement,
        ..Options::default()
    };
    let compiled = compile_with(&files(documents), &options);
    assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
    compiled.bundle
}

fn between(old: &[&str], new: &[&str], ends: [&str; 2]) -> Vec<String> {
    let [old, new] = [old, new].map(|documents| compiled(documents, Enforcement::Default));
    said(&old.view(), &new.view(), ends)
}

#[test]
fn labels_of_a_node_are_the_cause_where_nothing_else_changed() {
    let db = policy("db", FROM_GATEWAYS);
    let other = NODES.replace("role: gateway", "role: other");
    assert_eq!(
        between(&[PODS, NODES, &db], &[PODS, &other, &db], N1_TO_DB),
        ["- nothing because NodesChanged(From), no longer holds db spec.ingress[0]"]
    );
}

#[test]
fn labels_of_the_pod_at_the_other_end_are_the_whole_cause() {
    let db = policy("db", FROM_GATEWAYS);
    let before = PODS.replace("labels: {app: db}", "labels: {app: old}");
    assert_eq!(
        between(&[&before, NODES, &db], &[PODS, NODES, &db], N1_TO_DB),
        ["< 5432/TCP because LabelsChanged(To), now holds db spec.ingress[0]"]
    );
}

#[test]
fn options_are_the_whole_cause_of_what_they_change_for_nodes() {
    let db = policy("db", FROM_GATEWAYS);
    let [never, default] = [Enforcement::Never, Enforcement::Default]
        .map(|enforcement| compiled(&[PODS, NODES, &db], enforcement));
    assert_eq!(
        said(&never.view(), &default.view(), N1_TO_DB),
        ["< 5432/TCP because Options"]
    );
}

#[test]
fn a_rule_that_begins_to_name_the_api_server_opens_the_own_node_that_runs_it() {
    let before = policy("db", "egress: [{}]");
    let after = policy("db", "egress: [{toEntities: [kube-apiserver]}]");
    let to = |end| {
        between(
            &[PODS, NODES, &before],
            &[PODS, NODES, &after],
            ["shop/db", end],
        )
    };
    let added = "+ everything because changed db spec.egress[0] to db spec.egress[0]";
    assert_eq!(to("host-kube-apiserver"), [added]);
    assert_eq!(to("kube-apiserver"), [added]);
    assert_eq!(to("host"), [""; 0]);
}

#[test]
fn a_node_that_is_something_else_at_each_address_has_a_name_for_each() {
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n\
                status: {addresses: [{type: InternalIP, address: 172.18.0.4}, \
                {type: InternalIP, address: 172.19.0.4}]}\n";
    let rule = |action: &str, prefix: &str| {
        format!("{{name: {action}, action: {action}, to: [{{networks: [{prefix}]}}]}}")
    };
    let admin = |rules: &[String]| {
        format!(
            "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n\
             metadata: {{name: admin}}\nspec:\n  priority: 5\n  subject: {{namespaces: {{}}}}\n  \
             egress: [{}]\n",
            rules.join(", ")
        )
    };
    let one = admin(&[rule("Deny", "172.18.0.0/16")]);
    let both = admin(&[
        rule("Deny", "172.18.0.0/16"),
        rule("Allow", "172.19.0.0/16"),
    ]);
    let [old, new] = [one, both].map(|admin| compiled(&[PODS, node, &admin], Enforcement::Default));
    let (old, new) = (old.view(), new.view());
    let (before, after) = (super::reach(&old), super::reach(&new));
    let names = |reach: &ztc_reach::Reach<'_>| -> Vec<String> {
        let names = reach.parties().iter().map(|party| party.name.clone());
        names.filter(|name| name.starts_with("node ")).collect()
    };
    assert_eq!(names(&before), ["node n1"]);
    assert_eq!(
        names(&after),
        ["node n1 (172.18.0.4)", "node n1 (172.19.0.4)"]
    );
    let diff = ztc_reach::diff::Diff::new(&before, &after);
    let ends = diff.ends.iter().filter(|end| end.name.starts_with("node "));
    let ends: Vec<&str> = ends.map(|end| end.name.as_str()).collect();
    assert_eq!(ends, ["node n1 (172.18.0.4)", "node n1 (172.19.0.4)"]);
}
