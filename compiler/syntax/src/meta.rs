//! `metadata`: names, namespaces, labels.
//!
//! Must not know any kind. Fields of `metadata` that ztc has no use for are ignored: the API has
//! many, and none changes what a policy means.

use ztc_diag::{Span, Spanned};

use crate::annotation;
use crate::errors;
use crate::label;
use crate::object::Meta;
use crate::read::Reader;
use crate::scalar::Resolved;
use crate::tree::{Mapping, Node, Shape};

/// Reads `metadata`. `None` when there is no name; that is reported.
pub(crate) fn read(reader: &mut Reader, object: Mapping<'_>, kind: Node<'_>) -> Option<Meta> {
    let metadata = match object.get("metadata") {
        Some(node) => reader.mapping(node, "metadata")?,
        None => {
            reader.report(errors::object::missing_name(kind.place()));
            return None;
        }
    };
    let labels = metadata
        .get("labels")
        .map(|node| labels(reader, node, "labels"));
    let namespace = metadata
        .get("namespace")
        .map(|node| namespace_name(reader, node, "metadata.namespace"));
    let named = metadata.get("name");
    let Some(node) = named.or_else(|| metadata.get("generateName")) else {
        let at = metadata.node().place().at_start();
        reader.report(errors::object::missing_name(at));
        return None;
    };
    let name = reader.string(node, "metadata.name")?;
    if name.value.is_empty() {
        reader.report(errors::object::missing_name(node.place()));
        return None;
    }
    // What `kubectl create` completes is name enough to talk about.
    let beginning = name.value.strip_suffix('-').filter(|_| named.is_none());
    check_name(reader, node, beginning.unwrap_or(&name.value))?;
    Some(Meta {
        name,
        namespace: namespace.flatten(),
        labels: labels.unwrap_or_default(),
        enforcement: None,
        kind_span: kind.span(),
    })
}

/// The name of a namespace; an empty one is none.
pub(crate) fn namespace_name(
    reader: &mut Reader,
    node: Node<'_>,
    what: &str,
) -> Option<Spanned<String>> {
    let name = reader.string(node, what)?;
    if name.value.is_empty() {
        return None;
    }
    if let Err(reason) = label::check_namespace(&name.value) {
        reader.report(errors::object::bad_name(node.place(), &name.value, reason));
        return None;
    }
    Some(name)
}

/// A name that the API server refuses is of nothing that exists, and could write anything into a
/// report that shows it.
pub(crate) fn check_name(reader: &mut Reader, node: Node<'_>, name: &str) -> Option<()> {
    if let Err(reason) = label::check_subdomain(name) {
        reader.report(errors::object::bad_name(node.place(), name, reason));
        return None;
    }
    Some(())
}

/// Reads `metadata` of a policy, annotations of ours included.
pub(crate) fn read_policy(
    reader: &mut Reader,
    object: Mapping<'_>,
    kind: Node<'_>,
) -> Option<Meta> {
    let enforcement = object
        .get("metadata")
        .and_then(Node::as_mapping)
        .and_then(|metadata| annotation::enforcement(reader, metadata));
    let meta = read(reader, object, kind)?;
    Some(Meta {
        enforcement,
        ..meta
    })
}

/// Reports a namespace on an object that is in none.
pub(crate) fn refuse_namespace(
    reader: &mut Reader,
    object: Mapping<'_>,
    meta: Option<&Meta>,
    kind: &str,
) {
    let has_namespace = meta.is_some_and(|meta| meta.namespace.is_some());
    let metadata = object.get("metadata").and_then(Node::as_mapping);
    if let Some(node) = metadata.and_then(|metadata| metadata.get("namespace"))
        && has_namespace
    {
        let at = node.place();
        reader.report(errors::policy::namespace_on_clusterwide_policy(at, kind));
    }
}

/// Labels of an object, sorted by key.
pub(crate) fn labels(reader: &mut Reader, node: Node<'_>, what: &str) -> Vec<(String, String)> {
    let Some(mapping) = reader.mapping(node, what) else {
        return Vec::new();
    };
    let mut labels: Vec<_> = mapping
        .iter()
        .filter_map(|entry| {
            let key = key_text(reader, entry.key)?;
            if let Err(reason) = label::check_key(key) {
                reader.report(errors::policy::bad_label_key(
                    entry.key.place(),
                    key,
                    reason,
                ));
                return None;
            }
            let value = label_value(reader, entry.value, key)?;
            Some((key.to_owned(), value.value))
        })
        .collect();
    labels.sort();
    labels.dedup_by(|later, earlier| later.0 == earlier.0);
    labels
}

/// A label's value.
pub(crate) fn label_value(
    reader: &mut Reader,
    node: Node<'_>,
    key: &str,
) -> Option<Spanned<String>> {
    let text = reader.text(node, key)?;
    if !label::is_value(text) {
        reader.report(errors::policy::bad_label_value(node.place(), text));
        return None;
    }
    Some(Spanned::new(text.to_owned(), node.span()))
}

/// A label's key, which YAML 1.1 turns into something else when it looks like a boolean.
pub(crate) fn key_text<'d>(reader: &mut Reader, node: Node<'d>) -> Option<&'d str> {
    if let Shape::Scalar(scalar) = node.shape()
        && let found @ Resolved::Bool(_) = scalar.resolved()
        && !matches!(node.text(), "true" | "false")
    {
        let text = node.text();
        let diagnostic =
            errors::object::wrong_scalar(node.place(), "a label key", "a string", text, found);
        reader.report(diagnostic);
        return None;
    }
    Some(node.text())
}

/// Where labels are written: the labels, or what stands for the object when it has none.
pub(crate) fn labels_span(labels: Option<Node<'_>>, kind: Span) -> Span {
    labels.map_or(kind, Node::span)
}
