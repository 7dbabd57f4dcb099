//! The search held to petgraph's, on random graphs and on small ones made by hand.

use std::{collections::BTreeSet, hash::RandomState, ops::ControlFlow};

use fixedbitset::FixedBitSet;
use petgraph::{
    algo::{all_simple_paths, dijkstra},
    graph::{DiGraph, NodeIndex},
};

use super::{
    Extent,
    levels::{Hops, Levels, Row},
    walks::Walks,
};

/// Stops by hand: each may begin a route, stand between, end one.
#[derive(Clone, Debug, Default)]
struct Graph {
    n_stops: usize,
    starts: Vec<u32>,
    between: BTreeSet<u32>,
    ends: BTreeSet<u32>,
    hops: BTreeSet<(u32, u32)>,
}

impl Hops for Graph {
    fn n_stops(&self) -> usize {
        self.n_stops
    }

    fn starts(&self) -> &[u32] {
        &self.starts
    }

    fn row(&self, from: u32) -> Row {
        let mut between = FixedBitSet::with_capacity(self.n_stops);
        let targets = || {
            self.hops
                .iter()
                .filter(|hop| hop.0 == from)
                .map(|hop| hop.1)
        };
        let onward = targets().filter(|to| self.between.contains(to));
        between.extend(onward.map(|to| to as usize));
        let ends = targets().filter(|to| self.ends.contains(to)).collect();
        Row { between, ends }
    }
}

impl Graph {
    fn random(random: &mut fastrand::Rng) -> Self {
        let n_stops = random.u32(1..9);
        let density = random.f64();
        let mut graph = Self {
            n_stops: n_stops as usize,
            ..Self::default()
        };
        for stop in 0..n_stops {
            if random.f64() < 0.4 {
                graph.starts.push(stop);
            }
            if random.f64() < 0.8 {
                graph.between.insert(stop);
            }
            if random.f64() < 0.4 {
                graph.ends.insert(stop);
            }
            for to in 0..n_stops {
                if random.f64() < density {
                    graph.hops.insert((stop, to));
                }
            }
        }
        graph
    }

    /// As the search finds them.
    fn routes(&self, extent: Extent, max_hops: u32) -> BTreeSet<Vec<u32>> {
        let levels = Levels::explore(self, extent, max_hops);
        let Some(shortest) = levels.shortest else {
            return BTreeSet::new();
        };
        let longest = match extent {
            Extent::Shortest => shortest,
            Extent::All => levels.longest_simple(max_hops),
        };
        let walks = Walks::new(&levels, longest);
        let mut found = Vec::new();
        for length in shortest..=longest {
            let mut steps = 1_000_000;
            let flow = walks.of_length(length, &self.starts, &mut steps, &mut |walk| {
                found.push(walk.to_vec());
                ControlFlow::Continue(())
            });
            assert!(flow.is_continue(), "a small graph takes few steps");
        }
        let set: BTreeSet<Vec<u32>> = found.iter().cloned().collect();
        assert_eq!(set.len(), found.len(), "no route twice");
        set
    }

    /// As petgraph finds them: each stop is three nodes, as a start, between and as an end.
    fn reference(&self, max_hops: u32) -> BTreeSet<Vec<u32>> {
        let n = u32::try_from(self.n_stops).expect("a small graph");
        let graph = self.as_petgraph(n);
        let mut found = BTreeSet::new();
        for (start, end) in self
            .starts
            .iter()
            .flat_map(|start| self.ends.iter().map(move |end| (*start, *end)))
        {
            let (first, last) = (NodeIndex::from(start), NodeIndex::from(2 * n + end));
            let most = max_hops as usize - 1;
            let routes =
                all_simple_paths::<Vec<_>, _, RandomState>(&graph, first, last, 0, Some(most));
            for route in routes {
                let stops = route.iter().map(|node| u32::try_from(node.index()));
                let stops: Vec<u32> = stops.map(|node| node.expect("few nodes") % n).collect();
                let inner = stops.get(1..stops.len() - 1).expect("two ends");
                if !inner.contains(&start) && !inner.contains(&end) {
                    found.insert(stops);
                }
            }
        }
        found
    }

    fn as_petgraph(&self, n: u32) -> DiGraph<(), ()> {
        let mut graph = DiGraph::new();
        (0..3 * n).for_each(|_| {
            graph.add_node(());
        });
        for (from, to) in &self.hops {
            let sources = [
                self.starts.contains(from).then_some(*from),
                self.between.contains(from).then_some(n + from),
            ];
            let targets = [
                self.between.contains(to).then_some(n + to),
                self.ends.contains(to).then_some(2 * n + to),
            ];
            for source in sources.into_iter().flatten() {
                for target in targets.into_iter().flatten() {
                    graph.add_edge(NodeIndex::from(source), NodeIndex::from(target), ());
                }
            }
        }
        graph
    }

    /// The least number of hops from any start to any end, as Dijkstra finds it.
    fn least(&self) -> Option<u32> {
        let n = u32::try_from(self.n_stops).expect("a small graph");
        let graph = self.as_petgraph(n);
        let lengths = self.starts.iter().flat_map(|start| {
            let costs = dijkstra(&graph, NodeIndex::from(*start), None, |_| 1u32);
            let ends = self.ends.iter();
            let least = ends.filter_map(|end| costs.get(&NodeIndex::from(2 * n + end)).copied());
            least.min()
        });
        lengths.min()
    }
}

#[test]
fn all_routes_are_those_that_petgraph_finds() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut n_routes = 0;
    for case in 0..400 {
        let graph = Graph::random(&mut random);
        for max_hops in 1..5 {
            let found = graph.routes(Extent::All, max_hops);
            let expected = graph.reference(max_hops);
            assert_eq!(found, expected, "case {case}, {max_hops} hops: {graph:?}");
            n_routes += found.len();
        }
    }
    assert!(n_routes > 10_000, "hardly any routes: {n_routes}");
}

#[test]
fn shortest_routes_are_all_of_the_least_length() {
    let mut random = fastrand::Rng::with_seed(6);
    for case in 0..400 {
        let graph = Graph::random(&mut random);
        let found = graph.routes(Extent::Shortest, u32::MAX);
        let least = graph.least();
        let lengths: BTreeSet<usize> = found.iter().map(|route| route.len() - 1).collect();
        let expected: BTreeSet<usize> = least.iter().map(|n| *n as usize).collect();
        assert_eq!(lengths, expected, "case {case}: {graph:?}");
        let all = least.map_or_else(BTreeSet::new, |least| graph.reference(least));
        assert_eq!(found, all, "case {case}: {graph:?}");
    }
}

fn chain(n: u32) -> Graph {
    Graph {
        n_stops: n as usize + 1,
        starts: vec![0],
        between: (1..n).collect(),
        ends: [n].into(),
        hops: (0..n).map(|stop| (stop, stop + 1)).collect(),
    }
}

#[test]
fn a_long_chain_is_one_route() {
    let graph = chain(3000);
    let expected: Vec<u32> = (0..=3000).collect();
    assert_eq!(graph.routes(Extent::Shortest, u32::MAX), [expected].into());
    assert!(graph.routes(Extent::Shortest, 2999).is_empty());
}

#[test]
fn a_stop_between_the_ends_must_be_one_that_routes_may_go_through() {
    let mut graph = chain(3);
    graph.between.remove(&2);
    assert!(graph.routes(Extent::Shortest, u32::MAX).is_empty());
}

#[test]
fn both_ends_may_be_of_one_identity_and_no_other_two_stops() {
    // 0 stands for two parties: one begins, the other ends.
    let graph = Graph {
        n_stops: 2,
        starts: vec![0],
        between: [0, 1].into(),
        ends: [0].into(),
        hops: [(0, 0), (0, 1), (1, 0), (1, 1)].into(),
    };
    let found = graph.routes(Extent::All, 4);
    assert_eq!(found, [vec![0, 0], vec![0, 1, 0]].into());
}

#[test]
fn the_search_ends_when_its_steps_are_used_up() {
    let n = 12;
    let graph = Graph {
        n_stops: n as usize,
        starts: vec![0],
        between: (1..n).collect(),
        ends: [n - 1].into(),
        hops: (0..n)
            .flat_map(|from| (0..n).map(move |to| (from, to)))
            .collect(),
    };
    let levels = Levels::explore(&graph, Extent::All, 10);
    let walks = Walks::new(&levels, 10);
    let (mut steps, mut n_walks) = (1000, 0);
    let flow = walks.of_length(10, &graph.starts, &mut steps, &mut |_| {
        n_walks += 1;
        ControlFlow::Continue(())
    });
    assert!(flow.is_break() && n_walks < 1000);
}
