//! ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy (SEMANTICS.md): ordered
//! rules before and after the other kinds. They never isolate.

use serde_json::Value;

use super::element::{
    Action, Direction, Element, Origin, PeerTerm, Peers, PortName, PortTerm, Ports, Rank, Tier,
};
use super::labels::{Selector, list, text};
use super::prefix::Prefix;
use super::{Protocol, Reading, kubernetes};

/// Everything the object says.
pub(super) fn elements(object: &Value, reading: &Reading<'_>) -> Vec<Element> {
    let spec = &object["spec"];
    let sections = [
        ("ingress", "from", Direction::Ingress),
        ("egress", "to", Direction::Egress),
    ];
    let mut elements = Vec::new();
    for (name, peers_name, direction) in sections {
        for (index, rule) in list(&spec[name]).iter().enumerate() {
            elements.push(Element {
                origin: Origin {
                    kind: text(&object["kind"]),
                    namespace: String::new(),
                    name: text(&object["metadata"]["name"]),
                    path: format!("spec.{name}[{index}]"),
                },
                tier: tier(object, index),
                direction,
                action: match rule["action"].as_str() {
                    Some("Accept" | "Allow") => Action::Allow,
                    Some("Deny") => Action::Deny,
                    Some("Pass") => Action::Pass,
                    other => panic!("an action outside the language: {other:?}"),
                },
                isolates: false,
                audited: reading.is_audited(object),
                subject: pods(&spec["subject"]),
                peers: peers(&rule[peers_name], reading),
                ports: ports(rule),
            });
        }
    }
    elements
}

fn tier(object: &Value, index: usize) -> Tier {
    let kind = text(&object["kind"]);
    let is_baseline = kind == "BaselineAdminNetworkPolicy" || object["spec"]["tier"] == "Baseline";
    let rank = Rank {
        priority: object["spec"]["priority"].as_u64().unwrap_or(0),
        kind,
        name: text(&object["metadata"]["name"]),
        index,
    };
    match is_baseline {
        true => Tier::Baseline(rank),
        false => Tier::Admin(rank),
    }
}

/// `namespaces`, or `pods` with its two selectors, an absent one being about all.
fn pods(value: &Value) -> Selector {
    let nothing = Value::Null;
    let (namespaces, pods) = match value["pods"].is_null() {
        true => (&value["namespaces"], &nothing),
        false => (
            &value["pods"]["namespaceSelector"],
            &value["pods"]["podSelector"],
        ),
    };
    kubernetes::pods_of(namespaces, pods)
}

fn peers(peers: &Value, reading: &Reading<'_>) -> Peers {
    let mut terms = Vec::new();
    for peer in list(peers) {
        if !peer["namespaces"].is_null() || !peer["pods"].is_null() {
            terms.push(PeerTerm::Labels(pods(peer)));
        }
        if !peer["nodes"].is_null() {
            let of_nodes = |key: &str| ("node".into(), key.into());
            terms.push(PeerTerm::Nodes(Selector::read(&peer["nodes"], of_nodes)));
        }
        for prefix in list(&peer["networks"]) {
            terms.push(PeerTerm::Network(Prefix::read(&text(prefix))));
        }
        for name in list(&peer["domainNames"]).iter().map(text) {
            let found = match name.strip_prefix("*.") {
                Some(parent) => reading.names.matching(&format!("**.{parent}")),
                None => reading.names.exact(&name),
            };
            let whole = |address: &std::net::IpAddr| Prefix::read(&address.to_string());
            let outside = found
                .iter()
                .map(|found| reading.cidr(whole(found), Vec::new()));
            terms.extend(outside);
        }
    }
    Peers::OneOf(terms)
}

/// `protocols`, or `ports` as earlier versions have it; neither is everything, ICMP too.
fn ports(rule: &Value) -> Ports {
    let written = [list(&rule["protocols"]), list(&rule["ports"])].concat();
    if written.is_empty() {
        return Ports::All;
    }
    Ports::OneOf(written.iter().map(port).collect())
}

fn port(port: &Value) -> PortTerm {
    let number = |value: &Value| {
        let number = value.as_u64().expect("a port number");
        u16::try_from(number).expect("a port within range")
    };
    let range = |value: &Value| PortName::Range(number(&value["start"]), number(&value["end"]));
    for name in ["destinationNamedPort", "namedPort"] {
        if let Some(name) = port[name].as_str() {
            return PortTerm {
                protocols: vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp],
                port: PortName::Named(name.to_lowercase()),
            };
        }
    }
    for (name, protocol) in [
        ("tcp", Protocol::Tcp),
        ("udp", Protocol::Udp),
        ("sctp", Protocol::Sctp),
    ] {
        let destination = &port[name]["destinationPort"];
        if !destination.is_null() {
            return PortTerm {
                protocols: vec![protocol],
                port: match destination["range"].is_null() {
                    true => {
                        let number = number(&destination["number"]);
                        PortName::Range(number, number)
                    }
                    false => range(&destination["range"]),
                },
            };
        }
    }
    let (written, port) = match port["portRange"].is_null() {
        true => {
            let number = number(&port["portNumber"]["port"]);
            (&port["portNumber"], PortName::Range(number, number))
        }
        false => (&port["portRange"], range(&port["portRange"])),
    };
    PortTerm {
        protocols: vec![kubernetes::protocol(written)],
        port,
    }
}
