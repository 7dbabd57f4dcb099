//! `unmatched-port-names`: a port by a name that no container on the other end gives.

use std::collections::{BTreeMap, BTreeSet};

use ztc_diag::Span;
use ztc_policy::model::{Action, Direction, NamedPortId, Peers, PortTerm, Ports, Rule, RuleId};

use crate::engine::{Context, Group, Lint, Report, Scope, words::names};

pub(crate) const LINT: Lint = Lint {
    code: 304,
    name: "unmatched-port-names",
    group: Group::Suspicious,
    doc: include_str!("unmatched_port_names.md"),
    needs_workloads: true,
    scope: Scope::Rule(check),
};

fn check(context: &Context<'_>, _: RuleId, rule: &Rule, report: &mut Report) {
    let Ports::Terms(terms) = &rule.ports else {
        return;
    };
    // One name written without a protocol is a term for each.
    let mut written: BTreeMap<Span, Vec<NamedPortId>> = BTreeMap::new();
    for (term, span) in terms {
        if let PortTerm::Named(id) = term {
            written.entry(*span).or_default().push(*id);
        }
    }
    if written.is_empty() {
        return;
    }
    let owners = owners(context, rule);
    // Where nobody is at the other end, that is what is wrong, and other lints say so.
    if owners.is_empty() {
        return;
    }
    let classes = &context.analysis.resolved.classes.classes;
    for (span, ids) in written {
        let gives = |class: &u32| {
            let class = classes.get(*class as usize);
            class.is_some_and(|class| ids.iter().any(|id| class.port(*id).is_some()))
        };
        if !owners.iter().any(gives) {
            tell(context, rule, (span, &ids), &owners, report);
        }
    }
}

/// The classes whose containers a name is looked up in: those that have a workload.
fn owners(context: &Context<'_>, rule: &Rule) -> BTreeSet<u32> {
    let resolved = &context.analysis.resolved;
    let has_workload = |class: &u32| context.workloads_of(*class).next().is_some();
    if rule.direction == Direction::Ingress {
        let classes = context.classes_of(rule.subject).iter().copied();
        return classes.filter(has_workload).collect();
    }
    let everyone = 0..u32::try_from(resolved.classes.len()).unwrap_or(u32::MAX);
    match &rule.peers {
        Peers::All => everyone.filter(has_workload).collect(),
        Peers::Terms(peers) => peers
            .iter()
            .filter_map(|peer| resolved.universe.term(peer.term))
            .flat_map(|term| resolved.universe.members(term))
            .filter_map(|peer| resolved.universe.as_class(*peer))
            .filter(has_workload)
            .collect(),
    }
}

fn tell(
    context: &Context<'_>,
    rule: &Rule,
    (span, ids): (Span, &[NamedPortId]),
    owners: &BTreeSet<u32>,
    report: &mut Report,
) {
    let analysis = context.analysis;
    let model = &analysis.model;
    let (Some(policy), Some(port)) = (
        model.policy_of(rule),
        ids.first()
            .and_then(|id| model.named_ports.get(id.0 as usize)),
    ) else {
        return;
    };
    let (path, full_name, name) = (&rule.path, policy.full_name(), &port.name);
    let whose = match rule.direction {
        Direction::Ingress => "no pod that the policy is about",
        Direction::Egress => "no peer of this rule",
    };
    let effect = match rule.action {
        Action::Allow => "allows",
        Action::Deny => "denies",
        Action::Pass => "passes on",
    };
    let endpoints = analysis.classified();
    let own = endpoints.filter(|(_, class)| owners.contains(class));
    let known: BTreeSet<String> = own
        .flat_map(|(endpoint, _)| &endpoint.ports)
        .map(|(port, _)| format!("{}/{}", port.name, port.protocol.name()))
        .collect();
    let finding = report
        .at(
            span,
            format!("a port in `{path}` of `{full_name}` has a name that nobody gives"),
            format!("{whose} has a container port called `{name}`"),
        )
        .note(format!(
            "as it is, the name {effect} nothing (SEMANTICS.md S16)"
        ));
    let near = known.iter().find(|text| {
        let known = text.split('/').next().unwrap_or_default();
        known == name || strsim::osa_distance(known, name) <= name.len() / 3
    });
    finding.help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => {
            "name the container port in the workload, or write its number here".into()
        }
        None => format!("there are {}", names(known.iter().map(String::as_str))),
    });
}
