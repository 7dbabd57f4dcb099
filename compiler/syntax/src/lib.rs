//! YAML to typed objects that remember where they came from. Never fails: it reports.
//!
//! [`parse`] is the door; [`object`] is what comes out. Must not know what an object means.
//! Reading order: `documents` (a file's documents), `yaml`, `json`, `builder`, `tree` (a document
//! as data), `read` (typed reads), `kind` (which reader for which kind), then one file for each
//! family of kinds.

mod builder;
mod cilium_element;
mod cilium_network_policy;
mod cluster_object;
mod documents;
mod errors;
mod indicator;
mod json;
mod kind;
mod label;
mod meta;
mod network_policy;
pub mod object;
mod port;
mod prefix;
mod read;
mod scalar;
mod selector;
mod snapshot;
mod tree;
mod workload;
mod yaml;

pub use errors::ERRORS;
pub use object::*;

use rayon::prelude::*;
use ztc_diag::{Sink, Sources, Span};

use crate::documents::Document;
use crate::kind::Found;
use crate::read::Reader;

/// What the files of a run hold.
#[derive(Clone, Default, Debug)]
pub struct Parsed {
    /// Every object without an error, in the order of the files and within them.
    pub objects: Vec<Object>,
    /// Objects of kinds that ztc does not know.
    pub skipped: Vec<Skipped>,
    /// How many documents there were, blank ones not counted.
    pub n_documents: usize,
}

/// An object of a kind that ztc does not know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// As written.
    pub api_version: String,
    /// As written.
    pub kind: String,
    /// The value of the `kind` key.
    pub span: Span,
}

/// Reads every document of every file. What is wrong goes to the sink; whatever has no error comes
/// out, whatever is around it. The outcome does not depend on the number of threads.
pub fn parse(sources: &Sources, sink: &mut Sink) -> Parsed {
    let documents: Vec<Document<'_>> = sources
        .iter()
        .flat_map(|(id, source)| documents::split(id, source))
        .collect();
    let read: Vec<(Found, Sink)> = documents.par_iter().map(read_document).collect();
    let mut parsed = Parsed {
        n_documents: documents.len(),
        ..Parsed::default()
    };
    for (found, document_sink) in read {
        parsed.objects.extend(found.objects);
        parsed.skipped.extend(found.skipped);
        sink.append(document_sink);
    }
    parsed
}

fn read_document(document: &Document<'_>) -> (Found, Sink) {
    let mut reader = Reader::default();
    let mut found = Found::default();
    if let Some(tree) = yaml::read(document, &mut reader.sink) {
        kind::read(&mut reader, tree.root(), &mut found);
    }
    (found, reader.sink)
}
