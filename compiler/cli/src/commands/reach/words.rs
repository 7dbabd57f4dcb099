//! What stands in a cell: parties, and why a side lets a connection through.
//!
//! Must not know how cells are laid out.

use ztc_reach::{Line, PartyId, PortSet, Reach, Reason, Words};

/// Titles of the columns.
pub(super) const COLUMNS: [&str; 5] = ["FROM", "TO", "PORTS", "EGRESS BY", "INGRESS BY"];

/// Words for cells.
pub(super) struct CellWords<'a> {
    reach: &'a Reach<'a>,
    many: Words<'a>,
    /// What is written for each rule, by its number less one.
    rules: Vec<String>,
}

impl<'a> CellWords<'a> {
    pub(super) fn new(reach: &'a Reach<'a>) -> Self {
        let bundle = reach.bundle();
        let numbers = (1u32..).take(bundle.rules().len());
        let rules = numbers.map(|number| {
            let rule = bundle.rule(number);
            rule.map_or_else(String::new, |rule| {
                format!("{} {}:{}", rule.policy(), rule.file, rule.line)
            })
        });
        Self {
            reach,
            many: Words::new(reach),
            rules: rules.collect(),
        }
    }

    /// The name of one party.
    pub(super) fn name(&self, id: PartyId) -> &str {
        self.reach.party(id).map_or("", |party| &party.name)
    }

    /// `shop/web policies/20-web.yaml:9`, or why no rule is needed.
    pub(super) fn reason(&self, reason: Reason) -> &str {
        match reason {
            Reason::NoSubject => "-",
            Reason::Open => "open",
            Reason::OwnNode => "own node",
            Reason::Rule(number) => {
                let place = (number as usize).checked_sub(1);
                let text = place.and_then(|place| self.rules.get(place));
                text.map_or("", String::as_str)
            }
        }
    }

    /// How wide a cell for a reason can become.
    pub(super) fn longest_reason(&self) -> usize {
        let rules = self.rules.iter().map(|text| text.chars().count());
        rules.max().unwrap_or(0).max("own node".len())
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
fn ports(ports: &PortSet) -> Vec<String> {
    let left_out = PortSet::everything().minus(ports);
    let (n, n_left_out) = (ports.ranges().len(), left_out.ranges().len());
    let text = match n_left_out {
        0 => "everything".into(),
        _ if n_left_out < n => format!("everything but {left_out}"),
        _ => ports.to_string(),
    };
    text.split(", ").map(String::from).collect()
}
