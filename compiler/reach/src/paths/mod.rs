//! Routes: who may be reached through workloads that may be reached one after another.
//!
//! The stops between the ends of a route are workloads, because policies bind nobody else. The
//! search runs on identities: workloads of one identity have equal connections, so going through
//! a second one of them leads nowhere that the first does not lead to. Must not know how a route
//! is shown.

mod ends;
mod groups;
mod levels;
mod walks;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use self::{ends::Ends, groups::Groups, levels::Levels, walks::Walks};
use crate::{PartyId, PortSet, Reach, Reasons};

/// What is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Where a route may begin. Whoever is in `to` as well is there already and begins none.
    pub from: Vec<PartyId>,
    /// Where a route ends.
    pub to: Vec<PartyId>,
    /// Ports of which at least one must be open; on the last hop, or on each.
    pub ports: Option<PortSet>,
    /// Whether `ports` are asked of each hop, not of the last only.
    pub is_every_hop: bool,
    /// Which of the routes.
    pub extent: Extent,
    /// The most hops that a route may have.
    pub max_hops: u32,
}

/// Which routes are looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Those of the least number of hops.
    Shortest,
    /// All on which no two stops are of one identity, but for the two ends. Stops between the
    /// ends are neither in `from` nor in `to`: a route through one holds a shorter one.
    All,
}

/// Routes that differ in who stands at a stop and in nothing else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Route {
    /// Who may stand at each stop, ascending; the ends are the first and the last. Any choice of
    /// one for each stop is a route.
    pub stops: Vec<Vec<PartyId>>,
    /// From each stop to the next.
    pub hops: Vec<Hop>,
}

/// What is permitted from one stop to the next: every reason with its ports, in the order of
/// their first ports. Where `ports` are asked of a hop, these ports only.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Hop {
    /// Reasons and ports; never empty.
    pub permitted: Vec<(Reasons, PortSet)>,
}

impl Hop {
    /// The ports, whatever permits them.
    pub fn ports(&self) -> PortSet {
        let sets = self.permitted.iter().map(|(_, ports)| ports);
        sets.flat_map(PortSet::ranges).copied().collect()
    }
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Routes {
    /// The shortest first.
    pub routes: Vec<Route>,
    /// How many they are when each choice of stops counts as one.
    pub n_routes: u128,
    /// Whether they are all; else the search was stopped by its bounds.
    pub is_complete: bool,
    /// How many workloads can be reached first with the first hop, the second and so on, as far
    /// as it was looked.
    pub reached: Vec<usize>,
    /// Where no route was found: everybody who may open a connection to somebody in `to`.
    pub entrances: Vec<PartyId>,
}

/// How many routes between identities are written down before they are grouped, and how many
/// stops are tried. They bound time and memory, where a dense cluster has millions of routes.
const MAX_WALKS: usize = 200_000;
const MAX_STEPS: usize = 20_000_000;

impl Reach<'_> {
    /// Looks for routes.
    pub fn routes(&self, wanted: &Wanted) -> Routes {
        let ends = Ends::new(self, wanted);
        let levels = Levels::explore(&ends, wanted.extent, wanted.max_hops);
        let reached = levels.new.iter().map(|stops| ends.n_between(stops));
        let mut found = Routes {
            reached: reached.collect(),
            is_complete: true,
            ..Routes::default()
        };
        let Some(shortest) = levels.shortest else {
            found.entrances = ends.entrances(&levels);
            return found;
        };
        let longest = match wanted.extent {
            Extent::Shortest => shortest,
            Extent::All => levels.longest_simple(wanted.max_hops),
        };
        let mut groups = Groups::new(&ends);
        let walks = Walks::new(&levels, longest);
        let mut steps_left = MAX_STEPS;
        for length in shortest..=longest {
            let flow = walks.of_length(length, ends.starts(), &mut steps_left, &mut |walk| {
                groups.add(walk);
                if groups.n_walks() < MAX_WALKS {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            if flow.is_break() {
                found.is_complete = false;
                break;
            }
        }
        found.routes = groups.into_routes();
        let choices = |route: &Route| {
            let sizes = route.stops.iter().map(|stop| stop.len() as u128);
            sizes.fold(1, u128::saturating_mul)
        };
        found.n_routes = found
            .routes
            .iter()
            .map(choices)
            .fold(0, u128::saturating_add);
        found
    }
}
