//! What a new pod has beyond one of its namespace without labels.
//!
//! Both are parties of one bundle, so they are compared identity by identity. Must not know
//! selectors.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use ztc_reach::{IdentityId, PartyId, PortSet, Reach, Reasons};

use super::{
    beyond,
    existing::Existing,
    labels::{NewPod, NewPods, Tried},
    named::{self, Named, NamedPorts},
    port_names::PortName,
    port_sets::{PortSetId, PortSets},
    room::{self, Listed},
};
use crate::{exit::Failure, made_up::MadeUp};

/// How much there is room for. Where connections differ between every two ends, they are as many as
/// new pods times others; beyond this, the namespaces with the most lose their last pods.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limits {
    /// What is kept while pods are compared: of a new pod each other end that it has something
    /// with.
    pub(super) kept: usize,
    /// Lines of all namespaces together.
    pub(super) lines: usize,
}

/// How many namespaces are written out at once.
const AT_ONCE: usize = 16;

/// A namespace and its new pods.
pub(super) struct Exposed {
    pub(super) namespace: String,
    /// How far the search for kinds of pods came.
    pub(super) tried: Tried,
    /// Whether there was no room to try every name on every number.
    pub(super) is_short_of_ports: bool,
    /// Whether there was room for all its new pods; those that are there have all their lines.
    pub(super) has_all_pods: bool,
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
pub(super) type Extra = Vec<(IdentityId, PortSetId)>;

/// The new pods of a namespace, while they are compared.
pub(super) struct Compared {
    pub(super) namespace: String,
    tried: Tried,
    is_short_of_ports: bool,
    has_all_pods: bool,
    /// The first is the pod without labels.
    pub(super) candidates: Vec<Candidate>,
}

/// A new pod by its identity, and what it has beyond the pod without labels.
pub(super) struct Candidate {
    pub(super) text: String,
    pub(super) pod: NewPod,
    pub(super) identity: IdentityId,
    pub(super) reaches: Extra,
    pub(super) reached_by: Extra,
    /// The same pod with named ports.
    pub(super) with_ports: Vec<WithPorts>,
    pub(super) named: Named,
}

/// A new pod with named ports, and who may open what to it beyond the same one without.
pub(super) struct WithPorts {
    list: Vec<PortName>,
    pub(super) identity: IdentityId,
    pub(super) reached_by: Extra,
}

/// A kind of pod without an answer: to leave it out would say that it has nothing.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("what new pods `{text}` have is not known: something else has their name")]
#[diagnostic(help("a namespace, a label or a pod has a name that Kubernetes would refuse"))]
struct NotFound {
    text: String,
}

impl Listed for Compared {
    fn sizes(&self) -> impl Iterator<Item = usize> {
        self.candidates.iter().map(|one| {
            let named: usize = one.with_ports.iter().map(|one| one.reached_by.len()).sum();
            one.reaches.len() + one.reached_by.len() + named
        })
    }

    fn keep(&mut self, n: usize) {
        self.candidates.truncate(n);
        self.has_all_pods = false;
    }
}

impl Listed for Exposed {
    fn sizes(&self) -> impl Iterator<Item = usize> {
        self.pods.iter().map(ExposedPod::n_lines)
    }

    fn keep(&mut self, n: usize) {
        self.pods.truncate(n);
        self.has_all_pods = false;
    }
}

impl Exposed {
    /// Whether no pod has a connection that is not listed.
    pub(super) fn is_exact(&self) -> bool {
        self.tried == Tried::All && !self.is_short_of_ports && self.has_all_pods
    }
}

impl ExposedPod {
    fn n_lines(&self) -> usize {
        self.reaches.len() + self.reached_by.len()
    }
}

/// Compares the new pods of every namespace and adds what they have. The parties of the result are
/// those of `reach`, which has no new pods in it.
pub(super) fn add_exposed(
    all: &mut Vec<Exposed>,
    reach: &Reach<'_>,
    with_pods: &Reach<'_>,
    new_pods: Vec<NewPods>,
    limits: Limits,
) -> Result<(), Failure> {
    let mut compiled = Compiled {
        with_pods,
        by_name: with_pods.by_name(),
        is_real: reach.by_name(),
        found: BTreeSet::new(),
    };
    let mut namespaces = Vec::with_capacity(new_pods.len());
    for one in new_pods {
        namespaces.push(Compared {
            candidates: compiled.candidates(&one)?,
            namespace: one.namespace,
            tried: one.tried,
            is_short_of_ports: one.is_short_of_ports,
            has_all_pods: true,
        });
    }
    let existing = Existing::new(reach, with_pods, &compiled.found);
    let mut sets = PortSets::default();
    beyond::outgoing(&existing, (&mut namespaces, limits.kept), &mut sets);
    beyond::incoming(&existing, (&mut namespaces, limits.kept), &mut sets);
    let mut left = namespaces.into_iter();
    loop {
        let some: Vec<Compared> = left.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return Ok(());
        }
        let some = some.into_par_iter();
        let some = some.map(|one| exposed(&existing, &sets, one, limits.lines));
        all.extend(some.collect::<Vec<_>>());
        room::shorten(all, limits.lines);
    }
}

/// Writes out what the new pods of a namespace have, as far as there is room.
fn exposed(
    existing: &Existing<'_, '_>,
    sets: &PortSets,
    mut compared: Compared,
    mut room: usize,
) -> Exposed {
    add_named(existing.with_pods, sets, &mut compared.candidates);
    let mut exposed = Exposed {
        namespace: compared.namespace,
        tried: compared.tried,
        is_short_of_ports: compared.is_short_of_ports,
        has_all_pods: compared.has_all_pods,
        pods: Vec::new(),
    };
    for candidate in chosen(sets, compared.candidates) {
        let pod = existing.exposed(sets, &exposed.namespace, candidate);
        let Some(left) = room.checked_sub(pod.n_lines()) else {
            exposed.has_all_pods = false;
            break;
        };
        room = left;
        exposed.pods.push(pod);
    }
    exposed
}

/// The new pods in the bundle that was compiled for them.
struct Compiled<'r, 'b> {
    with_pods: &'r Reach<'b>,
    by_name: FxHashMap<&'r str, PartyId>,
    /// Who is not new.
    is_real: FxHashMap<&'r str, PartyId>,
    found: BTreeSet<PartyId>,
}

impl Compiled<'_, '_> {
    /// The new pods of a namespace; of those that policies do not tell apart, ports included, the
    /// first.
    fn candidates(&mut self, new_pods: &NewPods) -> Result<Vec<Candidate>, Failure> {
        let mut known: BTreeSet<IdentityId> = BTreeSet::new();
        let mut candidates = Vec::new();
        for pod in &new_pods.pods {
            let made_up = pod.made_up(&new_pods.namespace, &[]);
            let identity = self.find(&made_up)?;
            let mut with_ports = Vec::new();
            for list in &pod.port_lists {
                let found = self.find(&pod.made_up(&new_pods.namespace, list))?;
                if found != identity {
                    with_ports.push(WithPorts {
                        list: list.clone(),
                        identity: found,
                        reached_by: Extra::new(),
                    });
                }
            }
            if known.insert(identity) || !with_ports.is_empty() {
                candidates.push(Candidate {
                    text: made_up.text().to_owned(),
                    pod: pod.clone(),
                    identity,
                    reaches: Extra::new(),
                    reached_by: Extra::new(),
                    with_ports,
                    named: Named::new(),
                });
            }
        }
        Ok(candidates)
    }

    /// The identity of a new pod, which nobody else is taken for.
    fn find(&mut self, pod: &MadeUp) -> Result<IdentityId, Failure> {
        let name = pod.full_name();
        let is_new = !self.is_real.contains_key(name.as_str());
        let party = self.by_name.get(name.as_str()).filter(|_| is_new);
        let party = party.filter(|id| self.found.insert(**id));
        let party = party.and_then(|id| self.with_pods.party(*id));
        let party = party.ok_or_else(|| {
            let text = pod.text().to_owned();
            Failure::Report(NotFound { text }.into())
        })?;
        Ok(party.identity)
    }
}

/// Puts together what the lists of ports get each candidate that the first does not get by them.
fn add_named(with_pods: &Reach<'_>, sets: &PortSets, candidates: &mut [Candidate]) {
    let mut of_first: Option<Named> = None;
    for candidate in candidates {
        let mut all = Named::new();
        for one in &candidate.with_ports {
            for (source, ports) in &one.reached_by {
                let ends = (*source, one.identity);
                named::add(&mut all, with_pods, ends, sets.get(*ports), &one.list);
            }
        }
        named::reduce(&mut all, of_first.as_ref().unwrap_or(&Named::new()));
        of_first.get_or_insert_with(|| all.clone());
        candidate.named = all;
    }
}

/// The first, and of the others those that have something that none before them has.
fn chosen(sets: &PortSets, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let (mut reaches, mut reached_by) = (Known::default(), Known::default());
    let mut named = Named::new();
    let mut candidates = candidates.into_iter();
    let mut all: Vec<Candidate> = candidates.next().into_iter().collect();
    for candidate in candidates {
        let has_more = add(&mut reaches, sets, &candidate.reaches);
        let is_reached = add(&mut reached_by, sets, &candidate.reached_by);
        let is_named = named::add_new(&mut named, &candidate.named);
        if has_more || is_reached || is_named {
            all.push(candidate);
        }
    }
    all
}

/// What some candidates have, by the other end.
type Known = FxHashMap<IdentityId, PortSet>;

/// Adds what is not there; says whether there was anything.
fn add(known: &mut Known, sets: &PortSets, more: &Extra) -> bool {
    let mut is_new = false;
    for (other, ports) in more {
        let known = known.entry(*other).or_default();
        let ports = sets.get(*ports);
        if !ports.minus(known).is_empty() {
            let ranges = known.ranges().iter().chain(ports.ranges());
            *known = ranges.copied().collect();
            is_new = true;
        }
    }
    is_new
}

#[cfg(test)]
mod tests;
