//! What can be wrong with options.

use std::io;

use ztc_diag::{Diagnostic, Span, Spanned};

use super::keys::Wrong;

/// Names and one-line meanings, for `ztc rule`.
pub(crate) const ERRORS: &[(&str, &str)] = &[
    ("bad-toml", "`ztc.toml` cannot be read as TOML"),
    ("bad-option", "an option has a value that it cannot have"),
    (
        "unknown-option",
        "`ztc.toml` or `--option` names an option that does not exist",
    ),
];

/// The file with the options cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(super) enum Unread {
    #[error("cannot read `{name}`: {reason}")]
    #[diagnostic(help("without `--config`, ztc reads the nearest `ztc.toml`, if there is one"))]
    Unreadable { name: String, reason: io::Error },

    #[error("`{name}` is larger than {limit} KiB")]
    TooBig { name: String, limit: u64 },
}

pub(super) fn bad_toml(message: &str, span: Span) -> Diagnostic {
    // The parser's messages may have several lines, and a diagnostic has one.
    let mut lines = message.lines();
    let first = lines.next().unwrap_or("this is not TOML");
    let found = Diagnostic::error("bad-toml", first, span);
    lines.fold(found, Diagnostic::note)
}

pub(super) fn unknown_option(key: &Spanned<String>, near: Option<&str>) -> Diagnostic {
    let message = format!("there is no option `{}`", key.value);
    let found = Diagnostic::error("unknown-option", message, key.span);
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found.help(
            "`docs/ztc-toml.md` lists the options: those of Cilium's agent that change what \
             policies mean, each a key of its own",
        ),
    }
}

pub(super) fn bad_option(name: &str, span: Span, wrong: Wrong) -> Diagnostic {
    let message = format!("`{name}` {}", wrong.message);
    with_help(Diagnostic::error("bad-option", message, span), wrong.help)
}

pub(super) fn bad_word(span: Span, wrong: Wrong) -> Diagnostic {
    with_help(
        Diagnostic::error("bad-option", wrong.message, span),
        wrong.help,
    )
}

pub(super) fn no_value(option: &str, span: Span) -> Diagnostic {
    let message = format!("`{option}` has no value");
    Diagnostic::error("bad-option", message, span).help("write --option NAME=VALUE")
}

fn with_help(found: Diagnostic, help: String) -> Diagnostic {
    if help.is_empty() {
        found
    } else {
        found.help(help)
    }
}
