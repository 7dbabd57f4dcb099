//! Checks `meta`, and that there are no more records of a kind than it has numbers.

use ztc_abi::{Peer, Verdict, ports::FIRST_PORT_CLASS};
use ztc_identity::LabelFilter;

use super::{Counts, Place};
use crate::{Bundle, DecodeError, SectionKind, error::Fault};

/// Patterns are compiled, which takes more than their length in time and memory.
const MAX_LABEL_FILTER: usize = 4096;

pub(super) fn check(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    let first = |section| Place { section, index: 0 };
    let place = first(SectionKind::Meta);
    let n_meta = bundle.section_bytes(SectionKind::Meta).len() / SectionKind::Meta.record_size();
    place.at("records").equal(n_meta as u64, 1u32)?;
    let meta = bundle.meta();
    place.at("cluster").text(counts, meta.cluster)?;
    place.at("revision").text(counts, meta.revision)?;
    place.at("options").text(counts, meta.options)?;
    place.at("labels").text(counts, meta.labels)?;
    let labels = bundle.string(meta.labels);
    let is_filter = labels.len() <= MAX_LABEL_FILTER && LabelFilter::parse(labels).is_ok();
    place.at("labels").when(!is_filter, Fault::NotAFilter)?;
    // Port classes are u16 in the kernel, and the first eight are reserved.
    place
        .at("n_port_classes")
        .inside(meta.n_port_classes, FIRST_PORT_CLASS.into(), 1 << 16)?;
    let records = |section| first(section).at("records");
    records(SectionKind::Rules).inside(counts.n_rules, 0, Verdict::MAX_RULE)?;
    let room = Peer::FIRST_ADDRESS_CLASS - Peer::FIRST_CLASS;
    records(SectionKind::Classes).inside(counts.classes, 0, room)
}
