//! Ports and ICMP types of Cilium's kinds (R5, S5, S12).

use serde_json::Value;

use super::Protocol;
use super::element::{PortName, PortTerm, Ports};
use super::labels::{list, text};

/// What `toPorts` and `icmps` of an element say; at most one of them has anything in it.
pub(super) fn ports(element: &Value) -> Ports {
    let (rules, icmps) = (list(&element["toPorts"]), list(&element["icmps"]));
    if rules.is_empty() && icmps.is_empty() {
        return Ports::All;
    }
    let ports = rules.iter().flat_map(|rule| list(&rule["ports"]));
    let types = icmps.iter().flat_map(|rule| list(&rule["fields"]));
    Ports::OneOf(ports.map(port).chain(types.map(icmp)).collect())
}

fn port(port: &Value) -> PortTerm {
    let protocol = port["protocol"].as_str().map(str::to_uppercase);
    let protocols = match protocol.as_deref() {
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

/// Type 0 is the echo reply alone: ztc does not take it for every type.
fn icmp(field: &Value) -> PortTerm {
    let (protocol, names) = match field["family"].as_str() {
        Some("IPv6") => (Protocol::Icmpv6, &IPV6_TYPES[..]),
        _ => (Protocol::Icmp, &IPV4_TYPES[..]),
    };
    let written = text(&field["type"]);
    let known = names.iter().find(|(name, _)| *name == written);
    let number = match (written.parse::<u16>(), known) {
        (Ok(number), _) | (Err(_), Some(&(_, number))) => number,
        (Err(_), None) => panic!("an ICMP type outside the language: {written}"),
    };
    PortTerm {
        protocols: vec![protocol],
        port: PortName::Range(number, number),
    }
}

/// Names of types as Cilium has them.
const IPV4_TYPES: [(&str, u16); 14] = [
    ("EchoReply", 0),
    ("DestinationUnreachable", 3),
    ("Redirect", 5),
    ("Echo", 8),
    ("EchoRequest", 8),
    ("RouterAdvertisement", 9),
    ("RouterSelection", 10),
    ("TimeExceeded", 11),
    ("ParameterProblem", 12),
    ("Timestamp", 13),
    ("TimestampReply", 14),
    ("Photuris", 40),
    ("ExtendedEchoRequest", 42),
    ("ExtendedEchoReply", 43),
];

const IPV6_TYPES: [(&str, u16); 27] = [
    ("DestinationUnreachable", 1),
    ("PacketTooBig", 2),
    ("TimeExceeded", 3),
    ("ParameterProblem", 4),
    ("EchoRequest", 128),
    ("EchoReply", 129),
    ("MulticastListenerQuery", 130),
    ("MulticastListenerReport", 131),
    ("MulticastListenerDone", 132),
    ("RouterSolicitation", 133),
    ("RouterAdvertisement", 134),
    ("NeighborSolicitation", 135),
    ("NeighborAdvertisement", 136),
    ("RedirectMessage", 137),
    ("RouterRenumbering", 138),
    ("ICMPNodeInformationQuery", 139),
    ("ICMPNodeInformationResponse", 140),
    ("InverseNeighborDiscoverySolicitation", 141),
    ("InverseNeighborDiscoveryAdvertisement", 142),
    ("HomeAgentAddressDiscoveryRequest", 144),
    ("HomeAgentAddressDiscoveryReply", 145),
    ("MobilePrefixSolicitation", 146),
    ("MobilePrefixAdvertisement", 147),
    ("DuplicateAddressRequestCodeSuffix", 157),
    ("DuplicateAddressConfirmationCodeSuffix", 158),
    ("ExtendedEchoRequest", 160),
    ("ExtendedEchoReply", 161),
];
