//! Every message this crate can give, one function each.

mod conflicts;
mod features;
mod surprises;

pub(crate) use conflicts::conflict;
pub(crate) use features::*;
pub(crate) use surprises::*;

use ztc_diag::{Diagnostic, Sink, Span};

use crate::model::{Model, PeerTerm, Peers};

/// Names and one-line meanings, for `ztc rule`.
pub const ERRORS: &[(&str, &str)] = &[
    (
        "duplicate-object",
        "two objects of one kind have the same namespace and name",
    ),
    ("duplicate-address", "two endpoints have the same address"),
    (
        "overlapping-prefixes",
        "so many prefixes contain each other that ztc will not list who is in which",
    ),
    (
        "unsupported-source",
        "a selector asks for labels of a source that ztc does not know at run time",
    ),
    (
        "conflicting-port-name",
        "two containers of a pod give one port name different numbers",
    ),
    (
        "unenforceable-l7",
        "a rule about requests, which ztc does not enforce (`--allow-degraded l7`)",
    ),
    (
        "unenforceable-tls",
        "TLS contexts or server names, which ztc does not enforce (`--allow-degraded tls`)",
    ),
    (
        "unenforceable-listener",
        "a custom listener, which ztc does not enforce (`--allow-degraded listener`)",
    ),
    (
        "unenforceable-authentication",
        "mutual authentication, which ztc does not enforce (`--allow-degraded authentication`)",
    ),
    (
        "unresolved-name",
        "a DNS name whose addresses no resolution file gives (`--allow-degraded fqdn`)",
    ),
    (
        "unresolved-group",
        "a cloud group whose addresses no resolution file gives (`--allow-degraded groups`)",
    ),
    (
        "unenforceable-host-policy",
        "a policy of nodes, where the host firewall is on (`--allow-degraded host-policies`)",
    ),
    (
        "host-policy-is-off",
        "a policy of nodes, where the host firewall is off: it has no effect",
    ),
    (
        "option-is-off",
        "a field that the agent refuses with its present options",
    ),
    (
        "network-policies-are-off",
        "a NetworkPolicy, where the agents ignore them",
    ),
    (
        "equal-priorities",
        "two policies of one tier have one priority, so their order is open",
    ),
    (
        "empty-peer-list",
        "an empty `toServices`, `toFQDNs` or `toGroups` matches no one; Cilium may take it as \
         everyone",
    ),
    (
        "unresolved-service",
        "a `toServices` that means no pods and no addresses matches no one; Cilium may take it as \
         everyone",
    ),
    (
        "unknown-cidr-group",
        "a CIDR group that is not in the input matches no one",
    ),
    (
        "ignored-section",
        "a section of a NetworkPolicy whose direction `policyTypes` does not list",
    ),
    (
        "missing-namespace",
        "a CiliumNetworkPolicy without a namespace is taken as one of `default`",
    ),
    (
        "overwritten-namespace",
        "a namespace in the subject of a namespaced policy, which its own takes the place of",
    ),
    (
        "default-deny-without-rules",
        "`enableDefaultDeny: true` in a direction without rules does nothing",
    ),
    (
        "empty-section",
        "an empty list of rules in Cilium's kinds does nothing",
    ),
    (
        "matches-nothing",
        "an empty list keeps the whole element from matching anything",
    ),
    (
        "magic-label",
        "a pod label called `host` or `init`, which Cilium's engine gives a meaning of its own",
    ),
    (
        "over-many-networks",
        "`networks` that match pods would need more classes than ztc makes",
    ),
    (
        "conflicting-l7",
        "two rules want the same traffic read by parsers that exclude each other; Cilium would \
         keep the pods' old policy",
    ),
    (
        "conflicting-authentication",
        "two rules ask for different authentication of the same traffic; Cilium would keep the \
         pods' old policy",
    ),
    (
        "conflicting-tls",
        "two rules have different TLS contexts for the same traffic; Cilium would keep the pods' \
         old policy",
    ),
    (
        "server-names-without-tls",
        "server names of one rule meet rules for requests of another, and nobody decrypts; Cilium \
         would keep the pods' old policy",
    ),
    (
        "conflicting-listeners",
        "two rules name different listeners of one priority for the same traffic; Cilium would \
         keep the pods' old policy",
    ),
];

/// Two objects of one kind with one name.
pub(crate) fn duplicate_object(sink: &mut Sink, kind: &str, name: &str, second: Span, first: Span) {
    sink.push(
        Diagnostic::error(
            "duplicate-object",
            format!("{kind} `{name}` is defined twice"),
            second,
        )
        .at("defined again here")
        .label(first, "first defined here")
        .note(
            "the API server holds one object of a kind, namespace and name, so one would overwrite \
             the other",
        )
        .help("rename one of them, or leave one file out of the input"),
    );
}

/// Two endpoints with one address.
pub(crate) fn duplicate_address(
    sink: &mut Sink,
    address: std::net::IpAddr,
    second: (&str, Span),
    first: (&str, Span),
) {
    sink.push(
        Diagnostic::error(
            "duplicate-address",
            format!(
                "{} and {} both have the address {address}",
                first.0, second.0
            ),
            second.1,
        )
        .at(format!("has {address} too"))
        .label(first.1, format!("has {address}"))
        .note(
            "a packet's address decides who is on the other side, so it must belong to one \
             endpoint",
        )
        .help(
            "remove the stale object: a pod that is gone keeps its address only in an old export",
        ),
    );
}

/// One port name, two numbers.
pub(crate) fn conflicting_port_name(
    sink: &mut Sink,
    workload: &str,
    port: &str,
    numbers: (u16, u16),
    span: Span,
) {
    sink.push(
        Diagnostic::new(
            ztc_diag::Level::Warning,
            "conflicting-port-name",
            format!("{workload} has two container ports named `{port}`"),
            span,
        )
        .note(format!(
            "they are {} and {}; policies that use the name get the first",
            numbers.0, numbers.1
        ))
        .help("give each container port of a pod a name of its own"),
    );
}

/// Prefixes that contain each other without end.
pub(crate) fn too_many_overlaps(sink: &mut Sink, model: &Model) {
    let mut terms = model.rules.iter().flat_map(|rule| match &rule.peers {
        Peers::All => &[][..],
        Peers::Terms(terms) => terms,
    });
    let Some(first) = terms.find(|peer| matches!(peer.term, PeerTerm::Cidr(_))) else {
        return;
    };
    sink.push(
        Diagnostic::error(
            "overlapping-prefixes",
            format!(
                "{} prefixes with exceptions overlap too much",
                model.cidrs.len()
            ),
            first.span,
        )
        .at("the first of them")
        .note(format!(
            "every prefix and exception is a piece of the address space, and the pieces are in \
             more than {} prefixes together",
            crate::resolve::Addresses::MAX_MATCHES
        ))
        .help("name a large prefix once, with all its exceptions, and not once for each exception"),
    );
}
