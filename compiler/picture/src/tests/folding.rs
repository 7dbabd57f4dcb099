//! Folding loses nothing and folds what can be folded.

use std::collections::BTreeSet;

use super::{edge, groups, nodes, random};
use crate::fold::{Details, End, Link, everyone, fold, paired};
use crate::{NodeId, Picture};

/// An edge with everything that is kept of it.
type Full = (NodeId, NodeId, String, String, bool);

fn original(picture: &Picture, details: Details) -> BTreeSet<Full> {
    let edges = picture.edges.iter().map(|edge| {
        let detail = match details {
            Details::Kept => edge.detail.clone(),
            Details::Joined => String::new(),
        };
        (
            edge.from,
            edge.to,
            edge.label.clone(),
            detail,
            edge.everything,
        )
    });
    edges.collect()
}

fn unfolded(picture: &Picture, links: &[Link], details: Details) -> BTreeSet<Full> {
    let edges = links.iter().flat_map(|link| {
        let detail = match details {
            Details::Kept => link.details.first().cloned().unwrap_or_default(),
            Details::Joined => String::new(),
        };
        let edges = link.edges(picture).into_iter();
        edges.map(move |(from, to)| {
            (
                from,
                to,
                link.label.clone(),
                detail.clone(),
                link.everything,
            )
        })
    });
    edges.collect()
}

#[test]
fn what_is_unfolded_is_what_was_folded() {
    for seed in 0..2_000 {
        let picture = random(&mut fastrand::Rng::with_seed(seed));
        for details in [Details::Kept, Details::Joined] {
            let expected = original(&picture, details);
            let links = fold(&picture, details);
            assert_eq!(unfolded(&picture, &links, details), expected, "seed {seed}");
            let pairs = paired(links);
            if details == Details::Joined {
                assert_eq!(unfolded(&picture, &pairs, details), expected, "seed {seed}");
            }
        }
    }
}

/// The ends of the links of edges between these nodes.
fn folded(picture: &mut Picture, wanted: impl Fn(NodeId, NodeId) -> bool) -> Vec<(End, End)> {
    let nodes = nodes(picture);
    for from in &nodes {
        for to in nodes.iter().filter(|to| wanted(*from, **to)) {
            picture.edges.push(edge(*from, *to, "any"));
        }
    }
    let links = fold(picture, Details::Joined);
    links.iter().map(|link| (link.from, link.to)).collect()
}

#[test]
fn a_group_that_reaches_a_group_is_one_link() {
    let mut picture = groups(&[3, 4]);
    let links = folded(&mut picture, |from, to| from.group == 0 && to.group == 1);
    assert_eq!(links, [(End::Group(0), End::Group(1))]);
}

#[test]
fn a_group_whose_nodes_reach_each_other_is_one_link_with_or_without_themselves() {
    for with_selves in [false, true] {
        let mut picture = groups(&[3]);
        let links = folded(&mut picture, |from, to| from != to || with_selves);
        assert_eq!(links, [(End::Group(0), End::Group(0))]);
        assert_eq!(fold(&picture, Details::Joined)[0].selves, with_selves);
    }
}

#[test]
fn a_resolver_that_all_reach_is_one_link() {
    let resolver = NodeId { group: 2, node: 0 };
    let mut picture = groups(&[1, 1, 2, 3, 4]);
    let all = End::Group(everyone(&picture));
    let links = folded(&mut picture, |from, to| {
        from.group >= 2 && to == resolver && from != to
    });
    assert_eq!(links, [(all, End::Node(resolver))]);
    // The other node of its own namespace does not reach it: only all others do.
    let mut picture = groups(&[1, 1, 2, 3, 4]);
    let links = folded(&mut picture, |from, to| from.group > 2 && to == resolver);
    let others = End::Group(everyone(&picture) + 1);
    assert_eq!(links, [(others, End::Node(resolver))]);
}

#[test]
fn an_open_cluster_is_one_link() {
    let mut picture = groups(&[0, 0, 2, 3, 4]);
    let all = End::Group(everyone(&picture));
    assert_eq!(folded(&mut picture, |_, _| true), [(all, all)]);
}

#[test]
fn edges_with_other_rules_fold_for_the_drawing_and_not_for_the_panel() {
    let mut picture = groups(&[2, 2]);
    folded(&mut picture, |from, to| from.group == 0 && to.group == 1);
    for (number, edge) in picture.edges.iter_mut().enumerate() {
        edge.detail = format!("rule {number}");
    }
    assert_eq!(fold(&picture, Details::Joined).len(), 1);
    assert_eq!(fold(&picture, Details::Joined)[0].details.len(), 4);
    assert_eq!(fold(&picture, Details::Kept).len(), 4);
}

#[test]
fn two_directions_are_one_link_if_they_say_the_same() {
    let mut picture = groups(&[1, 1]);
    folded(&mut picture, |from, to| from != to);
    let links = paired(fold(&picture, Details::Joined));
    assert!(links.len() == 1 && links[0].both_ways);
    picture.edges[0].label = "80/TCP".to_string();
    assert_eq!(paired(fold(&picture, Details::Joined)).len(), 2);
}
