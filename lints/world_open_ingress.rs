//! `world-open-ingress`: a rule that lets the whole internet in.

use ztc_diag::Span;
use ztc_policy::{
    model::{Action, Direction, PeerTerm, Peers, Rule, RuleId},
    resolve::{PeerIndex, Reserved},
};

use crate::engine::{
    Context, Group, Lint, Report, Scope,
    access::gets_through,
    prefix::is_private,
    words::{count, names},
};

pub(crate) const LINT: Lint = Lint {
    code: 401,
    name: "world-open-ingress",
    group: Group::Exposure,
    doc: include_str!("world_open_ingress.md"),
    needs_workloads: false,
    scope: Scope::Rule(check),
};

fn check(context: &Context<'_>, _: RuleId, rule: &Rule, report: &mut Report) {
    if (rule.direction, rule.action) != (Direction::Ingress, Action::Allow) {
        return;
    }
    let doors = doors(context, rule);
    let Some((first, _)) = doors.first() else {
        return;
    };
    let analysis = context.analysis;
    let is_open = |class: &&u32| {
        let mut worlds = doors.iter().map(|(_, world)| *world);
        worlds.any(|world| gets_through(analysis, rule, **class, world))
    };
    let open = context.classes_of(rule.subject).iter().filter(is_open);
    let open: Vec<&str> = open
        .flat_map(|class| context.workloads_of(*class))
        .collect();
    let model = &analysis.model;
    let who = match open.len() {
        // Without workloads nobody can say whom it opens; with them, it opens nobody.
        0 if !analysis.cluster.endpoints.is_empty() => return,
        0 => "its subjects".into(),
        n => count(n, "workload"),
    };
    let Some(policy) = model.policy_of(rule) else {
        return;
    };
    let (path, name) = (&rule.path, policy.full_name());
    let message = format!("`{path}` of `{name}` opens {who} to the whole internet");
    let mut finding = report.at(*first, message, model.describe(rule));
    let mut labelled = vec![*first];
    for (span, _) in &doors {
        if !labelled.contains(span) {
            labelled.push(*span);
            finding = finding.label(*span, "and here");
        }
    }
    if !open.is_empty() {
        finding = finding.note(format!("open: {}", names(open.iter().copied())));
    }
    finding.help(
        "name who may come in: `fromEndpoints` or `podSelector`, the prefixes of clients, \
         the ingress proxy; allow this lint for what is meant to be public",
    );
}

/// Where a rule lets one of the two worlds in, and which.
fn doors(context: &Context<'_>, rule: &Rule) -> Vec<(Span, PeerIndex)> {
    let universe = &context.analysis.resolved.universe;
    let worlds = [Reserved::WorldIpv4, Reserved::WorldIpv6].map(|world| universe.reserved(world));
    let Peers::Terms(peers) = &rule.peers else {
        return worlds.map(|world| (rule.span, world)).into();
    };
    let cidrs = &context.analysis.model.cidrs;
    let mut doors = Vec::new();
    for peer in peers {
        // Leaving out addresses that the internet does not route leaves the internet.
        let is_narrowed = match peer.term {
            PeerTerm::Cidr(id) | PeerTerm::Network(id) => cidrs
                .get(id.0 as usize)
                .is_some_and(|cidr| !cidr.except.iter().all(is_private)),
            PeerTerm::Entity(_) | PeerTerm::Selector(_) => false,
        };
        let members = universe
            .term(peer.term)
            .map_or(&[][..], |term| universe.members(term));
        let let_in = worlds
            .iter()
            .filter(|world| members.binary_search(world).is_ok());
        doors.extend(
            let_in
                .filter(|_| !is_narrowed)
                .map(|world| (peer.span, *world)),
        );
    }
    doors
}
