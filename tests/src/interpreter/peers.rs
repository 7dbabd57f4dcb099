//! Whom an element of Cilium's kinds speaks of.

use std::net::IpAddr;

use serde_json::Value;

use super::Reading;
use super::cilium::Rule;
use super::element::{Direction, PeerTerm, Peers};
use super::labels::{CLUSTER, NAMESPACE, NAMESPACE_LABELS, Selector, list, text};
use super::names::Target;
use super::prefix::Prefix;

/// An element without peers is about everyone on the ports it names, with an empty list about
/// nobody (R1, R2, S2, S11).
pub(super) fn peers(
    element: &Value,
    direction: Direction,
    rule: &Rule<'_>,
    reading: &Reading<'_>,
) -> Peers {
    let prefix = match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    let member = |name: &str| &element[format!("{prefix}{name}")];
    let names = [
        "Endpoints",
        "Entities",
        "CIDR",
        "CIDRSet",
        "Nodes",
        "Services",
        "Groups",
        "FQDNs",
    ];
    let members = names.map(member);
    if members.iter().all(|member| member.is_null()) {
        let has_ports =
            !list(&element["toPorts"]).is_empty() || !list(&element["icmps"]).is_empty();
        return match has_ports {
            true => Peers::Any,
            false => Peers::OneOf(Vec::new()),
        };
    }
    let is_empty = |member: &&Value| member.as_array().is_some_and(Vec::is_empty);
    if members.iter().any(is_empty) {
        return Peers::OneOf(Vec::new());
    }
    let [
        endpoints,
        entities,
        cidrs,
        sets,
        nodes,
        services,
        groups,
        fqdns,
    ] = members.map(list);
    let mut terms = Vec::new();
    let endpoint = |selector| PeerTerm::Labels(peer_selector(selector, rule, reading));
    terms.extend(endpoints.iter().map(endpoint));
    terms.extend(entities.iter().map(|entity| PeerTerm::Entity(text(entity))));
    for cidr in cidrs {
        terms.push(reading.cidr(Prefix::read(&text(cidr)), Vec::new()));
    }
    for set in sets {
        terms.extend(cidr_set(set, reading));
    }
    for selector in nodes {
        let mut selector = Selector::read(selector, key);
        selector.require("reserved", "remote-node", "Exists", &[]);
        terms.push(PeerTerm::Labels(local(selector, "node", reading)));
    }
    for service in services {
        for target in reading.names.services(service) {
            match target {
                Target::Pods(selector) => terms.push(PeerTerm::Labels(selector.clone())),
                Target::Addresses(found) => terms.extend(addresses(found, reading)),
            }
        }
    }
    for group in groups {
        terms.extend(addresses(&reading.names.cloud(group), reading));
    }
    for fqdn in fqdns {
        let found = match (&fqdn["matchName"], &fqdn["matchPattern"]) {
            (Value::String(name), _) => reading.names.exact(name),
            (_, Value::String(pattern)) => reading.names.matching(pattern),
            _ => Vec::new(),
        };
        terms.extend(addresses(&found, reading));
    }
    Peers::OneOf(terms)
}

/// Single addresses, which are outside or nobody's.
fn addresses(found: &[IpAddr], reading: &Reading<'_>) -> Vec<PeerTerm> {
    let whole = |address: &IpAddr| reading.cidr(Prefix::read(&address.to_string()), Vec::new());
    found.iter().map(whole).collect()
}

/// A `cidr` or the prefixes of groups, with `except`; NetworkPolicy's ipBlock has the same shape.
pub(super) fn cidr_set(set: &Value, reading: &Reading<'_>) -> Vec<PeerTerm> {
    let except = list(&set["except"]).iter();
    let except: Vec<_> = except.map(|prefix| Prefix::read(&text(prefix))).collect();
    let bases = if let Some(name) = set["cidrGroupRef"].as_str() {
        reading.names.group(name)
    } else if !set["cidrGroupSelector"].is_null() {
        let of_groups = |written: &str| match key(written) {
            (source, key) if source == "any" && !written.starts_with("any:") => {
                ("cidrgroup".into(), key)
            }
            other => other,
        };
        let selector = Selector::read(&set["cidrGroupSelector"], of_groups);
        reading.names.groups(&selector)
    } else {
        vec![Prefix::read(&text(&set["cidr"]))]
    };
    let term = |base| reading.cidr(base, except.clone());
    bases.into_iter().map(term).collect()
}

/// A peer is in the policy's namespace unless the selector says where it is (R3, R4, S13).
fn peer_selector(selector: &Value, rule: &Rule<'_>, reading: &Reading<'_>) -> Selector {
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
    local(selector, "k8s", reading)
}

/// A peer is of the local cluster unless the selector or an option says otherwise.
/// Nodes have the label of a source of their own, so that no selector of pods matches one.
fn local(mut selector: Selector, source: &str, reading: &Reading<'_>) -> Selector {
    let names_cluster = selector.terms.iter().any(|term| term.key == CLUSTER);
    if !names_cluster && reading.options.local_cluster {
        selector.require(source, CLUSTER, "In", &["default"]);
    }
    selector
}

/// `source:key`, `$key` and `reserved.key` name a source; anything else is of any source.
pub(super) fn key(written: &str) -> (String, String) {
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
