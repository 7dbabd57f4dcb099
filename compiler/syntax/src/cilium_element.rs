//! One element of `ingress`, `ingressDeny`, `egress` or `egressDeny` as written.
//!
//! Must not know what it matches; empty and absent lists stay apart.

use ztc_diag::{Diagnostic, Spanned};

use crate::errors;
use crate::object::{CiliumElement, CiliumPortRule, Entity};
use crate::port;
use crate::prefix::{self, Exceptions};
use crate::read::{Field, Reader};
use crate::selector::{self, Dialect};
use crate::tree::{Entry, Mapping, Node, Shape};

/// Which way an element's traffic goes, seen from the subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    Ingress,
    Egress,
}

/// The names a direction has for the parts of an element.
struct Names {
    holder: &'static str,
    /// Endpoints, entities, CIDR, CIDRSet, ports.
    known: [&'static str; 5],
    refused: &'static [&'static str],
    removed: &'static str,
}

const INGRESS: Names = Names {
    holder: "an ingress element",
    known: [
        "fromEndpoints",
        "fromEntities",
        "fromCIDR",
        "fromCIDRSet",
        "toPorts",
    ],
    refused: &["fromGroups", "fromNodes", "icmps", "authentication"],
    removed: "fromRequires",
};

const EGRESS: Names = Names {
    holder: "an egress element",
    known: [
        "toEndpoints",
        "toEntities",
        "toCIDR",
        "toCIDRSet",
        "toPorts",
    ],
    refused: &[
        "toFQDNs",
        "toServices",
        "toGroups",
        "toNodes",
        "icmps",
        "authentication",
    ],
    removed: "toRequires",
};

const MAX_PORTS: usize = 40;

/// Reads an element.
pub(crate) fn read(
    reader: &mut Reader,
    node: Node<'_>,
    direction: Direction,
    is_deny: bool,
) -> Option<CiliumElement> {
    let (names, other) = match direction {
        Direction::Ingress => (&INGRESS, &EGRESS),
        Direction::Egress => (&EGRESS, &INGRESS),
    };
    let mapping = reader.mapping(node, names.holder)?;
    reader.only(mapping, names.holder, &names.known, |field| {
        refused(field, names, other, is_deny)
    });
    check_combination(reader, mapping, names);
    let [endpoints, entities, cidr, cidr_set, to_ports] = names.known;
    let endpoints = reader.list(mapping, endpoints, |reader, node| {
        selector::read(reader, node, &format!("{endpoints}[]"), Dialect::Cilium)
    });
    let entities = reader.list(mapping, entities, entity);
    let cidr = reader.list(mapping, cidr, |reader, node| {
        prefix::read(reader, node, &format!("{cidr}[]"))
    });
    let cidr_set = reader.list(mapping, cidr_set, |reader, node| {
        let holder = "a CIDR set";
        let mapping = reader.mapping(node, &format!("{cidr_set}[]"))?;
        let unsupported = |field: &Field<'_>| {
            matches!(field.name, "cidrGroupRef" | "cidrGroupSelector")
                .then(|| errors::policy::unsupported_field(field.key.place(), field.name))
        };
        reader.only(mapping, holder, &["cidr", "except"], unsupported);
        let has_group = ["cidrGroupRef", "cidrGroupSelector"];
        if mapping.get("cidr").is_none() && has_group.iter().any(|name| mapping.get(name).is_some())
        {
            return None;
        }
        prefix::read_set(reader, mapping, holder, Exceptions::Inside)
    });
    let to_ports = reader.list(mapping, to_ports, port_rule);
    Some(CiliumElement {
        span: node.span(),
        endpoints,
        entities,
        cidr,
        cidr_set,
        to_ports,
    })
}

fn refused(field: &Field<'_>, names: &Names, other: &Names, is_deny: bool) -> Option<Diagnostic> {
    let at = field.key.place();
    let name = field.name;
    // A deny element has no such fields at all, so nothing is "not yet" about them.
    let is_for_allow_only = matches!(name, "authentication" | "toFQDNs");
    if names.refused.contains(&name) && !(is_deny && is_for_allow_only) {
        return Some(errors::policy::unsupported_field(at, name));
    }
    if name == names.removed {
        return Some(errors::policy::removed_field(at, name, names.known[0]));
    }
    let position = other.known.iter().position(|known| *known == name)?;
    let right = names.known.get(position)?;
    Some(errors::policy::wrong_direction(
        at,
        name,
        names.holder,
        right,
    ))
}

/// Cilium refuses an element with two kinds of peers; empty lists do not count.
fn check_combination(reader: &mut Reader, mapping: Mapping<'_>, names: &Names) {
    let peers = names.known.iter().take(4);
    let is_filled = |entry: &Entry<'_>| match entry.value.shape() {
        Shape::Sequence(sequence) => sequence.len() > 0,
        _ => false,
    };
    let mut filled: Vec<_> = peers
        .filter_map(|name| mapping.entry(name).filter(is_filled))
        .collect();
    filled.sort_by_key(|entry| entry.key.span());
    let mut filled = filled.into_iter();
    let Some(first) = filled.next() else { return };
    for second in filled {
        let at = second.key.place();
        let (name, first_name) = (second.key.text(), first.key.text());
        reader.report(errors::policy::combined_peers(
            at,
            name,
            first.key.span(),
            first_name,
        ));
    }
}

fn entity(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<Entity>> {
    let text = reader.text(node, "an entity")?;
    let entity = Entity::ALL.into_iter().find(|entity| entity.name() == text);
    if entity.is_none() {
        let names = Entity::ALL.map(Entity::name);
        reader.report(errors::policy::unknown_entity(node.place(), text, &names));
    }
    Some(Spanned::new(entity?, node.span()))
}

fn port_rule(reader: &mut Reader, node: Node<'_>) -> Option<CiliumPortRule> {
    let mapping = reader.mapping(node, "toPorts[]")?;
    let unsupported = |field: &Field<'_>| {
        let known = [
            "rules",
            "terminatingTLS",
            "originatingTLS",
            "serverNames",
            "listener",
        ];
        known
            .contains(&field.name)
            .then(|| errors::policy::unsupported_field(field.key.place(), field.name))
    };
    reader.only(mapping, "an element of `toPorts`", &["ports"], unsupported);
    if let Some(entry) = mapping.entry("ports")
        && let Shape::Sequence(ports) = entry.value.shape()
        && ports.len() > MAX_PORTS
    {
        reader.report(errors::port::too_many_ports(entry.key.place(), ports.len()));
    }
    let ports = reader.list(mapping, "ports", port::read_cilium);
    Some(CiliumPortRule {
        span: node.span(),
        ports,
    })
}
