//! Every message of this crate, one function each, and the list of their names.
//!
//! Must not know how anything is read. Reading order: [`yaml`] (text), [`object`] (what a document
//! is, fields, types), [`policy`], [`port`] (what policies must not say).

pub(crate) mod object;
pub(crate) mod policy;
pub(crate) mod port;
pub(crate) mod yaml;

use ztc_diag::{Diagnostic, Level};

use crate::tree::Place;

/// Names of all diagnostics this crate gives, with their meaning in one line, sorted by name.
pub const ERRORS: &[(&str, &str)] = &[
    ("bad-address", "an address is not an IP address"),
    (
        "bad-cidr",
        "a prefix is not an address, a slash and a length",
    ),
    (
        "bad-label-key",
        "a label key does not follow the Kubernetes syntax",
    ),
    (
        "bad-label-value",
        "a label value does not follow the Kubernetes syntax",
    ),
    (
        "bad-port",
        "a port is neither a number nor the name of a port",
    ),
    (
        "combined-peers",
        "one element has two kinds of peers, which Cilium refuses",
    ),
    ("duplicate-key", "a key is given twice in one mapping"),
    (
        "empty-peer",
        "a NetworkPolicy peer selects by nothing at all",
    ),
    ("end-port-below-port", "a range ends below its start"),
    (
        "end-port-with-named-port",
        "endPort stands beside a port name",
    ),
    (
        "end-port-with-port-zero",
        "endPort stands beside port 0, which already is every port",
    ),
    ("end-port-without-port", "endPort stands alone"),
    (
        "except-not-smaller",
        "an except covers the whole prefix it is cut out of",
    ),
    (
        "except-outside",
        "an except lies outside of the prefix it is cut out of",
    ),
    (
        "ip-block-with-selector",
        "a NetworkPolicy peer has an ipBlock and a selector",
    ),
    ("key-not-text", "a mapping or list is used as a key"),
    ("merge-not-mapping", "`<<` does not name a mapping"),
    ("missing-api-version", "an object has no apiVersion"),
    (
        "missing-endpoint-selector",
        "a rule does not say whom it applies to",
    ),
    ("missing-field", "a required field is not there"),
    ("missing-kind", "an object has no kind"),
    ("missing-name", "an object has no name"),
    ("missing-spec", "a policy has neither spec nor specs"),
    (
        "namespace-on-clusterwide-policy",
        "a clusterwide policy names a namespace",
    ),
    ("nesting-too-deep", "a document is nested too deep"),
    ("no-rules", "a rule has no list of rules that is not empty"),
    (
        "node-selector-in-namespaced-policy",
        "nodeSelector outside of a clusterwide policy",
    ),
    ("not-an-object", "a document is no Kubernetes object"),
    (
        "not-decimal",
        "a number with a leading zero or in another base",
    ),
    ("operator-needs-values", "In or NotIn without values"),
    (
        "operator-takes-no-values",
        "Exists or DoesNotExist with values",
    ),
    (
        "out-of-range",
        "a number is too small or too large for its field",
    ),
    (
        "port-leading-zero",
        "a port has a leading zero, which Cilium reads as octal",
    ),
    (
        "protocol-not-upper-case",
        "a protocol is not written in upper case",
    ),
    ("removed-field", "a field that Cilium has removed"),
    (
        "source-prefix-in-network-policy",
        "a label source prefix outside of Cilium's kinds",
    ),
    ("too-many-aliases", "aliases would blow a document up"),
    (
        "too-many-policy-types",
        "policyTypes with more than two elements",
    ),
    (
        "too-many-ports",
        "more than 40 ports in one toPorts element",
    ),
    (
        "two-subjects",
        "a rule has an endpointSelector and a nodeSelector",
    ),
    ("unknown-anchor", "an alias names no anchor"),
    ("unknown-entity", "an entity that does not exist"),
    ("unknown-field", "a field that does not exist"),
    ("unknown-kind", "a kind that looks like a misspelt one"),
    (
        "unknown-label-source",
        "a label source prefix that does not exist",
    ),
    (
        "unknown-operator",
        "a selector operator that does not exist",
    ),
    ("unknown-policy-type", "a policy type that does not exist"),
    ("unknown-protocol", "a protocol that does not exist here"),
    (
        "unsupported-field",
        "a field that ztc does not compile yet, and so refuses",
    ),
    (
        "wrong-api-version",
        "a kind that ztc knows, in an apiVersion that it does not",
    ),
    ("wrong-direction", "a peer list of the other direction"),
    ("wrong-type", "a value has the wrong type"),
    ("yaml-syntax", "a document is not valid YAML"),
];

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
    fn names_are_kebab_case_and_sorted() {
        assert!(ERRORS.is_sorted_by(|a, b| a.0 < b.0));
        for (name, _) in ERRORS {
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{name}"
            );
        }
    }

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
