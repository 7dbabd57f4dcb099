//! What pods are called in netpol-analyzer's list: `namespace/name[Kind]` of their owner.
//!
//! Must not know connections.

use std::collections::{BTreeMap, BTreeSet};

use ztc_reach::{IdentityId, Party, PartyId};

use crate::commands::reach::Asked;

/// What endpoints are called in the list.
pub(super) struct Names {
    /// By party, ascending; none for who is not in it.
    of_party: Vec<Vec<String>>,
}

impl Names {
    /// Endpoints of one owner have its name, unless policies tell them apart: then each has its
    /// own.
    pub(super) fn new(asked: &Asked<'_>) -> Self {
        let owners = Owners::new(asked);
        let mut identities: BTreeMap<String, BTreeSet<IdentityId>> = BTreeMap::new();
        for party in asked.reach.parties() {
            for endpoint in &party.pods {
                let known = identities.entry(owners.of(*endpoint)).or_default();
                known.insert(party.identity);
            }
        }
        let name = |endpoint: u32| {
            let owner = owners.of(endpoint);
            match identities.get(&owner) {
                Some(several) if several.len() > 1 => owners.itself(endpoint),
                _ => owner,
            }
        };
        let names = |party: &Party| {
            let names: BTreeSet<String> = party.pods.iter().copied().map(name).collect();
            names.into_iter().collect()
        };
        Self {
            of_party: asked.reach.parties().iter().map(names).collect(),
        }
    }

    /// The names of the pods of a party.
    pub(super) fn of(&self, party: PartyId) -> &[String] {
        let names = self.of_party.get(party.0 as usize);
        names.map_or(&[], Vec::as_slice)
    }

    /// The parties of each name.
    pub(super) fn parties(&self) -> BTreeMap<&str, Vec<PartyId>> {
        let mut parties: BTreeMap<&str, Vec<PartyId>> = BTreeMap::new();
        for (id, names) in (0u32..).map(PartyId).zip(&self.of_party) {
            for name in names {
                parties.entry(name).or_default().push(id);
            }
        }
        parties
    }
}

/// Who owns endpoints: as manifests say, or, of a bundle without them, as it says.
struct Owners<'o, 'a> {
    asked: &'o Asked<'a>,
    /// `(kind, name)` of the owners of pods, by the pods' names.
    written: BTreeMap<&'o str, (&'o str, &'o str)>,
}

impl<'o, 'a> Owners<'o, 'a> {
    fn new(asked: &'o Asked<'a>) -> Self {
        let checked = asked.compiled.checked.as_ref();
        let endpoints = checked.map_or(&[][..], |checked| &checked.analysis.cluster.endpoints);
        // A node runs pods without being what they are pods of.
        let written = endpoints.iter().filter_map(|endpoint| {
            let owner = endpoint.owner.as_ref();
            let (kind, name) = owner.filter(|(kind, _)| kind != "Node")?;
            Some((endpoint.name.as_str(), (kind.as_str(), name.as_str())))
        });
        Self {
            asked,
            written: written.collect(),
        }
    }

    /// `namespace/name[Kind]` of what owns an endpoint; of one without owner, its own.
    fn of(&self, endpoint: u32) -> String {
        let name = self.endpoint(endpoint);
        if let Some((kind, owner)) = self.written.get(name)
            && name.split('/').count() == 2
        {
            let namespace = name.split('/').next().unwrap_or_default();
            return format!("{namespace}/{owner}[{kind}]");
        }
        let bundle = self.asked.reach.bundle();
        let workload = bundle.workload(endpoint);
        match workload.filter(|_| self.asked.compiled.checked.is_none()) {
            Some(workload) => bracketed(workload.name),
            None => bracketed(name),
        }
    }

    /// The name of the endpoint alone.
    fn itself(&self, endpoint: u32) -> String {
        bracketed(self.endpoint(endpoint))
    }

    fn endpoint(&self, endpoint: u32) -> &'a str {
        let bundle = self.asked.reach.bundle();
        let record = bundle.endpoints().get(endpoint);
        record.map_or("", |record| bundle.string(record.name))
    }
}

/// `namespace/name[Kind]` of `namespace/Kind/name` and of `namespace/name`.
fn bracketed(full: &str) -> String {
    let mut parts = full.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(namespace), Some(kind), Some(name)) => format!("{namespace}/{name}[{kind}]"),
        _ => format!("{full}[Pod]"),
    }
}
