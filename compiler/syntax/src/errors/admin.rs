//! What is said about ClusterNetworkPolicy, AdminNetworkPolicy and BaselineAdminNetworkPolicy.

use ztc_diag::{Diagnostic, Span};

use super::{did_you_mean, error, nearest, one_of, quoted, warning};
use crate::read::Other;
use crate::tree::Place;

const REFUSED: &str = "the API server refuses the object";

pub(crate) fn baseline_name(name: Span) -> Diagnostic {
    let message = "a BaselineAdminNetworkPolicy is called `default`, and there is one at most";
    error("baseline-name", message, Place::of(name))
        .note(REFUSED)
        .help("write `name: default`, and all rules into that one object")
}

pub(crate) fn unknown_tier(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("there is no tier `{}`", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error("unknown-tier", message, at).help(help)
}

pub(crate) fn unknown_action(at: Place, written: &str, holder: &str, known: &[&str]) -> Diagnostic {
    let message = format!("{holder} has no action `{}`", quoted(written));
    let diagnostic = error("unknown-action", message, at);
    let other_spelling = match written {
        "Allow" | "allow" => "Accept",
        "Accept" | "accept" => "Allow",
        _ => "",
    };
    if known.contains(&other_spelling) {
        return diagnostic
            .note("`v1alpha1` says Allow, and `v1alpha2` says Accept")
            .help(format!("write `{other_spelling}`"));
    }
    diagnostic.help(did_you_mean(
        nearest(written, known.iter().copied()),
        || one_of(known),
    ))
}

pub(crate) fn rule_name_too_long(name: Span, most: usize) -> Diagnostic {
    let message = format!("the name of a rule has at most {most} characters");
    error("rule-name-too-long", message, Place::of(name))
        .note(REFUSED)
        .help("shorten it; what is longer goes in a comment")
}

pub(crate) fn empty_list(at: Place, field: &str) -> Diagnostic {
    error("empty-list", format!("`{field}` must not be empty"), at)
        .note(REFUSED)
        .help("write at least one element; for all ports leave their list out")
}

pub(crate) fn list_too_long(at: Place, field: &str, length: usize, most: usize) -> Diagnostic {
    error(
        "list-too-long",
        format!("{length} elements in `{field}`"),
        at,
    )
    .note(format!("the API server refuses more than {most}"))
    .help("split the rule or the policy, or join what can be joined")
}

pub(crate) fn not_exactly_one(
    at: Place,
    holder: &str,
    fields: &[&str],
    other: Option<Other<'_>>,
) -> Diagnostic {
    let diagnostic = match other {
        None => error("not-exactly-one", format!("{holder} says nothing"), at),
        Some(other) => {
            let (second, first) = (other.second, other.first.text());
            let message = format!("{holder} cannot have `{first}` and `{second}`");
            error("not-exactly-one", message, at).label(other.first.span(), "the other one")
        }
    };
    diagnostic
        .note(REFUSED)
        .help(format!("write exactly {}", one_of(fields)))
}

pub(crate) fn domain_names_without_accept(at: Place) -> Diagnostic {
    let message = "`domainNames` goes with rules that let traffic through only";
    error("domain-names-without-accept", message, at)
        .note("the addresses of a name are never all known, so nothing can be kept from it")
        .help("name `networks` to keep traffic out")
}

pub(crate) fn two_port_spellings(at: Place, first: Span) -> Diagnostic {
    let message = "`protocols` and `ports` are two spellings of one list";
    error("two-port-spellings", message, at)
        .label(first, "the other one")
        .help("keep `protocols`, and move into it what the other has")
}

pub(crate) fn older_port_spelling(at: Place) -> Diagnostic {
    let message = "`ports` is what an earlier draft of `v1alpha2` called `protocols`";
    warning("older-port-spelling", message, at)
        .note("an API server of today drops it, and the rule is for all ports then")
        .help("write `protocols: [{tcp: {destinationPort: {number: 80}}}]`")
}

pub(crate) fn named_port_beside_addresses(port: Span, addresses: Span) -> Diagnostic {
    let message = "a named port beside peers that are addresses";
    error("named-port-beside-addresses", message, Place::of(port))
        .label(addresses, "only pods have names for their ports")
        .note(REFUSED)
        .help("write the number, or make a rule of its own for these peers")
}

pub(crate) fn range_not_ascending(at: Place, start: Span, is_strict: bool) -> Diagnostic {
    let message = if is_strict {
        "a range of ports must end above its start"
    } else {
        "this range of ports ends below its start"
    };
    error("range-not-ascending", message, at)
        .label(start, "it starts here")
        .note(REFUSED)
        .help("swap the two; a single port is written as a number")
}
