//! Decisions to map entries: the contents of a bundle.
//!
//! Every number that the kernel will see is given out here. Must not know YAML, and must not
//! decide anything: precedence was settled when the cells were merged.

mod decisions;
mod errors;
mod inventory;
mod numbers;
mod port_classes;
mod probes;
mod provenance;
mod selectors;
mod strings;
mod workloads;

pub use errors::ERRORS;
pub use numbers::{peer_index, protocol};

use ztc_bundle::{Contents, MetaRecord};
use ztc_diag::{Sink, Sources};
use ztc_policy::Analysis;

use strings::Strings;

/// What the caller adds to a bundle.
#[derive(Clone, Debug, Default)]
pub struct LowerOptions {
    /// The source revision, such as a Git commit.
    pub revision: Option<String>,
}

/// Lowers an analysis. What does not fit goes to the sink as an error; the contents are then not
/// to be used.
pub fn lower(
    analysis: &Analysis,
    sources: &Sources,
    options: &LowerOptions,
    sink: &mut Sink,
) -> Contents {
    let mut contents = Contents::default();
    let mut strings = Strings::default();
    numbers::check_budget(analysis, sink);
    selectors::lower(analysis, &mut strings, &mut contents);
    inventory::lower(analysis, &mut strings, &mut contents);
    workloads::lower(analysis, &mut strings, &mut contents);
    let n_port_classes = port_classes::lower(analysis, &mut contents, sink);
    decisions::lower(analysis, &mut contents);
    provenance::lower(analysis, sources, &mut strings, &mut contents);
    probes::lower(analysis, &mut contents);
    let endpoints = &analysis.cluster.endpoints;
    contents.meta = MetaRecord {
        cluster: strings.intern(&analysis.cluster.name),
        revision: strings.intern(options.revision.as_deref().unwrap_or_default()),
        n_workloads: numbers::number(endpoints.len()),
        n_rows: numbers::number(analysis.graph.rows.len()),
        n_port_maps: numbers::number(analysis.graph.port_maps.len()),
        n_port_classes,
        labels: strings.intern(analysis.options.labels.text()),
        options: strings.intern(&analysis.options.changed().join(" ")),
    };
    strings.finish(&mut contents);
    contents
}
