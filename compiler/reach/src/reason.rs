//! Why a connection is permitted, as people ask it: by which rule, or why none is needed.
//!
//! Must not know files and lines: a rule is its number.

use ztc_abi::Verdict;
use ztc_bundle::Bundle;

use crate::{IdentityId, PortSet, Reach, Verdicts};

/// Why one side lets a connection through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// This end is no pod, so no policy applies to it.
    NoSubject,
    /// Nothing isolates this end in this direction.
    Open,
    /// A pod's own node may always reach it.
    OwnNode,
    /// The rule of this number allows it.
    Rule(u32),
}

impl Reason {
    /// The rule's number, if it is one.
    pub const fn rule(self) -> Option<u32> {
        match self {
            Self::Rule(number) => Some(number),
            _ => None,
        }
    }
}

/// Why both sides do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reasons {
    /// The end that opens the connection.
    pub egress: Reason,
    /// The other end.
    pub ingress: Reason,
}

impl Reasons {
    /// Whether a rule decides one side or the other.
    pub fn name_a_rule(self) -> bool {
        let sides = [self.egress, self.ingress];
        sides.iter().any(|side| matches!(side, Reason::Rule(_)))
    }
}

/// Which rows isolate nobody.
pub(crate) struct OpenRows {
    is_isolated: Vec<bool>,
    /// With `enable-policy=always` there is isolation without a rule that does it.
    always: bool,
}

impl OpenRows {
    pub(crate) fn new(bundle: &Bundle<'_>) -> Self {
        let mut is_isolated = vec![false; bundle.meta().n_rows as usize + 1];
        for record in bundle.isolations().iter() {
            if let Some(is_isolated) = is_isolated.get_mut(record.row as usize) {
                *is_isolated = true;
            }
        }
        let mut options = bundle.string(bundle.meta().options).split(' ');
        Self {
            is_isolated,
            always: options.any(|option| option == "enable-policy=always"),
        }
    }

    /// Whether nothing isolates the subjects of a row.
    pub(crate) fn contains(&self, row: u32) -> bool {
        let is_isolated = self.is_isolated.get(row as usize);
        row == 0 || !self.always && is_isolated == Some(&false)
    }
}

/// Why a side said so that let something through.
pub(crate) fn reason(verdict: Option<Verdict>, is_open: bool) -> Reason {
    match verdict.map(Verdict::rule) {
        None => Reason::NoSubject,
        Some(0) if is_open => Reason::Open,
        Some(0) => Reason::OwnNode,
        Some(rule) => Reason::Rule(rule),
    }
}

impl Reach<'_> {
    /// What one identity may send to another: every reason with its ports, in the order of their
    /// first ports.
    pub fn permitted(&self, from: IdentityId, to: IdentityId) -> Vec<(Reasons, PortSet)> {
        let is_open = |row: Option<u32>| self.open_rows.contains(row.unwrap_or(0));
        let opens = is_open(self.identity(from).map(|one| one.row_egress));
        let takes = is_open(self.identity(to).map(|one| one.row_ingress));
        let reasons = |verdicts: Verdicts| Reasons {
            egress: reason(verdicts.egress, opens),
            ingress: reason(verdicts.ingress, takes),
        };
        let permitted = self.between(from, to).by_reason().into_iter();
        permitted
            .map(|(verdicts, ports)| (reasons(verdicts), ports))
            .collect()
    }
}
