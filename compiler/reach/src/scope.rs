//! Which connections are asked for, and those of one source.
//!
//! Must not know how they are folded or shown.

use crate::{IdentityId, Outgoing, PartyId, PortSet, Reach, Reason, Reasons, reason::reason};

/// Some of the parties of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PartySet(Vec<bool>);

impl PartySet {
    /// Whether a party is in it.
    pub fn contains(&self, id: PartyId) -> bool {
        self.0.get(id.0 as usize) == Some(&true)
    }

    /// What is in both.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let both = self.0.iter().zip(&other.0);
        Self(both.map(|(one, two)| *one && *two).collect())
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let ids = (0u32..).map(PartyId).zip(&self.0);
        Self(ids.map(|(id, one)| *one && !other.contains(id)).collect())
    }
}

impl FromIterator<PartyId> for PartySet {
    fn from_iter<I: IntoIterator<Item = PartyId>>(ids: I) -> Self {
        let mut set = Vec::new();
        for PartyId(id) in ids {
            let place = id as usize;
            if set.len() <= place {
                set.resize(place + 1, false);
            }
            if let Some(is_in) = set.get_mut(place) {
                *is_in = true;
            }
        }
        Self(set)
    }
}

/// Which connections are asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// Who opens them.
    pub from: PartySet,
    /// To whom.
    pub to: PartySet,
    /// Ports of which they permit one at least, whatever else they permit besides.
    pub ports: Option<PortSet>,
    /// Whether what a pod's own node may always do includes the ports that rules allow it
    /// besides: then these are permitted for two reasons, and most nodes are one line.
    pub own_node_is_whole: bool,
}

/// The connections of one identity that a scope holds.
pub(crate) struct Permitted {
    /// To whom, ascending, with the place of what is permitted in `parts`.
    pub(crate) links: Vec<(IdentityId, usize)>,
    /// Reasons with their ports; no list is empty that a link names.
    pub(crate) parts: Vec<Vec<(Reasons, PortSet)>>,
}

impl Scope {
    /// Every connection.
    pub fn everything(reach: &Reach<'_>) -> Self {
        let everybody = || reach.numbered().map(|(id, _)| id).collect();
        Self {
            from: everybody(),
            to: everybody(),
            ports: None,
            own_node_is_whole: false,
        }
    }

    /// The identities that have some party in a set.
    pub(crate) fn identities(reach: &Reach<'_>, set: &PartySet) -> Vec<bool> {
        let is_in = |id: &PartyId| set.contains(*id);
        let identities = reach.identities().iter();
        identities
            .map(|identity| identity.parties.iter().any(is_in))
            .collect()
    }

    /// What an identity may do, where `is_target` says who is asked about.
    pub(crate) fn permitted(
        &self,
        reach: &Reach<'_>,
        source: IdentityId,
        is_target: &[bool],
    ) -> Permitted {
        let outgoing = reach.from(source);
        // Each traffic twice, as a verdict without a rule means another thing of a target that
        // nothing isolates.
        let traffics = outgoing.traffics.iter();
        let parts: Vec<Vec<(Reasons, PortSet)>> = traffics
            .flat_map(|traffic| {
                [false, true].map(|is_open| self.parts(reach, source, traffic, is_open))
            })
            .collect();
        let links = self.links(reach, &outgoing, is_target, &parts);
        Permitted { links, parts }
    }

    fn links(
        &self,
        reach: &Reach<'_>,
        outgoing: &Outgoing,
        is_target: &[bool],
        parts: &[Vec<(Reasons, PortSet)>],
    ) -> Vec<(IdentityId, usize)> {
        let place = |link: &crate::Link| {
            let target = link.to.0 as usize;
            if is_target.get(target) != Some(&true) {
                return None;
            }
            let row = reach.identities().get(target)?.row_ingress;
            let place = place_of(link.traffic, reach.open_rows.contains(row));
            let is_something = parts.get(place).is_some_and(|parts| !parts.is_empty());
            is_something.then_some((link.to, place))
        };
        outgoing.links.iter().filter_map(place).collect()
    }

    fn parts(
        &self,
        reach: &Reach<'_>,
        source: IdentityId,
        traffic: &crate::Traffic,
        is_open: bool,
    ) -> Vec<(Reasons, PortSet)> {
        let row = reach.identity(source).map_or(0, |one| one.row_egress);
        let source_is_open = reach.open_rows.contains(row);
        let mut parts: Vec<(Reasons, Vec<crate::PortRange>)> = Vec::new();
        for (verdicts, ports) in traffic.by_reason() {
            let reasons = Reasons {
                egress: reason(verdicts.egress, source_is_open),
                ingress: reason(verdicts.ingress, is_open),
            };
            let ranges = ports.ranges().iter().copied();
            match parts.iter_mut().find(|(known, _)| *known == reasons) {
                Some((_, known)) => known.extend(ranges),
                None => parts.push((reasons, ranges.collect())),
            }
        }
        let whole = |reasons: Reasons| self.own_node_is_whole && reasons.ingress == Reason::OwnNode;
        let parts = parts.into_iter().map(|(reasons, ranges)| {
            let ports = match whole(reasons) {
                true => traffic.ports(),
                false => ranges.into_iter().collect(),
            };
            (reasons, ports)
        });
        parts
            .filter(|(_, ports): &(Reasons, PortSet)| {
                let wanted = self.ports.as_ref();
                wanted.is_none_or(|wanted| !ports.common(wanted).is_empty())
            })
            .collect()
    }
}

/// Where the parts of a traffic are, for targets that something isolates or that nothing does.
fn place_of(traffic: u32, target_is_open: bool) -> usize {
    2 * traffic as usize + usize::from(target_is_open)
}

/// One connection, written out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Connection<'a> {
    /// Who opens it.
    pub from: PartyId,
    /// To whom.
    pub to: PartyId,
    /// The ports that are permitted for these reasons.
    pub ports: &'a PortSet,
    /// Why.
    pub reasons: Reasons,
}

impl Reach<'_> {
    /// Calls back for every connection that a party may open, by target, then by first port; for
    /// each reason once.
    pub fn each_from(&self, scope: &Scope, source: PartyId, mut see: impl FnMut(&Connection<'_>)) {
        let Some(party) = self.party(source).filter(|_| scope.from.contains(source)) else {
            return;
        };
        let everybody = vec![true; self.identities().len()];
        let permitted = scope.permitted(self, party.identity, &everybody);
        let mut targets: Vec<(PartyId, usize)> = Vec::new();
        for (identity, place) in &permitted.links {
            let parties = self.identity(*identity).map_or(&[][..], |one| &one.parties);
            let wanted = parties.iter().filter(|id| scope.to.contains(**id));
            let wanted = wanted.filter(|id| self.is_pair(source, **id));
            targets.extend(wanted.map(|id| (*id, *place)));
        }
        targets.sort_unstable();
        for (to, place) in targets {
            for (reasons, ports) in permitted.parts.get(place).into_iter().flatten() {
                see(&Connection {
                    from: source,
                    to,
                    ports,
                    reasons: *reasons,
                });
            }
        }
    }

    /// Whether there is a connection from one to the other at all: a single pod has none to
    /// itself.
    pub fn is_pair(&self, from: PartyId, to: PartyId) -> bool {
        let party = || self.party(from);
        from != to || party().is_some_and(|party| party.has_peers_in_itself)
    }
}
