//! What holds of every picture, tried on generated ones.

#![expect(clippy::indexing_slicing, reason = "a test may stop with a message")]

use crate::{Edge, Group, GroupKind, Mark, Node, NodeId, Picture};

mod escaping;
mod folding;
mod formats;
mod geometry;

/// Names that are something else to whoever does not escape them.
const HOSTILE: [&str; 9] = [
    "</text></svg><script>alert(1)</script>",
    "\" onload=\"alert(1)",
    "</script><!--",
    "a\\\" -> b; \\N",
    "subgraph x\nend",
    "%%{init: {}}%% #quot; `x`",
    "\u{0}\u{1b}[31m\u{202e}\u{200b}x",
    "&lt;b&gt; ' ",
    "a-very-long-name-that-does-not-fit-into-any-box-whatever-the-font-would-be-there",
];

/// A picture of groups with so many nodes, the first of them outside, without edges.
fn groups(sizes: &[usize]) -> Picture {
    let groups = sizes.iter().enumerate().map(|(number, size)| Group {
        name: format!("group-{number}"),
        kind: match number {
            0 => GroupKind::Outside,
            1 => GroupKind::Cluster,
            _ => GroupKind::Namespace,
        },
        column: None,
        nodes: (0..*size)
            .map(|node| Node {
                name: format!("node-{number}-{node}"),
                ..Node::default()
            })
            .collect(),
    });
    Picture {
        title: "Test".to_string(),
        notes: Vec::new(),
        groups: groups.collect(),
        edges: Vec::new(),
    }
}

/// Every node of a picture.
fn nodes(picture: &Picture) -> Vec<NodeId> {
    let groups = (0..).zip(&picture.groups);
    let nodes = groups.flat_map(|(group, of)| {
        let numbered = (0..).zip(&of.nodes);
        numbered.map(move |(node, _)| NodeId { group, node })
    });
    nodes.collect()
}

fn edge(from: NodeId, to: NodeId, label: &str) -> Edge {
    Edge {
        from,
        to,
        label: label.to_string(),
        detail: String::new(),
        everything: false,
        step: String::new(),
    }
}

/// Groups of some sizes, with edges as policies make them: from all of a group, to all of one,
/// between all, and a few here and there.
fn random(random: &mut fastrand::Rng) -> Picture {
    let sizes: Vec<usize> = (0..random.usize(1..9))
        .map(|_| random.usize(0..7))
        .collect();
    let mut picture = groups(&sizes);
    let nodes = nodes(&picture);
    for _ in 0..random.usize(0..8) {
        let label = ["80/TCP", "53/UDP", "any", HOSTILE[0]][random.usize(0..4)];
        let detail = ["", "rule 1", "rule 2"][random.usize(0..3)];
        let (from, to) = (side(random, &nodes), side(random, &nodes));
        let everything = random.u8(0..8) == 0;
        let is_sparse = random.u8(0..4) == 0;
        for from in &from {
            for to in &to {
                if is_sparse && random.bool() {
                    continue;
                }
                picture.edges.push(Edge {
                    detail: detail.to_string(),
                    everything,
                    ..edge(*from, *to, label)
                });
            }
        }
    }
    for group in &mut picture.groups {
        for node in &mut group.nodes {
            if random.u8(0..10) == 0 {
                node.name = HOSTILE[random.usize(0..HOSTILE.len())].to_string();
                node.mark = [Mark::Chosen, Mark::Start, Mark::End][random.usize(0..3)];
            }
        }
    }
    picture
}

/// A node, all of a group, all of all namespaces, or everything.
fn side(random: &mut fastrand::Rng, nodes: &[NodeId]) -> Vec<NodeId> {
    let Some(one) = random.choice(nodes).copied() else {
        return Vec::new();
    };
    let kind = random.u8(0..6);
    let is_in = |node: &&NodeId| match kind {
        0 | 1 => **node == one,
        2 | 3 => node.group == one.group,
        4 => node.group >= 2,
        _ => true,
    };
    nodes.iter().filter(is_in).copied().collect()
}
