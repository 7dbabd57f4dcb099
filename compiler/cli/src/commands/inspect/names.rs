//! Numbers of a bundle as people read them: peers, verdicts, addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ztc_abi::{Action, Address, Direction, Peer, Protocol, Verdict};

/// `any`, `world-ipv4`, `class 257`, `address class 3`, `node class 1`, `group 2`. A node
/// class that is seen from its own pods is `own node class 1`.
pub(crate) fn peer(number: u32) -> String {
    let peer = Peer(number);
    if peer == Peer::ANY_INSIDE {
        "any".into()
    } else if let Some(name) = peer.reserved_name() {
        name.into()
    } else if peer.is_group() {
        format!("group {}", number - Peer::FIRST_GROUP)
    } else if peer.is_address_class() {
        format!("address class {}", number - Peer::FIRST_ADDRESS_CLASS)
    } else if peer.is_node_class() {
        let index = (number - Peer::FIRST_NODE) / 2;
        let own = if number % 2 == 1 { "own " } else { "" };
        format!("{own}node class {index}")
    } else {
        format!("class {number}")
    }
}

/// `allow by rule 3`, `not allowed, isolated by rule 1`.
pub(crate) fn verdict(bits: u32) -> String {
    let verdict = Verdict(bits);
    match (verdict.action(), verdict.rule()) {
        (Action::Allow, 0) => "allow, built in".into(),
        (Action::Allow, rule) => format!("allow by rule {rule}"),
        (Action::Deny, rule) => format!("deny by rule {rule}"),
        (Action::NotAllowed, rule) => format!("not allowed, isolated by rule {rule}"),
    }
}

/// `ingress` or `egress`.
pub(crate) fn direction(number: u8) -> &'static str {
    Direction::from_number(number).map_or("", Direction::name)
}

/// `TCP`, …
pub(crate) fn protocol(index: u8) -> &'static str {
    Protocol::from_index(index).map_or("", Protocol::name)
}

/// An exact address.
pub(crate) fn address(bytes: [u8; 16]) -> String {
    match (Address { bytes }).ipv4() {
        Some(v4) => Ipv4Addr::from(v4).to_string(),
        None => Ipv6Addr::from(bytes).to_string(),
    }
}

/// `10.0.0.0/8`.
pub(crate) fn prefix(family: u32, address: [u8; 16], length: u32) -> String {
    let address = match (family, address.first_chunk::<4>()) {
        (4, Some(&v4)) => IpAddr::V4(Ipv4Addr::from(v4)),
        _ => IpAddr::V6(Ipv6Addr::from(address)),
    };
    format!("{address}/{length}")
}

/// Port 80 as `80`, a range as `80-90`.
pub(crate) fn ports(start: u16, end: u16) -> String {
    if start == end {
        start.to_string()
    } else {
        format!("{start}-{end}")
    }
}
