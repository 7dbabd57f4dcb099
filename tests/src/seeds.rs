//! Which seeds a test of random scenarios runs through.
//!
//! Must not know what a seed is the seed of.

use std::{env, ops::Range};

use crate::say::say;

/// The seeds of this run, and says so: `ZTC_SEED` names the first and `ZTC_CASES` how many they
/// are, else it is a random one and as many as the test asks for. `what` they are of is a plural.
pub(crate) fn seeds(n_cases: u64, what: &str) -> Range<u64> {
    let first = first();
    let n_cases = number("ZTC_CASES", env::var_os("ZTC_CASES")).unwrap_or(n_cases);
    say(format_args!("{n_cases} {what} from ZTC_SEED={first}"));
    first..first + n_cases
}

/// The first of them.
pub(crate) fn first() -> u64 {
    let seed = number("ZTC_SEED", env::var_os("ZTC_SEED"));
    seed.unwrap_or_else(|| fastrand::u64(..1 << 40))
}

/// A run with another seed than the one that was meant would prove something else.
fn number(variable: &str, value: Option<std::ffi::OsString>) -> Option<u64> {
    let value = value?;
    let number = value.to_str().and_then(|text| text.parse().ok());
    Some(number.unwrap_or_else(|| panic!("{variable} is not a number: {value:?}")))
}

#[test]
#[should_panic(expected = "ZTC_SEED is not a number: \"12o\"")]
fn a_mistyped_seed_is_no_other_seed() {
    number("ZTC_SEED", Some("12o".into()));
}

#[test]
fn a_seed_is_the_one_that_is_named() {
    assert_eq!(number("ZTC_SEED", Some("120".into())), Some(120));
    assert_eq!(number("ZTC_SEED", None), None);
}
