//! `ztc`: parse the arguments, run the command, exit.

mod args;
mod boxes;
mod bundle_file;
mod commands;
mod compiled;
mod config;
mod exit;
mod inputs;
mod levels;
mod made_up;
mod markdown;
mod nearest;
mod notes;
mod output;
mod pipeline;
mod policy_tests;
mod ports;
mod report;
mod selection;
mod shapes;
mod table;
mod why;
mod words;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    output::set_up(arguments.color);
    match commands::run(&arguments) {
        Ok(outcome) | Err(exit::Failure::Ended(outcome)) => outcome.into(),
        Err(exit::Failure::OutputClosed | exit::Failure::Said) => ExitCode::from(2),
        Err(exit::Failure::Report(report)) => {
            output::complain(&report);
            ExitCode::from(2)
        }
    }
}
