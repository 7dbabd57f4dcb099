//! Puts a tree together from nodes in the order of the text: children, aliases, merge keys.
//!
//! Must not know the YAML crate. Bounds what aliases can cost and how deep a document can nest.

mod keys;

use std::borrow::Cow;
use std::collections::HashMap;

use ztc_diag::{Diagnostic, Sink, SourceId};

use crate::errors;
use crate::tree::{Children, Content, Item, Place, Scalar, Style, Tree};

/// The deepest nesting that is read; what Kubernetes has needs about a dozen levels.
pub(crate) const MAX_DEPTH: u32 = 64;

/// Nodes that aliases may stand for, beside one for each byte of the document.
const FREE_EXPANSION: u64 = 10_000;

/// A tree that is not finished.
pub(crate) struct Builder<'t> {
    tree: Tree<'t>,
    /// Finished nodes whose collection is still open.
    pending: Vec<Item<'t>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Item<'t>>,
    expansion: u64,
    max_expansion: u64,
}

struct Open {
    is_mapping: bool,
    is_flow: bool,
    start: u32,
    anchor: usize,
    first_pending: usize,
    has_merge: bool,
}

/// Why no tree can be made.
pub(crate) type Refused = Box<Diagnostic>;

impl<'t> Builder<'t> {
    pub(crate) fn new(source: SourceId, n_bytes: usize) -> Self {
        let nothing = Scalar {
            text: Cow::Borrowed(""),
            style: Style::Plain,
        };
        let root = Item {
            start: 0,
            end: 0,
            via: 0,
            content: Content::Scalar(nothing),
        };
        Self {
            tree: Tree {
                source,
                items: Vec::new(),
                uses: Vec::new(),
                broken: Vec::new(),
                root,
            },
            pending: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            expansion: 0,
            max_expansion: FREE_EXPANSION + n_bytes as u64,
        }
    }

    /// The tree; its root is null when nothing was added.
    pub(crate) fn finish(mut self) -> Tree<'t> {
        if let Some(root) = self.pending.pop() {
            self.tree.root = root;
        }
        self.tree.broken.sort_unstable();
        self.tree
    }

    /// The innermost flow collection that is still open: where it starts.
    pub(crate) fn open_flow(&self) -> Option<u32> {
        self.open
            .iter()
            .rev()
            .find(|open| open.is_flow)
            .map(|open| open.start)
    }

    /// Whether the next node is the value of a mapping's entry.
    pub(crate) fn expects_value(&self) -> bool {
        self.open.last().is_some_and(|open| {
            open.is_mapping && (self.pending.len() - open.first_pending) % 2 == 1
        })
    }

    pub(crate) fn scalar(&mut self, start: u32, end: u32, scalar: Scalar<'t>, anchor: usize) {
        self.add(
            Item {
                start,
                end,
                via: 0,
                content: Content::Scalar(scalar),
            },
            anchor,
        );
    }

    pub(crate) fn open(
        &mut self,
        is_mapping: bool,
        is_flow: bool,
        start: u32,
        anchor: usize,
    ) -> Result<(), Refused> {
        if self.open.len() >= MAX_DEPTH as usize {
            return Err(errors::yaml::too_deep(self.place(start, start + 1)).into());
        }
        let first_pending = self.pending.len();
        self.open.push(Open {
            is_mapping,
            is_flow,
            start,
            anchor,
            first_pending,
            has_merge: false,
        });
        Ok(())
    }

    /// Closes the innermost collection. `end` is where its closing bracket ends, if it has one.
    pub(crate) fn close(&mut self, end: Option<u32>, sink: &mut Sink) -> Result<(), Refused> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let last_end = self.pending.get(open.first_pending..).unwrap_or_default();
        let last_end = last_end
            .iter()
            .filter(|item| item.via == 0)
            .map(|item| item.end)
            .max();
        if open.is_mapping {
            self.check_keys(open.first_pending, sink);
            if open.has_merge {
                self.merge(open.first_pending, sink)?;
            }
        }
        let end = end.or(last_end).unwrap_or(open.start).max(open.start);
        let children = self.settle(open.first_pending);
        if children.depth + self.depth() > MAX_DEPTH {
            return Err(errors::yaml::too_deep(self.place(open.start, end)).into());
        }
        let content = if open.is_mapping {
            Content::Mapping(children)
        } else {
            Content::Sequence(children)
        };
        self.add(
            Item {
                start: open.start,
                end,
                via: 0,
                content,
            },
            open.anchor,
        );
        Ok(())
    }

    /// Puts what an anchor names here.
    pub(crate) fn alias(&mut self, start: u32, end: u32, anchor: usize) -> Result<(), Refused> {
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(errors::yaml::alias_inside_itself(self.place(start, end)).into());
        };
        let mut item = target.clone();
        self.expansion += u64::from(weight(&item));
        if self.expansion > self.max_expansion {
            return Err(errors::yaml::too_many_aliases(self.place(start, end)).into());
        }
        self.tree.uses.push((start, end));
        item.via = u32::try_from(self.tree.uses.len()).unwrap_or(u32::MAX);
        if depth(&item) + self.depth() > MAX_DEPTH {
            return Err(errors::yaml::too_deep(self.place(start, end)).into());
        }
        self.add(item, 0);
        Ok(())
    }

    fn add(&mut self, item: Item<'t>, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, item.clone());
        }
        let is_merge_key = keys::is_merge(&item);
        if let Some(open) = self.open.last_mut() {
            let n_before = self.pending.len() - open.first_pending;
            let is_key = open.is_mapping && n_before.is_multiple_of(2);
            open.has_merge |= is_merge_key && is_key;
        }
        self.pending.push(item);
    }

    fn depth(&self) -> u32 {
        u32::try_from(self.open.len()).unwrap_or(u32::MAX)
    }

    fn place(&self, start: u32, end: u32) -> Place {
        let span = ztc_diag::Span {
            source: self.tree.source,
            start,
            end,
        };
        Place {
            span,
            written: None,
        }
    }

    /// Moves the pending nodes from `first` on to their final place.
    fn settle(&mut self, first: usize) -> Children {
        let below = self.pending.get(first..).unwrap_or_default();
        let total = below.iter().map(weight).fold(1, u32::saturating_add);
        let depth = below.iter().map(depth).max().unwrap_or(0) + 1;
        let children = Children {
            first: u32::try_from(self.tree.items.len()).unwrap_or(u32::MAX),
            n_items: u32::try_from(below.len()).unwrap_or(u32::MAX),
            weight: total,
            depth,
        };
        self.tree.items.extend(self.pending.drain(first..));
        children
    }
}

fn weight(item: &Item<'_>) -> u32 {
    match &item.content {
        Content::Scalar(Scalar {
            text: Cow::Owned(text),
            ..
        }) => u32::try_from(text.len() / 16)
            .unwrap_or(u32::MAX)
            .saturating_add(1),
        Content::Scalar(_) => 1,
        Content::Sequence(children) | Content::Mapping(children) => children.weight,
    }
}

fn depth(item: &Item<'_>) -> u32 {
    match &item.content {
        Content::Scalar(_) => 0,
        Content::Sequence(children) | Content::Mapping(children) => children.depth,
    }
}
