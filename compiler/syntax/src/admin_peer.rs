//! Subjects and peers of ClusterNetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy.
//!
//! Must not know whom they match.

use ztc_diag::Spanned;

use crate::admin_policy::check_length;
use crate::object::{AdminKind, AdminPeer, AdminPods, LabelSelector};
use crate::read::{Field, Reader, nothing_else};
use crate::selector::{self, Dialect};
use crate::tree::{Entry, Mapping, Node};
use crate::{errors, fqdn, prefix};

const PODS: &[&str] = &["namespaces", "pods"];
const EGRESS: &[&str] = &["namespaces", "pods", "nodes", "networks", "domainNames"];
const BASELINE_EGRESS: &[&str] = &["namespaces", "pods", "nodes", "networks"];

/// How many networks or names one peer may have, in every kind.
const MAX_ADDRESSES: usize = 25;

/// Reads `subject`.
pub(crate) fn subject(reader: &mut Reader, node: Node<'_>, kind: AdminKind) -> Option<AdminPods> {
    let mapping = reader.mapping(node, "subject")?;
    reader.only(mapping, "`subject`", PODS, nothing_else);
    let choice = reader.exactly_one(mapping, PODS, |at, other| {
        errors::admin::not_exactly_one(at, "`subject`", PODS, other)
    })?;
    pods(reader, node, choice, kind)
}

/// Reads an element of `from` or `to`.
pub(crate) fn read(
    reader: &mut Reader,
    node: Node<'_>,
    kind: AdminKind,
    is_egress: bool,
    accepts: bool,
) -> Option<AdminPeer> {
    const HOLDER: &str = "a peer";
    let known = match kind {
        _ if !is_egress => PODS,
        AdminKind::BaselineAdminNetworkPolicy => BASELINE_EGRESS,
        AdminKind::ClusterNetworkPolicy | AdminKind::AdminNetworkPolicy => EGRESS,
    };
    let mapping = reader.mapping(node, HOLDER)?;
    let is_for_egress = |field: &Field<'_>| !is_egress && EGRESS.contains(&field.name);
    reader.only(mapping, HOLDER, known, |field| {
        let at = field.key.place();
        is_for_egress(field).then(|| errors::peer::egress_only(at, field.name))
    });
    let n_refused = mapping.among(EGRESS).len() - mapping.among(known).len();
    if n_refused > 0 {
        return None;
    }
    let choice = reader.exactly_one(mapping, known, |at, other| {
        errors::admin::not_exactly_one(at, HOLDER, known, other)
    })?;
    match choice.key.text() {
        "nodes" => {
            let dialect = Dialect::Kubernetes;
            selector::read(reader, choice.value, "nodes", dialect).map(AdminPeer::Nodes)
        }
        "networks" => {
            check_length(reader, mapping, "networks", 1, MAX_ADDRESSES);
            let networks = reader.list(mapping, "networks", |reader, node| {
                prefix::read(reader, node, "networks[]")
            });
            networks.map(AdminPeer::Networks)
        }
        "domainNames" => {
            if !accepts {
                let at = choice.key.place();
                reader.report(errors::admin::domain_names_without_accept(at));
            }
            check_length(reader, mapping, "domainNames", 1, MAX_ADDRESSES);
            let names = reader.list(mapping, "domainNames", |reader, node| {
                let pattern = fqdn::domain_name(reader, node)?;
                Some(Spanned::new(pattern, node.span()))
            });
            names.map(AdminPeer::DomainNames)
        }
        _ => pods(reader, node, choice, kind).map(AdminPeer::Pods),
    }
}

/// Reads `namespaces` or `pods` of a subject or peer.
fn pods(
    reader: &mut Reader,
    element: Node<'_>,
    choice: Entry<'_>,
    kind: AdminKind,
) -> Option<AdminPods> {
    const FIELDS: [&str; 2] = ["namespaceSelector", "podSelector"];
    let span = element.span();
    if choice.key.text() == "namespaces" {
        let dialect = Dialect::Kubernetes;
        let namespaces = selector::read(reader, choice.value, "namespaces", dialect);
        return Some(AdminPods {
            span,
            namespaces: Some(namespaces?),
            pods: None,
        });
    }
    let mapping = reader.mapping(choice.value, "pods")?;
    reader.only(mapping, "`pods`", &FIELDS, nothing_else);
    let namespaces = optional_selector(reader, mapping, "namespaceSelector");
    let pods = optional_selector(reader, mapping, "podSelector");
    if kind != AdminKind::ClusterNetworkPolicy {
        reader.required(mapping, "`pods`", "namespaceSelector");
    }
    reader.required(mapping, "`pods`", "podSelector");
    Some(AdminPods {
        span,
        namespaces: namespaces?,
        pods: pods?,
    })
}

/// `Some(None)` for a selector that is absent.
fn optional_selector(
    reader: &mut Reader,
    mapping: Mapping<'_>,
    field: &str,
) -> Option<Option<LabelSelector>> {
    match mapping.get(field) {
        Some(node) => selector::read(reader, node, field, Dialect::Kubernetes).map(Some),
        None => Some(None),
    }
}
