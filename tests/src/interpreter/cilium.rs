//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (SEMANTICS.md). What a proxy would look
//! at (requests, server names, authentication) is let through here.

use serde_json::Value;

use super::Reading;
use super::element::{Action, Direction, Element, Origin, Tier};
use super::labels::{NAMESPACE, Selector, list, text};
use super::peers::{key, peers};
use super::ports::ports;

/// A Rule: `spec` or one of `specs`.
pub(super) struct Rule<'a> {
    pub(super) value: &'a Value,
    path: String,
    /// `None` for a clusterwide policy.
    pub(super) namespace: Option<String>,
}

const LISTS: [(&str, Direction, Action); 4] = [
    ("ingress", Direction::Ingress, Action::Allow),
    ("ingressDeny", Direction::Ingress, Action::Deny),
    ("egress", Direction::Egress, Action::Allow),
    ("egressDeny", Direction::Egress, Action::Deny),
];

/// Everything the object says of pods; nothing when Cilium refuses it under these options.
pub(super) fn elements(object: &Value, reading: &Reading<'_>) -> Vec<Element> {
    let mut elements = Vec::new();
    let rules = rules(object);
    if rules.iter().any(names_nodes) && !reading.options.node_selectors {
        return elements;
    }
    // A policy of nodes is no policy of pods (R15).
    let of_pods = |rule: &&Rule<'_>| !rule.value["endpointSelector"].is_null();
    for rule in rules.iter().filter(of_pods) {
        for (name, direction, action) in LISTS {
            for (index, element) in list(&rule.value[name]).iter().enumerate() {
                elements.push(Element {
                    origin: Origin {
                        kind: text(&object["kind"]),
                        namespace: rule.namespace.clone().unwrap_or_default(),
                        name: text(&object["metadata"]["name"]),
                        path: format!("{}.{name}[{index}]", rule.path),
                    },
                    tier: Tier::Normal,
                    direction,
                    action,
                    isolates: wants_default_deny(rule.value, direction)
                        || !reading.options.non_default_deny,
                    audited: reading.is_audited(object),
                    subject: subject(rule),
                    peers: peers(element, direction, rule, reading),
                    ports: ports(element),
                });
            }
        }
    }
    elements
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

/// Whether any of its elements has `fromNodes` or `toNodes`.
fn names_nodes(rule: &Rule<'_>) -> bool {
    let mut elements = LISTS.iter().flat_map(|(name, ..)| list(&rule.value[*name]));
    elements.any(|element| {
        let lists = [&element["fromNodes"], &element["toNodes"]];
        lists.into_iter().any(|nodes| !list(nodes).is_empty())
    })
}

/// What the user wrote; else whether the direction has any element, allow or deny (R7).
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
        // An equality on the very key that is added is overwritten; expressions stay (S14).
        selector.terms.retain(|term| {
            !(term.from_match_labels && term.source == "k8s" && term.key == NAMESPACE)
        });
        selector.require("k8s", NAMESPACE, "In", &[namespace]);
    }
    selector
}
