//! `ztc test`: whether the assertions beside the policies hold, and which rules they would miss.
//!
//! The answers are the bundle's: the inputs are compiled to bytes and read back first.

mod accesses;
mod coverage;
mod covered;
mod failure;
mod json;
mod judge;
mod junit;
mod matter;
mod plan;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, io::Write};

use rayon::prelude::*;
use ztc_diag::{Diagnostic, render};
use ztc_policy::model::RuleId;
use ztc_reach::Reach;
use ztc_syntax::{Assertion, Chosen, Expected, PolicyTest, Quantifier};

use self::{
    accesses::Accesses,
    coverage::Coverage,
    failure::Failures,
    judge::{Judge, Judged},
    plan::Plan,
};
use crate::{
    args::{ColourChoice, TestArgs, TestFormat},
    compiled::Compiled,
    config,
    exit::{Failure, Outcome},
    inputs, notes,
    output::{self, counted},
    pipeline::{Checked, Request},
    report::Refused,
    selection::Finder,
};

/// There is nothing to do.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("there are no assertions in what is checked")]
#[diagnostic(help(
    "write an object of the kind PolicyTest (apiVersion ztc.dev/v1alpha1) beside the policies; \
     docs/policy-test.md shows one"
))]
struct NoAssertions;

/// What is asked for would be worked out and then not be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{flag}` has no place in this form of the result")]
#[diagnostic(help("use {forms}, or --min-coverage, which goes with every form"))]
struct NotShown {
    flag: &'static str,
    forms: &'static str,
}

/// An assertion and what became of it.
struct Done<'t> {
    test: &'t PolicyTest,
    assertion: &'t Assertion,
    /// `None` when it proves nothing as it is written.
    judged: Option<Judged>,
    /// What is wrong; `None` when it holds.
    diagnostic: Option<Diagnostic>,
    /// Rules that it would notice losing; none unless somebody asks.
    noticed: BTreeSet<RuleId>,
}

/// An assertion that was asked.
struct Tried {
    plan: Plan,
    judged: Judged,
    noticed: BTreeSet<RuleId>,
}

/// What the assertions are about.
#[derive(Clone, Copy)]
struct About<'c> {
    checked: &'c Checked,
    /// Objects that were refused, so that nothing is asserted of them.
    left_out: &'c [Refused],
    /// What the answers depend on.
    notes: &'c [String],
}

/// How many assertions ended how.
#[derive(Clone, Copy, Default)]
struct Counts {
    passed: usize,
    failed: usize,
    /// Those that prove nothing as they are written.
    wrong: usize,
}

impl Done<'_> {
    /// What people call it: its name, or what it says.
    fn title(&self) -> String {
        let Assertion { from, to, .. } = self.assertion;
        match &self.assertion.name {
            Some(name) => name.value.clone(),
            None => {
                let verb = verb(self.assertion.expected);
                let side = |chosen: &Chosen| {
                    let any = match chosen.quantifier {
                        Quantifier::All => "",
                        Quantifier::Any => "any of ",
                    };
                    let selections = chosen.selections.iter().map(|one| one.value.as_str());
                    format!("{any}{}", selections.collect::<Vec<_>>().join(", "))
                };
                format!("{verb} from {} to {}", side(from), side(to))
            }
        }
    }
}

/// Runs the command. Where no assertion could be asked, the report that somebody may publish says
/// so, and is not that of an earlier run.
pub(crate) fn run(args: &TestArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    let outcome = ask(args, color);
    if let (Some(file), Err(_)) = (&args.junit, &outcome) {
        junit::replace_unasked(file)?;
    }
    outcome
}

fn ask(args: &TestArgs, color: ColourChoice) -> Result<Outcome, Failure> {
    if let Some((flag, forms)) = args.not_shown() {
        return Err(Failure::Report(NotShown { flag, forms }.into()));
    }
    let settings = config::settings(&args.options, &args.inputs.paths, color)?;
    let inputs = inputs::read(&args.inputs, &settings.resolution)?;
    let request = Request::of(settings.analyse);
    let compiled = Compiled::of(inputs, request, args.keep_going, color)?;
    let Some(checked) = &compiled.checked else {
        return Err(Failure::Report(NoAssertions.into()));
    };
    if checked.tests.is_empty() {
        return Err(Failure::Report(NoAssertions.into()));
    }
    compiled.say_if_nobody_is_known();
    let reach = compiled.reach();
    let done = all(&compiled, checked, &reach, args.wants_coverage());
    let coverage = args.wants_coverage().then(|| {
        let noticed = done.iter().flat_map(|one| &one.noticed).copied().collect();
        Coverage::new(&checked.analysis, reach.bundle(), &noticed)
    });
    let counts = count(&done);
    let about = About {
        checked,
        left_out: &compiled.left_out,
        notes: &notes::of(&compiled, ", so not asserted about"),
    };
    show(args, about, (&done, counts), coverage.as_ref(), color)?;
    if let Some(file) = &args.junit {
        junit::replace(file, about, &done)?;
    }
    say(about.notes, counts, coverage.as_ref());
    let is_covered = match (args.min_coverage, &coverage) {
        (Some(least), Some(coverage)) => is_enough(coverage, least),
        _ => true,
    };
    let all_hold = counts.failed == 0 && counts.wrong == 0;
    Ok(if all_hold && is_covered {
        Outcome::Clean
    } else {
        Outcome::Findings
    })
}

/// Judges every assertion, in the order of the files.
fn all<'t>(
    compiled: &Compiled,
    checked: &'t Checked,
    reach: &Reach<'_>,
    with_coverage: bool,
) -> Vec<Done<'t>> {
    let accesses = Accesses::new(&checked.analysis, reach);
    let judge = Judge {
        reach,
        accesses: &accesses,
    };
    let assertions: Vec<(&PolicyTest, &Assertion)> = checked
        .tests
        .iter()
        .flat_map(|test| test.assertions.iter().map(move |one| (test, one)))
        .collect();
    let finder = Finder::new(compiled, reach);
    let tried = assertions.par_iter().map(|(_, assertion)| {
        let plan = Plan::new(assertion, &finder, checked, reach)?;
        let judged = judge.judge(&plan);
        let noticed = if with_coverage {
            coverage::noticed(&judge, &plan, &judged)
        } else {
            BTreeSet::new()
        };
        Ok(Tried {
            plan,
            judged,
            noticed,
        })
    });
    let tried: Vec<Result<Tried, Box<Diagnostic>>> = tried.collect();
    let failures = Failures::new(checked, reach);
    let done = assertions
        .iter()
        .zip(tried)
        .map(|((test, assertion), tried)| {
            let (judged, diagnostic, noticed) = match tried {
                Ok(tried) => {
                    let diagnostic = failures.diagnostic(assertion, &tried.plan, &tried.judged);
                    (Some(tried.judged), diagnostic, tried.noticed)
                }
                Err(wrong) => (None, Some(*wrong), BTreeSet::new()),
            };
            Done {
                test,
                assertion,
                judged,
                diagnostic,
                noticed,
            }
        });
    done.collect()
}

fn count(done: &[Done<'_>]) -> Counts {
    let mut counts = Counts::default();
    for one in done {
        match &one.judged {
            Some(judged) if judged.holds => counts.passed += 1,
            Some(_) => counts.failed += 1,
            None => counts.wrong += 1,
        }
    }
    counts
}

fn show(
    args: &TestArgs,
    about: About<'_>,
    (done, counts): (&[Done<'_>], Counts),
    coverage: Option<&Coverage<'_>>,
    color: ColourChoice,
) -> Result<(), Failure> {
    let checked = about.checked;
    let (mut out, colour) = output::out(color);
    let wrong: Vec<Diagnostic> = done
        .iter()
        .filter_map(|one| one.diagnostic.clone())
        .collect();
    match args.format {
        TestFormat::Text => render::text(&mut out, &checked.sources, &wrong, colour)?,
        TestFormat::Github => {
            let wrong: Vec<Diagnostic> = wrong
                .into_iter()
                .map(|found| in_one_place(found, checked))
                .collect();
            render::github(&mut out, &checked.sources, &wrong)?;
        }
        TestFormat::Junit => junit::write(&mut out, about, done)?,
        TestFormat::Json => json::write(&mut out, about, (done, counts), coverage)?,
    }
    if let (TestFormat::Text, Some(coverage)) = (args.format, coverage) {
        if args.coverage_lines {
            covered::lines(&mut out, checked, coverage)?;
        }
        if args.coverage {
            covered::table(&mut out, checked, coverage, colour)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// A diagnostic for a form that shows one place only: its message has the others.
fn in_one_place(mut found: Diagnostic, checked: &Checked) -> Diagnostic {
    if !found.primary.text.is_empty() {
        found.message.push('\n');
        found.message.push_str(&found.primary.text);
    }
    for label in &found.secondary {
        let source = checked.sources.get(label.span.source);
        let file = source.map_or("", |source| source.name.as_str());
        let line = checked.sources.start(label.span).line;
        found
            .message
            .push_str(&format!("\n{file}:{line}: {}", label.text));
    }
    found
}

/// Says how it went.
fn say(notes: &[String], counts: Counts, coverage: Option<&Coverage<'_>>) {
    for note in notes {
        output::say(&format!("note: {note}"));
    }
    let Counts {
        passed,
        failed,
        wrong,
    } = counts;
    let mut parts = vec![format!("{passed} passed")];
    parts.extend((failed > 0).then(|| format!("{failed} failed")));
    parts.extend((wrong > 0).then(|| format!("{wrong} without meaning")));
    let n = counted(passed + failed + wrong, "assertion", "assertions");
    output::say(&format!("{n}: {}", parts.join(", ")));
    if let Some(coverage) = coverage {
        output::say(&covered::summary(coverage));
    }
}

/// Whether enough rules are covered; says so when not.
fn is_enough(coverage: &Coverage<'_>, least: u8) -> bool {
    let is_enough = coverage.noticed * 100 >= coverage.rules * usize::from(least);
    if !is_enough {
        output::say(&format!("that is less than the {least}% of --min-coverage"));
    }
    is_enough
}

/// `allow` or `deny`.
fn verb(expected: Expected) -> &'static str {
    match expected {
        Expected::Allow => "allow",
        Expected::Deny => "deny",
    }
}
