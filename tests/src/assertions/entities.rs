//! `ztc test` about nodes and the API server: `host`, `remote-node` and `kube-apiserver` mean
//! whoever policies take for them, and what is two things at once is refused.

use serde_json::Value;

use super::Repository;
use crate::interpreter::Options;

/// Two nodes, the second with the API server, which is outside the cluster as well; a pod on each,
/// and one on its node's network.
const CLUSTER: &str = r#"
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {zone: a}}
status: {addresses: [{type: InternalIP, address: 172.18.0.2}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-2, labels: {zone: b, node-role.kubernetes.io/control-plane: ""}}
status: {addresses: [{type: InternalIP, address: 172.18.0.3}]}
---
apiVersion: v1
kind: Service
metadata: {name: kubernetes, namespace: default}
spec: {clusterIP: 10.96.0.1, ports: [{port: 443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.10]}]
ports: [{port: 6443}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: node-1, containers: [{name: c, image: i}]}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: control, namespace: shop, labels: {app: control}}
spec: {nodeName: node-2, containers: [{name: c, image: i}]}
status: {podIP: 10.0.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: agent}}
spec: {nodeName: node-1, hostNetwork: true, containers: [{name: c, image: i}]}
status: {podIP: 172.18.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: stage, labels: {app: shop-web}}
spec: {nodeName: node-1, containers: [{name: c, image: i}]}
status: {podIP: 10.0.0.3}
---
"#;

fn policy(selector: &str, egress: &str) -> String {
    format!(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
         metadata: {{name: p, namespace: shop}}\n\
         spec:\n  endpointSelector: {{matchLabels: {{app: {selector}}}}}\n  \
         egress: [{egress}]\n---\n"
    )
}

/// How the assertion ends, what is said of it, and the help.
fn outcome(name: &str, policies: &str, assertion: &str) -> [String; 3] {
    let options = Options {
        node_selectors: true,
        ..Options::default()
    };
    let repository = Repository::new(&format!("entities-{name}"), &options);
    let test = format!(
        "apiVersion: ztc.dev/v1alpha1\nkind: PolicyTest\nmetadata: {{name: t}}\n\
         spec: {{assertions: [{assertion}]}}\n"
    );
    let result = repository.run_files(&[CLUSTER.to_owned(), policies.to_owned(), test], &[]);
    let one = &result["assertions"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let help = match &one["diagnostic"]["help"] {
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join("; "),
        other => text(other),
    };
    [
        text(&one["outcome"]),
        text(&one["diagnostic"]["message"]),
        help,
    ]
}

#[track_caller]
fn fails(name: &str, policies: &str, assertion: &str, message: &str) {
    let [outcome, said, _] = outcome(name, policies, assertion);
    assert_eq!((outcome.as_str(), said.as_str()), ("failed", message));
}

#[track_caller]
fn passes(name: &str, policies: &str, assertion: &str) {
    let [outcome, said, _] = outcome(name, policies, assertion);
    assert_eq!(outcome, "passed", "{said}");
}

/// An assertion that is refused, with what is said.
#[track_caller]
fn refused(name: &str, from: &str, message: &str, helps: &[&str]) {
    let assertion = format!("{{deny: {{from: \"{from}\", to: shop/web}}}}");
    let [outcome, said, help] = outcome(name, "", &assertion);
    assert_eq!(
        (outcome.as_str(), said.as_str()),
        ("without-meaning", message)
    );
    for part in helps {
        assert!(help.contains(part), "{part} is not in: {help}");
    }
}

#[test]
fn a_node_that_policies_select_is_a_remote_node() {
    let assertion = "{deny: {from: shop/web, to: remote-node}}";
    let open = policy("web", "{toNodes: [{matchLabels: {zone: b}}]}");
    fails(
        "remote",
        &open,
        assertion,
        "`shop/web` reaches `node node-2` on everything",
    );
    passes("kept", &policy("web", "{}"), assertion);
}

#[test]
fn an_own_node_with_the_api_server_is_a_host() {
    let assertion = "{deny: {from: shop/control, to: host}}";
    let open = policy("control", "{toEntities: [kube-apiserver]}");
    let [outcome, said, _] = outcome("host", &open, assertion);
    assert_eq!(outcome, "failed");
    assert!(
        said.contains("reaches `host-kube-apiserver` on everything"),
        "{said}"
    );
}

#[test]
fn an_api_server_outside_is_the_api_server() {
    let assertion = "{deny: {from: shop/web, to: kube-apiserver, ports: [6443/TCP]}}";
    let open = policy("web", "{toCIDR: [192.0.2.10/32]}");
    let [outcome, said, _] = outcome("outside", &open, assertion);
    assert_eq!(outcome, "failed");
    assert!(said.ends_with("on 6443/TCP"), "{said}");
    passes(
        "elsewhere",
        &policy("web", "{toCIDR: [192.0.2.11/32]}"),
        assertion,
    );
}

#[test]
fn an_end_that_was_selected_by_its_address_is_named_so() {
    let open = policy("web", "{toCIDR: [198.51.100.0/24]}");
    fails(
        "address",
        &open,
        "{deny: {from: shop/web, to: 198.51.100.7}}",
        "`shop/web` reaches `198.51.100.7 (198.51.100.0/24)` on everything",
    );
    fails(
        "pod-address",
        &open,
        "{allow: {from: 10.0.0.1, to: shop/control}}",
        "`10.0.0.1 (shop/web)` cannot reach `shop/control` on everything",
    );
    fails(
        "prefix",
        &open,
        "{deny: {from: shop/web, to: 198.51.100.0/24}}",
        "`shop/web` reaches `198.51.100.0/24` on everything",
    );
}

#[test]
fn what_is_two_things_at_once_is_refused_with_both() {
    let both = ["`host`", "`remote-node`"];
    refused(
        "by-address",
        "172.18.0.2",
        "`172.18.0.2` is the node node-1, which policies take for two things",
        &both,
    );
    refused(
        "by-name",
        "node-1",
        "`node-1` is a node, which policies take for two things",
        &both,
    );
    refused(
        "on-host",
        "shop/agent",
        "`shop/agent` is on its node's network, so no policy applies to it",
        &both,
    );
    refused(
        "by-label",
        "shop{app=agent}",
        "`shop{app=agent}` matches nobody",
        &both,
    );
}

#[test]
fn a_name_that_is_wrong_is_met_with_one_that_is_right() {
    refused(
        "namespace",
        "shopp{app=web}",
        "`shopp{app=web}` matches nobody",
        &["did you mean `shop`?"],
    );
    refused(
        "value",
        "shop{app=webb}",
        "`shop{app=webb}` matches nobody",
        &["did you mean `app=web`?"],
    );
    refused(
        "several",
        "web",
        "`web` names nobody",
        &["`shop/web`", "`stage/web`"],
    );
}
