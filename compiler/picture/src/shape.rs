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

/// What stands at the right of a row is shortened to this many pixels.
const MAX_PORT: i64 = 150;

/// Up to this many nodes without edges of their own stand in one column.
const ONE_COLUMN: usize = 8;

/// Up to this many names stand side by side.
const MAX_ABREAST: usize = 5;

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
    /// On what the node is reached, at the row's right, if that is the same for all who reach it.
    pub(crate) port: String,
    pub(crate) rect: Rect,
    /// Whether it has the whole width of the box, so that edges may end at its sides.
    pub(crate) is_row: bool,
}

impl Cell {
    fn least_width(&self) -> i64 {
        let port = match self.port.as_str() {
            "" => 0,
            port => Font::Label.width(port) + 2 * PAD,
        };
        Font::Name.width(&self.name) + port + 2 * PAD
    }
}

impl Shape {
    /// `row` says of each node whether an edge of its own is drawn, and what stands at the right of
    /// its row then. Those without edges need no row for themselves and stand below, several
    /// abreast.
    pub(crate) fn of<'a>(group: &Group, row: impl Fn(usize) -> Option<&'a str>) -> Self {
        let header = Font::Header.shortened(&group.name, MAX_NAME);
        let count = match group.nodes.len() {
            0 | 1 => String::new(),
            n_nodes => n_nodes.to_string(),
        };
        let nodes = group.nodes.iter().enumerate();
        let mut cells: Vec<Cell> = nodes
            .map(|(number, node)| Cell {
                name: Font::Name.shortened(&node.name, MAX_NAME),
                port: Font::Label.shortened(row(number).unwrap_or_default(), MAX_PORT),
                rect: Rect::default(),
                is_row: row(number).is_some(),
            })
            .collect();
        let widest = |is_row: bool| {
            let cells = cells.iter().filter(|cell| cell.is_row == is_row);
            cells.map(Cell::least_width).max().unwrap_or(0)
        };
        let (row_width, cell_width) = (widest(true), widest(false));
        let n_rows = cells.iter().filter(|cell| cell.is_row).count();
        let abreast = abreast(cells.len() - n_rows);
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

    /// Gives rows the width of the box.
    pub(crate) fn widen(&mut self, width: i64) {
        self.width = width;
        for cell in self.cells.iter_mut().filter(|cell| cell.is_row) {
            cell.rect.width = width;
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
