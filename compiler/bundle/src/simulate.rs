//! What the kernel would do, from the bundle alone: the same tables, the same `decide()`.

use std::net::IpAddr;

use rustc_hash::FxHashMap;
use ztc_abi::{
    Access, PeerEntry, Protocol, Tables, Verdict, decide,
    decide::{Decision, DecisionKey, VerdictKey},
};

use crate::{Bundle, peers::Peers};

impl Tables for Bundle<'_> {
    fn decision(&self, key: DecisionKey) -> Option<Decision> {
        let found = self.decisions().find(&key, |record| DecisionKey {
            row: record.row,
            peer: record.peer,
        })?;
        Some(Decision {
            port_map: found.port_map,
            rest: found.rest,
        })
    }

    fn port_class(&self, protocol: Protocol, port: u16) -> Option<u16> {
        let wanted = (protocol as u8, port);
        let after = self
            .ports()
            .partition_point(|range| (range.protocol, range.start) <= wanted);
        let range = after.checked_sub(1).and_then(|at| self.ports().get(at));
        let covers = range.filter(|range| range.protocol == wanted.0 && port <= range.end);
        Some(covers.map_or(protocol.rest(), |range| range.class))
    }

    fn verdict(&self, key: VerdictKey) -> Option<Verdict> {
        let found = self.verdicts().find(&key, |record| VerdictKey {
            port_map: record.port_map,
            port_class: record.port_class,
        })?;
        Some(Verdict(found.verdict))
    }
}

impl Bundle<'_> {
    /// Judges one access as the kernel does. `None` cannot happen in a bundle that was parsed,
    /// unless the row is none of its rows.
    pub fn judge(
        &self,
        row: u32,
        peer: PeerEntry,
        protocol: Protocol,
        port: u16,
    ) -> Option<Verdict> {
        judge(self, row, peer, protocol, port)
    }
}

/// The tables of a bundle in hash maps: more to build, less to ask. For many thousands of
/// questions.
#[derive(Clone, Debug)]
pub struct Simulator<'a> {
    bundle: Bundle<'a>,
    decisions: FxHashMap<DecisionKey, Decision>,
    verdicts: FxHashMap<VerdictKey, Verdict>,
    peers: Peers<'a>,
}

impl<'a> Simulator<'a> {
    /// Reads every table once.
    pub fn new(bundle: &Bundle<'a>) -> Self {
        let decisions = bundle.decisions().iter().map(|record| {
            let (row, peer) = (record.row, record.peer);
            let (port_map, rest) = (record.port_map, record.rest);
            (DecisionKey { row, peer }, Decision { port_map, rest })
        });
        let verdicts = bundle.verdicts().iter().map(|record| {
            let (port_map, port_class) = (record.port_map, record.port_class);
            (
                VerdictKey {
                    port_map,
                    port_class,
                },
                Verdict(record.verdict),
            )
        });
        Self {
            bundle: *bundle,
            decisions: decisions.collect(),
            verdicts: verdicts.collect(),
            peers: Peers::new(bundle),
        }
    }

    /// The bundle it was made from.
    pub fn bundle(&self) -> &Bundle<'a> {
        &self.bundle
    }

    /// As [`Bundle::judge`].
    pub fn judge(
        &self,
        row: u32,
        peer: PeerEntry,
        protocol: Protocol,
        port: u16,
    ) -> Option<Verdict> {
        judge(self, row, peer, protocol, port)
    }

    /// As [`Bundle::peer_seen_from`]; with an empty node as [`Bundle::peer_of`].
    pub fn peer_seen_from(&self, address: IpAddr, node: &str) -> PeerEntry {
        self.peers.seen_from(address, node)
    }
}

impl Tables for Simulator<'_> {
    fn decision(&self, key: DecisionKey) -> Option<Decision> {
        self.decisions.get(&key).copied()
    }

    fn port_class(&self, protocol: Protocol, port: u16) -> Option<u16> {
        self.bundle.port_class(protocol, port)
    }

    fn verdict(&self, key: VerdictKey) -> Option<Verdict> {
        self.verdicts.get(&key).copied()
    }
}

fn judge(
    tables: &impl Tables,
    row: u32,
    peer: PeerEntry,
    protocol: Protocol,
    port: u16,
) -> Option<Verdict> {
    let access = Access {
        row,
        peer,
        protocol,
        port,
    };
    decide(&access, tables)
}
