//! One text for all ways to write the same YAML, for comparing and for short words about it.
//!
//! Must not know what any field means. Lists are taken for sets: those that are compared list
//! alternatives.

use crate::tree::{Node, Shape};

/// A node without places, comments, order, repetition and what is empty.
pub(crate) fn text(node: Node<'_>) -> String {
    match node.shape() {
        Shape::Null => String::new(),
        Shape::Scalar(_) => node.text().to_owned(),
        Shape::Sequence(list) => {
            let mut elements: Vec<String> = list.iter().map(text).collect();
            elements.sort();
            elements.dedup();
            format!("[{}]", elements.join(", "))
        }
        Shape::Mapping(mapping) => {
            let entries = mapping.iter().map(|entry| (entry.key, text(entry.value)));
            let filled = entries.filter(|(_, value)| !matches!(value.as_str(), "" | "[]" | "{}"));
            let mut fields: Vec<String> = filled
                .map(|(key, value)| format!("{}: {value}", key.text()))
                .collect();
            fields.sort();
            format!("{{{}}}", fields.join(", "))
        }
    }
}
