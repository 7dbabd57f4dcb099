//! Each format as a whole: the same bytes for the same picture, and none too strange or large.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::{edge, groups, nodes, random};
use crate::{Edge, NodeId, Picture, dot, html, mermaid, svg};

const FORMATS: [fn(&Picture) -> String; 4] = [dot, mermaid, svg, html];

#[test]
fn the_order_of_edges_changes_nothing() {
    for seed in 0..200 {
        let mut random_numbers = fastrand::Rng::with_seed(seed);
        let picture = random(&mut random_numbers);
        let mut shuffled = picture.clone();
        random_numbers.shuffle(&mut shuffled.edges);
        for format in FORMATS {
            assert_eq!(format(&picture), format(&shuffled), "seed {seed}");
        }
    }
}

#[test]
fn nothing_and_next_to_nothing_can_be_drawn() {
    let mut one = groups(&[1]);
    let node = NodeId { group: 0, node: 0 };
    one.edges.push(edge(node, node, ""));
    for picture in [Picture::default(), groups(&[0]), groups(&[1]), one] {
        for format in FORMATS {
            assert!(!format(&picture).is_empty());
        }
    }
}

#[test]
fn an_edge_of_nobody_is_not_drawn() {
    let without = groups(&[1, 1, 1]);
    let mut with = without.clone();
    let inside = NodeId { group: 0, node: 0 };
    for group in [0, 3, 4, u32::MAX] {
        let outside = NodeId {
            group,
            node: u32::MAX,
        };
        with.edges.push(edge(inside, outside, "any"));
        with.edges.push(edge(outside, inside, "any"));
    }
    for format in FORMATS {
        assert_eq!(format(&without), format(&with));
    }
}

/// Random edges between all nodes: nothing folds.
fn dense(n_groups: usize, n_nodes: usize, n_edges: usize) -> Picture {
    let mut random = fastrand::Rng::with_seed(1);
    let mut picture = groups(&vec![n_nodes; n_groups]);
    let nodes = nodes(&picture);
    let edges = (0..n_edges).map(|number| {
        let from = nodes[random.usize(0..nodes.len())];
        let to = nodes[random.usize(0..nodes.len())];
        Edge {
            detail: format!("rule {}", number % 97),
            ..edge(from, to, &format!("{}/TCP", number % 5))
        }
    });
    picture.edges = edges.collect();
    picture
}

#[test]
fn a_thousand_nodes_with_a_hundred_thousand_edges_are_drawn_in_seconds() {
    for n_groups in [5, 50, 1_000] {
        let picture = dense(n_groups, 1_000 / n_groups, 100_000);
        for format in FORMATS {
            let begun = Instant::now();
            let n_bytes = format(&picture).len();
            // Seconds here; a busy machine is no fault, and anything quadratic takes hours.
            assert!(begun.elapsed() < Duration::from_secs(120), "{n_groups}");
            assert!(n_bytes < 40_000_000, "{n_bytes} bytes");
        }
    }
}

#[test]
fn too_many_edges_are_drawn_between_groups_and_the_picture_says_so() {
    let picture = dense(5, 20, 2_000);
    assert!(svg(&picture).contains("edges are too many to draw: these are between namespaces"));
    let crowded = svg(&dense(200, 2, 40_000));
    assert!(
        crowded.contains("each box says how many"),
        "{crowded:.3000}"
    );
    assert!(!svg(&dense(3, 3, 30)).contains("too many"));
}

#[test]
fn a_knot_of_lines_is_a_matrix_instead() {
    let names = |text: &str| text.matches("<text class=\"from\"").count();
    let few = svg(&dense(5, 4, 200));
    assert_eq!(names(&few), 20, "each workload has a row");
    let many = svg(&dense(20, 10, 2_000));
    assert_eq!(names(&many), 20, "each namespace has a row");
    let mut picture = dense(20, 10, 2_000);
    let pairs: BTreeSet<_> = picture
        .edges
        .iter()
        .map(|edge| (edge.from, edge.to))
        .collect();
    let first = pairs
        .iter()
        .filter(|(from, to)| from.group == 3 && to.group == 4)
        .count();
    assert!(
        many.contains(&format!("group-3 → group-4: {first} pairs")),
        "{many:.500}"
    );
    assert!(!many.contains("cell everything"));
    picture.edges[0].everything = true;
    assert_eq!(svg(&picture).matches("cell everything").count(), 1);
    assert!(!svg(&dense(20, 10, 60)).contains("class=\"matrix\""));
    assert!(html(&picture).contains("<figure id=\"matrix\" hidden><svg"));
}

#[test]
fn mermaid_stays_within_what_hosts_draw() {
    for (n_groups, n_nodes, n_edges) in [(3, 30, 550), (20, 10, 5_000), (40, 50, 100_000)] {
        let chart = mermaid(&dense(n_groups, n_nodes, n_edges));
        assert!(chart.len() < 50_000, "{} characters", chart.len());
        let n_edges = chart.lines().filter(|line| line.contains("-->")).count();
        assert!(n_edges <= 500, "{n_edges} edges");
    }
}

#[test]
fn mermaid_gets_no_edge_from_anything_to_itself() {
    let mut picture = groups(&[3, 1, 1]);
    let node = |group: u32, node: u32| NodeId { group, node };
    for (from, to) in (0..9).map(|pair| (pair / 3, pair % 3)) {
        picture.edges.push(edge(node(0, from), node(0, to), "any"));
    }
    picture.edges.push(edge(node(2, 0), node(2, 0), "80/TCP"));
    let chart = mermaid(&picture);
    assert!(
        chart.contains("(within: any)") && chart.contains("(itself: 80/TCP)"),
        "{chart}"
    );
    assert!(!chart.contains("-->"), "{chart}");
}

#[test]
fn mermaid_is_never_more_than_hosts_draw_whatever_the_names_are() {
    let mut picture = dense(300, 2, 30_000);
    for (number, group) in picture.groups.iter_mut().enumerate() {
        group.name = format!("{}{number}", "名".repeat(400));
    }
    let chart = mermaid(&picture);
    assert!(chart.chars().count() < 50_000, "{}", chart.chars().count());
    assert!(
        chart.contains("of 300 groups with most edges"),
        "{chart:.500}"
    );
    assert!(chart.contains("-->"), "{chart:.500}");
    // In characters there is room for what is too much in bytes.
    let mut wide = groups(&[30, 30]);
    for node in wide.groups.iter_mut().flat_map(|group| &mut group.nodes) {
        node.name = format!("{}{}", "名".repeat(190), node.name);
    }
    let node = |group: u32, node: u32| NodeId { group, node };
    wide.edges = vec![edge(node(0, 0), node(1, 3), "80/TCP")];
    let chart = mermaid(&wide);
    assert!(
        chart.len() > 30_000 && chart.contains("80/TCP"),
        "{chart:.500}"
    );
    assert!(!chart.contains("left out"), "{chart:.500}");
}

#[test]
fn graphviz_gets_no_more_edges_than_it_can_place() {
    for (n_groups, n_nodes, n_edges) in [(3, 30, 550), (1, 60, 3_600), (40, 50, 100_000)] {
        let text = dot(&dense(n_groups, n_nodes, n_edges));
        let n_edges = text.matches(" -> ").count();
        assert!(n_edges <= 400, "{n_edges} edges");
        assert!(n_edges > 0, "{text:.300}");
        let says_so = text.contains("too many") || text.contains("with most edges");
        assert!(says_so, "{text:.300}");
    }
}

#[test]
fn tooltips_of_graphviz_name_the_ends_of_their_edge() {
    let mut picture = groups(&[0, 0, 3]);
    let node = |node: u32| NodeId { group: 2, node };
    for from in [1, 2] {
        picture.edges.push(edge(node(from), node(0), "80/TCP"));
    }
    let text = dot(&picture);
    let tooltip = "tooltip=\"group-2/node-2-1 → group-2/node-2-0: 80/TCP\"";
    assert!(text.contains(tooltip), "{text}");
    assert!(text.contains("    tooltip=\"group-2\""), "{text}");
}

#[test]
fn notes_steps_and_the_key_are_in_every_picture_of_them() {
    let mut picture = groups(&[2, 2]);
    let node = |group: u32, node: u32| NodeId { group, node };
    picture.notes = vec!["20 of 86 routes drawn".to_string()];
    for number in 0..2 {
        picture.edges.push(Edge {
            step: format!("{}", number + 1),
            ..edge(node(0, number), node(1, number), "80/TCP")
        });
    }
    for format in FORMATS {
        assert!(format(&picture).contains("20 of 86 routes drawn"));
    }
    assert!(mermaid(&picture).contains("|\"2: 80/TCP\"|"));
    assert!(dot(&picture).contains("label=\"2: 80/TCP\""));
    assert!(svg(&picture).contains("<text class=\"step\""));
}

#[test]
fn graphviz_gets_every_edge() {
    let picture = dense(4, 5, 100);
    let text = dot(&picture);
    let n_edges = |text: &str| text.matches(" -> ").count();
    assert!(n_edges(&text) > 60, "{text}");
    assert!(text.contains("subgraph cluster_3") && text.contains("label=\"4/TCP\""));
}
