//! Messages about what a policy asks for: what nobody enforces, what an option switches off, what
//! it refers to and nobody knows.

use ztc_diag::{Diagnostic, Level, Span};

use crate::{Degradation, model::Tier};

/// A selector key with a source that has no labels here.
pub(crate) fn unsupported_source(source: &str, span: Span) -> Diagnostic {
    let found = Diagnostic::error(
        "unsupported-source",
        format!("ztc cannot select on labels of the source `{source}`"),
        span,
    )
    .note(
        "pods have labels of the source `k8s`, reserved peers of the source `reserved` \
         (SEMANTICS.md, selectors and labels)",
    );
    if source == "node" {
        return found
            .help("nodes have labels where `enable-node-selector-labels = true` is in `ztc.toml`");
    }
    found.help(
        "name prefixes with `fromCIDRSet` or `toCIDRSet`; drop the source to select on a pod's \
         labels",
    )
}

/// Something that ztc does not enforce, and that nobody let be.
pub(crate) fn unenforceable(feature: Degradation, span: Span) -> Diagnostic {
    let (name, message, note) = texts(feature);
    let found = Diagnostic::error(name, message, span).note(note);
    match feature {
        Degradation::Fqdn => found.help(
            "list the name's addresses in a resolution file and give it with `--resolution FILE`, \
             or let the rule match nothing with `--allow-degraded fqdn`",
        ),
        Degradation::Groups => found.help(
            "list the group's addresses in a resolution file and give it with `--resolution \
             FILE`, or let the rule match nothing with `--allow-degraded groups`",
        ),
        _ => found.help(format!(
            "remove it, or compile the rest with `--allow-degraded {}` or `allow-degraded` in \
             `ztc.toml`; the bundle will say so",
            feature.name()
        )),
    }
}

/// Something that ztc does not enforce, as the caller wishes.
pub(crate) fn degraded(feature: Degradation, span: Span) -> Diagnostic {
    let (name, message, note) = texts(feature);
    Diagnostic::new(Level::Warning, name, message, span)
        .note(note)
        .note(format!(
            "let be by `--allow-degraded {}` or `ztc.toml`",
            feature.name()
        ))
}

/// Name, message and consequence.
fn texts(feature: Degradation) -> (&'static str, &'static str, &'static str) {
    match feature {
        Degradation::L7 => (
            "unenforceable-l7",
            "rules about requests are not enforced",
            "ztc decides by packet: its ports would be open to every request of these peers",
        ),
        Degradation::Tls => (
            "unenforceable-tls",
            "TLS contexts and server names are not enforced",
            "ztc decides by packet: its ports would be open whatever name is asked for",
        ),
        Degradation::Listener => (
            "unenforceable-listener",
            "a custom listener is not enforced",
            "traffic would reach the peer directly and not pass the listener",
        ),
        Degradation::Authentication => (
            "unenforceable-authentication",
            "mutual authentication is not enforced",
            "the peer's address would be believed without a handshake",
        ),
        Degradation::Fqdn => (
            "unresolved-name",
            "the addresses of this name are not known",
            "ztc does not watch DNS answers: without addresses the name matches nothing",
        ),
        Degradation::Groups => (
            "unresolved-group",
            "the addresses of this group are not known",
            "ztc does not ask the cloud: without addresses the group matches nothing",
        ),
        Degradation::HostPolicies => (
            "unenforceable-host-policy",
            "policies of nodes are not enforced",
            "nodes are peers here and never subjects",
        ),
    }
}

/// A policy of nodes where the host firewall is off, as it is by default.
pub(crate) fn host_policy_is_off(span: Span) -> Diagnostic {
    Diagnostic::new(
        Level::Warning,
        "host-policy-is-off",
        "this rule is about nodes and has no effect",
        span,
    )
    .note(
        "`enable-host-firewall` is off, and rules with a `nodeSelector` never apply to pods \
         (SEMANTICS.md R15)",
    )
    .help("use `endpointSelector` for pods; set the option in `ztc.toml` if the agents have it")
}

/// A field that an option switches off.
pub(crate) fn option_is_off(option: &'static str, what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "option-is-off",
        format!("{what} need the option `{option}`"),
        span,
    )
    .at("refused while it is off")
    .note("the agent refuses the whole object, so none of its rules would have any effect")
    .help(format!(
        "if the agents run with it, write `{option} = true` in `ztc.toml`"
    ))
}

/// A NetworkPolicy where the agents ignore them.
pub(crate) fn network_policies_are_off(span: Span) -> Diagnostic {
    Diagnostic::new(
        Level::Warning,
        "network-policies-are-off",
        "this NetworkPolicy has no effect",
        span,
    )
    .note("`enable-k8s-networkpolicy = false` is in `ztc.toml`")
    .help("remove the option if the agents do not run with it")
}

/// Two policies of one tier with one priority.
pub(crate) fn equal_priorities(tier: Tier, priority: u16, first: Span, second: Span) -> Diagnostic {
    Diagnostic::new(
        Level::Warning,
        "equal-priorities",
        format!(
            "two policies of the {} tier have the priority {priority}",
            tier.name()
        ),
        second,
    )
    .at("asked second here")
    .label(first, "asked first here")
    .note(
        "the API leaves their order open where both match; ztc asks in order of kind and name \
         (SEMANTICS.md, who decides)",
    )
    .help("give each policy of a tier a priority of its own")
}

/// A list that is there and empty, which Cilium takes as everyone where there are ports.
pub(crate) fn empty_list(list: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Level::Warning,
        "empty-peer-list",
        format!("this empty list of {list} matches no one"),
        span,
    )
    .note(
        "Cilium's engine takes it as absent, so with ports beside it everyone may connect; ztc \
         never widens (SEMANTICS.md S2)",
    )
    .help("remove the element, or write whom it is for")
}

/// A service nobody knows, or one without anything behind it.
pub(crate) fn unresolved_service(n_services: usize, span: Span) -> Diagnostic {
    let message = if n_services == 0 {
        "no service of this input is meant here, so this matches no one"
    } else {
        "the service has no endpoints in this input, so this matches no one"
    };
    Diagnostic::new(Level::Warning, "unresolved-service", message, span)
        .note(
            "Cilium's engine lets everyone in on the element's ports in such a case; ztc never \
             widens (SEMANTICS.md S2)",
        )
        .help("add the Service, and the EndpointSlices of one without a selector, to the input")
}

/// A CIDR group nobody knows.
pub(crate) fn unknown_cidr_group(span: Span) -> Diagnostic {
    Diagnostic::new(
        Level::Warning,
        "unknown-cidr-group",
        "no CiliumCIDRGroup of this input is meant here, so this matches no one",
        span,
    )
    .note("a group is its prefixes, and one that nobody knows has none (SEMANTICS.md, peers)")
    .help("add the CiliumCIDRGroup to the input, or correct the name")
}

/// Networks of the network-policy API that would multiply the classes of pods beyond all bounds.
pub(crate) fn too_many_networks(n_classes: usize, limit: usize, span: Span) -> Diagnostic {
    Diagnostic::error(
        "over-many-networks",
        format!("{n_classes} classes of pods would be needed, and {limit} is the limit"),
        span,
    )
    .at("the first of the `networks`")
    .note("`networks` match pods by their addresses, so each network doubles what pods can be")
    .help("name fewer networks, or match pods by their labels")
}
