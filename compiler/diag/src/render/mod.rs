//! Renderers, one file each: the same diagnostics as text, as short lines, as JSON, for GitHub.
//!
//! They write to what they are given and decide nothing: neither what is shown nor where it goes.

mod excerpt;
mod github;
mod json;
mod short;
mod text;

pub use github::github;
pub use json::{JsonDiagnostic, JsonLabel, json};
pub use short::short;
pub use text::{Colour, snippet, text};

use crate::Level;

/// The word for a level in every format.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}
