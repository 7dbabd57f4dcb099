//! One element of `ingress`, `ingressDeny`, `egress` or `egressDeny` as written.
//!
//! Must not know what it matches; empty and absent lists stay apart.

use ztc_diag::{Diagnostic, Spanned};

use crate::object::{AuthenticationMode, CiliumElement};
use crate::read::{Field, Reader, nothing_else};
use crate::selector::{self, Dialect};
use crate::tree::{Entry, Mapping, Node};
use crate::{cilium_icmp, cilium_peer, cilium_port_rule, errors, fqdn, prefix};

/// Which way an element's traffic goes, seen from the subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    Ingress,
    Egress,
}

/// The list an element is in, and whose policy that is: what is allowed inside depends on both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Section {
    pub(crate) direction: Direction,
    pub(crate) is_deny: bool,
    /// Whether the policy is clusterwide, and so has no namespace of its own.
    pub(crate) is_clusterwide: bool,
    /// Whether the rule is about nodes, not pods.
    pub(crate) is_for_nodes: bool,
}

/// The names a direction has for the parts of an element.
struct Names {
    holder: &'static str,
    /// Endpoints, entities, CIDR, CIDRSet, nodes, groups.
    peers: [&'static str; 6],
    fields: &'static [&'static str],
    deny_fields: &'static [&'static str],
    removed: &'static str,
}

const INGRESS: Names = Names {
    holder: "an ingress element",
    peers: [
        "fromEndpoints",
        "fromEntities",
        "fromCIDR",
        "fromCIDRSet",
        "fromNodes",
        "fromGroups",
    ],
    fields: &[
        "fromEndpoints",
        "fromEntities",
        "fromCIDR",
        "fromCIDRSet",
        "fromNodes",
        "fromGroups",
        "toPorts",
        "icmps",
        "authentication",
    ],
    deny_fields: &[
        "fromEndpoints",
        "fromEntities",
        "fromCIDR",
        "fromCIDRSet",
        "fromNodes",
        "fromGroups",
        "toPorts",
        "icmps",
    ],
    removed: "fromRequires",
};

const EGRESS: Names = Names {
    holder: "an egress element",
    peers: [
        "toEndpoints",
        "toEntities",
        "toCIDR",
        "toCIDRSet",
        "toNodes",
        "toGroups",
    ],
    fields: &[
        "toEndpoints",
        "toEntities",
        "toCIDR",
        "toCIDRSet",
        "toNodes",
        "toGroups",
        "toServices",
        "toFQDNs",
        "toPorts",
        "icmps",
        "authentication",
    ],
    deny_fields: &[
        "toEndpoints",
        "toEntities",
        "toCIDR",
        "toCIDRSet",
        "toNodes",
        "toGroups",
        "toServices",
        "toPorts",
        "icmps",
    ],
    removed: "toRequires",
};

/// Peers that only egress has.
const EGRESS_PEERS: [&str; 2] = ["toServices", "toFQDNs"];

const AUTHENTICATION_MODES: [(&str, AuthenticationMode); 3] = [
    ("disabled", AuthenticationMode::Disabled),
    ("required", AuthenticationMode::Required),
    ("test-always-fail", AuthenticationMode::AlwaysFail),
];

/// Reads an element.
pub(crate) fn read(reader: &mut Reader, node: Node<'_>, section: Section) -> Option<CiliumElement> {
    let (names, other) = match section.direction {
        Direction::Ingress => (&INGRESS, &EGRESS),
        Direction::Egress => (&EGRESS, &INGRESS),
    };
    let mapping = reader.mapping(node, names.holder)?;
    let known = if section.is_deny {
        names.deny_fields
    } else {
        names.fields
    };
    reader.only(mapping, names.holder, known, |field| {
        refused(field, names, other)
    });
    check_combination(reader, mapping, names);
    let [endpoints, entities, cidr, cidr_set, nodes, groups] = names.peers;
    let mut selectors = |field: &str| {
        reader.list(mapping, field, |reader, node| {
            selector::read(reader, node, &format!("{field}[]"), Dialect::Cilium)
        })
    };
    let endpoints = selectors(endpoints);
    let nodes = selectors(nodes);
    let entities = reader.list(mapping, entities, cilium_peer::entity);
    let cidr = reader.list(mapping, cidr, |reader, node| {
        prefix::read(reader, node, &format!("{cidr}[]"))
    });
    let cidr_set = reader.list(mapping, cidr_set, |reader, node| {
        cilium_peer::cidr_set(reader, node, cidr_set)
    });
    let groups = reader.list(mapping, groups, |reader, node| {
        cilium_peer::group(reader, node, groups)
    });
    let (mut services, mut fqdns) = (None, None);
    if section.direction == Direction::Egress {
        services = reader.list(mapping, "toServices", cilium_peer::service);
        if !section.is_deny {
            fqdns = reader.list(mapping, "toFQDNs", fqdn::selector);
        }
    }
    let to_ports = reader.list(mapping, "toPorts", |reader, node| {
        cilium_port_rule::read(reader, node, section)
    });
    let icmps = reader.list(mapping, "icmps", cilium_icmp::read);
    let authentication = mapping
        .get("authentication")
        .filter(|_| !section.is_deny)
        .and_then(|node| authentication(reader, node));
    Some(CiliumElement {
        span: node.span(),
        endpoints,
        entities,
        cidr,
        cidr_set,
        nodes,
        services,
        groups,
        fqdns,
        to_ports,
        icmps,
        authentication,
    })
}

fn refused(field: &Field<'_>, names: &Names, other: &Names) -> Option<Diagnostic> {
    let at = field.key.place();
    let name = field.name;
    if names.fields.contains(&name) {
        return Some(errors::policy::allow_only_field(at, name));
    }
    if name == names.removed {
        let [endpoints, ..] = names.peers;
        return Some(errors::policy::removed_field(at, name, endpoints));
    }
    if EGRESS_PEERS.contains(&name) {
        return Some(errors::peer::egress_only(at, name));
    }
    let position = other.peers.iter().position(|known| *known == name)?;
    let right = names.peers.get(position)?;
    let holder = names.holder;
    Some(errors::policy::wrong_direction(at, name, holder, right))
}

/// Cilium refuses an element with two kinds of peers, and ports beside ICMP; empty lists do not
/// count.
fn check_combination(reader: &mut Reader, mapping: Mapping<'_>, names: &Names) {
    let is_filled = |entry: &Entry<'_>| entry.n_elements() > 0;
    let is_peer = |name: &str| names.peers.contains(&name) || EGRESS_PEERS.contains(&name);
    let mut filled: Vec<_> = mapping
        .iter()
        .filter(|entry| is_peer(entry.key.text()) && is_filled(entry))
        .collect();
    // A merge puts entries out of the order of the text.
    filled.sort_by_key(|entry| entry.key.span());
    let mut filled = filled.into_iter();
    if let Some(first) = filled.next() {
        for second in filled {
            reader.report(errors::policy::combined_peers(
                second.key.place(),
                second.key.text(),
                first.key.span(),
                first.key.text(),
            ));
        }
    }
    let ports = mapping.entry("toPorts").filter(is_filled);
    let icmps = mapping.entry("icmps").filter(is_filled);
    if let (Some(ports), Some(icmps)) = (ports, icmps) {
        let at = icmps.key.place();
        reader.report(errors::peer::icmps_with_ports(at, ports.key.span()));
    }
}

fn authentication(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<AuthenticationMode>> {
    const HOLDER: &str = "`authentication`";
    let mapping = reader.mapping(node, "authentication")?;
    reader.only(mapping, HOLDER, &["mode"], nothing_else);
    let node = reader.required(mapping, HOLDER, "mode")?;
    let text = reader.text(node, "mode")?;
    let known = AUTHENTICATION_MODES.iter().find(|(name, _)| *name == text);
    if known.is_none() {
        let names = AUTHENTICATION_MODES.map(|(name, _)| name);
        let at = node.place();
        reader.report(errors::policy::unknown_authentication_mode(
            at, text, &names,
        ));
    }
    known.map(|(_, mode)| Spanned::new(*mode, node.span()))
}
