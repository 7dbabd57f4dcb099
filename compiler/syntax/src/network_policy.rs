//! `networking.k8s.io/v1` NetworkPolicy as written.
//!
//! Must not know what it means: implied policy types are the model's business.

use ztc_diag::Spanned;

use crate::errors;
use crate::meta;
use crate::object::{
    LabelSelector, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyRule, PolicyType,
};
use crate::port;
use crate::prefix::{self, Exceptions};
use crate::read::{Reader, nothing_else};
use crate::selector::{self, Dialect};
use crate::tree::{Mapping, Node, Shape};

/// Reads a NetworkPolicy.
pub(crate) fn read(
    reader: &mut Reader,
    object: Mapping<'_>,
    kind: Node<'_>,
) -> Option<NetworkPolicy> {
    let fields = ["apiVersion", "kind", "metadata", "spec", "status"];
    reader.only(object, "a NetworkPolicy", &fields, nothing_else);
    let meta = meta::read_policy(reader, object, kind);
    let spec = match object.get("spec") {
        Some(spec) => spec,
        None => {
            reader.report(errors::object::missing_field(
                kind.place(),
                "a NetworkPolicy",
                "spec",
            ));
            return None;
        }
    };
    let mapping = reader.mapping(spec, "spec")?;
    let fields = ["podSelector", "policyTypes", "ingress", "egress"];
    reader.only(mapping, "a NetworkPolicy's `spec`", &fields, nothing_else);
    let pod_selector = match mapping.get("podSelector") {
        Some(node) => selector::read(reader, node, "podSelector", Dialect::Kubernetes),
        None => Some(LabelSelector {
            span: spec.span().at_start(),
            requirements: Vec::new(),
        }),
    };
    let policy_types = policy_types(reader, mapping);
    let ingress = reader.list(mapping, "ingress", |reader, node| {
        rule(reader, node, "from", "to")
    });
    let egress = reader.list(mapping, "egress", |reader, node| {
        rule(reader, node, "to", "from")
    });
    Some(NetworkPolicy {
        meta: meta?,
        span: spec.span(),
        pod_selector: pod_selector?,
        policy_types,
        ingress,
        egress,
    })
}

fn policy_types(reader: &mut Reader, spec: Mapping<'_>) -> Option<Vec<Spanned<PolicyType>>> {
    let types = reader.list(spec, "policyTypes", |reader, node| {
        let policy_type = match reader.text(node, "policyTypes[]")? {
            "Ingress" => PolicyType::Ingress,
            "Egress" => PolicyType::Egress,
            other => {
                let known = ["Ingress", "Egress"];
                reader.report(errors::policy::unknown_policy_type(
                    node.place(),
                    other,
                    &known,
                ));
                return None;
            }
        };
        Some(Spanned::new(policy_type, node.span()))
    })?;
    if let Some(entry) = spec.entry("policyTypes")
        && let Shape::Sequence(sequence) = entry.value.shape()
        && sequence.len() > 2
    {
        reader.report(errors::policy::too_many_policy_types(entry.key.place()));
    }
    (!types.value.is_empty()).then_some(types.value)
}

fn rule(
    reader: &mut Reader,
    node: Node<'_>,
    peers: &str,
    other_peers: &str,
) -> Option<NetworkPolicyRule> {
    let holder = if peers == "from" {
        "an ingress rule"
    } else {
        "an egress rule"
    };
    let mapping = reader.mapping(node, holder)?;
    reader.only(mapping, holder, &[peers, "ports"], |field| {
        (field.name == other_peers)
            .then(|| errors::policy::wrong_direction(field.key.place(), field.name, holder, peers))
    });
    let peers = reader.list(mapping, peers, peer);
    let ports = reader.list(mapping, "ports", port::read_kubernetes);
    Some(NetworkPolicyRule {
        span: node.span(),
        peers,
        ports,
    })
}

fn peer(reader: &mut Reader, node: Node<'_>) -> Option<NetworkPolicyPeer> {
    let mapping = reader.mapping(node, "a peer")?;
    let fields = ["podSelector", "namespaceSelector", "ipBlock"];
    reader.only(mapping, "a peer", &fields, nothing_else);
    let mut selector = |field| {
        mapping.get(field).map(|node| {
            (
                node,
                selector::read(reader, node, field, Dialect::Kubernetes),
            )
        })
    };
    let pods = selector("podSelector");
    let namespaces = selector("namespaceSelector");
    if let Some(block) = mapping.entry("ipBlock") {
        if let Some((node, _)) = pods.as_ref().or(namespaces.as_ref()) {
            let at = block.key.place();
            reader.report(errors::policy::ip_block_with_selector(at, node.span()));
        }
        return ip_block(reader, block.value);
    }
    if pods.is_none() && namespaces.is_none() {
        reader.report(errors::policy::empty_peer(node.place()));
        return None;
    }
    let settle = |selector: Option<(Node<'_>, Option<LabelSelector>)>| match selector {
        Some((_, Some(selector))) => Ok(Some(selector)),
        Some((_, None)) => Err(()),
        None => Ok(None),
    };
    let (Ok(pod_selector), Ok(namespace_selector)) = (settle(pods), settle(namespaces)) else {
        return None;
    };
    Some(NetworkPolicyPeer::Pods {
        span: node.span(),
        pod_selector,
        namespace_selector,
    })
}

fn ip_block(reader: &mut Reader, node: Node<'_>) -> Option<NetworkPolicyPeer> {
    let mapping = reader.mapping(node, "ipBlock")?;
    reader.only(mapping, "an `ipBlock`", &["cidr", "except"], nothing_else);
    let exceptions = Exceptions::StrictlyInside;
    prefix::read_set(reader, mapping, "an `ipBlock`", exceptions).map(NetworkPolicyPeer::IpBlock)
}
