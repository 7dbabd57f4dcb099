//! Decisions: who may talk to whom, on which ports, by which rule.
//!
//! A *row* is what one subject class (or several with equal rules) has to say in one direction: a
//! cell for each kind of peer, a cell for each group of peers where that differs, a cell for each
//! single peer where that differs again. A *cell* is a port map and a verdict for the rest.

mod denied;
mod layers;
mod port_map;
mod precedence;
mod question;
mod row;
mod rows;

pub use port_map::{PortMap, ProtocolMap, Verdict};
pub use question::{Access, Asked, Match, Miss};
pub use row::Row;

use crate::{
    AnalyseOptions, Model, Resolved,
    model::{Direction, RuleId},
};

/// What one peer gets on every port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cell {
    /// Index in [`Graph::port_maps`], if any port is special.
    pub port_map: Option<u32>,
    /// What every other port gets, every other protocol included.
    pub rest: Verdict,
}

/// What became of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RuleStatus {
    /// Some subject and some peer exist that it is about.
    pub matched: bool,
    /// It decides, or would but for another allow rule, at least one access. Of a rule that is
    /// matched and not live, deny rules cover all.
    pub live: bool,
    /// One of the deny rules that cover it.
    pub covered_by: Option<RuleId>,
}

/// All decisions of a run.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The rows.
    pub rows: Vec<Row>,
    /// Port maps, each once.
    pub port_maps: Vec<PortMap>,
    /// For every class, the index of its row for ingress and for egress; `None` when no rule that
    /// isolates or denies is about it.
    pub row_of_class: Vec<[Option<u32>; 2]>,
    /// The same if audited policies were enforced; equal where none is about the class.
    pub shadow_of_class: Vec<[Option<u32>; 2]>,
    /// For every rule, in order of its number, what became of it.
    pub rule_status: Vec<RuleStatus>,
}

impl Graph {
    /// Decides everything.
    pub fn new(model: &Model, resolved: &Resolved, options: &AnalyseOptions) -> Self {
        rows::decide(model, resolved, options)
    }

    /// The row of a class in a direction.
    pub fn row(&self, class: u32, direction: Direction) -> Option<&Row> {
        self.find(&self.row_of_class, class, direction)
    }

    /// The row of a class in a direction if audited policies were enforced.
    pub fn shadow(&self, class: u32, direction: Direction) -> Option<&Row> {
        self.find(&self.shadow_of_class, class, direction)
    }

    fn find(&self, rows: &[[Option<u32>; 2]], class: u32, direction: Direction) -> Option<&Row> {
        let [ingress, egress] = rows.get(class as usize)?;
        let index = match direction {
            Direction::Ingress => *ingress,
            Direction::Egress => *egress,
        };
        self.rows.get(index? as usize)
    }

    /// What became of a rule.
    pub fn status(&self, rule: RuleId) -> RuleStatus {
        let index = (rule.0 as usize).checked_sub(1);
        index
            .and_then(|index| self.rule_status.get(index))
            .copied()
            .unwrap_or_default()
    }
}
