//! How a run ends: the exit codes, and errors that are not about policy.
//!
//! Must not know what any command does.

use std::{io, process::ExitCode};

use ztc_bundle::flow::NotAQuestion;

use crate::selection::NotASelection;

/// The outcome of a command that ran; the worse one is greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Outcome {
    /// Nothing to say: exit code 0.
    Clean,
    /// Findings at or above the failing level, or a refusal because of them: exit code 1.
    Findings,
    /// Something the run needed was not there, and everything else has been said: exit code 2.
    Incomplete,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::SUCCESS,
            Outcome::Findings => Self::from(1),
            Outcome::Incomplete => Self::from(2),
        }
    }
}

/// Why a command did not run to its end. Exit code 2 but for what ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// To be shown to the user.
    Report(miette::Report),
    /// Shown to the user already.
    Said,
    /// There is nothing to go on with, and it has been said why.
    Ended(Outcome),
    /// Nobody reads our output any more, so nobody would read a complaint either.
    OutputClosed,
}

impl From<miette::Report> for Failure {
    fn from(report: miette::Report) -> Self {
        Self::Report(report)
    }
}

/// Ends and ports of the command line.
impl From<NotAQuestion> for Failure {
    fn from(reason: NotAQuestion) -> Self {
        let help = reason.advice();
        Self::Report(miette::miette!(help = help, "{reason}"))
    }
}

impl From<NotASelection> for Failure {
    fn from(reason: NotASelection) -> Self {
        Self::Report(reason.into())
    }
}

/// Errors of writing our own output; files have errors of their own that name the file.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::OutputClosed
        } else {
            Self::Report(miette::miette!("cannot write the output: {error}"))
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}
