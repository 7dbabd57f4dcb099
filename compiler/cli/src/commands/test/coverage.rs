//! Which rules some assertion would notice losing.
//!
//! Each rule is taken away in turn, with the isolation that comes from it, and the assertions that
//! it has to do with are judged again. Must not know how the result is shown.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;
use ztc_bundle::{
    Bundle,
    flow::{Policy, Role, Rule},
};
use ztc_policy::{Analysis, model::RuleId};

use super::{
    judge::{Judge, Judged, Tally, quantified},
    matter::Pairs,
    plan::{Plan, Source},
};

/// The rules of a run, and which of them would be missed.
#[derive(Serialize)]
pub(super) struct Coverage<'a> {
    /// How many rules are enforced.
    pub(super) rules: usize,
    /// How many of them some assertion would notice losing.
    pub(super) noticed: usize,
    /// The policies with such rules, in the order of the bundle.
    pub(super) policies: Vec<Covered<'a>>,
}

/// The rules of a policy.
#[derive(Serialize)]
pub(super) struct Covered<'a> {
    pub(super) policy: Policy<'a>,
    pub(super) rules: Vec<CoveredRule<'a>>,
}

/// A rule.
#[derive(Serialize)]
pub(super) struct CoveredRule<'a> {
    #[serde(skip)]
    pub(super) id: RuleId,
    pub(super) noticed: bool,
    pub(super) rule: Rule<'a>,
}

impl Covered<'_> {
    /// How many of the rules would be missed.
    pub(super) fn n_noticed(&self) -> usize {
        self.rules.iter().filter(|rule| rule.noticed).count()
    }
}

impl<'a> Coverage<'a> {
    /// Sorts the rules that are enforced by whether they are among the noticed.
    pub(super) fn new(
        analysis: &Analysis,
        bundle: &Bundle<'a>,
        noticed: &BTreeSet<RuleId>,
    ) -> Self {
        let mut policies: BTreeMap<u32, Covered<'a>> = BTreeMap::new();
        let enforced = analysis.model.rules().filter(|(_, rule)| !rule.audit);
        for (id, rule) in enforced {
            let Some(found) = bundle.rule(id.0) else {
                continue;
            };
            let shown = Rule::new(Role::Decided, &found);
            let policy = policies.entry(rule.policy).or_insert_with(|| Covered {
                policy: shown.policy,
                rules: Vec::new(),
            });
            policy.rules.push(CoveredRule {
                id,
                noticed: noticed.contains(&id),
                rule: shown,
            });
        }
        let policies: Vec<Covered<'a>> = policies.into_values().collect();
        Self {
            rules: policies.iter().map(|policy| policy.rules.len()).sum(),
            noticed: policies.iter().map(Covered::n_noticed).sum(),
            policies,
        }
    }

    /// In whole percent, rounded down; all of nothing is all.
    pub(super) fn percent(&self) -> usize {
        (self.noticed * 100).checked_div(self.rules).unwrap_or(100)
    }
}

/// How many sources are looked at together: what is known of one side of a pair serves them all.
const TOGETHER: usize = 512;

/// The rules without which an assertion would have another outcome.
pub(super) fn noticed(judge: &Judge<'_, '_>, plan: &Plan, judged: &Judged) -> BTreeSet<RuleId> {
    let tallies = judged.tallies.par_chunks(TOGETHER);
    let chunks = plan.sources.par_chunks(TOGETHER).zip(tallies);
    let effects = chunks.flat_map_iter(|(sources, tallies)| {
        let mut pairs = Pairs::new(judge, plan);
        let effects = sources.iter().zip(tallies);
        let effects = effects.map(|(source, tally)| of_source(&mut pairs, plan, source, tally));
        effects.collect::<Vec<_>>()
    });
    let effects: Vec<(bool, Vec<RuleId>)> = effects.collect();
    let n_right = effects.iter().filter(|(now, _)| *now).count();
    let mut changes: BTreeMap<RuleId, (usize, usize)> = BTreeMap::new();
    for (now, rules) in &effects {
        for rule in rules {
            let (more, fewer) = changes.entry(*rule).or_default();
            *(if *now { fewer } else { more }) += 1;
        }
    }
    let holds = |n_right: usize| quantified(plan.from, n_right, effects.len());
    let flips = changes
        .into_iter()
        .filter(|(_, (more, fewer))| holds(n_right + more - fewer) != judged.holds);
    flips.map(|(rule, _)| rule).collect()
}

/// Whether the word of an assertion holds of a source, and the rules without which it would be the
/// other way round.
fn of_source(
    pairs: &mut Pairs<'_>,
    plan: &Plan,
    source: &Source,
    tally: &Tally,
) -> (bool, Vec<RuleId>) {
    // How many more targets there would be of which the word holds, and how many fewer.
    let mut changes: BTreeMap<RuleId, (usize, usize)> = BTreeMap::new();
    for target in plan.targets_of(source) {
        let matter = pairs.matter(source.group.identity, target.identity);
        for rule in &matter.rules {
            let (more, fewer) = changes.entry(*rule).or_default();
            *(if matter.is_right { fewer } else { more }) += 1;
        }
    }
    let is_right = |n_right: usize| quantified(plan.to, n_right, tally.n_targets);
    let now = is_right(tally.n_right);
    let decisive = changes.into_iter().filter_map(|(rule, (more, fewer))| {
        let n_right = tally.n_right + more - fewer;
        (is_right(n_right) != now).then_some(rule)
    });
    (now, decisive.collect())
}
