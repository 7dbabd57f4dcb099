//! Checks `decisions`, `ports`, `verdicts` and `probes`.

use ztc_abi::{Direction, Peer, decide::Decision, ports};

use super::{Counts, Place, each, length};
use crate::{Bundle, DecodeError, PortRecord, SectionKind, error::Fault};

pub(super) fn check(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    decisions(bundle, counts)?;
    each(
        SectionKind::Ports,
        bundle.ports(),
        |place, record, previous| port_range(place, counts, &record, previous),
    )?;
    verdicts(bundle, counts)?;
    each(
        SectionKind::Probes,
        bundle.probes(),
        |place, record, previous| {
            place.at("row").inside(record.row, 1, counts.rows)?;
            place.at("verdict").verdict(counts, record.verdict)?;
            place.at("peer").peer(counts, record.peer)?;
            place.at("protocol").protocol(record.protocol.into())?;
            let known = Direction::from_number(record.direction).is_some();
            let fault = Fault::Unknown {
                value: record.direction.into(),
            };
            place.at("direction").when(!known, fault)?;
            place.at("probe").ascending(previous, record)
        },
    )
}

/// The entry for any peer of the cluster sorts first in its row, so rows without gaps that begin
/// with it are rows that all have it. Those for any peer outside are counted: none occurs twice in
/// a row.
fn decisions(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    each(
        SectionKind::Decisions,
        bundle.decisions(),
        |place, record, previous| {
            let row_before = previous.map_or(0, |previous| previous.row);
            if record.row != row_before {
                place
                    .at("row")
                    .equal(record.row, u64::from(row_before) + 1)?;
                place.at("peer").equal(record.peer, Peer::ANY_INSIDE.0)?;
            } else {
                // A row 0 at the very start is caught here: it is no row.
                place.at("row").inside(record.row, 1, counts.rows)?;
                place
                    .at("peer")
                    .ascending(previous.map(|p| p.peer), record.peer)?;
                let is_kind = record.peer == Peer::ANY_OUTSIDE.0;
                if !is_kind && !Peer(record.peer).is_group() {
                    place.at("peer").peer(counts, record.peer)?;
                }
            }
            let port_map = record.port_map & !Decision::BY_PROTOCOL;
            let lowest = u32::from(record.port_map & Decision::BY_PROTOCOL != 0);
            place
                .at("port_map")
                .inside(port_map, lowest, counts.port_maps)?;
            place.at("rest").verdict(counts, record.rest)
        },
    )?;
    let outside = bundle
        .decisions()
        .iter()
        .filter(|record| record.peer == Peer::ANY_OUTSIDE.0);
    let n_outside = outside.count();
    let n = length(bundle.decisions());
    let last = n
        .checked_sub(1)
        .and_then(|last| bundle.decisions().get(last));
    let end = Place {
        section: SectionKind::Decisions,
        index: n,
    };
    end.at("row")
        .equal(last.map_or(0, |record| record.row), counts.rows)?;
    end.at("rows with an entry for any peer outside")
        .equal(u32::try_from(n_outside).unwrap_or(u32::MAX), counts.rows)
}

fn port_range(
    place: Place,
    counts: &Counts<'_>,
    record: &PortRecord,
    previous: Option<PortRecord>,
) -> Result<(), DecodeError> {
    place
        .at("protocol")
        .index(record.protocol.into(), ports::N_PORT_PROTOCOLS)?;
    place.at("zero").equal(record.zero, 0u32)?;
    let highest = counts.port_classes - 1;
    let lowest = ports::FIRST_PORT_CLASS.into();
    place
        .at("class")
        .inside(record.class.into(), lowest, highest)?;
    place
        .at("end")
        .inside(record.end.into(), record.start.into(), u16::MAX.into())?;
    // Starting after the end of the one before is sorted and disjoint at once.
    let end_before = previous.map(|previous| (previous.protocol, previous.end));
    place
        .at("start")
        .ascending(end_before, (record.protocol, record.start))
}

fn verdicts(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    let mut map_before = 0;
    each(
        SectionKind::Verdicts,
        bundle.verdicts(),
        |place, record, previous| {
            if record.port_map != map_before {
                place
                    .at("port_map")
                    .equal(record.port_map, u64::from(map_before) + 1)?;
                map_before = record.port_map;
            }
            place
                .at("port_map")
                .inside(record.port_map, 1, counts.port_maps)?;
            place
                .at("port_class")
                .index(record.port_class, counts.port_classes)?;
            place.at("verdict").verdict(counts, record.verdict)?;
            let before = previous.map(|previous| (previous.port_map, previous.port_class));
            place
                .at("port_class")
                .ascending(before, (record.port_map, record.port_class))
        },
    )?;
    let end = Place {
        section: SectionKind::Verdicts,
        index: length(bundle.verdicts()),
    };
    end.at("port_map").equal(map_before, counts.port_maps)
}
