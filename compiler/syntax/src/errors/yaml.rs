//! What is said about text that is no usable YAML.

use ztc_diag::{Diagnostic, Span};

use super::{error, quoted};
use crate::tree::Place;

/// Why a parser stopped, as far as advice depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cause {
    Tab,
    Quote,
    AfterQuote,
    Bracket,
    Colon,
    Key,
    Indentation,
    Character,
    Escape,
    Nesting,
    Other,
}

/// A syntax error and its surroundings.
pub(crate) struct SyntaxError<'a> {
    pub(crate) at: Place,
    pub(crate) cause: Cause,
    /// The parser's own words.
    pub(crate) reason: String,
    /// The whole line.
    pub(crate) line: &'a str,
    /// The line up to the place.
    pub(crate) before: &'a str,
    /// A bracket or brace that is open there.
    pub(crate) open_bracket: Option<Span>,
}

pub(crate) fn syntax(found: SyntaxError<'_>) -> Diagnostic {
    let is_template = found.line.contains("{{") || found.line.contains("{%");
    // Between brackets tabs may indent, so they are not what is wrong there.
    let has_tab = found.cause == Cause::Tab
        || (found.open_bracket.is_none() && leading_blanks(found.line).contains('\t'));
    let (message, help) = if is_template {
        (
            "this line is a template, not YAML yet",
            "render the template first, then check its output",
        )
    } else if has_tab {
        (
            "a tab indents this line",
            "indent with spaces: YAML does not allow tabs for that",
        )
    } else {
        advice(&found)
    };
    let mut diagnostic = error("yaml-syntax", message, found.at);
    if let Some(open) = found.open_bracket.filter(|_| !is_template) {
        diagnostic = diagnostic.label(open, "still open: nothing has closed this");
    }
    diagnostic
        .note(format!("the YAML parser says: {}", found.reason))
        .help(help)
}

fn advice(found: &SyntaxError<'_>) -> (&'static str, &'static str) {
    match found.cause {
        Cause::Quote => (
            "this quote is never closed",
            "close the quote; inside double quotes write a quote as \\\", inside single ones as ''",
        ),
        Cause::AfterQuote => (
            "there is text after the closing quote",
            "put the whole value in quotes, or none of it",
        ),
        Cause::Escape => (
            "double quotes do not know an escape in this text",
            "use single quotes, which have no escapes, or double the backslash",
        ),
        Cause::Character => (
            "a value cannot start with this character unless it is quoted",
            "put the value in quotes",
        ),
        Cause::Bracket => (
            "the brackets, braces and commas do not match up here",
            "close what is open, in order, and separate elements with commas",
        ),
        _ if found.open_bracket.is_some() => (
            "a bracket or brace is still open here",
            "close it, or add the comma that is missing",
        ),
        Cause::Colon if found.before.contains(": ") => (
            "a second `: ` on this line",
            "put a value that contains `: ` in quotes, or start a new line",
        ),
        Cause::Colon => (
            "a mapping cannot start here",
            "give this line the indentation of its neighbours; or the line above lacks its `:`",
        ),
        Cause::Key => (
            "there is no `:` after this key",
            "add the `:`, or indent the line if it continues the text above it",
        ),
        Cause::Indentation => (
            "this line does not continue what is above it",
            "align it with its neighbours: keys of one mapping start in one column, \
             and so do the dashes of one list",
        ),
        Cause::Tab | Cause::Nesting | Cause::Other => (
            "this is not valid YAML",
            "compare the line with its neighbours",
        ),
    }
}

fn leading_blanks(line: &str) -> &str {
    let text = line.trim_start_matches([' ', '\t']);
    line.strip_suffix(text).unwrap_or_default()
}

pub(crate) fn too_deep(at: Place) -> Diagnostic {
    error("nesting-too-deep", "nested more than 64 levels deep", at)
        .help("no Kubernetes object is nested this deep: look for brackets that are never closed")
}

pub(crate) fn too_many_aliases(at: Place) -> Diagnostic {
    error(
        "too-many-aliases",
        "aliases would blow this document up beyond reason",
        at,
    )
    .note("an alias counts as all nodes it stands for")
    .help("write the repeated parts out, or split the document")
}

pub(crate) fn alias_inside_itself(at: Place) -> Diagnostic {
    error(
        "unknown-anchor",
        "this alias is inside of what it stands for",
        at,
    )
    .help("name another anchor, or write the value out")
}

pub(crate) fn unknown_anchor(at: Place, name: &str) -> Diagnostic {
    error(
        "unknown-anchor",
        format!("no anchor `&{}` above this in the document", quoted(name)),
        at,
    )
    .note("anchors are not seen across `---`")
    .help("a value that starts with `*` must be quoted if it is not an alias")
}

pub(crate) fn duplicate_key(at: Place, first: Span, key: &str) -> Diagnostic {
    error(
        "duplicate-key",
        format!("`{}` is given twice in one mapping", quoted(key)),
        at,
    )
    .at("the second one")
    .label(first, "the first one")
    .help("keep one; two lists can be joined under one key")
}

pub(crate) fn key_not_scalar(at: Place) -> Diagnostic {
    error("key-not-text", "a mapping or a list is used as a key", at)
        .help("keys are plain text; if this is a template (`{{ … }}`), render it first")
}

pub(crate) fn merge_not_mapping(at: Place) -> Diagnostic {
    error(
        "merge-not-mapping",
        "`<<` merges mappings, and this is not one",
        at,
    )
    .help("give `<<` an alias to a mapping, or a list of such aliases")
}
