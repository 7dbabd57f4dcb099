//! Who reaches whom as a table of cells, where lines would be a knot: a row opens connections to
//! a column.
//!
//! Must not know boxes and curves.

use std::collections::{BTreeMap, BTreeSet};

use crate::escape::xml;
use crate::fold::{Details, fold, paired};
use crate::frame::Head;
use crate::layout::{MARGIN, index};
use crate::shape::px;
use crate::svg::{close, open, push};
use crate::text::{Font, MAX_NAME};
use crate::{Edge, NodeId, Picture};

/// More lines from group to group than this, even folded, are a knot that nobody reads.
const MAX_LINES: usize = 80;

/// Up to this many nodes have a row each; of more, groups have.
const MAX_NODES: usize = 60;

/// Of so few groups a drawing with lines between boxes says more.
const FEW_GROUPS: usize = 6;

/// Of more groups a sheet is too large for any screen.
const MAX_GROUPS: usize = 150;

/// Names above columns are no longer than this.
const MAX_COLUMN: i64 = 260;

/// The width and height of a cell.
const CELL: (i64, i64) = (30, 20);

/// As many lines as a tooltip may have.
const MAX_SAID: usize = 12;

/// What is between a row and a column.
#[derive(Default)]
struct Cell<'a> {
    pairs: BTreeSet<(NodeId, NodeId)>,
    /// How many edges say so.
    labels: BTreeMap<&'a str, usize>,
    details: BTreeSet<&'a str>,
    everything: bool,
}

/// Rows and columns have the same names in the same order.
struct Matrix<'a> {
    names: Vec<String>,
    cells: BTreeMap<(usize, usize), Cell<'a>>,
    /// Whether a name is that of a node, and a cell has but one pair.
    has_nodes: bool,
}

/// The picture as a matrix, if it is better one.
pub(crate) fn svg(picture: &Picture) -> Option<String> {
    let links = paired(fold(picture, Details::Joined));
    let across = links
        .iter()
        .filter(|link| link.from.group() != link.to.group());
    if across.count() <= MAX_LINES {
        return None;
    }
    let edges = || picture.edges.iter().filter(|edge| picture.has(edge));
    let nodes: BTreeSet<NodeId> = edges().flat_map(|edge| [edge.from, edge.to]).collect();
    let groups: BTreeSet<u32> = nodes.iter().map(|node| node.group).collect();
    let group_name = |group: u32| picture.groups.get(index(group)).map_or("", |one| &one.name);
    if nodes.len() <= MAX_NODES {
        let name = |id: &NodeId| {
            let group = picture.groups.get(index(id.group));
            let node = group.and_then(|group| group.nodes.get(index(id.node)));
            format!(
                "{}/{}",
                group_name(id.group),
                node.map_or("", |node| &node.name)
            )
        };
        let names = nodes.iter().map(name).collect();
        let place: BTreeMap<NodeId, usize> = nodes.into_iter().zip(0..).collect();
        let matrix = Matrix::of(names, edges(), true, |id| place.get(&id).copied());
        return Some(matrix.svg(picture));
    }
    if groups.len() <= FEW_GROUPS || groups.len() > MAX_GROUPS {
        return None;
    }
    let names = groups
        .iter()
        .map(|group| group_name(*group).to_string())
        .collect();
    let place: BTreeMap<u32, usize> = groups.into_iter().zip(0..).collect();
    let matrix = Matrix::of(names, edges(), false, |id| place.get(&id.group).copied());
    Some(matrix.svg(picture))
}

impl<'a> Matrix<'a> {
    fn of(
        names: Vec<String>,
        edges: impl Iterator<Item = &'a Edge>,
        has_nodes: bool,
        place: impl Fn(NodeId) -> Option<usize>,
    ) -> Self {
        let mut cells: BTreeMap<(usize, usize), Cell<'a>> = BTreeMap::new();
        for edge in edges {
            let Some(ends) = place(edge.from).zip(place(edge.to)) else {
                continue;
            };
            let cell = cells.entry(ends).or_default();
            cell.pairs.insert((edge.from, edge.to));
            *cell.labels.entry(&edge.label).or_default() += 1;
            cell.details.insert(&edge.detail);
            cell.everything |= edge.everything;
        }
        Self {
            names,
            cells,
            has_nodes,
        }
    }

    /// The ports of cells by number, where a cell has but one pair.
    fn key(&self) -> BTreeMap<String, usize> {
        let cells = self
            .cells
            .values()
            .filter(|cell| self.has_nodes && !cell.everything);
        let labels: BTreeSet<String> = cells.map(Cell::label).collect();
        labels.into_iter().zip(1..).collect()
    }

    fn svg(&self, picture: &Picture) -> String {
        let key = self.key();
        let note = match self.has_nodes {
            true => "a row may open connections to a column; the number says on which ports",
            false => "a row may open connections to a column; the number says how many pairs do",
        };
        let head = Head::of(picture, Some(note));
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let [rows, columns] =
            [MAX_NAME, MAX_COLUMN].map(|limit| Font::Name.shortened_apart(&names, limit));
        let [row, column] = [&rows, &columns].map(|names| {
            let widths = names.iter().map(|name| Font::Name.width(name));
            widths.max().unwrap_or(0)
        });
        let n_names = px(names.len());
        let left = MARGIN + row + 8;
        // Names of columns go up at 45 degrees.
        let slanted = column * 71 / 100;
        let top = MARGIN + head.height() + slanted + 28;
        let (right, bottom) = (left + n_names * CELL.0, top + n_names * CELL.1);
        let has_open = self.cells.values().any(|cell| cell.everything);
        let lines = key_lines(&key, self.has_nodes, has_open, right - MARGIN);
        let width = (right + slanted + MARGIN).max(head.width() + 2 * MARGIN);
        let height = bottom + 18 * px(lines.len()) + 2 * MARGIN;
        let mut out = open(picture, width, height);
        head.write(&mut out);
        out.push_str("<g class=\"matrix\">\n");
        let names: Vec<_> = rows.iter().zip(&columns).collect();
        grid(&mut out, &names, (left, top), (right, bottom));
        for ((from, to), cell) in &self.cells {
            let (x, y) = (left + CELL.0 * px(*to), top + CELL.1 * px(*from));
            self.cell(&mut out, (x, y), (*from, *to), cell, &key);
        }
        out.push_str("</g>\n<g class=\"legend\">\n");
        for (number, line) in (1..).zip(&lines) {
            let (y, line) = (bottom + 8 + 18 * number, xml(line));
            push(
                &mut out,
                format_args!("<text class=\"meaning\" x=\"{MARGIN}\" y=\"{y}\">{line}</text>\n"),
            );
        }
        out.push_str("</g>\n");
        close(&mut out);
        out
    }

    fn cell(
        &self,
        out: &mut String,
        (x, y): (i64, i64),
        (from, to): (usize, usize),
        cell: &Cell<'_>,
        key: &BTreeMap<String, usize>,
    ) {
        let name = |place: usize| self.names.get(place).map_or("", String::as_str);
        let number = match self.has_nodes {
            true => key
                .get(&cell.label())
                .map_or("all".to_string(), usize::to_string),
            false => cell.pairs.len().to_string(),
        };
        let class = if cell.everything {
            "cell everything"
        } else {
            "cell"
        };
        let title = xml(&cell.said(name(from), name(to)));
        push(
            out,
            format_args!(
                "<g class=\"{class}\"><title>{title}</title><rect x=\"{}\" y=\"{}\" \
                 width=\"{}\" height=\"{}\"/><text x=\"{}\" y=\"{}\">{number}</text></g>\n",
                x + 1,
                y + 1,
                CELL.0 - 2,
                CELL.1 - 2,
                x + CELL.0 / 2,
                y + CELL.1 / 2 + 4,
            ),
        );
    }
}

impl Cell<'_> {
    fn label(&self) -> String {
        let labels: Vec<&str> = self.labels.keys().copied().collect();
        labels.join("; ")
    }

    /// Who reaches whom, on what, and why if that is short.
    fn said(&self, from: &str, to: &str) -> String {
        let mut said = vec![format!("{from} → {to}: {} pairs", self.pairs.len())];
        if self.pairs.len() == 1 {
            said = vec![format!("{from} → {to}: {}", self.label())];
            let details = self.details.iter().filter(|detail| !detail.is_empty());
            said.extend(details.map(|detail| (*detail).to_string()));
        } else {
            said.extend(self.labels.iter().map(|(label, n)| format!("{label}: {n}")));
        }
        let n_more = said.len().saturating_sub(MAX_SAID);
        said.truncate(MAX_SAID);
        said.extend((n_more > 0).then(|| format!("and {n_more} more")));
        said.join("\n")
    }
}

/// Names at the left and above, and lines between cells.
fn grid(
    out: &mut String,
    names: &[(&String, &String)],
    (left, top): (i64, i64),
    (right, bottom): (i64, i64),
) {
    for (number, (row, column)) in (0..).zip(names) {
        let (x, y) = (left + CELL.0 * number, top + CELL.1 * number);
        let (middle, base) = (x + CELL.0 / 2 + 4, y + CELL.1 / 2 + 4);
        let (row, column) = (xml(row), xml(column));
        push(
            out,
            format_args!(
                "<text class=\"from\" x=\"{}\" y=\"{base}\">{row}</text>\
                 <text class=\"to\" transform=\"translate({middle} {}) rotate(-45)\">\
                 {column}</text>\
                 <rect class=\"itself\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\"/>\n",
                left - 8,
                top - 6,
                CELL.0,
                CELL.1,
            ),
        );
    }
    let mut lines = String::new();
    for number in 0..=px(names.len()) {
        let (x, y) = (left + CELL.0 * number, top + CELL.1 * number);
        push(
            &mut lines,
            format_args!("M{left} {y}H{right}M{x} {top}V{bottom}"),
        );
    }
    push(out, format_args!("<path class=\"grid\" d=\"{lines}\"/>\n"));
}

/// What the numbers and colours stand for.
fn key_lines(
    key: &BTreeMap<String, usize>,
    has_nodes: bool,
    has_open: bool,
    width: i64,
) -> Vec<String> {
    let open = match has_nodes {
        true => "all, orange: on every port",
        false => "orange: some of them on every port",
    };
    let mut said: Vec<String> = has_open.then(|| open.to_string()).into_iter().collect();
    said.extend(
        key.iter()
            .map(|(label, number)| format!("({number}) {label}")),
    );
    Font::Label.wrapped(&said.join(" · "), width.max(760))
}
