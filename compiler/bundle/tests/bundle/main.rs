//! Bundles through the front door: written, read back, damaged, and asked.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that indexes wrongly fails, which is what a test is for"
)]

mod classify;
mod damage;
mod explain;
mod flow;
mod framing;
mod golden;
mod meaning;
mod meaning_of_peers;
mod round_trip;
mod simulate;
mod workloads;

use ztc_bundle::{BundleFile, Contents, SectionKind, encode_file, testing::contents};

/// Generated contents and their bundle.
fn generated(seed: u64) -> (Contents, BundleFile) {
    let contents = contents(seed);
    let file = encode_file(&contents).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    (contents, file)
}

/// Contents that have several records in every section but `meta`, and several kinds of them.
fn full() -> Contents {
    let is_full = |contents: &Contents| {
        let mut kinds = SectionKind::ALL.iter();
        let is_node = |is_node| contents.addresses.iter().any(|a| a.is_node == is_node);
        kinds.all(|&kind| contents.n_records(kind) >= 2 || kind == SectionKind::Meta)
            && is_node(0)
            && is_node(1)
            && contents.meta.labels != 0
            && contents.meta.n_rows >= 2
            && contents.rules[0].policy == contents.rules[1].policy
    };
    (0..)
        .map(contents)
        .find(is_full)
        .expect("there are many seeds")
}
