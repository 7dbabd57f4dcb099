//! What is said about ports and protocols.

use ztc_diag::{Diagnostic, Level, Span};

use super::{did_you_mean, error, nearest, new, one_of, quoted, warning};
use crate::tree::Place;

pub(crate) fn bad_port(at: Place, written: &str, reason: &str) -> Diagnostic {
    let diagnostic = error(
        "bad-port",
        format!("`{}` is no port: {reason}", quoted(written)),
        at,
    );
    let is_range = written.split_once('-').is_some_and(|(first, last)| {
        let is_number = |text: &str| {
            !text.trim().is_empty() && text.trim().bytes().all(|byte| byte.is_ascii_digit())
        };
        is_number(first) && is_number(last)
    });
    diagnostic.help(if is_range {
        "write the first port in `port` and the last one in `endPort`"
    } else {
        "write a number up to 65535, or the name of a container port: up to 15 letters, digits and \
         single dashes, at least one letter"
    })
}

pub(crate) fn port_must_be_quoted(at: Place, text: &str) -> Diagnostic {
    let text = quoted(text);
    error(
        "wrong-type",
        "`port` must be a string, and this is an integer",
        at,
    )
    .note("the API server refuses a port without quotes in Cilium's kinds")
    .help(format!("quote it: `\"{text}\"`"))
}

pub(crate) fn port_must_not_be_quoted(at: Place, text: &str) -> Diagnostic {
    let text = quoted(text);
    error(
        "bad-port",
        format!("`\"{text}\"` is taken for the name of a port, and is none"),
        at,
    )
    .note("in a NetworkPolicy a port number is an integer; a string is a name")
    .help(format!("drop the quotes: `{text}`"))
}

pub(crate) fn port_leading_zero(at: Place, written: &str) -> Diagnostic {
    let decimal = written.trim_start_matches('0');
    let decimal = if decimal.is_empty() { "0" } else { decimal };
    error(
        "port-leading-zero",
        format!("port `{}` has a leading zero", quoted(written)),
        at,
    )
    .note(
        "Cilium reads such a number as octal: \"010\" is port 8, and \"080\" is refused \
             (SEMANTICS.md S4)",
    )
    .help(format!("write `\"{}\"`", quoted(decimal)))
}

pub(crate) fn port_out_of_range(at: Place, written: &str) -> Diagnostic {
    error(
        "out-of-range",
        format!("port `{}` is greater than 65535", quoted(written)),
        at,
    )
    .help("ports end at 65535")
}

pub(crate) fn too_many_ports(at: Place, n_ports: usize) -> Diagnostic {
    error(
        "too-many-ports",
        format!("{n_ports} ports in one element of `toPorts`"),
        at,
    )
    .note("Cilium refuses more than 40")
    .help("join neighbours with `endPort`, or make a second element of `toPorts`")
}

pub(crate) fn unknown_protocol(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("there is no protocol `{}` here", quoted(written));
    let diagnostic = error("unknown-protocol", message, at);
    let upper = written.to_ascii_uppercase();
    if upper.starts_with("ICMP") {
        return diagnostic.help("ICMP has no ports; Cilium's kinds have `icmps` for it");
    }
    diagnostic.help(did_you_mean(
        nearest(written, known.iter().copied()),
        || one_of(known),
    ))
}

/// Of an assertion, which can name ICMP as if it had ports.
pub(crate) fn unknown_asserted_protocol(at: Place, written: &str, known: &[&str]) -> Diagnostic {
    let message = format!("there is no protocol `{}` here", quoted(written));
    let help = did_you_mean(nearest(written, known.iter().copied()), || one_of(known));
    error("unknown-protocol", message, at).help(help)
}

pub(crate) fn extended_protocol(at: Place, written: &str) -> Diagnostic {
    let message = format!("ztc does not compile protocol `{}`", quoted(written));
    error("extended-protocol", message, at)
        .note("Cilium refuses it too, unless its option `enable-extended-ip-protocols` is on")
        .help("remove the element: VRRP and IGMP cannot be allowed or denied by themselves")
}

pub(crate) fn protocol_not_upper_case(at: Place, written: &str, upper: &str) -> Diagnostic {
    let message = format!("protocol `{}` is not in upper case", quoted(written));
    warning("protocol-not-upper-case", message, at)
        .note("Cilium's agent takes it, but the API server's schema refuses it")
        .help(format!("write `{upper}`"))
}

pub(crate) fn end_port_with_named_port(at: Place, port: Span) -> Diagnostic {
    error(
        "end-port-with-named-port",
        "`endPort` needs a port number beside it, not a name",
        at,
    )
    .label(port, "this is the name of a port")
    .note(
        "Cilium's engine takes it for a range on ingress and ignores it on egress (SEMANTICS.md \
         S3)",
    )
    .help("write the number in `port`, or remove `endPort`")
}

pub(crate) fn end_port_with_port_zero(at: Place, port: Span) -> Diagnostic {
    error(
        "end-port-with-port-zero",
        "`endPort` has no meaning beside port 0",
        at,
    )
    .label(port, "port 0 is every port already")
    .note("Cilium's engine ignores such an `endPort` (SEMANTICS.md S5)")
    .help("start the range at `\"1\"`, or remove `endPort`")
}

pub(crate) fn end_port_without_port(at: Place) -> Diagnostic {
    error(
        "end-port-without-port",
        "`endPort` needs a `port` beside it",
        at,
    )
    .help("add `port`, where the range starts")
}

/// Refused in a NetworkPolicy; in Cilium's kinds it is the single port.
pub(crate) fn end_port_below_port(at: Place, port: Span, level: Level) -> Diagnostic {
    let diagnostic = new(
        level,
        "end-port-below-port",
        "this range of ports ends below its start",
        at,
    )
    .label(port, "it starts here");
    let diagnostic = match level {
        Level::Error => diagnostic.note("the API server refuses it"),
        Level::Warning | Level::Note => diagnostic.note(
            "Cilium ignores such an `endPort`: the element means the single port (SEMANTICS.md S5)",
        ),
    };
    diagnostic.help("swap the two, or remove `endPort`")
}
