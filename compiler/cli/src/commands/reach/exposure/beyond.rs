//! What new pods may open, and who may open something to them, beyond others of their namespace.
//!
//! Must not know how it is listed.

use std::{cell::OnceCell, ops::Range};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use ztc_reach::{IdentityId, Outgoing, PortSet, Traffic};

use super::{
    compare::{Candidate, Compared, Extra},
    existing::Existing,
    port_sets::{PortSetId, PortSets},
    room::{self, Listed},
};

/// How many ends are asked what they may open before what they said is kept.
const AT_ONCE: usize = 128;

/// How many of these are new pods of one namespace.
const OF_NAMESPACE: usize = 16;

/// What each candidate may open beyond the first, and what the first may.
pub(super) fn outgoing(
    existing: &Existing<'_, '_>,
    (namespaces, limit): (&mut [Compared], usize),
    sets: &mut PortSets,
) {
    let pieces = namespaces.iter().enumerate().flat_map(|(namespace, one)| {
        let starts = (0..one.candidates.len()).step_by(OF_NAMESPACE);
        starts.map(move |start| (namespace, start..start + OF_NAMESPACE))
    });
    let pieces: Vec<(usize, Range<usize>)> = pieces.collect();
    for some in pieces.chunks(AT_ONCE / OF_NAMESPACE) {
        let opened = some.par_iter().map(|(namespace, places)| {
            let one = namespaces.get(*namespace);
            one.map_or_else(Vec::new, |one| opened_by_new(existing, one, places))
        });
        let opened: Vec<Vec<Opened>> = opened.collect();
        for ((namespace, places), opened) in some.iter().zip(opened) {
            let one = namespaces.get_mut(*namespace).into_iter();
            let candidates = one.flat_map(|one| one.candidates.iter_mut().skip(places.start));
            for (candidate, opened) in candidates.zip(opened) {
                let ends = opened.ends(sets).into_iter();
                candidate.reaches = ends.map(|(to, ports)| (IdentityId(to), ports)).collect();
            }
        }
        room::shorten(namespaces, limit);
    }
}

/// What the new pods at some places of a namespace may open.
fn opened_by_new(
    existing: &Existing<'_, '_>,
    one: &Compared,
    places: &Range<usize>,
) -> Vec<Opened> {
    let candidates = one.candidates.iter().enumerate();
    let candidates = candidates.skip(places.start).take(places.len());
    let Some(first) = one.candidates.first().map(|first| first.identity) else {
        return Vec::new();
    };
    let bare = OnceCell::new();
    let bare = || bare.get_or_init(|| existing.with_pods.from(first));
    let opened = candidates.map(|(place, candidate)| {
        if place == 0 {
            opened_by_one(existing, bare(), None)
        } else if existing.open_the_same(first, candidate.identity) {
            Opened::default()
        } else {
            let own = existing.with_pods.from(candidate.identity);
            opened_by_one(existing, &own, Some(bare()))
        }
    });
    opened.collect()
}

fn opened_by_one(existing: &Existing<'_, '_>, own: &Outgoing, bare: Option<&Outgoing>) -> Opened {
    let mut opened = Opened::default();
    let mut known = bare.map_or(&[][..], |bare| &bare.links).iter().peekable();
    for link in &own.links {
        if !existing.is_real(link.to) {
            continue;
        }
        while known.next_if(|one| one.to < link.to).is_some() {}
        let same = known.peek().filter(|one| one.to == link.to);
        let less = same.map(|one| one.traffic);
        opened.add(link.to.0, (own, link.traffic), bare.zip(less));
    }
    opened
}

/// What everybody may open to each candidate beyond the first of its namespace, and to a candidate
/// with named ports beyond the same one without.
pub(super) fn incoming(
    existing: &Existing<'_, '_>,
    (namespaces, limit): (&mut [Compared], usize),
    sets: &mut PortSets,
) {
    let all = (0..).zip(namespaces.iter());
    let mut targets: Vec<Target> = all
        .flat_map(|(namespace, one)| targets(namespace, &one.candidates))
        .collect();
    let mut n_kept: usize = namespaces.iter().flat_map(Listed::sizes).sum();
    for groups in existing.by_opener().chunks(AT_ONCE) {
        let opened = groups.par_iter().map(|sources| {
            let source = sources.first();
            source.map(|source| opened_by(existing, *source, &targets))
        });
        let opened: Vec<Option<Opened>> = opened.collect();
        for (sources, opened) in groups.iter().zip(opened) {
            let ends = opened.map_or_else(Vec::new, |opened| opened.ends(sets));
            for sources in sources.chunks(AT_ONCE) {
                for (number, ports) in &ends {
                    let target = targets.get(*number as usize);
                    if let Some(reached_by) = target.and_then(|one| one.reached_by(namespaces)) {
                        reached_by.extend(sources.iter().map(|source| (*source, *ports)));
                        n_kept += sources.len();
                    }
                }
                if n_kept > limit {
                    room::shorten(namespaces, limit);
                    n_kept = namespaces.iter().flat_map(Listed::sizes).sum();
                }
            }
        }
        targets.retain(|one| one.reached_by(namespaces).is_some());
    }
}

/// A candidate, with the place of its namespace, its own, and that of its list of ports, counted
/// from 1; and whom it is compared with.
struct Target {
    place: [usize; 3],
    identity: IdentityId,
    less: Option<IdentityId>,
}

impl Target {
    /// Who may open something to it; `None` when it was left out.
    fn reached_by<'n>(&self, namespaces: &'n mut [Compared]) -> Option<&'n mut Extra> {
        let [namespace, candidate, list] = self.place;
        let one = namespaces.get_mut(namespace)?;
        let candidate = one.candidates.get_mut(candidate)?;
        match list.checked_sub(1) {
            None => Some(&mut candidate.reached_by),
            Some(list) => Some(&mut candidate.with_ports.get_mut(list)?.reached_by),
        }
    }
}

fn targets(namespace: usize, candidates: &[Candidate]) -> Vec<Target> {
    let first = candidates.first().map(|first| first.identity);
    let all = candidates
        .iter()
        .enumerate()
        .flat_map(|(place, candidate)| {
            let without_ports = Target {
                place: [namespace, place, 0],
                identity: candidate.identity,
                less: first.filter(|_| place > 0),
            };
            let lists = candidate.with_ports.iter().zip(1..);
            let lists = lists.map(move |(list, number)| Target {
                place: [namespace, place, number],
                identity: list.identity,
                less: Some(candidate.identity),
            });
            std::iter::once(without_ports).chain(lists)
        });
    all.collect()
}

fn opened_by(existing: &Existing<'_, '_>, source: IdentityId, targets: &[Target]) -> Opened {
    let outgoing = existing.with_pods.from(source);
    let mut traffics: Vec<Option<u32>> = vec![None; existing.with_pods.identities().len()];
    for link in &outgoing.links {
        if let Some(traffic) = traffics.get_mut(link.to.0 as usize) {
            *traffic = Some(link.traffic);
        }
    }
    let traffic = |id: IdentityId| traffics.get(id.0 as usize).copied().flatten();
    let mut opened = Opened::default();
    for (number, one) in (0..).zip(targets) {
        if let Some(own) = traffic(one.identity) {
            let less = one.less.and_then(traffic).map(|less| (&outgoing, less));
            opened.add(number, (&outgoing, own), less);
        }
    }
    opened
}

/// What one end may open to others beyond what something else may, each difference of ports worked
/// out once.
#[derive(Default)]
struct Opened {
    /// Numbers of the others, each with the place of its ports.
    ends: Vec<(u32, usize)>,
    ports: Vec<PortSet>,
    /// The place of each difference that is not empty.
    known: FxHashMap<(u32, Option<u32>), Option<usize>>,
}

impl Opened {
    /// Adds somebody, if there is a difference.
    fn add(&mut self, end: u32, own: (&Outgoing, u32), less: Option<(&Outgoing, u32)>) {
        let ports = |(outgoing, traffic): (&Outgoing, u32)| {
            let traffic = outgoing.traffics.get(traffic as usize);
            traffic.map(Traffic::ports).unwrap_or_default()
        };
        let key = (own.1, less.map(|less| less.1));
        let place = *self.known.entry(key).or_insert_with(|| {
            let beyond = match less {
                Some(less) => ports(own).minus(&ports(less)),
                None => ports(own),
            };
            (!beyond.is_empty()).then(|| {
                self.ports.push(beyond);
                self.ports.len() - 1
            })
        });
        self.ends.extend(place.map(|place| (end, place)));
    }

    /// Everybody, with the number of their ports.
    fn ends(self, sets: &mut PortSets) -> Vec<(u32, PortSetId)> {
        let ids: Vec<PortSetId> = self.ports.into_iter().map(|one| sets.id(one)).collect();
        let ends = self.ends.into_iter();
        let ends = ends.filter_map(|(end, place)| Some((end, *ids.get(place)?)));
        ends.collect()
    }
}
