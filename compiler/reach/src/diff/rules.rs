//! Which rules of one bundle the other has too, whatever they are called there.
//!
//! Must not know who may talk to whom.

use std::collections::{BTreeMap, BTreeSet};

use ztc_bundle::{Bundle, RuleRef, SectionKind};

/// What became of a rule in the other bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It is there under this number, perhaps in another place or under another name.
    Same(u32),
    /// What stands in its place means something else.
    Changed(u32),
    /// It is not there.
    Alone,
}

/// The fates of all rules.
pub(super) struct Rules {
    /// By number - 1.
    old: Vec<Fate>,
    new: Vec<Fate>,
}

/// What a rule means.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    /// As the bundle says.
    Number(u64),
    /// As far as one can tell from a bundle that does not say.
    Words(String),
}

/// Where a rule is written: kind, namespace and name of its policy, place in it.
type Written<'a> = (&'a str, &'a str, &'a str, &'a str);

impl Rules {
    pub(super) fn new(old: &Bundle<'_>, new: &Bundle<'_>) -> Self {
        let has_meanings = |bundle: &Bundle<'_>| bundle.has_section(SectionKind::Meanings);
        let by_number = has_meanings(old) && has_meanings(new);
        let before = Side::new(old, by_number);
        let after = Side::new(new, by_number);
        Self {
            old: before.fates(&after),
            new: after.fates(&before),
        }
    }

    /// What became of a rule of the old bundle.
    pub(super) fn of_old(&self, number: u32) -> Fate {
        fate(&self.old, number)
    }

    /// What a rule of the new bundle was.
    pub(super) fn of_new(&self, number: u32) -> Fate {
        fate(&self.new, number)
    }

    /// Whether two rules, of which the first decided in the old bundle and the second decides in
    /// the new one, are the same in both and stand the other way round.
    pub(super) fn are_swapped(&self, old: u32, new: u32) -> bool {
        match (self.of_old(old), self.of_new(new)) {
            (Fate::Same(old_now), Fate::Same(new_before)) => old < new_before && new < old_now,
            _ => false,
        }
    }
}

fn fate(fates: &[Fate], number: u32) -> Fate {
    let place = (number as usize).checked_sub(1);
    let fate = place.and_then(|place| fates.get(place));
    fate.copied().unwrap_or(Fate::Same(number))
}

/// The rules of one bundle.
struct Side<'a> {
    rules: Vec<(Written<'a>, Meaning)>,
}

impl<'a> Side<'a> {
    fn new(bundle: &Bundle<'a>, by_number: bool) -> Self {
        let rules = (1u32..).map_while(|number| bundle.rule(number));
        let rules = rules.map(|rule| {
            let number = by_number.then(|| bundle.meaning(rule.number)).flatten();
            let meaning = number.map_or_else(|| Meaning::Words(words(&rule)), Meaning::Number);
            let written = (rule.kind, rule.namespace, rule.name, rule.path);
            (written, meaning)
        });
        Self {
            rules: rules.collect(),
        }
    }

    fn fates(&self, other: &Self) -> Vec<Fate> {
        let mut theirs: BTreeMap<&Meaning, u32> = BTreeMap::new();
        for (number, (_, meaning)) in (1u32..).zip(&other.rules) {
            theirs.entry(meaning).or_insert(number);
        }
        let ours: BTreeSet<&Meaning> = self.rules.iter().map(|(_, meaning)| meaning).collect();
        // Only a rule that means something new can be what another one was changed into.
        let changed: BTreeMap<Written<'_>, u32> = (1u32..)
            .zip(&other.rules)
            .filter(|(_, (_, meaning))| !ours.contains(meaning))
            .map(|(number, (written, _))| (*written, number))
            .collect();
        let fate = |(written, meaning): &(Written<'_>, Meaning)| {
            if let Some(number) = theirs.get(meaning) {
                return Fate::Same(*number);
            }
            changed
                .get(written)
                .map_or(Fate::Alone, |number| Fate::Changed(*number))
        };
        self.rules.iter().map(fate).collect()
    }
}

fn words(rule: &RuleRef<'_>) -> String {
    let (tier, priority) = (rule.tier.name(), rule.priority);
    let (action, direction) = (rule.action.name(), rule.direction.name());
    format!(
        "{} {}/{} {tier} {priority} {direction} {action} {} {} {}",
        rule.kind, rule.namespace, rule.name, rule.isolates, rule.audited, rule.summary,
    )
}
