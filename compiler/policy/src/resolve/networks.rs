//! Prefixes that match pods and nodes by their addresses, which only the network-policy API has.

use std::net::IpAddr;

use super::Addresses;
use crate::{Model, model::CidrId};

/// The networks of a run, cut into pieces.
#[derive(Clone, Debug)]
pub struct Networks {
    /// The pieces; a term is a place in `ids`.
    pieces: Addresses,
    ids: Vec<CidrId>,
}

impl Networks {
    /// The networks of a model. Those that overlap beyond all bounds are found by the pieces of
    /// all prefixes, of which they are some, and are left out here.
    pub fn new(model: &Model) -> Self {
        let cidrs: Vec<_> = model
            .networks
            .iter()
            .filter_map(|id| model.cidrs.get(id.0 as usize))
            .cloned()
            .collect();
        Self {
            pieces: Addresses::new(&cidrs).unwrap_or_else(Addresses::none),
            ids: model.networks.clone(),
        }
    }

    /// The networks that an address is in, ascending.
    pub fn containing(&self, address: IpAddr) -> Vec<CidrId> {
        self.ids(self.pieces.at(address))
    }

    /// The networks that every address of a family is in, and so one that is not known; ascending.
    pub fn of_unknown(&self, is_ipv6: bool) -> Vec<CidrId> {
        let [v4, v6] = &self.pieces.world;
        self.ids(if is_ipv6 { v6 } else { v4 })
    }

    /// Every set of networks that an address can be in, sorted; the empty one is among them.
    pub fn signatures(&self) -> Vec<Vec<CidrId>> {
        let pieces = self.pieces.classes.iter().map(|class| &class.cidrs);
        let mut signatures: Vec<Vec<CidrId>> = pieces
            .chain(&self.pieces.world)
            .map(|places| self.ids(places))
            .chain([Vec::new()])
            .collect();
        signatures.sort_unstable();
        signatures.dedup();
        signatures
    }

    fn ids(&self, places: &[CidrId]) -> Vec<CidrId> {
        let ids = places
            .iter()
            .filter_map(|place| self.ids.get(place.0 as usize));
        ids.copied().collect()
    }
}
