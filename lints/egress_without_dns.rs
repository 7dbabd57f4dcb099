//! `egress-without-dns`: workloads that may connect, but cannot look a name up.

use std::collections::BTreeMap;

use ztc_policy::{
    graph::Row,
    model::{Action, Direction, Peer, Peers, PortTerm, Ports, Protocol, Rule, RuleId},
};

use crate::engine::{
    Context, Group, Lint, Report, Scope,
    access::lets_through,
    words::{count, names},
};

pub(crate) const LINT: Lint = Lint {
    code: 303,
    name: "egress-without-dns",
    group: Group::Suspicious,
    doc: include_str!("egress_without_dns.md"),
    needs_workloads: true,
    scope: Scope::Run(check),
};

/// What names are resolved over, on port 53.
const DNS: [Protocol; 2] = [Protocol::Udp, Protocol::Tcp];

fn check(context: &Context<'_>, report: &mut Report) {
    let graph = &context.analysis.graph;
    let rows: Vec<Option<(RuleId, Option<RuleId>)>> =
        graph.rows.iter().map(|row| blame(context, row)).collect();
    let mut affected: BTreeMap<(RuleId, Option<RuleId>), Vec<&str>> = BTreeMap::new();
    for (class, [_, egress]) in (0u32..).zip(&graph.row_of_class) {
        let row = egress
            .and_then(|row| rows.get(row as usize))
            .copied()
            .flatten();
        if let Some(blamed) = row {
            // A policy that is refused may be the one that lets DNS through.
            let is_whole = |name: &&str| {
                let namespace = name.split('/').next().unwrap_or_default();
                !context.may_miss_policies(namespace)
            };
            let workloads = context.workloads_of(class).filter(is_whole);
            affected.entry(blamed).or_default().extend(workloads);
        }
    }
    affected.retain(|_, workloads| !workloads.is_empty());
    for ((rule, denied), mut workloads) in affected {
        workloads.sort_unstable();
        tell(context, rule, denied, &workloads, report);
    }
}

fn tell(
    context: &Context<'_>,
    rule: RuleId,
    denied: Option<RuleId>,
    workloads: &[&str],
    report: &mut Report,
) {
    let model = &context.analysis.model;
    let Some(rule) = model.rule(rule) else { return };
    let n = count(workloads.len(), "workload");
    let mut finding = report
        .at(
            rule.span,
            format!("{n} may open connections but not resolve names"),
            "isolates egress, and nothing allows port 53",
        )
        .note(format!("without DNS: {}", names(workloads.iter().copied())));
    if let Some(allow) = denied.and_then(|allow| model.rule(allow)) {
        finding = finding.label(allow.span, "allows port 53, but a deny covers it");
    }
    finding.help(
        "allow egress to the cluster's DNS on 53/UDP and 53/TCP, such as to pods with \
         `k8s-app: kube-dns` in `kube-system`; allow this lint where no names are used",
    );
}

/// The rule to blame for that a row lets no DNS out, and one that tries to allow it; `None` when
/// it does get out, when nothing isolates egress, or when all of it is denied on purpose.
fn blame(context: &Context<'_>, row: &Row) -> Option<(RuleId, Option<RuleId>)> {
    let (graph, model) = (&context.analysis.graph, &context.analysis.model);
    let rules = |ids: &[RuleId]| -> Vec<(RuleId, &Rule)> {
        ids.iter()
            .filter_map(|id| Some((*id, model.rule(*id)?)))
            .collect()
    };
    let mut opening = rules(&row.rules);
    opening.retain(|(_, rule)| opens_something(rule));
    let mut isolating = rules(&row.isolating);
    isolating.retain(|(_, rule)| context.is_checked(rule.span));
    // The rule that opens egress for something is where an author would add DNS to.
    let first_opening = isolating.iter().find(|(_, rule)| opens_something(rule));
    let (blamed, _) = first_opening.or(isolating.first())?;
    let is_dns = |cell| {
        DNS.iter()
            .any(|protocol| lets_through(graph, cell, *protocol, (53, 53)))
    };
    if row.direction == Direction::Ingress
        || opening.is_empty()
        || opening.iter().any(|(_, rule)| may_mean_dns(context, rule))
        || row.cells().any(is_dns)
    {
        return None;
    }
    let covered = opening.iter().find(|(_, rule)| has_dns_port(rule));
    Some((*blamed, covered.map(|(id, _)| *id)))
}

/// Whether a rule allows anything at all.
fn opens_something(rule: &Rule) -> bool {
    let has_peers = !matches!(&rule.peers, Peers::Terms(peers) if peers.is_empty());
    let has_ports = !matches!(&rule.ports, Ports::Terms(ports) if ports.is_empty());
    rule.action == Action::Allow && has_peers && has_ports
}

fn has_dns_port(rule: &Rule) -> bool {
    let Ports::Terms(terms) = &rule.ports else {
        return true;
    };
    terms.iter().any(|(term, _)| match term {
        PortTerm::Whole(protocol) => DNS.contains(protocol),
        PortTerm::Range(protocol, first, last) => {
            DNS.contains(protocol) && (*first..=*last).contains(&53)
        }
        PortTerm::Named(_) => false,
    })
}

/// Whether a rule allows DNS to a peer that is not in the input: it may well be the server.
fn may_mean_dns(context: &Context<'_>, rule: &Rule) -> bool {
    let analysis = context.analysis;
    let universe = &analysis.resolved.universe;
    let Peers::Terms(peers) = &rule.peers else {
        return false;
    };
    let is_unknown = |peer: &Peer| {
        universe
            .term(peer.term)
            .is_none_or(|term| universe.members(term).is_empty())
    };
    let has_dns_name = || {
        let Ports::Terms(terms) = &rule.ports else {
            return false;
        };
        terms.iter().any(|(term, _)| match term {
            PortTerm::Named(id) => {
                let port = analysis.model.named_ports.get(id.0 as usize);
                port.is_some_and(|port| port.name.contains("dns"))
            }
            PortTerm::Whole(_) | PortTerm::Range(..) => false,
        })
    };
    peers.iter().any(is_unknown) && (has_dns_port(rule) || has_dns_name())
}
