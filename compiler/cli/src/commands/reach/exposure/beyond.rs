//! What new pods may open, and who may open something to them, beyond others of their namespace.
//!
//! Must not know how it is listed.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use ztc_reach::{IdentityId, Outgoing, PortSet, Traffic};

use super::compare::{Candidate, Compared, Real};

/// What each candidate may open beyond the first, and what the first may.
pub(super) fn outgoing(real: &Real<'_, '_>, candidates: &mut [Candidate]) {
    let Some(first) = candidates.first().map(|first| first.identity) else {
        return;
    };
    let bare = real.with_pods.from(first);
    for (place, candidate) in candidates.iter_mut().enumerate() {
        let own = real.with_pods.from(candidate.identity);
        let mut beyond = Beyond::default();
        let bare = (place > 0).then_some(&bare);
        let mut known = bare.map_or(&[][..], |bare| &bare.links).iter().peekable();
        for link in &own.links {
            if !real.is_real(link.to) {
                continue;
            }
            while known.next_if(|one| one.to < link.to).is_some() {}
            let same = known.peek().filter(|one| one.to == link.to);
            let less = same.map(|one| one.traffic);
            let ports = beyond.ports((&own, link.traffic), bare.zip(less));
            if !ports.is_empty() {
                candidate.reaches.insert(link.to, ports.clone());
            }
        }
    }
}

/// What everybody may open to each candidate beyond the first of its namespace, and to a candidate
/// with named ports beyond the same one without.
pub(super) fn incoming(real: &Real<'_, '_>, namespaces: &mut [Compared]) {
    let asked: Vec<Asked> = (0..)
        .zip(namespaces.iter())
        .flat_map(|(namespace, one)| asked(namespace, &one.candidates))
        .collect();
    let sources = real.identities();
    let opened: Vec<Vec<Opened>> = sources
        .into_par_iter()
        .map(|source| opened_by(real, source, &asked))
        .collect();
    for Opened {
        source,
        place: [namespace, candidate, list],
        ports,
    } in opened.into_iter().flatten()
    {
        let all = namespaces.get_mut(namespace);
        let candidate = all.and_then(|one| one.candidates.get_mut(candidate));
        let with_ports = candidate.and_then(|one| match list.checked_sub(1) {
            None => Some(&mut one.reached_by),
            Some(list) => Some(&mut one.with_ports.get_mut(list)?.reached_by),
        });
        if let Some(reached_by) = with_ports {
            reached_by.insert(source, ports);
        }
    }
}

/// A candidate, with the place of its namespace, its own, and that of its list of ports, counted
/// from 1; and whom it is compared with.
struct Asked {
    place: [usize; 3],
    identity: IdentityId,
    less: Option<IdentityId>,
}

fn asked(namespace: usize, candidates: &[Candidate]) -> Vec<Asked> {
    let first = candidates.first().map(|first| first.identity);
    let all = candidates
        .iter()
        .enumerate()
        .flat_map(|(place, candidate)| {
            let without_ports = Asked {
                place: [namespace, place, 0],
                identity: candidate.identity,
                less: first.filter(|_| place > 0),
            };
            let lists = candidate.with_ports.iter().zip(1..);
            let lists = lists.map(move |(list, number)| Asked {
                place: [namespace, place, number],
                identity: list.identity,
                less: Some(candidate.identity),
            });
            std::iter::once(without_ports).chain(lists)
        });
    all.collect()
}

/// What somebody may open to one that was asked about.
struct Opened {
    source: IdentityId,
    place: [usize; 3],
    ports: PortSet,
}

fn opened_by(real: &Real<'_, '_>, source: IdentityId, asked: &[Asked]) -> Vec<Opened> {
    let outgoing = real.with_pods.from(source);
    let mut traffics: Vec<Option<u32>> = vec![None; real.with_pods.identities().len()];
    for link in &outgoing.links {
        if let Some(traffic) = traffics.get_mut(link.to.0 as usize) {
            *traffic = Some(link.traffic);
        }
    }
    let traffic = |id: IdentityId| traffics.get(id.0 as usize).copied().flatten();
    let mut beyond = Beyond::default();
    let opened = asked.iter().filter_map(|one| {
        let own = traffic(one.identity)?;
        let less = one.less.and_then(traffic).map(|less| (&outgoing, less));
        let ports = beyond.ports((&outgoing, own), less);
        (!ports.is_empty()).then(|| Opened {
            source,
            place: one.place,
            ports: ports.clone(),
        })
    });
    opened.collect()
}

/// Differences of ports, each worked out once.
#[derive(Default)]
struct Beyond(FxHashMap<(u32, Option<u32>), PortSet>);

impl Beyond {
    fn ports(&mut self, own: (&Outgoing, u32), less: Option<(&Outgoing, u32)>) -> &PortSet {
        let ports = |(outgoing, traffic): (&Outgoing, u32)| {
            let traffic = outgoing.traffics.get(traffic as usize);
            traffic.map(Traffic::ports).unwrap_or_default()
        };
        let key = (own.1, less.map(|less| less.1));
        self.0.entry(key).or_insert_with(|| match less {
            Some(less) => ports(own).minus(&ports(less)),
            None => ports(own),
        })
    }
}
