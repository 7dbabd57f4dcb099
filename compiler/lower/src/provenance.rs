//! Rules and policies as a bundle keeps them: kind, namespace, name, file, line, column.

use ztc_abi::Action;
use ztc_bundle::{Contents, DegradationRecord, MeaningRecord, PolicyRecord, RuleRecord};
use ztc_diag::{SourceId, Sources};
use ztc_policy::{Analysis, model};

use crate::{numbers, strings::Strings};

/// Fills the sections `rules`, `meanings`, `policies` and `degradations`.
pub(crate) fn lower(
    analysis: &Analysis,
    sources: &Sources,
    strings: &mut Strings,
    contents: &mut Contents,
) {
    let file = |source: SourceId| {
        sources
            .get(source)
            .map_or("", |file| file.stored_name.as_str())
    };
    for policy in &analysis.model.policies {
        let start = sources.start(policy.span);
        contents.policies.push(PolicyRecord {
            kind: strings.intern(policy.kind.name()),
            namespace: strings.intern(&policy.namespace),
            name: strings.intern(&policy.name),
            file: strings.intern(file(policy.span.source)),
            line: start.line,
            column: start.column,
        });
    }
    for rule in &analysis.model.rules {
        let (start, end) = (sources.start(rule.span), sources.end(rule.span));
        contents.rules.push(RuleRecord {
            policy: rule.policy,
            file: strings.intern(file(rule.span.source)),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            path: strings.intern(&rule.path),
            summary: strings.intern(&analysis.model.describe(rule)),
            direction: numbers::direction(rule.direction) as u8,
            action: match rule.action {
                model::Action::Allow => Action::Allow as u8,
                model::Action::Deny => Action::Deny as u8,
                model::Action::Pass => RuleRecord::PASS,
            },
            isolates: u8::from(rule.isolates),
            audit: u8::from(rule.audit),
            tier: match rule.tier {
                model::Tier::Admin => 0,
                model::Tier::Normal => 1,
                model::Tier::Baseline => 2,
            },
            priority: u32::from(rule.priority),
            log: strings.intern(rule.log.as_deref().unwrap_or_default()),
        });
        let meaning = numbers::fingerprint(&analysis.model.meaning(rule));
        contents.meanings.push(MeaningRecord { meaning });
    }
    degradations(analysis, strings, contents);
}

/// What rules ask for and do not get; rule 0 stands for what has no rule.
fn degradations(analysis: &Analysis, strings: &mut Strings, contents: &mut Contents) {
    let mut found: Vec<(&str, u32)> = analysis
        .model
        .rules()
        .flat_map(|(id, rule)| rule.degraded.iter().map(move |what| (what.name(), id.0)))
        .chain(analysis.model.degraded.iter().map(|what| (what.name(), 0)))
        .collect();
    found.sort_unstable();
    let records = found.into_iter().map(|(name, rule)| DegradationRecord {
        name: strings.intern(name),
        rule,
    });
    contents.degradations.extend(records);
}
