//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (SEMANTICS.md).

use serde_json::Value;

use super::Protocol;
use super::element::Ports;
use super::element::{Action, Direction, Element, Origin, PeerTerm, Peers, PortName, PortTerm};
use super::labels::{CLUSTER, NAMESPACE, NAMESPACE_LABELS, Selector, list, text};
use super::prefix::Prefix;

/// A Rule: `spec` or one of `specs`.
struct Rule<'a> {
    value: &'a Value,
    path: String,
    /// `None` for a clusterwide policy.
    namespace: Option<String>,
}

/// Everything the object says.
pub(super) fn elements(object: &Value) -> Vec<Element> {
    let mut elements = Vec::new();
    for rule in rules(object) {
        let lists = [
            ("ingress", Direction::Ingress, Action::Allow),
            ("ingressDeny", Direction::Ingress, Action::Deny),
            ("egress", Direction::Egress, Action::Allow),
            ("egressDeny", Direction::Egress, Action::Deny),
        ];
        for (name, direction, action) in lists {
            for (index, element) in list(&rule.value[name]).iter().enumerate() {
                elements.push(Element {
                    origin: Origin {
                        kind: text(&object["kind"]),
                        namespace: rule.namespace.clone().unwrap_or_default(),
                        name: text(&object["metadata"]["name"]),
                        path: format!("{}.{name}[{index}]", rule.path),
                    },
                    direction,
                    action,
                    isolates: wants_default_deny(rule.value, direction),
                    subject: subject(&rule),
                    peers: peers(element, direction, &rule),
                    ports: ports(&element["toPorts"]),
                });
            }
        }
    }
    elements
}

/// The subjects of every Rule that has pods for subjects.
pub(super) fn subjects(object: &Value) -> Vec<Selector> {
    let has_pods = |rule: &Rule<'_>| !rule.value["endpointSelector"].is_null();
    rules(object)
        .iter()
        .filter(|rule| has_pods(rule))
        .map(subject)
        .collect()
}

fn rules(object: &Value) -> Vec<Rule<'_>> {
    let clusterwide = object["kind"] == "CiliumClusterwideNetworkPolicy";
    let namespace = object["metadata"]["namespace"]
        .as_str()
        .unwrap_or("default");
    let namespace = (!clusterwide).then(|| namespace.to_string());
    let mut found = Vec::new();
    if !object["spec"].is_null() {
        found.push(("spec".to_string(), &object["spec"]));
    }
    for (index, spec) in list(&object["specs"]).iter().enumerate() {
        found.push((format!("specs[{index}]"), spec));
    }
    let rule = |(path, value)| Rule {
        value,
        path,
        namespace: namespace.clone(),
    };
    found.into_iter().map(rule).collect()
}

/// What the user wrote; else whether the direction has any element, allow or deny (§2.1).
fn wants_default_deny(rule: &Value, direction: Direction) -> bool {
    let (name, lists) = match direction {
        Direction::Ingress => ("ingress", ["ingress", "ingressDeny"]),
        Direction::Egress => ("egress", ["egress", "egressDeny"]),
    };
    match rule["enableDefaultDeny"][name].as_bool() {
        Some(wanted) => wanted,
        None => lists.iter().any(|name| !list(&rule[*name]).is_empty()),
    }
}

fn subject(rule: &Rule<'_>) -> Selector {
    let mut selector = Selector::read(&rule.value["endpointSelector"], key);
    if let Some(namespace) = &rule.namespace {
        // An equality on the very key that is added is overwritten; expressions stay.
        selector.terms.retain(|term| {
            !(term.from_match_labels && term.source == "k8s" && term.key == NAMESPACE)
        });
        selector.require("k8s", NAMESPACE, "In", &[namespace]);
    }
    selector
}

/// The table of §2.2.
fn peers(element: &Value, direction: Direction, rule: &Rule<'_>) -> Peers {
    let prefix = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    let member = |name: &str| &element[format!("{prefix}{name}")];
    let members = ["Endpoints", "Entities", "CIDR", "CIDRSet"].map(member);
    if members
        .iter()
        .any(|member| member.as_array().is_some_and(Vec::is_empty))
    {
        return Peers::OneOf(Vec::new());
    }
    let [endpoints, entities, cidrs, cidr_sets] = members.map(list);
    let mut terms = Vec::new();
    for selector in endpoints {
        terms.push(PeerTerm::Labels(peer_selector(selector, rule)));
    }
    for entity in entities {
        terms.push(PeerTerm::Entity(text(entity)));
    }
    for cidr in cidrs {
        terms.push(PeerTerm::Cidr {
            base: Prefix::read(&text(cidr)),
            except: Vec::new(),
        });
    }
    for set in cidr_sets {
        terms.push(cidr_set(set));
    }
    if terms.is_empty() && !list(&element["toPorts"]).is_empty() {
        return Peers::Any;
    }
    Peers::OneOf(terms)
}

/// A `cidr` with its `except`; NetworkPolicy's ipBlock has the same shape.
pub(super) fn cidr_set(set: &Value) -> PeerTerm {
    let except = list(&set["except"]).iter();
    PeerTerm::Cidr {
        base: Prefix::read(&text(&set["cidr"])),
        except: except.map(|prefix| Prefix::read(&text(prefix))).collect(),
    }
}

/// §2.3: a peer is in the policy's namespace unless the selector says where it is.
fn peer_selector(selector: &Value, rule: &Rule<'_>) -> Selector {
    let mut selector = Selector::read(selector, key);
    if selector.terms.iter().any(|term| term.source == "reserved") {
        return selector;
    }
    let any_or_k8s = |source: &str| source == "any" || source == "k8s";
    let names_namespace = selector
        .terms
        .iter()
        .any(|term| term.key == NAMESPACE && any_or_k8s(&term.source));
    let names_namespace_label = selector
        .terms
        .iter()
        .any(|term| term.key.starts_with(NAMESPACE_LABELS) && any_or_k8s(&term.source));
    if !names_namespace {
        match &rule.namespace {
            Some(_) if names_namespace_label => {}
            Some(namespace) => selector.require("k8s", NAMESPACE, "In", &[namespace]),
            None => selector.require("k8s", NAMESPACE, "Exists", &[]),
        }
    }
    if !selector.terms.iter().any(|term| term.key == CLUSTER) {
        selector.require("k8s", CLUSTER, "In", &["default"]);
    }
    selector
}

/// `source:key`, `$key` and `reserved.key` name a source; anything else is of any source.
fn key(written: &str) -> (String, String) {
    if let Some(key) = written.strip_prefix('$') {
        return ("reserved".into(), key.into());
    }
    if let Some(key) = written.strip_prefix("reserved.") {
        return ("reserved".into(), key.into());
    }
    match written.split_once(':') {
        Some((source, key)) => (source.into(), key.into()),
        None => ("any".into(), written.into()),
    }
}

fn ports(to_ports: &Value) -> Ports {
    if list(to_ports).is_empty() {
        return Ports::All;
    }
    let ports = list(to_ports).iter().flat_map(|rule| list(&rule["ports"]));
    Ports::OneOf(ports.map(port).collect())
}

fn port(port: &Value) -> PortTerm {
    let protocols = match port["protocol"].as_str() {
        Some("TCP") => vec![Protocol::Tcp],
        Some("UDP") => vec![Protocol::Udp],
        Some("SCTP") => vec![Protocol::Sctp],
        Some("ANY") | None => vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp],
        Some(other) => panic!("a protocol outside the language: {other}"),
    };
    let written = text(&port["port"]);
    let port = match written.parse() {
        Ok(0) => PortName::Every,
        Ok(first) => {
            let end = port["endPort"].as_u64().unwrap_or(0);
            let end = u16::try_from(end).expect("an endPort within range");
            PortName::Range(first, first.max(end))
        }
        Err(_) => PortName::Named(written.to_lowercase()),
    };
    PortTerm { protocols, port }
}
