//! Diagnostics as JSON values. The schema is `docs/schema/check.v1.schema.json`.

use serde::Serialize;

use super::level_name;
use crate::{Diagnostic, Label, Sources};

/// One diagnostic as other programs see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct JsonDiagnostic {
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// The lint or error, to be looked up with `ztc rule NAME`.
    pub name: &'static str,
    /// One line.
    pub message: String,
    /// The guilty place first, then the others.
    pub labels: Vec<JsonLabel>,
    /// Reasons.
    pub notes: Vec<String>,
    /// Advice.
    pub help: Vec<String>,
}

/// A place with a text. Lines and columns count from 1, columns in characters.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct JsonLabel {
    /// The file as the user named it.
    pub file: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// One past the last column.
    pub end_column: u32,
    /// What is to be seen there; may be empty.
    pub text: String,
}

/// Diagnostics as values that serialise to the documented schema.
pub fn json(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<JsonDiagnostic> {
    let one = |diagnostic: &Diagnostic| JsonDiagnostic {
        level: level_name(diagnostic.level),
        name: diagnostic.name,
        message: diagnostic.message.clone(),
        labels: std::iter::once(&diagnostic.primary)
            .chain(&diagnostic.secondary)
            .map(|label| place(sources, label))
            .collect(),
        notes: diagnostic.notes.clone(),
        help: diagnostic.help.clone(),
    };
    diagnostics.iter().map(one).collect()
}

fn place(sources: &Sources, label: &Label) -> JsonLabel {
    let (start, end) = (sources.start(label.span), sources.end(label.span));
    let source = sources.get(label.span.source);
    JsonLabel {
        file: source.map_or_else(String::new, |source| source.name.clone()),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        text: label.text.clone(),
    }
}
