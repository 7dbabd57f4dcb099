//! Messages about rules that Cilium accepts and cannot merge (SEMANTICS.md S8).

use ztc_diag::Diagnostic;
use ztc_syntax::AuthenticationMode;

use crate::conflicts::{Conflict, Parser, Reason};

/// Two rules that are about the same pods, peer and port and cannot be merged; with the name of
/// such pods if any are known.
pub(crate) fn conflict(conflict: &Conflict<'_>, example: Option<&str>) -> Diagnostic {
    let pods = example.map_or_else(
        || "the pods that they select keep".to_owned(),
        |name| format!("the pods that they select, such as {name}, keep"),
    );
    let (name, message, at, first, help) = texts(conflict.reason);
    Diagnostic::error(name, message, conflict.second)
        .at(at)
        .label(conflict.first, first)
        .note(format!(
            "the rules have a direction, a peer and a port in common; Cilium takes both, cannot \
             merge them, and {pods} their old policy in both directions"
        ))
        .help(help)
}

/// Name, message, what is here, what is at the other place, what to do.
fn texts(reason: Reason<'_>) -> (&'static str, String, String, String, String) {
    match reason {
        Reason::Parsers(first, second) => (
            "conflicting-l7",
            "two rules want the same traffic read in ways that exclude each other".into(),
            format!("{} here", parser(second)),
            format!("{} here", parser(first)),
            "give each of them ports or peers of its own".into(),
        ),
        Reason::Authentication(first, second) => (
            "conflicting-authentication",
            "two rules ask for different authentication of the same traffic".into(),
            format!("`{}` here", mode(second)),
            format!("`{}` here", mode(first)),
            "use one mode in both, or give each of them ports or peers of its own".into(),
        ),
        Reason::Tls(field) => (
            "conflicting-tls",
            format!("two rules have a different `{field}` for the same traffic"),
            "one context here".into(),
            "another one here".into(),
            "use one context in both, or give each of them ports or peers of its own".into(),
        ),
        Reason::ServerNames => (
            "server-names-without-tls",
            "server names and rules for requests meet, and nobody decrypts the traffic".into(),
            "one of them here".into(),
            "the other one here".into(),
            "add `terminatingTLS` beside one of them, or give each of them ports or peers of its \
             own"
            .into(),
        ),
        Reason::Listeners(priority) => (
            "conflicting-listeners",
            format!("two listeners of the priority {priority} are for the same traffic"),
            "one listener here".into(),
            "another one here".into(),
            "give each of them a `priority` of its own; the lower one is used".into(),
        ),
    }
}

fn parser(parser: Parser<'_>) -> String {
    match parser {
        Parser::Tls => "as TLS".into(),
        Parser::Listener => "by a listener".into(),
        Parser::Requests(name) => format!("as `{}`", name.escape_debug()),
    }
}

fn mode(mode: AuthenticationMode) -> &'static str {
    match mode {
        AuthenticationMode::Disabled => "disabled",
        AuthenticationMode::Required => "required",
        AuthenticationMode::AlwaysFail => "test-always-fail",
    }
}
