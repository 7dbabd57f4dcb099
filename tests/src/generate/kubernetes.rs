//! Random Kubernetes NetworkPolicy objects, all of them valid.

use std::net::IpAddr;

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::vocabulary::{
    NAMESPACE_LABELS, NAMESPACES, POD_LABELS, PORT_NAMES, PORT_NUMBERS, PORT_RANGES, PREFIXES,
    label,
};
use super::{chance, pick, several};

/// A policy.
pub(super) fn policy(rng: &mut Rng, index: usize) -> Value {
    let mut spec = json!({"podSelector": selector(rng, &POD_LABELS)});
    let types = match rng.u8(0..6) {
        0 => Some(json!([])),
        1 => Some(json!(["Ingress"])),
        2 => Some(json!(["Egress"])),
        3 => Some(json!(["Ingress", "Egress"])),
        _ => None,
    };
    if let Some(types) = types {
        spec["policyTypes"] = types;
    }
    for (name, peers) in [("ingress", "from"), ("egress", "to")] {
        if chance(rng, 60) {
            spec[name] = several(rng, 0, 3, |rng| rule(rng, peers)).into();
        }
    }
    let mut metadata = json!({"name": format!("policy-{index}")});
    if chance(rng, 95) {
        metadata["namespace"] = pick(rng, &NAMESPACES).into();
    }
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": spec,
    })
}

fn rule(rng: &mut Rng, peers: &str) -> Value {
    let mut rule = Map::new();
    if chance(rng, 75) {
        rule.insert(peers.into(), several(rng, 0, 3, peer).into());
    }
    if chance(rng, 60) {
        rule.insert("ports".into(), several(rng, 0, 3, port).into());
    }
    rule.into()
}

fn peer(rng: &mut Rng) -> Value {
    match rng.u8(0..4) {
        0 => json!({"podSelector": selector(rng, &POD_LABELS)}),
        1 => json!({"namespaceSelector": selector(rng, &namespace_labels())}),
        2 => json!({
            "podSelector": selector(rng, &POD_LABELS),
            "namespaceSelector": selector(rng, &namespace_labels()),
        }),
        _ => {
            let cidr = pick(rng, &PREFIXES);
            let mut block = json!({"cidr": cidr});
            // An exception must be longer than its base.
            let is_address = cidr.ends_with("/32") && cidr.contains('.') || cidr.ends_with("/128");
            if !is_address && chance(rng, 50) {
                block["except"] = several(rng, 0, 2, |rng| except(rng, cidr)).into();
            }
            json!({"ipBlock": block})
        }
    }
}

/// Labels of namespaces, their names too.
pub(super) fn namespace_labels() -> Vec<(&'static str, &'static [&'static str])> {
    let mut labels = NAMESPACE_LABELS.to_vec();
    labels.push(("kubernetes.io/metadata.name", &NAMESPACES));
    labels
}

/// A selector as Kubernetes has it.
pub(super) fn selector(rng: &mut Rng, labels: &[(&'static str, &'static [&'static str])]) -> Value {
    if chance(rng, 25) {
        return json!({});
    }
    let (key, value) = label(rng, labels);
    match rng.u8(0..8) {
        0..=3 => json!({"matchLabels": {key: value}}),
        4 => json!({"matchExpressions": [{"key": key, "operator": "In", "values": [value, "x"]}]}),
        5 => json!({"matchExpressions": [{"key": key, "operator": "NotIn", "values": [value]}]}),
        6 => json!({"matchExpressions": [{"key": key, "operator": "Exists"}]}),
        _ => json!({"matchExpressions": [{"key": key, "operator": "DoesNotExist"}]}),
    }
}

fn port(rng: &mut Rng) -> Value {
    let mut port = match rng.u8(0..10) {
        0..=3 => json!({"port": rng.choice(PORT_NUMBERS).expect("numbers")}),
        4..=6 => {
            let (first, last) = rng.choice(PORT_RANGES).expect("ranges");
            json!({"port": first, "endPort": last})
        }
        7..=8 => json!({"port": pick(rng, &PORT_NAMES)}),
        _ => json!({}),
    };
    if chance(rng, 60) || port == json!({}) {
        port["protocol"] = pick(rng, &["TCP", "UDP", "SCTP"]).into();
    }
    port
}

/// A prefix strictly inside another one, at its start, its end, or in between; for the prefix of
/// one address that address, which only Cilium's kinds may except.
pub(super) fn except(rng: &mut Rng, cidr: &str) -> Value {
    let (address, length) = cidr.split_once('/').expect("a prefix");
    let address: IpAddr = address.parse().expect("an address");
    let length: u32 = length.parse().expect("a length");
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let wanted = (length + rng.u32(1..=9)).min(bits);
    let fill = match rng.u8(0..3) {
        0 => 0,
        1 => u128::MAX,
        _ => rng.u128(..),
    };
    let masked = |n: u32| if n == 0 { 0 } else { u128::MAX << (128 - n) };
    let inside = fill & !masked(length) & masked(wanted);
    let text = match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d, ..] = inside.to_be_bytes();
            let inside = u32::from_be_bytes([a, b, c, d]);
            std::net::Ipv4Addr::from_bits(v4.to_bits() | inside).to_string()
        }
        IpAddr::V6(v6) => std::net::Ipv6Addr::from_bits(v6.to_bits() | inside).to_string(),
    };
    format!("{text}/{wanted}").into()
}
