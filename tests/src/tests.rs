//! Tests that cross crates, in one binary.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop with a message, and says what it covered or why it is skipped"
)]

mod generate;
mod interpreter;
mod pipeline;
mod yaml;
mod yaml_text;

mod conformance;
mod console;
mod determinism;
mod lint_docs;
mod property;
mod scale;
mod schema;
mod semantics;
mod tidy;
