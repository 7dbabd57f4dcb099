//! `apiVersion` and `kind`: which reader handles a document, and what is skipped.
//!
//! Must not know what is inside of any kind.

use crate::errors;
use crate::found::Found;
use crate::object::{AdminKind, Object, WorkloadKind};
use crate::read::{Reader, noun};
use crate::tree::{Mapping, Node, Shape};
use crate::{admin_policy, cidr_group, cilium_network_policy, cluster_object, network_policy};
use crate::{policy_test, resolution, snapshot, workload};

/// Kinds that ztc reads.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Cilium { clusterwide: bool },
    NetworkPolicy,
    Admin(AdminKind),
    CidrGroup,
    Workload(WorkloadKind),
    Namespace,
    Node,
    Service,
    EndpointSlice,
    Snapshot,
    Resolution,
    PolicyTest,
    List,
}

const KINDS: &[(&str, &str, Kind)] = &[
    (
        "cilium.io/v2",
        "CiliumNetworkPolicy",
        Kind::Cilium { clusterwide: false },
    ),
    (
        "cilium.io/v2",
        "CiliumClusterwideNetworkPolicy",
        Kind::Cilium { clusterwide: true },
    ),
    ("cilium.io/v2", "CiliumCIDRGroup", Kind::CidrGroup),
    ("cilium.io/v2alpha1", "CiliumCIDRGroup", Kind::CidrGroup),
    ("networking.k8s.io/v1", "NetworkPolicy", Kind::NetworkPolicy),
    (
        "policy.networking.k8s.io/v1alpha2",
        "ClusterNetworkPolicy",
        Kind::Admin(AdminKind::ClusterNetworkPolicy),
    ),
    (
        "policy.networking.k8s.io/v1alpha1",
        "AdminNetworkPolicy",
        Kind::Admin(AdminKind::AdminNetworkPolicy),
    ),
    (
        "policy.networking.k8s.io/v1alpha1",
        "BaselineAdminNetworkPolicy",
        Kind::Admin(AdminKind::BaselineAdminNetworkPolicy),
    ),
    ("v1", "Namespace", Kind::Namespace),
    ("v1", "Node", Kind::Node),
    ("v1", "Service", Kind::Service),
    ("discovery.k8s.io/v1", "EndpointSlice", Kind::EndpointSlice),
    ("v1", "List", Kind::List),
    ("v1", "Pod", Kind::Workload(WorkloadKind::Pod)),
    (
        "apps/v1",
        "Deployment",
        Kind::Workload(WorkloadKind::Deployment),
    ),
    (
        "apps/v1",
        "StatefulSet",
        Kind::Workload(WorkloadKind::StatefulSet),
    ),
    (
        "apps/v1",
        "DaemonSet",
        Kind::Workload(WorkloadKind::DaemonSet),
    ),
    (
        "apps/v1",
        "ReplicaSet",
        Kind::Workload(WorkloadKind::ReplicaSet),
    ),
    ("batch/v1", "Job", Kind::Workload(WorkloadKind::Job)),
    ("batch/v1", "CronJob", Kind::Workload(WorkloadKind::CronJob)),
    ("ztc.dev/v1alpha1", "Snapshot", Kind::Snapshot),
    ("ztc.dev/v1alpha1", "Resolution", Kind::Resolution),
    ("ztc.dev/v1alpha1", "PolicyTest", Kind::PolicyTest),
];

/// Groups whose kinds these are or were. A `Service` of another group (Knative has one) is
/// another kind altogether, which ztc does not know.
const OUR_GROUPS: &[&str] = &[
    "",
    "core",
    "apps",
    "batch",
    "extensions",
    "networking.k8s.io",
    "policy.networking.k8s.io",
    "discovery.k8s.io",
    "cilium.io",
    "ztc.dev",
];

/// The `apiVersion` and `kind` that a typed list gives to its items.
#[derive(Clone, Copy)]
struct Inherited<'d> {
    api_version: &'d str,
    kind: &'d str,
    kind_node: Node<'d>,
}

/// Reads a document, which may be a list of objects.
pub(crate) fn read(reader: &mut Reader, root: Node<'_>, found: &mut Found) {
    match root.shape() {
        // Templates that render to nothing leave such documents.
        Shape::Null => {}
        Shape::Mapping(object) if object.is_empty() => {}
        Shape::Mapping(object) => read_object(reader, object, None, found),
        shape => {
            let noun = noun(shape);
            reader.report(errors::object::not_an_object(root.place(), noun));
        }
    }
}

fn read_object<'d>(
    reader: &mut Reader,
    object: Mapping<'d>,
    inherited: Option<Inherited<'d>>,
    found: &mut Found,
) {
    let before = reader.n_errors();
    let Some(identity) = identity(reader, object, inherited) else {
        if reader.n_errors() > before || object.node().tree().is_broken(object.node().span()) {
            let kind = object.get("kind").map_or("", Node::text);
            found.refuse(object, kind, object.get("kind"));
        }
        return;
    };
    let Inherited {
        api_version,
        kind,
        kind_node,
    } = identity;
    let mut same_kind = KINDS.iter().filter(|(_, name, _)| *name == kind);
    let span = kind_node.span();
    let exact = same_kind.clone().find(|(right, ..)| *right == api_version);
    match exact.or_else(|| same_kind.next()) {
        Some((right, _, kind)) if *right == api_version => {
            decode(reader, object, identity, *kind, found);
        }
        Some((right, ..)) if OUR_GROUPS.contains(&group(api_version)) => {
            let at = object.get("apiVersion").unwrap_or(kind_node).place();
            reader.report(errors::object::wrong_api_version(
                at,
                api_version,
                kind,
                right,
            ));
            found.refuse(object, kind, Some(kind_node));
        }
        Some(_) => found.skip(api_version, kind, span),
        None => match kind
            .strip_suffix("List")
            .filter(|item| is_known(api_version, item))
        {
            Some(item) => read_items(
                reader,
                object,
                Some(Inherited {
                    kind: item,
                    ..identity
                }),
                found,
            ),
            None => unknown(reader, object, identity, found),
        },
    }
}

fn is_known(api_version: &str, kind: &str) -> bool {
    KINDS
        .iter()
        .any(|(version, name, _)| *version == api_version && *name == kind)
}

/// A kind that ztc does not know, or one that it would know if it were spelt right.
fn unknown(reader: &mut Reader, object: Mapping<'_>, identity: Inherited<'_>, found: &mut Found) {
    let Inherited {
        api_version,
        kind,
        kind_node,
    } = identity;
    let ours = KINDS.iter().filter(|(version, ..)| *version == api_version);
    match errors::nearest_kind(kind, ours.map(|(_, name, _)| *name)) {
        Some(nearest) => {
            reader.report(errors::object::unknown_kind(
                kind_node.place(),
                kind,
                nearest,
            ));
            found.refuse(object, kind, Some(kind_node));
        }
        None => found.skip(api_version, kind, kind_node.span()),
    }
}

fn identity<'d>(
    reader: &mut Reader,
    object: Mapping<'d>,
    inherited: Option<Inherited<'d>>,
) -> Option<Inherited<'d>> {
    let (api_version, kind) = (object.get("apiVersion"), object.get("kind"));
    if let (Some(inherited), None, None) = (inherited, api_version, kind) {
        // Point into the item, not at the kind of the list around it.
        return Some(Inherited {
            kind_node: object.get("metadata").unwrap_or(object.node()),
            ..inherited
        });
    }
    let start = object.node().place().at_start();
    match (api_version, kind) {
        (Some(api_version), Some(kind)) => {
            let api_version = reader.text(api_version, "apiVersion");
            let kind_text = reader.text(kind, "kind");
            Some(Inherited {
                api_version: api_version?,
                kind: kind_text?,
                kind_node: kind,
            })
        }
        (Some(_), None) => {
            reader.report(errors::object::missing_kind(start));
            None
        }
        (None, Some(kind)) => {
            let right = KINDS.iter().find(|(_, name, _)| *name == kind.text());
            let right = right.map(|(version, ..)| *version);
            reader.report(errors::object::missing_api_version(start, right));
            None
        }
        // What is missing here may be what was reported before.
        (None, None) if object.node().tree().is_broken(object.node().span()) => None,
        (None, None) => {
            let telling = [
                "metadata",
                "spec",
                "specs",
                "endpointSelector",
                "podSelector",
            ];
            let looks_like_one = telling.iter().any(|field| object.key(field).is_some());
            let diagnostic = errors::object::neither_kind_nor_api_version(start, looks_like_one);
            reader.report(diagnostic);
            None
        }
    }
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

fn decode<'d>(
    reader: &mut Reader,
    object: Mapping<'d>,
    identity: Inherited<'d>,
    kind: Kind,
    found: &mut Found,
) {
    let kind_node = identity.kind_node;
    let before = reader.n_errors();
    let decoded = match kind {
        Kind::List => {
            read_items(reader, object, None, found);
            return;
        }
        Kind::Snapshot => {
            let n_refused = found.refused.len();
            snapshot::read(reader, object, found);
            // What is wrong with no element of it in particular.
            if reader.n_errors() > before && found.refused.len() == n_refused {
                found.refuse(object, identity.kind, Some(kind_node));
            }
            return;
        }
        Kind::Cilium { clusterwide } => {
            cilium_network_policy::read(reader, object, kind_node, clusterwide).map(Object::Cilium)
        }
        Kind::NetworkPolicy => {
            network_policy::read(reader, object, kind_node).map(Object::NetworkPolicy)
        }
        Kind::Admin(kind) => admin_policy::read(reader, object, kind_node, kind).map(Object::Admin),
        Kind::CidrGroup => cidr_group::read(reader, object, kind_node).map(Object::CidrGroup),
        Kind::Workload(kind) => {
            workload::read(reader, object, kind_node, kind).map(Object::Workload)
        }
        Kind::Namespace => {
            cluster_object::read_namespace(reader, object, kind_node).map(Object::Namespace)
        }
        Kind::Node => cluster_object::read_node(reader, object, kind_node).map(Object::Node),
        Kind::Service => {
            cluster_object::read_service(reader, object, kind_node).map(Object::Service)
        }
        Kind::EndpointSlice => cluster_object::read_endpoint_slice(reader, object, kind_node)
            .map(Object::EndpointSlice),
        Kind::Resolution => resolution::read(reader, object, kind_node).map(Object::Resolution),
        Kind::PolicyTest => policy_test::read(reader, object, kind_node).map(Object::PolicyTest),
    };
    let node = object.node();
    // Cilium and the API server refuse an object whole, so one error anywhere is enough.
    let is_good = reader.n_errors() == before && !node.tree().is_broken(node.span());
    match decoded.filter(|_| is_good) {
        Some(decoded) => found.objects.push(decoded),
        None => found.refuse(object, identity.kind, Some(kind_node)),
    }
}

fn read_items<'d>(
    reader: &mut Reader,
    list: Mapping<'d>,
    inherited: Option<Inherited<'d>>,
    found: &mut Found,
) {
    let items = reader.required(list, "a list", "items");
    let Some(items) = items.and_then(|items| reader.sequence(items, "items")) else {
        found.refuse(list, "List", list.get("kind"));
        return;
    };
    for item in items.iter() {
        match reader.mapping(item, "items[]") {
            Some(object) => read_object(reader, object, inherited, found),
            None => found.refuse_document(item.span()),
        }
    }
}
