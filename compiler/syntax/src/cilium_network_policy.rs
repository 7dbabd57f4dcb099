//! CiliumNetworkPolicy and its clusterwide sibling as written.
//!
//! Must not know what a rule means.

use ztc_diag::Spanned;

use crate::cilium_element::{self, Direction, Section};
use crate::errors;
use crate::meta;
use crate::object::{CiliumElement, CiliumNetworkPolicy, CiliumRule, CiliumSubject, List};
use crate::read::{Reader, nothing_else};
use crate::selector::{self, Dialect};
use crate::tree::{Entry, Mapping, Node, Shape};

const RULE_FIELDS: &[&str] = &[
    "endpointSelector",
    "nodeSelector",
    "ingress",
    "ingressDeny",
    "egress",
    "egressDeny",
    "enableDefaultDeny",
    "description",
    "labels",
    "log",
];

/// How long the text of `log` may be.
const MAX_LOG: usize = 32;

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
    let meta = meta::read_policy(reader, object, kind);
    if clusterwide {
        meta::refuse_namespace(
            reader,
            object,
            meta.as_ref(),
            "CiliumClusterwideNetworkPolicy",
        );
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

fn rule(
    reader: &mut Reader,
    node: Node<'_>,
    path: String,
    clusterwide: bool,
) -> Option<CiliumRule> {
    let mapping = reader.mapping(node, &path)?;
    reader.only(mapping, "a rule", RULE_FIELDS, nothing_else);
    if let Some(description) = mapping.get("description") {
        reader.text(description, "description");
    }
    let subject = subject(reader, mapping, clusterwide);
    let is_for_nodes = matches!(subject, Some(CiliumSubject::Nodes(_)));
    let (default_deny_ingress, default_deny_egress) = default_deny(reader, mapping);
    let mut elements = |field, direction, is_deny| -> List<CiliumElement> {
        reader.list(mapping, field, |reader, node| {
            let section = Section {
                direction,
                is_deny,
                is_clusterwide: clusterwide,
                is_for_nodes,
            };
            cilium_element::read(reader, node, section)
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
    let labels = reader.list(mapping, "labels", label);
    let log = mapping.get("log").and_then(|node| log(reader, node));
    Some(CiliumRule {
        span: node.span(),
        path,
        subject: subject?,
        ingress,
        ingress_deny,
        egress,
        egress_deny,
        default_deny_ingress,
        default_deny_egress,
        labels: labels.map(|list| list.value).unwrap_or_default(),
        log,
    })
}

/// Exactly one of the two selectors, and nodes in the clusterwide kind only.
fn subject(reader: &mut Reader, rule: Mapping<'_>, clusterwide: bool) -> Option<CiliumSubject> {
    let endpoints = rule.entry("endpointSelector");
    let nodes = rule.entry("nodeSelector");
    let read = |reader: &mut Reader, entry: Entry<'_>| {
        selector::read(reader, entry.value, entry.key.text(), Dialect::Cilium)
    };
    match (endpoints, nodes) {
        (Some(endpoints), Some(nodes)) => {
            let at = nodes.key.place();
            reader.report(if clusterwide {
                errors::policy::two_subjects(at, endpoints.key.span())
            } else {
                errors::policy::node_selector_in_namespaced_policy(at)
            });
            read(reader, endpoints);
            None
        }
        (None, Some(nodes)) if !clusterwide => {
            let at = nodes.key.place();
            reader.report(errors::policy::node_selector_in_namespaced_policy(at));
            None
        }
        (None, Some(nodes)) => read(reader, nodes).map(CiliumSubject::Nodes),
        (Some(endpoints), None) => read(reader, endpoints).map(CiliumSubject::Endpoints),
        (None, None) => {
            if !is_meant(rule, "endpointSelector") && !is_meant(rule, "nodeSelector") {
                let at = rule
                    .key("endpointSelector")
                    .map_or_else(|| rule.node().place().at_start(), Node::place);
                reader.report(errors::policy::missing_endpoint_selector(at, clusterwide));
            }
            None
        }
    }
}

/// An element of `labels`, as Cilium prints it.
fn label(reader: &mut Reader, node: Node<'_>) -> Option<String> {
    const HOLDER: &str = "an element of `labels`";
    let mapping = reader.mapping(node, "labels[]")?;
    reader.only(mapping, HOLDER, &["key", "value", "source"], nothing_else);
    let source = reader.optional_string(mapping, "source");
    let value = reader.optional_string(mapping, "value");
    let key = reader.required_string(mapping, HOLDER, "key")?.value;
    let source = source.map_or_else(|| "unspec".to_owned(), |source| source.value);
    let value = value.map(|value| value.value).unwrap_or_default();
    Some(format!("{source}:{key}={value}"))
}

fn log(reader: &mut Reader, node: Node<'_>) -> Option<Spanned<String>> {
    let mapping = reader.mapping(node, "log")?;
    reader.only(mapping, "`log`", &["value"], nothing_else);
    let value = reader.optional_string(mapping, "value")?;
    let at = mapping.get("value")?.place();
    if value.value.chars().count() > MAX_LOG {
        reader.report(errors::policy::log_too_long(at, MAX_LOG));
    }
    if value.value.chars().any(is_unprintable) {
        reader.report(errors::policy::log_not_printable(at));
    }
    Some(value)
}

/// Characters of Unicode's category C that can occur: control, format, private use.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{e000}'..='\u{f8ff}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{10ffff}'
        )
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
