//! What the objects mean: one policy model, resolved against workloads, decided once.
//!
//! The steps, in order: [`model`] (every kind becomes rules), [`cluster`] (the workloads),
//! [`resolve`] (selectors become classes, prefixes become address classes), [`graph`] (who may
//! talk to whom, on which ports, by which rule). Must not know that map entries exist.

pub mod cluster;
mod errors;
pub mod graph;
pub mod model;
pub mod resolve;

pub use cluster::Cluster;
pub use errors::ERRORS;
pub use graph::Graph;
pub use model::Model;
pub use resolve::Resolved;

use ztc_diag::Sink;
use ztc_syntax::Object;

/// What changes the meaning of every policy of a run.
#[derive(Clone, Debug)]
pub struct AnalyseOptions {
    /// The local cluster's name, which every pod carries as a label; Cilium's default is `default`.
    pub cluster: String,
}

impl Default for AnalyseOptions {
    fn default() -> Self {
        Self {
            cluster: "default".into(),
        }
    }
}

/// Everything that is known about a set of policies and workloads.
#[derive(Clone, Debug)]
pub struct Analysis {
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
/// wrong is left out, so a caller that finds errors there must not enforce the result.
pub fn analyse(objects: &[Object], options: &AnalyseOptions, sink: &mut Sink) -> Analysis {
    let cluster = Cluster::new(objects, &options.cluster, sink);
    let model = Model::new(objects, &options.cluster, sink);
    let resolved = Resolved::new(&model, &cluster, sink);
    let graph = Graph::new(&model, &resolved);
    Analysis {
        cluster,
        model,
        resolved,
        graph,
    }
}
