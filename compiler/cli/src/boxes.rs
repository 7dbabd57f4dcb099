//! In which box of a picture everybody stands, and under which name.
//!
//! Must not know what is between them, nor how a picture is drawn.

use ztc_picture::{Group, GroupKind, Mark, Node, NodeId};
use ztc_reach::{Party, PartyKind};

/// A box before it has nodes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    /// The column in which the box has to stand.
    pub(crate) column: Option<u32>,
    pub(crate) kind: GroupKind,
    /// Its header.
    pub(crate) name: String,
}

impl Place {
    /// The box of a party. Its name is a word that tables use in the same sense.
    pub(crate) fn of(party: &Party, column: Option<u32>) -> Self {
        let (kind, name) = match party.kind {
            PartyKind::Workload => (GroupKind::Namespace, party.namespace.as_str()),
            PartyKind::Entity | PartyKind::Node => (GroupKind::Cluster, "entities and nodes"),
            PartyKind::Addresses => (GroupKind::Outside, "outside"),
        };
        Self {
            column,
            kind,
            name: name.into(),
        }
    }
}

/// A party as a row of its box, where nobody reads the name of the box again.
pub(crate) fn node(party: &Party, mark: Mark) -> Node {
    let short = party.name.strip_prefix(&party.namespace);
    let short = short.and_then(|rest| rest.strip_prefix('/'));
    Node {
        name: short.unwrap_or(&party.name).into(),
        detail: party.name.clone(),
        mark,
    }
}

/// The boxes of a picture, filled one after the other.
#[derive(Default)]
pub(crate) struct Boxes(Vec<Group>);

impl Boxes {
    /// Puts a node into the last box if that has its place, else into a new one.
    pub(crate) fn push(&mut self, place: &Place, node: Node) -> NodeId {
        let is_its_place = |group: &&mut Group| {
            (group.column, group.kind, &group.name) == (place.column, place.kind, &place.name)
        };
        let row = if let Some(last) = self.0.last_mut().filter(is_its_place) {
            last.nodes.push(node);
            last.nodes.len() - 1
        } else {
            self.0.push(Group {
                name: place.name.clone(),
                kind: place.kind,
                column: place.column,
                nodes: vec![node],
            });
            0
        };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        NodeId {
            group: number(self.0.len() - 1),
            node: number(row),
        }
    }

    /// All boxes.
    pub(crate) fn into_groups(self) -> Vec<Group> {
        self.0
    }
}
