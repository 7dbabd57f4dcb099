//! The entities that a user can name as an end.
//!
//! Must not know what a bundle says of them.

use ztc_abi::Peer;

/// Those that can be an end of a connection.
pub(super) const ONE: [(&str, Peer); 10] = [
    ("health", Peer::HEALTH),
    ("host", Peer::HOST),
    ("ingress", Peer::INGRESS),
    ("init", Peer::INIT),
    ("kube-apiserver", Peer::KUBE_APISERVER),
    ("remote-node", Peer::REMOTE_NODE),
    ("unmanaged", Peer::UNMANAGED),
    ("world", Peer::WORLD_IPV4),
    ("world-ipv4", Peer::WORLD_IPV4),
    ("world-ipv6", Peer::WORLD_IPV6),
];

/// Those that stand for many peers.
pub(super) const MANY: [&str; 3] = ["all", "cluster", "none"];

/// The peer that an entity stands for.
pub(super) fn peer(name: &str) -> Option<Peer> {
    let found = ONE.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, peer)| peer)
}

/// Whether a text can only have been meant as an entity.
pub(super) fn is_known(text: &str) -> bool {
    MANY.contains(&text) || peer(text).is_some()
}

/// Those that can be an end, for a sentence.
pub(super) fn names() -> String {
    ONE.map(|(name, _)| name).join(", ")
}
