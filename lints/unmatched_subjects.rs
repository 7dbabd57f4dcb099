//! `unmatched-subjects`: a policy that is about no workload.

use ztc_identity::{Selector, labels::RESERVED};
use ztc_policy::model::{Rule, RuleId};

use crate::engine::{Context, Group, Lint, Report, Scope, mismatch, words::count};

pub(crate) const LINT: Lint = Lint {
    code: 301,
    name: "unmatched-subjects",
    group: Group::Suspicious,
    doc: include_str!("unmatched_subjects.md"),
    needs_workloads: true,
    scope: Scope::Rule(check),
};

fn check(context: &Context<'_>, id: RuleId, rule: &Rule, report: &mut Report) {
    let model = &context.analysis.model;
    // A selector is written once for all rules of its spec, and reported with the first of them.
    let previous = model.rule(RuleId(id.0.saturating_sub(1)));
    let is_repeated = |other: &Rule| {
        (other.policy, other.subject, other.subject_span)
            == (rule.policy, rule.subject, rule.subject_span)
    };
    let (Some(selector), Some(policy)) = (model.selector(rule.subject), model.policy_of(rule))
    else {
        return;
    };
    if previous.is_some_and(is_repeated)
        || !context.classes_of(rule.subject).is_empty()
        || is_reserved(selector)
    {
        return;
    }
    let found = mismatch::explain(selector, context);
    let message = format!(
        "{} `{}` is about no workload",
        policy.kind.name(),
        policy.full_name()
    );
    let mut finding = report.at(
        found.node(context, rule.subject_span),
        message,
        found.text.as_str(),
    );
    finding = finding.note("nothing is isolated and nothing is denied by rules without a subject");
    for note in &found.notes {
        finding = finding.note(note);
    }
    for help in &found.help {
        finding = finding.help(help);
    }
    if let Some((namespace, n)) = &found.elsewhere {
        let n = count(*n, "workload");
        finding = finding.help(format!(
            "in namespace `{namespace}` it would be about {n}: does it belong there?"
        ));
    }
    if found.help.is_empty() && found.elsewhere.is_none() {
        finding.help("correct the selector, add the workload to the input, or drop the policy");
    }
}

/// Whether it asks for endpoints of the node itself, which no inventory lists.
fn is_reserved(selector: &Selector) -> bool {
    selector
        .requirements()
        .iter()
        .any(|requirement| requirement.source == RESERVED)
}
