//! Which lints run, on what, in which order.

use ztc_diag::{Sink, SourceId};
use ztc_policy::Analysis;
use ztc_syntax::{Object, Refused};

use super::{Context, Level, Levels, Lint, Report, Scope};
use crate::LINTS;

/// What lints look at.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The objects of the run, which know where each requirement of a selector is written.
    pub objects: &'a [Object],
    /// What could not be read.
    pub refused: &'a [Refused],
    /// What they mean.
    pub analysis: &'a Analysis,
    /// Whether objects of a file are linted, or only there to compare with.
    pub is_checked: &'a dyn Fn(SourceId) -> bool,
}

/// Runs every lint that is not allowed. Gives back those that had nothing to compare with, because
/// the input holds no workloads.
pub fn run(input: &Input<'_>, levels: &Levels, sink: &mut Sink) -> Vec<&'static Lint> {
    let context = Context::new(input);
    let has_workloads = !input.analysis.cluster.endpoints.is_empty();
    let mut skipped = Vec::new();
    for lint in LINTS {
        let level = match levels.of(lint) {
            Level::Allow => continue,
            Level::Warn => ztc_diag::Level::Warning,
            Level::Deny => ztc_diag::Level::Error,
        };
        if lint.needs_workloads && !has_workloads {
            skipped.push(lint);
            continue;
        }
        let mut report = Report::new(lint.name, level);
        match lint.scope {
            Scope::Rule(check) => {
                let rules = input.analysis.model.rules();
                for (id, rule) in rules.filter(|(_, rule)| context.is_checked(rule.span)) {
                    check(&context, id, rule, &mut report);
                }
            }
            Scope::Run(check) => check(&context, &mut report),
        }
        report.finish(levels.setting(lint).as_deref(), sink);
    }
    skipped
}
