//! `icmps` of a Cilium element.
//!
//! Must not know how a type is matched.

use crate::errors;
use crate::object::{IcmpField, IcmpRule};
use crate::read::{Reader, nothing_else};
use crate::scalar::Resolved;
use crate::tree::Node;

const MAX_FIELDS: usize = 40;

const FAMILIES: [(&str, bool); 2] = [("IPv4", false), ("IPv6", true)];

/// Types of ICMP by name.
const IPV4_TYPES: &[(&str, u8)] = &[
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

/// Types of ICMPv6 by name.
const IPV6_TYPES: &[(&str, u8)] = &[
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

/// Reads an element of `icmps`.
pub(crate) fn read(reader: &mut Reader, node: Node<'_>) -> Option<IcmpRule> {
    let mapping = reader.mapping(node, "icmps[]")?;
    reader.only(mapping, "an element of `icmps`", &["fields"], nothing_else);
    if let Some(entry) = mapping.entry("fields")
        && entry.n_elements() > MAX_FIELDS
    {
        let n_fields = entry.n_elements();
        reader.report(errors::peer::too_many_icmp_fields(
            entry.key.place(),
            n_fields,
        ));
    }
    let fields = reader.list(mapping, "fields", field);
    let span = node.span();
    Some(IcmpRule { span, fields })
}

fn field(reader: &mut Reader, node: Node<'_>) -> Option<IcmpField> {
    const HOLDER: &str = "an ICMP field";
    let mapping = reader.mapping(node, "fields[]")?;
    reader.only(mapping, HOLDER, &["family", "type"], nothing_else);
    let family = mapping.get("family");
    let family = family.filter(|node| !node.is_empty_text());
    let ipv6 = match family {
        Some(node) => family_of(reader, node),
        None => Some(false),
    };
    let type_node = reader.required(mapping, HOLDER, "type")?;
    let icmp_type = icmp_type(reader, type_node, ipv6?)?;
    if icmp_type == 0 && ipv6 == Some(false) {
        reader.report(errors::peer::echo_reply_type(type_node.place()));
    }
    Some(IcmpField {
        span: node.span(),
        ipv6: ipv6?,
        icmp_type,
    })
}

fn family_of(reader: &mut Reader, node: Node<'_>) -> Option<bool> {
    let text = reader.text(node, "family")?;
    let known = FAMILIES.iter().find(|(name, _)| *name == text);
    if known.is_none() {
        let names = FAMILIES.map(|(name, _)| name);
        reader.report(errors::peer::unknown_icmp_family(
            node.place(),
            text,
            &names,
        ));
    }
    known.map(|(_, ipv6)| *ipv6)
}

/// A number, a number in quotes, or a name of the family.
fn icmp_type(reader: &mut Reader, node: Node<'_>, ipv6: bool) -> Option<u8> {
    let scalar = reader.scalar(node, "type", "a number or a name")?;
    let text = &*scalar.text;
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(scalar.resolved(), Resolved::Integer(_)) {
        let number = reader.integer(node, "type", 0, 255)?;
        return u8::try_from(number.value).ok();
    }
    let text = reader.text(node, "type")?;
    if is_digits {
        let has_leading_zero = text.len() > 1 && text.starts_with('0');
        if has_leading_zero {
            reader.report(errors::object::not_decimal(node.place(), "type", text));
            return None;
        }
        let number = text.parse();
        if number.is_err() {
            reader.report(errors::object::out_of_range(node.place(), "type", 0, 255));
        }
        return number.ok();
    }
    let (table, other) = if ipv6 {
        (IPV6_TYPES, IPV4_TYPES)
    } else {
        (IPV4_TYPES, IPV6_TYPES)
    };
    let number_in = |table: &[(&str, u8)]| {
        table
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, n)| *n)
    };
    let number = number_in(table);
    if number.is_none() {
        let family = if ipv6 { "IPv6" } else { "IPv4" };
        let at = node.place();
        reader.report(match number_in(other) {
            Some(_) => errors::peer::icmp_type_of_other_family(at, text, family),
            None => {
                let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
                errors::peer::unknown_icmp_type(at, text, family, &names)
            }
        });
    }
    if let Some(number) = number.filter(|_| text == "ExtendedEchoReply") {
        reader.report(errors::peer::icmp_type_not_in_schema(node.place(), number));
    }
    number
}
