//! Pictures as a cluster would give them, of any size.
//!
//! Must not know how they are drawn.

use ztc_picture::{Edge, Group, GroupKind, Mark, Node, NodeId, Picture};

/// What a team runs, and on which port.
const WORKLOADS: [(&str, &str); 8] = [
    ("gateway", "8443/TCP"),
    ("web", "8080/TCP"),
    ("api", "8080/TCP, 9090/TCP"),
    ("orders-worker", "9000/TCP"),
    (
        "notification-dispatcher-for-mobile-and-web-clients",
        "9100/TCP",
    ),
    ("cache", "6379/TCP"),
    ("queue", "5672/TCP"),
    ("db", "5432/TCP"),
];

/// Who of a team reaches whom, by their places in [`WORKLOADS`].
const WITHIN: [(usize, usize); 10] = [
    (0, 1),
    (1, 2),
    (2, 5),
    (2, 6),
    (2, 7),
    (3, 6),
    (3, 7),
    (4, 6),
    (3, 3),
    (6, 3),
];

const TEAMS: [&str; 25] = [
    "shop",
    "payments",
    "search",
    "accounts",
    "catalogue",
    "shipping",
    "reviews",
    "pricing",
    "fraud",
    "media",
    "messaging",
    "loyalty",
    "returns",
    "stock",
    "ads",
    "reports",
    "tax",
    "partners",
    "mobile",
    "help-desk",
    "identity",
    "archive",
    "geo",
    "experiments",
    "billing",
];

/// A cluster with so many workloads, in namespaces of eight, and with the world, nodes, monitoring
/// and DNS around them.
pub(crate) fn cluster(n_workloads: usize) -> Picture {
    let mut picture = Picture {
        title: format!("Permitted connections of {n_workloads} workloads"),
        ..Picture::default()
    };
    let world = add(
        &mut picture,
        "outside",
        GroupKind::Outside,
        &["world", "203.0.113.0/24"],
    );
    let teams: Vec<_> = (0..n_workloads.div_ceil(WORKLOADS.len()))
        .map(|team| {
            let n_left = n_workloads - team * WORKLOADS.len();
            let names: Vec<_> = WORKLOADS
                .iter()
                .take(n_left)
                .map(|(name, _)| *name)
                .collect();
            let name = TEAMS[team % TEAMS.len()];
            add(&mut picture, name, GroupKind::Namespace, &names)
        })
        .collect();
    let entities = add(
        &mut picture,
        "entities and nodes",
        GroupKind::Cluster,
        &["host", "kube-apiserver"],
    );
    let system = add(
        &mut picture,
        "kube-system",
        GroupKind::Namespace,
        &["kube-dns", "metrics"],
    );
    for node in &system {
        connect(&mut picture, entities[0], *node, "any");
    }
    for (team, nodes) in teams.iter().enumerate() {
        let port = |place: usize| WORKLOADS[place].1;
        if let Some(gateway) = nodes.first().filter(|_| team % 3 == 0) {
            connect(&mut picture, world[0], *gateway, "443/TCP");
        }
        for (from, to) in WITHIN {
            if let (Some(from), Some(node)) = (nodes.get(from), nodes.get(to)) {
                connect(&mut picture, *from, *node, port(to));
            }
        }
        for node in nodes {
            connect(&mut picture, *node, system[0], "53/UDP");
            connect(&mut picture, system[1], *node, "9090/TCP");
            connect(&mut picture, entities[0], *node, "any");
        }
        // Teams call the next one's API, every fifth an earlier one's.
        let next = if team % 5 == 4 { team - 3 } else { team + 1 };
        let api = teams.get(next).and_then(|nodes| nodes.get(2));
        if let (Some(own), Some(api)) = (nodes.get(2), api) {
            connect(&mut picture, *own, *api, port(2));
        }
        if let (Some(db), Some(archive)) = (nodes.get(7), teams[0].get(7)) {
            connect(&mut picture, *db, *archive, port(7));
        }
        if let Some(payer) = nodes.get(4).filter(|_| team % 4 == 1) {
            connect(&mut picture, *payer, world[1], "443/TCP");
        }
    }
    mark(&mut picture);
    picture
}

/// Everybody reaches everybody.
pub(crate) fn open(n_workloads: usize) -> Picture {
    let mut picture = cluster(n_workloads);
    picture.title = format!("Nothing isolates {n_workloads} workloads");
    let groups = picture.groups.iter().zip(0..);
    let all = groups.flat_map(|(group, number)| {
        let nodes = 0..u32::try_from(group.nodes.len()).expect("a sample is small");
        nodes.map(move |node| NodeId {
            group: number,
            node,
        })
    });
    let all: Vec<_> = all.collect();
    picture.edges.clear();
    for from in &all {
        for to in &all {
            connect(&mut picture, *from, *to, "any");
        }
    }
    picture
}

/// So many workloads, each of which reaches seven others: what lines show of it is a knot.
pub(crate) fn knot(n_workloads: usize) -> Picture {
    let mut picture = open(n_workloads);
    picture.title = format!("A knot of {n_workloads} workloads");
    let mut number = 0;
    picture.edges.retain_mut(|edge| {
        number += 1;
        edge.everything = number % 35 == 0;
        edge.label = format!("{}/TCP", 80 + number % 3);
        number % 7 == 0 && edge.from != edge.to
    });
    picture
}

/// Names that would be something else if they were not escaped.
pub(crate) fn hostile() -> Picture {
    let names = [
        "</text></svg><script>document.title='owned'</script>",
        "\"><img src=x onerror=document.title='owned'>",
        "</script><script>document.title='owned'</script>",
        "a\nb\tc\u{1b}[31m\u{0}d",
        "\u{202e}gnp.exe",
        "';alert(1)//\\u003c ]]> --> #quot; &amp; %%{init: {}}%%",
        "名前空間の名前はとても長いのでここでは短くされるべきです、たぶん。そうでしょう",
        "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    ];
    let mut picture = Picture {
        title: names[0].to_string(),
        ..Picture::default()
    };
    let mut all = Vec::new();
    for name in names {
        all.extend(add(&mut picture, name, GroupKind::Namespace, &names));
    }
    for (place, name) in names.iter().enumerate() {
        connect(&mut picture, all[place], all[place * 8 + 3], name);
        connect(&mut picture, all[place * 8 + 4], all[place * 8 + 4], name);
    }
    picture
}

fn add(picture: &mut Picture, name: &str, kind: GroupKind, nodes: &[&str]) -> Vec<NodeId> {
    let group = u32::try_from(picture.groups.len()).expect("a sample is small");
    let ids = (0..).take(nodes.len()).map(|node| NodeId { group, node });
    let nodes = nodes.iter().map(|node| Node {
        name: (*node).to_string(),
        detail: format!("Deployment {name}/{node}"),
        mark: Mark::None,
    });
    picture.groups.push(Group {
        name: name.to_string(),
        kind,
        column: None,
        nodes: nodes.collect(),
    });
    ids.collect()
}

fn connect(picture: &mut Picture, from: NodeId, to: NodeId, label: &str) {
    picture.edges.push(Edge {
        from,
        to,
        label: label.to_string(),
        detail: format!("policies/{}.yaml: ingress rule {}", to.group, to.node),
        everything: label == "any",
        step: String::new(),
    });
}

/// Marks the first database.
fn mark(picture: &mut Picture) {
    if let Some(node) = picture.groups[1].nodes.get_mut(7) {
        node.mark = Mark::Chosen;
    }
}
