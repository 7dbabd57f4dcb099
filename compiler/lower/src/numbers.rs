//! From the model's places to the numbers of the ABI.

use ztc_abi::{Action, Direction, Peer, Protocol, Verdict};
use ztc_bundle::Digest;
use ztc_diag::{Sink, Span};
use ztc_policy::{
    Analysis,
    graph::Verdict as ModelVerdict,
    model,
    resolve::{PeerIndex, Reserved, Universe},
};

use crate::errors;

/// A count as a number. The inputs of a run are bounded far below `u32::MAX`.
pub(crate) fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A number that stands for a text in every bundle of every run: equal texts have equal ones, and
/// others differ but for one chance in 2^64.
pub(crate) fn fingerprint(text: &str) -> u64 {
    let Digest(bytes) = Digest::of(&[text.as_bytes()]);
    let first = bytes.first_chunk().copied().unwrap_or_default();
    u64::from_le_bytes(first)
}

/// Where a finding about all policies together is shown: at the first. `None` without policies,
/// which need no numbers.
pub(crate) fn place(analysis: &Analysis) -> Option<Span> {
    analysis.model.policies.first().map(|policy| policy.span)
}

/// Refuses what the ABI has no numbers for.
pub(crate) fn check_budget(analysis: &Analysis, sink: &mut Sink) {
    for (what, found, limit) in [
        (
            "pod classes",
            analysis.resolved.classes.len(),
            Peer::FIRST_ADDRESS_CLASS - Peer::FIRST_CLASS,
        ),
        (
            "address classes",
            analysis.resolved.addresses.classes.len(),
            Peer::END_ADDRESS_CLASS - Peer::FIRST_ADDRESS_CLASS,
        ),
        (
            "node classes",
            analysis.resolved.nodes.classes.len(),
            (Peer::END_NODE - Peer::FIRST_NODE) / 2,
        ),
        ("rules", analysis.model.rules.len(), Verdict::MAX_RULE),
    ] {
        if found > limit as usize {
            errors::over_budget(sink, what, found, limit, place(analysis));
        }
    }
}

/// The number of a pod class.
pub(crate) fn class(class: u32) -> Peer {
    Peer(Peer::FIRST_CLASS.saturating_add(class))
}

/// The number of a group.
pub(crate) fn group(group: u32) -> Peer {
    Peer(Peer::FIRST_GROUP.saturating_add(group))
}

/// The number of a row, given its index; 0 is the row of what nothing isolates.
pub(crate) fn row(index: Option<u32>) -> u32 {
    index.map_or(0, |index| index.saturating_add(1))
}

/// The number of a peer.
pub(crate) fn peer(universe: &Universe, index: PeerIndex) -> Peer {
    if let Some(number) = universe.as_class(index) {
        return class(number);
    }
    if let Some(place) = universe.as_reserved(index) {
        return reserved(place);
    }
    if let Some((number, is_own)) = universe.as_node_class(index) {
        return node_class(number, is_own);
    }
    let number = universe.as_address_class(index).unwrap_or(0);
    Peer(Peer::FIRST_ADDRESS_CLASS.saturating_add(number))
}

/// The peer that has a number; `None` for a number that no peer of these policies has.
pub fn peer_index(analysis: &Analysis, number: Peer) -> Option<PeerIndex> {
    let universe = &analysis.resolved.universe;
    universe
        .peers()
        .find(|index| peer(universe, *index) == number)
}

/// The number of a node class, seen from its own pods or from elsewhere.
pub(crate) fn node_class(class: u32, is_own: bool) -> Peer {
    let place = class.saturating_mul(2).saturating_add(u32::from(is_own));
    Peer(Peer::FIRST_NODE.saturating_add(place))
}

/// The number of a reserved peer.
pub(crate) fn reserved(reserved: Reserved) -> Peer {
    match reserved {
        Reserved::Host => Peer::HOST,
        Reserved::Unmanaged => Peer::UNMANAGED,
        Reserved::Health => Peer::HEALTH,
        Reserved::Init => Peer::INIT,
        Reserved::RemoteNode => Peer::REMOTE_NODE,
        Reserved::KubeApiserver => Peer::KUBE_APISERVER,
        Reserved::Ingress => Peer::INGRESS,
        Reserved::WorldIpv4 => Peer::WORLD_IPV4,
        Reserved::WorldIpv6 => Peer::WORLD_IPV6,
        Reserved::Unclassified => Peer::UNCLASSIFIED,
        Reserved::HostKubeApiserver => Peer::HOST_KUBE_APISERVER,
    }
}

/// A verdict in thirty-two bits.
pub(crate) fn verdict(verdict: ModelVerdict) -> Verdict {
    match verdict {
        ModelVerdict::NotAllowed(rule) => Verdict::new(Action::NotAllowed, rule.0),
        ModelVerdict::Allow(rule) => Verdict::new(Action::Allow, rule.0),
        ModelVerdict::Deny(rule) => Verdict::new(Action::Deny, rule.0),
        ModelVerdict::BuiltIn => Verdict::BUILT_IN_ALLOW,
    }
}

/// The number that kernel and bundle have for a protocol.
pub fn protocol(protocol: model::Protocol) -> Protocol {
    match protocol {
        model::Protocol::Tcp => Protocol::Tcp,
        model::Protocol::Udp => Protocol::Udp,
        model::Protocol::Sctp => Protocol::Sctp,
        model::Protocol::Icmp => Protocol::Icmp,
        model::Protocol::Icmpv6 => Protocol::Icmpv6,
    }
}

/// A direction.
pub(crate) fn direction(direction: model::Direction) -> Direction {
    match direction {
        model::Direction::Ingress => Direction::Ingress,
        model::Direction::Egress => Direction::Egress,
    }
}
