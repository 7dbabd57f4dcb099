//! The stages in order: the only file that knows them all.
//!
//! Must not print, and must not know why a command runs it.

mod again;

use std::collections::BTreeMap;

use ztc_bundle::{BundleFile, EncodeError};
use ztc_diag::{Diagnostic, Level, Sink, SourceId, Sources, Span};
use ztc_lints::Levels;
use ztc_lower::LowerOptions;
use ztc_policy::{AnalyseOptions, Analysis};
use ztc_syntax::{Object, Parsed, PolicyTest, Refused};

pub(crate) use self::again::Again;
use crate::{inputs::Inputs, made_up::MadeUp, policy_tests};

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
    /// What has an error and so no effect, in the order of the files.
    pub(crate) refused: Vec<RefusedObject>,
    /// What the objects mean.
    pub(crate) analysis: Analysis,
    /// The assertions in checked files, in the order of the files.
    pub(crate) tests: Vec<PolicyTest>,
}

/// An object with an error in it: it has no effect at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RefusedObject {
    /// As written; `document` for what has no readable kind.
    pub(crate) kind: String,
    /// As written, if it can be read.
    pub(crate) namespace: Option<String>,
    /// As written, if it can be read.
    pub(crate) name: Option<String>,
    /// Where it is.
    pub(crate) span: Span,
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
    /// Those of them that are audited.
    pub(crate) audited: usize,
    /// Policies in files that are not checked: they take no part.
    pub(crate) unchecked_policies: usize,
    /// Pods and pod templates.
    pub(crate) workloads: usize,
    /// Kinds that ztc does not know, as (kind, apiVersion), and how many of each.
    pub(crate) skipped: BTreeMap<(String, String), usize>,
}

/// What a run is to do besides.
pub(crate) struct Request {
    /// What changes the meaning of policies.
    pub(crate) options: AnalyseOptions,
    /// Pods that no file holds, each with the flag that asks for it.
    pub(crate) made_up: Vec<(&'static str, MadeUp)>,
}

impl Request {
    /// What files hold, under these options.
    pub(crate) fn of(options: AnalyseOptions) -> Self {
        let made_up = Vec::new();
        Self { options, made_up }
    }
}

/// What reading leaves for the stages after it.
struct Read {
    objects: Vec<Object>,
    refused: Vec<Refused>,
    tests: Vec<PolicyTest>,
    counts: Counts,
}

fn read(inputs: &Inputs, sink: &mut Sink) -> Read {
    let mut parsed = ztc_syntax::parse(&inputs.sources, sink);
    let mut counts = counts(inputs, &parsed);
    let tests = policy_tests::take(
        &mut parsed.objects,
        &mut parsed.refused,
        &inputs.unchecked,
        sink,
    );
    let mut objects = parsed.objects;
    objects.retain(|object| {
        policy_source(object).is_none_or(|source| {
            let ignored = inputs.unchecked.contains(&source);
            counts.policies -= usize::from(ignored);
            counts.unchecked_policies += usize::from(ignored);
            !ignored
        })
    });
    Read {
        objects,
        refused: parsed.refused,
        tests,
        counts,
    }
}

/// Reads, understands and lints the inputs.
pub(crate) fn check(mut inputs: Inputs, request: Request, levels: &Levels) -> Checked {
    let mut sink = Sink::new();
    let Read {
        mut objects,
        refused: unread,
        tests,
        mut counts,
    } = read(&inputs, &mut sink);
    let is_unchecked = |id: SourceId| inputs.unchecked.contains(&id);
    for (flag, made_up) in request.made_up {
        objects.push(made_up.object(flag, &mut inputs.sources));
    }
    let analysis = ztc_policy::analyse(&objects, &request.options, &mut sink);
    let policies = analysis.model.policies.iter();
    counts.audited = policies.filter(|policy| policy.audit).count();
    let n_refused = analysis.model.refused.len();
    counts.policies = counts.policies.saturating_sub(n_refused);
    counts.workloads = analysis.cluster.endpoints.len();
    let linted = ztc_lints::Input {
        objects: &objects,
        refused: &unread,
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
        refused: refused(unread, &analysis),
        analysis,
        tests,
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

    /// Whether leaving out the objects that are refused leaves nothing that is wrong.
    pub(crate) fn can_go_on(&self) -> bool {
        let mut errors = self.diagnostics.iter();
        self.count(Level::Error) == 0
            || !self.refused.is_empty()
                && !errors.any(|found| OF_SEVERAL.contains(&found.name) && is_error(found))
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
        self.compile_rest(options)
    }

    /// As [`Self::compile`], of what is left without the objects that are refused.
    pub(crate) fn compile_rest(
        &mut self,
        options: &LowerOptions,
    ) -> Result<Option<BundleFile>, EncodeError> {
        let mut sink = Sink::new();
        let bundle = lowered(&self.analysis, &self.sources, options, &mut sink)?;
        if bundle.is_none() {
            self.diagnostics.extend(sink.into_sorted());
            self.diagnostics.sort();
        }
        Ok(bundle)
    }
}

/// The bundle; `None` when something does not fit, which the sink then has.
fn lowered(
    analysis: &Analysis,
    sources: &Sources,
    options: &LowerOptions,
    sink: &mut Sink,
) -> Result<Option<BundleFile>, EncodeError> {
    let contents = ztc_lower::lower(analysis, sources, options, sink);
    if sink.has_errors() {
        return Ok(None);
    }
    ztc_bundle::encode_file(&contents).map(Some)
}

/// Errors that are about several objects at once, so that no one of them can be left out.
const OF_SEVERAL: [&str; 4] = [
    "duplicate-address",
    "duplicate-object",
    "over-many-networks",
    "overlapping-prefixes",
];

fn is_error(found: &Diagnostic) -> bool {
    found.level == Level::Error
}

/// What the readers and the model left out.
fn refused(parsed: Vec<Refused>, analysis: &Analysis) -> Vec<RefusedObject> {
    let unread = parsed.into_iter().map(|refused| RefusedObject {
        kind: refused.kind,
        namespace: refused.namespace,
        name: refused.name,
        span: refused.span,
    });
    let meaningless = analysis.model.refused.iter().map(|refused| {
        let (namespace, name) = match refused.name.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, refused.name.as_str()),
        };
        RefusedObject {
            kind: refused.kind.name().into(),
            namespace: namespace.map(String::from),
            name: Some(name.into()),
            span: refused.span,
        }
    });
    let mut refused: Vec<_> = unread.chain(meaningless).collect();
    refused.sort_by_key(|refused| refused.span);
    refused
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
        Object::Admin(policy) => Some(policy.meta.name.span.source),
        Object::CidrGroup(_)
        | Object::Workload(_)
        | Object::Namespace(_)
        | Object::Node(_)
        | Object::Service(_)
        | Object::EndpointSlice(_)
        | Object::Resolution(_)
        | Object::PolicyTest(_) => None,
    }
}
