//! Random objects that policies name: services, CIDR groups, and what names resolve to.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::vocabulary::{
    CIDR_GROUPS, CLOUD_IDS, DNS_NAMES, GROUP_LABELS, NAMESPACES, POD_LABELS, PREFIXES, SERVICES,
    label,
};
use super::{chance, pick, several};

/// Addresses outside, of pods, of nodes, and of nobody in the range of pods.
const ADDRESSES: [&str; 8] = [
    "203.0.113.7",
    "203.0.113.200",
    "198.51.100.9",
    "2001:db8:1::7",
    "10.244.0.1",
    "10.244.1.2",
    "10.244.0.99",
    "172.18.0.3",
];

/// All of them.
pub(super) fn objects(rng: &mut Rng) -> Vec<Value> {
    let mut objects = Vec::new();
    for name in SERVICES.iter().take(SERVICES.len() - 1) {
        for namespace in NAMESPACES {
            if chance(rng, 45) {
                service(rng, name, namespace, &mut objects);
            }
        }
    }
    for name in CIDR_GROUPS.iter().take(CIDR_GROUPS.len() - 1) {
        if chance(rng, 70) {
            let low = usize::from(*name != "empty");
            let prefixes = several(rng, low, low * 4, |rng| pick(rng, &PREFIXES).to_string());
            objects.push(json!({
                "apiVersion": pick(rng, &["cilium.io/v2", "cilium.io/v2alpha1"]),
                "kind": "CiliumCIDRGroup",
                "metadata": {"name": name, "labels": labels(rng)},
                "spec": {"externalCIDRs": prefixes},
            }));
        }
    }
    if chance(rng, 50) {
        objects.push(resolution(rng));
    }
    objects
}

fn service(rng: &mut Rng, name: &str, namespace: &str, objects: &mut Vec<Value>) {
    let mut labels = Map::new();
    if chance(rng, 70) {
        labels.insert("kind".into(), pick(rng, &["inner", "outer"]).into());
    }
    let mut spec = json!({"ports": [{"port": 80}]});
    if chance(rng, 60) {
        let (key, value) = label(rng, &POD_LABELS);
        spec["selector"] = json!({key: value});
    } else {
        for index in 0..rng.usize(0..=2) {
            objects.push(slice(rng, name, namespace, index));
        }
    }
    objects.push(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": spec,
    }));
}

fn slice(rng: &mut Rng, service: &str, namespace: &str, index: usize) -> Value {
    let is_ipv6 = chance(rng, 25);
    let family: Vec<&str> = ADDRESSES
        .into_iter()
        .filter(|it| it.contains(':') == is_ipv6)
        .collect();
    let endpoint = |rng: &mut Rng| {
        let mut endpoint = json!({"addresses": [pick(rng, &family)]});
        if chance(rng, 30) {
            endpoint["conditions"] = json!({"ready": rng.bool()});
        }
        endpoint
    };
    json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": format!("{service}-{index}"),
            "namespace": namespace,
            "labels": {"kubernetes.io/service-name": service},
        },
        "addressType": if is_ipv6 { "IPv6" } else { "IPv4" },
        "endpoints": several(rng, 0, 2, endpoint),
        "ports": [{"port": 80, "protocol": "TCP"}],
    })
}

fn resolution(rng: &mut Rng) -> Value {
    let addresses = |rng: &mut Rng| several(rng, 0, 2, |rng| pick(rng, &ADDRESSES).to_string());
    let mut names = Map::new();
    for name in DNS_NAMES {
        if chance(rng, 70) {
            names.insert(name.into(), addresses(rng).into());
        }
    }
    let mut groups = Map::new();
    for id in CLOUD_IDS.iter().take(CLOUD_IDS.len() - 1) {
        if chance(rng, 70) {
            groups.insert(format!("aws ids={id}"), addresses(rng).into());
        }
    }
    json!({
        "apiVersion": "ztc.dev/v1alpha1",
        "kind": "Resolution",
        "names": names,
        "groups": groups,
    })
}

fn labels(rng: &mut Rng) -> Map<String, Value> {
    let mut labels = Map::new();
    for (key, values) in GROUP_LABELS {
        if chance(rng, 60) {
            labels.insert(key.into(), pick(rng, values).into());
        }
    }
    labels
}
