//! The sections about rules: what they say, mean, and do not get.
//!
//! Must not know where a listing is shown.

use serde_json::Value;
use ztc_bundle::Bundle;

use super::Listing;

pub(super) fn rules(bundle: &Bundle<'_>) -> Listing {
    let numbers = (1u32..).take(bundle.rules().len());
    let rules = numbers.filter_map(|number| bundle.rule(number));
    Listing::new(rules.map(|r| {
        row! {
            "rule": r.number, "direction": r.direction.name(), "action": r.action.name(),
            "isolates": r.isolates, "audited": r.audited, "tier": r.tier.name(),
            "priority": r.priority, "policy": r.policy().to_string(), "path": r.path,
            "file": r.file, "line": r.line, "column": r.column, "end_line": r.end_line,
            "end_column": r.end_column, "log": r.log, "summary": r.summary,
        }
    }))
}

pub(super) fn degradations(bundle: &Bundle<'_>) -> Listing {
    Listing::new(bundle.degradations().iter().map(|r| {
        let rule = bundle.rule(r.rule);
        let policy = rule.map_or_else(String::new, |rule| rule.policy().to_string());
        row! {
            "name": bundle.string(r.name), "rule": r.rule, "policy": policy,
            "path": rule.map_or("", |rule| rule.path),
        }
    }))
}

pub(super) fn meanings(bundle: &Bundle<'_>) -> Listing {
    let numbers = (1u32..).take(bundle.rules().len());
    Listing::new(numbers.filter_map(|number| {
        let (rule, meaning) = (bundle.rule(number)?, bundle.meaning(number)?);
        Some(row! {
            "rule": number, "meaning": format!("{meaning:016x}"),
            "policy": rule.policy().to_string(), "path": rule.path,
        })
    }))
}
