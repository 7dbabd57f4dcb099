//! Random CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy objects, all of them valid.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::kubernetes::except;
use super::vocabulary::{
    NAMESPACE_LABELS, NAMESPACES, POD_LABELS, PORT_NAMES, PORT_NUMBERS, PORT_RANGES, PREFIXES,
    SERVICE_ACCOUNTS, label,
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

/// A policy with one Rule or several.
pub(super) fn policy(rng: &mut Rng, index: usize, clusterwide: bool) -> Value {
    let kind = match clusterwide {
        true => "CiliumClusterwideNetworkPolicy",
        false => "CiliumNetworkPolicy",
    };
    let mut policy = json!({
        "apiVersion": "cilium.io/v2",
        "kind": kind,
        "metadata": {"name": format!("policy-{index}")},
    });
    if !clusterwide && chance(rng, 95) {
        policy["metadata"]["namespace"] = pick(rng, &NAMESPACES).into();
    }
    let shape = rng.u8(0..10);
    if shape < 8 {
        policy["spec"] = rule(rng);
    }
    if shape >= 7 {
        policy["specs"] = several(rng, 1, 2, rule).into();
    }
    policy
}

fn rule(rng: &mut Rng) -> Value {
    let mut rule = json!({"endpointSelector": subject(rng)});
    // A Rule needs an element somewhere.
    let needed = rng.usize(0..4);
    let lists = [
        ("ingress", "from"),
        ("egress", "to"),
        ("ingressDeny", "from"),
        ("egressDeny", "to"),
    ];
    for (index, (name, prefix)) in lists.into_iter().enumerate() {
        if index == needed {
            rule[name] = several(rng, 1, 3, |rng| element(rng, prefix)).into();
        } else if chance(rng, 35) {
            rule[name] = several(rng, 0, 2, |rng| element(rng, prefix)).into();
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
    rule
}

fn element(rng: &mut Rng, prefix: &str) -> Value {
    let mut element = Map::new();
    let members = ["Endpoints", "Entities", "CIDR", "CIDRSet"];
    if chance(rng, 80) {
        let name = pick(rng, &members);
        let low = usize::from(!chance(rng, 5));
        let peers = several(rng, low, 3, |rng| match name {
            "Endpoints" => peer(rng),
            "Entities" => pick(rng, &ENTITIES).into(),
            "CIDR" => pick(rng, &PREFIXES).into(),
            _ => cidr_set(rng),
        });
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
    match rng.u8(0..20) {
        0 => drop(element.insert("toPorts".into(), json!([]))),
        1 => drop(element.insert("toPorts".into(), json!([{}]))),
        2 => drop(element.insert("toPorts".into(), json!([{"ports": []}]))),
        3 => drop(element.insert("toPorts".into(), Value::Null)),
        4..=12 => {
            let rules = several(rng, 1, 2, |rng| json!({"ports": several(rng, 1, 3, port)}));
            element.insert("toPorts".into(), rules.into());
        }
        _ => {}
    }
    element.into()
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
    let mut set = json!({"cidr": cidr});
    if chance(rng, 50) {
        let mut excepted = several(rng, 0, 2, |rng| except(rng, cidr));
        if chance(rng, 5) {
            excepted.push(cidr.into());
        }
        set["except"] = excepted.into();
    }
    set
}

fn subject(rng: &mut Rng) -> Value {
    if chance(rng, 40) {
        return json!({});
    }
    selector(rng, |rng| {
        let namespaced = chance(rng, 12);
        if namespaced {
            place(rng)
        } else {
            pod_label(rng)
        }
    })
}

fn peer(rng: &mut Rng) -> Value {
    if chance(rng, 25) {
        return json!({});
    }
    selector(rng, |rng| match rng.u8(0..20) {
        0..=10 => pod_label(rng),
        11..=17 => place(rng),
        18 => reserved(rng),
        _ => (
            "io.cilium.k8s.policy.cluster".into(),
            pick(rng, &["default", "other"]).into(),
        ),
    })
}

/// A selector over the labels that `label` makes, in every form and with every operator.
fn selector(rng: &mut Rng, label: impl Fn(&mut Rng) -> (String, String)) -> Value {
    let mut match_labels = Map::new();
    let mut expressions = Vec::new();
    for _ in 0..=usize::from(chance(rng, 25)) {
        let (key, value) = label(rng);
        if chance(rng, 55) {
            match_labels.insert(key, value.into());
            continue;
        }
        let mut values = vec![value.clone()];
        if chance(rng, 40) && !key.starts_with("reserved") {
            values.push("other".into());
        }
        expressions.push(match rng.u8(0..4) {
            0 => json!({"key": key, "operator": "In", "values": values}),
            1 => json!({"key": key, "operator": "NotIn", "values": values}),
            2 => json!({"key": key, "operator": "Exists"}),
            _ => json!({"key": key, "operator": "DoesNotExist"}),
        });
    }
    let mut selector = Map::new();
    if !match_labels.is_empty() {
        selector.insert("matchLabels".into(), match_labels.into());
    }
    if !expressions.is_empty() || chance(rng, 5) {
        selector.insert("matchExpressions".into(), expressions.into());
    }
    selector.into()
}

fn prefixed(rng: &mut Rng, key: &str) -> String {
    let source = match rng.u8(0..20) {
        0..=11 => "",
        12..=15 => "k8s:",
        16..=18 => "any:",
        _ => "container:",
    };
    format!("{source}{key}")
}

fn pod_label(rng: &mut Rng) -> (String, String) {
    let (key, value) = label(rng, &POD_LABELS);
    (prefixed(rng, &key), value)
}

/// A label that says where a pod is or as whom it runs.
fn place(rng: &mut Rng) -> (String, String) {
    let (key, value): (String, String) = match rng.u8(0..10) {
        0..=4 => (
            "io.kubernetes.pod.namespace".into(),
            pick(rng, &NAMESPACES).into(),
        ),
        5..=7 => {
            let (key, value) = label(rng, &NAMESPACE_LABELS);
            (format!("io.cilium.k8s.namespace.labels.{key}"), value)
        }
        8 => {
            let key = "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name";
            (key.into(), pick(rng, &NAMESPACES).into())
        }
        _ => {
            let key = "io.cilium.k8s.policy.serviceaccount";
            (key.into(), pick(rng, &SERVICE_ACCOUNTS).into())
        }
    };
    (prefixed(rng, &key), value)
}

fn reserved(rng: &mut Rng) -> (String, String) {
    let key = pick(
        rng,
        &[
            "host",
            "remote-node",
            "world",
            "health",
            "kube-apiserver",
            "ingress",
        ],
    );
    // The dot is an older spelling.
    let separator = if chance(rng, 85) { ':' } else { '.' };
    (format!("reserved{separator}{key}"), String::new())
}
