//! Pods and what makes pods.
//!
//! Must not lint them: only what policy depends on is read, everything else is ignored.

use std::net::IpAddr;

use crate::errors;
use crate::meta;
use crate::object::{ContainerPort, Workload, WorkloadKind};
use crate::port;
use crate::read::Reader;
use crate::tree::{Mapping, Node};

/// Reads a pod or an object with a pod template.
pub(crate) fn read(
    reader: &mut Reader,
    object: Mapping<'_>,
    kind_node: Node<'_>,
    kind: WorkloadKind,
) -> Option<Workload> {
    let meta = meta::read(reader, object, kind_node);
    let pod = match kind {
        WorkloadKind::Pod => object,
        WorkloadKind::CronJob => template(
            reader,
            object,
            kind_node,
            &["spec", "jobTemplate", "spec", "template"],
        )?,
        _ => template(reader, object, kind_node, &["spec", "template"])?,
    };
    let is_pod = kind == WorkloadKind::Pod;
    let metadata = pod.get("metadata");
    let metadata = if is_pod {
        // A pod's own metadata has been read, and reported if it is none.
        metadata.and_then(Node::as_mapping)
    } else {
        metadata.and_then(|node| reader.mapping(node, "metadata"))
    };
    let labels_node = metadata.and_then(|metadata| metadata.get("labels"));
    let spec = optional(reader, pod, "spec");
    let service_account = spec.and_then(|spec| service_account(reader, spec));
    let host_network = spec
        .and_then(|spec| spec.get("hostNetwork"))
        .and_then(|node| reader.bool(node, "hostNetwork"));
    let node = spec
        .filter(|_| is_pod)
        .and_then(|spec| named_object(reader, spec, "nodeName"));
    let ports = spec.map(|spec| ports(reader, spec)).unwrap_or_default();
    let addresses = if is_pod {
        addresses(reader, object)
    } else {
        Vec::new()
    };
    let owner = owner(reader, object);
    let meta = meta?;
    let labels = if is_pod {
        meta.labels.clone()
    } else {
        labels_node
            .map(|node| meta::labels(reader, node, "labels"))
            .unwrap_or_default()
    };
    Some(Workload {
        kind,
        labels,
        labels_span: meta::labels_span(labels_node, kind_node.span()),
        service_account: service_account.unwrap_or("default").to_owned(),
        host_network: host_network.is_some_and(|value| value.value),
        node: node.map(str::to_owned),
        ports,
        addresses,
        owner,
        meta,
    })
}

fn template<'d>(
    reader: &mut Reader,
    object: Mapping<'d>,
    kind: Node<'d>,
    path: &[&'static str],
) -> Option<Mapping<'d>> {
    let mut mapping = object;
    for field in path {
        let Some(node) = mapping.get(field) else {
            let holder = format!("a {}", kind.text());
            let path = path.join(".");
            reader.report(errors::object::missing_field(kind.place(), &holder, &path));
            return None;
        };
        mapping = reader.mapping(node, field)?;
    }
    Some(mapping)
}

fn optional<'d>(
    reader: &mut Reader,
    mapping: Mapping<'d>,
    field: &'static str,
) -> Option<Mapping<'d>> {
    mapping
        .get(field)
        .and_then(|node| reader.mapping(node, field))
}

fn service_account<'d>(reader: &mut Reader, spec: Mapping<'d>) -> Option<&'d str> {
    let field = match spec.get("serviceAccountName") {
        Some(_) => "serviceAccountName",
        None => "serviceAccount",
    };
    named_object(reader, spec, field)
}

/// The name of an object that a field names; an empty one is none.
pub(crate) fn named_object<'d>(
    reader: &mut Reader,
    mapping: Mapping<'d>,
    field: &str,
) -> Option<&'d str> {
    let node = mapping.get(field)?;
    let name = reader.text(node, field).filter(|name| !name.is_empty())?;
    meta::check_name(reader, node, name)?;
    Some(name)
}

fn ports(reader: &mut Reader, spec: Mapping<'_>) -> Vec<ContainerPort> {
    let mut ports = Vec::new();
    let mut read = |reader: &mut Reader, container: Node<'_>, is_init: bool| {
        let container = reader.mapping(container, "a container")?;
        if is_init {
            // An init container that is restarted always is a sidecar, and serves like any other.
            let policy = container.get("restartPolicy")?;
            reader
                .text(policy, "restartPolicy")
                .filter(|policy| *policy == "Always")?;
        }
        let list = reader.list(container, "ports", |reader, node| {
            let mapping = reader.mapping(node, "ports[]")?;
            container_port(reader, mapping, "a container port", "containerPort")
        });
        ports.extend(list.into_iter().flat_map(|list| list.value));
        Some(())
    };
    reader.list(spec, "containers", |reader, node| read(reader, node, false));
    reader.list(spec, "initContainers", |reader, node| {
        read(reader, node, true)
    });
    ports
}

/// Reads a container port whose number is in the field `number_field`.
pub(crate) fn container_port(
    reader: &mut Reader,
    mapping: Mapping<'_>,
    holder: &str,
    number_field: &str,
) -> Option<ContainerPort> {
    let number = reader
        .required(mapping, holder, number_field)
        .and_then(|node| reader.port_number(node, number_field));
    let name = match mapping.get("name") {
        Some(node) => Some(reader.text(node, "name")?),
        None => None,
    };
    let protocol = port::container_protocol(reader, mapping.get("protocol"));
    let name = name
        .filter(|name| !name.is_empty())
        .map(str::to_ascii_lowercase);
    Some(ContainerPort {
        name,
        number: number?.value,
        protocol: protocol?,
    })
}

/// The addresses of a pod that still runs.
fn addresses(reader: &mut Reader, pod: Mapping<'_>) -> Vec<IpAddr> {
    let Some(status) = optional(reader, pod, "status") else {
        return Vec::new();
    };
    let phase = status
        .get("phase")
        .and_then(|node| reader.text(node, "phase"));
    let listed = reader.list(status, "podIPs", |reader, node| {
        let mapping = reader.mapping(node, "podIPs[]")?;
        address(reader, mapping.get("ip")?, "ip")
    });
    let single = status
        .get("podIP")
        .and_then(|node| address(reader, node, "podIP"));
    // A pod that has ended holds its addresses no more; another pod may have them by now.
    if matches!(phase, Some("Succeeded" | "Failed")) {
        return Vec::new();
    }
    match listed {
        Some(listed) if !listed.value.is_empty() => listed.value,
        _ => single.into_iter().collect(),
    }
}

/// Reads an address; an empty string is none.
pub(crate) fn address(reader: &mut Reader, node: Node<'_>, what: &str) -> Option<IpAddr> {
    let text = reader.text(node, what).filter(|text| !text.is_empty())?;
    let address = text.parse();
    if address.is_err() {
        reader.report(errors::object::bad_address(node.place(), what, text));
    }
    address.ok()
}

/// The owner that controls an object; the first one when none says so.
fn owner(reader: &mut Reader, object: Mapping<'_>) -> Option<(String, String)> {
    let metadata = object.get("metadata")?.as_mapping()?;
    let owners = reader.list(metadata, "ownerReferences", |reader, node| {
        let mapping = reader.mapping(node, "ownerReferences[]")?;
        let controls = mapping
            .get("controller")
            .and_then(|node| reader.bool(node, "controller"));
        let owner = owner_reference(reader, mapping)?;
        Some((controls.is_some_and(|controls| controls.value), owner))
    })?;
    let mut owners = owners.value;
    let position = owners
        .iter()
        .position(|(controls, _)| *controls)
        .unwrap_or(0);
    (position < owners.len()).then(|| owners.swap_remove(position).1)
}

/// Reads `kind` and `name` of an owner; one without both says nothing.
pub(crate) fn owner_reference(
    reader: &mut Reader,
    mapping: Mapping<'_>,
) -> Option<(String, String)> {
    let node = mapping.get("kind")?;
    let kind = reader.text(node, "kind").filter(|kind| !kind.is_empty())?;
    // A kind is what its name in lower case is: a DNS label.
    meta::check_name(reader, node, &kind.to_ascii_lowercase())?;
    let name = named_object(reader, mapping, "name")?;
    Some((kind.to_owned(), name.to_owned()))
}
