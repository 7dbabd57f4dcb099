//! Everybody who is there already, and what new pods may open to them and they to new pods.
//!
//! Must not know which new pods there are.

use std::collections::{BTreeMap, BTreeSet};

use ztc_reach::{IdentityId, PartyId, PortSet, Reach, Reason, Reasons};

use super::{
    compare::{Candidate, Connections, ExposedPod, Extra},
    named::NamedPorts,
    openers::{Opener, Openers},
    port_sets::PortSets,
};

/// Everybody who exists, by identity: their parties in the bundle without new pods.
pub(super) struct Existing<'r, 'b> {
    pub(super) with_pods: &'r Reach<'b>,
    reach: &'r Reach<'b>,
    listed: Vec<Parties>,
    openers: Openers,
}

/// Who has an identity: those that the bundle without new pods lists, and names of others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Parties {
    parties: BTreeSet<PartyId>,
    unlisted: BTreeSet<String>,
}

impl Parties {
    fn is_empty(&self) -> bool {
        self.parties.is_empty() && self.unlisted.is_empty()
    }
}

impl<'r, 'b> Existing<'r, 'b> {
    pub(super) fn new(
        reach: &'r Reach<'b>,
        with_pods: &'r Reach<'b>,
        made_up: &BTreeSet<PartyId>,
    ) -> Self {
        let by_name = reach.by_name();
        let listed = with_pods.identities().iter().map(|identity| {
            let mut listed = Parties::default();
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
            openers: Openers::new(with_pods),
            with_pods,
            reach,
        }
    }

    pub(super) fn is_real(&self, identity: IdentityId) -> bool {
        let listed = self.listed.get(identity.0 as usize);
        listed.is_some_and(|listed| !listed.is_empty())
    }

    /// Those of everybody who exists; those who may open the same connections together.
    pub(super) fn by_opener(&self) -> Vec<Vec<IdentityId>> {
        let mut alike: BTreeMap<Opener, Vec<IdentityId>> = BTreeMap::new();
        let all = (0u32..).map(IdentityId).zip(self.with_pods.identities());
        for (id, identity) in all.filter(|(id, _)| self.is_real(*id)) {
            alike.entry(self.openers.of(identity)).or_default().push(id);
        }
        alike.into_values().collect()
    }

    /// Whether two ends may open the same connections.
    pub(super) fn open_the_same(&self, one: IdentityId, other: IdentityId) -> bool {
        let opener = |id| Some(self.openers.of(self.with_pods.identity(id)?));
        opener(one) == opener(other)
    }

    /// Writes out what a new pod of a namespace has.
    pub(super) fn exposed(
        &self,
        sets: &PortSets,
        namespace: &str,
        candidate: Candidate,
    ) -> ExposedPod {
        let own = candidate.identity;
        let reaches = |other| self.with_pods.permitted(own, other);
        let reached_by = |other| self.with_pods.permitted(other, own);
        let (by_ingress, by_egress) = (|one: Reasons| one.ingress, |one: Reasons| one.egress);
        let reaches = self.alike((&candidate.reaches, sets), &reaches);
        let mut all = self.alike((&candidate.reached_by, sets), &reached_by);
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
        (extra, sets): (&Extra, &PortSets),
        permitted: &dyn Fn(IdentityId) -> Vec<(Reasons, PortSet)>,
    ) -> Alike {
        let mut alike = Alike::new();
        for (other, ports) in extra {
            for (reasons, permitted) in permitted(*other) {
                let common = permitted.common(sets.get(*ports));
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
                |((reasons, ports, named), Parties { parties, unlisted })| Connections {
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
type Alike = BTreeMap<(Reasons, PortSet, BTreeSet<NamedPorts>), Parties>;
