//! One element of `toPorts`: ports, and what is asked for beyond them.
//!
//! Must not know what is enforced: rules for requests, TLS and listeners are checked, located, and
//! kept as far as they can be compared.

use crate::cilium_element::{Direction, Section};
use crate::cilium_l7::{self, L7};
use crate::object::{CiliumL7, CiliumPortRule, Port, PortRange, Protocol};
use crate::read::Reader;
use crate::tree::{Mapping, Node, Place};
use crate::{cilium_proxy, errors, port};

const HOLDER: &str = "an element of `toPorts`";

const FIELDS: &[&str] = &[
    "ports",
    "rules",
    "terminatingTLS",
    "originatingTLS",
    "serverNames",
    "listener",
];

const MAX_PORTS: usize = 40;

/// Reads an element of `toPorts`.
pub(crate) fn read(
    reader: &mut Reader,
    node: Node<'_>,
    section: Section,
) -> Option<CiliumPortRule> {
    let mapping = reader.mapping(node, "toPorts[]")?;
    let known = if section.is_deny { &["ports"] } else { FIELDS };
    reader.only(mapping, HOLDER, known, |field| {
        let is_known = FIELDS.contains(&field.name);
        is_known.then(|| errors::policy::allow_only_field(field.key.place(), field.name))
    });
    if let Some(entry) = mapping.entry("ports")
        && entry.n_elements() > MAX_PORTS
    {
        let n_ports = entry.n_elements();
        reader.report(errors::port::too_many_ports(entry.key.place(), n_ports));
    }
    let ports = reader.list(mapping, "ports", port::read_cilium);
    let mut rule = CiliumPortRule {
        span: node.span(),
        ports,
        l7: None,
        tls: None,
        listener: None,
    };
    if section.is_deny {
        return Some(rule);
    }
    let l7 = mapping
        .entry("rules")
        .and_then(|entry| cilium_l7::read(reader, entry));
    if let Some(l7) = &l7 {
        check_l7(
            reader,
            mapping,
            l7,
            rule.ports.as_ref().map(|list| list.value.as_slice()),
        );
        check_l7_section(reader, l7, section);
    }
    let tls = cilium_proxy::tls(reader, mapping);
    cilium_proxy::check_server_names(reader, mapping, l7.as_ref());
    if let Some(entry) = mapping.entry("listener") {
        rule.listener = cilium_proxy::listener(reader, entry, section.is_clusterwide).map(Box::new);
        let at = entry.key.place();
        if section.direction == Direction::Ingress {
            reader.report(errors::l7::listener_on_ingress(at));
        }
        if let Some(l7) = &l7 {
            reader.report(errors::l7::listener_with_l7(at, l7.place.span));
        }
    }
    rule.tls = tls.map(Box::new);
    rule.l7 = l7.map(|l7| {
        Box::new(CiliumL7 {
            span: l7.place.span,
            parser: l7.parser,
            has_rules: l7.has_rules,
            text: l7.text,
        })
    });
    Some(rule)
}

/// Rules for requests need ports that a proxy can read.
fn check_l7(reader: &mut Reader, mapping: Mapping<'_>, l7: &L7, ports: Option<&[PortRange]>) {
    if !l7.has_rules {
        return;
    }
    let ports = ports.unwrap_or_default();
    if l7.is_dns
        && mapping
            .entry("ports")
            .is_none_or(|entry| entry.n_elements() == 0)
    {
        reader.report(errors::l7::dns_rules_without_ports(l7.place));
    }
    for range in ports {
        let protocol = range.protocol.as_ref();
        let at = protocol.map_or(range.span, |protocol| protocol.span);
        let at = Place::of(at);
        match protocol.map_or(Protocol::Any, |protocol| protocol.value) {
            Protocol::Tcp => {}
            Protocol::Udp | Protocol::Any if l7.is_dns => {}
            _ if l7.is_dns => reader.report(errors::l7::dns_rules_protocol(at, l7.place.span)),
            _ => {
                let is_written = protocol.is_some();
                reader.report(errors::l7::l7_needs_tcp(at, l7.place.span, is_written));
            }
        }
        if let Some(port) = range
            .port
            .as_ref()
            .filter(|port| port.value == Port::Number(0))
        {
            reader.report(errors::l7::l7_on_port_zero(
                Place::of(port.span),
                l7.place.span,
            ));
        }
        if let Some(end) = range.end_port.as_ref().filter(|_| l7.is_dns) {
            let at = Place::of(end.span);
            reader.report(errors::l7::dns_rules_with_port_range(at, l7.place.span));
        }
    }
}

/// Not every list may have rules for requests.
fn check_l7_section(reader: &mut Reader, l7: &L7, section: Section) {
    if !l7.has_rules {
        return;
    }
    let is_ingress = section.direction == Direction::Ingress;
    if section.is_for_nodes && (is_ingress || !l7.is_dns) {
        reader.report(errors::l7::l7_in_host_policy(l7.place, is_ingress));
    } else if is_ingress && l7.is_dns {
        reader.report(errors::l7::dns_rules_on_ingress(l7.place));
    }
}
