//! What changed a verdict: the rules first, then what they select, then the options.
//!
//! Must not know which connections differ.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use ztc_abi::{Action, Direction, Peer, Verdict};
use ztc_bundle::RuleRecord;

use crate::{Party, PartyKind, Reach, Verdicts};

use super::{
    cause::{Cause, Place},
    ends::End,
    options,
    rules::{Fate, Rules},
    workloads::facts,
};

/// The tier in which a deny is asked first, wherever it stands.
const NORMAL: u32 = 1;
/// The tier that is asked last, and only where nothing isolates.
const BASELINE: u32 = 2;

/// What changed about an end besides rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Changed {
    Labels,
    Networks,
    /// It may have, as it is a node: a bundle does not know the labels of nodes.
    PerhapsNodes,
}

/// The rows of two ends in one bundle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct RowPair {
    /// Of egress of the end that opens.
    pub(super) egress: u32,
    /// Of ingress of the other.
    pub(super) ingress: u32,
}

/// What one bundle says of an access of two ends; `None` when it does not know one of them.
pub(super) type Judged = Option<(Verdicts, RowPair)>;

/// The rules that explain a difference, and what to say if there are none.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Found {
    rules: BTreeSet<Cause>,
    /// Rules that did not change, and decide because something else did.
    unchanged: BTreeSet<Cause>,
    /// Whether some part of the difference is not explained by rules, or not by them alone.
    is_open: bool,
}

impl Found {
    /// Adds a rule that both bundles have, and that only one of them asks about these ends.
    fn add_unchanged(&mut self, is_new: bool, rule: u32) -> bool {
        let cause = if is_new {
            Cause::RuleApplies { new: rule }
        } else {
            Cause::RuleNoLongerApplies { old: rule }
        };
        rule != 0 && self.unchanged.insert(cause)
    }
}

/// What is known of two bundles besides connections.
pub(super) struct Attribution<'r, 'a> {
    old: &'r Reach<'a>,
    new: &'r Reach<'a>,
    rules: Rules,
    has_other_options: bool,
    /// Rules that pass and that only one of the bundles has, with when they are asked.
    passing: Vec<(Cause, Direction, (u32, u32))>,
    /// For each row of the old and of the new bundle what isolates its subjects.
    isolating: [FxHashMap<u32, Isolating>; 2],
}

/// The rules that isolate the subjects of a row.
#[derive(Clone, Default)]
struct Isolating {
    /// Those that only one of the bundles has.
    causes: Vec<Cause>,
    /// The number of the first.
    first: u32,
}

/// A verdict of one side in one of the bundles.
#[derive(Clone, Copy)]
struct Said {
    is_new: bool,
    verdict: Verdict,
    /// The subject's row.
    row: u32,
}

impl<'r, 'a> Attribution<'r, 'a> {
    pub(super) fn new(old: &'r Reach<'a>, new: &'r Reach<'a>) -> Self {
        let (before, after) = (old.bundle(), new.bundle());
        let mut attribution = Self {
            old,
            new,
            rules: Rules::new(before, after),
            has_other_options: options(before) != options(after),
            passing: Vec::new(),
            isolating: Default::default(),
        };
        for (bundle, is_new) in [(before, false), (after, true)] {
            for (number, rule) in (1u32..).zip(bundle.rules().iter()) {
                let direction = Direction::from_number(rule.direction);
                if rule.action == RuleRecord::PASS
                    && let Some((cause, direction)) =
                        attribution.cause(is_new, number).zip(direction)
                {
                    let when = (rule.tier, rule.priority);
                    attribution.passing.push((cause, direction, when));
                }
            }
        }
        attribution.isolating = [(before, false), (after, true)].map(|(bundle, is_new)| {
            let mut rows: FxHashMap<u32, Isolating> = FxHashMap::default();
            for record in bundle.isolations().iter() {
                let row = rows.entry(record.row).or_insert_with(|| Isolating {
                    first: record.rule,
                    ..Isolating::default()
                });
                row.causes.extend(attribution.cause(is_new, record.rule));
            }
            rows
        });
        attribution
    }

    /// What changed about an end that both bundles know.
    pub(super) fn changed(&self, end: &End) -> Option<Changed> {
        let before = end.old.and_then(|id| self.old.party(id))?;
        let after = end.new.and_then(|id| self.new.party(id))?;
        match after.kind {
            PartyKind::Workload if facts(self.old, before) != facts(self.new, after) => {
                Some(Changed::Labels)
            }
            PartyKind::Workload => {
                let is_other = networks(self.old, before) != networks(self.new, after);
                is_other.then_some(Changed::Networks)
            }
            PartyKind::Node => Some(Changed::PerhapsNodes),
            PartyKind::Entity => (before.kind != after.kind).then_some(Changed::PerhapsNodes),
            PartyKind::Addresses => None,
        }
    }

    /// What changed the answer to one access, as far as rules did.
    pub(super) fn add(&self, found: &mut Found, before: Judged, after: Judged) {
        let is_allow = |judged: Judged| judged.is_some_and(|(verdicts, _)| verdicts.is_allow());
        if is_allow(before) == is_allow(after) {
            return;
        }
        let opens = is_allow(after);
        let (open, closed) = if opens {
            (after, before)
        } else {
            (before, after)
        };
        let Some((open, open_rows)) = open else {
            return;
        };
        let Some((closed, closed_rows)) = closed else {
            // Somebody came or went, and that is a cause; rules that came or went are, too.
            for verdict in [open.egress, open.ingress].into_iter().flatten() {
                match self.cause(opens, verdict.rule()) {
                    Some(cause) => found.rules.insert(cause),
                    None => found.add_unchanged(opens, verdict.rule()),
                };
            }
            return;
        };
        let sides = [
            (Direction::Egress, open.egress, closed.egress),
            (Direction::Ingress, open.ingress, closed.ingress),
        ];
        for (direction, open, closed) in sides {
            let Some(closed) = closed.filter(|verdict| !verdict.is_allow()) else {
                continue;
            };
            let row = |rows: RowPair| match direction {
                Direction::Egress => rows.egress,
                Direction::Ingress => rows.ingress,
            };
            let open = Said {
                is_new: opens,
                verdict: open.unwrap_or(Verdict::BUILT_IN_ALLOW),
                row: row(open_rows),
            };
            let closed = Said {
                is_new: !opens,
                verdict: closed,
                row: row(closed_rows),
            };
            self.flip(found, direction, open, closed);
        }
    }

    /// Why one side says something else.
    fn flip(&self, found: &mut Found, direction: Direction, open: Said, closed: Said) {
        let mut causes: BTreeSet<Cause> = BTreeSet::new();
        causes.extend(self.cause(open.is_new, open.verdict.rule()));
        let [old, new] = &self.isolating;
        let isolating = if closed.is_new { new } else { old }.get(&closed.row);
        let needs_no_isolation = self.when(open).is_none_or(|(tier, _)| tier == BASELINE);
        match closed.verdict.action() {
            Action::NotAllowed if needs_no_isolation => {
                causes.extend(isolating.into_iter().flat_map(|all| &all.causes));
            }
            Action::Deny => causes.extend(self.cause(closed.is_new, closed.verdict.rule())),
            Action::Allow | Action::NotAllowed => {}
        }
        if causes.is_empty() {
            let deciding = [self.when(open), self.when(closed)];
            let last = deciding.into_iter().flatten().max();
            let passing = self.passing.iter().filter(|(_, asked, when)| {
                *asked == direction && last.is_some_and(|last| *when <= last)
            });
            causes.extend(passing.map(|(cause, ..)| *cause));
        }
        if causes.is_empty() {
            causes.extend(self.order(open, closed));
        }
        let is_vague = |cause: &Cause| matches!(cause, Cause::RuleChanged { .. });
        found.is_open |= causes.is_empty() || causes.iter().all(is_vague);
        if causes.is_empty() {
            let denies = closed.verdict.action() == Action::Deny;
            let deciding = match open.verdict.rule() {
                0 if denies => Some((closed.is_new, closed.verdict.rule())),
                0 => isolating.map(|all| (closed.is_new, all.first)),
                rule => Some((open.is_new, rule)),
            };
            if let Some((is_new, rule)) = deciding {
                found.add_unchanged(is_new, rule);
            }
        }
        found.rules.append(&mut causes);
    }

    /// That of two rules which are asked in order the other one is asked first now.
    fn order(&self, open: Said, closed: Said) -> Option<Cause> {
        let (was, is) = if open.is_new {
            (closed, open)
        } else {
            (open, closed)
        };
        let (old, new) = (was.verdict.rule(), is.verdict.rule());
        let when = self.when(was).filter(|(tier, _)| *tier != NORMAL)?;
        let is_order = self.when(is) == Some(when) && self.rules.are_swapped(old, new);
        is_order.then_some(Cause::OrderChanged { old, new })
    }

    /// When the rule of a verdict is asked; `None` when no rule gave it.
    fn when(&self, said: Said) -> Option<(u32, u32)> {
        let reach = if said.is_new { self.new } else { self.old };
        let place = said.verdict.rule().checked_sub(1)?;
        let rule = reach.bundle().rules().get(place)?;
        Some((rule.tier, rule.priority))
    }

    /// Every rule that only one of the bundles has.
    pub(super) fn rules_that_differ(&self) -> BTreeSet<Cause> {
        let all = [(false, self.old), (true, self.new)].into_iter();
        let numbered = all.flat_map(|(is_new, reach)| {
            let n_rules = reach.bundle().rules().iter().count();
            (1u32..).take(n_rules).map(move |rule| (is_new, rule))
        });
        numbered
            .filter_map(|(is_new, rule)| self.cause(is_new, rule))
            .collect()
    }

    /// What became of a rule, if the other bundle has not got it.
    fn cause(&self, is_new: bool, rule: u32) -> Option<Cause> {
        let fate = if is_new {
            self.rules.of_new(rule)
        } else {
            self.rules.of_old(rule)
        };
        match (fate, is_new) {
            (Fate::Same(_), _) => None,
            (Fate::Alone, true) => Some(Cause::RuleAdded { new: rule }),
            (Fate::Alone, false) => Some(Cause::RuleRemoved { old: rule }),
            (Fate::Changed(old), true) => Some(Cause::RuleChanged { old, new: rule }),
            (Fate::Changed(new), false) => Some(Cause::RuleChanged { old: rule, new }),
        }
    }

    /// Every cause of a difference between two ends; what changed about them is given.
    pub(super) fn causes(&self, found: &Found, ends: [Standing; 2]) -> Vec<Cause> {
        let mut causes = found.rules.clone();
        // What is said only where nothing else explains the difference.
        let mut perhaps = BTreeSet::new();
        for (standing, place) in ends.into_iter().zip([Place::From, Place::To]) {
            match standing {
                Standing::Added => causes.insert(Cause::EndAdded(place)),
                Standing::Removed => causes.insert(Cause::EndRemoved(place)),
                Standing::Stays(Some(Changed::Labels)) if found.is_open => {
                    causes.insert(Cause::LabelsChanged(place))
                }
                Standing::Stays(Some(Changed::Networks)) if found.is_open => {
                    causes.insert(Cause::NetworksChanged(place))
                }
                Standing::Stays(Some(Changed::PerhapsNodes)) => {
                    perhaps.insert(Cause::NodesChanged(place))
                }
                Standing::Stays(_) => false,
            };
        }
        let is_explained = !found.is_open || !causes.is_empty();
        if !is_explained && self.has_other_options {
            causes.insert(Cause::Options);
        } else {
            causes.extend(perhaps.into_iter().filter(|_| !is_explained));
            causes.extend(&found.unchanged);
        }
        if causes.is_empty() {
            causes.insert(Cause::Surroundings);
        }
        causes.into_iter().collect()
    }
}

/// Whether both bundles know an end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Standing {
    Added,
    Removed,
    Stays(Option<Changed>),
}

/// The networks that a party's pods are in: address, family, length.
fn networks(reach: &Reach<'_>, party: &Party) -> BTreeSet<([u8; 16], u32, u32)> {
    let bundle = reach.bundle();
    let class = party.entry.peer.checked_sub(Peer::FIRST_CLASS);
    let Some(class) = class.and_then(|class| bundle.classes().get(class)) else {
        return BTreeSet::new();
    };
    let numbers = bundle
        .class_networks()
        .range(class.first_network, class.n_networks);
    let records = numbers
        .iter()
        .filter_map(|one| bundle.networks().get(one.network));
    records
        .map(|one| (one.address, one.family, one.length))
        .collect()
}
