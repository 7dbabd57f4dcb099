//! Kubernetes NetworkPolicy (SEMANTICS.md), with Cilium's reading of ipBlock: it means
//! addresses outside the cluster.

use serde_json::Value;

use super::Protocol;
use super::cilium::cidr_set;
use super::element::Ports;
use super::element::{Action, Direction, Element, Origin, PeerTerm, Peers, PortName, PortTerm};
use super::labels::{NAMESPACE, NAMESPACE_LABELS, Selector, list, text};

/// Everything the object says.
pub(super) fn elements(object: &Value) -> Vec<Element> {
    let spec = &object["spec"];
    let mut elements = Vec::new();
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
            direction,
            action: Action::Allow,
            isolates: true,
            subject: subject(object),
            peers,
            ports,
        };
        // The isolation itself, which needs no item.
        let nobody = Peers::OneOf(Vec::new());
        elements.push(element("spec".into(), nobody, Ports::OneOf(Vec::new())));
        for (index, rule) in list(&spec[name]).iter().enumerate() {
            let peers = peers(&rule[peers_name], namespace(object));
            let path = format!("spec.{name}[{index}]");
            elements.push(element(path, peers, ports(&rule["ports"])));
        }
    }
    elements
}

/// The pods it applies to.
pub(super) fn subject(object: &Value) -> Selector {
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

fn peers(peers: &Value, namespace: &str) -> Peers {
    if list(peers).is_empty() {
        return Peers::Any;
    }
    let term = |peer: &Value| {
        if !peer["ipBlock"].is_null() {
            return cidr_set(&peer["ipBlock"]);
        }
        // Only pods have a namespace.
        let mut selector = Selector::read(&peer["podSelector"], pod_key);
        if peer["namespaceSelector"].is_null() {
            selector.require("k8s", NAMESPACE, "In", &[namespace]);
        } else {
            let namespaces = Selector::read(&peer["namespaceSelector"], namespace_key);
            selector.terms.extend(namespaces.terms);
            selector.require("k8s", NAMESPACE, "Exists", &[]);
        }
        PeerTerm::Labels(selector)
    };
    Peers::OneOf(list(peers).iter().map(term).collect())
}

fn ports(ports: &Value) -> Ports {
    if list(ports).is_empty() {
        return Ports::All;
    }
    Ports::OneOf(list(ports).iter().map(port).collect())
}

fn port(port: &Value) -> PortTerm {
    let protocol = match port["protocol"].as_str() {
        Some("TCP") | None => Protocol::Tcp,
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        Some(other) => panic!("a protocol outside the language: {other}"),
    };
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
        protocols: vec![protocol],
        port: name,
    }
}
