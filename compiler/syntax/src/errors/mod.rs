//! Every message of this crate, one function each, and the list of their names.
//!
//! Must not know how anything is read. Reading order: [`yaml`] (text), [`object`] (what a document
//! is, fields, types), [`policy`], [`peer`], [`port`], [`l7`], [`admin`] (what policies must not
//! say), [`policy_test`] (assertions), [`names`] (the list).

pub(crate) mod admin;
pub(crate) mod l7;
mod names;
pub(crate) mod object;
pub(crate) mod peer;
pub(crate) mod policy;
pub(crate) mod policy_test;
pub(crate) mod port;
pub(crate) mod yaml;

use ztc_diag::{Diagnostic, Level};

pub use names::ERRORS;

use crate::tree::Place;

/// An error; what an alias stands for is shown too.
fn error(name: &'static str, message: impl Into<String>, at: Place) -> Diagnostic {
    new(Level::Error, name, message, at)
}

fn warning(name: &'static str, message: impl Into<String>, at: Place) -> Diagnostic {
    new(Level::Warning, name, message, at)
}

fn new(level: Level, name: &'static str, message: impl Into<String>, at: Place) -> Diagnostic {
    let diagnostic = Diagnostic::new(level, name, message, at.span);
    match at.written {
        Some(written) => diagnostic.label(written, "written here, behind the anchor"),
        None => diagnostic,
    }
}

/// Text from a file, fit for one line of a message.
fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    let mut quoted: String = text
        .chars()
        .take(MAX_CHARS)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        quoted.push('…');
    }
    // The debug form escapes quotes, which read better as they are.
    quoted.replace("\\\"", "\"").replace("\\'", "'")
}

/// The known name that a reader most likely meant.
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    const MAX_LENGTH: usize = 64;
    if written.is_empty() || written.len() > MAX_LENGTH {
        return None;
    }
    let lower = written.to_ascii_lowercase();
    let distance = |name: &str| {
        // Typing the case differently is the smallest of mistakes.
        let distance = strsim::damerau_levenshtein(&lower, &name.to_ascii_lowercase());
        (distance, strsim::damerau_levenshtein(written, name))
    };
    let tolerated = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (distance(name), name))
        .filter(|((distance, _), _)| *distance <= tolerated)
        .min()
        .map(|(_, name)| name)
}

/// The kind that a reader most likely meant. Stricter than [`nearest`]: most kinds that ztc does
/// not know are good kinds, and short names are near each other by chance.
pub(crate) fn nearest_kind<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let nearest = nearest(written, known)?;
    let distance =
        strsim::damerau_levenshtein(&written.to_ascii_lowercase(), &nearest.to_ascii_lowercase());
    (distance <= (written.len() / 5).max(1)).then_some(nearest)
}

fn did_you_mean(nearest: Option<&str>, otherwise: impl FnOnce() -> String) -> String {
    nearest.map_or_else(otherwise, |name| format!("did you mean `{name}`?"))
}

fn one_of(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["endpointSelector", "ingress", "egress"];
        assert_eq!(nearest("endpointselector", known), Some("endpointSelector"));
        assert_eq!(nearest("ingres", known), Some("ingress"));
        assert_eq!(nearest("description", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn quoted_text_fits_a_line() {
        assert_eq!(quoted("a\n\"b\""), "a\\n\"b\"");
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), 61);
    }
}
