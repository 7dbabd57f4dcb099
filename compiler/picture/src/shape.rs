//! How large a group's box is, and where in it the nodes' names stand.
//!
//! Must not know where the box stands.

use crate::Group;
use crate::text::{Font, MAX_NAME};

/// The height of a box's header.
pub(crate) const HEADER: i64 = 28;

/// The height of a node's row.
pub(crate) const ROW: i64 = 20;

/// The space between a box's border and its names.
pub(crate) const PAD: i64 = 10;

/// Up to this many nodes without edges of their own stand in one column.
const ONE_COLUMN: usize = 8;

/// Up to this many names stand side by side.
const MAX_ABREAST: usize = 5;

/// Nor do more than fit into this.
const MAX_WIDTH: i64 = 1_000;

/// A rectangle, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) x: i64,
    pub(crate) y: i64,
    pub(crate) width: i64,
    pub(crate) height: i64,
}

impl Rect {
    pub(crate) fn right(&self) -> i64 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> i64 {
        self.y + self.height
    }

    pub(crate) fn middle(&self) -> i64 {
        self.y + self.height / 2
    }

    /// Whether the two share any area.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let across = self.x < other.right() && other.x < self.right();
        across && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether all of the other is in it.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        let across = self.x <= other.x && other.right() <= self.right();
        across && self.y <= other.y && other.bottom() <= self.bottom()
    }

    pub(crate) fn moved(&self, x: i64, y: i64) -> Self {
        Self {
            x: self.x + x,
            y: self.y + y,
            ..*self
        }
    }
}

/// A box and its nodes, seen from its upper left corner. One without area is not drawn.
#[derive(Default)]
pub(crate) struct Shape {
    /// The header as it is shown.
    pub(crate) header: String,
    /// How many nodes there are, shown at the header's right.
    pub(crate) count: String,
    /// The least width that everything fits into.
    pub(crate) width: i64,
    pub(crate) height: i64,
    /// One per node.
    pub(crate) cells: Vec<Cell>,
}

/// Where a node's name stands.
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) reached: Reached,
    pub(crate) rect: Rect,
    /// Whether it has the whole width of the box, so that edges may end at its sides.
    pub(crate) is_row: bool,
}

/// On what a node is reached, at the right of its row, as far as that is the same for all edges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// By edges that no port limits.
    pub(crate) everything: String,
    /// By the others.
    pub(crate) ports: String,
}

impl Reached {
    /// The width of it, with the space before and between.
    pub(crate) fn width(&self) -> i64 {
        let width = |text: &str| match text {
            "" => 0,
            text => Font::Label.width(text) + PAD,
        };
        width(&self.everything) + width(&self.ports)
    }
}

impl Cell {
    fn least_width(&self) -> i64 {
        Font::Name.width(&self.name) + self.reached.width() + 2 * PAD
    }
}

impl Shape {
    /// `row` says of each node whether an edge of its own is drawn, and what stands at the right of
    /// its row then. Those without edges need no row for themselves and stand below, several
    /// abreast.
    pub(crate) fn of(group: &Group, row: impl Fn(usize) -> Option<Reached>) -> Self {
        let header = Font::Header.shortened(&group.name, MAX_NAME);
        let count = match group.nodes.len() {
            0 | 1 => String::new(),
            n_nodes => n_nodes.to_string(),
        };
        let names: Vec<&str> = group.nodes.iter().map(|node| node.name.as_str()).collect();
        let names = Font::Name.shortened_apart(&names, MAX_NAME);
        let cells = names.into_iter().enumerate().map(|(number, name)| {
            let row = row(number);
            Cell {
                name,
                is_row: row.is_some(),
                reached: row.unwrap_or_default(),
                rect: Rect::default(),
            }
        });
        let mut cells: Vec<Cell> = cells.collect();
        let widest = |is_row: bool| {
            let cells = cells.iter().filter(|cell| cell.is_row == is_row);
            cells.map(Cell::least_width).max().unwrap_or(0)
        };
        let (row_width, cell_width) = (widest(true), widest(false));
        let n_rows = cells.iter().filter(|cell| cell.is_row).count();
        let most = MAX_WIDTH / cell_width.max(1);
        let abreast = abreast(cells.len() - n_rows)
            .min(usize::try_from(most).unwrap_or(1))
            .max(1);
        let head = Font::Header.width(&header) + Font::Label.width(&count) + 4 * PAD;
        let width = row_width.max(px(abreast) * cell_width).max(head);
        let (mut row, mut rest) = (0, 0);
        for cell in &mut cells {
            let (column, line, width) = if cell.is_row {
                row += 1;
                (0, row - 1, width)
            } else {
                rest += 1;
                let place = rest - 1;
                (place % abreast, n_rows + place / abreast, cell_width)
            };
            cell.rect = Rect {
                x: px(column) * cell_width,
                y: HEADER + PAD / 2 + px(line) * ROW,
                width,
                height: ROW,
            };
        }
        let n_lines = n_rows + rest.div_ceil(abreast);
        let height = match n_lines {
            0 => HEADER,
            n_lines => HEADER + px(n_lines) * ROW + PAD,
        };
        Self {
            header,
            count,
            width,
            height,
            cells,
        }
    }

    /// A header and nothing else.
    pub(crate) fn bare(header: &str) -> Self {
        Self {
            header: header.to_string(),
            count: String::new(),
            width: Font::Header.width(header) + 2 * PAD,
            height: HEADER,
            cells: Vec::new(),
        }
    }

    /// Says something else than the number of nodes at the header's right.
    pub(crate) fn set_badge(&mut self, badge: &str) {
        let more = Font::Label.width(badge) - Font::Label.width(&self.count);
        self.width += more.max(0);
        self.count = badge.to_string();
    }

    /// Gives rows the width of the box, and their names what room there is then.
    pub(crate) fn widen(&mut self, group: Option<&Group>, width: i64) {
        self.width = width;
        let nodes = group.map_or(&[][..], |group| &group.nodes);
        for (number, cell) in self
            .cells
            .iter_mut()
            .enumerate()
            .filter(|(_, cell)| cell.is_row)
        {
            cell.rect.width = width;
            let room = width - cell.reached.width() - 2 * PAD;
            if let Some(node) = nodes.get(number).filter(|node| node.name != cell.name) {
                cell.name = Font::Name.shortened(&node.name, room.max(MAX_NAME));
            }
        }
    }
}

/// How many names stand side by side, so that the box is not a tower.
pub(crate) fn abreast(n_names: usize) -> usize {
    match n_names {
        0..=ONE_COLUMN => 1,
        _ => (n_names / ONE_COLUMN).isqrt().clamp(2, MAX_ABREAST),
    }
}

/// A count as a number of pixels or times one.
pub(crate) fn px(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
