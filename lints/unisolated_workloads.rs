//! `unisolated-workloads`: whoever reaches the network reaches these.

use std::collections::BTreeMap;

use ztc_policy::{cluster::Endpoint, model::Direction};

use crate::engine::{
    Context, Group, Lint, Report, Scope,
    words::{count, names},
};

pub(crate) const LINT: Lint = Lint {
    code: 402,
    name: "unisolated-workloads",
    group: Group::Exposure,
    doc: include_str!("unisolated_workloads.md"),
    needs_workloads: true,
    scope: Scope::Run(check),
};

/// Pods of the cluster itself, which are usually not the policies' business.
const EXEMPT: &str = "kube-system";

/// How many of the workloads of one report are pointed at.
const LABELLED: usize = 3;

fn check(context: &Context<'_>, report: &mut Report) {
    let analysis = context.analysis;
    let mut alike: BTreeMap<(&str, u32), Vec<&Endpoint>> = BTreeMap::new();
    let classes = &analysis.resolved.classes.of_endpoint;
    for (endpoint, class) in analysis.cluster.endpoints.iter().zip(classes) {
        // A pod on its node's network has no class: no policy is ever about it.
        let Some(class) = class else { continue };
        let is_isolated = isolates(context, *class, Direction::Ingress);
        if endpoint.namespace != EXEMPT && !is_isolated && context.is_checked(endpoint.span) {
            alike
                .entry((&endpoint.namespace, *class))
                .or_default()
                .push(endpoint);
        }
    }
    for ((namespace, class), mut endpoints) in alike {
        endpoints.sort_by_key(|endpoint| endpoint.span);
        tell(context, namespace, class, &endpoints, report);
    }
}

fn tell(
    context: &Context<'_>,
    namespace: &str,
    class: u32,
    endpoints: &[&Endpoint],
    report: &mut Report,
) {
    let Some((first, others)) = endpoints.split_first() else {
        return;
    };
    let message = match others {
        [] => format!("nothing isolates the ingress of `{}`", first.name),
        _ => {
            let n = count(endpoints.len(), "workload");
            format!("nothing isolates the ingress of {n} in namespace `{namespace}`")
        }
    };
    // Policies of other tiers deny without isolating.
    let has_denies = context
        .analysis
        .graph
        .row(class, Direction::Ingress)
        .is_some();
    let effect = if has_denies {
        "lets in whatever no rule denies"
    } else {
        "lets everyone in, on every port"
    };
    let mut finding = report.at(first.span, message, effect);
    for other in others.iter().take(LABELLED - 1) {
        finding = finding.label(other.span, "and this one");
    }
    if !others.is_empty() {
        let names = names(endpoints.iter().map(|endpoint| endpoint.name.as_str()));
        finding = finding.note(format!("they are {names}"));
    }
    let egress = match isolates(context, class, Direction::Egress) {
        true => "egress is isolated",
        false => "nothing isolates egress either",
    };
    finding
        .note(format!(
            "a pod is open until a policy with ingress rules selects it; {egress}"
        ))
        .help(format!(
            "start with a default deny for `{namespace}`: a NetworkPolicy with `podSelector: {{}}` \
             and `policyTypes: [Ingress]`, then allow what is needed"
        ));
}

fn isolates(context: &Context<'_>, class: u32, direction: Direction) -> bool {
    let row = context.analysis.graph.row(class, direction);
    row.is_some_and(|row| !row.isolating.is_empty())
}
