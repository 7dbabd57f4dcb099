//! Whom policies tell apart: parties of one identity have equal connections.
//!
//! Must not know decisions.

use std::collections::BTreeMap;

use ztc_abi::{Peer, PeerEntry};
use ztc_bundle::Bundle;

use crate::{Party, PartyId};

/// An identity by its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct IdentityId(pub u32);

/// Parties that no policy tells apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// What it is to others.
    pub entry: PeerEntry,
    /// Whether policies can be about it: pods only.
    pub is_pod: bool,
    /// Its row for ingress, 0 when nothing isolates it.
    pub row_ingress: u32,
    /// Its row for egress, likewise.
    pub row_egress: u32,
    /// Everybody who is it, ascending; never empty.
    pub parties: Vec<PartyId>,
}

/// All identities that somebody has.
pub(crate) struct Identities {
    pub(crate) list: Vec<Identity>,
    /// Those that are pods come first.
    pub(crate) n_pods: usize,
}

impl Identities {
    /// Finds them, pods first, each kind in the order of its peers, and tells each party its own.
    pub(crate) fn new(bundle: &Bundle<'_>, parties: &mut [Party]) -> Self {
        let mut of_peer: BTreeMap<(bool, u32), Identity> = BTreeMap::new();
        for (party, id) in parties.iter().zip((0u32..).map(PartyId)) {
            let peer = Peer(party.entry.peer);
            let class = peer.0.checked_sub(Peer::FIRST_CLASS);
            let class = class.filter(|_| peer.is_class());
            let record = class.and_then(|class| bundle.classes().get(class));
            let identity = of_peer
                .entry((!peer.is_class(), peer.0))
                .or_insert_with(|| Identity {
                    entry: party.entry,
                    is_pod: record.is_some(),
                    row_ingress: record.map_or(0, |record| record.row_ingress),
                    row_egress: record.map_or(0, |record| record.row_egress),
                    parties: Vec::new(),
                });
            identity.parties.push(id);
        }
        let list: Vec<Identity> = of_peer.into_values().collect();
        for (identity, id) in list.iter().zip((0u32..).map(IdentityId)) {
            for party in &identity.parties {
                if let Some(party) = parties.get_mut(party.0 as usize) {
                    party.identity = id;
                }
            }
        }
        let n_pods = list.iter().take_while(|one| one.is_pod).count();
        Self { list, n_pods }
    }
}
