//! Who can talk to whom, on bundles that are made by hand or at random.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop with a message"
)]

mod addresses;
mod agreement;
mod folding;
mod names;
mod overlay;

use ztc_bundle::{Bundle, BundleFile, encode_file, testing};
use ztc_reach::Reach;

/// How many random bundles each test looks at.
const N_SEEDS: u64 = 150;

/// A random bundle.
fn random(seed: u64) -> BundleFile {
    encode_file(&testing::contents(seed)).expect("contents of a generator can be encoded")
}

/// Its reach, each endpoint a workload of its own.
fn reach<'a>(bundle: &Bundle<'a>) -> Reach<'a> {
    Reach::new(bundle)
}
