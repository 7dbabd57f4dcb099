//! Many ends in few words: `shop/*`, `cluster`, `world`, and who is left out of them.
//!
//! Must not know connections.

use std::ops::Range;

use crate::{AddressRange, PartyId, PartyKind, Reach, diff, ranges};

/// Up to how many are named as left out of a word for many.
const MOST_LEFT_OUT: usize = 3;

/// Words for the parties of a bundle, or for the ends of two.
///
/// `shop/*` is every workload of a namespace, `cluster` every workload, `entities` every entity
/// and node, `world` every address outside the cluster; `shop/* (not shop/db)` all but that one.
/// Addresses are together what they come to: `10.0.0.0/8 (not 10.1.0.0/16)`.
pub struct Words<'a> {
    /// Workloads by namespace, then entities and nodes, then addresses.
    members: Vec<Member<'a>>,
    /// Each namespace with its workloads, ascending.
    namespaces: Vec<(&'a str, Range<u32>)>,
    workloads: Range<u32>,
    entities: Range<u32>,
    addresses: Range<u32>,
}

/// Somebody who can be named.
struct Member<'a> {
    kind: PartyKind,
    namespace: &'a str,
    name: &'a str,
    ranges: &'a [AddressRange],
    is_single: bool,
}

impl<'a> Words<'a> {
    /// Words for the parties of a bundle.
    pub fn new(reach: &'a Reach<'_>) -> Self {
        let parties = reach.parties().iter();
        let members = parties.map(|party| Member {
            kind: party.kind,
            namespace: &party.namespace,
            name: &party.name,
            ranges: &party.ranges,
            is_single: !party.has_peers_in_itself,
        });
        Self::of_members(members.collect())
    }

    /// Words for the ends of a difference.
    pub(crate) fn of_ends(ends: &'a [diff::End]) -> Self {
        let members = ends.iter().map(|end| Member {
            kind: end.kind,
            namespace: &end.namespace,
            name: &end.name,
            ranges: &end.ranges,
            is_single: !end.has_peers_in_itself,
        });
        Self::of_members(members.collect())
    }

    fn of_members(members: Vec<Member<'a>>) -> Self {
        let mut namespaces: Vec<(&str, Range<u32>)> = Vec::new();
        let mut ends = [0u32; 3];
        for (member, id) in members.iter().zip(0u32..) {
            let [workloads, entities, addresses] = &mut ends;
            match member.kind {
                PartyKind::Workload => {
                    (*workloads, *entities, *addresses) = (id + 1, id + 1, id + 1);
                }
                PartyKind::Entity | PartyKind::Node => (*entities, *addresses) = (id + 1, id + 1),
                PartyKind::Addresses => *addresses = id + 1,
            }
            match namespaces.last_mut() {
                _ if member.kind != PartyKind::Workload => {}
                Some((last, range)) if *last == member.namespace => range.end = id + 1,
                _ => namespaces.push((member.namespace, id..id + 1)),
            }
        }
        let [workloads, entities, addresses] = ends;
        Self {
            members,
            namespaces,
            workloads: 0..workloads,
            entities: workloads..entities,
            addresses: entities..addresses,
        }
    }

    /// Words for parties, which are ascending: workloads, entities, addresses. `single` is the pod
    /// whose peers they are, if they are those of a single pod; it counts as present, since it is
    /// no peer of itself.
    pub fn of(&self, parties: &[PartyId], single: Option<PartyId>) -> Vec<String> {
        let is_single = |id: &PartyId| self.member(*id).is_some_and(|member| member.is_single);
        let single = single.filter(is_single);
        let entities = within(parties, &self.entities);
        let mut words = self.of_workloads(within(parties, &self.workloads), single);
        words.extend(self.section("entities", &self.entities, entities, single));
        words.extend(self.of_addresses(parties));
        words
    }

    fn member(&self, id: PartyId) -> Option<&Member<'a>> {
        self.members.get(id.0 as usize)
    }

    fn name(&self, id: PartyId) -> String {
        self.member(id).map_or("", |member| member.name).to_owned()
    }

    /// Words for those of them that are addresses.
    pub(crate) fn of_addresses(&self, parties: &[PartyId]) -> Vec<String> {
        let parties = within(parties, &self.addresses);
        if let [only] = parties {
            return vec![self.name(*only)];
        }
        let members = parties.iter().filter_map(|id| self.member(*id));
        let ranges: Vec<AddressRange> = members.flat_map(|one| one.ranges).copied().collect();
        ranges::in_full(&ranges)
    }

    fn of_workloads(&self, parties: &[PartyId], single: Option<PartyId>) -> Vec<String> {
        let words = self.by_namespace(parties, single, true);
        let n_missing = self.workloads.len() - parties.len();
        if words.len() < 2 || n_missing >= parties.len() {
            return words;
        }
        let missing = missing(&self.workloads, parties, single);
        if missing.is_empty() {
            return vec!["cluster".into()];
        }
        let left_out = self.by_namespace(&missing, None, false);
        if left_out.len() > MOST_LEFT_OUT || left_out.len() * 2 >= words.len() {
            return words;
        }
        vec![format!("cluster (not {})", left_out.join(", "))]
    }

    fn by_namespace(
        &self,
        parties: &[PartyId],
        single: Option<PartyId>,
        may_leave_out: bool,
    ) -> Vec<String> {
        let mut words = Vec::new();
        let mut rest = parties;
        while let Some(PartyId(first)) = rest.first() {
            let place = self
                .namespaces
                .partition_point(|(_, all)| all.end <= *first);
            let Some((name, all)) = self.namespaces.get(place) else {
                break;
            };
            let members = within(rest, all);
            rest = rest.get(members.len()..).unwrap_or_default();
            let word = format!("{name}/*");
            let is_all = members.len() > 1 && missing(all, members, single).is_empty();
            if is_all || may_leave_out {
                words.extend(self.section(&word, all, members, single));
            } else {
                words.extend(members.iter().map(|id| self.name(*id)));
            }
        }
        words
    }

    /// One word where these are all of a section or nearly all, else the name of each.
    fn section(
        &self,
        word: &str,
        all: &Range<u32>,
        members: &[PartyId],
        single: Option<PartyId>,
    ) -> Vec<String> {
        let names = || members.iter().map(|id| self.name(*id)).collect();
        let most = all.len().saturating_sub(MOST_LEFT_OUT + 1);
        if members.len() < 2 || members.len() < most {
            return names();
        }
        let missing = missing(all, members, single);
        if missing.is_empty() {
            return vec![word.into()];
        }
        if missing.len() > MOST_LEFT_OUT || missing.len() * 2 >= members.len() {
            return names();
        }
        let left_out: Vec<String> = missing.iter().map(|id| self.name(*id)).collect();
        vec![format!("{word} (not {})", left_out.join(", "))]
    }
}

/// Those of ascending parties that are in a range.
fn within<'p>(parties: &'p [PartyId], range: &Range<u32>) -> &'p [PartyId] {
    let first = parties.partition_point(|id| id.0 < range.start);
    let end = parties.partition_point(|id| id.0 < range.end);
    parties.get(first..end).unwrap_or_default()
}

/// Those of a range that are not among its members, but for a single pod that does not matter.
fn missing(all: &Range<u32>, members: &[PartyId], single: Option<PartyId>) -> Vec<PartyId> {
    let is_missing = |id: &PartyId| members.binary_search(id).is_err() && Some(*id) != single;
    all.clone().map(PartyId).filter(is_missing).collect()
}
