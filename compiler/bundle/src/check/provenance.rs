//! Checks `rules`, `policies`, `isolations`, `degradations` and `meanings`.

use ztc_abi::{Action, Direction};

use super::{Counts, each, length, parallel};
use crate::{Bundle, DecodeError, RuleRecord, SectionKind, error::Fault};

pub(super) fn check(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    each(
        SectionKind::Policies,
        bundle.policies(),
        |place, record, previous| {
            place.at("kind").text(counts, record.kind)?;
            place.at("namespace").text(counts, record.namespace)?;
            place.at("name").text(counts, record.name)?;
            place.at("file").text(counts, record.file)?;
            place.at("line").inside(record.line, 1, u32::MAX)?;
            place.at("column").inside(record.column, 1, u32::MAX)?;
            let previous = previous.map(|policy| (policy.kind, policy.namespace, policy.name));
            place
                .at("name")
                .ascending(previous, (record.kind, record.namespace, record.name))
        },
    )?;
    rules(bundle, counts)?;
    parallel(
        bundle,
        SectionKind::Meanings,
        length(bundle.meanings()),
        counts.n_rules,
    )?;
    let rules = bundle.rules();
    each(
        SectionKind::Isolations,
        bundle.isolations(),
        |place, record, previous| {
            place.at("row").inside(record.row, 1, counts.rows)?;
            place.at("rule").inside(record.rule, 1, counts.n_rules)?;
            let isolates = rules
                .get(record.rule - 1)
                .is_some_and(|rule| rule.isolates == 1);
            let fault = Fault::Missing {
                what: "`isolates` in this rule",
            };
            place.at("rule").when(!isolates, fault)?;
            place.at("rule").ascending(previous, record)
        },
    )?;
    each(
        SectionKind::Degradations,
        bundle.degradations(),
        |place, record, previous| {
            place.at("name").text(counts, record.name)?;
            place.at("rule").inside(record.rule, 0, counts.n_rules)?;
            place.at("name").ascending(previous, record)
        },
    )
}

fn rules(bundle: &Bundle<'_>, counts: &Counts<'_>) -> Result<(), DecodeError> {
    let n_policies = length(bundle.policies());
    each(
        SectionKind::Rules,
        bundle.rules(),
        |place, record, previous| {
            place.at("policy").index(record.policy, n_policies)?;
            let backwards = previous.is_some_and(|previous| previous.policy > record.policy);
            place.at("policy").when(backwards, Fault::NotSorted)?;
            place.at("file").text(counts, record.file)?;
            place.at("path").text(counts, record.path)?;
            place.at("summary").text(counts, record.summary)?;
            place.at("line").inside(record.line, 1, u32::MAX)?;
            place.at("column").inside(record.column, 1, u32::MAX)?;
            let start = (record.line, record.column);
            let backwards = (record.end_line, record.end_column) < start;
            place.at("end_line").when(backwards, Fault::NotSorted)?;
            let value = record.direction.into();
            let known = Direction::from_number(record.direction).is_some();
            place
                .at("direction")
                .when(!known, Fault::Unknown { value })?;
            let (allow, pass) = (Action::Allow as u32, RuleRecord::PASS.into());
            place
                .at("action")
                .inside(record.action.into(), allow, pass)?;
            place.at("isolates").inside(record.isolates.into(), 0, 1)?;
            place.at("audit").inside(record.audit.into(), 0, 1)?;
            place.at("tier").inside(record.tier, 0, 2)?;
            let highest = if record.tier == 1 { 0 } else { u32::MAX };
            place.at("priority").inside(record.priority, 0, highest)?;
            place.at("log").text(counts, record.log)
        },
    )
}
