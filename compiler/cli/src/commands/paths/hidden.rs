//! Routes that have more hops than were looked for.
//!
//! Must not know how an answer is shown.

use std::collections::BTreeSet;

use ztc_reach::{
    PartyId, Reach,
    paths::{Extent, Routes, Wanted},
};

/// What is said of routes where the bound on their hops leaves none.
pub(super) enum Hidden {
    /// There was no bound, or there is a route within it.
    Nothing,
    /// There is no route of any number of hops.
    NoRoute,
    /// There are longer ones.
    Longer(Longer),
}

/// The shortest of the routes that a bound hides.
pub(super) struct Longer {
    /// How many hops they have.
    pub(super) n_hops: u32,
    /// Who opens the last hop, ascending.
    pub(super) entrances: Vec<PartyId>,
    /// Whether these are all who do.
    pub(super) is_complete: bool,
}

impl Hidden {
    /// Looks for routes once more where a bound left none.
    pub(super) fn new(reach: &Reach<'_>, wanted: &Wanted, found: &Routes) -> Self {
        if wanted.max_hops == u32::MAX || !found.routes.is_empty() {
            return Self::Nothing;
        }
        let longer = reach.routes(&Wanted {
            extent: Extent::Shortest,
            max_hops: u32::MAX,
            ..wanted.clone()
        });
        let Some(first) = longer.routes.first() else {
            return Self::NoRoute;
        };
        let before_end = longer.routes.iter().filter_map(|route| {
            let place = route.stops.len().checked_sub(2)?;
            route.stops.get(place)
        });
        let entrances: BTreeSet<PartyId> = before_end.flatten().copied().collect();
        Self::Longer(Longer {
            n_hops: u32::try_from(first.hops.len()).unwrap_or(u32::MAX),
            entrances: entrances.into_iter().collect(),
            is_complete: longer.is_complete,
        })
    }

    /// The longer routes, where there are any.
    pub(super) fn longer(&self) -> Option<&Longer> {
        match self {
            Self::Longer(longer) => Some(longer),
            Self::Nothing | Self::NoRoute => None,
        }
    }
}
