//! One module per command: it gathers what is needed, asks the library, and prints the answer.
//!
//! Only here does anything print: data to standard output, everything else to standard error.

mod apply;
mod demo;
mod detach;
mod observe;
mod output;
mod probe;
mod rollback;
mod status;

use std::{io::Write as _, process::ExitCode};

use crate::{
    args::{Arguments, Command},
    errors::{Failed, NotActivated},
};

pub(crate) use output::Output;

/// There is something to see to: a bundle was refused, or what runs is not what was asked for.
const FINDINGS: u8 = 1;
/// The command could not be carried out.
const COULD_NOT: u8 = 2;

/// Carries out a command. The result is the exit code.
pub fn run(arguments: Arguments) -> ExitCode {
    let output = Output::new();
    let outcome = match arguments.command {
        Command::Apply(arguments) => apply::run(&arguments, &output),
        Command::Status(arguments) => status::run(&arguments, &output),
        Command::Observe(arguments) => observe::run(&arguments, &output),
        Command::Probe(arguments) => probe::run(&arguments),
        Command::Rollback(arguments) => rollback::run(&arguments, &output),
        Command::Detach(arguments) => detach::run(&arguments, &output),
        Command::Demo(arguments) => demo::run(&arguments, &output),
    };
    match outcome {
        Ok(code) => code,
        // Whoever reads the answer has seen enough.
        Err(NotActivated::Failed(Failed::Output(error)))
            if error.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            ExitCode::SUCCESS
        }
        Err(error) => {
            // There is nobody left to tell when standard error is gone.
            let _told = writeln!(std::io::stderr(), "ztc-loader: {error}");
            match error {
                NotActivated::Refused(_) => ExitCode::from(FINDINGS),
                NotActivated::Failed(_) => ExitCode::from(COULD_NOT),
            }
        }
    }
}
