//! What stands in a cell: parties, and why a side lets a connection through.
//!
//! Must not know how cells are laid out.

use ztc_reach::{Line, PartyId, PortSet, Reach, Reason, Words};

use crate::words::ReasonWords;

/// Titles of the columns.
pub(super) const COLUMNS: [&str; 5] = ["FROM", "TO", "PORTS", "EGRESS BY", "INGRESS BY"];

/// Words for cells.
pub(super) struct CellWords<'a> {
    reach: &'a Reach<'a>,
    many: Words<'a>,
    reasons: ReasonWords,
}

impl<'a> CellWords<'a> {
    pub(super) fn new(reach: &'a Reach<'a>) -> Self {
        Self {
            reach,
            many: Words::new(reach),
            reasons: ReasonWords::new(reach),
        }
    }

    /// The name of one party.
    pub(super) fn name(&self, id: PartyId) -> &str {
        self.reach.party(id).map_or("", |party| &party.name)
    }

    /// `shop/web policies/20-web.yaml:9`, or why no rule is needed.
    pub(super) fn reason(&self, reason: Reason) -> &str {
        self.reasons.of(reason)
    }

    /// How wide a cell for a reason can become.
    pub(super) fn longest_reason(&self) -> usize {
        self.reasons.longest()
    }

    /// The items of every cell of a line.
    pub(super) fn cells(&self, line: &Line) -> [Vec<String>; 5] {
        let single = match line.from.as_slice() {
            [one] => Some(*one),
            _ => None,
        };
        [
            self.many.of(&line.from, None),
            self.many.of(&line.to, single),
            ports(&line.ports),
            vec![self.reason(line.reasons.egress).into()],
            vec![self.reason(line.reasons.ingress).into()],
        ]
    }
}

/// The ranges, or those that are not in it where these are fewer.
pub(super) fn ports(ports: &PortSet) -> Vec<String> {
    let text = ports.to_string();
    text.split(", ").map(String::from).collect()
}
