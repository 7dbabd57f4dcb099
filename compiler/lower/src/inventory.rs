//! Endpoints, addresses and prefixes: from a packet's address to a peer.

use std::{collections::BTreeMap, net::IpAddr};

use ztc_abi::Address;
use ztc_bundle::{
    AddressRecord, Contents, EndpointRecord, NetworkRecord, NodeClassRecord, PrefixRecord,
    ReservedRecord,
};
use ztc_policy::{
    Analysis,
    resolve::{NodePeer, PeerIndex, Piece, Reserved},
};

use crate::{numbers, strings::Strings};

/// Fills the sections `endpoints`, `addresses`, `prefixes`, `reserved`, `networks`,
/// `node_classes`.
pub(crate) fn lower(analysis: &Analysis, strings: &mut Strings, contents: &mut Contents) {
    let universe = &analysis.resolved.universe;
    let group = |peer: PeerIndex| numbers::group(analysis.resolved.groups.of(peer)).0;
    for (endpoint, class) in analysis
        .cluster
        .endpoints
        .iter()
        .zip(&analysis.resolved.classes.of_endpoint)
    {
        contents.endpoints.push(EndpointRecord {
            name: strings.intern(&endpoint.name),
            class: class.map_or(0, |class| numbers::class(class).0),
            node: strings.intern(endpoint.node.as_deref().unwrap_or_default()),
        });
    }
    contents.addresses = addresses(analysis, strings, &group);
    for Piece { prefix, class } in &analysis.resolved.addresses.pieces {
        let ipv6 = prefix.address.is_ipv6();
        let peer = match class {
            Some(class) => universe.address_class(*class),
            None if ipv6 => universe.reserved(Reserved::WorldIpv6),
            None => universe.reserved(Reserved::WorldIpv4),
        };
        contents.prefixes.push(PrefixRecord {
            address: prefix_bytes(prefix.address),
            family: if ipv6 { 6 } else { 4 },
            length: u32::from(prefix.length),
            peer: numbers::peer(universe, peer).0,
            group: group(peer),
        });
    }
    for reserved in Reserved::ALL {
        let peer = universe.reserved(reserved);
        contents.reserved.push(ReservedRecord {
            peer: numbers::reserved(reserved).0,
            group: group(peer),
        });
    }
    contents.reserved.sort_unstable();
    for id in &analysis.model.networks {
        let Some(cidr) = analysis.model.cidrs.get(id.0 as usize) else {
            continue;
        };
        contents.networks.push(NetworkRecord {
            address: prefix_bytes(cidr.prefix.address),
            family: if cidr.prefix.address.is_ipv6() { 6 } else { 4 },
            length: u32::from(cidr.prefix.length),
        });
    }
    for (class, (example, n_members)) in (0u32..).zip(&analysis.resolved.nodes.members) {
        let [other, own] =
            [false, true].map(|is_own| universe.node(NodePeer::Class(class), is_own));
        contents.node_classes.push(NodeClassRecord {
            peer: numbers::peer(universe, other).0,
            group: group(other),
            own_peer: numbers::peer(universe, own).0,
            own_group: group(own),
            example: strings.intern(example),
            n_members: *n_members,
        });
    }
}

/// Addresses of pods and nodes. An address that both claim is the pod's: a host-network pod, which
/// has its node's address, is not among the pods.
fn addresses(
    analysis: &Analysis,
    strings: &mut Strings,
    group: &impl Fn(PeerIndex) -> u32,
) -> Vec<AddressRecord> {
    let universe = &analysis.resolved.universe;
    let mut addresses: BTreeMap<[u8; 16], AddressRecord> = BTreeMap::new();
    for node in &analysis.cluster.nodes {
        for ip in &node.addresses {
            let known = analysis.resolved.nodes.at(*ip);
            let [other, own] = [false, true].map(|is_own| universe.node(known, is_own));
            let name = strings.intern(&node.name);
            let address = address_bytes(*ip);
            addresses.entry(address).or_insert(AddressRecord {
                address,
                peer: numbers::peer(universe, other).0,
                group: group(other),
                own_peer: numbers::peer(universe, own).0,
                own_group: group(own),
                name,
                node: name,
                is_node: 1,
            });
        }
    }
    for (endpoint, class) in analysis.classified() {
        for ip in &endpoint.addresses {
            let networks = analysis.resolved.networks.containing(*ip);
            let classes = &analysis.resolved.classes;
            let class = classes.with_networks(class, &networks).unwrap_or(class);
            let (peer, group) = (numbers::class(class).0, group(universe.class(class)));
            let address = address_bytes(*ip);
            let record = AddressRecord {
                address,
                peer,
                group,
                own_peer: peer,
                own_group: group,
                name: strings.intern(&endpoint.name),
                node: strings.intern(endpoint.node.as_deref().unwrap_or_default()),
                is_node: 0,
            };
            addresses.insert(address, record);
        }
    }
    addresses.into_values().collect()
}

/// An address as the peer tables key it. An IPv4-mapped IPv6 address is the IPv4 address.
pub(crate) fn address_bytes(address: IpAddr) -> [u8; 16] {
    match address.to_canonical() {
        IpAddr::V4(v4) => Address::from_ipv4(v4.octets()).bytes,
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn prefix_bytes(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(v6) => v6.octets(),
    }
}
