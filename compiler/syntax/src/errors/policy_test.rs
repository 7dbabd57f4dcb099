//! What is said about assertions.

use ztc_diag::Diagnostic;

use super::{did_you_mean, error, nearest, one_of, quoted};
use crate::read::Other;
use crate::tree::Place;

pub(crate) fn allow_or_deny(at: Place, other: Option<Other<'_>>) -> Diagnostic {
    exactly_one(at, "an assertion", other)
        .help("write `allow` or `deny`; what must be so of both needs two assertions")
}

pub(crate) fn name_of_lines(at: Place) -> Diagnostic {
    let message = "the name of an assertion has line breaks or control characters";
    error("bad-assertion-name", message, at)
        .help("write one line of visible characters: tables and reports show the name in a line")
}

pub(crate) fn all_or_any(at: Place, holder: &str, other: Option<Other<'_>>) -> Diagnostic {
    exactly_one(at, holder, other)
        .help("write `all` for every one of them, or `any` for at least one")
}

fn exactly_one(at: Place, holder: &str, other: Option<Other<'_>>) -> Diagnostic {
    match other {
        None => error("not-exactly-one", format!("{holder} says nothing"), at),
        Some(other) => {
            let (second, first) = (other.second, other.first.text());
            let message = format!("{holder} cannot have `{first}` and `{second}`");
            error("not-exactly-one", message, at).label(other.first.span(), "the other one")
        }
    }
}

pub(crate) fn empty_list(at: Place, field: &str) -> Diagnostic {
    let help = match field {
        "ports" => "write at least one element; for every port leave the list out",
        _ => "write at least one element: an assertion about nobody proves nothing",
    };
    error("empty-list", format!("`{field}` must not be empty"), at).help(help)
}

pub(crate) fn bad_ports(at: Place, written: &str, reason: &str) -> Diagnostic {
    let message = format!("`{}` is no port of an assertion: {reason}", quoted(written));
    error("bad-asserted-port", message, at)
        .help("write 8080/TCP, 8000-8090/TCP, TCP for all of it, or 8/ICMP for ICMP type 8")
}

pub(crate) fn not_a_policy_kind(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("`{}` is no kind of policy", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error("bad-policy-reference", message, at).help(help)
}

pub(crate) fn bad_policy_name(at: Place, written: &str) -> Diagnostic {
    let message = format!("`{}` names no policy", quoted(written));
    error("bad-policy-reference", message, at)
        .help("write name, namespace/name, or the kind before one of these: NetworkPolicy shop/web")
}
