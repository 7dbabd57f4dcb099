//! The difference of two bundles, access by access: independent of parties, identities and groups.
//!
//! Must not know how a difference is found.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ztc_abi::{Peer, PeerEntry, Protocol};
use ztc_bundle::{Bundle, Simulator};
use ztc_reach::{
    PartyId, PartyKind, Reach,
    diff::{Change, Diff, EndId},
};

use super::{by_pair, reach};

/// Somebody in one bundle.
#[derive(Clone, Copy)]
struct Seen {
    entry: PeerEntry,
    /// Rows of ingress and egress; `None` for whom policies are not about.
    rows: Option<[u32; 2]>,
}

/// Somebody by a name that means the same in both bundles.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Who {
    Pod(String),
    Entity(&'static str),
    Node(String),
    OwnNode(String),
    Address(IpAddr),
}

/// Compares what a difference says with what the bundles say. Gives how many accesses were
/// compared, and how many of them differ.
pub(super) fn compare(old: &Bundle<'_>, new: &Bundle<'_>) -> Result<(usize, usize), String> {
    let (before, after) = (reach(old), reach(new));
    let diff = Diff::new(&before, &after);
    let changes = by_pair(&diff);
    let everybody = everybody(old, new);
    let ends: Vec<(Who, EndId)> = everybody
        .into_iter()
        .filter_map(|who| Some((who.clone(), end(&diff, &before, &after, &who)?)))
        .collect();
    let [old, new] = [old, new].map(|bundle| (bundle, Simulator::new(bundle)));
    let ports: BTreeSet<(u8, u16)> = [old.0, new.0].into_iter().flat_map(boundaries).collect();
    let mut tally = (0, 0);
    for (from, from_end) in &ends {
        for (to, to_end) in &ends {
            if from == to {
                continue;
            }
            let change = changes.get(&(*from_end, *to_end));
            for (protocol, port) in &ports {
                let protocol = Protocol::from_index(*protocol).expect("a protocol");
                let [before, after] =
                    [&old, &new].map(|side| is_allowed(side, from, to, protocol, *port));
                let Some((before, after)) = before.zip(after) else {
                    continue;
                };
                tally.0 += 1;
                tally.1 += usize::from(before != after);
                let said = said(change.copied(), protocol, *port);
                let is_right = match said {
                    Some(said) => said == (before, after),
                    None => before == after,
                };
                if !is_right {
                    return Err(format!(
                        "{from:?} -> {to:?} {port}/{}: {before} before, {after} after, and the \
                         difference says {said:?}",
                        protocol.name(),
                    ));
                }
            }
        }
    }
    Ok(tally)
}

fn said(change: Option<&Change>, protocol: Protocol, port: u16) -> Option<(bool, bool)> {
    let change = change?;
    let (before, after) = (&change.before, &change.after);
    Some((
        before.contains(protocol, port),
        after.contains(protocol, port),
    ))
}

/// Whether a bundle lets an access through. One that does not know an end does not; `None` where
/// policies say nothing of both.
fn is_allowed(
    (bundle, simulator): &(&Bundle<'_>, Simulator<'_>),
    from: &Who,
    to: &Who,
    protocol: Protocol,
    port: u16,
) -> Option<bool> {
    let is_pod = |who: &Who| matches!(who, Who::Pod(_));
    if !is_pod(from) && !is_pod(to) {
        return None;
    }
    let Some((from, to)) = seen(bundle, from).zip(seen(bundle, to)) else {
        return Some(false);
    };
    let side = |row: Option<u32>, peer: PeerEntry| {
        let verdict = row.map(|row| simulator.judge(row, peer, protocol, port));
        verdict.is_none_or(|verdict| verdict.expect("a row of the bundle").is_allow())
    };
    let egress = side(from.rows.map(|rows| rows[1]), to.entry);
    let ingress = side(to.rows.map(|rows| rows[0]), from.entry);
    Some(egress && ingress)
}

fn seen(bundle: &Bundle<'_>, who: &Who) -> Option<Seen> {
    let outside = |entry| Seen { entry, rows: None };
    let node = |name: &str| {
        let mut records = bundle.addresses().iter();
        records.find(|one| one.is_node == 1 && bundle.string(one.name) == name)
    };
    match who {
        Who::Pod(name) => {
            let mut endpoints = bundle.endpoints().iter();
            let endpoint = endpoints.find(|one| bundle.string(one.name) == name)?;
            let class = endpoint.class.checked_sub(Peer::FIRST_CLASS)?;
            let record = bundle.classes().get(class)?;
            Some(Seen {
                entry: bundle.peer_entry(Peer(endpoint.class))?,
                rows: Some([record.row_ingress, record.row_egress]),
            })
        }
        Who::Entity(name) => {
            let mut all = Peer::RESERVED.into_iter();
            let peer = all.find(|peer| peer.reserved_name() == Some(name))?;
            bundle.peer_entry(peer).map(outside)
        }
        Who::Node(name) => node(name).map(|one| {
            let (peer, group) = (one.peer, one.group);
            outside(PeerEntry { peer, group })
        }),
        Who::OwnNode(name) => node(name).map(|one| {
            let (peer, group) = (one.own_peer, one.own_group);
            outside(PeerEntry { peer, group })
        }),
        Who::Address(address) => Some(outside(bundle.peer_of(*address))),
    }
}

/// Everybody whom either bundle tells apart, and addresses around every edge of a prefix.
fn everybody(old: &Bundle<'_>, new: &Bundle<'_>) -> BTreeSet<Who> {
    let entities = [
        "host",
        "host-kube-apiserver",
        "remote-node",
        "kube-apiserver",
        "health",
        "init",
    ];
    let mut all: BTreeSet<Who> = entities.map(Who::Entity).into();
    for bundle in [old, new] {
        let pods = bundle.endpoints().iter();
        all.extend(pods.map(|one| Who::Pod(bundle.string(one.name).into())));
        for one in bundle.addresses().iter().filter(|one| one.is_node == 1) {
            all.insert(Who::Node(bundle.string(one.name).into()));
            all.insert(Who::OwnNode(bundle.string(one.name).into()));
        }
        all.extend(bundle.prefixes().iter().flat_map(|prefix| {
            let host = if prefix.family == 4 { 32 } else { 128 } - prefix.length;
            let bits = u128::from_be_bytes(prefix.address);
            let first = if prefix.family == 4 { bits >> 96 } else { bits };
            let last = first | 1u128.checked_shl(host).map_or(u128::MAX, |bit| bit - 1);
            let around = [
                Some(first),
                Some(last),
                first.checked_sub(1),
                last.checked_add(1),
            ];
            let address = move |bits: u128| -> Option<IpAddr> {
                match prefix.family {
                    4 => u32::try_from(bits)
                        .ok()
                        .map(|bits| Ipv4Addr::from(bits).into()),
                    _ => Some(Ipv6Addr::from(bits).into()),
                }
            };
            around
                .into_iter()
                .flatten()
                .filter_map(address)
                .map(Who::Address)
        }));
    }
    let is_known = |address: IpAddr| [old, new].iter().any(|one| one.address(address).is_some());
    all.retain(|who| match who {
        // An address in `::ffff:0:0/96` is an IPv4 address to everybody who reads packets.
        Who::Address(address) => !is_known(*address) && address.to_canonical() == *address,
        _ => true,
    });
    all
}

/// Whom a difference takes somebody for. A pod that came or went while its workload stays is
/// nobody's example: the workload is compared as it was and is.
fn end(diff: &Diff, old: &Reach<'_>, new: &Reach<'_>, who: &Who) -> Option<EndId> {
    let (before, after) = (party(old, who), party(new, who));
    let numbered = || (0u32..).map(EndId).zip(&diff.ends);
    match who {
        Who::Address(address) => {
            let mut ends = numbered();
            let found = ends.find(|(_, end)| end.ranges.iter().any(|one| one.contains(*address)));
            Some(found.expect("every address is somebody").0)
        }
        _ => {
            let mut ends = numbered();
            let found = ends.find(|(_, end)| end.old == before && end.new == after);
            found
                .filter(|_| before.is_some() || after.is_some())
                .map(|(id, _)| id)
        }
    }
}

fn party(reach: &Reach<'_>, who: &Who) -> Option<PartyId> {
    let bundle = reach.bundle();
    let by_peer = |peer: u32| {
        let mut all = reach.numbered();
        let kinds = [PartyKind::Node, PartyKind::Entity];
        let found = all.find(|(_, one)| kinds.contains(&one.kind) && one.entry.peer == peer);
        found.map(|(id, _)| id)
    };
    match who {
        Who::Pod(name) => {
            let named: BTreeMap<&str, u32> = (0..)
                .zip(bundle.endpoints().iter())
                .map(|(number, one)| (bundle.string(one.name), number))
                .collect();
            let number = named.get(name.as_str())?;
            let mut all = reach.numbered();
            let found = all.find(|(_, one)| one.pods.contains(number));
            found.map(|(id, _)| id)
        }
        Who::Address(_) => None,
        who => {
            let peer = seen(bundle, who)?.entry.peer;
            let is_own_node = peer == Peer::HOST_KUBE_APISERVER.0;
            let host = || is_own_node.then(|| by_peer(Peer::HOST.0)).flatten();
            by_peer(peer).or_else(host)
        }
    }
}

/// Ports where a decision of a bundle may begin or end, with their neighbours, by protocol.
fn boundaries(bundle: &Bundle<'_>) -> BTreeSet<(u8, u16)> {
    let mut ports: BTreeSet<(u8, u16)> = Protocol::ALL.map(|one| (one as u8, 0)).into();
    ports.extend([(Protocol::Tcp as u8, u16::MAX), (Protocol::Icmp as u8, 255)]);
    for range in bundle.ports().iter() {
        let around = [
            range.start.checked_sub(1),
            Some(range.start),
            Some(range.end),
            range.end.checked_add(1),
        ];
        let is_icmp = [Protocol::Icmp as u8, Protocol::Icmpv6 as u8].contains(&range.protocol);
        let last = if is_icmp { 255 } else { u16::MAX };
        let around = around.into_iter().flatten().filter(|port| *port <= last);
        ports.extend(around.map(|port| (range.protocol, port)));
    }
    ports
}
