//! What is different in rules that say something else in the same place.
//!
//! Must not know which connections it changes.

use std::collections::{BTreeMap, BTreeSet};

use ztc_bundle::RuleRef;
use ztc_policy::model::{Model, Peer, PeerTerm, Peers, Rule, RuleId};
use ztc_reach::diff::{Cause, Diff};

use super::side::Side;
use crate::{output::cut, pipeline::Checked};

/// How many differences of a rule are named.
const SHOWN: usize = 3;
/// How much of what is not enforced is shown, in characters.
const LONGEST: usize = 160;

/// The differences of all rules that were changed, by their numbers.
pub(super) struct Differences(BTreeMap<(u32, u32), Difference>);

/// What is different in one rule.
#[derive(Default)]
pub(super) struct Difference {
    /// The first in words, and how many more there are.
    pub(super) words: Vec<String>,
    /// What is written, where that is known.
    pub(super) writing: Writing,
    /// Whether all of it is what nobody enforces here: requests, names without addresses.
    pub(super) is_unmet: bool,
}

/// Whether a rule that means something else is written otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Writing {
    /// It is, or that is not known.
    #[default]
    Other,
    /// The options that it is read with differ.
    OtherOptions,
    /// What it refers to differs, a service, a group, names, or what other options make of them.
    OtherReferences,
}

impl Differences {
    /// Looks at every rule that a difference of connections names, and at those without effect.
    pub(super) fn new(diff: &Diff, sides: [&Side; 2]) -> Self {
        let named = diff.changes.iter().flat_map(|change| &change.causes);
        let changed = named.chain(&diff.without_effect).filter_map(|cause| {
            let Cause::RuleChanged { old, new } = *cause else {
                return None;
            };
            Some((old, new))
        });
        let changed: BTreeSet<(u32, u32)> = changed.collect();
        let has_other_options = diff.options.is_some();
        let of = |rules| (rules, of(rules, sides, has_other_options));
        Self(changed.into_iter().map(of).collect())
    }

    /// That of one rule; `None` for causes that are none.
    pub(super) fn of(&self, cause: Cause) -> Option<&Difference> {
        match cause {
            Cause::RuleChanged { old, new } => self.0.get(&(old, new)),
            _ => None,
        }
    }
}

fn of((old, new): (u32, u32), [before, after]: [&Side; 2], has_other_options: bool) -> Difference {
    let mut difference = Difference::default();
    let words = &mut difference.words;
    let (old_bundle, new_bundle) = (before.bundle().view(), after.bundle().view());
    if let Some((old, new)) = old_bundle.rule(old).zip(new_bundle.rule(new)) {
        words.extend(of_facts(&old, &new));
    }
    let has_other_facts = !words.is_empty();
    let meant = |side, number| written(side, number).map(|written| Meant::new(&written));
    let mut has_other_terms = false;
    if let Some((old, new)) = meant(before, old).zip(meant(after, new)) {
        let terms = old.until(&new);
        has_other_terms = !terms.is_empty();
        words.extend(terms);
        difference.is_unmet = !has_other_facts && old.differs_in_unmet_only(&new);
    }
    let more = words.len().saturating_sub(SHOWN);
    words.truncate(SHOWN);
    words.extend((more > 0).then(|| format!("{more} more")));
    let texts = written(before, old).zip(written(after, new));
    if texts.is_some_and(|(old, new)| old.texts() == new.texts()) {
        difference.writing = match (has_other_facts, has_other_terms) {
            (true, false) if has_other_options => Writing::OtherOptions,
            (true, _) => Writing::Other,
            (false, _) => Writing::OtherReferences,
        };
    }
    difference
}

/// A rule of manifests.
struct Written<'c> {
    checked: &'c Checked,
    rule: &'c Rule,
}

fn written(side: &Side, number: u32) -> Option<Written<'_>> {
    let checked = side.checked()?;
    let rule = checked.analysis.model.rule(RuleId(number))?;
    Some(Written { checked, rule })
}

impl Written<'_> {
    /// As it stands in the file, and its subject.
    fn texts(&self) -> [&str; 2] {
        [self.rule.span, self.rule.subject_span].map(|span| self.checked.sources.text(span))
    }
}

/// What the bundles themselves say.
fn of_facts(old: &RuleRef<'_>, new: &RuleRef<'_>) -> Vec<String> {
    let mut words = Vec::new();
    match (old.audited, new.audited) {
        (false, true) => words.push("its policy is audited now, and no longer enforced".into()),
        (true, false) => {
            words.push("its policy is enforced now, and no longer audited only".into())
        }
        _ => {}
    }
    let direction = new.direction.name();
    match (old.isolates, new.isolates) {
        (false, true) => words.push(format!("it isolates {direction} now")),
        (true, false) => words.push(format!("it no longer isolates {direction}")),
        _ => {}
    }
    let priorities = [old, new].map(|rule| rule.priority.to_string());
    let named = [
        ("action", [old.action.name(), new.action.name()]),
        ("tier", [old.tier.name(), new.tier.name()]),
        ("priority", priorities.each_ref().map(String::as_str)),
    ];
    for (name, [old, new]) in named {
        if old != new {
            words.push(format!("its {name} is {new}, before {old}"));
        }
    }
    words
}

/// What a rule of manifests means, in words that compare.
struct Meant {
    subject: String,
    /// Peers, ports, and what it asks for and does not get.
    terms: BTreeSet<String>,
    /// What nobody enforces here, each in the words of its term.
    unmet: BTreeSet<String>,
}

impl Meant {
    fn new(written: &Written<'_>) -> Self {
        let (model, rule) = (&written.checked.analysis.model, written.rule);
        let meaning = model.meaning(rule);
        let mut terms: BTreeSet<String> = meaning.lines().filter_map(term).collect();
        // Selectors are written for comparing there, and here for people.
        if let Peers::Terms(peers) = &rule.peers {
            let selectors = peers
                .iter()
                .filter(|Peer { term, .. }| matches!(term, PeerTerm::Selector(_)));
            terms.extend(selectors.map(|peer| format!("`{}`", model.describe_peer(peer.term))));
        }
        let subject = model.selector(rule.subject);
        Self {
            subject: subject.map(Model::describe_selector).unwrap_or_default(),
            unmet: rule.unmet.iter().map(|asked| unmet(asked)).collect(),
            terms,
        }
    }

    /// Whether all that is different is what nobody enforces here.
    fn differs_in_unmet_only(&self, new: &Self) -> bool {
        let differ: BTreeSet<&String> = self.terms.symmetric_difference(&new.terms).collect();
        let is_unmet = |term: &&String| self.unmet.contains(*term) || new.unmet.contains(*term);
        self.subject == new.subject && !differ.is_empty() && differ.iter().all(is_unmet)
    }

    /// What the other means instead.
    fn until(&self, new: &Self) -> Vec<String> {
        let mut words = Vec::new();
        if self.subject != new.subject {
            let (before, after) = (&self.subject, &new.subject);
            words.push(format!("it is about `{after}`, before about `{before}`"));
        }
        let added = new.terms.difference(&self.terms);
        words.extend(added.map(|term| format!("{term} added")));
        let removed = self.terms.difference(&new.terms);
        words.extend(removed.map(|term| format!("{term} removed")));
        words
    }
}

/// A line of a meaning in words; `None` for what is said otherwise.
fn term(line: &str) -> Option<String> {
    let (what, rest) = line.split_once(' ')?;
    Some(match (what, rest.split_once(' ')) {
        ("peers", _) => "everyone".into(),
        ("peer", Some(("selector", _))) => return None,
        ("peer", Some((_, cidr))) if cidr.ends_with(" except []") => {
            rest.trim_end_matches(" except []").into()
        }
        ("peer", _) => rest.into(),
        ("ports", _) if rest == "all" => "all ports".into(),
        ("ports", _) => format!("all ports of {rest}"),
        ("port", Some((protocol, port))) => format!("{}/{protocol}", port_words(port)),
        ("degraded", _) => unmet(rest),
        _ => return None,
    })
}

/// What nobody enforces here.
fn unmet(asked: &str) -> String {
    format!("`{}`, which is not enforced,", cut(asked, LONGEST))
}

/// `80-80` as `80`, and `4:http` as `http`.
fn port_words(port: &str) -> &str {
    match (port.split_once(':'), port.split_once('-')) {
        (Some((_, name)), _) => name,
        (None, Some((first, last))) if first == last => first,
        (None, _) => port,
    }
}

#[cfg(test)]
mod tests {
    use super::term;

    #[test]
    fn lines_of_a_meaning_are_words() {
        let words = |line: &str| term(line).unwrap_or_default();
        assert_eq!(
            words("peer cidr 192.0.2.0/24 except []"),
            "cidr 192.0.2.0/24"
        );
        let except = "network 192.0.2.0/24 except [192.0.2.0/28]";
        assert_eq!(words(&format!("peer {except}")), except);
        assert_eq!(words("peer entity world"), "entity world");
        assert_eq!(words("peers all"), "everyone");
        assert_eq!(words("port TCP 80-80"), "80/TCP");
        assert_eq!(words("port TCP 80-90"), "80-90/TCP");
        assert_eq!(words("port UDP 4:http"), "http/UDP");
        assert_eq!(words("ports TCP"), "all ports of TCP");
        for said_otherwise in ["action allow", "subject [3:any 1:a exists ]", "audit true"] {
            assert_eq!(term(said_otherwise), None);
        }
    }
}
