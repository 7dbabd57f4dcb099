//! All port boundaries of all port maps cut the ports into segments; segments that every port map
//! treats alike are one class. Fills the sections `ports` and `verdicts`.
//!
//! Two segments of different protocols may be one class too (53/TCP and 53/UDP of an ANY rule):
//! what a port map says of a whole protocol is kept under the protocol, not under the class.

use rustc_hash::FxHashMap;
use ztc_abi::{Verdict, ports::FIRST_PORT_CLASS};
use ztc_bundle::{Contents, PortRecord, VerdictRecord};
use ztc_diag::Sink;
use ztc_policy::{
    Analysis,
    graph::{self, PortMap},
    model,
};

use crate::{errors, numbers};

/// The most verdicts that a bundle may hold: port maps with wide ranges over many segments
/// multiply, and would take memory that no kernel has for them.
const MAX_VERDICTS: u32 = 16_000_000;

/// What every port map that has something to say of a segment says.
type Signature = Vec<(u32, Verdict)>;

/// Numbers the classes and writes the port maps down. Returns the number of classes, the reserved
/// ones included.
pub(crate) fn lower(analysis: &Analysis, contents: &mut Contents, sink: &mut Sink) -> u32 {
    let port_maps = analysis.graph.port_maps.as_slice();
    let mut classes: FxHashMap<Signature, usize> = FxHashMap::default();
    let mut signatures: Vec<Signature> = Vec::new();
    let n_verdicts: usize = (0..model::Protocol::ALL.len())
        .map(|p| n_verdicts(port_maps, p))
        .sum();
    if n_verdicts > MAX_VERDICTS as usize {
        errors::over_budget(
            sink,
            "verdicts",
            n_verdicts,
            MAX_VERDICTS,
            numbers::place(analysis),
        );
        return u32::from(FIRST_PORT_CLASS);
    }
    for (place, protocol) in model::Protocol::ALL.into_iter().enumerate() {
        for (first, last, signature) in segments(port_maps, place) {
            if signature.is_empty() {
                continue;
            }
            let next = signatures.len();
            let class = *classes.entry(signature).or_insert_with_key(|signature| {
                signatures.push(signature.clone());
                next
            });
            push_range(
                contents,
                numbers::protocol(protocol) as u8,
                first,
                last,
                class,
            );
        }
    }
    let n_classes = signatures.len() + usize::from(FIRST_PORT_CLASS);
    if n_classes > usize::from(u16::MAX) {
        let limit = u32::from(u16::MAX);
        errors::over_budget(
            sink,
            "port classes",
            n_classes,
            limit,
            numbers::place(analysis),
        );
    }
    for (class, signature) in signatures.iter().enumerate() {
        let port_class = u32::from(class_number(class));
        contents
            .verdicts
            .extend(signature.iter().map(|(map, verdict)| VerdictRecord {
                port_map: map + 1,
                port_class,
                verdict: verdict.0,
            }));
    }
    for (map, port_map) in (1u32..).zip(port_maps) {
        for (protocol, says) in model::Protocol::ALL.into_iter().zip(&port_map.protocols) {
            if let Some(verdict) = says.whole {
                contents.verdicts.push(VerdictRecord {
                    port_map: map,
                    port_class: u32::from(numbers::protocol(protocol).rest()),
                    verdict: numbers::verdict(verdict).0,
                });
            }
        }
    }
    contents.verdicts.sort_unstable();
    numbers::number(n_classes)
}

/// The number of a class; saturates where the budget check has already refused the bundle.
fn class_number(class: usize) -> u16 {
    u16::try_from(class)
        .unwrap_or(u16::MAX)
        .saturating_add(FIRST_PORT_CLASS)
}

/// Adds a range, or lengthens the one before it.
fn push_range(contents: &mut Contents, protocol: u8, start: u16, end: u16, class: usize) {
    let class = class_number(class);
    if let Some(before) = contents.ports.last_mut() {
        let touches = before.end.checked_add(1) == Some(start);
        if before.protocol == protocol && before.class == class && touches {
            before.end = end;
            return;
        }
    }
    contents.ports.push(PortRecord {
        protocol,
        zero: 0,
        class,
        start,
        end,
    });
}

/// Every range of one protocol with its port map.
fn ranges(
    port_maps: &[PortMap],
    place: usize,
) -> impl Iterator<Item = (u32, u16, u16, graph::Verdict)> {
    (0u32..).zip(port_maps).flat_map(move |(map, port_map)| {
        let says = port_map
            .protocols
            .get(place)
            .map_or(&[][..], |says| &says.ranges);
        says.iter()
            .map(move |(first, last, verdict)| (map, *first, *last, *verdict))
    })
}

/// Where segments of one protocol begin or end, ascending, each once; at most 65,536.
fn bounds(port_maps: &[PortMap], place: usize) -> Vec<u32> {
    let mut bounds: Vec<u32> = ranges(port_maps, place)
        .flat_map(|(_, first, last, _)| [u32::from(first), u32::from(last) + 1])
        .collect();
    bounds.sort_unstable();
    bounds.dedup();
    bounds
}

/// How many (port map, segment) pairs one protocol makes, without making them.
fn n_verdicts(port_maps: &[PortMap], place: usize) -> usize {
    let bounds = bounds(port_maps, place);
    let segments = |(_, first, last, _)| {
        let begin = bounds.partition_point(|bound| *bound < u32::from(first));
        bounds.partition_point(|bound| *bound <= u32::from(last)) - begin
    };
    ranges(port_maps, place).map(segments).sum()
}

/// The segments of one protocol, ascending, with what each port map says of them.
fn segments(port_maps: &[PortMap], place: usize) -> Vec<(u16, u16, Signature)> {
    let bounds = bounds(port_maps, place);
    let mut segments: Vec<(u16, u16, Signature)> = bounds
        .windows(2)
        .filter_map(|pair| match pair {
            // Bounds are at most 65,536 and ascend, so the conversions do not fail.
            [first, next] => Some((
                u16::try_from(*first).ok()?,
                u16::try_from(next - 1).ok()?,
                Vec::new(),
            )),
            _ => None,
        })
        .collect();
    for (map, first, last, verdict) in ranges(port_maps, place) {
        let begin = segments.partition_point(|segment| segment.0 < first);
        let end = segments.partition_point(|segment| segment.1 <= last);
        for segment in segments.get_mut(begin..end).unwrap_or_default() {
            segment.2.push((map, numbers::verdict(verdict)));
        }
    }
    segments
}
