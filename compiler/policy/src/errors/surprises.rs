//! Messages about policies that are accepted and do not do what their authors may think.

use ztc_diag::{Diagnostic, Level, Span};

fn warning(name: &'static str, message: impl Into<String>, span: Span) -> Diagnostic {
    Diagnostic::new(Level::Warning, name, message, span)
}

/// A NetworkPolicy section that policyTypes does not list.
pub(crate) fn ignored_section(section: &str, span: Span, types: Option<Span>) -> Diagnostic {
    let kind = if section == "ingress" {
        "Ingress"
    } else {
        "Egress"
    };
    let found = warning(
        "ignored-section",
        format!("`{section}` has no effect: `policyTypes` does not list `{kind}`"),
        span,
    );
    let found = match types {
        Some(types) => found.label(types, "the directions of this policy"),
        None => found,
    };
    found
        .note(
            "the Kubernetes API ignores the section; Cilium's engine applies it, and ztc follows \
             the API (SEMANTICS.md S6)",
        )
        .help(format!(
            "add `{kind}` to `policyTypes`, or remove the section"
        ))
}

/// A CiliumNetworkPolicy that does not say which namespace it is of.
pub(crate) fn missing_namespace(namespace: &str, span: Span) -> Diagnostic {
    warning(
        "missing-namespace",
        format!("this CiliumNetworkPolicy has no namespace and is taken as one of `{namespace}`"),
        span,
    )
    .note(
        "`kubectl apply` gives it the namespace of the moment; Cilium's agent would take one \
         without as clusterwide (SEMANTICS.md, otherwise than Cilium's engine)",
    )
    .help("write `namespace` beside `name`")
}

/// A namespace in the subject of a namespaced policy.
pub(crate) fn overwritten_namespace(namespace: &str, span: Span) -> Diagnostic {
    warning(
        "overwritten-namespace",
        format!("this policy selects pods of `{namespace}`, whatever is written here"),
        span,
    )
    .note(
        "the namespace of the policy takes the place of one in its own selector (SEMANTICS.md S14)",
    )
    .help("move the policy to the namespace it is for, or drop the label")
}

/// `enableDefaultDeny` in a direction without rules.
pub(crate) fn default_deny_without_rules(direction: &str, span: Span) -> Diagnostic {
    warning(
        "default-deny-without-rules",
        format!("this does not isolate {direction}: there are no {direction} rules"),
        span,
    )
    .note("isolation comes with rules: without one, the direction stays open (SEMANTICS.md S9)")
    .help(format!(
        "write `{direction}: [{{}}]` to isolate and allow nothing"
    ))
}

/// A list of rules that is there and empty.
pub(crate) fn empty_section(section: &str, span: Span) -> Diagnostic {
    warning(
        "empty-section",
        format!("an empty `{section}` has no effect, and isolates nothing"),
        span,
    )
    .note("in a NetworkPolicy it would deny everything (SEMANTICS.md, empty and absent)")
    .help(format!(
        "write `{section}: [{{}}]` to isolate and allow nothing, or remove it"
    ))
}

/// Part of an element that keeps the whole element from matching anything.
pub(crate) fn matches_nothing(what: &str, span: Span) -> Diagnostic {
    warning(
        "matches-nothing",
        format!("{what} matches nothing, and so does the whole element"),
        span,
    )
    .note("the element still isolates its pods (SEMANTICS.md S11, S12)")
    .help("remove it, so that the rest of the element counts, or write what it is about")
}

/// A label that switches Cilium's policy off, or everything.
pub(crate) fn magic_label(key: &str, workload: &str, span: Span) -> Diagnostic {
    let effect = if key == "host" {
        "switches every policy off for the pod"
    } else {
        "denies the pod everything, policies or not"
    };
    warning(
        "magic-label",
        format!("the label `{key}` of {workload} {effect} in Cilium's engine"),
        span,
    )
    .note("ztc takes it as a label like any other (SEMANTICS.md S1)")
    .help("rename the label; where pods' owners may choose labels, forbid the two keys")
}
