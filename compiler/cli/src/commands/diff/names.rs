//! The names of ends, as many as a sentence has room for.
//!
//! Must not know how connections differ.

use ztc_reach::diff::{Diff, End, EndId, EndWords};

use crate::output::few;

/// The ends of a difference and words for them.
pub(super) struct Names<'r> {
    diff: &'r Diff,
    words: EndWords<'r>,
}

impl<'r> Names<'r> {
    pub(super) fn new(diff: &'r Diff) -> Self {
        Self {
            diff,
            words: EndWords::new(diff),
        }
    }

    /// The ends of a list.
    pub(super) fn ends(&self, ids: &[EndId]) -> impl Iterator<Item = &'r End> {
        let diff = self.diff;
        let ends: Vec<&'r End> = ids.iter().filter_map(|id| diff.end(*id)).collect();
        ends.into_iter()
    }

    /// Words for all of them.
    pub(super) fn of(&self, ids: &[EndId]) -> Vec<String> {
        self.words.of(ids)
    }

    /// The first few words, and how many more there are.
    pub(super) fn short(&self, ids: &[EndId], n_shown: usize) -> String {
        few(&self.of(ids), n_shown)
    }
}
