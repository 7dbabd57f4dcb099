//! Workloads of two bundles: by name, by pods where policies tell these apart, and by what policies
//! can see of them where only the name is another.
//!
//! Must not know what anybody may do.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::{Party, PartyId, PartyKind, Reach};

use super::ends::{End, Rename};

/// A party with its number.
type Numbered<'r> = (PartyId, &'r Party);

/// The parties of one workload in both bundles.
#[derive(Default)]
struct Both<'r> {
    old: Vec<Numbered<'r>>,
    new: Vec<Numbered<'r>>,
}

/// The ends that are workloads, by name, and which of them are known by another name.
pub(super) fn ends(old: &Reach<'_>, new: &Reach<'_>) -> (Vec<End>, Vec<Rename>) {
    let mut found: BTreeMap<&str, Both<'_>> = BTreeMap::new();
    for (id, party) in parties(old) {
        found
            .entry(&party.workload)
            .or_default()
            .old
            .push((id, party));
    }
    for (id, party) in parties(new) {
        found
            .entry(&party.workload)
            .or_default()
            .new
            .push((id, party));
    }
    let renamed = renamed(old, new, &found);
    let known_otherwise: BTreeSet<&str> = renamed.values().copied().collect();
    let mut ends = Vec::new();
    let mut renames = Vec::new();
    for (name, both) in &found {
        if known_otherwise.contains(name) {
            continue;
        }
        let Some((other, before)) = renamed
            .get(name)
            .and_then(|other| Some((*other, found.get(other)?)))
        else {
            ends.extend(pairs(old, new, name, both));
            continue;
        };
        let pair = before.old.first().copied();
        ends.extend(End::of((*name).into(), pair, both.new.first().copied()));
        renames.push(Rename {
            old: other.into(),
            new: (*name).into(),
        });
    }
    ends.sort_by(|one, other| one.name.cmp(&other.name));
    (ends, renames)
}

/// Workloads, by name, that run on their node's network and did not: no policy applies to them any
/// more, or to new ones at all. Then those that did and do not: policies apply to them now.
pub(super) fn left_and_taken(old: &Reach<'_>, new: &Reach<'_>) -> [Vec<String>; 2] {
    let (before, after) = (old.workloads_on_nodes(), new.workloads_on_nodes());
    let known: BTreeSet<&str> = parties(new).map(|(_, party)| &*party.workload).collect();
    let left = after.difference(&before).copied();
    let taken = before
        .difference(&after)
        .filter(|name| known.contains(*name));
    [
        left.map(String::from).collect(),
        taken.copied().map(String::from).collect(),
    ]
}

fn parties<'r>(reach: &'r Reach<'_>) -> impl Iterator<Item = Numbered<'r>> {
    let numbered = reach.numbered();
    numbered.filter(|(_, party)| party.kind == PartyKind::Workload)
}

/// The ends of one workload.
fn pairs(old: &Reach<'_>, new: &Reach<'_>, name: &str, both: &Both<'_>) -> Vec<End> {
    let alone = |(id, party): &Numbered<'_>, is_old: bool| {
        let party = Some((*id, *party));
        let name = party.map_or_else(String::new, |(_, party)| party.name.clone());
        if is_old {
            End::of(name, party, None)
        } else {
            End::of(name, None, party)
        }
    };
    match (both.old.as_slice(), both.new.as_slice()) {
        ([before], [after]) => End::of(name.into(), Some(*before), Some(*after))
            .into_iter()
            .collect(),
        (before, []) => before.iter().filter_map(|one| alone(one, true)).collect(),
        ([], after) => after.iter().filter_map(|one| alone(one, false)).collect(),
        // Whoever was one workload is what each of its parts was.
        ([before], after) => {
            let part =
                |after: &Numbered<'_>| End::of(after.1.name.clone(), Some(*before), Some(*after));
            after.iter().filter_map(part).collect()
        }
        (before, [after]) => {
            let part =
                |before: &Numbered<'_>| End::of(before.1.name.clone(), Some(*before), Some(*after));
            before.iter().filter_map(part).collect()
        }
        (before, after) => {
            let (found, [old_left, new_left]) = parts(old, new, name, before, after);
            let left = old_left.iter().filter_map(|one| alone(one, true));
            let right = new_left.iter().filter_map(|one| alone(one, false));
            let left: Vec<End> = left.chain(right).collect();
            found.into_iter().chain(left).collect()
        }
    }
}

/// A workload that both bundles split: parts with pods in common are the same, then parts of which
/// policies see the same. What is left over on either side comes with it.
fn parts<'r>(
    old: &Reach<'_>,
    new: &Reach<'_>,
    name: &str,
    before: &[Numbered<'r>],
    after: &[Numbered<'r>],
) -> (Vec<End>, [Vec<Numbered<'r>>; 2]) {
    let mut by_pod: FxHashMap<&str, usize> = FxHashMap::default();
    for (place, (_, party)) in after.iter().enumerate() {
        by_pod.extend(pods(new, party).map(|pod| (pod, place)));
    }
    let mut ends = Vec::new();
    let mut is_paired = vec![false; after.len()];
    let mut old_left = Vec::new();
    let mut pair = |one: &Numbered<'r>, place: usize, name: String, paired: &mut Vec<bool>| {
        ends.extend(End::of(name, Some(*one), after.get(place).copied()));
        if let Some(flag) = paired.get_mut(place) {
            *flag = true;
        }
    };
    for one in before {
        let mut shared: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for pod in pods(old, one.1) {
            if let Some(place) = by_pod.get(pod) {
                shared.entry(*place).or_default().push(pod);
            }
        }
        for (place, pods) in &shared {
            pair(one, *place, part_name(name, pods), &mut is_paired);
        }
        if shared.is_empty() {
            old_left.push(*one);
        }
    }
    old_left.retain(|one| {
        let seen = facts(old, one.1);
        let alike = after.iter().enumerate().find(|(place, (_, party))| {
            is_paired.get(*place) == Some(&false) && facts(new, party) == seen
        });
        if let Some((place, (_, party))) = alike.filter(|_| seen.is_some()) {
            pair(one, place, party.name.clone(), &mut is_paired);
            return false;
        }
        true
    });
    let new_left = after.iter().zip(&is_paired).filter(|(_, paired)| !**paired);
    let new_left = new_left.map(|(one, _)| *one).collect();
    (ends, [old_left, new_left])
}

fn part_name(workload: &str, pods: &[&str]) -> String {
    let first = pods.first().and_then(|pod| pod.rsplit('/').next());
    let first = first.unwrap_or_default();
    match pods.len() {
        0 | 1 => format!("{workload} ({first})"),
        n => format!("{workload} ({first} and {} more)", n - 1),
    }
}

/// The names of a party's pods.
fn pods<'r>(reach: &'r Reach<'_>, party: &'r Party) -> impl Iterator<Item = &'r str> {
    let bundle = reach.bundle();
    let records = party
        .pods
        .iter()
        .filter_map(|pod| bundle.endpoints().get(*pod));
    records.map(|record| bundle.string(record.name))
}

/// What policies can see of a party's pods; `None` where the bundle does not say.
pub(super) fn facts(reach: &Reach<'_>, party: &Party) -> Option<BTreeSet<u64>> {
    let seen = party.pods.iter().map(|pod| reach.bundle().workload(*pod));
    let seen = seen.map(|workload| workload.map(|workload| workload.facts));
    seen.collect::<Option<BTreeSet<u64>>>()
        .filter(|seen| !seen.is_empty())
}

/// New names with the old ones: of a namespace and kind, exactly one is gone and one is new of
/// which policies see the same.
fn renamed<'n>(
    old: &Reach<'_>,
    new: &Reach<'_>,
    found: &BTreeMap<&'n str, Both<'_>>,
) -> BTreeMap<&'n str, &'n str> {
    let mut alike: BTreeMap<(&str, BTreeSet<u64>), [Vec<&'n str>; 2]> = BTreeMap::new();
    for (name, both) in found {
        let (seen, is_new) = match (both.old.as_slice(), both.new.as_slice()) {
            ([(_, party)], []) => (facts(old, party), false),
            ([], [(_, party)]) => (facts(new, party), true),
            _ => continue,
        };
        let Some(seen) = seen else { continue };
        let kind = name.rsplit_once('/').map_or("", |(kind, _)| kind);
        let [gone, come] = alike.entry((kind, seen)).or_default();
        if is_new { come } else { gone }.push(name);
    }
    let pairs =
        alike
            .into_values()
            .filter_map(|[gone, come]| match (gone.as_slice(), come.as_slice()) {
                ([old], [new]) => Some((*new, *old)),
                _ => None,
            });
    pairs.collect()
}
