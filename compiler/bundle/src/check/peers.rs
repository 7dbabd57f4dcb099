//! Checks `addresses`, `prefixes` and `reserved`.

use ztc_abi::Peer;

use super::{Counts, Field, Place, each, length};
use crate::{Bundle, DecodeError, PrefixRecord, SectionKind, error::Fault, prefix};

pub(super) fn check(bundle: &Bundle<'_>, counts: &Counts) -> Result<(), DecodeError> {
    reserved(bundle)?;
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

fn addresses(bundle: &Bundle<'_>, counts: &Counts) -> Result<(), DecodeError> {
    each(
        SectionKind::Addresses,
        bundle.addresses(),
        |place, record, previous| {
            place.at("name").text(counts, record.name)?;
            place.at("node").text(counts, record.node)?;
            place.at("is_node").inside(record.is_node, 0, 1)?;
            let peer = Peer(record.peer);
            let node = peer == Peer::REMOTE_NODE || peer == Peer::KUBE_APISERVER;
            if node {
                group_of(bundle, place.at("group"), record.peer, record.group)?;
            } else {
                place.at("is_node").equal(record.is_node, 0u32)?;
                place.at("peer").class(counts, record.peer)?;
                group_of(bundle, place.at("group"), record.peer, record.group)?;
            }
            place
                .at("address")
                .ascending(previous.map(|p| p.address), record.address)
        },
    )
}

fn prefix_record(place: Place, record: &PrefixRecord) -> Result<(), DecodeError> {
    let (bits, world) = match record.family {
        4 => (32, Peer::WORLD_IPV4),
        6 => (128, Peer::WORLD_IPV6),
        family => {
            return place.at("family").fault(Fault::Unknown {
                value: family.into(),
            });
        }
    };
    place.at("length").inside(record.length, 0, bits)?;
    let masked = prefix::mask(record.address, record.length);
    place
        .at("address")
        .when(masked != record.address, Fault::NotMasked)?;
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
