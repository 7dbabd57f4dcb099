//! Random namespaces, nodes and pods.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::vocabulary::{
    NAMESPACE_LABELS, NAMESPACES, NODE_LABELS, NODES, POD_LABELS, PORT_NAMES, PORT_NUMBERS,
    SERVICE_ACCOUNTS,
};
use super::{chance, pick};

/// All objects but policies.
pub(super) fn workloads(rng: &mut Rng) -> Vec<Value> {
    let mut objects = Vec::new();
    for name in NAMESPACES {
        // A namespace that nobody wrote down still has pods.
        if chance(rng, 90) {
            objects.push(json!({
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": name, "labels": labels(rng, &NAMESPACE_LABELS, 60)},
            }));
        }
    }
    for (index, name) in NODES.iter().enumerate() {
        objects.push(node(rng, index, name));
    }
    for index in 0..rng.usize(3..=9) {
        objects.push(pod(rng, index));
    }
    objects
}

fn node_addresses(index: usize) -> [String; 2] {
    [
        format!("172.18.0.{}", index + 2),
        format!("fd00:172::{}", index + 2),
    ]
}

fn node(rng: &mut Rng, index: usize, name: &str) -> Value {
    let mut labels = Map::new();
    for (key, values) in NODE_LABELS {
        if chance(rng, 60) {
            labels.insert(key.into(), pick(rng, values).into());
        }
    }
    if index == 2 && chance(rng, 50) {
        labels.insert("node-role.kubernetes.io/control-plane".into(), "".into());
    }
    let internal = node_addresses(index);
    let entries = internal
        .iter()
        .map(|address| json!({"type": "InternalIP", "address": address}));
    let mut addresses: Vec<_> = entries.collect();
    addresses.push(json!({"type": "Hostname", "address": name}));
    if chance(rng, 30) {
        let outside = format!("203.0.113.{}", index + 20);
        addresses.push(json!({"type": "ExternalIP", "address": outside}));
    }
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {"addresses": addresses},
    })
}

fn pod(rng: &mut Rng, index: usize) -> Value {
    let node_index = rng.usize(0..NODES.len());
    let host_network = chance(rng, 12);
    let mut spec = json!({"containers": [{"name": "main", "ports": container_ports(rng)}]});
    // A host-network pod without a node would be nowhere.
    if host_network || chance(rng, 90) {
        spec["nodeName"] = NODES[node_index].into();
    }
    if chance(rng, 70) {
        spec["serviceAccountName"] = pick(rng, &SERVICE_ACCOUNTS).into();
    }
    let mut addresses = [
        format!("10.244.{node_index}.{}", index + 1),
        format!("fd00:10::{}", index + 1),
    ];
    if host_network {
        spec["hostNetwork"] = true.into();
        addresses = node_addresses(node_index);
    }
    let kept: &[String] = match rng.u8(0..10) {
        0 if !host_network => &addresses[..1],
        1 if !host_network => &addresses[1..],
        _ => &addresses,
    };
    let addresses: Vec<_> = kept.iter().map(|address| json!({"ip": address})).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": format!("pod-{index}"),
            "namespace": pick(rng, &NAMESPACES),
            "labels": labels(rng, &POD_LABELS, 55),
        },
        "spec": spec,
        "status": {"podIPs": addresses},
    })
}

/// Each name at most once, as the API asks.
fn container_ports(rng: &mut Rng) -> Vec<Value> {
    let mut ports = Vec::new();
    for name in PORT_NAMES.iter().take(PORT_NAMES.len() - 1) {
        if chance(rng, 50) {
            let number = *rng.choice(&PORT_NUMBERS).expect("numbers");
            let mut port = json!({"name": name, "containerPort": number});
            if chance(rng, 60) {
                port["protocol"] = pick(rng, &["TCP", "UDP", "SCTP"]).into();
            }
            ports.push(port);
        }
    }
    ports
}

fn labels(rng: &mut Rng, from: &[(&str, &[&str])], percent: u8) -> Map<String, Value> {
    let mut labels = Map::new();
    for (key, values) in from {
        if chance(rng, percent) {
            labels.insert((*key).into(), pick(rng, values).into());
        }
    }
    labels
}
