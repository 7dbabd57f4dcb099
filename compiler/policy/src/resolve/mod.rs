//! Policies × workloads: who cannot be told apart, and whom each peer term means.
//!
//! Must not know rules' actions or ports: only subjects and peers are resolved here.

mod addresses;
mod classes;
mod groups;
mod members;
mod networks;
mod nodes;
mod peers;

pub use addresses::{AddressClass, Addresses, Piece};
pub use classes::{Class, Classes};
pub use groups::Groups;
pub use networks::Networks;
pub use nodes::{NodeClass, NodePeer, Nodes};
pub use peers::{PeerIndex, Reserved, TermId, Universe};

use ztc_diag::Sink;

use crate::{AnalyseOptions, Cluster, Model, errors};

/// Classes, address classes, and the members of every peer term.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Pod classes.
    pub classes: Classes,
    /// Address classes.
    pub addresses: Addresses,
    /// Networks that match pods and nodes.
    pub networks: Networks,
    /// Nodes that some policy tells apart.
    pub nodes: Nodes,
    /// All peers, and the members of every term.
    pub universe: Universe,
    /// The partition of all peers that makes the decisions few.
    pub groups: Groups,
}

impl Resolved {
    /// Resolves a model against a cluster. Prefixes that overlap beyond all bounds go to the sink
    /// and are left out.
    pub fn new(
        model: &Model,
        cluster: &Cluster,
        options: &AnalyseOptions,
        sink: &mut Sink,
    ) -> Self {
        let networks = Networks::new(model);
        let classes = Classes::new(model, cluster, &networks, options, sink);
        let addresses = Addresses::new(&model.cidrs).unwrap_or_else(|| {
            errors::too_many_overlaps(sink, model);
            Addresses::none()
        });
        let nodes = Nodes::new(model, cluster, &addresses, &networks, options);
        let universe = Universe::new(model, &classes, &addresses, &nodes, options);
        let groups = Groups::new(model, &classes, &universe);
        Self {
            classes,
            addresses,
            networks,
            nodes,
            universe,
            groups,
        }
    }
}
