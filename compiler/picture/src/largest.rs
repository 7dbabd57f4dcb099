//! A picture of groups alone, and of no more of them than a format has room for.
//!
//! Must not know formats: whoever writes one says whether it is too much.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::choice::{Choice, between, linked_groups};
use crate::layout::index;
use crate::{Edge, NodeId, Picture};

/// Edges between groups, however many, with a note that says why.
pub(crate) fn of_groups(picture: &Picture, why: &str) -> Choice {
    let links = between(picture);
    Choice {
        groups: linked_groups(&links),
        links,
        note: Some(why.to_string()),
        badges: Vec::new(),
    }
}

/// The same without ports.
pub(crate) fn without_labels(mut choice: Choice) -> Choice {
    for link in &mut choice.links {
        link.label.clear();
    }
    choice
}

/// The groups that have most to do with others, as many of them as can be drawn.
pub(crate) fn largest<T>(
    picture: &Picture,
    draw: impl Fn(&Picture, &Choice) -> Option<T>,
) -> Option<T> {
    let n_groups = picture.groups.len();
    let mut n_edges = vec![0_usize; n_groups];
    for edge in picture.edges.iter().filter(|edge| picture.has(edge)) {
        for group in [edge.from.group, edge.to.group] {
            if let Some(n) = n_edges.get_mut(index(group)) {
                *n += 1;
            }
        }
    }
    let mut ranked: Vec<usize> = (0..n_groups).collect();
    ranked.sort_by_key(|group| (Reverse(n_edges.get(*group)), *group));
    let sizes = std::iter::successors(Some(n_groups / 2), |n| (*n > 0).then_some(n / 2));
    let mut drawn = sizes.map(|n_kept| {
        let kept: BTreeSet<usize> = ranked.iter().take(n_kept).copied().collect();
        let note = format!("the {n_kept} of {n_groups} groups with most edges, without ports");
        let part = part(picture, &kept);
        draw(&part, &without_labels(of_groups(&part, &note)))
    });
    drawn.find_map(|drawn| drawn)
}

/// The picture of some of its groups.
fn part(picture: &Picture, kept: &BTreeSet<usize>) -> Picture {
    let numbers: BTreeMap<usize, u32> = kept.iter().copied().zip(0..).collect();
    let number = |group: u32| numbers.get(&index(group)).copied();
    let groups = kept.iter().filter_map(|group| picture.groups.get(*group));
    let edges = picture.edges.iter().filter_map(|edge| {
        let (from, to) = (number(edge.from.group)?, number(edge.to.group)?);
        let moved = |id: NodeId, group: u32| NodeId { group, ..id };
        Some(Edge {
            from: moved(edge.from, from),
            to: moved(edge.to, to),
            ..edge.clone()
        })
    });
    Picture {
        groups: groups.cloned().collect(),
        edges: edges.collect(),
        ..picture.clone()
    }
}
