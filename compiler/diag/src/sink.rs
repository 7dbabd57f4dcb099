//! Where stages put what they find: collects, sorts by position, drops duplicates, counts.

use crate::{Diagnostic, Level};

/// Collects diagnostics. Stages push and go on; nothing is ever returned early because of one.
#[derive(Clone, Default, Debug)]
pub struct Sink {
    found: Vec<Diagnostic>,
}

impl Sink {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Takes over all that another sink holds.
    pub fn append(&mut self, mut other: Sink) {
        self.found.append(&mut other.found);
    }

    /// How many are at this level.
    pub fn count(&self, level: Level) -> usize {
        self.found
            .iter()
            .filter(|diagnostic| diagnostic.level == level)
            .count()
    }

    /// Whether any is an error.
    pub fn has_errors(&self) -> bool {
        self.found
            .iter()
            .any(|diagnostic| diagnostic.level == Level::Error)
    }

    /// In the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// Sorted by file and position, each once.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}
