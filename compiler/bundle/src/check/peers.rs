//! Checks `networks`, `node_classes`, `addresses`, `prefixes` and `reserved`.

use ztc_abi::Peer;

use super::{Counts, Field, Place, each, length};
use crate::{Bundle, DecodeError, NetworkRecord, PrefixRecord, SectionKind, error::Fault, prefix};

pub(super) fn check(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    reserved(bundle)?;
    networks(bundle)?;
    node_classes(bundle, counts)?;
    addresses(bundle, counts)?;
    let mut n_catch_all = 0u64;
    each(
        SectionKind::Prefixes,
        bundle.prefixes(),
        |place, record, previous| {
            prefix_record(place, &record)?;
            if !Peer(record.peer).is_address_class() {
                group_of(bundle, place.at("group"), record.peer, record.group)?;
            }
            n_catch_all += u64::from(record.length == 0);
            let key = |record: &PrefixRecord| (record.family, record.address, record.length);
            place
                .at("address")
                .ascending(previous.as_ref().map(key), key(&record))
        },
    )?;
    // Prefixes are masked and distinct, so two of length 0 are one of each family.
    let end = Place {
        section: SectionKind::Prefixes,
        index: length(bundle.prefixes()),
    };
    end.at("length").when(
        n_catch_all != 2,
        Fault::Missing {
            what: "/0 of both families",
        },
    )
}

fn reserved(bundle: &Bundle<'_>) -> Result<(), DecodeError> {
    each(
        SectionKind::Reserved,
        bundle.reserved(),
        |place, record, _| {
            let expected = Peer::RESERVED.get(place.index as usize);
            place
                .at("peer")
                .equal(record.peer, expected.map_or(0, |peer| peer.0))?;
            place.at("group").group(record.group)
        },
    )?;
    let end = Place {
        section: SectionKind::Reserved,
        index: length(bundle.reserved()),
    };
    end.at("records")
        .equal(end.index, Peer::RESERVED.len() as u64)
}

fn networks(bundle: &Bundle<'_>) -> Result<(), DecodeError> {
    each(
        SectionKind::Networks,
        bundle.networks(),
        |place, record, previous| {
            bits(place, record.family, record.length, record.address)?;
            let key = |record: &NetworkRecord| (record.family, record.address, record.length);
            place
                .at("address")
                .ascending(previous.as_ref().map(key), key(&record))
        },
    )
}

fn node_classes(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    each(
        SectionKind::NodeClasses,
        bundle.node_classes(),
        |place, record, previous| {
            let fault = Fault::Unknown {
                value: record.peer.into(),
            };
            let is_first = Peer(record.peer).is_node_class() && record.peer.is_multiple_of(2);
            place.at("peer").when(!is_first, fault)?;
            place
                .at("peer")
                .ascending(previous.map(|p| p.peer), record.peer)?;
            place
                .at("own_peer")
                .equal(record.own_peer, record.peer + 1)?;
            place.at("group").group(record.group)?;
            place.at("own_group").group(record.own_group)?;
            place.at("example").text(counts, record.example)
        },
    )
}

fn addresses(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    each(
        SectionKind::Addresses,
        bundle.addresses(),
        |place, record, previous| {
            place.at("name").text(counts, record.name)?;
            place.at("node").text(counts, record.node)?;
            place.at("is_node").inside(record.is_node, 0, 1)?;
            if record.is_node == 1 {
                let known = is_node(record.peer);
                let value = record.peer.into();
                place.at("peer").when(!known, Fault::Unknown { value })?;
                let known = is_own_node(record.own_peer);
                let value = record.own_peer.into();
                place
                    .at("own_peer")
                    .when(!known, Fault::Unknown { value })?;
            } else {
                place.at("peer").class(counts, record.peer)?;
                place.at("own_peer").equal(record.own_peer, record.peer)?;
            }
            group_of(bundle, place.at("group"), record.peer, record.group)?;
            group_of(
                bundle,
                place.at("own_group"),
                record.own_peer,
                record.own_group,
            )?;
            place
                .at("address")
                .ascending(previous.map(|p| p.address), record.address)
        },
    )
}

/// Whether a number can be a node seen from elsewhere.
fn is_node(peer: u32) -> bool {
    let is_class = Peer(peer).is_node_class() && peer.is_multiple_of(2);
    is_class || [Peer::REMOTE_NODE, Peer::KUBE_APISERVER].contains(&Peer(peer))
}

/// Whether a number can be a node seen from its own pods.
fn is_own_node(peer: u32) -> bool {
    let is_class = Peer(peer).is_node_class() && !peer.is_multiple_of(2);
    is_class || [Peer::HOST, Peer::HOST_KUBE_APISERVER].contains(&Peer(peer))
}

/// Checks an address with a length; its family's peer for what no prefix contains.
fn bits(place: Place, family: u32, length: u32, address: [u8; 16]) -> Result<Peer, DecodeError> {
    let (bits, world) = match family {
        4 => (32, Peer::WORLD_IPV4),
        6 => (128, Peer::WORLD_IPV6),
        family => {
            return place.at("family").fault(Fault::Unknown {
                value: family.into(),
            });
        }
    };
    place.at("length").inside(length, 0, bits)?;
    let masked = prefix::mask(address, length);
    place
        .at("address")
        .when(masked != address, Fault::NotMasked)?;
    Ok(world)
}

fn prefix_record(place: Place, record: &PrefixRecord) -> Result<(), DecodeError> {
    let world = bits(place, record.family, record.length, record.address)?;
    let peer = Peer(record.peer);
    let known = peer.is_address_class() || peer == world;
    place.at("peer").when(
        !known,
        Fault::Unknown {
            value: peer.0.into(),
        },
    )?;
    place.at("group").group(record.group)
}

/// A peer has one group, wherever it is listed.
fn group_of(bundle: &Bundle<'_>, field: Field, peer: u32, group: u32) -> Result<(), DecodeError> {
    match bundle.peer_entry(Peer(peer)) {
        Some(entry) => field.equal(group, entry.group),
        None => field.fault(Fault::Unknown { value: peer.into() }),
    }
}
