//! What a new pod has beyond one of its namespace without labels.
//!
//! Both are parties of one bundle, so they are compared identity by identity. Must not know
//! selectors.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use ztc_reach::{IdentityId, Outgoing, PartyId, PortSet, Reach, Reasons, Traffic};

use super::labels::{NewPod, NewPods};
use crate::made_up;

/// A namespace and its new pods.
pub(super) struct Exposed {
    pub(super) namespace: String,
    /// Whether every kind of pod was tried.
    pub(super) is_exact: bool,
    /// First the pod without labels, with all it has; then those that have anything that none
    /// before them has, with what they have beyond the first.
    pub(super) pods: Vec<ExposedPod>,
}

/// One new pod.
pub(super) struct ExposedPod {
    /// As `ztc explain` takes it: `shop{app=web}`.
    pub(super) text: String,
    pub(super) pod: NewPod,
    /// What it may open connections to.
    pub(super) reaches: Vec<Connections>,
    /// Who may open connections to it.
    pub(super) reached_by: Vec<Connections>,
}

/// Connections that are alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Connections {
    /// The other ends, ascending.
    pub(super) parties: Vec<PartyId>,
    pub(super) ports: PortSet,
    pub(super) reasons: Reasons,
    /// Whether labels that it chose get a pod past a rule of something in another namespace.
    pub(super) crosses: bool,
}

/// Ports by the other end.
type Extra = BTreeMap<IdentityId, PortSet>;

/// A new pod by its identity, and what it has beyond the pod without labels.
struct Candidate {
    text: String,
    pod: NewPod,
    identity: IdentityId,
    reaches: Extra,
    reached_by: Extra,
}

/// Compares the new pods of every namespace. The parties of the result are those of `reach`, which
/// has no new pods in it.
pub(super) fn exposed(
    reach: &Reach<'_>,
    with_pods: &Reach<'_>,
    new_pods: Vec<NewPods>,
) -> Vec<Exposed> {
    let by_name = with_pods.by_name();
    let mut made_up: BTreeSet<PartyId> = BTreeSet::new();
    let mut namespaces: Vec<(String, bool, Vec<Candidate>)> = Vec::new();
    for one in new_pods {
        let mut known: BTreeSet<IdentityId> = BTreeSet::new();
        let mut candidates = Vec::new();
        for pod in one.pods {
            let text = pod.made_up(&one.namespace).text().to_owned();
            let id = by_name.get(made_up::full_name(&text).as_str());
            let found = id.and_then(|id| Some((*id, with_pods.party(*id)?.identity)));
            let Some((id, identity)) = found else {
                continue;
            };
            made_up.insert(id);
            if known.insert(identity) {
                candidates.push(Candidate {
                    text,
                    pod,
                    identity,
                    reaches: Extra::new(),
                    reached_by: Extra::new(),
                });
            }
        }
        namespaces.push((one.namespace, one.is_exact, candidates));
    }
    let real = Real::new(reach, with_pods, &made_up);
    namespaces
        .par_iter_mut()
        .for_each(|(_, _, candidates)| outgoing(&real, candidates));
    incoming(&real, &mut namespaces);
    let exposed = |(namespace, is_exact, candidates): (String, bool, Vec<Candidate>)| {
        let pods = chosen(candidates).into_iter();
        let pods = pods.map(|one| real.exposed(&namespace, one)).collect();
        Exposed {
            namespace,
            is_exact,
            pods,
        }
    };
    namespaces.into_par_iter().map(exposed).collect()
}

/// Everybody who exists, by identity: their parties in the bundle without new pods.
struct Real<'r, 'b> {
    with_pods: &'r Reach<'b>,
    reach: &'r Reach<'b>,
    parties: Vec<Vec<PartyId>>,
}

impl<'r, 'b> Real<'r, 'b> {
    fn new(reach: &'r Reach<'b>, with_pods: &'r Reach<'b>, made_up: &BTreeSet<PartyId>) -> Self {
        let by_name = reach.by_name();
        let name = |id: &PartyId| with_pods.party(*id).map(|party| party.name.as_str());
        let parties = with_pods.identities().iter().map(|identity| {
            let real = identity.parties.iter().filter(|id| !made_up.contains(id));
            let named = real.filter_map(|id| by_name.get(name(id)?).copied());
            named.collect()
        });
        let parties = parties.collect();
        Self {
            with_pods,
            reach,
            parties,
        }
    }

    fn parties(&self, identity: IdentityId) -> &[PartyId] {
        let parties = self.parties.get(identity.0 as usize);
        parties.map_or(&[], Vec::as_slice)
    }

    fn exposed(&self, namespace: &str, candidate: Candidate) -> ExposedPod {
        let own = candidate.identity;
        let to = |other| (own, other);
        let from = |other| (other, own);
        let has_chosen = candidate.pod != NewPod::default();
        let chooser = if has_chosen { namespace } else { "" };
        ExposedPod {
            reaches: self.connections(&candidate.reaches, chooser, &to),
            reached_by: self.connections(&candidate.reached_by, "", &from),
            text: candidate.text,
            pod: candidate.pod,
        }
    }

    /// What is alike together. `chooser` is the namespace of a pod that opens connections with
    /// labels that it chose; else empty.
    fn connections(
        &self,
        extra: &Extra,
        chooser: &str,
        ends: &dyn Fn(IdentityId) -> (IdentityId, IdentityId),
    ) -> Vec<Connections> {
        let mut alike: BTreeMap<(Reasons, PortSet), Vec<PartyId>> = BTreeMap::new();
        for (other, ports) in extra {
            let (from, to) = ends(*other);
            for (reasons, permitted) in self.with_pods.permitted(from, to) {
                let common = permitted.common(ports);
                if !common.is_empty() {
                    let parties = alike.entry((reasons, common)).or_default();
                    parties.extend(self.parties(*other));
                }
            }
        }
        let is_elsewhere = |id: &PartyId| {
            let party = self.reach.party(*id);
            party.is_some_and(|party| !party.namespace.is_empty() && party.namespace != chooser)
        };
        let mut connections: Vec<Connections> = alike
            .into_iter()
            .map(|((reasons, ports), mut parties)| {
                parties.sort_unstable();
                let is_let_in = !chooser.is_empty() && reasons.ingress.rule().is_some();
                let crosses = is_let_in && parties.iter().any(is_elsewhere);
                Connections {
                    parties,
                    ports,
                    reasons,
                    crosses,
                }
            })
            .collect();
        connections.sort_by(|one, two| {
            (&one.parties, &one.ports, one.reasons).cmp(&(&two.parties, &two.ports, two.reasons))
        });
        connections
    }
}

/// What each candidate may open beyond the first, and what the first may.
fn outgoing(real: &Real<'_, '_>, candidates: &mut [Candidate]) {
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
            if real.parties(link.to).is_empty() {
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

/// What everybody may open to each candidate beyond the first of its namespace.
fn incoming(real: &Real<'_, '_>, namespaces: &mut [(String, bool, Vec<Candidate>)]) {
    let candidates: Vec<Vec<IdentityId>> = namespaces
        .iter()
        .map(|(_, _, all)| all.iter().map(|one| one.identity).collect())
        .collect();
    let sources = (0u32..).map(IdentityId).zip(&real.parties);
    let sources = sources.filter(|(_, parties)| !parties.is_empty());
    let sources: Vec<IdentityId> = sources.map(|(id, _)| id).collect();
    let opened: Vec<Vec<Opened>> = sources
        .into_par_iter()
        .map(|source| opened_by(real, source, &candidates))
        .collect();
    for one in opened.into_iter().flatten() {
        let all = namespaces.get_mut(one.namespace);
        if let Some(candidate) = all.and_then(|(_, _, all)| all.get_mut(one.place)) {
            candidate.reached_by.insert(one.source, one.ports);
        }
    }
}

/// What somebody may open to a candidate, which goes by the place of its namespace and its own.
struct Opened {
    source: IdentityId,
    namespace: usize,
    place: usize,
    ports: PortSet,
}

fn opened_by(
    real: &Real<'_, '_>,
    source: IdentityId,
    candidates: &[Vec<IdentityId>],
) -> Vec<Opened> {
    let outgoing = real.with_pods.from(source);
    let mut traffics: Vec<Option<u32>> = vec![None; real.parties.len()];
    for link in &outgoing.links {
        if let Some(traffic) = traffics.get_mut(link.to.0 as usize) {
            *traffic = Some(link.traffic);
        }
    }
    let traffic = |id: &IdentityId| traffics.get(id.0 as usize).copied().flatten();
    let mut beyond = Beyond::default();
    let mut opened = Vec::new();
    for (namespace, all) in candidates.iter().enumerate() {
        let bare = all.first().and_then(traffic);
        for (place, candidate) in all.iter().enumerate() {
            let Some(own) = traffic(candidate) else {
                continue;
            };
            let less = bare.filter(|_| place > 0).map(|bare| (&outgoing, bare));
            let ports = beyond.ports((&outgoing, own), less);
            if !ports.is_empty() {
                opened.push(Opened {
                    source,
                    namespace,
                    place,
                    ports: ports.clone(),
                });
            }
        }
    }
    opened
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

/// The first, and of the others those that have something that none before them has.
fn chosen(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let (mut reaches, mut reached_by) = (Extra::new(), Extra::new());
    let mut candidates = candidates.into_iter();
    let mut all: Vec<Candidate> = candidates.next().into_iter().collect();
    for candidate in candidates {
        let has_more = add(&mut reaches, &candidate.reaches);
        if add(&mut reached_by, &candidate.reached_by) || has_more {
            all.push(candidate);
        }
    }
    all
}

/// Adds what is not there; says whether there was anything.
fn add(known: &mut Extra, more: &Extra) -> bool {
    let mut is_new = false;
    for (other, ports) in more {
        let known = known.entry(*other).or_default();
        if !ports.minus(known).is_empty() {
            let ranges = known.ranges().iter().chain(ports.ranges());
            *known = ranges.copied().collect();
            is_new = true;
        }
    }
    is_new
}
