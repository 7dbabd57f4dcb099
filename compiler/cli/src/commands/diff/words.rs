//! Causes in words.
//!
//! Must not know the form of the answer.

use std::collections::BTreeSet;

use ztc_bundle::RuleRef;
use ztc_reach::{
    PartyId, Reach,
    diff::{Cause, Change, ChangeKind, EndId, Place},
};

use super::{
    Answer,
    labels::{self, OfEnds},
    rules::Writing,
};
use crate::output::{counted, few};

/// How many rules without effect are named.
const SHOWN: usize = 3;

/// A rule that is a cause, with what became of it.
pub(super) struct RuleCause<'a> {
    pub(super) old: Option<RuleRef<'a>>,
    pub(super) new: Option<RuleRef<'a>>,
}

/// A cause for people.
#[derive(PartialEq, Eq)]
pub(super) struct Sentence<'a> {
    /// Without its full stop.
    pub(super) text: String,
    /// What the rule says, if it is one.
    pub(super) says: Option<&'a str>,
    /// What the rule says otherwise than before, if it was changed.
    pub(super) differences: &'a [String],
    /// Whether it is about labels that no policy asks for, which explain nothing.
    is_unasked: bool,
}

/// Workloads that policies do not apply to any more.
pub(super) struct Left<'a> {
    pub(super) names: Vec<&'a str>,
    pub(super) why: &'static str,
}

/// The ports of a change.
pub(super) fn ports(change: &Change) -> String {
    let Change { before, after, .. } = change;
    match change.kind() {
        ChangeKind::Added => after.to_string(),
        ChangeKind::Removed => before.to_string(),
        ChangeKind::Changed | ChangeKind::Narrowed => format!("{after} (was {before})"),
    }
}

/// What a cause is, in one word.
pub(super) const fn kind(cause: Cause) -> &'static str {
    match cause {
        Cause::RuleAdded { .. } => "rule-added",
        Cause::RuleRemoved { .. } => "rule-removed",
        Cause::RuleChanged { .. } => "rule-changed",
        Cause::OrderChanged { .. } => "order-changed",
        Cause::EndAdded(_) => "end-added",
        Cause::EndRemoved(_) => "end-removed",
        Cause::LabelsChanged(_) => "labels-changed",
        Cause::NetworksChanged(_) => "networks-changed",
        Cause::NodesChanged(_) => "nodes-changed",
        Cause::Options => "options-changed",
        Cause::RuleApplies { .. } => "rule-applies",
        Cause::RuleNoLongerApplies { .. } => "rule-no-longer-applies",
        Cause::Surroundings => "surroundings-changed",
    }
}

/// The end that a cause is about.
pub(super) const fn place(cause: Cause) -> Option<Place> {
    match cause {
        Cause::EndAdded(place)
        | Cause::EndRemoved(place)
        | Cause::LabelsChanged(place)
        | Cause::NetworksChanged(place)
        | Cause::NodesChanged(place) => Some(place),
        _ => None,
    }
}

/// The rules of a cause.
pub(super) fn rules<'a>(answer: &Answer<'a>, cause: Cause) -> RuleCause<'a> {
    let rule = |reach: &Reach<'a>, number| reach.bundle().rule(number);
    let (old, new) = match cause {
        Cause::RuleAdded { new } | Cause::RuleApplies { new } => (None, Some(new)),
        Cause::RuleRemoved { old } | Cause::RuleNoLongerApplies { old } => (Some(old), None),
        Cause::RuleChanged { old, new } | Cause::OrderChanged { old, new } => {
            (Some(old), Some(new))
        }
        _ => (None, None),
    };
    RuleCause {
        old: old.and_then(|number| rule(answer.old, number)),
        new: new.and_then(|number| rule(answer.new, number)),
    }
}

/// The causes of a change as sentences, each once: it may be about both ends, which are the same.
pub(super) fn sentences<'a>(
    answer: &'a Answer<'a>,
    change: &Change,
    n_shown: usize,
    n_causes: usize,
) -> Vec<Sentence<'a>> {
    let mut all: Vec<Sentence<'a>> = Vec::new();
    let causes = change.causes.iter().take(n_causes);
    for cause in causes.filter(|cause| !is_said_of_more(change, **cause)) {
        let sentence = sentence(answer, change, *cause, n_shown);
        let is_needless = sentence.is_unasked && change.causes.len() > 1;
        if !is_needless && !all.contains(&sentence) {
            all.push(sentence);
        }
    }
    if let Some(more @ 1..) = change.causes.len().checked_sub(n_causes) {
        all.push(Sentence::of(format!("{more} more")));
    }
    all
}

/// Whether the same is said of the other end, and all of this one are among those.
fn is_said_of_more(change: &Change, cause: Cause) -> bool {
    let (from, to) = (&change.from, &change.to);
    let (less, more) = match place(cause) {
        Some(Place::From) => (from, to),
        Some(Place::To) => (to, from),
        None => return false,
    };
    let is_of_other = |one: &Cause| *one != cause && kind(*one) == kind(cause);
    less.len() < more.len()
        && change.causes.iter().any(is_of_other)
        && less.iter().all(|id| more.binary_search(id).is_ok())
}

/// A cause in a sentence.
pub(super) fn sentence<'a>(
    answer: &'a Answer<'a>,
    change: &Change,
    cause: Cause,
    n_shown: usize,
) -> Sentence<'a> {
    if let Some(sentence) = of_rule(answer, cause) {
        return sentence;
    }
    let ids = |place: Place| match place {
        Place::From => change.from.as_slice(),
        Place::To => change.to.as_slice(),
    };
    let names = |place: Place| answer.names.short(ids(place), n_shown);
    Sentence::of(match cause {
        Cause::EndAdded(place) => came(answer, ids(place), n_shown),
        Cause::EndRemoved(place) => went(answer, ids(place), n_shown),
        Cause::LabelsChanged(place) => match labels::of_ends(answer, ids(place)) {
            OfEnds::Words(changes) => {
                format!("what policies see of {} changed: {changes}", names(place))
            }
            OfEnds::Unasked => {
                let text = format!("labels of {} that no policy asks for", names(place));
                return Sentence {
                    is_unasked: true,
                    ..Sentence::of(text)
                };
            }
            OfEnds::Unknown => {
                let names = names(place);
                format!("other labels or named ports of {names}, or other labels of a namespace")
            }
        },
        Cause::NetworksChanged(place) => {
            let names = names(place);
            format!("the address of {names} is in other networks that policies name")
        }
        Cause::NodesChanged(place) => {
            let names = names(place);
            format!("other labels of {names}, or policies name others of them")
        }
        Cause::Options => "the options differ".into(),
        _ => "something that is in neither side's rules, such as what an address belongs to".into(),
    })
}

impl Sentence<'_> {
    fn of(text: String) -> Self {
        Self {
            text,
            says: None,
            differences: &[],
            is_unasked: false,
        }
    }
}

/// What became of a rule; `None` for causes that are none.
pub(super) fn of_rule<'a>(answer: &'a Answer<'a>, cause: Cause) -> Option<Sentence<'a>> {
    let RuleCause { old, new } = rules(answer, cause);
    let difference = answer.differences.of(cause);
    let of = |rule: &RuleRef<'_>| format!("{} {}, {}", rule.kind, rule.policy(), rule.path);
    let at = |rule: &RuleRef<'_>| format!("{}:{}:{}", rule.file, rule.line, rule.column);
    let text = match (cause, old, new) {
        (Cause::RuleApplies { .. }, _, Some(rule)) => {
            let (of, at) = (of(&rule), at(&rule));
            format!("{of} did not change and holds of them now, {at}")
        }
        (Cause::RuleNoLongerApplies { .. }, Some(rule), _) => {
            let (of, at) = (of(&rule), at(&rule));
            format!("{of} did not change and no longer holds of them, {at}")
        }
        (Cause::OrderChanged { .. }, Some(old), Some(new)) => {
            let (first, second) = (of(&new), of(&old));
            let (at, before) = (at(&new), at(&old));
            format!("{first} at {at} is asked before what was {second} at {before}")
        }
        (_, Some(old), Some(new)) => {
            let (of, at, before) = (of(&new), at(&new), at(&old));
            match difference
                .map(|difference| difference.writing)
                .unwrap_or_default()
            {
                Writing::Other => format!("{of} was changed at {at} (before: {before})"),
                Writing::OtherOptions => return Some(Sentence::of("the options differ".into())),
                Writing::OtherReferences if answer.diff.options.is_some() => format!(
                    "what {of} refers to changed, or what the options make of it, and not what it \
                     says, {at}"
                ),
                Writing::OtherReferences => {
                    format!("what {of} refers to changed, and not what it says, {at}")
                }
            }
        }
        (_, Some(old), None) => format!("{} was removed, before at {}", of(&old), at(&old)),
        (_, None, new) => {
            let new = new?;
            format!("{} was added at {}", of(&new), at(&new))
        }
    };
    Some(Sentence {
        text,
        says: new.or(old).map(|rule| rule.summary),
        differences: difference.map_or(&[], |difference| &difference.words),
        is_unasked: false,
    })
}

/// Rules that differ and change nothing between those that are known: a sentence about those that
/// ask something else of whoever enforces what ztc does not, and one about the others.
pub(super) fn without_effect(answer: &Answer<'_>) -> Vec<String> {
    let is_unmet = |cause: &Cause| {
        let difference = answer.differences.of(*cause);
        difference.is_some_and(|difference| difference.is_unmet)
    };
    // That options differ is said anyway.
    let is_of_options = |cause: &Cause| {
        let difference = answer.differences.of(*cause);
        difference.is_some_and(|difference| difference.writing == Writing::OtherOptions)
    };
    let causes = answer.diff.without_effect.iter().copied();
    let causes = causes.filter(|cause| !is_of_options(cause));
    let (unmet, others): (Vec<Cause>, Vec<Cause>) = causes.partition(is_unmet);
    let sentence = |causes: Vec<Cause>, [one, many]: [&str; 2], what: &str| {
        let texts = causes.iter().filter_map(|cause| of_rule(answer, *cause));
        let texts: Vec<String> = texts.take(SHOWN).map(with_differences).collect();
        let more = match causes.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let rules = counted(causes.len(), one, many);
        (!causes.is_empty()).then(|| format!("{rules}{what}: {}{more}", texts.join("; ")))
    };
    let of_unmet = sentence(
        unmet,
        ["rule asks", "rules ask"],
        " something else of requests or names, which is not compared, so it may open something",
    );
    let of_others = sentence(
        others,
        ["rule differs", "rules differ"],
        ", and no workload that is known is affected (pods to come may be: `ztc reach --exposure`)",
    );
    of_unmet.into_iter().chain(of_others).collect()
}

/// A rule in one piece of text.
fn with_differences(sentence: Sentence<'_>) -> String {
    let Sentence {
        text, differences, ..
    } = sentence;
    match differences {
        [] => text,
        all => format!("{text}, different: {}", all.join(", ")),
    }
}

/// Ends that are new, or were on their node's network.
fn came(answer: &Answer<'_>, ids: &[EndId], n_shown: usize) -> String {
    let party = |id: &EndId| answer.diff.end(*id).and_then(|end| end.new);
    let was_on_node = |id: &EndId| is_of(answer.new, party(id), &answer.diff.taken_from_nodes);
    let (moved, new): (Vec<EndId>, Vec<EndId>) = ids.iter().partition(|id| was_on_node(id));
    let were_on_nodes = [
        "is no longer on its node's network, and policies apply to it now",
        "are no longer on their node's network, and policies apply to them now",
    ];
    let parts = [(new, ["is new", "are new"]), (moved, were_on_nodes)];
    about(answer, parts, n_shown)
}

/// Ends that are gone, or are on their node's network now.
fn went(answer: &Answer<'_>, ids: &[EndId], n_shown: usize) -> String {
    let party = |id: &EndId| answer.diff.end(*id).and_then(|end| end.old);
    let is_on_node = |id: &EndId| is_of(answer.old, party(id), &answer.diff.left_to_nodes);
    let (moved, gone): (Vec<EndId>, Vec<EndId>) = ids.iter().partition(|id| is_on_node(id));
    let are_on_nodes = [
        "is on its node's network now, where no policy applies to it",
        "are on their node's network now, where no policy applies to them",
    ];
    let are_gone = ["is no longer there", "are no longer there"];
    about(answer, [(gone, are_gone), (moved, are_on_nodes)], n_shown)
}

/// Whether a party is of one of these workloads, which are sorted.
fn is_of(reach: &Reach<'_>, party: Option<PartyId>, workloads: &[String]) -> bool {
    let party = party.and_then(|id| reach.party(id));
    party.is_some_and(|party| workloads.binary_search(&party.workload).is_ok())
}

/// What is so of some ends, and what of others.
fn about(answer: &Answer<'_>, parts: [(Vec<EndId>, [&str; 2]); 2], n_shown: usize) -> String {
    let parts = parts.into_iter().filter(|(ids, _)| !ids.is_empty());
    let parts = parts.map(|(ids, [one, many])| {
        let names = answer.names.short(&ids, n_shown);
        format!("{names} {}", if ids.len() == 1 { one } else { many })
    });
    parts.collect::<Vec<String>>().join("; ")
}

/// Workloads that are on their node's network and were not: those that were there, then new ones.
pub(super) fn left_to_nodes<'a>(answer: &Answer<'a>) -> Vec<Left<'a>> {
    let parties = answer.old.numbered();
    let known: BTreeSet<&str> = parties.map(|(_, party)| &*party.workload).collect();
    let names = answer.diff.left_to_nodes.iter().map(String::as_str);
    let (moved, new): (Vec<&str>, Vec<&str>) = names.partition(|name| known.contains(name));
    let left = |names: Vec<&'a str>, [one, many]: [&'static str; 2]| {
        let why = if names.len() == 1 { one } else { many };
        (!names.is_empty()).then_some(Left { names, why })
    };
    let have_moved = [
        "it is on its node's network now, where no policy applies to it",
        "they are on their node's network now, where no policy applies to them",
    ];
    let are_new = [
        "it is new and on its node's network, where no policy applies to it",
        "they are new and on their node's network, where no policy applies to them",
    ];
    let both = [left(moved, have_moved), left(new, are_new)];
    both.into_iter().flatten().collect()
}

impl Left<'_> {
    /// The first few of their names.
    pub(super) fn short(&self, n_shown: usize) -> String {
        few(&self.names, n_shown)
    }
}
