//! Rules and policies as a bundle keeps them: kind, namespace, name, file, line, column.

use ztc_abi::Action;
use ztc_bundle::{Contents, PolicyRecord, RuleRecord};
use ztc_diag::{SourceId, Sources};
use ztc_policy::{Analysis, model};

use crate::{numbers, strings::Strings};

/// Fills the sections `rules` and `policies`.
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
            },
            isolates: u8::from(rule.isolates),
            zero: 0,
        });
    }
}
