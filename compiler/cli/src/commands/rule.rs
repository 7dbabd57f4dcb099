//! `ztc rule`: what a lint or an error means.

use std::io::Write;

use crate::{
    args::{ColourChoice, RuleArgs},
    config,
    exit::{Failure, Outcome},
    nearest::nearest,
    output, policy_tests,
};

/// Nothing has this name.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("there is no lint or error called `{name}`")]
#[diagnostic(help("{help}"))]
struct Unknown {
    name: String,
    help: String,
}

/// Every error that an input can have: names and meanings.
pub(crate) fn errors() -> Vec<(&'static str, &'static str)> {
    let mut errors = [
        config::ERRORS,
        policy_tests::ERRORS,
        ztc_syntax::ERRORS,
        ztc_policy::ERRORS,
        ztc_lower::ERRORS,
    ]
    .concat();
    errors.sort_unstable();
    errors
}

/// Runs the command.
pub(crate) fn run(args: &RuleArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    let (mut out, _) = output::out(color);
    match &args.name {
        None => list(&mut out)?,
        Some(name) => show(&mut out, name)?,
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

fn list(out: &mut impl Write) -> Result<(), Failure> {
    for group in ztc_lints::Group::ALL {
        writeln!(
            out,
            "lints, {} ({} by default)",
            group.name(),
            group.default_level().name()
        )?;
        for lint in ztc_lints::LINTS.iter().filter(|lint| lint.group == group) {
            writeln!(out, "  {}", lint.name)?;
        }
    }
    writeln!(out, "errors")?;
    for (name, meaning) in errors() {
        writeln!(out, "  {name:<32} {meaning}")?;
    }
    Ok(())
}

fn show(out: &mut impl Write, name: &str) -> Result<(), Failure> {
    if let Some(lint) = ztc_lints::lint(name) {
        let (group, level) = (lint.group.name(), lint.group.default_level().name());
        writeln!(out, "{}", lint.doc.trim_end())?;
        writeln!(out, "\nGroup {group}, `{level}` by default.")?;
        return Ok(());
    }
    let errors = errors();
    if let Some((name, meaning)) = errors.iter().find(|(known, _)| *known == name) {
        writeln!(out, "# {name}\n\nAn error: {meaning}.")?;
        return Ok(());
    }
    let lints = ztc_lints::LINTS.iter().map(|lint| lint.name);
    let help = match nearest(name, errors.iter().map(|(known, _)| *known).chain(lints)) {
        Some(near) => format!("did you mean `{near}`? `ztc rule --list` has them all"),
        None => "`ztc rule --list` has them all".into(),
    };
    Err(Failure::Report(
        Unknown {
            name: name.into(),
            help,
        }
        .into(),
    ))
}
