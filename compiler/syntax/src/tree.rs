//! A YAML document as data: mappings, sequences and scalars, each with the bytes it was written in.
//!
//! Must not know the YAML crate, nor what any field means. All nodes of a document lie in one
//! vector; an alias shares the children of what it stands for, so no alias can cost memory.

use std::borrow::Cow;

use ztc_diag::{SourceId, Span};

use crate::scalar::{CoreType, Resolved, resolve};

/// One document.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    pub(crate) source: SourceId,
    /// Children of every collection, each collection's side by side.
    pub(crate) items: Vec<Item<'t>>,
    /// Where aliases were used; [`Item::via`] counts from 1 into this.
    pub(crate) uses: Vec<(u32, u32)>,
    /// Offsets of places that make the object around them unreadable (a key given twice),
    /// in order.
    pub(crate) broken: Vec<u32>,
    pub(crate) root: Item<'t>,
}

impl<'t> Tree<'t> {
    /// The document's only node.
    pub(crate) fn root(&self) -> Node<'_> {
        Node {
            tree: self,
            item: &self.root,
            via: self.root.via,
        }
    }

    /// Whether something inside of a span is broken. Content behind an alias may be anywhere in the
    /// document.
    pub(crate) fn is_broken(&self, span: Span) -> bool {
        if self.broken.is_empty() || !self.uses.is_empty() {
            return !self.broken.is_empty();
        }
        let first = self.broken.partition_point(|&at| at < span.start);
        self.broken.get(first).is_some_and(|&at| at < span.end)
    }

    fn span(&self, start: u32, end: u32) -> Span {
        Span {
            source: self.source,
            start,
            end,
        }
    }
}

/// A node as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Item<'t> {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Which alias brought this here, from 1; 0 for what is written in place.
    pub(crate) via: u32,
    pub(crate) content: Content<'t>,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Content<'t> {
    Scalar(Scalar<'t>),
    Sequence(Children),
    /// Keys and values in turn.
    Mapping(Children),
}

/// A run of [`Tree::items`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Children {
    pub(crate) first: u32,
    pub(crate) n_items: u32,
    /// How many nodes this is with every alias written out.
    pub(crate) weight: u32,
    /// Levels of nesting below and including this one, with every alias written out.
    pub(crate) depth: u32,
}

/// A scalar: its text, and what its style or tag says about its type.
#[derive(Clone, Debug)]
pub(crate) struct Scalar<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) style: Style,
}

/// How a scalar was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    /// Without quotes: the text decides the type.
    Plain,
    /// In quotes or as a block: a string.
    Quoted,
    /// With a tag of the core schema, which decides the type.
    Tagged(CoreType),
}

impl Scalar<'_> {
    /// The type and value, as the API server's YAML reader has it.
    pub(crate) fn resolved(&self) -> Resolved {
        match self.style {
            Style::Quoted | Style::Tagged(CoreType::String) => Resolved::String,
            Style::Plain | Style::Tagged(CoreType::Other) => resolve(&self.text),
        }
    }
}

/// A place to point at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Where the reader looks: the node, or the alias that stands for it.
    pub(crate) span: Span,
    /// Where the text really is, when an alias stands for it.
    pub(crate) written: Option<Span>,
}

impl Place {
    /// A place that is known by its span only.
    pub(crate) fn of(span: Span) -> Place {
        let written = None;
        Place { span, written }
    }

    /// Where something is missing from a node; an alias is pointed at whole.
    pub(crate) fn at_start(self) -> Place {
        match self.written {
            Some(_) => self,
            None => Place {
                span: self.span.at_start(),
                written: None,
            },
        }
    }
}

/// A node of a tree, seen from the place that led to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'d> {
    tree: &'d Tree<'d>,
    item: &'d Item<'d>,
    via: u32,
}

/// The forms a node can take.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape<'d> {
    Null,
    Scalar(&'d Scalar<'d>),
    Sequence(Sequence<'d>),
    Mapping(Mapping<'d>),
}

impl<'d> Node<'d> {
    pub(crate) fn tree(self) -> &'d Tree<'d> {
        self.tree
    }

    pub(crate) fn place(self) -> Place {
        let written = self.tree.span(self.item.start, self.item.end);
        let alias = (self.via as usize)
            .checked_sub(1)
            .and_then(|use_| self.tree.uses.get(use_));
        match alias {
            Some(&(start, end)) => Place {
                span: self.tree.span(start, end),
                written: Some(written),
            },
            None => Place {
                span: written,
                written: None,
            },
        }
    }

    pub(crate) fn span(self) -> Span {
        self.place().span
    }

    pub(crate) fn shape(self) -> Shape<'d> {
        match &self.item.content {
            Content::Scalar(scalar) if scalar.resolved() == Resolved::Null => Shape::Null,
            Content::Scalar(scalar) => Shape::Scalar(scalar),
            Content::Sequence(children) => Shape::Sequence(Sequence(self.below(*children))),
            Content::Mapping(children) => Shape::Mapping(Mapping {
                node: self,
                below: self.below(*children),
            }),
        }
    }

    pub(crate) fn as_mapping(self) -> Option<Mapping<'d>> {
        match self.shape() {
            Shape::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self.shape(), Shape::Null)
    }

    /// The text of a scalar of any type; empty for a collection.
    pub(crate) fn text(self) -> &'d str {
        match &self.item.content {
            Content::Scalar(scalar) => &scalar.text,
            Content::Sequence(_) | Content::Mapping(_) => "",
        }
    }

    /// Whether this is a string without a character: for Go, the same as none.
    pub(crate) fn is_empty_text(self) -> bool {
        matches!(self.shape(), Shape::Scalar(scalar) if scalar.text.is_empty())
    }

    fn below(self, children: Children) -> Below<'d> {
        let first = children.first as usize;
        let end = first + children.n_items as usize;
        let items = self.tree.items.get(first..end).unwrap_or_default();
        Below {
            tree: self.tree,
            items,
            via: self.via,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Below<'d> {
    tree: &'d Tree<'d>,
    items: &'d [Item<'d>],
    via: u32,
}

impl<'d> Below<'d> {
    /// What an alias brought is brought by that alias all the way down.
    fn node(self, item: &'d Item<'d>) -> Node<'d> {
        let via = if self.via == 0 { item.via } else { self.via };
        Node {
            tree: self.tree,
            item,
            via,
        }
    }
}

/// The elements of a sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sequence<'d>(Below<'d>);

impl<'d> Sequence<'d> {
    pub(crate) fn len(self) -> usize {
        self.0.items.len()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Node<'d>> {
        self.0.items.iter().map(move |item| self.0.node(item))
    }
}

/// The entries of a mapping. Every key is a scalar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mapping<'d> {
    node: Node<'d>,
    below: Below<'d>,
}

/// One entry of a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'d> {
    pub(crate) key: Node<'d>,
    pub(crate) value: Node<'d>,
}

impl Entry<'_> {
    /// How many elements the value has; 0 for what is no list.
    pub(crate) fn n_elements(&self) -> usize {
        match self.value.shape() {
            Shape::Sequence(sequence) => sequence.len(),
            _ => 0,
        }
    }

    /// Key and value together.
    pub(crate) fn span(&self) -> Span {
        self.key.span().to(self.value.span())
    }
}

impl<'d> Mapping<'d> {
    pub(crate) fn node(self) -> Node<'d> {
        self.node
    }

    pub(crate) fn is_empty(self) -> bool {
        self.below.items.is_empty()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Entry<'d>> {
        self.below
            .items
            .chunks_exact(2)
            .filter_map(move |pair| match pair {
                [key, value] => Some(Entry {
                    key: self.below.node(key),
                    value: self.below.node(value),
                }),
                _ => None,
            })
    }

    /// The entry of this key; one with the value null counts as absent.
    pub(crate) fn entry(self, key: &str) -> Option<Entry<'d>> {
        self.iter()
            .find(|entry| entry.key.text() == key && !entry.value.is_null())
    }

    /// The value of this key; null counts as absent.
    pub(crate) fn get(self, key: &str) -> Option<Node<'d>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The entries of these keys that are there, in the order of the text.
    pub(crate) fn among(self, keys: &[&str]) -> Vec<Entry<'d>> {
        let mut entries: Vec<_> = self
            .iter()
            .filter(|entry| keys.contains(&entry.key.text()) && !entry.value.is_null())
            .collect();
        entries.sort_by_key(|entry| entry.key.span());
        entries
    }

    /// Whether the key is written at all, be it with null.
    pub(crate) fn key(self, key: &str) -> Option<Node<'d>> {
        self.iter()
            .map(|entry| entry.key)
            .find(|node| node.text() == key)
    }
}
