//! Random CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy objects, all of them valid.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::kubernetes::except;
use super::selector::{nodes, peer, selector, subject};
use super::vocabulary::{
    CIDR_GROUPS, CLOUD_IDS, DNS_PATTERNS, GROUP_LABELS, ICMPV4_TYPES, ICMPV6_TYPES, NAMESPACES,
    PORT_NAMES, PORT_NUMBERS, PORT_RANGES, PREFIXES, SERVICES, label,
};
use super::{chance, pick, several};

const ENTITIES: [&str; 13] = [
    "all",
    "world",
    "world-ipv4",
    "world-ipv6",
    "cluster",
    "host",
    "remote-node",
    "kube-apiserver",
    "health",
    "init",
    "ingress",
    "unmanaged",
    "none",
];

/// What a policy may have in it.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    pub(super) clusterwide: bool,
    /// Whether fromNodes and toNodes are not refused.
    pub(super) node_selectors: bool,
}

/// Where an element is.
#[derive(Clone, Copy)]
struct Place {
    scope: Scope,
    egress: bool,
    denies: bool,
    /// Whether the subjects are nodes, which have no rules for requests.
    of_nodes: bool,
}

/// A policy with one Rule or several.
pub(super) fn policy(rng: &mut Rng, index: usize, scope: Scope) -> Value {
    let kind = match scope.clusterwide {
        true => "CiliumClusterwideNetworkPolicy",
        false => "CiliumNetworkPolicy",
    };
    let mut policy = json!({
        "apiVersion": "cilium.io/v2",
        "kind": kind,
        "metadata": {"name": format!("policy-{index}")},
    });
    if !scope.clusterwide && chance(rng, 95) {
        policy["metadata"]["namespace"] = pick(rng, &NAMESPACES).into();
    }
    let shape = rng.u8(0..10);
    if shape < 8 {
        policy["spec"] = rule(rng, scope);
    }
    if shape >= 7 {
        policy["specs"] = several(rng, 1, 2, |rng| rule(rng, scope)).into();
    }
    policy
}

fn rule(rng: &mut Rng, scope: Scope) -> Value {
    // A Rule about nodes is no Rule about pods.
    let of_nodes = scope.clusterwide && chance(rng, 5);
    let subject_name = match of_nodes {
        true => "nodeSelector",
        false => "endpointSelector",
    };
    let mut rule = json!({subject_name: subject(rng)});
    // A Rule needs an element somewhere.
    let needed = rng.usize(0..4);
    let lists = [
        ("ingress", false, false),
        ("egress", true, false),
        ("ingressDeny", false, true),
        ("egressDeny", true, true),
    ];
    for (index, (name, egress, denies)) in lists.into_iter().enumerate() {
        let place = Place {
            scope,
            egress,
            denies,
            of_nodes,
        };
        if index == needed {
            rule[name] = several(rng, 1, 3, |rng| element(rng, place)).into();
        } else if chance(rng, 35) {
            rule[name] = several(rng, 0, 2, |rng| element(rng, place)).into();
        }
    }
    if chance(rng, 35) {
        let mut wanted = Map::new();
        for direction in ["ingress", "egress"] {
            if chance(rng, 60) {
                wanted.insert(direction.into(), rng.bool().into());
            }
        }
        rule["enableDefaultDeny"] = wanted.into();
    }
    if chance(rng, 5) {
        rule["labels"] = json!([{"key": "owner", "value": "team", "source": "k8s"}]);
        rule["log"] = json!({"value": "asked for"});
    }
    rule
}

fn element(rng: &mut Rng, place: Place) -> Value {
    let prefix = if place.egress { "to" } else { "from" };
    let mut element = Map::new();
    let mut members = vec!["Endpoints", "Entities", "CIDR", "CIDRSet"];
    // The usual ones come up more often than the others.
    members.extend(["Endpoints", "Entities", "CIDRSet", "Groups"]);
    if place.egress {
        members.extend(["Services", "Services"]);
    }
    if place.egress && !place.denies {
        members.push("FQDNs");
    }
    if place.scope.node_selectors {
        members.extend(["Nodes", "Nodes"]);
    }
    if chance(rng, 80) {
        let name = pick(rng, &members);
        let low = usize::from(!chance(rng, 5));
        let peers = several(rng, low, 3, |rng| member(rng, name));
        element.insert(format!("{prefix}{name}"), peers.into());
    }
    if chance(rng, 5) {
        let name = format!("{prefix}{}", pick(rng, &members));
        element.entry(name).or_insert_with(|| json!([]));
    }
    if chance(rng, 4) {
        // Null is absent, which is not empty.
        let name = format!("{prefix}{}", pick(rng, &members));
        element.entry(name).or_insert(Value::Null);
    }
    match rng.u8(0..24) {
        0 => drop(element.insert("toPorts".into(), json!([]))),
        1 => drop(element.insert("toPorts".into(), json!([{}]))),
        2 => drop(element.insert("toPorts".into(), json!([{"ports": []}]))),
        3 => drop(element.insert("toPorts".into(), Value::Null)),
        4..=12 => {
            let rules = several(rng, 1, 2, |rng| port_rule(rng, place));
            element.insert("toPorts".into(), rules.into());
        }
        13..=16 => {
            let low = usize::from(!chance(rng, 10));
            let icmp = |rng: &mut Rng| json!({"fields": several(rng, low, 2, icmp)});
            element.insert("icmps".into(), several(rng, 1, 2, icmp).into());
        }
        _ => {}
    }
    if !place.denies && chance(rng, 4) {
        element.insert("authentication".into(), json!({"mode": "required"}));
    }
    element.into()
}

/// One peer of the member of this name.
fn member(rng: &mut Rng, name: &str) -> Value {
    match name {
        "Endpoints" => peer(rng),
        "Entities" => pick(rng, &ENTITIES).into(),
        "CIDR" => pick(rng, &PREFIXES).into(),
        "CIDRSet" => cidr_set(rng),
        "Nodes" => nodes(rng),
        "Services" => service(rng),
        "Groups" => json!({"aws": {"securityGroupsIds": [pick(rng, &CLOUD_IDS)]}}),
        _ => match rng.u8(0..8) {
            0 => json!({}),
            1..=3 => json!({"matchName": pick(rng, &["api.example.com", "db.example.com"])}),
            _ => json!({"matchPattern": pick(rng, &DNS_PATTERNS)}),
        },
    }
}

fn service(rng: &mut Rng) -> Value {
    let mut service = match chance(rng, 60) {
        true => json!({"k8sService": {"serviceName": pick(rng, &SERVICES)}}),
        false => {
            let kind = |rng: &mut Rng| label(rng, &[("kind", &["inner", "outer"])]);
            json!({"k8sServiceSelector": {"selector": selector(rng, kind)}})
        }
    };
    if chance(rng, 80) {
        let fields = service.as_object_mut().into_iter().flatten();
        for (_, inner) in fields {
            inner["namespace"] = pick(rng, &NAMESPACES).into();
        }
    }
    service
}

fn icmp(rng: &mut Rng) -> Value {
    let (family, types) = match chance(rng, 65) {
        true => ("IPv4", &ICMPV4_TYPES[..]),
        false => ("IPv6", &ICMPV6_TYPES[..]),
    };
    let (number, name) = rng.choice(types).expect("types");
    let mut field = match rng.u8(0..3) {
        0 => json!({"type": name}),
        _ => json!({"type": number}),
    };
    if family == "IPv6" || rng.bool() {
        field["family"] = family.into();
    }
    field
}

fn port_rule(rng: &mut Rng, place: Place) -> Value {
    if !place.denies && !place.of_nodes && chance(rng, 6) {
        // Requests are a proxy's to judge; every port must be TCP and none may be all of them.
        let number = rng.choice(PORT_NUMBERS).expect("numbers").to_string();
        return json!({
            "ports": [{"port": number, "protocol": "TCP"}],
            "rules": {"http": [{"method": "GET"}]},
        });
    }
    json!({"ports": several(rng, 1, 3, port)})
}

fn port(rng: &mut Rng) -> Value {
    let mut port = match rng.u8(0..10) {
        0..=3 => json!({"port": rng.choice(PORT_NUMBERS).expect("numbers").to_string()}),
        4..=6 => {
            let (first, last) = rng.choice(PORT_RANGES).expect("ranges");
            json!({"port": first.to_string(), "endPort": last})
        }
        7..=8 => {
            let name = pick(rng, &PORT_NAMES);
            json!({"port": if chance(rng, 15) { name.to_uppercase() } else { name.into() }})
        }
        _ => json!({"port": "0"}),
    };
    if chance(rng, 75) {
        port["protocol"] = pick(rng, &["TCP", "UDP", "SCTP", "ANY"]).into();
    }
    port
}

fn cidr_set(rng: &mut Rng) -> Value {
    let cidr = pick(rng, &PREFIXES);
    let mut set = match rng.u8(0..8) {
        0 => json!({"cidrGroupRef": pick(rng, &CIDR_GROUPS)}),
        1 => json!({"cidrGroupSelector": selector(rng, |rng| label(rng, &GROUP_LABELS))}),
        _ => json!({"cidr": cidr}),
    };
    if chance(rng, 50) {
        let mut excepted = several(rng, 0, 2, |rng| except(rng, cidr));
        if chance(rng, 5) {
            excepted.push(cidr.into());
        }
        set["except"] = excepted.into();
    }
    set
}
