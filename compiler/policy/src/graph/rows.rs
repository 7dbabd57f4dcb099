//! All rows: which subjects share one, computed in parallel, numbered in a fixed order.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    Cell, Graph, PortMap, RuleStatus,
    row::{DraftRow, Row, RowKey, draft},
};
use crate::{
    AnalyseOptions, EnablePolicy, Model, Resolved,
    model::{Action, Direction, PortTerm, Ports, Rule, RuleId},
    resolve::Class,
};

/// Which rules have a say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// Those of policies that are enforced.
    Enforced,
    /// All of them: what would happen if audited policies were enforced too.
    Shadow,
}

/// Decides everything.
pub(super) fn decide(model: &Model, resolved: &Resolved, options: &AnalyseOptions) -> Graph {
    let by_subject = rules_by_subject(model);
    let keys = |view: View| -> Vec<[Option<RowKey>; 2]> {
        let of_class = |class: &Class| {
            let key = |direction| row_key(class, direction, view, &by_subject, model, options);
            Direction::ALL.map(key)
        };
        resolved.classes.classes.par_iter().map(of_class).collect()
    };
    let mut distinct = Distinct::default();
    let row_of_class = distinct.number(keys(View::Enforced));
    let is_audited = options.policy_audit_mode || model.policies.iter().any(|policy| policy.audit);
    let shadow_of_class = if is_audited {
        distinct.number(keys(View::Shadow))
    } else {
        row_of_class.clone()
    };
    let distinct = distinct.keys;
    let drafts: Vec<DraftRow> = distinct
        .par_iter()
        .map(|key| draft(key, model, resolved, options))
        .collect();
    let mut graph = Graph {
        rows: Vec::with_capacity(drafts.len()),
        port_maps: Vec::new(),
        row_of_class,
        shadow_of_class,
        rule_status: vec![RuleStatus::default(); model.rules.len()],
    };
    let mut port_maps: FxHashMap<PortMap, u32> = FxHashMap::default();
    for (key, draft) in distinct.into_iter().zip(drafts) {
        graph.finish(key, draft, &mut port_maps);
    }
    graph
}

/// Keys of rows, each once, in order of appearance.
#[derive(Default)]
struct Distinct {
    numbers: FxHashMap<RowKey, u32>,
    keys: Vec<RowKey>,
}

impl Distinct {
    fn number(&mut self, classes: Vec<[Option<RowKey>; 2]>) -> Vec<[Option<u32>; 2]> {
        let mut of_key = |key: RowKey| {
            let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
            *self.numbers.entry(key).or_insert_with_key(|key| {
                self.keys.push(key.clone());
                next
            })
        };
        classes
            .into_iter()
            .map(|directions| directions.map(|key| key.map(&mut of_key)))
            .collect()
    }
}

impl Graph {
    /// Numbers the cells of a row as everyone knows them.
    fn finish(&mut self, key: RowKey, draft: DraftRow, known: &mut FxHashMap<PortMap, u32>) {
        let cells: Vec<Cell> = draft
            .cells
            .into_iter()
            .map(|(port_map, rest)| {
                if port_map.is_empty() {
                    return Cell {
                        port_map: None,
                        rest,
                    };
                }
                let next = u32::try_from(self.port_maps.len()).unwrap_or(u32::MAX);
                let number = *known.entry(port_map).or_insert_with_key(|port_map| {
                    self.port_maps.push(port_map.clone());
                    next
                });
                Cell {
                    port_map: Some(number),
                    rest,
                }
            })
            .collect();
        for (rule, cover) in draft.met {
            let index = (rule.0 as usize).wrapping_sub(1);
            if let Some(status) = self.rule_status.get_mut(index) {
                status.matched = true;
                status.live |= cover.is_none();
                status.covered_by = status.covered_by.or(cover);
            }
        }
        // Every index was given out by the draft itself, so nothing is missing.
        let Some(first) = cells.first().copied() else {
            return;
        };
        let cell = |index: u32| cells.get(index as usize).copied().unwrap_or(first);
        let [inside, outside] = draft.kinds.map(cell);
        self.rows.push(Row {
            direction: key.direction,
            rules: key.rules,
            isolating: draft.isolating,
            inside,
            outside,
            groups: draft
                .groups
                .into_iter()
                .map(|(group, index)| (group, cell(index)))
                .collect(),
            peers: draft
                .peers
                .into_iter()
                .map(|(peer, index)| (peer, cell(index)))
                .collect(),
        });
    }
}

/// For each selector, the rules whose subject it is.
fn rules_by_subject(model: &Model) -> Vec<Vec<RuleId>> {
    let mut by_subject = vec![Vec::new(); model.selectors.len()];
    for (id, rule) in model.rules() {
        if let Some(rules) = by_subject.get_mut(rule.subject.0 as usize) {
            rules.push(id);
        }
    }
    by_subject
}

/// What a class's row depends on; `None` when nothing isolates it and nothing denies it anything.
fn row_key(
    class: &Class,
    direction: Direction,
    view: View,
    by_subject: &[Vec<RuleId>],
    model: &Model,
    options: &AnalyseOptions,
) -> Option<RowKey> {
    if options.enable_policy == EnablePolicy::Never {
        return None;
    }
    let rule = |id: &RuleId| model.rule(*id);
    let mut rules: Vec<RuleId> = class
        .selectors
        .iter()
        .filter_map(|selector| by_subject.get(selector.0 as usize))
        .flatten()
        .filter(|id| {
            rule(id).is_some_and(|rule| {
                rule.direction == direction && (view == View::Shadow || !rule.audit)
            })
        })
        .copied()
        .collect();
    rules.sort_unstable();
    let matters = |rule: &Rule| rule.isolates || rule.action == Action::Deny;
    let always = options.enable_policy == EnablePolicy::Always
        && (view == View::Shadow || !options.policy_audit_mode);
    if !always && !rules.iter().filter_map(rule).any(matters) {
        return None;
    }
    let mut names: Vec<_> = rules
        .iter()
        .filter_map(rule)
        .filter(|_| direction == Direction::Ingress)
        .filter_map(|rule| match &rule.ports {
            Ports::All => None,
            Ports::Terms(terms) => Some(terms),
        })
        .flatten()
        .filter_map(|(term, _)| match term {
            PortTerm::Named(name) => Some((*name, class.port(*name)?)),
            PortTerm::Whole(_) | PortTerm::Range(..) => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    Some(RowKey {
        direction,
        rules,
        ports: names,
    })
}
