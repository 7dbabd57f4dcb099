//! What is said about peers of Cilium's kinds, names and ICMP.

use ztc_diag::{Diagnostic, Span};

use super::{did_you_mean, error, nearest, one_of, quoted, warning};
use crate::read::Other;
use crate::tree::Place;

pub(crate) fn egress_only(at: Place, field: &str) -> Diagnostic {
    let message = format!("`{field}` names where traffic goes to, and this is ingress");
    error("wrong-direction", message, at)
        .help("move the element to `egress`, or name the peers another way")
}

pub(crate) fn cidr_set_base(at: Place, other: Option<Other<'_>>) -> Diagnostic {
    choice("cidr-set-base", at, "a CIDR set", "prefix or group", other)
        .help("give each element one of `cidr`, `cidrGroupRef`, `cidrGroupSelector`")
}

pub(crate) fn service_choice(at: Place, other: Option<Other<'_>>) -> Diagnostic {
    let holder = "an element of `toServices`";
    choice("service-choice", at, holder, "choice of services", other)
        .help("give each element one of `k8sService`, `k8sServiceSelector`")
}

/// None or several of what must be there once.
fn choice(
    name: &'static str,
    at: Place,
    holder: &str,
    what: &str,
    other: Option<Other<'_>>,
) -> Diagnostic {
    match other {
        None => error(name, format!("{holder} needs a {what}"), at),
        Some(other) => {
            let (second, first) = (other.second, other.first.text());
            let message = format!("{holder} cannot have `{first}` and `{second}`");
            error(name, message, at).label(other.first.span(), "the other one")
        }
    }
    .note("Cilium refuses the whole object")
}

pub(crate) fn bad_cidr_group_name(at: Place, written: &str, reason: &str) -> Diagnostic {
    let message = format!(
        "`{}` is no name of a CiliumCIDRGroup: {reason}",
        quoted(written)
    );
    error("bad-cidr-group-name", message, at).help("write the `metadata.name` of the group")
}

pub(crate) fn fqdn_name_and_pattern(at: Place, name: Span) -> Diagnostic {
    let message = "`matchName` and `matchPattern` cannot stand in one element";
    error("fqdn-name-and-pattern", message, at)
        .label(name, "the element already has a name")
        .note("Cilium refuses the whole object")
        .help("make two elements: elements are alternatives")
}

pub(crate) fn bad_fqdn(at: Place, written: &str, reason: &str) -> Diagnostic {
    let message = format!("`{}` is no name here: {reason}", quoted(written));
    error("bad-fqdn", message, at).help(
        "a name is made of letters, digits, `-`, `_` and dots; `matchPattern` may have `*`, \
         and `domainNames` a `*.` at the start",
    )
}

pub(crate) fn empty_fqdn(at: Place) -> Diagnostic {
    let message = "this element has neither `matchName` nor `matchPattern`, and matches nothing";
    warning("empty-fqdn", message, at)
        .note("Cilium takes it all the same")
        .help("write a name; for every name write `matchPattern: \"*\"`")
}

pub(crate) fn icmps_with_ports(at: Place, ports: Span) -> Diagnostic {
    let message = "`icmps` and `toPorts` cannot be combined in one element";
    error("icmps-with-ports", message, at)
        .label(ports, "the element already has ports")
        .note("Cilium refuses the whole object")
        .help("make two elements: elements are alternatives")
}

pub(crate) fn too_many_icmp_fields(at: Place, n_fields: usize) -> Diagnostic {
    let message = format!("{n_fields} fields in one element of `icmps`");
    error("too-many-icmp-fields", message, at)
        .note("Cilium refuses more than 40")
        .help("make a second element of `icmps`")
}

pub(crate) fn unknown_icmp_family(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("there is no ICMP family `{}`", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error("unknown-icmp-family", message, at).help(help)
}

pub(crate) fn unknown_icmp_type(
    at: Place,
    written: &str,
    family: &str,
    known: &[&str],
) -> Diagnostic {
    let message = format!("{family} has no ICMP type `{}`", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || {
        format!("write the number of the type, or {}", one_of(known))
    });
    error("unknown-icmp-type", message, at).help(help)
}

pub(crate) fn icmp_type_of_other_family(at: Place, written: &str, family: &str) -> Diagnostic {
    let other = if family == "IPv4" { "IPv6" } else { "IPv4" };
    let message = format!(
        "`{}` is an ICMP type of {other}, not of {family}",
        quoted(written)
    );
    error("icmp-type-of-other-family", message, at)
        .note("the family is IPv4 when none is written")
        .help(format!("add `family: {other}`"))
}

pub(crate) fn echo_reply_type(at: Place) -> Diagnostic {
    let message = "ICMP type 0 is echo reply for ztc, and every type of ICMP for Cilium";
    warning("echo-reply-type", message, at)
        .note(
            "Cilium 1.19 and 1.20 put the type where a port goes, and port 0 is every port; \
               ztc takes it as written (SEMANTICS.md, ports)",
        )
        .help("replies to allowed requests need no rule; for other types write them out")
}

pub(crate) fn icmp_type_not_in_schema(at: Place, number: u8) -> Diagnostic {
    let message = "the API server's schema refuses this name, though Cilium's agent knows it";
    warning("icmp-type-not-in-schema", message, at).help(format!("write `type: {number}`"))
}
