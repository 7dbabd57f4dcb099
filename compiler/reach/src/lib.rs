//! Who can talk to whom: the permitted connections between everybody that a bundle knows.
//!
//! The answers come from the tables of the bundle, so they are what the kernel enforces. A
//! [`Party`] is what people name: a workload, an entity, addresses. An [`Identity`] is what
//! policies tell apart; the parties of one identity have equal connections, so everything is
//! worked out for identities and only then written out for parties. Must not know YAML, and must
//! not know how a connection is shown.

mod addresses;
pub mod diff;
mod fold;
mod identities;
mod parties;
pub mod paths;
mod ports;
mod ranges;
mod reason;
mod rows;
mod scope;
mod traffic;
mod words;

pub use fold::{Line, fold};
pub use identities::{Identity, IdentityId};
pub use parties::{Grouping, Party, PartyId, PartyKind};
pub use ports::{PortRange, PortSet};
pub use ranges::AddressRange;
pub use reason::{Reason, Reasons};
pub use scope::{Connection, PartySet, Scope};
pub use traffic::{Link, Outgoing, Segment, Traffic, Verdicts};
pub use words::Words;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use ztc_abi::{Protocol, Verdict};
use ztc_bundle::{Bundle, Simulator};

use self::{identities::Identities, reason::OpenRows, rows::Rows};

/// Everybody that a bundle knows, and what they may say to each other.
pub struct Reach<'a> {
    simulator: Simulator<'a>,
    parties: Vec<Party>,
    identities: Identities,
    rows: Rows,
    open_rows: OpenRows,
}

impl<'a> Reach<'a> {
    /// Reads the tables of a bundle once; pods are of the workloads that it names.
    pub fn new(bundle: &Bundle<'a>) -> Self {
        Self::grouped(bundle, &Grouping::of(bundle))
    }

    /// As [`Self::new`], with pods of other workloads.
    pub fn grouped(bundle: &Bundle<'a>, grouping: &Grouping) -> Self {
        let mut parties = parties::all(bundle, grouping);
        let identities = Identities::new(bundle, &mut parties);
        let rows = Rows::new(bundle, &identities);
        Self {
            simulator: Simulator::new(bundle),
            parties,
            identities,
            rows,
            open_rows: OpenRows::new(bundle),
        }
    }

    /// The bundle.
    pub fn bundle(&self) -> &Bundle<'a> {
        self.simulator.bundle()
    }

    /// Everybody: workloads by name, then entities, nodes, addresses.
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }

    /// The parties with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (PartyId, &Party)> {
        (0u32..).map(PartyId).zip(&self.parties)
    }

    /// The workloads that have pods on their node's network, by name.
    pub fn workloads_on_nodes(&self) -> BTreeSet<&'a str> {
        let bundle = *self.bundle();
        let endpoints = (0u32..).zip(bundle.endpoints().iter());
        let on_nodes = endpoints.filter(|(_, endpoint)| endpoint.class == 0);
        on_nodes
            .map(|(number, _)| bundle.workload_name(number))
            .collect()
    }

    /// One of them.
    pub fn party(&self, id: PartyId) -> Option<&Party> {
        self.parties.get(id.0 as usize)
    }

    /// Whom policies tell apart.
    pub fn identities(&self) -> &[Identity] {
        &self.identities.list
    }

    /// One of them.
    pub fn identity(&self, id: IdentityId) -> Option<&Identity> {
        self.identities.list.get(id.0 as usize)
    }

    /// Everybody that an identity may open a connection to, in the order of identities, with what
    /// is permitted. Of two ends at least one is a workload: policies say nothing of others.
    pub fn from(&self, source: IdentityId) -> Outgoing {
        self.rows.from(self, source)
    }

    /// What one identity may send to another; empty for nothing.
    pub fn between(&self, from: IdentityId, to: IdentityId) -> Traffic {
        let Some((source, target)) = self.identity(from).zip(self.identity(to)) else {
            return Traffic::default();
        };
        if !(source.is_pod || target.is_pod) {
            return Traffic::default();
        }
        let (egress, ingress) = self.rows.decisions(source, target);
        self.rows.traffic(egress, ingress)
    }

    /// What both sides say of one access, allowed or not; `None` where an end is no subject.
    pub fn judge(
        &self,
        from: IdentityId,
        to: IdentityId,
        protocol: Protocol,
        port: u16,
    ) -> Verdicts {
        let Some((source, target)) = self.identity(from).zip(self.identity(to)) else {
            return Verdicts::default();
        };
        let side = |subject: &Identity, row: u32, peer: &Identity| -> Option<Verdict> {
            let judged = || self.simulator.judge(row, peer.entry, protocol, port);
            subject.is_pod.then(judged).flatten()
        };
        Verdicts {
            egress: side(source, source.row_egress, target),
            ingress: side(target, target.row_ingress, source),
        }
    }

    /// The parties by their names.
    pub fn by_name(&self) -> FxHashMap<&str, PartyId> {
        self.numbered()
            .map(|(id, party)| (party.name.as_str(), id))
            .collect()
    }
}
