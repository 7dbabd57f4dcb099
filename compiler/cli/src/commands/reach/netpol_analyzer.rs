//! The list that np-guard's netpol-analyzer prints: `source => destination : connections`.
//!
//! What that list has no words for is not in it: IPv6, ICMP and other protocols, nodes and
//! entities (docs/netpol-analyzer.md). Must not know how connections are found.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    net::{IpAddr, Ipv4Addr},
};

use rayon::prelude::*;
use ztc_abi::Protocol;
use ztc_reach::{AddressRange, IdentityId, Party, PartyId, PartyKind, PortRange, PortSet};

use super::Asked;
use crate::{exit::Failure, output::Out};

/// How many sources are written out at once before they go to the output in order.
const BATCH: usize = 64;

/// The protocols that the list knows, in its order.
const PROTOCOLS: [Protocol; 3] = [Protocol::Sctp, Protocol::Tcp, Protocol::Udp];

/// What it says instead of every port of all of them.
const EVERYTHING: &str = "All Connections";

/// Destinations of one source with what is permitted, each once.
type Lines = BTreeSet<(String, String)>;

/// IPv4 addresses by the connections that are permitted to or from them.
type Outside = BTreeMap<String, Vec<(u32, u32)>>;

/// A source of connections.
enum Source {
    /// Parties that have one name.
    Workload(Vec<PartyId>),
    /// Addresses, and everything permitted to them.
    Addresses(Lines),
}

/// Writes a line for each pair, sorted.
pub(super) fn list(out: &mut Out, asked: &Asked<'_>) -> Result<(), Failure> {
    let names = Names::new(asked);
    let mut sources: BTreeMap<String, Source> = outside(asked, &names)
        .into_iter()
        .map(|(name, lines)| (name, Source::Addresses(lines)))
        .collect();
    for (name, parties) in names.parties() {
        sources.insert(name.to_owned(), Source::Workload(parties));
    }
    let sources: Vec<(String, Source)> = sources.into_iter().collect();
    for batch in sources.chunks(BATCH) {
        let written = batch.par_iter().map(|(name, source)| {
            let lines = match source {
                Source::Workload(parties) => &workload(asked, &names, (name, parties)),
                Source::Addresses(lines) => lines,
            };
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

/// What the pods of one name may open.
fn workload(asked: &Asked<'_>, names: &Names, (name, parties): (&str, &[PartyId])) -> Lines {
    let mut lines = Lines::new();
    let mut outside = Outside::new();
    for source in parties {
        let mut words = Words::default();
        for (target, ports) in permitted(asked, *source) {
            let what = words.of(&ports);
            let Some(party) = asked.reach.party(target).filter(|_| !what.is_empty()) else {
                continue;
            };
            for other in names.of(target).iter().filter(|other| *other != name) {
                lines.insert((other.clone(), what.to_owned()));
            }
            add_ipv4(&mut outside, what, &party.ranges);
        }
    }
    for (what, ranges) in outside {
        let ranges = joined(ranges).into_iter();
        lines.extend(ranges.map(|range| (external(range), what.clone())));
    }
    lines
}

/// What addresses outside may open: for each workload, those that may open the same are joined.
fn outside(asked: &Asked<'_>, names: &Names) -> BTreeMap<String, Lines> {
    let mut to: BTreeMap<&str, Outside> = BTreeMap::new();
    for (source, party) in asked.reach.numbered() {
        if party.kind != PartyKind::Addresses {
            continue;
        }
        let mut words = Words::default();
        for (target, ports) in permitted(asked, source) {
            let what = words.of(&ports);
            for name in names.of(target) {
                if !what.is_empty() {
                    add_ipv4(to.entry(name).or_default(), what, &party.ranges);
                }
            }
        }
    }
    let mut sources: BTreeMap<String, Lines> = BTreeMap::new();
    for (name, outside) in to {
        for (what, ranges) in outside {
            for range in joined(ranges) {
                let lines = sources.entry(external(range)).or_default();
                lines.insert((name.to_owned(), what.clone()));
            }
        }
    }
    sources
}

/// What one party may open, whatever the reasons, by target.
fn permitted(asked: &Asked<'_>, source: PartyId) -> BTreeMap<PartyId, PortSet> {
    let mut found: BTreeMap<PartyId, PortSet> = BTreeMap::new();
    for scope in &asked.scopes {
        asked.reach.each_from(scope, source, |connection| {
            let ports = found.entry(connection.to).or_default();
            let both = ports.ranges().iter().chain(connection.ports.ranges());
            *ports = both.copied().collect();
        });
    }
    found
}

/// What endpoints are called in the list.
struct Names {
    /// By party, ascending; none for who is not in it.
    of_party: Vec<Vec<String>>,
}

impl Names {
    /// Endpoints of one owner have its name, unless policies tell them apart: then each has its
    /// own.
    fn new(asked: &Asked<'_>) -> Self {
        let owners = Owners::new(asked);
        let endpoints = |party: &Party| party.pods.clone();
        let mut identities: BTreeMap<String, BTreeSet<IdentityId>> = BTreeMap::new();
        for party in asked.reach.parties() {
            for endpoint in endpoints(party) {
                let known = identities.entry(owners.of(endpoint)).or_default();
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
            let names: BTreeSet<String> = endpoints(party).into_iter().map(name).collect();
            names.into_iter().collect()
        };
        Self {
            of_party: asked.reach.parties().iter().map(names).collect(),
        }
    }

    fn of(&self, party: PartyId) -> &[String] {
        let names = self.of_party.get(party.0 as usize);
        names.map_or(&[], Vec::as_slice)
    }

    /// The parties of each name.
    fn parties(&self) -> BTreeMap<&str, Vec<PartyId>> {
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
struct Owners<'a> {
    asked: &'a Asked<'a>,
    /// `(kind, name)` of the owners of pods, by the pods' names.
    written: BTreeMap<&'a str, (&'a str, &'a str)>,
}

impl<'a> Owners<'a> {
    fn new(asked: &'a Asked<'a>) -> Self {
        let checked = asked.compiled.checked.as_ref();
        let endpoints = checked.map_or(&[][..], |checked| &checked.analysis.cluster.endpoints);
        let written = endpoints.iter().filter_map(|endpoint| {
            let (kind, name) = endpoint.owner.as_ref()?;
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

/// Ports in words; most pairs have the ports of the pair before.
#[derive(Default)]
struct Words {
    ports: PortSet,
    text: String,
}

impl Words {
    fn of(&mut self, ports: &PortSet) -> &str {
        if self.ports != *ports {
            self.text = connections(ports);
            self.ports = ports.clone();
        }
        &self.text
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

fn add_ipv4(outside: &mut Outside, what: &str, ranges: &[AddressRange]) {
    let ipv4 = ranges.iter().filter_map(|range| match (range.first, range.last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => Some((first.to_bits(), last.to_bits())),
        _ => None,
    });
    match outside.get_mut(what) {
        Some(known) => known.extend(ipv4),
        None => {
            outside.insert(what.into(), ipv4.collect());
        }
    }
}

/// Ranges in order, joined where they touch.
fn joined(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    ranges.dedup_by(|(first, last), (_, end)| {
        let touches = *first <= end.saturating_add(1);
        if touches {
            *end = (*end).max(*last);
        }
        touches
    });
    ranges
}

/// `10.0.0.0-10.255.255.255[External]`.
fn external((first, last): (u32, u32)) -> String {
    let [first, last] = [first, last].map(Ipv4Addr::from_bits);
    format!("{first}-{last}[External]")
}
