//! Parts that several answers have in their JSON: ranges of ports, why a side lets them through.
//!
//! Must not know which command answers.

use serde::Serialize;
use ztc_bundle::{
    Bundle,
    flow::{Role, Rule},
};
use ztc_reach::{PortSet, Reason};

/// Ports of one protocol.
#[derive(Serialize)]
pub(crate) struct Range {
    protocol: &'static str,
    first: u16,
    last: u16,
}

/// The ranges of a set of ports.
pub(crate) fn ranges(ports: &PortSet) -> Vec<Range> {
    let ranges = ports.ranges().iter();
    ranges
        .map(|range| Range {
            protocol: range.protocol().name(),
            first: range.first,
            last: range.last,
        })
        .collect()
}

/// Why one side lets a connection through, with the rule if one does.
#[derive(Serialize)]
pub(crate) struct Side<'a> {
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule<'a>>,
}

impl<'a> Side<'a> {
    /// Of a reason that a bundle gave.
    pub(crate) fn new(bundle: &Bundle<'a>, reason: Reason) -> Self {
        let rule = reason.rule().and_then(|number| bundle.rule(number));
        Self {
            by: word(reason),
            rule: rule.map(|rule| Rule::new(Role::Decided, &rule)),
        }
    }
}

/// A reason in a word.
pub(crate) fn word(reason: Reason) -> &'static str {
    match reason {
        Reason::NoSubject => "no-subject",
        Reason::Open => "open",
        Reason::OwnNode => "own-node",
        Reason::Rule(_) => "rule",
    }
}
