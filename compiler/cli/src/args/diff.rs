//! The flags of `ztc diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::OptionArgs;

/// `ztc diff`.
///
/// Each of the two is a directory or a file of manifests, a bundle, or a git revision: `main`,
/// `HEAD~1`, or `main:deploy/policies`. A revision alone means the directory --dir as it was then;
/// without --dir the path on the other side, if that is in the same repository, else the current
/// directory. What exists as a file or directory is not taken for a revision; `git:NAME` always is
/// one.
///
/// Exit codes: 0 nothing new is permitted, 1 something is (or there are errors), 2 usage or
/// environment.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// What was: PATH, BUNDLE, REVISION or REVISION:PATH
    #[arg(value_name = "OLD")]
    pub(crate) old: String,

    /// What is to be, likewise
    #[arg(value_name = "NEW")]
    pub(crate) new: String,

    /// The directory that a revision without a path means, whatever is on the other side
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,

    /// Workloads that are not themselves checked, the same on both sides: a snapshot, or manifests
    /// (repeatable)
    #[arg(long, value_name = "PATH")]
    pub(crate) workloads: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) options: OptionArgs,

    /// Answer although there are errors: leave out the objects that Cilium or the API server would
    /// refuse, and say which
    #[arg(long)]
    pub(crate) keep_going: bool,

    /// The form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DiffFormat,
}

impl DiffArgs {
    /// The flags that were given and say how manifests are compiled.
    pub(crate) fn compile_flags(&self) -> Vec<&'static str> {
        let options = &self.options;
        let flags = [
            ("--workloads", !self.workloads.is_empty()),
            ("--config", options.config.is_some()),
            ("--no-config", options.no_config),
            ("--option", !options.option.is_empty()),
            ("--allow-degraded", !options.allow_degraded.is_empty()),
            ("--resolution", !options.resolution.is_empty()),
            ("--keep-going", self.keep_going),
        ];
        let given = flags.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(flag, _)| flag).collect()
    }
}

/// The form of a difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum DiffFormat {
    /// For people
    Text,
    /// One object (docs/schema/diff.v1.schema.json)
    Json,
    /// For a comment on a pull request, no longer than GitHub takes
    Markdown,
}
