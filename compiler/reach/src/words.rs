//! Many parties in few words: `shop/*`, `cluster`, `world`, and who is left out of them.
//!
//! Must not know connections.

use std::ops::Range;

use crate::{PartyId, PartyKind, Reach};

/// Up to how many are named as left out of a word for many.
const MOST_LEFT_OUT: usize = 3;

/// The words for the parties of a bundle.
///
/// `shop/*` is every workload of a namespace, `cluster` every workload, `entities` every entity
/// and node, `world` every address outside the cluster; `shop/* (not shop/db)` all but that one.
pub struct Words<'a> {
    reach: &'a Reach<'a>,
    /// Each namespace with its workloads, ascending.
    namespaces: Vec<(String, Range<u32>)>,
    workloads: Range<u32>,
    entities: Range<u32>,
    addresses: Range<u32>,
}

impl<'a> Words<'a> {
    /// The words for a bundle.
    pub fn new(reach: &'a Reach<'a>) -> Self {
        let mut namespaces: Vec<(String, Range<u32>)> = Vec::new();
        let mut ends = [0u32; 3];
        for (PartyId(id), party) in reach.numbered() {
            let [workloads, entities, addresses] = &mut ends;
            match party.kind {
                PartyKind::Workload => {
                    (*workloads, *entities, *addresses) = (id + 1, id + 1, id + 1);
                }
                PartyKind::Entity | PartyKind::Node => (*entities, *addresses) = (id + 1, id + 1),
                PartyKind::Addresses => *addresses = id + 1,
            }
            match namespaces.last_mut() {
                _ if party.kind != PartyKind::Workload => {}
                Some((last, range)) if *last == party.namespace => range.end = id + 1,
                _ => namespaces.push((party.namespace.clone(), id..id + 1)),
            }
        }
        let [workloads, entities, addresses] = ends;
        Self {
            reach,
            namespaces,
            workloads: 0..workloads,
            entities: workloads..entities,
            addresses: entities..addresses,
        }
    }

    /// Words for parties, which are ascending. Where all of them are peers of one single pod, it
    /// does not matter whether it is among them.
    pub fn of(&self, parties: &[PartyId], single: Option<PartyId>) -> Vec<String> {
        let single = single.filter(|id| !self.reach.is_pair(*id, *id));
        let of = |range: &Range<u32>| within(parties, range);
        let mut words = self.of_workloads(of(&self.workloads), single);
        let entities = of(&self.entities);
        words.extend(self.section("entities", &self.entities, entities, single));
        words.extend(self.section("world", &self.addresses, of(&self.addresses), single));
        words
    }

    fn name(&self, id: PartyId) -> String {
        let party = self.reach.party(id);
        party.map(|party| party.name.clone()).unwrap_or_default()
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
