//! What came out of a document.
//!
//! Must not know how it was read.

use ztc_diag::Span;

use crate::object::Object;
use crate::tree::{Mapping, Node};
use crate::{Refused, Skipped};

/// The name of what has no kind that can be read.
const DOCUMENT: &str = "document";

/// What came out of a document.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) objects: Vec<Object>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) refused: Vec<Refused>,
}

impl Found {
    /// Takes down a text in which there is no object.
    pub(crate) fn refuse_document(&mut self, span: Span) {
        self.refused.push(Refused {
            kind: DOCUMENT.to_owned(),
            namespace: None,
            name: None,
            span,
        });
    }

    /// Takes down an object, by whatever can be read of its name.
    pub(crate) fn refuse(&mut self, object: Mapping<'_>, kind: &str, kind_node: Option<Node<'_>>) {
        let metadata = object.get("metadata").and_then(Node::as_mapping);
        self.refuse_named(
            if kind.is_empty() { DOCUMENT } else { kind },
            metadata,
            kind_node.map_or_else(|| object.node().span().at_start(), Node::span),
        );
    }

    /// Takes down an object whose name and namespace are in `names`.
    pub(crate) fn refuse_named(&mut self, kind: &str, names: Option<Mapping<'_>>, span: Span) {
        let text = |node: Node<'_>| Some(node.text().to_owned()).filter(|text| !text.is_empty());
        let named = |field: &str| names?.get(field).and_then(text);
        self.refused.push(Refused {
            kind: kind.to_owned(),
            namespace: named("namespace"),
            name: named("name").or_else(|| named("generateName")),
            span,
        });
    }

    pub(crate) fn skip(&mut self, api_version: &str, kind: &str, span: Span) {
        let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
        self.skipped.push(Skipped {
            api_version,
            kind,
            span,
        });
    }
}
