//! CiliumNetworkPolicy and its clusterwide sibling as written.
//!
//! Must not know what a rule means. Whatever ztc does not compile is named and refused here.

use ztc_diag::{Diagnostic, Spanned};

use crate::cilium_element::{self, Direction};
use crate::errors;
use crate::meta;
use crate::object::{CiliumElement, CiliumNetworkPolicy, CiliumRule, List};
use crate::read::{Field, Reader, nothing_else};
use crate::selector::{self, Dialect};
use crate::tree::{Mapping, Node, Shape};

const RULE_FIELDS: &[&str] = &[
    "endpointSelector",
    "ingress",
    "ingressDeny",
    "egress",
    "egressDeny",
    "enableDefaultDeny",
    "description",
];

/// Reads either kind.
pub(crate) fn read(
    reader: &mut Reader,
    object: Mapping<'_>,
    kind: Node<'_>,
    clusterwide: bool,
) -> Option<CiliumNetworkPolicy> {
    let holder = if clusterwide {
        "a CiliumClusterwideNetworkPolicy"
    } else {
        "a CiliumNetworkPolicy"
    };
    let fields = ["apiVersion", "kind", "metadata", "spec", "specs", "status"];
    reader.only(object, holder, &fields, nothing_else);
    let meta = meta::read(reader, object, kind);
    let has_namespace = meta.as_ref().is_some_and(|meta| meta.namespace.is_some());
    if let Some(node) = metadata_namespace(object).filter(|_| clusterwide && has_namespace) {
        reader.report(errors::policy::namespace_on_clusterwide_policy(
            node.place(),
        ));
    }
    let mut specs: Vec<(String, Node<'_>)> = object
        .get("spec")
        .map(|spec| ("spec".to_owned(), spec))
        .into_iter()
        .collect();
    if let Some(list) = object.get("specs") {
        let list = reader.sequence(list, "specs")?;
        let paths = (0..).map(|index: usize| format!("specs[{index}]"));
        specs.extend(paths.zip(list.iter()));
    }
    if specs.is_empty() {
        reader.report(errors::policy::missing_spec(kind.place()));
    }
    let rules = specs
        .into_iter()
        .filter_map(|(path, node)| rule(reader, node, path, clusterwide))
        .collect();
    Some(CiliumNetworkPolicy {
        meta: meta?,
        clusterwide,
        rules,
    })
}

fn metadata_namespace(object: Mapping<'_>) -> Option<Node<'_>> {
    object.get("metadata")?.as_mapping()?.get("namespace")
}

fn rule(
    reader: &mut Reader,
    node: Node<'_>,
    path: String,
    clusterwide: bool,
) -> Option<CiliumRule> {
    let mapping = reader.mapping(node, &path)?;
    reader.only(mapping, "a rule", RULE_FIELDS, |field| {
        refused(mapping, field, clusterwide)
    });
    if let Some(description) = mapping.get("description") {
        reader.text(description, "description");
    }
    let endpoint_selector = match mapping.get("endpointSelector") {
        Some(node) => selector::read(reader, node, "endpointSelector", Dialect::Cilium),
        None => {
            // A node selector is a subject too, only not one that is compiled: that is said.
            if mapping.get("nodeSelector").is_none() && !is_meant(mapping, "endpointSelector") {
                let at = mapping
                    .key("endpointSelector")
                    .map_or_else(|| node.place().at_start(), Node::place);
                reader.report(errors::policy::missing_endpoint_selector(at));
            }
            None
        }
    };
    let (default_deny_ingress, default_deny_egress) = default_deny(reader, mapping);
    let mut elements = |field, direction, is_deny| -> List<CiliumElement> {
        reader.list(mapping, field, |reader, node| {
            cilium_element::read(reader, node, direction, is_deny)
        })
    };
    let ingress = elements("ingress", Direction::Ingress, false);
    let ingress_deny = elements("ingressDeny", Direction::Ingress, true);
    let egress = elements("egress", Direction::Egress, false);
    let egress_deny = elements("egressDeny", Direction::Egress, true);
    let missing = |field: &&str| is_empty(mapping, field) && !is_meant(mapping, field);
    if ["ingress", "ingressDeny", "egress", "egressDeny"]
        .iter()
        .all(missing)
    {
        reader.report(errors::policy::no_rules(node.place().at_start()));
    }
    Some(CiliumRule {
        span: node.span(),
        path,
        endpoint_selector: endpoint_selector?,
        ingress,
        ingress_deny,
        egress,
        egress_deny,
        default_deny_ingress,
        default_deny_egress,
    })
}

/// Whether a misspelled field stands for this one: what is wrong with it has been said.
fn is_meant(mapping: Mapping<'_>, field: &str) -> bool {
    mapping.iter().any(|entry| {
        let written = entry.key.text();
        let known = RULE_FIELDS.iter().copied();
        !RULE_FIELDS.contains(&written) && errors::nearest(written, known) == Some(field)
    })
}

/// Whether a list is absent or empty as written; elements that are wrong count.
fn is_empty(mapping: Mapping<'_>, field: &str) -> bool {
    match mapping.get(field).map(Node::shape) {
        Some(Shape::Sequence(sequence)) => sequence.len() == 0,
        Some(_) => false,
        None => true,
    }
}

fn refused(rule: Mapping<'_>, field: &Field<'_>, clusterwide: bool) -> Option<Diagnostic> {
    let at = field.key.place();
    match field.name {
        "nodeSelector" if !clusterwide => {
            Some(errors::policy::node_selector_in_namespaced_policy(at))
        }
        "nodeSelector" => Some(match rule.entry("endpointSelector") {
            Some(entry) => errors::policy::two_subjects(at, entry.key.span()),
            None => errors::policy::unsupported_field(at, field.name),
        }),
        "labels" | "log" => Some(errors::policy::unsupported_field(at, field.name)),
        _ => None,
    }
}

type DefaultDeny = Option<Spanned<bool>>;

fn default_deny(reader: &mut Reader, rule: Mapping<'_>) -> (DefaultDeny, DefaultDeny) {
    let Some(node) = rule.get("enableDefaultDeny") else {
        return (None, None);
    };
    let Some(mapping) = reader.mapping(node, "enableDefaultDeny") else {
        return (None, None);
    };
    reader.only(
        mapping,
        "`enableDefaultDeny`",
        &["ingress", "egress"],
        nothing_else,
    );
    let mut read = |field| {
        mapping
            .get(field)
            .and_then(|node| reader.bool(node, &format!("enableDefaultDeny.{field}")))
    };
    (read("ingress"), read("egress"))
}
