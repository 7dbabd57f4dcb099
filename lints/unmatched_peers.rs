//! `unmatched-peers`: a peer that nobody is.

use ztc_identity::labels::{ANY, K8S, RESERVED};
use ztc_policy::model::{Action, Direction, Peer, PeerTerm, Peers, PolicyKind, Rule, RuleId};
use ztc_syntax::Entity;

use crate::engine::{
    Context, Group, Lint, Report, Scope,
    mismatch::{self, Mismatch},
    prefix::is_covered,
    words::count,
};

pub(crate) const LINT: Lint = Lint {
    code: 302,
    name: "unmatched-peers",
    group: Group::Suspicious,
    doc: include_str!("unmatched_peers.md"),
    needs_workloads: true,
    scope: Scope::Rule(check),
};

/// Sources of labels that pods and named peers have; every other one is of nodes.
const SOURCES_OF_PODS: [&str; 3] = [ANY, K8S, RESERVED];

fn check(context: &Context<'_>, _: RuleId, rule: &Rule, report: &mut Report) {
    if let Peers::Terms(peers) = &rule.peers {
        for peer in peers {
            if let Some(found) = mismatch(context, peer) {
                tell(context, rule, peer, &found, report);
            }
        }
    }
}

/// Why nobody is this peer; `None` when someone is.
fn mismatch<'a>(context: &Context<'a>, peer: &Peer) -> Option<Mismatch<'a>> {
    let model = &context.analysis.model;
    let universe = &context.analysis.resolved.universe;
    match peer.term {
        PeerTerm::Cidr(id) => {
            let cidr = model.cidrs.get(id.0 as usize)?;
            let is_empty = is_covered(&cidr.prefix, &cidr.except);
            let help = "drop an exception that goes too far, or the whole peer";
            is_empty.then(|| Mismatch::plain("the exceptions leave no address of it", help))
        }
        PeerTerm::Entity(entity) => {
            let help = "drop it: a list of peers that is `[]` says the same more plainly";
            (entity == Entity::None).then(|| Mismatch::plain("nobody is `none`, ever", help))
        }
        // Whoever has an address there; nobody need have one today.
        PeerTerm::Network(_) => None,
        PeerTerm::Selector(id) => {
            let members = universe.members(universe.term(peer.term)?);
            let selector = model.selector(id)?;
            let is_about_nodes = selector
                .requirements()
                .iter()
                .any(|requirement| !SOURCES_OF_PODS.contains(&requirement.source.as_str()));
            members.is_empty().then(|| {
                if is_about_nodes {
                    let help = "correct the labels, or add the nodes to the input";
                    Mismatch::plain("no node of the input has these labels", help)
                } else {
                    mismatch::explain(selector, context)
                }
            })
        }
    }
}

fn tell(
    context: &Context<'_>,
    rule: &Rule,
    peer: &Peer,
    found: &Mismatch<'_>,
    report: &mut Report,
) {
    let Some(policy) = context.analysis.model.policy_of(rule) else {
        return;
    };
    let (path, name) = (&rule.path, policy.full_name());
    let message = format!("a peer in `{path}` of `{name}` matches nobody");
    let effect = match (rule.action, rule.direction) {
        (Action::Allow, Direction::Ingress) => "lets nobody in",
        (Action::Allow, Direction::Egress) => "lets nothing out",
        (Action::Deny, _) => "denies nothing",
        (Action::Pass, _) => "passes nothing on",
    };
    let node = found.node(context, peer.span);
    let mut finding = report
        .at(node, message, found.text.as_str())
        .note(format!("as it is, this peer {effect}"));
    for note in &found.notes {
        finding = finding.note(note);
    }
    for help in &found.help {
        finding = finding.help(help);
    }
    if let Some((namespace, n)) = &found.elsewhere {
        let n = count(*n, "workload");
        let how = match policy.kind {
            PolicyKind::NetworkPolicy => {
                format!("add a `namespaceSelector` with `kubernetes.io/metadata.name: {namespace}`")
            }
            _ => format!("add the label `k8s:io.kubernetes.pod.namespace: {namespace}`"),
        };
        finding = finding.help(format!(
            "in namespace `{namespace}` it would match {n}: {how}"
        ));
    }
    if found.help.is_empty() && found.elsewhere.is_none() {
        finding.help("correct the peer, add the workload to the input, or drop the peer");
    }
}
