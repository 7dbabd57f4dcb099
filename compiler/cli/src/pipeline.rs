//! The stages in order: the only file that knows them all.
//!
//! Must not print, and must not know why a command runs it.

use std::collections::BTreeMap;

use ztc_bundle::{BundleFile, EncodeError};
use ztc_diag::{Diagnostic, Level, Sink, SourceId, Sources};
use ztc_lints::Levels;
use ztc_lower::LowerOptions;
use ztc_policy::{AnalyseOptions, Analysis};
use ztc_syntax::{Object, Parsed};

use crate::inputs::Inputs;

/// What a run knows after every stage that can complain.
pub(crate) struct Checked {
    /// The files.
    pub(crate) sources: Sources,
    /// Sorted by file and position.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What was there.
    pub(crate) counts: Counts,
    /// Lints that had no workloads to compare with, by name.
    pub(crate) skipped_lints: Vec<&'static str>,
    analysis: Analysis,
}

/// What was there, for the summary.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    /// Files read.
    pub(crate) files: usize,
    /// YAML documents in them.
    pub(crate) documents: usize,
    /// Policies without an error.
    pub(crate) policies: usize,
    /// Policies in files that are not checked: they take no part.
    pub(crate) unchecked_policies: usize,
    /// Pods and pod templates.
    pub(crate) workloads: usize,
    /// Kinds that ztc does not know, as (kind, apiVersion), and how many of each.
    pub(crate) skipped: BTreeMap<(String, String), usize>,
}

/// Reads, understands and lints the inputs.
pub(crate) fn check(inputs: Inputs, levels: &Levels) -> Checked {
    let mut sink = Sink::new();
    let parsed = ztc_syntax::parse(&inputs.sources, &mut sink);
    let mut counts = counts(&inputs, &parsed);
    let is_unchecked = |id: SourceId| inputs.unchecked.contains(&id);
    let mut objects = parsed.objects;
    objects.retain(|object| {
        policy_source(object).is_none_or(|source| {
            let ignored = is_unchecked(source);
            counts.policies -= usize::from(ignored);
            counts.unchecked_policies += usize::from(ignored);
            !ignored
        })
    });
    let analysis = ztc_policy::analyse(&objects, &AnalyseOptions::default(), &mut sink);
    counts.workloads = analysis.cluster.endpoints.len();
    let linted = ztc_lints::Input {
        objects: &objects,
        analysis: &analysis,
        is_checked: &|source| !is_unchecked(source),
    };
    let skipped_lints = ztc_lints::run(&linted, levels, &mut sink);
    let mut diagnostics = sink.into_sorted();
    // What is wrong with a file that is not checked matters only where it hides a workload.
    diagnostics
        .retain(|found| found.level == Level::Error || !is_unchecked(found.primary.span.source));
    Checked {
        sources: inputs.sources,
        diagnostics,
        counts,
        skipped_lints: skipped_lints.iter().map(|lint| lint.name).collect(),
        analysis,
    }
}

impl Checked {
    /// How many diagnostics have this level.
    pub(crate) fn count(&self, level: Level) -> usize {
        self.diagnostics
            .iter()
            .filter(|found| found.level == level)
            .count()
    }

    /// Compiles what was checked. Nothing comes out when there are errors, those that only show
    /// now included; they are among the diagnostics then.
    pub(crate) fn compile(
        &mut self,
        options: &LowerOptions,
    ) -> Result<Option<BundleFile>, EncodeError> {
        if self.count(Level::Error) > 0 {
            return Ok(None);
        }
        let mut sink = Sink::new();
        let contents = ztc_lower::lower(&self.analysis, &self.sources, options, &mut sink);
        if sink.has_errors() {
            self.diagnostics.extend(sink.into_sorted());
            self.diagnostics.sort();
            return Ok(None);
        }
        ztc_bundle::encode_file(&contents).map(Some)
    }
}

fn counts(inputs: &Inputs, parsed: &Parsed) -> Counts {
    let mut skipped: BTreeMap<(String, String), usize> = BTreeMap::new();
    for object in &parsed.skipped {
        let kind = (object.kind.clone(), object.api_version.clone());
        *skipped.entry(kind).or_default() += 1;
    }
    Counts {
        files: inputs.sources.iter().count(),
        documents: parsed.n_documents,
        policies: parsed
            .objects
            .iter()
            .filter(|object| policy_source(object).is_some())
            .count(),
        skipped,
        ..Counts::default()
    }
}

/// The file of a policy; `None` for what is no policy.
fn policy_source(object: &Object) -> Option<SourceId> {
    match object {
        Object::Cilium(policy) => Some(policy.meta.name.span.source),
        Object::NetworkPolicy(policy) => Some(policy.meta.name.span.source),
        Object::Workload(_) | Object::Namespace(_) | Object::Node(_) | Object::Service(_) => None,
    }
}
