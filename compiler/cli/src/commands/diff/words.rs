//! Causes and ports in words.
//!
//! Must not know the form of the answer.

use ztc_bundle::RuleRef;
use ztc_reach::{
    PortSet, Reach,
    diff::{Cause, Change, Place},
};

use super::Answer;

/// A rule that is a cause, with what became of it.
pub(super) struct RuleCause<'a> {
    pub(super) old: Option<RuleRef<'a>>,
    pub(super) new: Option<RuleRef<'a>>,
}

/// What a cause is, in one word.
pub(super) const fn kind(cause: Cause) -> &'static str {
    match cause {
        Cause::RuleAdded { .. } => "rule-added",
        Cause::RuleRemoved { .. } => "rule-removed",
        Cause::RuleChanged { .. } => "rule-changed",
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
        Cause::RuleChanged { old, new } => (Some(old), Some(new)),
        _ => (None, None),
    };
    RuleCause {
        old: old.and_then(|number| rule(answer.old, number)),
        new: new.and_then(|number| rule(answer.new, number)),
    }
}

/// A cause in a sentence without its full stop, and what the rule says, if it is one.
pub(super) fn sentence<'a>(
    answer: &Answer<'a>,
    change: &Change,
    cause: Cause,
    n_shown: usize,
) -> (String, Option<&'a str>) {
    let RuleCause { old, new } = rules(answer, cause);
    let of = |rule: &RuleRef<'_>| format!("{} {}, {}", rule.kind, rule.policy(), rule.path);
    let at = |rule: &RuleRef<'_>| format!("{}:{}:{}", rule.file, rule.line, rule.column);
    let ends = |place: Place| {
        let ids = match place {
            Place::From => &change.from,
            Place::To => &change.to,
        };
        (answer.names.short(ids, n_shown), ids.len() > 1)
    };
    let about = |place: Place, one: &str, many: &str| {
        let (names, are_many) = ends(place);
        format!("{names} {}", if are_many { many } else { one })
    };
    let text = match (cause, old, new) {
        (Cause::RuleApplies { .. }, _, Some(rule)) => {
            format!(
                "{} did not change and holds of them now, {}",
                of(&rule),
                at(&rule)
            )
        }
        (Cause::RuleNoLongerApplies { .. }, Some(rule), _) => {
            format!(
                "{} did not change and no longer holds of them, {}",
                of(&rule),
                at(&rule)
            )
        }
        (_, Some(old), Some(new)) => {
            format!(
                "{} was changed at {} (before: {})",
                of(&new),
                at(&new),
                at(&old)
            )
        }
        (_, Some(old), None) => format!("{} was removed, before at {}", of(&old), at(&old)),
        (_, None, Some(new)) => format!("{} was added at {}", of(&new), at(&new)),
        (Cause::EndAdded(place), ..) => about(place, "is new", "are new"),
        (Cause::EndRemoved(place), ..) => about(place, "is no longer there", "are no longer there"),
        (Cause::LabelsChanged(place), ..) => {
            let (names, _) = ends(place);
            format!("other labels or named ports of {names}, or other labels of a namespace")
        }
        (Cause::NetworksChanged(place), ..) => {
            let (names, _) = ends(place);
            format!("the address of {names} is in other networks that policies name")
        }
        (Cause::NodesChanged(place), ..) => {
            let (names, _) = ends(place);
            format!("other labels of {names}, or policies name others of them")
        }
        (Cause::Options, ..) => "the options differ".into(),
        _ => "something that is in neither side's rules, such as what an address belongs to".into(),
    };
    (text, new.or(old).map(|rule| rule.summary))
}

/// Ports, the short way: `everything but 22/TCP` where that is what they are.
pub(super) fn ports(ports: &PortSet) -> String {
    let missing = PortSet::everything().minus(ports);
    let is_shorter = missing.ranges().len() < ports.ranges().len();
    if is_shorter && !missing.is_empty() {
        format!("everything but {missing}")
    } else {
        ports.to_string()
    }
}
