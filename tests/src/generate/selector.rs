//! Random selectors of Cilium's kinds.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::vocabulary::{
    NAMESPACE_LABELS, NAMESPACES, NODE_LABELS, POD_LABELS, SERVICE_ACCOUNTS, label,
};
use super::{chance, pick};

/// Pods that a policy is about.
pub(super) fn subject(rng: &mut Rng) -> Value {
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

/// Pods, and with reserved labels anything, that may talk to them.
pub(super) fn peer(rng: &mut Rng) -> Value {
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
pub(super) fn selector(rng: &mut Rng, label: impl Fn(&mut Rng) -> (String, String)) -> Value {
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

/// Nodes, by their labels.
pub(super) fn nodes(rng: &mut Rng) -> Value {
    if chance(rng, 25) {
        return json!({});
    }
    selector(rng, |rng| {
        let (key, value) = label(rng, &NODE_LABELS);
        let source = pick(rng, &["", "", "any:", "node:", "node:", "k8s:"]);
        (format!("{source}{key}"), value)
    })
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
