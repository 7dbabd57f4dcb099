//! Pictures of who can talk to whom: Graphviz, Mermaid, SVG and a page that folds.
//!
//! Must not know policies, pods or files: it draws groups of names and edges with labels, whoever
//! means what by them. Names are hostile until they are escaped.

mod boxes;
mod choice;
mod columns;
mod dot;
mod escape;
mod everyone;
mod fold;
mod frame;
mod html;
mod labels;
mod largest;
mod layout;
mod matrix;
mod mermaid;
mod route;
mod shape;
mod spots;
mod svg;
mod text;
mod tracks;
mod whole;

#[cfg(test)]
mod tests;

/// What is to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Shown above the drawing.
    pub title: String,
    /// What the reader has to know of it, such as what is not drawn; a line each.
    pub notes: Vec<String>,
    /// The boxes, in the order in which equals are placed.
    pub groups: Vec<Group>,
    /// Who reaches whom. An edge whose end is not in `groups` is not drawn.
    pub edges: Vec<Edge>,
}

/// A box of the drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The box's header.
    pub name: String,
    /// What the box stands for.
    pub kind: GroupKind,
    /// The column in which the box stands, if that is not to be found from who reaches whom. It is
    /// given for every box or for none.
    pub column: Option<u32>,
    /// One row each.
    pub nodes: Vec<Node>,
}

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// A namespace.
    Namespace,
    /// What is not in the cluster.
    Outside,
    /// Parts of the cluster that are no workloads, such as its nodes.
    Cluster,
}

/// A row of a box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Shown, shortened where it is very long.
    pub name: String,
    /// Shown on demand; may be empty.
    pub detail: String,
    /// Why it stands out.
    pub mark: Mark,
}

/// Why a node stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It does not.
    #[default]
    None,
    /// The picture is about it.
    Chosen,
    /// Routes begin there.
    Start,
    /// Routes end there.
    End,
}

/// A node by its place in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Index into [`Picture::groups`].
    pub group: u32,
    /// Index into [`Group::nodes`].
    pub node: u32,
}

/// One node reaches another, or itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Who opens the connection.
    pub from: NodeId,
    /// Who is reached.
    pub to: NodeId,
    /// Shown where there is room, such as `8080/TCP`.
    pub label: String,
    /// Shown on demand, such as the rules that allow it; may be empty.
    pub detail: String,
    /// Whether no port limits it: it stands out.
    pub everything: bool,
    /// Which step of a route it is, such as `2`; may be empty.
    pub step: String,
}

impl Mark {
    /// A word for style sheets.
    fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Chosen => "chosen",
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

impl Picture {
    /// Whether both ends of the edge are there.
    fn has(&self, edge: &Edge) -> bool {
        let is_there = |id: NodeId| {
            let group = usize::try_from(id.group)
                .ok()
                .and_then(|group| self.groups.get(group));
            let index = usize::try_from(id.node).ok();
            group.is_some_and(|group| index.is_some_and(|index| index < group.nodes.len()))
        };
        is_there(edge.from) && is_there(edge.to)
    }
}

/// The picture in the language of Graphviz, with edges between groups alone if others are too many.
#[must_use]
pub fn dot(picture: &Picture) -> String {
    dot::dot(picture)
}

/// The picture as a Mermaid flowchart, with edges between groups alone if others are too many.
#[must_use]
pub fn mermaid(picture: &Picture) -> String {
    mermaid::mermaid(picture)
}

/// The picture as an SVG document, with edges between groups alone if others are too many.
#[must_use]
pub fn svg(picture: &Picture) -> String {
    svg::svg(picture)
}

/// The picture as a page whose groups fold. Nothing is left out, and nothing is loaded.
#[must_use]
pub fn html(picture: &Picture) -> String {
    html::html(picture)
}
