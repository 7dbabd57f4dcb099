//! YAML to typed objects that remember where they came from. Never fails: it reports.
//!
//! [`parse`] is the door; [`object`] is what comes out. Must not know what an object means.
//! Reading order: `documents` (a file's documents), `yaml`, `json`, `builder`, `tree` (a document
//! as data), `read` (typed reads), `kind` (which reader for which kind), then the kinds:
//! `cilium_network_policy` (CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy) and what begins
//! with `cilium_`; `network_policy` (NetworkPolicy); `admin_policy` (ClusterNetworkPolicy,
//! AdminNetworkPolicy, BaselineAdminNetworkPolicy), `admin_peer`, `admin_port`; `cidr_group`
//! (CiliumCIDRGroup); `workload` (pods and what makes them); `cluster_object` (Namespace, Node,
//! Service, EndpointSlice); `snapshot`, `resolution` and `policy_test` (Snapshot, Resolution
//! and PolicyTest of ztc).

mod admin_peer;
mod admin_policy;
mod admin_port;
mod annotation;
mod builder;
mod canonical;
mod cidr_group;
mod cilium_element;
mod cilium_icmp;
mod cilium_l7;
mod cilium_network_policy;
mod cilium_peer;
mod cilium_port_rule;
mod cilium_proxy;
mod cluster_object;
mod documents;
mod errors;
mod found;
mod fqdn;
mod indicator;
mod json;
mod kind;
mod label;
mod meta;
mod network_policy;
pub mod object;
mod policy_test;
mod port;
mod prefix;
mod read;
mod regex;
mod resolution;
mod scalar;
mod selector;
mod snapshot;
mod tree;
mod workload;
mod yaml;

pub use errors::ERRORS;
pub use label::is_namespace;
pub use object::*;
pub use policy_test::{NotPorts, parse_ports};

use rayon::prelude::*;
use ztc_diag::{Sink, Sources, Span};

use crate::documents::Document;
use crate::found::Found;
use crate::read::Reader;

/// What the files of a run hold.
#[derive(Clone, Default, Debug)]
pub struct Parsed {
    /// Every object without an error, in the order of the files and within them.
    pub objects: Vec<Object>,
    /// Objects of kinds that ztc does not know.
    pub skipped: Vec<Skipped>,
    /// What had an error and was left out for it, in the order of the files and within them.
    pub refused: Vec<Refused>,
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

/// An object, or a document that is none, that had an error and so is not among the objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// As written; `document` for what has no readable kind.
    pub kind: String,
    /// `metadata.namespace` as written, if it can be read.
    pub namespace: Option<String>,
    /// `metadata.name` as written, if it can be read.
    pub name: Option<String>,
    /// The value of the `kind` key, or the start of the document.
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
        parsed.refused.extend(found.refused);
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
    // An error that belongs to no object that was found is one of the document.
    if reader.sink.has_errors() && found.refused.is_empty() && found.skipped.is_empty() {
        let (source, start) = (document.source, document.start);
        let end = start;
        found.refuse_document(Span { source, start, end });
    }
    (found, reader.sink)
}
