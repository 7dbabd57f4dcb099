//! Probes: flows with the verdict that the kernel must give before a bundle goes live.
//!
//! Chosen so that every rule that decides anything, and the default deny of every row, is asked
//! about at least once, as far as the inventory has an address to ask with. The expected verdict
//! is the row's cell, not what the lowered tables say: a fault in lowering shows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustc_hash::{FxHashMap, FxHashSet};
use ztc_abi::Protocol;
use ztc_bundle::{Contents, ProbeRecord};
use ztc_policy::{
    Analysis,
    graph::{Cell, Row, Verdict as ModelVerdict},
    model,
    resolve::{Groups, PeerIndex, Piece, Reserved},
};

use crate::{inventory::address_bytes, numbers};

/// A port that policies seldom name: asks for the rest of a protocol.
const UNUSUAL_PORT: u16 = 64_999;

/// ICMPv6 types that some link needs: multicast listeners, neighbour discovery.
const LINK_TYPES: [u16; 9] = [130, 131, 132, 133, 134, 135, 136, 137, 143];

/// Fills the section `probes`.
pub(crate) fn lower(analysis: &Analysis, contents: &mut Contents) {
    let samples = Samples::new(analysis);
    let mut seen: FxHashSet<u32> = FxHashSet::default();
    for (number, row) in (1u32..).zip(&analysis.graph.rows) {
        let mut default_denied = false;
        for (peer, cell) in cells(&analysis.resolved.groups, row, &samples) {
            let Some(address) = samples.address(peer) else {
                continue;
            };
            let is_ipv6 = is_ipv6(address);
            for (protocol, port, verdict) in questions(analysis, cell, is_ipv6) {
                let wanted = match verdict {
                    ModelVerdict::NotAllowed(_) => !std::mem::replace(&mut default_denied, true),
                    ModelVerdict::Allow(rule) | ModelVerdict::Deny(rule) => seen.insert(rule.0),
                    ModelVerdict::BuiltIn => false,
                };
                if wanted {
                    contents.probes.push(ProbeRecord {
                        address,
                        row: number,
                        verdict: numbers::verdict(verdict).0,
                        peer: numbers::peer(&analysis.resolved.universe, peer).0,
                        port,
                        protocol: protocol as u8,
                        direction: numbers::direction(row.direction) as u8,
                    });
                }
            }
        }
    }
    contents.probes.sort_unstable();
}

/// Every cell of a row with a peer that gets it: single peers, one member of each group that no
/// exception covers, the world.
fn cells<'a>(
    groups_of_kind: &'a Groups,
    row: &'a Row,
    samples: &'a Samples,
) -> impl Iterator<Item = (PeerIndex, &'a Cell)> {
    let spoken_for: FxHashSet<u32> = row.groups.iter().map(|(group, _)| *group).collect();
    let singles = row.peers.iter().map(|(peer, cell)| (*peer, cell));
    let member = |group: &u32| {
        let members = samples.by_group.get(group)?;
        members.iter().copied().find(|peer| !row_has(row, *peer))
    };
    let groups = row
        .groups
        .iter()
        .filter_map(move |(group, cell)| Some((member(group)?, cell)));
    let kinds = [(false, &row.inside), (true, &row.outside)]
        .into_iter()
        .filter_map(move |(outside, cell)| {
            let silent = groups_of_kind.of_kind(outside).iter();
            let peer = silent
                .filter(|group| !spoken_for.contains(group))
                .find_map(member)?;
            Some((peer, cell))
        });
    singles.chain(groups).chain(kinds)
}

fn row_has(row: &Row, peer: PeerIndex) -> bool {
    row.peers
        .binary_search_by_key(&peer, |(other, _)| *other)
        .is_ok()
}

/// Whether an address is one of IPv6.
fn is_ipv6(address: [u8; 16]) -> bool {
    Ipv6Addr::from(address).to_ipv4_mapped().is_none()
}

/// One question for each verdict that a cell can give.
fn questions(
    analysis: &Analysis,
    cell: &Cell,
    is_ipv6: bool,
) -> Vec<(Protocol, u16, ModelVerdict)> {
    let map = cell
        .port_map
        .and_then(|index| analysis.graph.port_maps.get(index as usize));
    let mut questions = Vec::new();
    for (protocol, says) in model::Protocol::ALL
        .into_iter()
        .zip(map.map_or(&[][..], |map| &map.protocols))
    {
        let protocol = numbers::protocol(protocol);
        let can_be_sent = |port: u16| match protocol {
            Protocol::Icmp => !is_ipv6,
            // What a link needs passes before any policy is asked.
            Protocol::Icmpv6 => is_ipv6 && !LINK_TYPES.contains(&port),
            _ => true,
        };
        questions.extend(
            says.ranges
                .iter()
                .filter(|(first, ..)| can_be_sent(*first))
                .map(|(first, _, verdict)| (protocol, *first, *verdict)),
        );
        if matches!(protocol, Protocol::Icmp | Protocol::Icmpv6) {
            continue;
        }
        let covers = says
            .ranges
            .iter()
            .any(|(a, b, _)| (*a..=*b).contains(&UNUSUAL_PORT));
        if let (Some(verdict), false) = (says.whole, covers) {
            questions.push((protocol, UNUSUAL_PORT, verdict));
        }
    }
    // A protocol that no policy can name gets the rest.
    questions.push((Protocol::Other, 0, cell.rest));
    questions
}

/// An address for every peer that has one.
struct Samples {
    by_peer: FxHashMap<PeerIndex, [u8; 16]>,
    by_group: FxHashMap<u32, Vec<PeerIndex>>,
}

impl Samples {
    fn new(analysis: &Analysis) -> Self {
        let mut by_peer = FxHashMap::default();
        let mut taken = FxHashSet::default();
        for node in &analysis.cluster.nodes {
            taken.extend(node.addresses.iter().map(|address| address_bytes(*address)));
        }
        for (endpoint, class) in analysis.classified() {
            for address in &endpoint.addresses {
                let address = address_bytes(*address);
                taken.insert(address);
                by_peer
                    .entry(analysis.resolved.universe.class(class))
                    .or_insert(address);
            }
        }
        add_pieces(analysis, &taken, &mut by_peer);
        let mut by_group: FxHashMap<u32, Vec<PeerIndex>> = FxHashMap::default();
        let mut peers: Vec<PeerIndex> = by_peer.keys().copied().collect();
        peers.sort_unstable();
        for peer in peers {
            by_group
                .entry(analysis.resolved.groups.of(peer))
                .or_default()
                .push(peer);
        }
        Self { by_peer, by_group }
    }

    fn address(&self, peer: PeerIndex) -> Option<[u8; 16]> {
        self.by_peer.get(&peer).copied()
    }
}

/// For each address class, and the world, an address that no longer prefix and no endpoint has.
fn add_pieces(
    analysis: &Analysis,
    taken: &FxHashSet<[u8; 16]>,
    by_peer: &mut FxHashMap<PeerIndex, [u8; 16]>,
) {
    let universe = &analysis.resolved.universe;
    let pieces = &analysis.resolved.addresses.pieces;
    for (index, piece) in pieces.iter().enumerate() {
        let peer = match (piece.class, piece.prefix.address.is_ipv6()) {
            (Some(class), _) => universe.address_class(class),
            (None, false) => universe.reserved(Reserved::WorldIpv4),
            (None, true) => universe.reserved(Reserved::WorldIpv6),
        };
        if by_peer.contains_key(&peer) {
            continue;
        }
        let longer = pieces.get(index + 1..).unwrap_or_default();
        if let Some(address) = free_address(piece, longer, taken) {
            by_peer.insert(peer, address);
        }
    }
}

/// An address of a piece, given the pieces after it in order.
fn free_address(piece: &Piece, after: &[Piece], taken: &FxHashSet<[u8; 16]>) -> Option<[u8; 16]> {
    let (begin, end) = range(piece);
    // The first addresses of a whole family are special; nobody would look there.
    let mut next = match (piece.prefix.length, piece.prefix.address.is_ipv6()) {
        (0, false) => 0x0100_0001,
        (0, true) => 0x2000 << 112 | 1,
        _ => begin,
    };
    for other in after {
        let (other_begin, other_end) = range(other);
        let inside =
            other.prefix.address.is_ipv6() == piece.prefix.address.is_ipv6() && other_begin <= end;
        if !inside || other_begin > next {
            break;
        }
        if other_end >= next {
            next = other_end.checked_add(1)?;
        }
    }
    if next > end {
        return None;
    }
    let address = if piece.prefix.address.is_ipv6() {
        IpAddr::V6(Ipv6Addr::from_bits(next))
    } else {
        IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(next).ok()?))
    };
    // An IPv4-mapped address never occurs in an IPv6 packet that is let through.
    let stays = address.to_canonical() == address;
    Some(address_bytes(address)).filter(|bytes| stays && !taken.contains(bytes))
}

/// First and last address of a prefix, as numbers of its family.
fn range(piece: &Piece) -> (u128, u128) {
    let (bits, width) = match piece.prefix.address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let host_bits = width - u32::from(piece.prefix.length);
    let hosts = 1u128.checked_shl(host_bits).map_or(u128::MAX, |n| n - 1);
    (bits, bits | hosts)
}
