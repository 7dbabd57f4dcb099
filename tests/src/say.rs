//! What a test says even when it passes: seeds, coverage, skips.

use std::fmt::Display;
use std::io::Write;

/// Writes a line past the test harness, which keeps what a passing test prints to itself.
pub(crate) fn say(text: impl Display) {
    let _told = writeln!(std::io::stderr(), "{text}");
}
