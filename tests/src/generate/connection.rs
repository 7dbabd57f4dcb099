//! Random connections, drawn to where verdicts change: the edges of prefixes and ranges.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fastrand::Rng;
use serde_json::Value;

use super::vocabulary::{ICMPV4_TYPES, ICMPV6_TYPES, PORT_NUMBERS};
use super::{chance, pick};
use crate::interpreter::{Cluster, Connection, End, Pod, Protocol};

/// Connections with a pod at one end at least.
pub(super) fn connections(
    rng: &mut Rng,
    cluster: &Cluster,
    objects: &[&Value],
    n_connections: usize,
) -> Vec<Connection> {
    let pods: Vec<_> = cluster
        .pods
        .iter()
        .map(|pod| End::Pod(pod.name.clone()))
        .collect();
    let mut leaves = Vec::new();
    objects
        .iter()
        .for_each(|object| collect_leaves(object, &mut leaves));
    let outside = edges_of_prefixes(&leaves);
    let inside: Vec<_> = cluster
        .pods
        .iter()
        .flat_map(|pod| pod.addresses.clone())
        .collect();
    let ports = edges_of_ports(&leaves, cluster);
    let connection = |_| {
        let pod = rng.choice(&pods).expect("pods").clone();
        let peer = match rng.u8(0..10) {
            0..=3 => rng.choice(&pods).expect("pods").clone(),
            4 => match rng.choice(&inside) {
                Some(address) => End::Address(*address),
                None => rng.choice(&pods).expect("pods").clone(),
            },
            5 => End::Entity(pick(rng, &ENTITIES).to_string()),
            6 => End::Address(node_address(rng)),
            _ => End::Address(*rng.choice(&outside).expect("addresses")),
        };
        let (protocol, port) = protocol_and_port(rng, &peer, &ports);
        let (from, to) = if rng.bool() { (pod, peer) } else { (peer, pod) };
        Connection {
            from,
            to,
            protocol,
            port,
        }
    };
    (0..n_connections).map(connection).collect()
}

/// Makes a connection between pods one within a namespace, on a port that apps listen on.
pub(super) fn bring_together(rng: &mut Rng, connection: &mut Connection, cluster: &Cluster) {
    let End::Pod(from) = &connection.from else {
        return;
    };
    let namespace = from.split('/').next().unwrap_or_default();
    let is_near = |pod: &&Pod| pod.name.split('/').next() == Some(namespace);
    let near: Vec<_> = cluster.pods.iter().filter(is_near).collect();
    let to = rng.choice(near).expect("the pod itself is near");
    connection.to = End::Pod(to.name.clone());
    connection.protocol = Protocol::Tcp;
    connection.port = rng.u16(8000..8010);
}

/// Peers that need no address to be judged.
const ENTITIES: [&str; 8] = [
    "host",
    "remote-node",
    "kube-apiserver",
    "health",
    "ingress",
    "init",
    "unmanaged",
    "world",
];

fn node_address(rng: &mut Rng) -> IpAddr {
    let last = rng.u8(2..=4);
    match rng.u8(0..3) {
        0 => Ipv6Addr::new(0xfd00, 0x172, 0, 0, 0, 0, 0, last.into()).into(),
        _ => Ipv4Addr::new(172, 18, 0, last).into(),
    }
}

/// ICMP's port is its type.
fn protocol_and_port(rng: &mut Rng, peer: &End, ports: &[u16]) -> (Protocol, u16) {
    let is_ipv6 = match peer {
        End::Address(address) => address.is_ipv6(),
        End::Pod(_) => chance(rng, 30),
        End::Entity(_) => false,
    };
    match rng.u8(0..21) {
        0..=9 => (Protocol::Tcp, *rng.choice(ports).expect("ports")),
        10..=14 => (Protocol::Udp, *rng.choice(ports).expect("ports")),
        15..=16 => (Protocol::Sctp, *rng.choice(ports).expect("ports")),
        17..=19 if is_ipv6 => (Protocol::Icmpv6, icmp_type(rng, &ICMPV6_TYPES)),
        17..=19 => (Protocol::Icmp, icmp_type(rng, &ICMPV4_TYPES)),
        _ => (Protocol::Other, 0),
    }
}

fn icmp_type(rng: &mut Rng, types: &[(u8, &str)]) -> u16 {
    let (number, _) = rng.choice(types).expect("types");
    u16::from(*number)
}

/// Every text and number in the policies.
fn collect_leaves(value: &Value, leaves: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields
            .values()
            .for_each(|value| collect_leaves(value, leaves)),
        Value::Array(items) => items.iter().for_each(|item| collect_leaves(item, leaves)),
        Value::String(text) => leaves.push(text.clone()),
        Value::Number(number) => leaves.push(number.to_string()),
        _ => {}
    }
}

/// First and last address of each prefix, and their neighbours. IPv4-mapped and unspecified
/// addresses are left out: no packet with one is judged.
fn edges_of_prefixes(leaves: &[String]) -> Vec<IpAddr> {
    let mut edges = BTreeSet::from([
        IpAddr::from(Ipv4Addr::new(8, 8, 8, 8)),
        IpAddr::from(Ipv6Addr::new(0x2001, 0x4860, 0, 0, 0, 0, 0, 8)),
    ]);
    for leaf in leaves {
        let Some((address, length)) = leaf.split_once('/') else {
            edges.extend(leaf.parse::<IpAddr>());
            continue;
        };
        let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u32>()) else {
            continue;
        };
        match address {
            IpAddr::V4(v4) => {
                let host = u32::MAX.checked_shr(length).unwrap_or(0);
                let (first, last) = (v4.to_bits() & !host, v4.to_bits() | host);
                let near = [first, last, first.wrapping_sub(1), last.wrapping_add(1)];
                edges.extend(near.map(|bits| IpAddr::from(Ipv4Addr::from_bits(bits))));
            }
            IpAddr::V6(v6) => {
                let host = u128::MAX.checked_shr(length).unwrap_or(0);
                let (first, last) = (v6.to_bits() & !host, v6.to_bits() | host);
                let near = [first, last, first.wrapping_sub(1), last.wrapping_add(1)];
                edges.extend(near.map(|bits| IpAddr::from(Ipv6Addr::from_bits(bits))));
            }
        }
    }
    edges.retain(|address| match address {
        IpAddr::V4(v4) => !v4.is_unspecified(),
        IpAddr::V6(v6) => !v6.is_unspecified() && v6.to_ipv4_mapped().is_none(),
    });
    edges.into_iter().collect()
}

/// Every port that a policy or a pod names, and its neighbours.
fn edges_of_ports(leaves: &[String], cluster: &Cluster) -> Vec<u16> {
    let mut ports = BTreeSet::from([0, 1, 65535]);
    let named = cluster
        .pods
        .iter()
        .flat_map(|pod| &pod.ports)
        .map(|port| port.number);
    let written = leaves.iter().filter_map(|leaf| leaf.parse::<u16>().ok());
    for port in named.chain(written).chain(PORT_NUMBERS) {
        ports.extend([port, port.saturating_sub(1), port.saturating_add(1)]);
    }
    ports.into_iter().collect()
}
