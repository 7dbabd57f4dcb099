//! Which labels and named ports of workloads changed, where both sides are manifests.
//!
//! Must not know which connections it changes.

use std::collections::{BTreeMap, BTreeSet};

use ztc_diag::Span;
use ztc_identity::{Selector, labels::NAMESPACE_LABELS};
use ztc_policy::cluster::Endpoint;
use ztc_reach::{
    PartyId, Reach,
    diff::{End, EndId},
};

use super::{Answer, side::Side};
use crate::{output::few, pipeline::Checked};

/// How many changes are named.
const SHOWN: usize = 3;
/// How many workloads are looked at for changes that are not those of the first.
const MOST: usize = 16;

/// What changed about some ends.
pub(super) enum OfEnds {
    /// As far as that is known.
    Words(String),
    /// Only what no policy of either side asks for.
    Unasked,
    /// A bundle does not say.
    Unknown,
}

/// The keys of labels that the policies of some side ask for.
pub(super) fn asked(sides: [&Side; 2]) -> BTreeSet<String> {
    let checked = sides.into_iter().filter_map(Side::checked);
    let selectors = checked.flat_map(|checked| &checked.analysis.model.selectors);
    let requirements = selectors.flat_map(Selector::requirements);
    requirements.map(|one| one.key.clone()).collect()
}

/// What changed about some ends.
pub(super) fn of_ends(answer: &Answer<'_>, ids: &[EndId]) -> OfEnds {
    let mut found: BTreeMap<Vec<String>, (&str, String)> = BTreeMap::new();
    let mut is_of_all = ids.len() <= MOST;
    let mut n_same = 0;
    for end in answer.names.ends(ids).take(MOST) {
        match of_end(answer, end) {
            Some(Some((changes, places))) => {
                found.entry(changes).or_insert((&end.name, places));
            }
            Some(None) => n_same += 1,
            None => is_of_all = false,
        }
    }
    if found.is_empty() && is_of_all && n_same == ids.len() {
        return OfEnds::Unasked;
    }
    is_of_all &= n_same == 0;
    is_of_all &= found.len() == 1;
    let words = found.iter().map(|(changes, (name, places))| {
        let changes = few(changes, SHOWN);
        if is_of_all {
            format!("{changes}{places}")
        } else {
            format!("of {name} {changes}{places}")
        }
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        return OfEnds::Unknown;
    }
    OfEnds::Words(few(&words, SHOWN))
}

/// Changes in words, and where they are written.
type Changes = (Vec<String>, String);

/// The changes of a workload's pods; `None` where they are not known.
fn of_end(answer: &Answer<'_>, end: &End) -> Option<Option<Changes>> {
    let [old, new] = answer.sides;
    let (before, after) = (old.checked()?, new.checked()?);
    let were = pods(answer.old, end.old?, before);
    let are = pods(answer.new, end.new?, after);
    let by_name: BTreeMap<&str, &Endpoint> =
        were.iter().map(|pod| (pod.name.as_str(), *pod)).collect();
    let same = are
        .iter()
        .filter_map(|pod| Some((*by_name.get(pod.name.as_str())?, *pod)));
    // Pods that something makes have other names each time.
    let first = were.first().copied().zip(are.first().copied());
    let mut pairs = same.chain(first).peekable();
    pairs.peek()?;
    Some(pairs.find_map(|(was, is)| {
        let (old, new) = (facts(answer, before, was), facts(answer, after, is));
        changes(&old, &new).map(|changes| (changes, places(after, is, &old, &new)))
    }))
}

fn pods<'c>(reach: &Reach<'_>, id: PartyId, checked: &'c Checked) -> Vec<&'c Endpoint> {
    let endpoints = &checked.analysis.cluster.endpoints;
    let pods = reach.party(id).into_iter().flat_map(|party| &party.pods);
    pods.filter_map(|pod| endpoints.get(*pod as usize))
        .collect()
}

/// Where a fact about a pod is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Pod,
    Port,
    Namespace,
}

/// What policies see of a pod, by what it is about and its key.
type Facts = BTreeMap<(Of, String), String>;

/// What policies ask for of a pod.
fn facts(answer: &Answer<'_>, checked: &Checked, pod: &Endpoint) -> Facts {
    let cluster = &checked.analysis.cluster;
    let labels = cluster.label_sets.get(pod.label_set as usize);
    let labels = labels.into_iter().flat_map(|set| set.iter());
    let labels = labels.filter(|label| answer.asked.contains(&label.key));
    let labels = labels.map(|label| {
        let of_namespace = label.key.strip_prefix(NAMESPACE_LABELS);
        let key = match of_namespace {
            Some(key) => (Of::Namespace, key.to_owned()),
            None => (Of::Pod, label.key.clone()),
        };
        (key, label.value.clone())
    });
    let ports = pod.ports.iter().map(|(named, number)| {
        let key = (Of::Port, named.name.clone());
        (key, format!("{number}/{}", named.protocol.name()))
    });
    labels.chain(ports).collect()
}

/// What changed, in words; `None` for nothing.
fn changes(old: &Facts, new: &Facts) -> Option<Vec<String>> {
    let keys: BTreeSet<&(Of, String)> = old.keys().chain(new.keys()).collect();
    let changes = keys.into_iter().filter_map(|key| {
        let what = match key.0 {
            Of::Pod => "",
            Of::Port => "named port ",
            Of::Namespace => "label of the namespace ",
        };
        let name = &key.1;
        match (old.get(key), new.get(key)) {
            (Some(old), Some(new)) if old == new => None,
            (Some(old), Some(new)) => Some(format!("{what}`{name}: {old}` -> `{new}`")),
            (Some(old), None) => Some(format!("{what}`{name}: {old}` removed")),
            (None, new) => new.map(|new| format!("{what}`{name}: {new}` added")),
        }
    });
    let changes: Vec<String> = changes.collect();
    (!changes.is_empty()).then_some(changes)
}

/// ` at FILE:LINE`, for each kind of thing that changed.
fn places(checked: &Checked, pod: &Endpoint, old: &Facts, new: &Facts) -> String {
    let differs = |of: Of| {
        let side = |facts: &Facts| -> Vec<(String, String)> {
            let facts = facts.iter().filter(|((one, _), _)| *one == of);
            facts
                .map(|((_, key), value)| (key.clone(), value.clone()))
                .collect()
        };
        side(old) != side(new)
    };
    let of_namespace = || {
        let namespace = checked.analysis.cluster.namespace(&pod.namespace);
        namespace.and_then(|namespace| namespace.span)
    };
    let spans = [
        differs(Of::Pod).then_some(pod.labels_span),
        differs(Of::Port).then_some(pod.span),
        differs(Of::Namespace).then(of_namespace).flatten(),
    ];
    let place = |span: Span| {
        let source = checked.sources.get(span.source)?;
        let line = checked.sources.start(span).line;
        Some(format!("{}:{line}", source.stored_name))
    };
    let mut places: Vec<String> = spans.into_iter().flatten().filter_map(place).collect();
    places.dedup();
    if places.is_empty() {
        return String::new();
    }
    format!(" at {}", places.join(", "))
}
