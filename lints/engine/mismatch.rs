//! Why a selector matches nothing: the requirement to blame, and what may have been meant.
//!
//! Leaves out one requirement at a time: the one without which something matches is to blame.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;
use ztc_diag::Span;
use ztc_identity::{
    LabelFilter, Operator, Requirement, Selector,
    labels::{ANY, CLUSTER, K8S, NAMESPACE, NAMESPACE_LABELS, RESERVED},
};
use ztc_syntax::Entity;

use super::{
    Context,
    inventory::Inventory,
    suggest::{Likeness, shown_key, suggest},
    words::{count, names},
};

/// Why a selector matches nothing.
#[derive(Default)]
pub(crate) struct Mismatch<'a> {
    /// The requirement to blame, if one alone is.
    guilty: Option<&'a Requirement>,
    /// Whether it is the value that does not exist, under a key that does.
    has_key: bool,
    /// What is to be seen at the requirement, or at the selector.
    pub(crate) text: String,
    /// Reasons.
    pub(crate) notes: Vec<String>,
    /// What may have been meant.
    pub(crate) help: Vec<String>,
    /// The namespace in which it would match, and how much; of several the one with the most.
    pub(crate) elsewhere: Option<(String, usize)>,
}

impl Mismatch<'_> {
    /// Of a peer that is no selector: a fact and some advice.
    pub(crate) fn plain(text: &str, help: &str) -> Self {
        Self {
            text: text.into(),
            help: vec![help.into()],
            ..Self::default()
        }
    }

    /// The guilty node: a value, a key, a requirement, or the whole selector.
    pub(crate) fn node(&self, context: &Context<'_>, selector: Span) -> Span {
        let requirement = self
            .guilty
            .and_then(|r| context.written().requirement(selector, r));
        let Some(written) = requirement else {
            return selector;
        };
        match written.values.as_slice() {
            [value] if self.has_key => value.span,
            [_] | [] if !self.has_key => written.key.span,
            _ => written.span,
        }
    }
}

/// Finds out why nothing in the inventory matches a selector.
pub(crate) fn explain<'a>(selector: &'a Selector, context: &Context<'_>) -> Mismatch<'a> {
    let all: Vec<&Requirement> = selector.requirements().iter().collect();
    let inventory = context.inventory();
    if let Some(reserved) = all
        .iter()
        .find(|requirement| requirement.source == RESERVED)
    {
        return unknown_reserved(reserved);
    }
    let filter = &context.analysis.options.labels;
    if let Some(left_out) = all
        .iter()
        .find(|requirement| is_left_out(requirement, filter))
    {
        return not_in_identities(left_out);
    }
    if inventory.is_on_host(&all) {
        return on_host();
    }
    let without = |one: &Requirement| -> Vec<&Requirement> {
        all.iter().copied().filter(|other| *other != one).collect()
    };
    let suspects: Vec<&Requirement> = all
        .iter()
        .copied()
        .filter(|one| inventory.matching(&without(one)).next().is_some())
        .collect();
    let is_place = |one: &&Requirement| one.key == NAMESPACE || one.key == CLUSTER;
    let (places, own): (Vec<_>, Vec<_>) = suspects.into_iter().partition(is_place);
    let mut mismatch = match (own.as_slice(), places.as_slice()) {
        ([one], _) => blame(one, &without(one), inventory),
        ([], [place, ..]) => blame(place, &without(place), inventory),
        ([], []) => several_faults(&all, inventory),
        (several, _) => likeliest(several, &without, inventory),
    };
    // Where a namespace is corrected, that is the one in which it would match.
    let is_corrected =
        mismatch.guilty.is_some_and(|one| one.key == NAMESPACE) && !mismatch.help.is_empty();
    let place = places
        .iter()
        .find(|place| place.key == NAMESPACE && !is_corrected);
    if let Some(place) = place {
        mismatch.elsewhere = elsewhere(&without(place), inventory);
    }
    mismatch
}

/// One requirement is to blame: nothing that meets the others meets it.
fn blame<'a>(
    guilty: &'a Requirement,
    others: &[&Requirement],
    inventory: &Inventory<'_>,
) -> Mismatch<'a> {
    let labels = inventory.labels(others);
    let values = labels.get(guilty.key.as_str());
    let suggestions = suggest(guilty, &labels);
    let mut notes = Vec::new();
    if let (true, Operator::In, Some(values)) = (suggestions.is_empty(), guilty.operator, values) {
        let key = shown_key(&guilty.key);
        if guilty.key != NAMESPACE {
            notes.push(format!(
                "the values of `{key}` there: {}",
                names(values.keys().copied())
            ));
        }
    }
    Mismatch {
        guilty: Some(guilty),
        has_key: values.is_some() && guilty.operator == Operator::In,
        text: lacks(guilty, others, values.is_some()),
        notes,
        help: suggestions
            .iter()
            .map(super::suggest::Suggestion::text)
            .collect(),
        elsewhere: None,
    }
}

/// Leaving out any of several would do: the one that looks most like a slip is to blame.
fn likeliest<'a, 'b>(
    several: &[&'a Requirement],
    others: &dyn Fn(&Requirement) -> Vec<&'b Requirement>,
    inventory: &Inventory<'_>,
) -> Mismatch<'a> {
    let slips = several.iter().filter(|one| {
        let suggestions = suggest(one, &inventory.labels(&others(one)));
        suggestions
            .first()
            .is_some_and(|first| first.likeness == Likeness::Close)
    });
    if let [slip] = slips.collect::<Vec<_>>().as_slice() {
        return blame(slip, &others(slip), inventory);
    }
    let notes = several.iter().map(|one| {
        let n = inventory.matching(&others(one)).map(|(_, n)| n).sum();
        let n = count(n, "workload");
        format!("without `{}` it would match {n}", shown(one))
    });
    Mismatch {
        text: "no workload has all of this".into(),
        notes: notes.collect(),
        ..Mismatch::default()
    }
}

/// More than one requirement is wrong: each that nothing meets gets its own advice.
fn several_faults<'a>(all: &[&'a Requirement], inventory: &Inventory<'_>) -> Mismatch<'a> {
    let place: Vec<&Requirement> = all
        .iter()
        .copied()
        .filter(|one| one.key == NAMESPACE && inventory.matching(&[*one]).next().is_some())
        .collect();
    let labels = inventory.labels(&place);
    let unmet = |one: &&&Requirement| {
        let alone: Vec<&Requirement> = place.iter().copied().chain([**one]).collect();
        inventory.matching(&alone).next().is_none()
    };
    let faults: Vec<&Requirement> = all.iter().filter(unmet).copied().collect();
    let suggestions = faults
        .iter()
        .flat_map(|one| suggest(one, &labels).into_iter().take(1));
    let help = suggestions.map(|suggestion| suggestion.text()).collect();
    let texts: Vec<String> = faults.iter().map(|one| shown(one)).collect();
    let text = match texts.as_slice() {
        [] => "no workload has all of this".into(),
        _ => format!(
            "no workload has any of {}",
            names(texts.iter().map(String::as_str))
        ),
    };
    Mismatch {
        text,
        help,
        ..Mismatch::default()
    }
}

/// The namespace in which most workloads meet the other requirements, and how many.
fn elsewhere(others: &[&Requirement], inventory: &Inventory<'_>) -> Option<(String, usize)> {
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for (set, n) in inventory.matching(others) {
        *counts.entry(set.value(K8S, NAMESPACE)?).or_default() += n;
    }
    // Of several with as many the first by name, whatever the order of the map.
    let most = counts
        .into_iter()
        .max_by_key(|(name, n)| (*n, Reverse(*name)))?;
    Some((most.0.into(), most.1))
}

fn unknown_reserved(guilty: &Requirement) -> Mismatch<'_> {
    // Every entity but those that stand for several peers is a reserved label of the same name.
    let is_union = |entity: &Entity| matches!(entity, Entity::All | Entity::Cluster | Entity::None);
    let known = Entity::ALL
        .into_iter()
        .filter(|entity| !is_union(entity))
        .map(Entity::name);
    let near = known
        .map(|name| (strsim::osa_distance(name, &guilty.key), name))
        .min();
    let near = near.filter(|(distance, _)| *distance > 0 && *distance <= guilty.key.len() / 3);
    Mismatch {
        guilty: Some(guilty),
        text: "no pod and no reserved peer has such labels".into(),
        help: near
            .iter()
            .map(|(_, name)| format!("did you mean `reserved:{name}`?"))
            .collect(),
        ..Mismatch::default()
    }
}

/// Whether Cilium's label filter drops the label before any selector sees it.
fn is_left_out(requirement: &Requirement, filter: &LabelFilter) -> bool {
    matches!(requirement.operator, Operator::In | Operator::Exists)
        && (requirement.source == ANY || requirement.source == K8S)
        && !filter.keeps(K8S, &requirement.key)
}

fn not_in_identities(guilty: &Requirement) -> Mismatch<'_> {
    let key = shown_key(&guilty.key);
    Mismatch {
        guilty: Some(guilty),
        text: format!("`{key}` is not part of any identity"),
        notes: vec![format!(
            "the agents' label filter leaves `{key}` out of identities, so no selector ever sees \
             it, whatever the pods have (SEMANTICS.md S19)"
        )],
        help: vec!["select by a label that the application itself carries".into()],
        ..Mismatch::default()
    }
}

fn on_host<'a>() -> Mismatch<'a> {
    Mismatch {
        text: "only pods with `hostNetwork` have these labels".into(),
        notes: vec![
            "a pod that shares its node's network has the node's identity, so no policy is about it"
                .into(),
        ],
        help: vec!["as a peer, name it by the entities `host` and `remote-node`".into()],
        ..Mismatch::default()
    }
}

/// What no workload has, said so that it is true.
fn lacks(guilty: &Requirement, others: &[&Requirement], has_key: bool) -> String {
    let namespace = others.iter().find_map(|one| match one.values.as_slice() {
        [name] if one.key == NAMESPACE && one.operator == Operator::In => Some(name),
        _ => None,
    });
    let place = namespace
        .map(|name| format!(" in namespace `{name}`"))
        .unwrap_or_default();
    let is_implied = |one: &&&Requirement| one.key == NAMESPACE || one.key == CLUSTER;
    let rest = if others.iter().all(|one| is_implied(&one)) {
        ""
    } else {
        " that meets the rest"
    };
    let key = shown_key(&guilty.key);
    let of = if guilty.key.starts_with(NAMESPACE_LABELS) {
        "namespace label"
    } else {
        "label"
    };
    match guilty.operator {
        Operator::In if guilty.key == NAMESPACE => {
            format!("no such workload in namespace {}", names(values(guilty)))
        }
        Operator::In if has_key => format!("no workload{place}{rest} has `{}`", shown(guilty)),
        Operator::In | Operator::Exists => {
            format!("no workload{place}{rest} has a {of} `{key}`")
        }
        Operator::NotIn => {
            let values = names(values(guilty));
            format!("of every workload{place}{rest}, `{key}` is one of {values}")
        }
        Operator::DoesNotExist => format!("every workload{place}{rest} has a {of} `{key}`"),
    }
}

fn values(requirement: &Requirement) -> impl Iterator<Item = &str> {
    requirement.values.iter().map(String::as_str)
}

/// A requirement as people write it.
fn shown(requirement: &Requirement) -> String {
    let source = match requirement.source.as_str() {
        ANY | K8S => String::new(),
        other => format!("{other}:"),
    };
    let key = match requirement.key.as_str() {
        NAMESPACE => "namespace",
        key => shown_key(key),
    };
    let values = requirement.values.join(", ");
    match (requirement.operator, requirement.values.len()) {
        (Operator::In, 1) => format!("{source}{key}: {values}"),
        (Operator::In, _) => format!("{source}{key} in ({values})"),
        (Operator::NotIn, _) => format!("{source}{key} not in ({values})"),
        (Operator::Exists, _) => format!("{source}{key}"),
        (Operator::DoesNotExist, _) => format!("no {source}{key}"),
    }
}
