//! The flags that set the levels of lints. Must not know what any lint looks for.

use ztc_lints::{Level, Levels, UnknownLint};

use crate::{args::LevelArgs, commands, exit::Failure};

/// A flag that names nothing that has a level.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{unknown}")]
#[diagnostic(help("{help}"))]
struct NotALint {
    unknown: UnknownLint,
    help: String,
}

/// The levels that the flags ask for.
pub(crate) fn levels(args: &LevelArgs) -> Result<Levels, Failure> {
    let mut levels = Levels::new();
    let flags = [
        (&args.allow, Level::Allow),
        (&args.warn, Level::Warn),
        (&args.deny, Level::Deny),
    ];
    for (names, level) in flags {
        for name in names {
            levels.set(name, level).map_err(refused)?;
        }
    }
    Ok(levels)
}

fn refused(unknown: UnknownLint) -> Failure {
    let is_error = commands::errors()
        .iter()
        .any(|(name, _)| *name == unknown.name);
    let help = if is_error {
        "this is the name of an error, and errors have no other level".into()
    } else {
        match unknown.nearest {
            Some(nearest) => format!("did you mean `{nearest}`? `ztc rule --list` has them all"),
            None => "`ztc rule --list` has them all".into(),
        }
    };
    Failure::Report(NotALint { unknown, help }.into())
}
