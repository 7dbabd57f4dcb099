//! Ports and protocols as policies write them; both families of kinds, which differ in much.
//!
//! Must not know which ports a name stands for.

use ztc_diag::{Level, Spanned};

use crate::errors;
use crate::object::{Port, PortRange, Protocol};
use crate::read::{Reader, nothing_else};
use crate::scalar::Resolved;
use crate::tree::{Mapping, Node};

const FIELDS: &[&str] = &["port", "endPort", "protocol"];

/// Reads an element of `toPorts[].ports`.
pub(crate) fn read_cilium(reader: &mut Reader, node: Node<'_>) -> Option<PortRange> {
    const HOLDER: &str = "an element of `ports`";
    let mapping = reader.mapping(node, "ports[]")?;
    reader.only(mapping, HOLDER, FIELDS, nothing_else);
    if let Some(node) = mapping.get("protocol").filter(|node| is_extended(*node)) {
        // These have no ports, so the rest of the element says nothing.
        let at = node.place();
        reader.report(errors::port::extended_protocol(at, node.text()));
        return None;
    }
    let protocol = mapping
        .get("protocol")
        .map(|node| cilium_protocol(reader, node));
    let port = reader
        .required(mapping, HOLDER, "port")
        .and_then(|node| cilium_port(reader, node));
    let end_port = mapping
        .get("endPort")
        .map(|node| reader.integer(node, "endPort", 0, 65535));
    let port = port?;
    let end_port = match end_port {
        // Cilium cannot tell 0 from no `endPort`.
        Some(Some(end)) if end.value == 0 => None,
        Some(end) => Some(cilium_end_port(reader, mapping, &port, narrow(end?))?),
        None => None,
    };
    let protocol = match protocol {
        Some(protocol) => protocol?,
        None => None,
    };
    Some(PortRange {
        span: node.span(),
        port: Some(port),
        end_port,
        protocol,
    })
}

/// Reads an element of a NetworkPolicy's `ports`.
pub(crate) fn read_kubernetes(reader: &mut Reader, node: Node<'_>) -> Option<PortRange> {
    const HOLDER: &str = "an element of `ports`";
    let mapping = reader.mapping(node, "ports[]")?;
    reader.only(mapping, HOLDER, FIELDS, nothing_else);
    let protocol = mapping
        .get("protocol")
        .map(|node| kubernetes_protocol(reader, node));
    let port = mapping
        .get("port")
        .map(|node| kubernetes_port(reader, node));
    let end_port = mapping
        .get("endPort")
        .map(|node| reader.port_number(node, "endPort"));
    if let (None, Some(entry)) = (&port, mapping.entry("endPort")) {
        reader.report(errors::port::end_port_without_port(entry.key.place()));
    }
    let port = match port {
        Some(port) => Some(port?),
        None => None,
    };
    let end_port = match end_port {
        Some(end_port) => Some(end_port?),
        None => None,
    };
    if let (Some(port), Some(end), Some(node)) = (&port, &end_port, mapping.get("endPort")) {
        match port.value {
            Port::Number(number) if end.value < number => {
                let level = Level::Error;
                reader.report(errors::port::end_port_below_port(
                    node.place(),
                    port.span,
                    level,
                ));
            }
            Port::Number(_) => {}
            Port::Name(_) => {
                reader.report(errors::port::end_port_with_named_port(
                    node.place(),
                    port.span,
                ));
            }
        }
    }
    let protocol = match protocol {
        Some(protocol) => Some(protocol?),
        None => None,
    };
    Some(PortRange {
        span: node.span(),
        port,
        end_port,
        protocol,
    })
}

/// A container's protocol: TCP when none is written.
pub(crate) fn container_protocol(reader: &mut Reader, node: Option<Node<'_>>) -> Option<Protocol> {
    node.map_or(Some(Protocol::Tcp), |node| {
        Some(kubernetes_protocol(reader, node)?.value)
    })
}

fn cilium_port(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<Port>> {
    let scalar = reader.scalar(node, "port", "a string")?;
    let text = &*scalar.text;
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(scalar.resolved(), Resolved::Integer(_)) && is_digits {
        reader.report(errors::port::port_must_be_quoted(node.place(), text));
        return None;
    }
    let text = reader.text(node, "port")?;
    let port = if is_digits {
        match text.parse() {
            _ if text.len() > 1 && text.starts_with('0') => {
                Err(errors::port::port_leading_zero(node.place(), text))
            }
            Ok(number) => Ok(Port::Number(number)),
            Err(_) => Err(errors::port::port_out_of_range(node.place(), text)),
        }
    } else {
        check_name(&text.to_ascii_lowercase())
            .map(|()| Port::Name(text.to_ascii_lowercase()))
            .map_err(|reason| errors::port::bad_port(node.place(), text, reason))
    };
    match port {
        Ok(port) => Some(Spanned::new(port, node.span())),
        Err(diagnostic) => {
            reader.report(diagnostic);
            None
        }
    }
}

fn cilium_end_port(
    reader: &mut Reader,
    mapping: Mapping<'_>,
    port: &Spanned<Port>,
    end: Spanned<u16>,
) -> Option<Spanned<u16>> {
    let node = mapping.get("endPort")?;
    match port.value {
        Port::Name(_) => {
            reader.report(errors::port::end_port_with_named_port(
                node.place(),
                port.span,
            ));
            None
        }
        Port::Number(0) => {
            reader.report(errors::port::end_port_with_port_zero(
                node.place(),
                port.span,
            ));
            None
        }
        Port::Number(number) => {
            if end.value < number {
                let level = Level::Warning;
                reader.report(errors::port::end_port_below_port(
                    node.place(),
                    port.span,
                    level,
                ));
            }
            Some(end)
        }
    }
}

fn is_extended(protocol: Node<'_>) -> bool {
    let text = protocol.text();
    ["VRRP", "IGMP"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(text))
}

/// `Some(None)` is an empty protocol, which means none.
fn cilium_protocol(reader: &mut Reader, node: Node<'_>) -> Option<Option<Spanned<Protocol>>> {
    const KNOWN: [(&str, Protocol); 4] = [
        ("TCP", Protocol::Tcp),
        ("UDP", Protocol::Udp),
        ("SCTP", Protocol::Sctp),
        ("ANY", Protocol::Any),
    ];
    let text = reader.text(node, "protocol")?;
    if text.is_empty() {
        return Some(None);
    }
    let known = KNOWN
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text));
    match known {
        Some((name, protocol)) => {
            if *name != text {
                let diagnostic = errors::port::protocol_not_upper_case(node.place(), text, name);
                reader.report(diagnostic);
            }
            Some(Some(Spanned::new(*protocol, node.span())))
        }
        None => {
            let names = KNOWN.map(|(name, _)| name);
            reader.report(errors::port::unknown_protocol(node.place(), text, &names));
            None
        }
    }
}

fn kubernetes_protocol(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<Protocol>> {
    let text = reader.text(node, "protocol")?;
    let protocol = match text {
        "TCP" => Protocol::Tcp,
        "UDP" => Protocol::Udp,
        "SCTP" => Protocol::Sctp,
        _ => {
            let known = ["TCP", "UDP", "SCTP"];
            reader.report(errors::port::unknown_protocol(node.place(), text, &known));
            return None;
        }
    };
    Some(Spanned::new(protocol, node.span()))
}

fn kubernetes_port(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<Port>> {
    let scalar = reader.scalar(node, "port", "an integer or a name")?;
    if matches!(scalar.resolved(), Resolved::Integer(_)) {
        return Some(reader.port_number(node, "port")?.map(Port::Number));
    }
    let text = reader.text(node, "port")?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        reader.report(errors::port::port_must_not_be_quoted(node.place(), text));
        return None;
    }
    match check_name(text) {
        Ok(()) => Some(Spanned::new(Port::Name(text.to_owned()), node.span())),
        Err(reason) => {
            reader.report(errors::port::bad_port(node.place(), text, reason));
            None
        }
    }
}

/// Reads a field that holds the name of a port and nothing else.
pub(crate) fn name(reader: &mut Reader, node: Node<'_>, what: &str) -> Option<String> {
    let text = reader.text(node, what)?.to_ascii_lowercase();
    if let Err(reason) = check_name(&text) {
        reader.report(errors::port::bad_port(node.place(), &text, reason));
        return None;
    }
    Some(text)
}

/// Checks the name of a port, in lower case.
fn check_name(name: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() {
        Err("it is empty")
    } else if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Err("names are in lower case here")
    } else if !name.bytes().all(allowed) {
        Err("it has characters that are not allowed in a name")
    } else if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Err("it is no number, and a name needs a letter")
    } else if name.len() > 15 {
        Err("names have at most 15 characters")
    } else if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        Err("dashes in a name stand alone and inside")
    } else {
        Ok(())
    }
}

fn narrow(number: Spanned<i64>) -> Spanned<u16> {
    number.map(|number| u16::try_from(number).unwrap_or(u16::MAX))
}
