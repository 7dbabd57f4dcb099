//! Nothing covers a name: not a box, not a label, not an edge.

use super::{edge, groups, nodes, random};
use crate::route::Piece;
use crate::shape::{PAD, Rect};
use crate::svg::{Drawing, draw};
use crate::text::Font;
use crate::{NodeId, Picture};

fn is_inside(inner: &Rect, outer: &Rect) -> bool {
    let across = outer.x <= inner.x && inner.right() <= outer.right();
    across && outer.y <= inner.y && inner.bottom() <= outer.bottom()
}

/// Fails unless every name can be read.
fn check(picture: &Picture, what: &str) {
    let drawing = draw(picture);
    let layout = &drawing.layout;
    let sheet = Rect {
        x: 0,
        y: 0,
        width: layout.width,
        height: layout.height,
    };
    let drawn = layout.boxes.iter().zip(&layout.shapes);
    let drawn: Vec<_> = drawn.filter(|(_, shape)| shape.height > 0).collect();
    for (number, (place, shape)) in drawn.iter().enumerate() {
        assert!(
            is_inside(place, &sheet),
            "{what}: box {number} is on the sheet"
        );
        for (other, _) in &drawn[number + 1..] {
            assert!(!place.meets(other), "{what}: boxes are apart");
        }
        let header = Font::Header.width(&shape.header) + Font::Label.width(&shape.count) + 2 * PAD;
        assert!(header <= place.width, "{what}: the header fits");
        for (row, cell) in shape.cells.iter().enumerate() {
            let rect = cell.rect.moved(place.x, place.y);
            assert!(is_inside(&rect, place), "{what}: a name is in its box");
            let texts = Font::Name.width(&cell.name) + Font::Label.width(&cell.port);
            assert!(texts + 2 * PAD <= rect.width, "{what}: a name fits");
            for other in &shape.cells[row + 1..] {
                assert!(!cell.rect.meets(&other.rect), "{what}: names are apart");
            }
        }
    }
    check_labels(&drawing, what);
    check_ways(&drawing, what);
}

fn check_labels(drawing: &Drawing, what: &str) {
    let labels: Vec<&Rect> = drawing
        .labels
        .iter()
        .flatten()
        .map(|label| &label.rect)
        .collect();
    for (number, label) in labels.iter().enumerate() {
        for other in labels[number + 1..]
            .iter()
            .copied()
            .chain(&drawing.layout.boxes)
        {
            assert!(!label.meets(other), "{what}: a label covers nothing");
        }
    }
}

/// Edges pass between boxes, although one that went under a box would cover no name.
fn check_ways(drawing: &Drawing, what: &str) {
    for way in &drawing.ways {
        for piece in way {
            let (from, to) = piece.ends();
            match piece {
                Piece::Past(..) => {
                    let under = |place: &&Rect| {
                        let across = place.x < from.x.max(to.x) && from.x.min(to.x) < place.right();
                        across && place.y < from.y && from.y < place.bottom()
                    };
                    let boxes = &drawing.layout.boxes;
                    assert!(boxes.iter().find(under).is_none(), "{what}: {piece:?}");
                }
                Piece::Back(_, _, far) => {
                    let mut columns = drawing.layout.columns.iter();
                    let column = columns.rfind(|column| column.x < from.x);
                    let column = column.expect("an edge begins at a column");
                    assert!(*far < column.gap, "{what}: a track is beside its column");
                }
                Piece::Across(..) => {}
            }
        }
    }
}

#[test]
fn names_are_readable_in_random_pictures() {
    for seed in 0..1_000 {
        check(
            &random(&mut fastrand::Rng::with_seed(seed)),
            &format!("seed {seed}"),
        );
    }
}

#[test]
fn names_are_readable_in_large_pictures() {
    for (n_groups, n_nodes, n_edges) in [
        (25, 8, 150),
        (1, 200, 500),
        (200, 1, 1_000),
        (20, 10, 9_000),
    ] {
        let mut random = fastrand::Rng::with_seed(7);
        let mut picture = groups(&vec![n_nodes; n_groups]);
        let nodes = nodes(&picture);
        for number in 0..n_edges {
            let (from, to) = (random.choice(&nodes), random.choice(&nodes));
            let (from, to) = (from.expect("a node"), to.expect("a node"));
            picture
                .edges
                .push(edge(*from, *to, &format!("{}/TCP", number % 7)));
        }
        check(&picture, &format!("{n_groups} groups of {n_nodes}"));
    }
}

#[test]
fn whoever_reaches_stands_left_of_whom_it_reaches() {
    let mut picture = groups(&[1, 1, 1]);
    let node = |group: u32| NodeId { group, node: 0 };
    picture.edges = vec![edge(node(2), node(0), "x"), edge(node(0), node(1), "x")];
    let boxes = draw(&picture).layout.boxes;
    assert!(boxes[2].right() < boxes[0].x && boxes[0].right() < boxes[1].x);
}

#[test]
fn the_ports_of_a_node_stand_in_its_row_if_all_reach_it_on_the_same() {
    let mut picture = groups(&[2, 1]);
    let node = |group: u32, node: u32| NodeId { group, node };
    picture.groups[0].nodes[0].name = "a".to_string();
    picture.edges = vec![edge(node(0, 0), node(1, 0), "80/TCP")];
    let drawing = draw(&picture);
    assert_eq!(drawing.layout.shapes[1].cells[0].port, "80/TCP");
    assert!(drawing.labels[0].is_none());
    picture.edges.push(edge(node(0, 1), node(1, 0), "81/TCP"));
    let drawing = draw(&picture);
    assert_eq!(drawing.layout.shapes[1].cells[0].port, "");
    assert!(drawing.labels.iter().all(Option::is_some));
}
