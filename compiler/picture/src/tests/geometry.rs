//! Nothing covers a name: not a box, not a label, not an edge.

use super::{edge, groups, nodes, random};
use crate::labels::{self, Placed};
use crate::layout::MARGIN;
use crate::route::{Piece, Point};
use crate::shape::{PAD, Rect};
use crate::spots::{Common, points};
use crate::svg::{Drawing, draw, lines, svg};
use crate::text::Font;
use crate::{Edge, NodeId, Picture};

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
        assert!(sheet.holds(place), "{what}: box {number} is on the sheet");
        for (other, _) in &drawn[number + 1..] {
            assert!(!place.meets(other), "{what}: boxes are apart");
        }
        let header = Font::Header.width(&shape.header) + Font::Label.width(&shape.count) + 2 * PAD;
        assert!(header <= place.width, "{what}: the header fits");
        for (row, cell) in shape.cells.iter().enumerate() {
            let rect = cell.rect.moved(place.x, place.y);
            assert!(place.holds(&rect), "{what}: a name is in its box");
            let texts = Font::Name.width(&cell.name) + cell.reached.width();
            assert!(texts + 2 * PAD <= rect.width, "{what}: a name fits");
            for other in &shape.cells[row + 1..] {
                assert!(!cell.rect.meets(&other.rect), "{what}: names are apart");
            }
        }
    }
    check_labels(&drawing, what);
    check_lines(&drawing, what);
    check_ways(&drawing, what);
}

fn check_labels(drawing: &Drawing, what: &str) {
    let labels: Vec<&Rect> = drawing
        .labels
        .placed
        .iter()
        .flatten()
        .chain(&drawing.steps)
        .map(|label| &label.rect)
        .collect();
    let layout = &drawing.layout;
    for (number, label) in labels.iter().enumerate() {
        let is_on_sheet = label.y > layout.top - MARGIN && label.bottom() < layout.height;
        let is_beside = label.x > 0 && label.right() < layout.width;
        assert!(
            is_on_sheet && is_beside,
            "{what}: {label:?} is on the sheet"
        );
        for other in labels[number + 1..]
            .iter()
            .copied()
            .chain(&drawing.layout.boxes)
        {
            assert!(!label.meets(other), "{what}: a label covers nothing");
        }
    }
}

/// No label lies on an edge that says something else, and each says its ports somewhere, or is
/// counted; and nobody takes an edge that goes one way for one that goes both.
fn check_lines(drawing: &Drawing, what: &str) {
    let links = &drawing.choice.links;
    let ways: Vec<Vec<Point>> = drawing.ways.iter().map(|way| points(way)).collect();
    for (label, link) in drawing.labels.placed.iter().zip(links) {
        let Some(Placed { rect, .. }) = label else {
            continue;
        };
        for (other, way) in links
            .iter()
            .zip(&ways)
            .filter(|(other, _)| other.label != link.label)
        {
            let is_inside = |point: &&Point| {
                let across = rect.x <= point.x && point.x <= rect.right();
                across && rect.y <= point.y && point.y <= rect.bottom()
            };
            let point = way.iter().find(is_inside);
            assert_eq!(
                point, None,
                "{what}: {} lies on {}",
                link.label, other.label
            );
        }
    }
    let ends = |way: &Vec<Piece>| {
        let first = way.first().expect("a way has a piece").ends().0;
        (first, way.last().expect("a way has a piece").ends().1)
    };
    let heads = links.iter().zip(&drawing.ways).flat_map(|(link, way)| {
        let (first, last) = ends(way);
        [Some(last), link.both_ways.then_some(first)]
    });
    let heads: Vec<Point> = heads.flatten().collect();
    for (link, way) in links.iter().zip(&drawing.ways) {
        let first = ends(way).0;
        let meets = |head: &&Point| head.x == first.x && (head.y - first.y).abs() < 8;
        let head = heads.iter().find(meets).filter(|_| !link.both_ways);
        assert_eq!(head, None, "{what}: {link:?} begins at a head");
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
fn groups_stand_in_the_columns_that_are_given() {
    let mut picture = groups(&[1, 1, 1, 1]);
    for (group, column) in picture.groups.iter_mut().zip([2, 0, 1, 1]) {
        group.column = Some(column);
    }
    let node = |group: u32| NodeId { group, node: 0 };
    picture.edges = vec![edge(node(0), node(1), "x"), edge(node(2), node(3), "x")];
    let boxes = draw(&picture).layout.boxes;
    assert!(boxes[1].right() < boxes[2].x && boxes[2].right() < boxes[0].x);
    assert_eq!(boxes[2].x, boxes[3].x);
}

#[test]
fn names_that_differ_are_shown_differently_and_cut_only_if_they_are_very_long() {
    let mut picture = groups(&[4]);
    let long = "x".repeat(200);
    let names = [
        "Deployment/customer-identity-verification-document-processor".to_string(),
        "Deployment/customer-onboarding-and-old-document-processor".to_string(),
        format!("{long}-1-{long}"),
        format!("{long}-2-{long}"),
    ];
    for (node, name) in picture.groups[0].nodes.iter_mut().zip(&names) {
        node.name.clone_from(name);
    }
    let node = |node: u32| NodeId { group: 0, node };
    picture.edges = vec![edge(node(0), node(1), "x"), edge(node(2), node(3), "x")];
    check(&picture, "long names");
    let drawing = draw(&picture);
    let shown: Vec<&str> = drawing.layout.shapes[0]
        .cells
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(shown[..2], names[..2]);
    assert_ne!(shown[2], shown[3]);
}

#[test]
fn a_title_is_broken_and_not_cut() {
    let mut picture = groups(&[1]);
    picture.title = "a word and another one ".repeat(20);
    let text = svg(&picture);
    assert!(text.matches("<text class=\"title\"").count() > 3, "{text}");
    assert!(!text.contains('…'), "{text}");
}

#[test]
fn ports_are_said_or_counted() {
    for seed in 0..300 {
        let picture = random(&mut fastrand::Rng::with_seed(seed));
        let drawing = draw(&picture);
        let links = &drawing.choice.links;
        let at_edges = labels::at_edges(links);
        let silent = &drawing.labels.silent;
        let commons = Common::all(links, &at_edges);
        for number in 0..links.len() {
            let is_in_row = at_edges[number].is_none();
            let is_placed = |number: usize| drawing.labels.placed[number].is_some();
            let is_said = commons.iter().any(|one| {
                one.links.contains(&number) && one.links.iter().any(|other| is_placed(*other))
            });
            let is_there = is_in_row || is_placed(number) || links[number].everything;
            let is_silent = silent.contains(&number);
            assert!(
                is_there || is_said || is_silent,
                "seed {seed}: {:?}",
                links[number]
            );
            assert!(!(is_there && is_silent), "seed {seed}: {:?}", links[number]);
        }
        let text = lines(&picture);
        let says_so = text.contains("no room for");
        assert_eq!(says_so, !silent.is_empty(), "seed {seed}");
    }
}

#[test]
fn what_no_port_limits_is_said_beside_the_ports_of_others() {
    let mut picture = groups(&[2, 1]);
    let node = |group: u32, node: u32| NodeId { group, node };
    picture.edges = vec![edge(node(0, 0), node(1, 0), "80/TCP")];
    picture.edges.push(Edge {
        everything: true,
        ..edge(node(0, 1), node(1, 0), "everything")
    });
    let text = svg(&picture);
    assert!(text.contains("<text class=\"count everything\""), "{text}");
    assert!(text.contains("<path class=\"everything\""), "{text}");
    let drawing = draw(&picture);
    assert_eq!(drawing.layout.shapes[1].cells[0].reached.ports, "80/TCP");
    assert_eq!(
        drawing.layout.shapes[1].cells[0].reached.everything,
        "everything"
    );
}

#[test]
fn the_ports_of_a_node_stand_in_its_row_if_all_reach_it_on_the_same() {
    let mut picture = groups(&[2, 1]);
    let node = |group: u32, node: u32| NodeId { group, node };
    picture.groups[0].nodes[0].name = "a".to_string();
    picture.edges = vec![edge(node(0, 0), node(1, 0), "80/TCP")];
    let drawing = draw(&picture);
    assert_eq!(drawing.layout.shapes[1].cells[0].reached.ports, "80/TCP");
    assert!(drawing.labels.placed[0].is_none());
    picture.edges.push(edge(node(0, 1), node(1, 0), "81/TCP"));
    let drawing = draw(&picture);
    assert_eq!(drawing.layout.shapes[1].cells[0].reached.ports, "");
    assert!(drawing.labels.placed.iter().all(Option::is_some));
}
