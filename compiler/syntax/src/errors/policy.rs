//! What is said about policies: selectors, peers, and what ztc does not compile.

use ztc_diag::{Diagnostic, Level, Span};

use super::{did_you_mean, error, nearest, new, one_of, quoted, warning};
use crate::tree::Place;

pub(crate) fn allow_only_field(at: Place, field: &str) -> Diagnostic {
    let message = format!("a deny element has no `{field}`: only what allows has it");
    error("allow-only-field", message, at)
        .note("the API server drops it, and the element would deny more than it says")
        .help("remove it, or move the element to `ingress` or `egress`")
}

pub(crate) fn log_too_long(at: Place, most: usize) -> Diagnostic {
    error(
        "bad-log",
        format!("the text of `log` has at most {most} characters"),
        at,
    )
    .note("the API server refuses the object")
    .help("shorten it")
}

pub(crate) fn log_not_printable(at: Place) -> Diagnostic {
    error(
        "bad-log",
        "the text of `log` has characters that cannot be printed",
        at,
    )
    .note("the API server refuses the object")
    .help("write visible characters and spaces only")
}

pub(crate) fn unknown_authentication_mode(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("there is no authentication mode `{}`", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error("unknown-authentication-mode", message, at).help(help)
}

pub(crate) fn unknown_annotation(at: Place, written: &str, known: &str) -> Diagnostic {
    let message = format!("ztc has no annotation `{}`", quoted(written));
    let help = did_you_mean(nearest(written, [known]), || {
        format!("the annotation it has is `{known}`")
    });
    error("unknown-annotation", message, at)
        .note("a misspelt annotation would leave the policy enforced, or not")
        .help(help)
}

pub(crate) fn unknown_enforcement(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("`{}` is neither `audit` nor `enforce`", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error("unknown-enforcement", message, at).help(help)
}

pub(crate) fn removed_field(at: Place, field: &str, instead: &str) -> Diagnostic {
    error("removed-field", format!("Cilium has removed `{field}`"), at)
        .note("it was deprecated in Cilium 1.17 and does nothing since 1.19")
        .help(format!(
            "write what it required as `matchExpressions` of `{instead}`"
        ))
}

pub(crate) fn wrong_direction(at: Place, field: &str, holder: &str, right: &str) -> Diagnostic {
    error("wrong-direction", format!("{holder} has no `{field}`"), at).help(format!(
        "write `{right}`, or move the element to the other direction"
    ))
}

pub(crate) fn missing_spec(at: Place) -> Diagnostic {
    error(
        "missing-spec",
        "this policy has neither `spec` nor `specs`",
        at,
    )
    .note("Cilium refuses such an object")
    .help("put one rule under `spec`, or several in the list `specs`")
}

pub(crate) fn missing_endpoint_selector(at: Place, clusterwide: bool) -> Diagnostic {
    let diagnostic = error(
        "missing-endpoint-selector",
        "this rule does not say whom it applies to",
        at,
    )
    .note("null counts as missing (SEMANTICS.md S15)")
    .help("add `endpointSelector`; `endpointSelector: {}` selects every pod in scope");
    if clusterwide {
        diagnostic.help("or add `nodeSelector`, for a policy about nodes")
    } else {
        diagnostic
    }
}

pub(crate) fn two_subjects(at: Place, endpoint_selector: Span) -> Diagnostic {
    error(
        "two-subjects",
        "a rule applies to endpoints or to nodes, not to both",
        at,
    )
    .label(endpoint_selector, "selects endpoints")
    .help("remove `nodeSelector`, or make two rules in `specs`")
}

pub(crate) fn node_selector_in_namespaced_policy(at: Place) -> Diagnostic {
    let message = "a CiliumNetworkPolicy cannot have `nodeSelector`: Cilium refuses it";
    error("node-selector-in-namespaced-policy", message, at).help(
        "policy for nodes is a CiliumClusterwideNetworkPolicy; for pods use `endpointSelector`",
    )
}

pub(crate) fn no_rules(at: Place) -> Diagnostic {
    error(
        "no-rules",
        "this rule has no `ingress`, `ingressDeny`, `egress` or `egressDeny`",
        at,
    )
    .note("an empty list counts as none, and Cilium refuses a rule without any")
    .help("to isolate without allowing anything, write `ingress: [{}]` or `egress: [{}]`")
}

pub(crate) fn namespace_on_clusterwide_policy(at: Place, kind: &str) -> Diagnostic {
    let message = format!("a {} is in no namespace", quoted(kind));
    let namespaced = if kind == "CiliumClusterwideNetworkPolicy" {
        "CiliumNetworkPolicy"
    } else {
        "NetworkPolicy"
    };
    error("namespace-on-clusterwide-policy", message, at)
        .help(format!("remove the namespace, or make this a {namespaced}"))
}

pub(crate) fn bad_label_key(at: Place, written: &str, reason: &str) -> Diagnostic {
    error(
        "bad-label-key",
        format!("`{}` is no label key: {reason}", quoted(written)),
        at,
    )
    .help(
        "a key is an optional DNS name and a slash, then up to 63 letters, digits, `-`, `_`, `.`, \
         with a letter or digit at both ends",
    )
}

pub(crate) fn bad_label_value(at: Place, written: &str) -> Diagnostic {
    error(
        "bad-label-value",
        format!("`{}` is no label value", quoted(written)),
        at,
    )
    .help(
        "a value is empty, or up to 63 letters, digits, `-`, `_`, `.`, with a letter or digit at \
         both ends",
    )
}

pub(crate) fn source_prefix_in_network_policy(at: Place, source: &str) -> Diagnostic {
    let message = format!(
        "a NetworkPolicy knows no label sources such as `{}:`",
        quoted(source)
    );
    error("source-prefix-in-network-policy", message, at)
        .help("write the key alone; source prefixes are for Cilium's kinds")
}

pub(crate) fn unknown_label_source(at: Place, source: &str, known: &[&str]) -> Diagnostic {
    let help = did_you_mean(nearest(source, known.iter().copied()), || one_of(known));
    error(
        "unknown-label-source",
        format!("there is no label source `{}`", quoted(source)),
        at,
    )
    .help(help)
}

pub(crate) fn unknown_operator(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error(
        "unknown-operator",
        format!("there is no operator `{}`", quoted(written)),
        at,
    )
    .help(help)
}

pub(crate) fn operator_needs_values(at: Place, operator: &str) -> Diagnostic {
    error(
        "operator-needs-values",
        format!("`{operator}` needs at least one value"),
        at,
    )
    .help("add `values`, or use `Exists` or `DoesNotExist`")
}

pub(crate) fn operator_takes_no_values(at: Place, operator: &str) -> Diagnostic {
    error(
        "operator-takes-no-values",
        format!("`{operator}` takes no values"),
        at,
    )
    .help("remove `values`, or use `In` or `NotIn`")
}

pub(crate) fn combined_peers(at: Place, field: &str, first: Span, first_field: &str) -> Diagnostic {
    let message = format!("`{field}` and `{first_field}` cannot be combined in one element");
    error("combined-peers", message, at)
        .label(first, "the element already has these peers")
        .note("Cilium refuses the whole object")
        .help("make two elements: elements are alternatives")
}

pub(crate) fn unknown_entity(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error(
        "unknown-entity",
        format!("there is no entity `{}`", quoted(written)),
        at,
    )
    .help(help)
}

pub(crate) fn entity_not_in_schema(at: Place) -> Diagnostic {
    let message = "the API server's schema refuses this entity, though Cilium's agent knows it";
    warning("entity-not-in-schema", message, at)
        .help("write `world`, or `toCIDR` or `fromCIDR` with `0.0.0.0/0` or `::/0` for one family")
}

pub(crate) fn bad_cidr(at: Place, written: &str, reason: &str) -> Diagnostic {
    error(
        "bad-cidr",
        format!("`{}` is no prefix: {reason}", quoted(written)),
        at,
    )
    .help("write an address, a slash and a length, such as `10.0.0.0/8` or `fd00::/8`")
}

pub(crate) fn no_length(at: Place, written: &str, length: u8) -> Diagnostic {
    error(
        "bad-cidr",
        format!("`{}` has no prefix length", quoted(written)),
        at,
    )
    .note(
        "Cilium 1.20 refuses the whole object; 1.19 took a bare address in `fromCIDR` and \
         `toCIDR` (SEMANTICS.md, otherwise than Cilium's engine)",
    )
    .help(format!("write `{}/{length}`", quoted(written)))
}

pub(crate) fn except_outside(at: Place, base: Span) -> Diagnostic {
    error(
        "except-outside",
        "this exception lies outside of its prefix",
        at,
    )
    .label(base, "the prefix it is cut out of")
    .help("an exception only takes away: name a part of the prefix, or remove it")
}

/// Refused in a NetworkPolicy, suspicious in Cilium's kinds.
pub(crate) fn except_not_smaller(at: Place, base: Span, level: Level) -> Diagnostic {
    let message = "this exception covers its whole prefix, so nothing is left";
    let found = new(level, "except-not-smaller", message, at)
        .label(base, "the prefix it is cut out of")
        .help("name a part of the prefix: an exception needs a longer length");
    if level == Level::Error {
        return found;
    }
    found.note(
        "Cilium takes it, and the element matches nothing (SEMANTICS.md, otherwise than Cilium's \
         engine)",
    )
}

pub(crate) fn unknown_policy_type(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error(
        "unknown-policy-type",
        format!("there is no policy type `{}`", quoted(written)),
        at,
    )
    .help(help)
}

pub(crate) fn too_many_policy_types(at: Place) -> Diagnostic {
    error(
        "too-many-policy-types",
        "`policyTypes` has more than two elements",
        at,
    )
    .help("name `Ingress` and `Egress` once each at most")
}

pub(crate) fn empty_peer(at: Place) -> Diagnostic {
    error("empty-peer", "this peer selects by nothing", at)
        .note("the API server refuses a peer without `podSelector`, `namespaceSelector`, `ipBlock`")
        .help("for every pod of every namespace write `namespaceSelector: {}`")
}

pub(crate) fn ip_block_with_selector(at: Place, selector: Span) -> Diagnostic {
    error(
        "ip-block-with-selector",
        "a peer with an `ipBlock` cannot have selectors too",
        at,
    )
    .label(selector, "a selector in the same peer")
    .help("make two elements: elements are alternatives")
}
