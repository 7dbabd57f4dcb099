//! Where a lint reports. Holds its name and level, so that no lint can get them wrong.

use ztc_diag::{Diagnostic, Label, Level, Sink, Span};

/// What one lint has found.
pub(crate) struct Report {
    name: &'static str,
    level: Level,
    found: Vec<Diagnostic>,
}

impl Report {
    /// Nothing found yet.
    pub(super) fn new(name: &'static str, level: Level) -> Self {
        Self {
            name,
            level,
            found: Vec::new(),
        }
    }

    /// Reports at a node: a message that is true alone, and what is to be seen at the node.
    pub(crate) fn at(
        &mut self,
        span: Span,
        message: impl Into<String>,
        text: impl Into<String>,
    ) -> Finding<'_> {
        let new = Diagnostic::new(self.level, self.name, message, span).at(text);
        Finding(self.found.push_mut(new))
    }

    /// Hands everything over; of a level that a setting chose, says which.
    pub(super) fn finish(self, setting: Option<&str>, sink: &mut Sink) {
        for mut diagnostic in self.found {
            if let Some(setting) = setting {
                diagnostic
                    .notes
                    .push(format!("the level was set by `{setting}`"));
            }
            sink.push(diagnostic);
        }
    }
}

/// A report that more can be said about.
pub(crate) struct Finding<'a>(&'a mut Diagnostic);

impl Finding<'_> {
    /// Points at another place.
    pub(crate) fn label(self, span: Span, text: impl Into<String>) -> Self {
        self.0.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a reason.
    pub(crate) fn note(self, text: impl Into<String>) -> Self {
        self.0.notes.push(text.into());
        self
    }

    /// Adds advice.
    pub(crate) fn help(self, text: impl Into<String>) -> Self {
        self.0.help.push(text.into());
        self
    }
}
