//! Everybody against everybody in both bundles: which connections differ, and why.
//!
//! Must not know names.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{
    Identity, IdentityId, Outgoing, PartyId, PortSet, Reach, Segment, Traffic, rows::DecisionId,
};

use super::{
    cause::Cause,
    causes::{Attribution, Found, RowPair, Standing},
    ends::{End, EndId},
};

/// How many sources are swept at once: enough for every core, and few enough that what they find
/// is small.
const AT_ONCE: usize = 256;

/// More groups than anybody reads. Beyond, what differs alike is one group, whatever the causes.
const MOST: usize = 1000;

/// Nothing is permitted.
const NOTHING: u32 = u32::MAX;

/// Ends that both bundles take for the same, and about which the same changed.
pub(super) struct Joint {
    old: Option<IdentityId>,
    new: Option<IdentityId>,
    standing: Standing,
    pub(super) ends: Vec<EndId>,
}

/// How connections differ.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Difference {
    before: PortSet,
    after: PortSet,
    /// Why, where connections that differ for other causes are to be told apart.
    causes: Option<Vec<Cause>>,
    /// To whom, by places among the joints.
    targets: Vec<u32>,
}

/// Sources whose connections to the same targets differ alike, by their places among the joints.
pub(super) struct Alike {
    pub(super) before: PortSet,
    pub(super) after: PortSet,
    pub(super) causes: BTreeSet<Cause>,
    pub(super) sources: Vec<u32>,
    pub(super) targets: Vec<u32>,
}

/// Everything that differs.
pub(super) struct Swept {
    pub(super) joints: Vec<Joint>,
    pub(super) found: Vec<Alike>,
    /// Whether connections that differ alike for other causes are in one place.
    pub(super) is_coarse: bool,
}

/// Compares what every end may say to every other.
pub(super) fn sweep(
    old: &Reach<'_>,
    new: &Reach<'_>,
    ends: &[End],
    attribution: &Attribution<'_, '_>,
) -> Swept {
    let joints = joints(old, new, ends, attribution);
    let mut both = Both {
        old,
        new,
        joints: &joints,
        attribution,
        is_coarse: false,
    };
    let found = match both.all(MOST) {
        Some(found) => found,
        None => {
            both.is_coarse = true;
            both.all(usize::MAX).unwrap_or_default()
        }
    };
    let is_coarse = both.is_coarse;
    Swept {
        joints,
        found,
        is_coarse,
    }
}

fn joints(
    old: &Reach<'_>,
    new: &Reach<'_>,
    ends: &[End],
    attribution: &Attribution<'_, '_>,
) -> Vec<Joint> {
    type Key = (Option<IdentityId>, Option<IdentityId>, Standing);
    let mut found: BTreeMap<Key, Vec<EndId>> = BTreeMap::new();
    let identity = |reach: &Reach<'_>, id: Option<PartyId>| {
        let party = id.and_then(|id| reach.party(id));
        party.map(|party| party.identity)
    };
    for (id, end) in (0u32..).map(EndId).zip(ends) {
        let (before, after) = (identity(old, end.old), identity(new, end.new));
        let standing = match (before, after) {
            (None, _) => Standing::Added,
            (_, None) => Standing::Removed,
            (Some(_), Some(_)) => Standing::Stays(attribution.changed(end)),
        };
        found.entry((before, after, standing)).or_default().push(id);
    }
    let joint = |((old, new, standing), ends)| Joint {
        old,
        new,
        standing,
        ends,
    };
    found.into_iter().map(joint).collect()
}

/// Both bundles.
struct Both<'r, 'a> {
    old: &'r Reach<'a>,
    new: &'r Reach<'a>,
    joints: &'r [Joint],
    attribution: &'r Attribution<'r, 'a>,
    is_coarse: bool,
}

/// What decides on two ends in one bundle; `None` when it does not know one of them.
type Deciding = Option<([Option<DecisionId>; 2], RowPair)>;

impl Both<'_, '_> {
    /// Everything that differs; `None` when that is in more than so many places.
    fn all(&self, most: usize) -> Option<Vec<Alike>> {
        let mut places: FxHashMap<Difference, usize> = FxHashMap::default();
        let mut found: Vec<(BTreeSet<Cause>, Vec<u32>)> = Vec::new();
        for (chunk, first) in self.joints.chunks(AT_ONCE).zip((0u32..).step_by(AT_ONCE)) {
            let of_chunk: Vec<_> = chunk.par_iter().map(|source| self.from(source)).collect();
            for (differences, source) in of_chunk.into_iter().zip(first..) {
                for (difference, causes) in differences {
                    let next = found.len();
                    let place = *places.entry(difference).or_insert(next);
                    if place == next {
                        found.push((BTreeSet::new(), Vec::new()));
                    }
                    if let Some((all, sources)) = found.get_mut(place) {
                        all.extend(causes);
                        sources.push(source);
                    }
                }
            }
            if found.len() > most {
                return None;
            }
        }
        let mut numbered: Vec<(Difference, usize)> = places.into_iter().collect();
        numbered.sort_unstable_by_key(|(_, place)| *place);
        let found = numbered.into_iter().zip(found);
        let alike = found.map(|((difference, _), (causes, sources))| Alike {
            before: difference.before,
            after: difference.after,
            causes,
            sources,
            targets: difference.targets,
        });
        Some(alike.collect())
    }

    /// Everything that differs for one source, with the causes.
    fn from(&self, source: &Joint) -> Vec<(Difference, BTreeSet<Cause>)> {
        let before = Permitted::new(self.old, source.old);
        let after = Permitted::new(self.new, source.new);
        let mut differs: FxHashMap<(u32, u32), bool> = FxHashMap::default();
        let mut known: FxHashMap<_, usize> = FxHashMap::default();
        let mut all = OfSource::default();
        for (target, number) in self.joints.iter().zip(0u32..) {
            let pair = (before.to(target.old), after.to(target.new));
            if pair == (NOTHING, NOTHING) {
                continue;
            }
            let ports = || [before.ports(pair.0), after.ports(pair.1)];
            let differs = differs.entry(pair).or_insert_with(|| {
                let [before, after] = ports();
                before != after
            });
            if !*differs {
                continue;
            }
            let deciding = || {
                let old = deciding(self.old, source.old, target.old);
                (old, deciding(self.new, source.new, target.new))
            };
            // Traffic tells what lets it through; what keeps it out is looked up for each target,
            // unless there are so many that it is enough to do so for each of their rows.
            let exact = (!self.is_coarse).then(deciding);
            let rows = [ingress(self.old, target.old), ingress(self.new, target.new)];
            let place = *known
                .entry((pair, rows, exact, target.standing))
                .or_insert_with(|| {
                    let standings = [source.standing, target.standing];
                    let (old, new) = exact.unwrap_or_else(deciding);
                    let rules = self.found(old, new);
                    let causes = self.attribution.causes(&rules, standings);
                    all.add(ports(), causes, self.is_coarse)
                });
            if let Some((difference, _)) = all.found.get_mut(place) {
                difference.targets.push(number);
            }
        }
        all.found
    }

    /// The rules that explain how two ends' connections differ.
    fn found(&self, before: Deciding, after: Deciding) -> Found {
        let segments = |reach: &Reach<'_>, deciding: Deciding| {
            deciding.map(|([egress, ingress], rows)| {
                let segments = reach.rows.segments(egress, ingress);
                (segments, rows)
            })
        };
        let before = segments(self.old, before);
        let after = segments(self.new, after);
        let mut found = Found::default();
        let word = |segment: &Segment, rows: RowPair| Some((segment.verdicts, rows));
        match (&before, &after) {
            (Some((old, old_rows)), Some((new, new_rows))) => {
                for (one, other) in overlapping(old, new) {
                    let (one, other) = (word(one, *old_rows), word(other, *new_rows));
                    self.attribution.add(&mut found, one, other);
                }
            }
            (Some((old, rows)), None) => {
                for segment in old {
                    self.attribution.add(&mut found, word(segment, *rows), None);
                }
            }
            (None, Some((new, rows))) => {
                for segment in new {
                    self.attribution.add(&mut found, None, word(segment, *rows));
                }
            }
            (None, None) => {}
        }
        found
    }
}

/// The differences of one source.
#[derive(Default)]
struct OfSource {
    found: Vec<(Difference, BTreeSet<Cause>)>,
    /// The place of each, by all but its targets.
    places: FxHashMap<Difference, usize>,
}

impl OfSource {
    /// The place of a difference; adds it if it is new.
    fn add(&mut self, [before, after]: [PortSet; 2], causes: Vec<Cause>, is_coarse: bool) -> usize {
        let difference = Difference {
            before,
            after,
            causes: (!is_coarse).then(|| causes.clone()),
            targets: Vec::new(),
        };
        let next = self.found.len();
        let place = *self.places.entry(difference.clone()).or_insert(next);
        if place == next {
            self.found.push((difference, BTreeSet::new()));
        }
        if let Some((_, all)) = self.found.get_mut(place) {
            all.extend(causes);
        }
        place
    }
}

/// Segments that have ports in common. Both lists cover every port in the same order.
fn overlapping<'s>(
    one: &'s [Segment],
    other: &'s [Segment],
) -> impl Iterator<Item = (&'s Segment, &'s Segment)> {
    one.iter().flat_map(move |one| {
        let ends = |segment: &Segment| (segment.ports.protocol() as u8, segment.ports.last);
        let first = (one.ports.protocol() as u8, one.ports.first);
        let from = other.partition_point(|two| ends(two) < first);
        let rest = other.get(from..).unwrap_or_default().iter();
        let starts = |segment: &Segment| (segment.ports.protocol() as u8, segment.ports.first);
        let until = ends(one);
        rest.take_while(move |two| starts(two) <= until)
            .map(move |two| (one, two))
    })
}

/// Everything that one bundle permits a source, by identity.
struct Permitted {
    outgoing: Outgoing,
    traffic_of: Vec<u32>,
}

impl Permitted {
    fn new(reach: &Reach<'_>, source: Option<IdentityId>) -> Self {
        let outgoing = source.map_or_else(Outgoing::default, |source| reach.from(source));
        let mut traffic_of = vec![NOTHING; reach.identities().len()];
        for link in &outgoing.links {
            if let Some(traffic) = traffic_of.get_mut(link.to.0 as usize) {
                *traffic = link.traffic;
            }
        }
        Self {
            outgoing,
            traffic_of,
        }
    }

    fn to(&self, target: Option<IdentityId>) -> u32 {
        let traffic = target.and_then(|target| self.traffic_of.get(target.0 as usize));
        traffic.copied().unwrap_or(NOTHING)
    }

    fn ports(&self, number: u32) -> PortSet {
        let traffic = self.outgoing.traffics.get(number as usize);
        traffic.map_or_else(PortSet::default, Traffic::ports)
    }
}

/// The row of what somebody lets in.
fn ingress(reach: &Reach<'_>, id: Option<IdentityId>) -> u32 {
    let identity = id.and_then(|id| reach.identity(id));
    identity.map_or(0, |identity| identity.row_ingress)
}

fn deciding(reach: &Reach<'_>, from: Option<IdentityId>, to: Option<IdentityId>) -> Deciding {
    let identity = |id: Option<IdentityId>| -> Option<&Identity> { reach.identity(id?) };
    let (from, to) = identity(from).zip(identity(to))?;
    let (egress, ingress) = reach.rows.decisions(from, to);
    let rows = RowPair {
        egress: from.row_egress,
        ingress: to.row_ingress,
    };
    Some(([egress, ingress], rows))
}
