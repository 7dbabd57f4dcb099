//! A repository of many policies and pods, as ordinary YAML files, from a seed.
//!
//! What a platform team's Git looks like: a folder per namespace with about ten apps, a default
//! deny, DNS egress, and policies that apps write for each other. Also built by the example
//! `generate_repository` and the benchmark, so it must not know the rest of this crate.

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON object that is indexed by a new name gets that name"
)]

use fastrand::Rng;
use serde_json::{Value, json};

use crate::yaml_text;

const APPS: [&str; 10] = [
    "web", "api", "orders", "cart", "users", "search", "queue", "worker", "cache", "db",
];
const TIERS: [&str; 4] = ["front", "middle", "back", "store"];
const TEAMS: [&str; 8] = [
    "red", "blue", "green", "amber", "violet", "grey", "teal", "rose",
];
const TEAM_OF_NAMESPACE: &str = "k8s:io.cilium.k8s.namespace.labels.team";
const PORT_NAMES: [&str; 2] = ["http", "metrics"];

/// How much to generate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) n_policies: usize,
    pub(crate) n_namespaces: usize,
    pub(crate) n_pods: usize,
}

/// A file of the repository.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Relative, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The repository of a seed, files in the order of their paths.
pub(crate) fn repository(size: Size, seed: u64) -> Vec<File> {
    let mut rng = Rng::with_seed(seed);
    let size = Size {
        n_namespaces: size.n_namespaces.max(1),
        ..size
    };
    let n_nodes = size.n_pods / 100 + 2;
    let file = |path: String, objects: &[Value]| File {
        path,
        text: yaml_text::write(objects),
    };
    let n_clusterwide = size.n_policies / 100;
    let clusterwide: Vec<_> = (0..n_clusterwide)
        .map(|index| clusterwide(&mut rng, index))
        .collect();
    let nodes: Vec<_> = (0..n_nodes).map(node).collect();
    let mut files = vec![file("cluster/nodes.yaml".into(), &nodes)];
    if !clusterwide.is_empty() {
        files.push(file("cluster/policies.yaml".into(), &clusterwide));
    }
    for namespace in 0..size.n_namespaces {
        let policies: Vec<_> = (namespace..size.n_policies - n_clusterwide)
            .step_by(size.n_namespaces)
            .map(|index| policy(&mut rng, namespace, index / size.n_namespaces, size))
            .collect();
        let mut workloads = vec![namespace_object(namespace)];
        let pods = (namespace..size.n_pods).step_by(size.n_namespaces);
        workloads.extend(pods.map(|index| pod(namespace, index, size.n_namespaces, n_nodes)));
        if !policies.is_empty() {
            files.push(file(
                format!("{}/policies.yaml", name(namespace)),
                &policies,
            ));
        }
        files.push(file(
            format!("{}/workloads.yaml", name(namespace)),
            &workloads,
        ));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn name(namespace: usize) -> String {
    format!("team-{namespace:04}")
}

/// One of several, the same again after as many steps.
fn nth<'a>(from: &[&'a str], index: usize) -> &'a str {
    from.iter()
        .cycle()
        .nth(index % from.len())
        .expect("a list that is not empty")
}

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    rng.choice(from).expect("a list that is not empty")
}

fn node(index: usize) -> Value {
    let v4 = format!("172.16.{}.{}", index / 250, index % 250 + 1);
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": format!("node-{index}")},
        "status": {"addresses": [
            {"type": "InternalIP", "address": v4},
            {"type": "InternalIP", "address": format!("fd00:172::{:x}", index + 1)},
        ]},
    })
}

fn namespace_object(namespace: usize) -> Value {
    let env = ["prod", "staging", "dev"];
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name(namespace),
            "labels": {"team": nth(&TEAMS, namespace), "env": nth(&env, namespace)},
        },
    })
}

/// Pod number `index` of the cluster: a replica of one of its namespace's apps.
fn pod(namespace: usize, index: usize, n_namespaces: usize, n_nodes: usize) -> Value {
    let ordinal = index / n_namespaces;
    let (app, replica) = (ordinal % APPS.len(), ordinal / APPS.len());
    // Policies do not see what a deployment adds to its pods, so pods of one app are alike.
    let hash = format!("{app:x}{namespace:x}");
    let v4 = format!(
        "10.{}.{}.{}",
        64 + index / 62_500,
        index / 250 % 250,
        index % 250 + 1
    );
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": format!("{}-{replica}", nth(&APPS, app)),
            "namespace": name(namespace),
            "labels": {
                "app": nth(&APPS, app),
                "tier": nth(&TIERS, app),
                "pod-template-hash": hash,
            },
            "ownerReferences": [{
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": format!("{}-{hash}", nth(&APPS, app)),
                "uid": format!("{app:08}-0000-4000-8000-{namespace:012}"),
                "controller": true,
            }],
        },
        "spec": {
            "nodeName": format!("node-{}", index % n_nodes),
            "serviceAccountName": nth(&APPS, app),
            "containers": [{"name": "main", "image": "registry.example/app", "ports": [
                {"name": "http", "containerPort": 8000 + app},
                {"name": "metrics", "containerPort": 9100},
            ]}],
        },
        "status": {"podIPs": [{"ip": v4}, {"ip": format!("fd00:10::{:x}", index + 1)}]},
    })
}

/// The first policy of a namespace is its default deny, the second lets it ask for names; the
/// others belong to apps.
fn policy(rng: &mut Rng, namespace: usize, ordinal: usize, size: Size) -> Value {
    let dns = json!({"kubernetes.io/metadata.name": name(0)});
    match ordinal {
        0 => network_policy(
            "default-deny",
            namespace,
            json!({
                "podSelector": {},
                "policyTypes": ["Ingress", "Egress"],
            }),
        ),
        1 => network_policy(
            "allow-dns",
            namespace,
            json!({
                "podSelector": {},
                "policyTypes": ["Egress"],
                "egress": [{
                    "to": [{
                        "namespaceSelector": {"matchLabels": dns},
                    }],
                    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
                }],
            }),
        ),
        _ if rng.u8(0..10) < 4 => kubernetes_app_policy(rng, namespace, ordinal, size),
        _ => cilium_app_policy(rng, namespace, ordinal, size),
    }
}

fn network_policy(policy_name: &str, namespace: usize, spec: Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": policy_name, "namespace": name(namespace)},
        "spec": spec,
    })
}

fn kubernetes_app_policy(rng: &mut Rng, namespace: usize, ordinal: usize, size: Size) -> Value {
    let app = pick(rng, &APPS);
    let mut ports = vec![json!({"port": rng.u16(8000..8010)})];
    match rng.u8(0..10) {
        0..=1 => ports.push(json!({"port": pick(rng, &PORT_NAMES)})),
        2 => ports.push(json!({"port": 30000, "endPort": 30000 + rng.u16(1..2767)})),
        _ => {}
    }
    let other = json!({"kubernetes.io/metadata.name": name(rng.usize(0..size.n_namespaces))});
    let peer = match rng.u8(0..10) {
        0..=5 => json!({"podSelector": {"matchLabels": {"app": pick(rng, &APPS)}}}),
        6..=7 => json!({
            "namespaceSelector": {"matchLabels": other},
            "podSelector": {"matchLabels": {"tier": pick(rng, &TIERS)}},
        }),
        8 => json!({"namespaceSelector": {"matchLabels": {"team": pick(rng, &TEAMS)}}}),
        _ => {
            let block = rng.u8(..);
            json!({"ipBlock": {
                "cidr": format!("203.{block}.0.0/16"),
                "except": [format!("203.{block}.{}.0/24", rng.u8(..))],
            }})
        }
    };
    let mut spec = json!({"podSelector": {"matchLabels": {"app": app}}});
    match rng.bool() {
        true => spec["ingress"] = json!([{"from": [peer], "ports": ports}]),
        false => {
            spec["policyTypes"] = json!(["Egress"]);
            spec["egress"] = json!([{"to": [peer], "ports": ports}]);
        }
    }
    network_policy(&format!("{app}-{ordinal}"), namespace, spec)
}

fn cilium_app_policy(rng: &mut Rng, namespace: usize, ordinal: usize, size: Size) -> Value {
    let app = pick(rng, &APPS);
    let mut spec = json!({"endpointSelector": {"matchLabels": {"app": app}}});
    let n_ingress = rng.usize(1..=3);
    let ingress: Vec<_> = (0..n_ingress).map(|_| element(rng, "from", size)).collect();
    spec["ingress"] = ingress.into();
    if rng.u8(0..10) < 6 {
        let n_egress = rng.usize(1..=2);
        let egress: Vec<_> = (0..n_egress).map(|_| element(rng, "to", size)).collect();
        spec["egress"] = egress.into();
    }
    if rng.u8(0..20) == 0 {
        spec["ingressDeny"] = json!([{"fromEntities": ["world"]}]);
    }
    json!({
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": format!("{app}-{ordinal}"), "namespace": name(namespace)},
        "spec": spec,
    })
}

fn element(rng: &mut Rng, prefix: &str, size: Size) -> Value {
    let mut element = json!({});
    let endpoints = format!("{prefix}Endpoints");
    let other = name(rng.usize(0..size.n_namespaces));
    match rng.u8(0..20) {
        0..=9 => element[endpoints] = json!([{"matchLabels": {"app": pick(rng, &APPS)}}]),
        10..=13 => {
            element[endpoints] = json!([{"matchLabels": {
                "k8s:io.kubernetes.pod.namespace": other,
                "app": pick(rng, &APPS),
            }}]);
        }
        14..=15 => {
            let teams = [pick(rng, &TEAMS), pick(rng, &TEAMS)];
            element[endpoints] = json!([{"matchExpressions": [
                {"key": TEAM_OF_NAMESPACE, "operator": "In", "values": teams},
                {"key": "tier", "operator": "NotIn", "values": ["store"]},
            ]}]);
        }
        16..=17 => {
            let cidr = format!("{}.{}.{}.0/24", 100 + rng.u8(0..4), rng.u8(..), rng.u8(..));
            element[format!("{prefix}CIDRSet")] = json!([{"cidr": cidr}]);
        }
        _ => element[format!("{prefix}Entities")] = json!([pick(rng, &["cluster", "world"])]),
    }
    if rng.u8(0..10) < 8 {
        let port = match rng.u8(0..10) {
            0..=5 => json!({"port": (8000 + rng.u16(0..10)).to_string(), "protocol": "TCP"}),
            6..=7 => json!({"port": "8000", "endPort": 8000 + rng.u16(1..10), "protocol": "TCP"}),
            8 => json!({"port": pick(rng, &PORT_NAMES), "protocol": "TCP"}),
            _ => json!({"port": "53", "protocol": "ANY"}),
        };
        element["toPorts"] = json!([{"ports": [port]}]);
    }
    element
}

fn clusterwide(rng: &mut Rng, index: usize) -> Value {
    json!({
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumClusterwideNetworkPolicy",
        "metadata": {"name": format!("scrape-{index}")},
        "spec": {
            "endpointSelector": {"matchLabels": {
                TEAM_OF_NAMESPACE: nth(&TEAMS, index),
            }},
            "ingress": [{
                "fromEndpoints": [{"matchLabels": {
                    "k8s:io.kubernetes.pod.namespace": name(0),
                    "app": pick(rng, &APPS),
                }}],
                "toPorts": [{"ports": [{"port": "metrics", "protocol": "TCP"}]}],
            }],
        },
    })
}
