//! ztc's own Snapshot: a cluster's namespaces, nodes and pods in one small document (SNAPSHOT.md).
//!
//! Read strictly, since nobody but ztc and people write it, into the same objects as manifests.

use std::net::IpAddr;

use ztc_diag::Span;

use crate::errors;
use crate::found::Found;
use crate::meta;
use crate::object::{Meta, Namespace, Node as ClusterNode, Object, Workload, WorkloadKind};
use crate::read::{Reader, nothing_else};
use crate::tree::{Mapping, Node};
use crate::workload::{address, container_port, named_object, owner_reference};

const POD_FIELDS: &[&str] = &[
    "namespace",
    "name",
    "labels",
    "serviceAccount",
    "ports",
    "addresses",
    "node",
    "hostNetwork",
    "owner",
];

/// Reads a snapshot; an element with an error is left out, and the others are still read.
pub(crate) fn read(reader: &mut Reader, object: Mapping<'_>, found: &mut Found) {
    let fields = [
        "apiVersion",
        "kind",
        "metadata",
        "namespaces",
        "nodes",
        "pods",
    ];
    reader.only(object, "a Snapshot", &fields, nothing_else);
    each(
        reader,
        object,
        ("namespaces", "Namespace"),
        found,
        namespace,
    );
    each(reader, object, ("nodes", "Node"), found, node);
    each(reader, object, ("pods", "Pod"), found, pod);
}

fn each<'d>(
    reader: &mut Reader,
    snapshot: Mapping<'d>,
    (field, kind): (&str, &str),
    found: &mut Found,
    read: fn(&mut Reader, Mapping<'d>) -> Option<Object>,
) {
    reader.list(snapshot, field, |reader, node| {
        let before = reader.n_errors();
        let Some(mapping) = reader.mapping(node, &format!("{field}[]")) else {
            found.refuse_named(kind, None, node.span());
            return None;
        };
        let object = read(reader, mapping);
        let is_good = reader.n_errors() == before && !node.tree().is_broken(node.span());
        match object.filter(|_| is_good) {
            Some(object) => found.objects.push(object),
            None => found.refuse_named(kind, Some(mapping), node.span().at_start()),
        }
        Some(())
    });
}

fn namespace(reader: &mut Reader, mapping: Mapping<'_>) -> Option<Object> {
    const HOLDER: &str = "a snapshot's namespace";
    reader.only(mapping, HOLDER, &["name", "labels"], nothing_else);
    let meta = named(reader, mapping, HOLDER, None)?;
    Some(Object::Namespace(Namespace { meta }))
}

fn node(reader: &mut Reader, mapping: Mapping<'_>) -> Option<Object> {
    const HOLDER: &str = "a snapshot's node";
    let fields = ["name", "labels", "addresses", "kubeApiserver"];
    reader.only(mapping, HOLDER, &fields, nothing_else);
    let addresses = addresses(reader, mapping);
    let kube_apiserver = mapping
        .get("kubeApiserver")
        .and_then(|node| reader.bool(node, "kubeApiserver"));
    let kube_apiserver = kube_apiserver.is_some_and(|value| value.value);
    let meta = named(reader, mapping, HOLDER, None)?;
    Some(Object::Node(ClusterNode {
        meta,
        addresses,
        kube_apiserver,
    }))
}

fn pod(reader: &mut Reader, mapping: Mapping<'_>) -> Option<Object> {
    const HOLDER: &str = "a snapshot's pod";
    const PORT_FIELDS: &[&str] = &["name", "port", "protocol"];
    reader.only(mapping, HOLDER, POD_FIELDS, nothing_else);
    let namespace = reader.required(mapping, HOLDER, "namespace");
    let account = named_object(reader, mapping, "serviceAccount");
    let service_account = account.unwrap_or("default").to_owned();
    let node = named_object(reader, mapping, "node").map(str::to_owned);
    let ports = reader.list(mapping, "ports", |reader, node| {
        let port = reader.mapping(node, "ports[]")?;
        reader.only(port, "a snapshot's port", PORT_FIELDS, nothing_else);
        container_port(reader, port, "a snapshot's port", "port")
    });
    let host_network = mapping
        .get("hostNetwork")
        .and_then(|node| reader.bool(node, "hostNetwork"));
    let owner = mapping.get("owner").and_then(|node| {
        let owner = reader.mapping(node, "owner")?;
        reader.only(owner, "a snapshot's owner", &["kind", "name"], nothing_else);
        for field in ["kind", "name"] {
            reader.required(owner, "a snapshot's owner", field);
        }
        owner_reference(reader, owner)
    });
    let addresses = addresses(reader, mapping);
    let meta = named(reader, mapping, HOLDER, namespace)?;
    Some(Object::Workload(Workload {
        kind: WorkloadKind::Pod,
        labels: meta.labels.clone(),
        labels_span: meta::labels_span(mapping.get("labels"), meta.kind_span),
        service_account,
        host_network: host_network.is_some_and(|value| value.value),
        node,
        ports: ports.map(|list| list.value).unwrap_or_default(),
        addresses,
        owner,
        meta,
    }))
}

fn named(
    reader: &mut Reader,
    mapping: Mapping<'_>,
    holder: &str,
    namespace: Option<Node<'_>>,
) -> Option<Meta> {
    let labels = mapping
        .get("labels")
        .map(|node| meta::labels(reader, node, "labels"));
    let namespace = namespace.map(|node| meta::namespace_name(reader, node, "namespace"));
    let name_node = reader.required(mapping, holder, "name")?;
    let name = reader.string(name_node, "name")?;
    if name.value.is_empty() {
        reader.report(errors::object::missing_field(
            name_node.place(),
            holder,
            "name",
        ));
        return None;
    }
    meta::check_name(reader, name_node, &name.value)?;
    // An element of a snapshot has no `kind` to point at; its name stands for it.
    let kind_span: Span = name.span;
    Some(Meta {
        name,
        namespace: namespace.flatten(),
        labels: labels.unwrap_or_default(),
        enforcement: None,
        kind_span,
    })
}

fn addresses(reader: &mut Reader, mapping: Mapping<'_>) -> Vec<IpAddr> {
    let addresses = reader.list(mapping, "addresses", |reader, node| {
        address(reader, node, "addresses[]")
    });
    addresses.map(|list| list.value).unwrap_or_default()
}
