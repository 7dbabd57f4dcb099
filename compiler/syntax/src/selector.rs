//! Label selectors as written.
//!
//! Must not know what a selector matches, nor scope it to a namespace.

use ztc_diag::Spanned;

use crate::errors;
use crate::label;
use crate::meta;
use crate::object::{LabelSelector, Operator, Requirement};
use crate::read::{Reader, nothing_else};
use crate::tree::{Entry, Node};

/// Whose selector it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    /// Keys may have a source, as in `k8s:app`.
    Cilium,
    /// Keys are plain.
    Kubernetes,
}

const OPERATORS: [(&str, Operator); 4] = [
    ("In", Operator::In),
    ("NotIn", Operator::NotIn),
    ("Exists", Operator::Exists),
    ("DoesNotExist", Operator::DoesNotExist),
];

/// Reads a selector.
pub(crate) fn read(
    reader: &mut Reader,
    node: Node<'_>,
    what: &str,
    dialect: Dialect,
) -> Option<LabelSelector> {
    let mapping = reader.mapping(node, what)?;
    reader.only(
        mapping,
        "a selector",
        &["matchLabels", "matchExpressions"],
        nothing_else,
    );
    let mut requirements = Vec::new();
    if let Some(labels) = mapping.get("matchLabels")
        && let Some(labels) = reader.mapping(labels, "matchLabels")
    {
        requirements.extend(
            labels
                .iter()
                .filter_map(|entry| match_label(reader, entry, dialect)),
        );
    }
    let expressions = reader.list(mapping, "matchExpressions", |reader, node| {
        expression(reader, node, dialect)
    });
    requirements.extend(expressions.into_iter().flat_map(|list| list.value));
    Some(LabelSelector {
        span: node.span(),
        requirements,
    })
}

fn match_label(reader: &mut Reader, entry: Entry<'_>, dialect: Dialect) -> Option<Requirement> {
    let text = meta::key_text(reader, entry.key)?;
    let key = key(reader, entry.key, text, dialect);
    let value = meta::label_value(reader, entry.value, text);
    Some(Requirement {
        span: entry.span(),
        key: key?,
        operator: Operator::In,
        values: vec![value?],
        from_match_labels: true,
    })
}

fn expression(reader: &mut Reader, node: Node<'_>, dialect: Dialect) -> Option<Requirement> {
    const HOLDER: &str = "an element of `matchExpressions`";
    let mapping = reader.mapping(node, "matchExpressions[]")?;
    reader.only(
        mapping,
        HOLDER,
        &["key", "operator", "values"],
        nothing_else,
    );
    let key = reader.required(mapping, HOLDER, "key").and_then(|node| {
        let text = reader.text(node, "key")?;
        key(reader, node, text, dialect)
    });
    let operator = reader.required(mapping, HOLDER, "operator");
    let operator = operator.and_then(|node| Some((self::operator(reader, node)?, node)));
    let values = reader.list(mapping, "values", |reader, node| {
        meta::label_value(reader, node, "values[]")
    });
    let (operator, operator_node) = operator?;
    let takes_values = matches!(operator, Operator::In | Operator::NotIn);
    let name = operator_node.text();
    let values_node = mapping.get("values");
    let n_written = values.as_ref().map_or(0, |_| n_elements(values_node));
    if takes_values && n_written == 0 && values.is_some() == values_node.is_some() {
        let at = values_node.unwrap_or(operator_node).place();
        reader.report(errors::policy::operator_needs_values(at, name));
    } else if !takes_values && n_written > 0 {
        let at = values_node.unwrap_or(operator_node).place();
        reader.report(errors::policy::operator_takes_no_values(at, name));
    }
    let values = values.map(|list| list.value).unwrap_or_default();
    Some(Requirement {
        span: node.span(),
        key: key?,
        operator,
        values,
        from_match_labels: false,
    })
}

fn n_elements(node: Option<Node<'_>>) -> usize {
    match node.map(Node::shape) {
        Some(crate::tree::Shape::Sequence(sequence)) => sequence.len(),
        _ => 0,
    }
}

fn operator(reader: &mut Reader, node: Node<'_>) -> Option<Operator> {
    let text = reader.text(node, "operator")?;
    let known = OPERATORS.iter().find(|(name, _)| *name == text);
    if known.is_none() {
        let names = OPERATORS.map(|(name, _)| name);
        reader.report(errors::policy::unknown_operator(node.place(), text, &names));
    }
    known.map(|(_, operator)| *operator)
}

fn key(
    reader: &mut Reader,
    node: Node<'_>,
    text: &str,
    dialect: Dialect,
) -> Option<Spanned<String>> {
    let (source, name) = match text.split_once(':') {
        Some((source, name)) => (Some(source), name),
        // `$host` is an old way to write `reserved:host`.
        None if dialect == Dialect::Cilium => (None, text.strip_prefix('$').unwrap_or(text)),
        None => (None, text),
    };
    let diagnostic = match (source, dialect) {
        (Some(source), Dialect::Kubernetes) => {
            errors::policy::source_prefix_in_network_policy(node.place(), source)
        }
        (Some(source), Dialect::Cilium) if !label::SOURCES.contains(&source) => {
            errors::policy::unknown_label_source(node.place(), source, label::SOURCES)
        }
        _ => match label::check_key(name) {
            Ok(()) => return Some(Spanned::new(text.to_owned(), node.span())),
            Err(reason) => errors::policy::bad_label_key(node.place(), text, reason),
        },
    };
    reader.report(diagnostic);
    None
}
