//! What is said about rules for requests, TLS and listeners.

use ztc_diag::{Diagnostic, Span};

use super::{did_you_mean, error, nearest, one_of, quoted};
use crate::tree::Place;

const REFUSED: &str = "Cilium refuses the whole object";
const RULES: &str = "the rules for requests";

pub(crate) fn two_l7_kinds(at: Place, field: &str, first: Span) -> Diagnostic {
    let message = "one element of `toPorts` can have rules of one protocol only";
    error("two-l7-kinds", message, at)
        .label(first, "the protocol it has")
        .note(REFUSED)
        .help(format!(
            "move `{field}` to an element of `toPorts` of its own"
        ))
}

pub(crate) fn l7_without_protocol(at: Place) -> Diagnostic {
    error("l7-without-protocol", "`l7` needs `l7proto` beside it", at)
        .note(REFUSED)
        .help("name the parser in `l7proto`, or write `http` or `dns` instead of `l7`")
}

pub(crate) fn l7_needs_tcp(at: Place, rules: Span, is_written: bool) -> Diagnostic {
    let message = if is_written {
        "rules for requests go with protocol TCP only"
    } else {
        "rules for requests need `protocol: TCP` at each port"
    };
    error("l7-needs-tcp", message, at)
        .label(rules, RULES)
        .note("no protocol means ANY, and Cilium refuses that here; only DNS goes without")
        .help("write `protocol: TCP`; other protocols need an element of their own")
}

pub(crate) fn l7_on_port_zero(at: Place, rules: Span) -> Diagnostic {
    error(
        "l7-on-port-zero",
        "rules for requests need a port that is not 0",
        at,
    )
    .label(rules, RULES)
    .note(REFUSED)
    .help("write the port that the protocol uses")
}

pub(crate) fn l7_in_host_policy(at: Place, is_ingress: bool) -> Diagnostic {
    let message = if is_ingress {
        "a policy for nodes has no rules for requests on ingress"
    } else {
        "a policy for nodes has no rules for requests but those for DNS"
    };
    error("l7-in-host-policy", message, at)
        .note(REFUSED)
        .help("remove `rules`, or select pods with `endpointSelector`")
}

pub(crate) fn dns_rules_on_ingress(at: Place) -> Diagnostic {
    error(
        "dns-rules-on-ingress",
        "rules for DNS are for egress only",
        at,
    )
    .note(REFUSED)
    .help("write them in the policy of the pods that ask")
}

pub(crate) fn dns_rules_protocol(at: Place, rules: Span) -> Diagnostic {
    error(
        "dns-rules-protocol",
        "rules for DNS go with TCP, UDP or ANY",
        at,
    )
    .label(rules, "the rules for DNS")
    .note(REFUSED)
    .help("write `protocol: UDP` or `protocol: TCP`")
}

pub(crate) fn dns_rules_without_ports(at: Place) -> Diagnostic {
    error("dns-rules-without-ports", "rules for DNS need a port", at)
        .note(REFUSED)
        .help("add `ports: [{port: \"53\", protocol: ANY}]`")
}

pub(crate) fn dns_rules_with_port_range(at: Place, rules: Span) -> Diagnostic {
    let message = "rules for DNS go with single ports";
    error("dns-rules-with-port-range", message, at)
        .label(rules, "the rules for DNS")
        .note(REFUSED)
        .help("remove `endPort`")
}

pub(crate) fn empty_l7_key(at: Place) -> Diagnostic {
    error("empty-l7-key", "a key of an `l7` rule is empty", at)
        .note(REFUSED)
        .help("write the name that the parser knows")
}

pub(crate) fn unknown_kafka_role(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("there is no Kafka role `{}`", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error("unknown-kafka-role", message, at).help(help)
}

pub(crate) fn bad_http_regex(at: Place, field: &str, reason: &str) -> Diagnostic {
    let message = format!("`{field}` is no regular expression: {reason}");
    error("bad-http-regex", message, at)
        .note(REFUSED)
        .help("put a backslash before a character that is meant as it is, such as `\\(`")
}

pub(crate) fn header_match_without_name(at: Place) -> Diagnostic {
    error(
        "header-match-without-name",
        "a header match needs the header's name",
        at,
    )
    .note(REFUSED)
    .help("add `name`")
}

pub(crate) fn unknown_mismatch_action(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("there is no mismatch action `{}`", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error("unknown-mismatch-action", message, at).help(help)
}

pub(crate) fn secret_without_name(at: Place) -> Diagnostic {
    error("secret-without-name", "a secret needs its name", at)
        .note(REFUSED)
        .help("add `name`: the secret's `metadata.name`")
}

pub(crate) fn server_names_need_tls(at: Place, rules: Span) -> Diagnostic {
    let message = "`serverNames` beside rules for requests needs `terminatingTLS`";
    error("server-names-need-tls", message, at)
        .label(rules, RULES)
        .note("names are seen when a connection is encrypted, and requests when it is not")
        .help("add `terminatingTLS`, or remove one of the two")
}

pub(crate) fn bad_server_name(at: Place, written: &str, reason: &str) -> Diagnostic {
    let message = format!("`{}` is no server name: {reason}", quoted(written));
    error("bad-server-name", message, at)
        .help("write a name such as `www.example.com` or `*.example.com`")
}

pub(crate) fn duplicate_server_name(at: Place, written: &str, first: Span) -> Diagnostic {
    let message = format!("`{}` is twice in `serverNames`", quoted(written));
    error("duplicate-server-name", message, at)
        .label(first, "the first one")
        .note("the list is a set, and the API server refuses a name that is in it twice")
        .help("remove one of them")
}

pub(crate) fn listener_on_ingress(at: Place) -> Diagnostic {
    error("listener-on-ingress", "`listener` is for egress only", at)
        .note(REFUSED)
        .help("remove it, or move the element to `egress`")
}

pub(crate) fn listener_with_l7(at: Place, rules: Span) -> Diagnostic {
    let message = "`listener` and rules for requests cannot be combined";
    error("listener-with-l7", message, at)
        .label(rules, RULES)
        .note(REFUSED)
        .help("put them in two elements of `toPorts`")
}

pub(crate) fn unknown_envoy_config_kind(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("a listener is in no `{}`", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error("unknown-envoy-config-kind", message, at).help(help)
}

pub(crate) fn namespaced_listener(at: Place, clusterwide: &str) -> Diagnostic {
    let message = "a clusterwide policy has no namespace to look for this listener in";
    error("namespaced-listener", message, at)
        .note("Cilium takes the object, and then cannot compute the policy of any pod it selects")
        .help(format!(
            "name a `{clusterwide}`, or write a CiliumNetworkPolicy for each namespace"
        ))
}
