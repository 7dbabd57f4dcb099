//! Endpoints, addresses and prefixes: from a packet's address to a peer.

use std::{collections::BTreeMap, net::IpAddr};

use ztc_abi::Address;
use ztc_bundle::{AddressRecord, Contents, EndpointRecord, PrefixRecord, ReservedRecord};
use ztc_policy::{
    Analysis,
    resolve::{PeerIndex, Piece, Reserved},
};

use crate::{numbers, strings::Strings};

/// Fills the sections `endpoints`, `addresses`, `prefixes`, `reserved`.
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
        let reserved = if node.kube_apiserver {
            Reserved::KubeApiserver
        } else {
            Reserved::RemoteNode
        };
        for address in &node.addresses {
            let name = strings.intern(&node.name);
            let address = address_bytes(*address);
            addresses.entry(address).or_insert(AddressRecord {
                address,
                peer: numbers::reserved(reserved).0,
                group: group(universe.reserved(reserved)),
                name,
                node: name,
                is_node: 1,
            });
        }
    }
    for (endpoint, class) in analysis.classified() {
        for address in &endpoint.addresses {
            let address = address_bytes(*address);
            let record = AddressRecord {
                address,
                peer: numbers::class(class).0,
                group: group(universe.class(class)),
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
