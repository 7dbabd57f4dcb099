//! `protocols` and `ports` of ClusterNetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy.
//!
//! Must not know which ports a name stands for.

use ztc_diag::Spanned;

use crate::admin_policy::check_length;
use crate::object::{AdminKind, AdminPeer, AdminPort, AdminPortChoice, List, Protocol};
use crate::read::{Reader, nothing_else};
use crate::tree::{Mapping, Node};
use crate::{errors, port};

const PROTOCOLS: [(&str, Protocol); 3] = [
    ("tcp", Protocol::Tcp),
    ("udp", Protocol::Udp),
    ("sctp", Protocol::Sctp),
];
const PROTOCOL_FIELDS: &[&str] = &["tcp", "udp", "sctp", "destinationNamedPort"];
const PORT_FIELDS: &[&str] = &["portNumber", "portRange", "namedPort"];

/// Reads `protocols`, or the older `ports`.
pub(crate) fn read(reader: &mut Reader, rule: Mapping<'_>, kind: AdminKind) -> List<AdminPort> {
    let is_newer = kind == AdminKind::ClusterNetworkPolicy;
    let mut written = rule.among(&["protocols", "ports"]).into_iter();
    if let (Some(first), Some(second)) = (written.next(), written.next())
        && is_newer
    {
        let at = second.key.place();
        reader.report(errors::admin::two_port_spellings(at, first.key.span()));
        return None;
    }
    if is_newer && let Some(entry) = rule.entry("ports") {
        reader.report(errors::admin::older_port_spelling(entry.key.place()));
    }
    if is_newer && rule.entry("protocols").is_some() {
        check_length(reader, rule, "protocols", 1, kind.max_elements());
        return reader.list(rule, "protocols", protocol);
    }
    check_length(reader, rule, "ports", 1, kind.max_elements());
    reader.list(rule, "ports", |reader, node| port(reader, node, is_newer))
}

/// An address has no names for its ports.
pub(crate) fn check_named(
    reader: &mut Reader,
    ports: Option<&Spanned<Vec<AdminPort>>>,
    peers: &[AdminPeer],
) {
    let is_named = |port: &&AdminPort| matches!(port.port, AdminPortChoice::Named(_));
    let address = peers.iter().find_map(|peer| match peer {
        AdminPeer::Pods(_) => None,
        AdminPeer::Nodes(selector) => Some(selector.span),
        AdminPeer::Networks(networks) => Some(networks.span),
        AdminPeer::DomainNames(names) => Some(names.span),
    });
    let Some(address) = address else { return };
    let ports = ports.map(|list| list.value.as_slice()).unwrap_or_default();
    for port in ports.iter().filter(is_named) {
        reader.report(errors::admin::named_port_beside_addresses(
            port.span, address,
        ));
    }
}

/// Reads an element of `protocols`.
fn protocol(reader: &mut Reader, node: Node<'_>) -> Option<AdminPort> {
    const HOLDER: &str = "an element of `protocols`";
    let mapping = reader.mapping(node, "protocols[]")?;
    reader.only(mapping, HOLDER, PROTOCOL_FIELDS, nothing_else);
    let choice = reader.exactly_one(mapping, PROTOCOL_FIELDS, |at, other| {
        errors::admin::not_exactly_one(at, HOLDER, PROTOCOL_FIELDS, other)
    })?;
    let name = choice.key.text();
    let Some((_, protocol)) = PROTOCOLS.iter().find(|(known, _)| *known == name) else {
        return named(reader, node, choice.value, name);
    };
    let holder = format!("`{name}`");
    let mapping = reader.mapping(choice.value, name)?;
    reader.only(mapping, &holder, &["destinationPort"], nothing_else);
    let port = reader.required(mapping, &holder, "destinationPort")?;
    let mapping = reader.mapping(port, "destinationPort")?;
    let (holder, fields) = ("`destinationPort`", ["number", "range"]);
    reader.only(mapping, holder, &fields, nothing_else);
    let choice = reader.exactly_one(mapping, &fields, |at, other| {
        errors::admin::not_exactly_one(at, holder, &fields, other)
    })?;
    let (start, end) = if choice.key.text() == "number" {
        let number = reader.port_number(choice.value, "number")?.value;
        (number, number)
    } else {
        let mapping = reader.mapping(choice.value, "range")?;
        reader.only(mapping, "`range`", &["start", "end"], nothing_else);
        range(reader, mapping, "`range`", true)?
    };
    Some(AdminPort {
        span: node.span(),
        port: AdminPortChoice::Range(*protocol, start, end),
    })
}

/// Reads an element of `ports`.
fn port(reader: &mut Reader, node: Node<'_>, is_newer: bool) -> Option<AdminPort> {
    const HOLDER: &str = "an element of `ports`";
    let mapping = reader.mapping(node, "ports[]")?;
    reader.only(mapping, HOLDER, PORT_FIELDS, nothing_else);
    let choice = reader.exactly_one(mapping, PORT_FIELDS, |at, other| {
        errors::admin::not_exactly_one(at, HOLDER, PORT_FIELDS, other)
    })?;
    let name = choice.key.text();
    if name == "namedPort" {
        return named(reader, node, choice.value, name);
    }
    let holder = format!("`{name}`");
    let mapping = reader.mapping(choice.value, name)?;
    let fields: &[&str] = if name == "portNumber" {
        &["protocol", "port"]
    } else {
        &["protocol", "start", "end"]
    };
    reader.only(mapping, &holder, fields, nothing_else);
    let protocol = port::container_protocol(reader, mapping.get("protocol"));
    let (start, end) = if name == "portNumber" {
        let port = reader.required(mapping, &holder, "port")?;
        let port = reader.port_number(port, "port")?.value;
        (port, port)
    } else {
        range(reader, mapping, &holder, is_newer)?
    };
    Some(AdminPort {
        span: node.span(),
        port: AdminPortChoice::Range(protocol?, start, end),
    })
}

fn named(reader: &mut Reader, element: Node<'_>, node: Node<'_>, field: &str) -> Option<AdminPort> {
    let name = port::name(reader, node, field)?;
    Some(AdminPort {
        span: element.span(),
        port: AdminPortChoice::Named(name),
    })
}

/// `start` and `end`; the newer API wants more than one port between them.
fn range(
    reader: &mut Reader,
    mapping: Mapping<'_>,
    holder: &str,
    is_strict: bool,
) -> Option<(u16, u16)> {
    let mut number = |field: &str| {
        let node = reader.required(mapping, holder, field)?;
        Some((node, reader.port_number(node, field)?.value))
    };
    let (start, end) = (number("start"), number("end"));
    let ((start_node, start), (end_node, end)) = (start?, end?);
    if end < start || (is_strict && end == start) {
        let at = end_node.place();
        reader.report(errors::admin::range_not_ascending(
            at,
            start_node.span(),
            is_strict,
        ));
    }
    Some((start, end))
}
