//! Tests that cross crates, in one binary.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop with a message"
)]

mod generate;
mod interpreter;
mod kernel;
mod pipeline;
mod say;
mod scratch;
mod seeds;
mod yaml;
mod yaml_text;

mod assertions;
mod conformance;
mod console;
mod determinism;
mod differences;
mod exposure;
mod left_out;
mod lint_docs;
mod netpol_analyzer;
mod paths;
mod pictures;
mod property;
mod reach;
mod refused;
mod scale;
mod schema;
mod semantics;
mod tidy;
