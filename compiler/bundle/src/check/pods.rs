//! Checks `classes`, `signatures`, `class_ports` and `endpoints`.

use std::collections::HashSet;

use ztc_abi::Peer;

use super::{Counts, Place, each, length};
use crate::{Bundle, ClassRecord, DecodeError, SectionKind, error::Fault};

pub(super) fn check(bundle: &Bundle<'_>, counts: &Counts) -> Result<(), DecodeError> {
    let n_selectors = length(bundle.selectors());
    each(
        SectionKind::Signatures,
        bundle.signatures(),
        |place, record, _| place.at("selector").index(record.selector, n_selectors),
    )?;
    let n_named_ports = length(bundle.named_ports());
    each(
        SectionKind::ClassPorts,
        bundle.class_ports(),
        |place, record, _| {
            place
                .at("named_port")
                .index(record.named_port, n_named_ports)?;
            place.at("port").inside(record.port, 0, u16::MAX.into())
        },
    )?;
    classes(bundle, counts)?;
    each(
        SectionKind::Endpoints,
        bundle.endpoints(),
        |place, record, previous| {
            place.at("name").text(counts, record.name)?;
            place.at("node").text(counts, record.node)?;
            place
                .at("name")
                .ascending(previous.map(|p| p.name), record.name)?;
            match record.class {
                0 => Ok(()),
                class => place.at("class").class(counts, class),
            }
        },
    )
}

fn classes(bundle: &Bundle<'_>, counts: &Counts) -> Result<(), DecodeError> {
    let all = (length(bundle.signatures()), length(bundle.class_ports()));
    let mut ends = (0, 0);
    // Sip-hashed, because a hostile file chooses the keys.
    let mut keys = HashSet::new();
    each(
        SectionKind::Classes,
        bundle.classes(),
        |place, record, _| {
            place
                .at("class")
                .equal(record.class, Peer::FIRST_CLASS + place.index)?;
            place.at("group").group(record.group)?;
            place
                .at("row_ingress")
                .inside(record.row_ingress, 0, counts.rows)?;
            place
                .at("row_egress")
                .inside(record.row_egress, 0, counts.rows)?;
            place.at("example").text(counts, record.example)?;
            let field = place.at("first_selector");
            ends.0 = field.tile(record.first_selector, record.n_selectors, ends.0, all.0)?;
            let field = place.at("first_port");
            ends.1 = field.tile(record.first_port, record.n_ports, ends.1, all.1)?;
            let key = lists(bundle, place, &record)?;
            place
                .at("selectors and ports")
                .when(!keys.insert(key), Fault::Duplicate)
        },
    )?;
    let rest = |section, index| Place { section, index }.at("range");
    rest(SectionKind::Signatures, ends.0).equal(ends.0, all.0)?;
    rest(SectionKind::ClassPorts, ends.1).equal(ends.1, all.1)
}

/// Checks the two lists of a class; their bytes, which together tell it from every other class.
fn lists<'a>(
    bundle: &Bundle<'a>,
    place: Place,
    record: &ClassRecord,
) -> Result<(&'a [u8], &'a [u8]), DecodeError> {
    let selectors = bundle
        .signatures()
        .range(record.first_selector, record.n_selectors);
    let mut previous = None;
    for selector in selectors.iter() {
        place
            .at("selectors")
            .ascending(previous.replace(selector), selector)?;
    }
    let ports = bundle
        .class_ports()
        .range(record.first_port, record.n_ports);
    let mut previous = None;
    for port in ports.iter() {
        let named_port = port.named_port;
        place
            .at("ports")
            .ascending(previous.replace(named_port), named_port)?;
    }
    Ok((selectors.bytes(), ports.bytes()))
}
