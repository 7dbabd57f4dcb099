//! Which seeds a test of random scenarios runs through.
//!
//! The same in every run, so that a change is judged by what it changes; `ZTC_SEED=random` looks
//! where nobody looked. Must not know what a seed is the seed of.

use std::{env, ops::Range};

use crate::say::say;

/// The first seed where none is named.
const FIRST: u64 = 1;

/// The seeds of this run, and says so: `ZTC_SEED` names the first, or is `random`, and `ZTC_CASES`
/// how many they are, else they are as many as the test asks for. `what` they are of is a plural.
pub(crate) fn seeds(n_cases: u64, what: &str) -> Range<u64> {
    let first = first();
    let n_cases = number("ZTC_CASES", env::var_os("ZTC_CASES")).unwrap_or(n_cases);
    say(format_args!("{n_cases} {what} from ZTC_SEED={first}"));
    first..first + n_cases
}

/// The first of them.
pub(crate) fn first() -> u64 {
    let seed = env::var_os("ZTC_SEED");
    if seed.as_ref().is_some_and(|seed| seed == "random") {
        return fastrand::u64(..1 << 40);
    }
    number("ZTC_SEED", seed).unwrap_or(FIRST)
}

/// A run with another seed than the one that was meant would prove something else.
fn number(variable: &str, value: Option<std::ffi::OsString>) -> Option<u64> {
    let value = value?;
    let number = value.to_str().and_then(|text| text.parse().ok());
    Some(number.unwrap_or_else(|| panic!("{variable} is no number: {value:?}")))
}

#[test]
#[should_panic(expected = "ZTC_SEED is no number: \"12o\"")]
fn a_mistyped_seed_is_no_other_seed() {
    number("ZTC_SEED", Some("12o".into()));
}

#[test]
fn a_seed_is_the_one_that_is_named() {
    assert_eq!(number("ZTC_SEED", Some("120".into())), Some(120));
    assert_eq!(number("ZTC_SEED", None), None);
}
