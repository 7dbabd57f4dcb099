//! The list that np-guard's netpol-analyzer prints: `source => destination : connections`.
//!
//! What that list has no words for is not in it: IPv6, ICMP and other protocols, nodes and
//! entities (docs/netpol-analyzer.md). Must not know how connections are found.

mod names;
mod ranges;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use rayon::prelude::*;
use ztc_abi::Protocol;
use ztc_policy::model::Direction;
use ztc_reach::{PartyId, PartyKind, PartySet, PortRange, PortSet, Scope};

use self::{
    names::Names,
    ranges::{Outside, disjoint},
};
use super::Asked;
use crate::{exit::Failure, output::Out};

/// How many sources are written out at once before they go to the output in order.
const BATCH: usize = 64;

/// The protocols that the list knows, in its order.
const PROTOCOLS: [Protocol; 3] = [Protocol::Sctp, Protocol::Tcp, Protocol::Udp];

/// What it says instead of every port of all of them.
const EVERYTHING: &str = "All Connections";

/// Pairs of a name and what is permitted, each once.
type Lines = BTreeSet<(String, String)>;

/// A source of connections.
enum Source {
    /// Parties that have one name, and what they may open to addresses.
    Workload(Vec<PartyId>, Lines),
    /// Addresses, and what they may open.
    Addresses(Lines),
}

/// Writes a line for each pair, sorted.
pub(super) fn list(out: &mut Out, asked: &Asked<'_>) -> Result<(), Failure> {
    let names = Names::new(asked);
    let sources: Vec<(String, Source)> = sources(asked, &names).into_iter().collect();
    let scopes = asked.to(PartyKind::Workload);
    for batch in sources.chunks(BATCH) {
        let written = batch.par_iter().map(|(name, source)| {
            let (parties, known) = match source {
                Source::Addresses(lines) => (&[][..], lines),
                Source::Workload(parties, lines) => (parties.as_slice(), lines),
            };
            let mut lines = known.clone();
            for (target, what) in parties.iter().flat_map(|id| permitted(asked, &scopes, *id)) {
                let others = names.of(target).iter().filter(|other| *other != name);
                lines.extend(others.map(|other| (other.clone(), what.clone())));
            }
            let lines = lines.iter();
            let lines = lines.map(|(target, what)| format!("{name} => {target} : {what}\n"));
            lines.collect::<String>()
        });
        for text in written.collect::<Vec<_>>() {
            out.write_all(text.as_bytes())?;
        }
    }
    Ok(())
}

impl Asked<'_> {
    /// The scopes, as far as they are about targets of one kind.
    fn to(&self, kind: PartyKind) -> Vec<Scope> {
        let targets = self.reach.numbered();
        let targets: PartySet = targets
            .filter(|(_, party)| party.kind == kind)
            .map(|(id, _)| id)
            .collect();
        let scopes = self.scopes.iter().map(|scope| Scope {
            to: scope.to.common(&targets),
            ..scope.clone()
        });
        scopes.collect()
    }
}

/// Everybody who may open connections, by name.
fn sources(asked: &Asked<'_>, names: &Names) -> BTreeMap<String, Source> {
    let (mut to, mut from) = (Outside::new(), Outside::new());
    let to_workloads = asked.to(PartyKind::Workload);
    let to_addresses = asked.to(PartyKind::Addresses);
    for (source, party) in asked.reach.numbered() {
        match party.kind {
            PartyKind::Workload => {
                for (target, what) in permitted(asked, &to_addresses, source) {
                    let ranges = asked.reach.party(target).map_or(&[][..], |one| &one.ranges);
                    ranges::add(&mut to, names.of(source), &what, ranges);
                }
            }
            PartyKind::Addresses => {
                for (target, what) in permitted(asked, &to_workloads, source) {
                    ranges::add(&mut from, names.of(target), &what, &party.ranges);
                }
            }
            PartyKind::Entity | PartyKind::Node => {}
        }
    }
    let mut sources = BTreeMap::new();
    for (workload, lines) in disjoint(from, &ranges::written(asked, Direction::Ingress)) {
        for (addresses, what) in lines {
            let source = sources.entry(addresses);
            let source = source.or_insert_with(|| Source::Addresses(Lines::new()));
            if let Source::Addresses(lines) = source {
                lines.insert((workload.clone(), what));
            }
        }
    }
    let mut to = disjoint(to, &ranges::written(asked, Direction::Egress));
    for (name, parties) in names.parties() {
        let lines = to.remove(name).unwrap_or_default();
        sources.insert(name.to_owned(), Source::Workload(parties, lines));
    }
    sources
}

/// What one party may open, whatever the reasons: targets with the ports in words.
fn permitted(asked: &Asked<'_>, scopes: &[Scope], source: PartyId) -> Vec<(PartyId, String)> {
    let mut found: BTreeMap<PartyId, PortSet> = BTreeMap::new();
    for scope in scopes {
        asked.reach.each_from(scope, source, |connection| {
            let ports = found.entry(connection.to).or_default();
            let both = ports.ranges().iter().chain(connection.ports.ranges());
            *ports = both.copied().collect();
        });
    }
    let mut words = Words::default();
    let found = found.into_iter();
    let found = found.map(|(target, ports)| (target, words.of(&ports)));
    found.filter(|(_, what)| !what.is_empty()).collect()
}

/// Ports in words; most pairs have the ports of the pair before.
#[derive(Default)]
struct Words {
    ports: PortSet,
    text: String,
}

impl Words {
    fn of(&mut self, ports: &PortSet) -> String {
        if self.ports != *ports {
            self.text = connections(ports);
            self.ports = ports.clone();
        }
        self.text.clone()
    }
}

/// `TCP 80,443-445,UDP 53`; nothing where no protocol of the list is permitted.
fn connections(ports: &PortSet) -> String {
    let everything = (1, u16::MAX);
    let known = PROTOCOLS.map(|protocol| {
        // There is no port 0 in the list.
        let own = ports.ranges().iter();
        let own = own.filter(|range| range.protocol() == protocol && range.last > 0);
        let bounds = |range: &PortRange| (range.first.max(1), range.last);
        own.map(bounds).collect::<Vec<_>>()
    });
    if known.iter().all(|ranges| *ranges == [everything]) {
        return EVERYTHING.into();
    }
    let with_names = PROTOCOLS.iter().zip(&known);
    let with_names = with_names.filter(|(_, ranges)| !ranges.is_empty());
    let texts: Vec<String> = with_names
        .map(|(protocol, ranges)| {
            let ranges = ranges.iter().map(|(first, last)| match first == last {
                true => first.to_string(),
                false => format!("{first}-{last}"),
            });
            let ranges: Vec<String> = ranges.collect();
            format!("{} {}", protocol.name(), ranges.join(","))
        })
        .collect();
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ranges: &[(Protocol, u16, u16)]) -> String {
        let ranges = ranges.iter();
        let ranges = ranges.map(|(protocol, first, last)| PortRange::new(*protocol, *first, *last));
        connections(&ranges.flatten().collect())
    }

    #[test]
    fn ports_are_written_by_protocol_without_port_0() {
        assert_eq!(connections(&PortSet::everything()), "All Connections");
        let (tcp, udp, sctp) = (Protocol::Tcp, Protocol::Udp, Protocol::Sctp);
        let several = of(&[(udp, 53, 53), (tcp, 443, 445), (tcp, 80, 80)]);
        assert_eq!(several, "TCP 80,443-445,UDP 53");
        let all = [tcp, udp, sctp].map(|protocol| (protocol, 0, u16::MAX));
        assert_eq!(of(&all), "All Connections");
        let two = of(&[(tcp, 0, u16::MAX), (sctp, 0, 9)]);
        assert_eq!(two, "SCTP 1-9,TCP 1-65535");
    }

    #[test]
    fn what_the_list_has_no_words_for_is_nothing() {
        assert_eq!(of(&[]), "");
        assert_eq!(of(&[(Protocol::Icmp, 8, 8), (Protocol::Other, 0, 1)]), "");
        assert_eq!(of(&[(Protocol::Tcp, 0, 0)]), "");
    }
}
