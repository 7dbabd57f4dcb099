//! What the objects mean: one policy model, resolved against workloads, decided once.
//!
//! The steps, in order: [`model`] (every kind becomes rules), [`cluster`] (the workloads),
//! [`resolve`] (selectors become classes, prefixes become address classes), `conflicts` (what
//! Cilium could not merge), [`graph`] (who may talk to whom, on which ports, by which rule). Must
//! not know that map entries exist.

pub mod cluster;
mod conflicts;
mod errors;
pub mod graph;
pub mod model;
pub mod options;
pub mod resolve;

pub use cluster::Cluster;
pub use errors::ERRORS;
pub use graph::Graph;
pub use model::Model;
pub use options::{AnalyseOptions, Degradation, EnablePolicy};
pub use resolve::Resolved;

use ztc_diag::Sink;
use ztc_syntax::Object;

/// Everything that is known about a set of policies and workloads.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// What it was made with.
    pub options: AnalyseOptions,
    /// The workloads.
    pub cluster: Cluster,
    /// The policies.
    pub model: Model,
    /// Classes and peers.
    pub resolved: Resolved,
    /// The decisions.
    pub graph: Graph,
}

impl Analysis {
    /// Every endpoint that can be a subject, with its class: all but host-network pods.
    pub fn classified(&self) -> impl Iterator<Item = (&cluster::Endpoint, u32)> {
        let classes = &self.resolved.classes.of_endpoint;
        self.cluster
            .endpoints
            .iter()
            .zip(classes)
            .filter_map(|(endpoint, class)| Some((endpoint, (*class)?)))
    }
}

/// Runs all steps over the objects of a run. What is wrong goes to the sink; an object that is
/// wrong is left out, so a caller that finds errors there must not enforce the result. Rules that
/// only conflict with each other are all there.
pub fn analyse(objects: &[Object], options: &AnalyseOptions, sink: &mut Sink) -> Analysis {
    let cluster = Cluster::new(objects, options, sink);
    let model = Model::new(objects, options, sink);
    let resolved = Resolved::new(&model, &cluster, options, sink);
    conflicts::check(&model, &resolved, options, sink);
    let graph = Graph::new(&model, &resolved, options);
    Analysis {
        options: options.clone(),
        cluster,
        model,
        resolved,
        graph,
    }
}
