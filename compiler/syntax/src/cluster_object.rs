//! Namespace, Node, Service, EndpointSlice: what a cluster has beside workloads.
//!
//! Must not lint them: only what policy depends on is read, everything else is ignored.

use std::net::IpAddr;

use crate::meta;
use crate::object::{EndpointSlice, Namespace, Node as ClusterNode, Service};
use crate::read::Reader;
use crate::tree::{Mapping, Node};
use crate::workload::address;

/// Labels that a node which runs the API server has, by what set the cluster up.
const CONTROL_PLANE_LABELS: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

/// The label that says whose endpoints a slice has.
const SERVICE_LABEL: &str = "kubernetes.io/service-name";

/// Reads a Namespace.
pub(crate) fn read_namespace(
    reader: &mut Reader,
    object: Mapping<'_>,
    kind: Node<'_>,
) -> Option<Namespace> {
    let meta = meta::read(reader, object, kind)?;
    Some(Namespace { meta })
}

/// Reads a Node.
pub(crate) fn read_node(
    reader: &mut Reader,
    object: Mapping<'_>,
    kind: Node<'_>,
) -> Option<ClusterNode> {
    let meta = meta::read(reader, object, kind);
    let addresses = match object.get("status") {
        Some(status) => node_addresses(reader, status),
        None => Vec::new(),
    };
    let meta = meta?;
    let kube_apiserver = meta
        .labels
        .iter()
        .any(|(key, _)| CONTROL_PLANE_LABELS.contains(&key.as_str()));
    Some(ClusterNode {
        meta,
        addresses,
        kube_apiserver,
    })
}

fn node_addresses(reader: &mut Reader, status: Node<'_>) -> Vec<IpAddr> {
    let Some(status) = reader.mapping(status, "status") else {
        return Vec::new();
    };
    let addresses = reader.list(status, "addresses", |reader, node| {
        let mapping = reader.mapping(node, "addresses[]")?;
        let address_type = reader.text(mapping.get("type")?, "type")?;
        let is_address = matches!(address_type, "InternalIP" | "ExternalIP");
        address(
            reader,
            mapping.get("address").filter(|_| is_address)?,
            "address",
        )
    });
    addresses.map(|list| list.value).unwrap_or_default()
}

/// Reads a Service.
pub(crate) fn read_service(
    reader: &mut Reader,
    object: Mapping<'_>,
    kind: Node<'_>,
) -> Option<Service> {
    let meta = meta::read(reader, object, kind);
    let Some(spec) = object.get("spec") else {
        let (selector, ports, cluster_ips) = Default::default();
        return Some(Service {
            meta: meta?,
            selector,
            ports,
            cluster_ips,
        });
    };
    let spec = reader.mapping(spec, "spec")?;
    let selector = spec
        .get("selector")
        .map(|node| meta::labels(reader, node, "selector"));
    let ports = reader.list(spec, "ports", |reader, node| {
        let mapping = reader.mapping(node, "ports[]")?;
        let port = reader.required(mapping, "a service port", "port")?;
        Some(reader.port_number(port, "port")?.value)
    });
    let listed = reader.list(spec, "clusterIPs", |reader, node| cluster_ip(reader, node));
    let single = spec
        .get("clusterIP")
        .and_then(|node| cluster_ip(reader, node));
    let cluster_ips = match listed {
        Some(listed) if !listed.value.is_empty() => listed.value,
        _ => single.into_iter().collect(),
    };
    Some(Service {
        meta: meta?,
        selector: selector.unwrap_or_default(),
        ports: ports.map(|list| list.value).unwrap_or_default(),
        cluster_ips,
    })
}

/// An address of a service; a headless one has the word `None`.
fn cluster_ip(reader: &mut Reader, node: Node<'_>) -> Option<IpAddr> {
    if node.text() == "None" {
        return None;
    }
    address(reader, node, "clusterIP")
}

/// Reads an EndpointSlice.
pub(crate) fn read_endpoint_slice(
    reader: &mut Reader,
    object: Mapping<'_>,
    kind: Node<'_>,
) -> Option<EndpointSlice> {
    let meta = meta::read(reader, object, kind);
    let address_type = object.get("addressType");
    let address_type = address_type.and_then(|node| reader.text(node, "addressType"));
    let mut addresses = Vec::new();
    // Names are no addresses, and nothing looks them up.
    if address_type != Some("FQDN") {
        reader.list(object, "endpoints", |reader, node| {
            addresses.extend(ready_addresses(reader, node)?);
            Some(())
        });
    }
    addresses.sort();
    addresses.dedup();
    let meta = meta?;
    let service = meta.labels.iter().find(|(key, _)| key == SERVICE_LABEL);
    let service = service.map(|(_, name)| name.clone());
    Some(EndpointSlice {
        service: service.filter(|name| !name.is_empty()),
        meta,
        addresses,
    })
}

/// The addresses of an endpoint, unless it is said not to be ready.
fn ready_addresses(reader: &mut Reader, endpoint: Node<'_>) -> Option<Vec<IpAddr>> {
    let endpoint = reader.mapping(endpoint, "endpoints[]")?;
    let mut is_ready = true;
    if let Some(conditions) = endpoint.get("conditions") {
        let conditions = reader.mapping(conditions, "conditions")?;
        let ready = conditions.get("ready");
        let ready = ready.and_then(|node| reader.bool(node, "ready"));
        is_ready = ready.is_none_or(|ready| ready.value);
    }
    let addresses = reader.list(endpoint, "addresses", |reader, node| {
        address(reader, node, "addresses[]")
    })?;
    is_ready.then_some(addresses.value)
}
