//! What a new pod has beyond one of its namespace without labels.
//!
//! Both are parties of one bundle, so they are compared identity by identity. Must not know
//! selectors.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use ztc_reach::{IdentityId, PartyId, PortSet, Reach, Reason, Reasons};

use super::{
    beyond,
    labels::{NewPod, NewPods, Tried},
    named::{self, Named, NamedPorts},
    port_names::PortName,
};
use crate::made_up;

/// A namespace and its new pods.
pub(super) struct Exposed {
    pub(super) namespace: String,
    /// How far the search for kinds of pods came.
    pub(super) tried: Tried,
    /// Whether there was no room to try every name on every number.
    pub(super) is_short_of_ports: bool,
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
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Connections {
    /// The other ends, ascending.
    pub(super) parties: Vec<PartyId>,
    /// Names of those that only policies about new pods tell from others.
    pub(super) unlisted: BTreeSet<String>,
    pub(super) ports: PortSet,
    /// Instead of ports: those that are open if the new pod names them so.
    pub(super) named: BTreeSet<NamedPorts>,
    pub(super) reasons: Reasons,
    /// Whether a rule about a workload of another namespace lets it through.
    pub(super) crosses: bool,
}

/// Ports by the other end.
pub(super) type Extra = BTreeMap<IdentityId, PortSet>;

/// The new pods of a namespace, while they are compared.
pub(super) struct Compared {
    namespace: String,
    tried: Tried,
    is_short_of_ports: bool,
    /// The first is the pod without labels.
    pub(super) candidates: Vec<Candidate>,
}

/// A new pod by its identity, and what it has beyond the pod without labels.
pub(super) struct Candidate {
    text: String,
    pod: NewPod,
    pub(super) identity: IdentityId,
    pub(super) reaches: Extra,
    pub(super) reached_by: Extra,
    /// The same pod with named ports.
    pub(super) with_ports: Vec<WithPorts>,
    named: Named,
}

/// A new pod with named ports, and who may open what to it beyond the same one without.
pub(super) struct WithPorts {
    list: Vec<PortName>,
    pub(super) identity: IdentityId,
    pub(super) reached_by: Extra,
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
    let mut find = |text: &str| -> Option<IdentityId> {
        let id = by_name.get(made_up::full_name(text).as_str())?;
        made_up.insert(*id);
        Some(with_pods.party(*id)?.identity)
    };
    let mut namespaces: Vec<Compared> = new_pods
        .into_iter()
        .map(|one| Compared {
            candidates: candidates(&one, &mut find),
            namespace: one.namespace,
            tried: one.tried,
            is_short_of_ports: one.is_short_of_ports,
        })
        .collect();
    let real = Real::new(reach, with_pods, &made_up);
    namespaces
        .par_iter_mut()
        .for_each(|one| beyond::outgoing(&real, &mut one.candidates));
    beyond::incoming(&real, &mut namespaces);
    let exposed = |mut one: Compared| {
        add_named(with_pods, &mut one.candidates);
        let pods = chosen(one.candidates).into_iter();
        Exposed {
            pods: pods.map(|pod| real.exposed(&one.namespace, pod)).collect(),
            namespace: one.namespace,
            tried: one.tried,
            is_short_of_ports: one.is_short_of_ports,
        }
    };
    namespaces.into_par_iter().map(exposed).collect()
}

/// The new pods of a namespace; of those that policies do not tell apart, ports included, the
/// first.
fn candidates(
    new_pods: &NewPods,
    find: &mut impl FnMut(&str) -> Option<IdentityId>,
) -> Vec<Candidate> {
    let mut known: BTreeSet<IdentityId> = BTreeSet::new();
    let mut candidates = Vec::new();
    for pod in &new_pods.pods {
        let text = pod.made_up(&new_pods.namespace, &[]).text().to_owned();
        let Some(identity) = find(&text) else {
            continue;
        };
        let mut with_ports = Vec::new();
        for list in &pod.port_lists {
            let text = pod.made_up(&new_pods.namespace, list).text().to_owned();
            if let Some(found) = find(&text).filter(|found| *found != identity) {
                with_ports.push(WithPorts {
                    list: list.clone(),
                    identity: found,
                    reached_by: Extra::new(),
                });
            }
        }
        if known.insert(identity) || !with_ports.is_empty() {
            candidates.push(Candidate {
                text,
                pod: pod.clone(),
                identity,
                reaches: Extra::new(),
                reached_by: Extra::new(),
                with_ports,
                named: Named::new(),
            });
        }
    }
    candidates
}

/// Puts together what the lists of ports get each candidate that the first does not get by them.
fn add_named(with_pods: &Reach<'_>, candidates: &mut [Candidate]) {
    let mut of_first: Option<Named> = None;
    for candidate in candidates {
        let mut all = Named::new();
        for one in &candidate.with_ports {
            for (source, ports) in &one.reached_by {
                let ends = (*source, one.identity);
                named::add(&mut all, with_pods, ends, ports, &one.list);
            }
        }
        named::reduce(&mut all, of_first.as_ref().unwrap_or(&Named::new()));
        of_first.get_or_insert_with(|| all.clone());
        candidate.named = all;
    }
}

/// Everybody who exists, by identity: their parties in the bundle without new pods.
pub(super) struct Real<'r, 'b> {
    pub(super) with_pods: &'r Reach<'b>,
    reach: &'r Reach<'b>,
    listed: Vec<Listed>,
}

/// Who has an identity: those that the bundle without new pods lists, and names of others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Listed {
    parties: BTreeSet<PartyId>,
    unlisted: BTreeSet<String>,
}

impl Listed {
    fn is_empty(&self) -> bool {
        self.parties.is_empty() && self.unlisted.is_empty()
    }
}

impl<'r, 'b> Real<'r, 'b> {
    fn new(reach: &'r Reach<'b>, with_pods: &'r Reach<'b>, made_up: &BTreeSet<PartyId>) -> Self {
        let by_name = reach.by_name();
        let listed = with_pods.identities().iter().map(|identity| {
            let mut listed = Listed::default();
            let real = identity.parties.iter().filter(|id| !made_up.contains(id));
            for party in real.filter_map(|id| with_pods.party(*id)) {
                match by_name.get(party.name.as_str()) {
                    Some(id) => listed.parties.insert(*id),
                    None => listed.unlisted.insert(party.name.clone()),
                };
            }
            listed
        });
        Self {
            listed: listed.collect(),
            with_pods,
            reach,
        }
    }

    pub(super) fn is_real(&self, identity: IdentityId) -> bool {
        let listed = self.listed.get(identity.0 as usize);
        listed.is_some_and(|listed| !listed.is_empty())
    }

    /// Those of everybody who exists.
    pub(super) fn identities(&self) -> Vec<IdentityId> {
        let all = (0u32..).map(IdentityId).zip(&self.listed);
        let real = all.filter(|(_, listed)| !listed.is_empty());
        real.map(|(id, _)| id).collect()
    }

    fn exposed(&self, namespace: &str, candidate: Candidate) -> ExposedPod {
        let own = candidate.identity;
        let reaches = |other| self.with_pods.permitted(own, other);
        let reached_by = |other| self.with_pods.permitted(other, own);
        let (by_ingress, by_egress) = (|one: Reasons| one.ingress, |one: Reasons| one.egress);
        let reaches = self.alike(&candidate.reaches, &reaches);
        let mut all = self.alike(&candidate.reached_by, &reached_by);
        for (source, ports) in &candidate.named {
            let mut by_reason: BTreeMap<Reasons, BTreeSet<NamedPorts>> = BTreeMap::new();
            for (one, reasons) in ports {
                by_reason.entry(*reasons).or_default().insert(one.clone());
            }
            for (reasons, named) in by_reason {
                self.add(&mut all, (reasons, PortSet::default(), named), *source);
            }
        }
        ExposedPod {
            reaches: self.connections(reaches, namespace, by_ingress),
            reached_by: self.connections(all, namespace, by_egress),
            text: candidate.text,
            pod: candidate.pod,
        }
    }

    /// What is alike together.
    fn alike(
        &self,
        extra: &Extra,
        permitted: &dyn Fn(IdentityId) -> Vec<(Reasons, PortSet)>,
    ) -> Alike {
        let mut alike = Alike::new();
        for (other, ports) in extra {
            for (reasons, permitted) in permitted(*other) {
                let common = permitted.common(ports);
                if !common.is_empty() {
                    self.add(&mut alike, (reasons, common, BTreeSet::new()), *other);
                }
            }
        }
        alike
    }

    fn add(
        &self,
        alike: &mut Alike,
        key: (Reasons, PortSet, BTreeSet<NamedPorts>),
        other: IdentityId,
    ) {
        if let Some(listed) = self.listed.get(other.0 as usize) {
            let all = alike.entry(key).or_default();
            all.parties.extend(&listed.parties);
            all.unlisted.extend(listed.unlisted.iter().cloned());
        }
    }

    /// `theirs` is why the other end lets it through; `namespace` is that of the new pod.
    fn connections(
        &self,
        alike: Alike,
        namespace: &str,
        theirs: fn(Reasons) -> Reason,
    ) -> Vec<Connections> {
        let is_elsewhere = |id: &PartyId| {
            let party = self.reach.party(*id);
            party.is_some_and(|party| !party.namespace.is_empty() && party.namespace != namespace)
        };
        let mut connections: Vec<Connections> = alike
            .into_iter()
            .map(
                |((reasons, ports, named), Listed { parties, unlisted })| Connections {
                    crosses: theirs(reasons).rule().is_some() && parties.iter().any(is_elsewhere),
                    parties: parties.into_iter().collect(),
                    unlisted,
                    ports,
                    named,
                    reasons,
                },
            )
            .collect();
        connections.sort_by(|one, two| {
            let key = |one: &Connections| (!one.named.is_empty(), one.clone());
            key(one).cmp(&key(two))
        });
        connections
    }
}

/// Who is at the other end of what is alike: reasons, ports, and ports by their names.
type Alike = BTreeMap<(Reasons, PortSet, BTreeSet<NamedPorts>), Listed>;

/// The first, and of the others those that have something that none before them has.
fn chosen(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let (mut reaches, mut reached_by) = (Extra::new(), Extra::new());
    let mut named = Named::new();
    let mut candidates = candidates.into_iter();
    let mut all: Vec<Candidate> = candidates.next().into_iter().collect();
    for candidate in candidates {
        let has_more = add(&mut reaches, &candidate.reaches);
        let is_reached = add(&mut reached_by, &candidate.reached_by);
        let is_named = named::add_new(&mut named, &candidate.named);
        if has_more || is_reached || is_named {
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
