//! One thing ztc has to say: what, where, why, what to do.

use crate::Span;

/// How bad it is. Ordered: a worse level is greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Worth knowing; never fails a run.
    Note,
    /// Probably not what was meant.
    Warning,
    /// The input cannot mean what it says, or cannot be enforced.
    Error,
}

/// Text at a place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be seen there, in a few words; may be empty.
    pub text: String,
}

/// One diagnostic.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Diagnostic {
    /// The guilty node. Its label text may be empty.
    pub primary: Label,
    /// How bad it is.
    pub level: Level,
    /// A name in kebab case that people can look up and allow: of a lint, or of an error.
    pub name: &'static str,
    /// One line, true alone, no full stop.
    pub message: String,
    /// Other places that have to do with it.
    pub secondary: Vec<Label>,
    /// Why: facts that have no place in the files.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error at a node.
    pub fn error(name: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self::new(Level::Error, name, message, span)
    }

    /// A diagnostic of any level at a node.
    pub fn new(level: Level, name: &'static str, message: impl Into<String>, span: Span) -> Self {
        Self {
            primary: Label {
                span,
                text: String::new(),
            },
            level,
            name,
            message: message.into(),
            secondary: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Says something at the guilty node itself.
    #[must_use]
    pub fn at(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a reason.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}
