//! What is said about documents, fields and types.

use ztc_diag::Diagnostic;

use super::{did_you_mean, error, nearest, new, one_of, quoted};
use crate::scalar::Resolved;
use crate::tree::Place;

pub(crate) fn not_an_object(at: Place, found: &str) -> Diagnostic {
    error(
        "not-an-object",
        format!("this document is {found}, not an object"),
        at,
    )
    .help("several objects go in documents of their own (`---`) or in `kind: List`")
}

pub(crate) fn neither_kind_nor_api_version(at: Place, looks_like_one: bool) -> Diagnostic {
    let level = if looks_like_one {
        ztc_diag::Level::Error
    } else {
        ztc_diag::Level::Warning
    };
    new(
        level,
        "not-an-object",
        "this document has neither `apiVersion` nor `kind`",
        at,
    )
    .help("if it is no Kubernetes object, keep it out of what ztc is given")
}

pub(crate) fn missing_kind(at: Place) -> Diagnostic {
    error("missing-kind", "this object has no `kind`", at)
        .help("add one, such as `kind: CiliumNetworkPolicy`")
}

pub(crate) fn missing_api_version(at: Place, right: Option<&str>) -> Diagnostic {
    let help = right.map_or_else(
        || "add the `apiVersion` that goes with its kind".to_owned(),
        |right| format!("add `apiVersion: {right}`"),
    );
    error("missing-api-version", "this object has no `apiVersion`", at).help(help)
}

pub(crate) fn missing_name(at: Place) -> Diagnostic {
    error("missing-name", "this object has no `metadata.name`", at)
        .help("give it a name: everything ztc says about it uses that name")
}

pub(crate) fn wrong_api_version(at: Place, written: &str, kind: &str, right: &str) -> Diagnostic {
    let message = format!("ztc does not know `{kind}` of `{}`", quoted(written));
    error("wrong-api-version", message, at).help(format!("write `apiVersion: {right}`"))
}

pub(crate) fn unknown_kind(at: Place, written: &str, nearest: &str) -> Diagnostic {
    error(
        "unknown-kind",
        format!("there is no kind `{}`", quoted(written)),
        at,
    )
    .help(format!("did you mean `{nearest}`?"))
}

pub(crate) fn wrong_type(at: Place, what: &str, expected: &str, found: &str) -> Diagnostic {
    error(
        "wrong-type",
        format!("`{what}` must be {expected}, and this is {found}"),
        at,
    )
}

/// A scalar of another type than the field has.
pub(crate) fn wrong_scalar(
    at: Place,
    what: &str,
    expected: &str,
    text: &str,
    found: Resolved,
) -> Diagnostic {
    let diagnostic = wrong_type(at, what, expected, found.noun());
    let text = quoted(text);
    match (expected, found) {
        ("a string", Resolved::Null) => diagnostic.help("write `\"\"` for an empty string"),
        ("a string", _) => diagnostic.help(format!("quote it: `\"{text}\"`")),
        ("true or false", Resolved::String) if matches!(&*text, "true" | "false") => {
            diagnostic.help(format!("drop the quotes: `{text}`"))
        }
        ("an integer", Resolved::String) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            diagnostic.help(format!("drop the quotes: `{text}`"))
        }
        _ => diagnostic.help(format!("write {expected}, or remove the field")),
    }
}

pub(crate) fn not_decimal(at: Place, what: &str, text: &str) -> Diagnostic {
    let digits = text.trim_start_matches('0');
    let help = if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        "write a plain decimal number".to_owned()
    } else {
        format!("write `{}`", quoted(digits))
    };
    error(
        "not-decimal",
        format!("`{what}` is not a plain decimal number"),
        at,
    )
    .note("YAML 1.1, which Kubernetes reads, takes a number with a leading zero as octal")
    .help(help)
}

pub(crate) fn out_of_range(at: Place, what: &str, least: i64, greatest: i64) -> Diagnostic {
    error(
        "out-of-range",
        format!("`{what}` must be from {least} to {greatest}"),
        at,
    )
    .help(format!("write a number from {least} to {greatest}"))
}

pub(crate) fn missing_field(at: Place, holder: &str, field: &str) -> Diagnostic {
    error(
        "missing-field",
        format!("{holder} needs the field `{field}`"),
        at,
    )
    .help(format!("add `{field}`"))
}

pub(crate) fn unknown_field(at: Place, holder: &str, field: &str, known: &[&str]) -> Diagnostic {
    let help = did_you_mean(nearest(field, known.iter().copied()), || {
        format!("{holder} has {}", one_of(known).replacen("one of ", "", 1))
    });
    error(
        "unknown-field",
        format!("{holder} has no field `{}`", quoted(field)),
        at,
    )
    .note("Kubernetes would drop or refuse it; either way it would not do what it says")
    .help(help)
}

pub(crate) fn bad_name(at: Place, written: &str, reason: &str) -> Diagnostic {
    let message = format!("`{}` is no name of an object: {reason}", quoted(written));
    error("bad-name", message, at)
        .note("the API server refuses the object")
        .help("names are lower case letters, digits and `-`, and dots but for namespaces")
}

pub(crate) fn bad_address(at: Place, what: &str, written: &str) -> Diagnostic {
    error(
        "bad-address",
        format!("`{what}` is no IP address: `{}`", quoted(written)),
        at,
    )
    .help("write an address such as `10.0.0.1` or `fd00::1`")
}
