//! Random ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy objects, all of
//! them valid.

use fastrand::Rng;
use serde_json::{Value, json};

use super::kubernetes::{namespace_labels, selector};
use super::vocabulary::{
    DNS_NAMES, NETWORKS, NODE_LABELS, POD_LABELS, PORT_NAMES, PORT_NUMBERS, PORT_RANGES, PREFIXES,
};
use super::{chance, pick, several};

/// The kinds, one of them in its two tiers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// ClusterNetworkPolicy.
    Cluster,
    /// AdminNetworkPolicy.
    Admin,
    /// BaselineAdminNetworkPolicy, of which there is one.
    Baseline,
}

/// A policy.
pub(super) fn policy(rng: &mut Rng, index: usize, kind: Kind) -> Value {
    let mut spec = json!({"subject": subject(rng, kind)});
    if kind == Kind::Cluster {
        spec["tier"] = pick(rng, &["Admin", "Admin", "Baseline"]).into();
    }
    if kind != Kind::Baseline {
        spec["priority"] = rng.choice([0, 1, 5, 10, 1000]).expect("priorities").into();
    }
    for (name, egress) in [("ingress", false), ("egress", true)] {
        if chance(rng, 70) {
            spec[name] = several(rng, 1, 3, |rng| rule(rng, kind, egress)).into();
        }
    }
    let (version, name) = match kind {
        Kind::Cluster => ("v1alpha2", "ClusterNetworkPolicy"),
        Kind::Admin => ("v1alpha1", "AdminNetworkPolicy"),
        Kind::Baseline => ("v1alpha1", "BaselineAdminNetworkPolicy"),
    };
    let own_name = match kind {
        Kind::Baseline => "default".to_string(),
        _ => format!("policy-{index}"),
    };
    json!({
        "apiVersion": format!("policy.networking.k8s.io/{version}"),
        "kind": name,
        "metadata": {"name": own_name},
        "spec": spec,
    })
}

fn subject(rng: &mut Rng, kind: Kind) -> Value {
    if chance(rng, 30) {
        return json!({"namespaces": {}});
    }
    pods(rng, kind)
}

/// A subject or a peer.
fn pods(rng: &mut Rng, kind: Kind) -> Value {
    let namespaces = selector(rng, &namespace_labels());
    if chance(rng, 40) {
        return json!({"namespaces": namespaces});
    }
    let mut pods = json!({"podSelector": selector(rng, &POD_LABELS)});
    if kind != Kind::Cluster || chance(rng, 70) {
        pods["namespaceSelector"] = namespaces;
    }
    json!({"pods": pods})
}

fn rule(rng: &mut Rng, kind: Kind, egress: bool) -> Value {
    let accept = match kind {
        Kind::Cluster => "Accept",
        _ => "Allow",
    };
    let actions: &[&str] = match kind {
        Kind::Baseline => &[accept, "Deny"],
        _ => &[accept, "Deny", "Pass"],
    };
    let action = pick(rng, actions);
    let names = egress && action == accept && kind != Kind::Baseline;
    let peers = several(rng, 1, 2, |rng| peer(rng, kind, egress, names));
    let are_pods = peers
        .iter()
        .all(|peer| peer.get("pods").or(peer.get("namespaces")).is_some());
    let mut rule = json!({
        "action": action,
        if egress { "to" } else { "from" }: peers,
    });
    if chance(rng, 30) {
        rule["name"] = "a rule".into();
    }
    if chance(rng, 60) {
        let older = kind != Kind::Cluster || chance(rng, 30);
        let port = |rng: &mut Rng| match older {
            true => older_port(rng, are_pods),
            false => port(rng, are_pods),
        };
        rule[if older { "ports" } else { "protocols" }] = several(rng, 1, 3, port).into();
    }
    rule
}

fn peer(rng: &mut Rng, kind: Kind, egress: bool, names: bool) -> Value {
    match rng.u8(0..12) {
        6 | 7 if egress => json!({"nodes": selector(rng, &NODE_LABELS)}),
        8..=10 if egress => {
            let all = [&NETWORKS[..], &PREFIXES[..]].concat();
            json!({"networks": several(rng, 1, 3, |rng| pick(rng, &all).to_string())})
        }
        11 if names => {
            let all = [&DNS_NAMES[..], &["*.example.com", "*.nobody.example"]].concat();
            json!({"domainNames": several(rng, 1, 2, |rng| pick(rng, &all).to_string())})
        }
        _ => pods(rng, kind),
    }
}

/// A range whose ends differ.
fn range(rng: &mut Rng) -> (u16, u16) {
    *rng.choice(&PORT_RANGES).expect("ranges")
}

fn number(rng: &mut Rng) -> u16 {
    *rng.choice(&PORT_NUMBERS).expect("numbers")
}

/// An element of `protocols`; names of ports are for pods only.
fn port(rng: &mut Rng, are_pods: bool) -> Value {
    let protocol = pick(rng, &["tcp", "udp", "sctp"]);
    let destination = match rng.u8(0..10) {
        0..=4 => json!({"number": number(rng)}),
        5..=7 => {
            let (start, end) = range(rng);
            json!({"range": {"start": start, "end": end}})
        }
        _ if are_pods => return json!({"destinationNamedPort": pick(rng, &PORT_NAMES)}),
        _ => json!({"number": number(rng)}),
    };
    json!({protocol: {"destinationPort": destination}})
}

/// An element of `ports`, as the earlier versions have it.
fn older_port(rng: &mut Rng, are_pods: bool) -> Value {
    let protocol = pick(rng, &["TCP", "UDP", "SCTP"]);
    match rng.u8(0..10) {
        5..=7 => {
            let (start, end) = range(rng);
            json!({"portRange": {"protocol": protocol, "start": start, "end": end}})
        }
        8 | 9 if are_pods => json!({"namedPort": pick(rng, &PORT_NAMES)}),
        _ => json!({"portNumber": {"protocol": protocol, "port": number(rng)}}),
    }
}
