//! The seed of a test of random cases.
//!
//! Must not know what it is the seed of.

use std::env;

/// The seed of this run, and says so: the same in every run, unless `ZTC_SEED` names another one
/// or is `random`.
#[expect(
    clippy::print_stdout,
    reason = "the seed must be known to repeat a failure"
)]
pub(crate) fn seed() -> u64 {
    let seed = match env::var("ZTC_SEED").as_deref() {
        Err(_) => 1,
        Ok("random") => fastrand::u64(..),
        Ok(number) => number.parse().expect("ZTC_SEED is `random` or a number"),
    };
    println!("ZTC_SEED={seed}");
    seed
}
