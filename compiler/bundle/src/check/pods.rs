//! Checks `classes`, `signatures`, `class_ports`, `class_networks`, `endpoints` and `workloads`.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use ztc_abi::Peer;

use super::{Counts, Place, each, length, parallel};
use crate::{Bundle, ClassRecord, DecodeError, SectionKind, error::Fault};

pub(super) fn check(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
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
    let n_networks = length(bundle.networks());
    each(
        SectionKind::ClassNetworks,
        bundle.class_networks(),
        |place, record, _| place.at("network").index(record.network, n_networks),
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
    )?;
    parallel(
        bundle,
        SectionKind::Workloads,
        length(bundle.workloads()),
        length(bundle.endpoints()),
    )?;
    each(
        SectionKind::Workloads,
        bundle.workloads(),
        |place, record, _| place.at("workload").text(counts, record.workload),
    )
}

/// Classes with the same selectors and ports, by the bytes of both.
type SubjectKey<'a> = (&'a [u8], &'a [u8]);

fn classes(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    let n_selectors = length(bundle.signatures());
    let n_ports = length(bundle.class_ports());
    let n_networks = length(bundle.class_networks());
    let mut ends = (0, 0, 0);
    // Sip-hashed, because a hostile file chooses the keys.
    let mut keys = HashSet::new();
    let mut rows = HashMap::new();
    each(
        SectionKind::Classes,
        bundle.classes(),
        |place, record, _| {
            numbers(place, counts, &record)?;
            let field = place.at("first_selector");
            ends.0 = field.tile(
                record.first_selector,
                record.n_selectors,
                ends.0,
                n_selectors,
            )?;
            let field = place.at("first_port");
            ends.1 = field.tile(record.first_port, record.n_ports, ends.1, n_ports)?;
            let field = place.at("first_network");
            ends.2 = field.tile(record.first_network, record.n_networks, ends.2, n_networks)?;
            let subject = subject(bundle, place, &record)?;
            let networks = networks(bundle, place, &record)?;
            place
                .at("selectors, ports and networks")
                .when(!keys.insert((subject, networks)), Fault::Duplicate)?;
            let own = rows_of(&record);
            match rows.entry(subject) {
                Entry::Vacant(entry) => {
                    entry.insert(own);
                    Ok(())
                }
                Entry::Occupied(entry) => place
                    .at("rows")
                    .when(*entry.get() != own, Fault::RowsDiffer),
            }
        },
    )?;
    let rest = |section, index| Place { section, index }.at("range");
    rest(SectionKind::Signatures, ends.0).equal(ends.0, n_selectors)?;
    rest(SectionKind::ClassPorts, ends.1).equal(ends.1, n_ports)?;
    rest(SectionKind::ClassNetworks, ends.2).equal(ends.2, n_networks)
}

fn rows_of(record: &ClassRecord) -> [u32; 4] {
    [
        record.row_ingress,
        record.row_egress,
        record.shadow_ingress,
        record.shadow_egress,
    ]
}

fn numbers(place: Place, counts: &Counts<'_>, record: &ClassRecord) -> Result<(), DecodeError> {
    place
        .at("class")
        .equal(record.class, Peer::FIRST_CLASS + place.index)?;
    place.at("group").group(record.group)?;
    let row = |field, row| place.at(field).inside(row, 0, counts.rows);
    row("row_ingress", record.row_ingress)?;
    row("row_egress", record.row_egress)?;
    row("shadow_ingress", record.shadow_ingress)?;
    row("shadow_egress", record.shadow_egress)?;
    place.at("example").text(counts, record.example)
}

/// Checks the lists that decide what a class is as a subject.
fn subject<'a>(
    bundle: &Bundle<'a>,
    place: Place,
    record: &ClassRecord,
) -> Result<SubjectKey<'a>, DecodeError> {
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

/// Checks the networks of a class; their bytes.
fn networks<'a>(
    bundle: &Bundle<'a>,
    place: Place,
    record: &ClassRecord,
) -> Result<&'a [u8], DecodeError> {
    let networks = bundle
        .class_networks()
        .range(record.first_network, record.n_networks);
    let mut previous = None;
    for network in networks.iter() {
        place
            .at("networks")
            .ascending(previous.replace(network), network)?;
    }
    Ok(networks.bytes())
}
