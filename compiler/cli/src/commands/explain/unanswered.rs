//! Questions without an answer, with what the user can do about it.
//!
//! Must not know what an answer looks like.

use ztc_bundle::flow::{Ends, FlowsError, NoAnswer, NoSuchEnd};

use crate::{exit::Failure, nearest::nearest};

/// One question without an answer.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{reason}")]
#[diagnostic(help("{help}"))]
struct Unanswered {
    reason: NoAnswer,
    help: String,
}

/// A line of a file without one. What came before it has been answered.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum BadLine {
    #[error("{reason}")]
    Plain { reason: FlowsError },

    #[error("{reason}")]
    #[diagnostic(help("{help}"))]
    WithHelp { reason: FlowsError, help: String },
}

/// A question from the command line.
pub(super) fn question(reason: NoAnswer, ends: &Ends<'_>) -> Failure {
    let help = help(&reason, ends);
    Failure::Report(Unanswered { reason, help }.into())
}

/// A file of questions.
pub(super) fn lines(reason: FlowsError, ends: &Ends<'_>) -> Failure {
    let help = match reason {
        FlowsError::Unwritable(reason) => return reason.into(),
        FlowsError::NoAnswer { ref reason, .. } => help(reason, ends),
        ref other => other.advice(),
    };
    let bad = if help.is_empty() {
        BadLine::Plain { reason }
    } else {
        BadLine::WithHelp { reason, help }
    };
    Failure::Report(bad.into())
}

/// The nearest name, or the advice that any reader of bundles gives.
fn help(reason: &NoAnswer, ends: &Ends<'_>) -> String {
    if let NoAnswer::End(NoSuchEnd::Unknown { text, is_entity }) = reason {
        let is_workload = |name: &&str| name.contains('/');
        let names = ends.names().filter(|name| !is_entity || !is_workload(name));
        if let Some(name) = nearest(text, names) {
            return format!("did you mean `{name}`?");
        }
    }
    reason.advice()
}
