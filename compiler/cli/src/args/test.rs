//! The flags of `ztc test`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{InputArgs, OptionArgs};

/// `ztc test`.
///
/// Assertions are objects of the kind PolicyTest in the paths that are checked
/// (docs/policy-test.md).
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    #[command(flatten)]
    pub(crate) inputs: InputArgs,
    #[command(flatten)]
    pub(crate) options: OptionArgs,

    /// Run although there are errors: leave out the objects that Cilium or the API server would
    /// refuse, and say which
    #[arg(long)]
    pub(crate) keep_going: bool,

    /// The form of the result
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: TestFormat,

    /// Write a JUnit report besides; it is replaced in one step
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Say which rules no assertion would notice losing: each rule is taken away in turn, its
    /// isolation included, and every assertion that it has to do with is asked again (with
    /// `--format text` or `json`)
    #[arg(long)]
    pub(crate) coverage: bool,

    /// Show the files of the policies with `+` before the lines of rules that some assertion would
    /// notice losing, and `-` before those of rules that none would (with `--format text`)
    #[arg(long)]
    pub(crate) coverage_lines: bool,

    /// Fail (exit code 1) when less of the rules than this would be noticed, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_coverage: Option<u8>,
}

impl TestArgs {
    /// Whether anything asks which rules would be noticed.
    pub(crate) fn wants_coverage(&self) -> bool {
        self.coverage || self.coverage_lines || self.min_coverage.is_some()
    }

    /// A flag whose answer the form has no place for, and the forms that have one.
    pub(crate) fn not_shown(&self) -> Option<(&'static str, &'static str)> {
        let is_text = self.format == TestFormat::Text;
        let has_coverage = is_text || self.format == TestFormat::Json;
        if self.coverage_lines && !is_text {
            return Some(("--coverage-lines", "--format text"));
        }
        (self.coverage && !has_coverage).then_some(("--coverage", "--format text or json"))
    }
}

/// The form of the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people: what fails, with the lines of the files
    Text,
    /// One object (docs/schema/test.v1.schema.json)
    Json,
    /// A JUnit report
    Junit,
    /// Workflow commands that GitHub shows beside the lines
    Github,
}
