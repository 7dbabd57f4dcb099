//! Checks `selectors`, `requirements`, `values` and `named_ports`.

use std::cmp::Ordering;

use ztc_abi::ports::N_PORT_PROTOCOLS;
use ztc_identity::Operator;

use super::{Counts, each, length};
use crate::{Bundle, DecodeError, RequirementRecord, SectionKind, SelectorRecord, error::Fault};

pub(super) fn check(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    each(SectionKind::Values, bundle.values(), |place, record, _| {
        place.at("text").text(counts, record.text)
    })?;
    requirements(bundle, counts)?;
    selectors(bundle)?;
    each(
        SectionKind::NamedPorts,
        bundle.named_ports(),
        |place, record, previous| {
            place.at("name").text(counts, record.name)?;
            place
                .at("protocol")
                .index(record.protocol, N_PORT_PROTOCOLS)?;
            place.at("name").ascending(previous, record)
        },
    )
}

fn requirements(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    let values = bundle.values();
    let (mut end, all) = (0, length(values));
    each(
        SectionKind::Requirements,
        bundle.requirements(),
        |place, record, _| {
            place.at("source").text(counts, record.source)?;
            place.at("key").text(counts, record.key)?;
            let field = place.at("operator");
            let Some(operator) = Operator::from_number(record.operator) else {
                return field.fault(Fault::Unknown {
                    value: record.operator.into(),
                });
            };
            let field = place.at("first_value");
            end = field.tile(record.first_value, record.n_values, end, all)?;
            if matches!(operator, Operator::Exists | Operator::DoesNotExist) {
                place.at("n_values").equal(record.n_values, 0u32)?;
            }
            let mut previous = None;
            for value in values.range(record.first_value, record.n_values).iter() {
                place
                    .at("values")
                    .ascending(previous.replace(value), value)?;
            }
            Ok(())
        },
    )?;
    let last = super::Place {
        section: SectionKind::Values,
        index: end,
    };
    last.at("range").equal(end, all)
}

fn selectors(bundle: &Bundle<'_>) -> Result<(), DecodeError> {
    let requirements = bundle.requirements();
    let (mut end, all) = (0, length(requirements));
    each(
        SectionKind::Selectors,
        bundle.selectors(),
        |place, record, previous| {
            let field = place.at("first_requirement");
            end = field.tile(record.first_requirement, record.n_requirements, end, all)?;
            let own = requirements.range(record.first_requirement, record.n_requirements);
            for (first, second) in own.iter().zip(own.iter().skip(1)) {
                let ordered = compare(bundle, &first, &second) == Ordering::Less;
                place.at("requirements").when(!ordered, Fault::NotSorted)?;
            }
            let ordered = previous.is_none_or(|previous| precedes(bundle, &previous, &record));
            place.at("requirements").when(!ordered, Fault::NotSorted)
        },
    )?;
    let last = super::Place {
        section: SectionKind::Requirements,
        index: end,
    };
    last.at("range").equal(end, all)
}

/// The order of [`ztc_identity::Selector`], by ids: strings are sorted, so ids order as texts do.
fn precedes(bundle: &Bundle<'_>, a: &SelectorRecord, b: &SelectorRecord) -> bool {
    let requirements = bundle.requirements();
    let first = requirements.range(a.first_requirement, a.n_requirements);
    let second = requirements.range(b.first_requirement, b.n_requirements);
    let different = first
        .iter()
        .zip(second.iter())
        .map(|(a, b)| compare(bundle, &a, &b))
        .find(|ordering| ordering.is_ne());
    different.unwrap_or(first.len().cmp(&second.len())).is_lt()
}

/// The order of [`ztc_identity::Requirement`], by ids.
fn compare(bundle: &Bundle<'_>, a: &RequirementRecord, b: &RequirementRecord) -> Ordering {
    let key = |record: &RequirementRecord| (record.key, record.source, record.operator);
    let values = |record: &RequirementRecord| {
        bundle
            .values()
            .range(record.first_value, record.n_values)
            .iter()
    };
    key(a).cmp(&key(b)).then_with(|| values(a).cmp(values(b)))
}
