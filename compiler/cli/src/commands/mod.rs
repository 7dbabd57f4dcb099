//! The commands, one file or folder each.

mod build;
mod check;
mod diff;
mod explain;
mod inspect;
mod paths;
mod reach;
mod rule;
mod test;

pub(crate) use rule::errors;

use crate::{
    args::{Arguments, Command},
    exit::{Failure, Outcome},
};

/// Runs the command that the arguments name.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let color = arguments.color;
    match &arguments.command {
        Command::Check(args) => check::run(args, color),
        Command::Build(args) => build::run(args, color),
        Command::Inspect(args) => inspect::run(args, color),
        Command::Explain(args) => explain::run(args, color),
        Command::Reach(args) => reach::run(args, color),
        Command::Diff(args) => diff::run(args, color),
        Command::Test(args) => test::run(args, color),
        Command::Paths(args) => paths::run(args, color),
        Command::Rule(args) => rule::run(args, color),
    }
}
