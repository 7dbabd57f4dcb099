//! One test for each rule of meaning, named by the rule.
//!
//! Every test states policies and connections in one notation, `A -> B TCP/80: x/y`: what A's
//! egress and B's ingress say. The random tests prove the same in bulk; these say it in words.

mod cilium;
mod cilium_peers;
mod conflicts;
mod features;
mod identity;
mod kubernetes;
mod nodes;
mod options;
mod ordered;
mod ports;
mod references;
mod tiers;
mod vectors;
mod warnings;

use ztc_bundle::Simulator;

use crate::conformance::{end, protocol_named};
use crate::interpreter::Options;
use crate::interpreter::{Cluster, Connection};
use crate::pipeline::{Compiled, Question, compile_with, questions};
use crate::yaml;

/// Three pods in two namespaces on two nodes, one of them with host networking beside them.
const WORKLOADS: &str = r#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {team: b, env: prod, beta.kubernetes.io/x: "1"}}
---
apiVersion: v1
kind: Node
metadata: {name: node-1}
status: {addresses: [{type: InternalIP, address: 172.18.0.2}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-2}
status: {addresses: [{type: InternalIP, address: 172.18.0.3}]}
---
apiVersion: v1
kind: Pod
metadata:
  {name: web, namespace: shop, labels: {app: web, tier: "", pod-template-hash: x}}
spec:
  nodeName: node-1
  serviceAccountName: web
  containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec:
  nodeName: node-2
  containers:
  - {name: c, image: i, ports: [{name: data, containerPort: 5432}, {name: http, containerPort: 81}]}
status: {podIP: 10.0.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: mon, namespace: ops, labels: {app: mon}}
spec: {nodeName: node-2, containers: [{name: c, image: i}]}
status: {podIP: 10.0.0.3}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops, labels: {app: web}}
spec: {nodeName: node-1, hostNetwork: true, containers: [{name: c, image: i}]}
status: {podIP: 172.18.0.2}
"#;

/// Checks lines such as `shop/web -> shop/db TCP/80: allow/deny` under some policies.
#[track_caller]
fn holds(policies: &str, lines: &[&str]) {
    holds_with(&Options::default(), policies, lines);
}

/// The same under other options.
#[track_caller]
fn holds_with(options: &Options, policies: &str, lines: &[&str]) {
    let compiled = compile_with(&files(policies), options);
    assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
    agrees(&compiled, policies, lines);
}

/// Checks that a policy is refused for one reason, and that what is left of the input says this.
#[track_caller]
fn refused(policies: &str, reason: &str, lines: &[&str]) {
    let compiled = compile_with(&files(policies), &Options::default());
    let reasons: Vec<&str> = compiled.errors.iter().map(|error| error.name).collect();
    assert_eq!(reasons, [reason], "{:?}", compiled.errors);
    agrees(&compiled, policies, lines);
}

fn files(policies: &str) -> [(String, String); 2] {
    [("policies.yaml", policies), ("workloads.yaml", WORKLOADS)]
        .map(|(name, text)| (name.to_string(), text.to_string()))
}

#[track_caller]
fn agrees(compiled: &Compiled, policies: &str, lines: &[&str]) {
    let cluster = Cluster::new(&yaml::read(&format!("{WORKLOADS}---\n{policies}")));
    let simulator = Simulator::new(&compiled.bundle.view());
    let found: Vec<String> = lines
        .iter()
        .map(|line| answer(&simulator, &cluster, line))
        .collect();
    assert_eq!(found, lines);
}

/// The line as ztc would have it.
fn answer(simulator: &Simulator<'_>, cluster: &Cluster, line: &str) -> String {
    let (asked, _) = line.split_once(": ").expect("`connection: verdicts`");
    let mut words = asked.split(' ');
    let mut word = || words.next().expect("`A -> B PROTOCOL/port`");
    let (from, _, to, port) = (word(), word(), word(), word());
    let (protocol, port) = port.split_once('/').expect("`PROTOCOL/port`");
    let connection = Connection {
        from: end(from),
        to: end(to),
        protocol: protocol_named(protocol),
        port: port.parse().expect("a port"),
    };
    let name = |question: Option<Question>| match question {
        None => "n/a",
        Some(question) if question.ask(simulator).is_allow() => "allow",
        Some(_) => "deny",
    };
    let (egress, ingress) = questions(simulator.bundle(), cluster, &connection);
    format!("{asked}: {}/{}", name(egress), name(ingress))
}

/// A CiliumNetworkPolicy in `shop` for `app: db` with this spec beside its selector.
fn cnp(spec: &str) -> String {
    policy("CiliumNetworkPolicy", ", namespace: shop", spec)
}

/// A CiliumClusterwideNetworkPolicy for `app: db`.
fn ccnp(spec: &str) -> String {
    policy("CiliumClusterwideNetworkPolicy", "", spec)
}

fn policy(kind: &str, namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: cilium.io/v2\nkind: {kind}\nmetadata: {{name: p{namespace}}}\n\
         spec: {{endpointSelector: {{matchLabels: {{app: db}}}}, {spec}}}\n"
    )
}

/// A NetworkPolicy in `shop` for `app: db` with this spec beside its selector.
fn knp(spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
         metadata: {{name: k, namespace: shop}}\n\
         spec: {{podSelector: {{matchLabels: {{app: db}}}}, {spec}}}\n"
    )
}

/// Several policies as one file; names are made different.
fn all(policies: &[String]) -> String {
    let renamed = policies.iter().enumerate().map(|(index, policy)| {
        policy
            .replacen("{name: p", &format!("{{name: p{index}"), 1)
            .replacen("{name: k,", &format!("{{name: k{index},"), 1)
    });
    renamed.collect::<Vec<_>>().join("---\n")
}
