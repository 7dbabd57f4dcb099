//! `shadowed-by-deny`: an allow rule all of which is denied.

use ztc_policy::model::{Action, Rule, RuleId};

use crate::engine::{Context, Group, Lint, Report, Scope};

pub(crate) const LINT: Lint = Lint {
    code: 501,
    name: "shadowed-by-deny",
    group: Group::Redundancy,
    doc: include_str!("shadowed_by_deny.md"),
    needs_workloads: true,
    scope: Scope::Rule(check),
};

fn check(context: &Context<'_>, id: RuleId, rule: &Rule, report: &mut Report) {
    let model = &context.analysis.model;
    let status = context.analysis.graph.status(id);
    if rule.action != Action::Allow || !status.matched || status.live {
        return;
    }
    let Some(deny) = status.covered_by.and_then(|deny| model.rule(deny)) else {
        return;
    };
    let (Some(policy), Some(denying)) = (model.policy_of(rule), model.policy_of(deny)) else {
        return;
    };
    let (path, name) = (&rule.path, policy.full_name());
    report
        .at(
            rule.span,
            format!("`{path}` of `{name}` allows only what is denied"),
            model.describe(rule),
        )
        .label(
            deny.span,
            format!("{}, in `{}`", model.describe(deny), denying.full_name()),
        )
        .note("a deny beats every allow, in whatever policy and order they are written")
        .help("drop the allow rule, or narrow the deny with `except`, other labels or ports");
}
