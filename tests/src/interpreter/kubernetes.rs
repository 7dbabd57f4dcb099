//! Kubernetes NetworkPolicy (SEMANTICS.md), with Cilium's reading of ipBlock: it means
//! addresses outside the cluster.

use serde_json::Value;

use super::element::{
    Action, Direction, Element, Origin, PeerTerm, Peers, PortName, PortTerm, Ports, Tier,
};
use super::labels::{NAMESPACE, NAMESPACE_LABELS, Selector, list, text};
use super::peers::cidr_set;
use super::{Protocol, Reading};

/// Everything the object says.
pub(super) fn elements(object: &Value, reading: &Reading<'_>) -> Vec<Element> {
    let spec = &object["spec"];
    let mut elements = Vec::new();
    if !reading.options.network_policies {
        return elements;
    }
    for (name, peers_name, direction) in [
        ("ingress", "from", Direction::Ingress),
        ("egress", "to", Direction::Egress),
    ] {
        if !speaks_of(spec, direction) {
            continue;
        }
        let element = |path: String, peers: Peers, ports: Ports| Element {
            origin: Origin {
                kind: text(&object["kind"]),
                namespace: namespace(object).into(),
                name: text(&object["metadata"]["name"]),
                path,
            },
            tier: Tier::Normal,
            direction,
            action: Action::Allow,
            isolates: true,
            audited: reading.is_audited(object),
            subject: subject(object),
            peers,
            ports,
        };
        // The isolation itself, which needs no item.
        let nobody = Peers::OneOf(Vec::new());
        elements.push(element("spec".into(), nobody, Ports::OneOf(Vec::new())));
        for (index, rule) in list(&spec[name]).iter().enumerate() {
            let peers = peers(&rule[peers_name], namespace(object), reading);
            let path = format!("spec.{name}[{index}]");
            elements.push(element(path, peers, ports(&rule["ports"])));
        }
    }
    elements
}

/// The pods it applies to.
fn subject(object: &Value) -> Selector {
    let mut selector = Selector::read(&object["spec"]["podSelector"], pod_key);
    selector.require("k8s", NAMESPACE, "In", &[namespace(object)]);
    selector
}

fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"]
        .as_str()
        .unwrap_or("default")
}

/// A section whose direction is missing from policyTypes is ignored; without policyTypes there is
/// always ingress, and egress when it has items.
fn speaks_of(spec: &Value, direction: Direction) -> bool {
    let types = list(&spec["policyTypes"]);
    match direction {
        Direction::Ingress => types.is_empty() || types.contains(&"Ingress".into()),
        Direction::Egress if types.is_empty() => !list(&spec["egress"]).is_empty(),
        Direction::Egress => types.contains(&"Egress".into()),
    }
}

fn pod_key(written: &str) -> (String, String) {
    ("k8s".into(), written.into())
}

fn namespace_key(written: &str) -> (String, String) {
    ("k8s".into(), format!("{NAMESPACE_LABELS}{written}"))
}

fn peers(peers: &Value, namespace: &str, reading: &Reading<'_>) -> Peers {
    if list(peers).is_empty() {
        return Peers::Any;
    }
    let terms = |peer: &Value| {
        if !peer["ipBlock"].is_null() {
            return cidr_set(&peer["ipBlock"], reading);
        }
        let mut selector = pods_of(&peer["namespaceSelector"], &peer["podSelector"]);
        if peer["namespaceSelector"].is_null() {
            selector.require("k8s", NAMESPACE, "In", &[namespace]);
        }
        vec![PeerTerm::Labels(selector)]
    };
    Peers::OneOf(list(peers).iter().flat_map(terms).collect())
}

/// Pods with such labels in namespaces with such labels; only pods have a namespace.
pub(super) fn pods_of(namespaces: &Value, pods: &Value) -> Selector {
    let mut selector = Selector::read(pods, pod_key);
    let namespaces = Selector::read(namespaces, namespace_key);
    selector.terms.extend(namespaces.terms);
    selector.require("k8s", NAMESPACE, "Exists", &[]);
    selector
}

fn ports(ports: &Value) -> Ports {
    if list(ports).is_empty() {
        return Ports::All;
    }
    Ports::OneOf(list(ports).iter().map(port).collect())
}

/// `protocol`, which is TCP when it is absent.
pub(super) fn protocol(port: &Value) -> Protocol {
    match port["protocol"].as_str() {
        Some("TCP") | None => Protocol::Tcp,
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        Some(other) => panic!("a protocol outside the language: {other}"),
    }
}

fn port(port: &Value) -> PortTerm {
    let number = |value: &Value| {
        let number = value.as_u64();
        number.map(|number| u16::try_from(number).expect("a port within range"))
    };
    let name = match (&port["port"], number(&port["port"])) {
        (Value::Null, _) => PortName::Every,
        (_, Some(first)) => PortName::Range(first, number(&port["endPort"]).unwrap_or(first)),
        (written, None) => PortName::Named(text(written).to_lowercase()),
    };
    PortTerm {
        protocols: vec![protocol(port)],
        port: name,
    }
}
