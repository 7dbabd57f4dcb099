//! The decision and verdict tables, arranged so that one source is asked about everybody at once.
//!
//! Decisions are numbered, each once. A row is read as a number for each kind of peer, then for
//! groups, then for single peers, as the kernel reads it. Must not know names.

use rustc_hash::FxHashMap;
use ztc_abi::{Peer, Protocol, Verdict, decide::Decision, ports::FIRST_PORT_CLASS};
use ztc_bundle::Bundle;

use crate::{
    Identity, IdentityId, Link, Outgoing, PortRange, Reach, Segment, Traffic, Verdicts,
    identities::Identities, ports::last_of,
};

/// A decision by its number here. [`OPEN`] is what row 0 says to everybody.
pub(crate) type DecisionId = u32;

/// The decision of a subject that nothing isolates.
const OPEN: DecisionId = 0;

/// What one row says: [inside, outside], then groups, then peers.
#[derive(Clone, Default)]
struct Row {
    kinds: [DecisionId; 2],
    groups: Vec<(u32, DecisionId)>,
    peers: Vec<(u32, DecisionId)>,
}

/// What all rows say, by row and, for rows of ingress, by peer.
pub(crate) struct Rows {
    /// Row n is at n - 1.
    rows: Vec<Row>,
    decisions: Vec<Decision>,
    /// Whether a decision lets anything through.
    lets_through: Vec<bool>,
    /// The verdicts of a port map, ascending by port class.
    port_maps: FxHashMap<u32, Vec<(u16, Verdict)>>,
    /// The ports of each port class.
    ranges: FxHashMap<u16, Vec<PortRange>>,
    /// Identities by their peer, and by their group.
    by_peer: FxHashMap<u32, IdentityId>,
    by_group: FxHashMap<u32, Vec<IdentityId>>,
    /// Rows of ingress that some identity has.
    ingress_rows: Vec<u32>,
    /// For every identity, the place of its row in `ingress_rows`; `None` for row 0.
    ingress_place: Vec<Option<u32>>,
    /// For every kind, the decision of each of `ingress_rows`.
    ingress_kinds: [Vec<DecisionId>; 2],
    /// For a group or peer, what rows of ingress say of it: place of the row, decision.
    ingress_of: FxHashMap<u32, Vec<(u32, DecisionId)>>,
}

impl Rows {
    pub(crate) fn new(bundle: &Bundle<'_>, identities: &Identities) -> Self {
        let mut numbers: FxHashMap<Decision, DecisionId> = FxHashMap::default();
        let mut decisions = vec![Decision {
            port_map: 0,
            rest: Verdict::BUILT_IN_ALLOW.0,
        }];
        let mut rows = vec![Row::default(); bundle.meta().n_rows as usize];
        for record in bundle.decisions().iter() {
            let decision = Decision {
                port_map: record.port_map,
                rest: record.rest,
            };
            let next = u32::try_from(decisions.len()).unwrap_or(u32::MAX);
            let id = *numbers.entry(decision).or_insert_with(|| {
                decisions.push(decision);
                next
            });
            let place = (record.row as usize).checked_sub(1);
            let Some(row) = place.and_then(|place| rows.get_mut(place)) else {
                continue;
            };
            let [inside, outside] = &mut row.kinds;
            match Peer(record.peer) {
                Peer::ANY_INSIDE => *inside = id,
                Peer::ANY_OUTSIDE => *outside = id,
                peer if peer.is_group() => row.groups.push((peer.0, id)),
                peer => row.peers.push((peer.0, id)),
            }
        }
        let mut port_maps: FxHashMap<u32, Vec<(u16, Verdict)>> = FxHashMap::default();
        for record in bundle.verdicts().iter() {
            let class = u16::try_from(record.port_class).unwrap_or(u16::MAX);
            let map = port_maps.entry(record.port_map).or_default();
            map.push((class, Verdict(record.verdict)));
        }
        let mut ranges: FxHashMap<u16, Vec<PortRange>> = FxHashMap::default();
        for record in bundle.ports().iter() {
            let protocol = Protocol::from_index(record.protocol).unwrap_or(Protocol::Other);
            let last = record.end.min(last_of(protocol));
            let range = PortRange::new(protocol, record.start, last);
            ranges.entry(record.class).or_default().extend(range);
        }
        let mut tables = Self {
            rows,
            lets_through: Vec::new(),
            decisions,
            port_maps,
            ranges,
            by_peer: FxHashMap::default(),
            by_group: FxHashMap::default(),
            ingress_rows: Vec::new(),
            ingress_place: Vec::new(),
            ingress_kinds: [Vec::new(), Vec::new()],
            ingress_of: FxHashMap::default(),
        };
        let passes = tables.decisions.iter().map(|one| tables.may_pass(one));
        tables.lets_through = passes.collect();
        tables.index(identities);
        tables
    }

    /// Whether a decision lets anything through at all.
    fn may_pass(&self, decision: &Decision) -> bool {
        let map = self.port_map(decision);
        Verdict(decision.rest).is_allow() || map.iter().any(|(_, verdict)| verdict.is_allow())
    }

    fn port_map(&self, decision: &Decision) -> &[(u16, Verdict)] {
        let number = decision.port_map & !Decision::BY_PROTOCOL;
        self.port_maps.get(&number).map_or(&[], Vec::as_slice)
    }

    fn index(&mut self, identities: &Identities) {
        let mut places: FxHashMap<u32, u32> = FxHashMap::default();
        for (id, identity) in (0u32..).map(IdentityId).zip(&identities.list) {
            self.by_peer.insert(identity.entry.peer, id);
            let group = self.by_group.entry(identity.entry.group).or_default();
            group.push(id);
            let row = identity.row_ingress;
            let place = (row != 0).then(|| {
                let next = u32::try_from(self.ingress_rows.len()).unwrap_or(u32::MAX);
                *places.entry(row).or_insert_with(|| {
                    self.ingress_rows.push(row);
                    next
                })
            });
            self.ingress_place.push(place);
        }
        for (place, number) in (0u32..).zip(&self.ingress_rows) {
            let Some(row) = self.rows.get((*number as usize).saturating_sub(1)) else {
                continue;
            };
            for (list, decision) in self.ingress_kinds.iter_mut().zip(row.kinds) {
                list.push(decision);
            }
            for (peer, decision) in row.groups.iter().chain(&row.peers) {
                let of_peer = self.ingress_of.entry(*peer).or_default();
                of_peer.push((place, *decision));
            }
        }
    }

    /// What a row says of one peer.
    fn find(&self, row: u32, identity: &Identity) -> DecisionId {
        let place = (row as usize).checked_sub(1);
        let Some(row) = place.and_then(|place| self.rows.get(place)) else {
            return OPEN;
        };
        let named = |list: &[(u32, DecisionId)], peer: u32| {
            let place = list.binary_search_by_key(&peer, |(other, _)| *other).ok()?;
            list.get(place).map(|(_, decision)| *decision)
        };
        let [inside, outside] = row.kinds;
        named(&row.peers, identity.entry.peer)
            .or_else(|| named(&row.groups, identity.entry.group))
            .unwrap_or(if is_outside(identity) {
                outside
            } else {
                inside
            })
    }

    /// What both sides say; `None` where an end is no subject.
    pub(crate) fn decisions(
        &self,
        from: &Identity,
        to: &Identity,
    ) -> (Option<DecisionId>, Option<DecisionId>) {
        (
            from.is_pod.then(|| self.find(from.row_egress, to)),
            to.is_pod.then(|| self.find(to.row_ingress, from)),
        )
    }

    /// Everybody that a source may talk to.
    pub(crate) fn from(&self, reach: &Reach<'_>, source: IdentityId) -> Outgoing {
        let mut outgoing = Outgoing::default();
        let identities = &reach.identities;
        let Some(own) = identities.list.get(source.0 as usize) else {
            return outgoing;
        };
        // Policies are about pods; to others only pods are asked what they let in.
        let n_targets = if own.is_pod {
            identities.list.len()
        } else {
            identities.n_pods
        };
        let egress = own.is_pod.then(|| self.egress(own, identities));
        let ingress = self.ingress(own);
        let mut known: FxHashMap<(Option<DecisionId>, Option<DecisionId>), Option<u32>> =
            FxHashMap::default();
        let targets = identities.list.iter().zip(&self.ingress_place);
        for ((target, place), number) in targets.take(n_targets).zip(0u32..) {
            let leaving = egress.as_ref().map(|list| of(list, number));
            let entering = place.map_or(OPEN, |place| of(&ingress, place));
            let entering = target.is_pod.then_some(entering);
            let mut decisions = [leaving, entering].into_iter().flatten();
            if !decisions.all(|id| self.passes(id)) {
                continue;
            }
            let traffic = *known.entry((leaving, entering)).or_insert_with(|| {
                let traffic = self.traffic(leaving, entering);
                (!traffic.is_empty()).then(|| {
                    outgoing.traffics.push(traffic);
                    u32::try_from(outgoing.traffics.len() - 1).unwrap_or(u32::MAX)
                })
            });
            outgoing.links.extend(traffic.map(|traffic| Link {
                to: IdentityId(number),
                traffic,
            }));
        }
        outgoing
    }

    /// What a source's row says of every identity.
    fn egress(&self, source: &Identity, identities: &Identities) -> Vec<DecisionId> {
        let place = (source.row_egress as usize).checked_sub(1);
        let Some(row) = place.and_then(|place| self.rows.get(place)) else {
            return vec![OPEN; identities.list.len()];
        };
        let [inside, outside] = row.kinds;
        let kind = |one: &Identity| if is_outside(one) { outside } else { inside };
        let mut says: Vec<DecisionId> = identities.list.iter().map(kind).collect();
        let mut say = |id: &IdentityId, decision: DecisionId| {
            if let Some(place) = says.get_mut(id.0 as usize) {
                *place = decision;
            }
        };
        for (group, decision) in &row.groups {
            let members = self.by_group.get(group).into_iter().flatten();
            members.for_each(|id| say(id, *decision));
        }
        for (peer, decision) in &row.peers {
            self.by_peer
                .get(peer)
                .into_iter()
                .for_each(|id| say(id, *decision));
        }
        says
    }

    /// What every row of ingress says of a source.
    fn ingress(&self, source: &Identity) -> Vec<DecisionId> {
        let [inside, outside] = &self.ingress_kinds;
        let mut says = if is_outside(source) { outside } else { inside }.clone();
        for peer in [source.entry.group, source.entry.peer] {
            for (place, decision) in self.ingress_of.get(&peer).into_iter().flatten() {
                if let Some(said) = says.get_mut(*place as usize) {
                    *said = *decision;
                }
            }
        }
        says
    }

    fn passes(&self, decision: DecisionId) -> bool {
        let passes = self.lets_through.get(decision as usize);
        passes.copied().unwrap_or(false)
    }

    /// The ports that both sides let through.
    pub(crate) fn traffic(
        &self,
        egress: Option<DecisionId>,
        ingress: Option<DecisionId>,
    ) -> Traffic {
        let mut segments = self.segments(egress, ingress);
        segments.retain(|segment| segment.verdicts.is_allow());
        Traffic { segments }
    }

    /// What both sides say of every port.
    pub(crate) fn segments(
        &self,
        egress: Option<DecisionId>,
        ingress: Option<DecisionId>,
    ) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        for protocol in Protocol::ALL {
            let parts = [egress, ingress].map(|side| self.parts(side, protocol));
            let [egress, ingress] = &parts;
            for (ports, verdicts) in overlay(protocol, egress, ingress) {
                match segments.last_mut() {
                    Some(last)
                        if last.verdicts == verdicts
                            && last.ports.protocol() == protocol
                            && last.ports.last.checked_add(1) == Some(ports.first) =>
                    {
                        last.ports.last = ports.last;
                    }
                    _ => segments.push(Segment { ports, verdicts }),
                }
            }
        }
        segments
    }

    /// What a decision says of a protocol's ports: from each first port on, a verdict.
    fn parts(
        &self,
        decision: Option<DecisionId>,
        protocol: Protocol,
    ) -> Vec<(u16, Option<Verdict>)> {
        let decision = decision.and_then(|id| self.decisions.get(id as usize));
        let Some(decision) = decision else {
            return vec![(0, None)];
        };
        let map = self.port_map(decision);
        let named = |class: u16| {
            let place = map.binary_search_by_key(&class, |(other, _)| *other).ok()?;
            map.get(place).map(|(_, verdict)| *verdict)
        };
        // What a map says of a whole protocol holds for ports without a class in any case, for
        // those of other classes only where the decision says so.
        let by_protocol = decision.port_map & Decision::BY_PROTOCOL != 0;
        let whole = named(protocol.rest());
        let rest = whole.unwrap_or(Verdict(decision.rest));
        let mut special: Vec<(PortRange, Verdict)> = map
            .iter()
            .filter(|(class, _)| *class >= FIRST_PORT_CLASS)
            .flat_map(|(class, verdict)| {
                let ranges = self.ranges.get(class).into_iter().flatten();
                ranges.map(|range| (*range, *verdict))
            })
            .collect();
        if whole.is_some() && !by_protocol {
            let others = self.ranges.iter();
            let others = others.filter(|(class, _)| named(**class).is_none());
            let ranges = others.flat_map(|(_, ranges)| ranges);
            special.extend(ranges.map(|range| (*range, Verdict(decision.rest))));
        }
        special.retain(|(range, _)| range.protocol() == protocol);
        special.sort_unstable();
        let mut parts = vec![(0, Some(rest))];
        for (range, verdict) in special {
            // A range that begins where the last one ended replaces what was to follow it.
            parts.pop_if(|(first, _)| *first == range.first);
            parts.push((range.first, Some(verdict)));
            parts.extend(range.last.checked_add(1).map(|next| (next, Some(rest))));
        }
        let last = last_of(protocol);
        parts.retain(|(first, _)| *first <= last);
        parts
    }
}

/// Both sides' parts of a protocol's ports on top of each other.
fn overlay(
    protocol: Protocol,
    egress: &[(u16, Option<Verdict>)],
    ingress: &[(u16, Option<Verdict>)],
) -> Vec<(PortRange, Verdicts)> {
    let mut firsts: Vec<u16> = egress
        .iter()
        .chain(ingress)
        .map(|(first, _)| *first)
        .collect();
    firsts.sort_unstable();
    firsts.dedup();
    let verdict_at = |parts: &[(u16, Option<Verdict>)], port: u16| {
        let after = parts.partition_point(|(first, _)| *first <= port);
        parts.get(after.checked_sub(1)?)?.1
    };
    let ends = firsts.iter().skip(1).map(|next| next - 1);
    let ends = ends.chain([last_of(protocol)]);
    firsts
        .iter()
        .zip(ends)
        .filter_map(|(first, last)| {
            let verdicts = Verdicts {
                egress: verdict_at(egress, *first),
                ingress: verdict_at(ingress, *first),
            };
            Some((PortRange::new(protocol, *first, last)?, verdicts))
        })
        .collect()
}

fn of(list: &[DecisionId], place: u32) -> DecisionId {
    list.get(place as usize).copied().unwrap_or(OPEN)
}

fn is_outside(identity: &Identity) -> bool {
    Peer(identity.entry.peer).kind() == Peer::ANY_OUTSIDE
}
