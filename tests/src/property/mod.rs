//! Interpreter = simulator = kernel, on random clusters, policies and connections.
//!
//! `ZTC_SEED` names the first scenario and `ZTC_CASES` how many follow; a failure prints the seed
//! of its scenario and the smallest set of policies that still shows it. The kernel's part needs
//! root and BPF; `ZTC_REQUIRE_KERNEL=1` turns its skip into a failure.

mod check;
mod shrink;

use std::time::Instant;

use self::check::{Tally, check};
use crate::generate::scale::Size;
use crate::generate::{Scenario, large, scenario};
use crate::kernel::Kernel;
use crate::say::say;
use crate::seeds;
use crate::yaml_text;

const N_CASES: u64 = 250;
const N_CONNECTIONS: usize = 40;

#[test]
fn interpreter_simulator_and_kernel_agree() {
    let seeds = seeds::seeds(N_CASES, "scenarios");
    let kernel = Kernel::if_possible();
    let start = Instant::now();
    let mut tally = Tally::default();
    for seed in seeds {
        let scenario = scenario(seed, N_CONNECTIONS);
        match check(&scenario, kernel.as_ref()) {
            Ok(found) => tally.add(&found),
            Err(difference) => report(seed, &scenario, &difference, kernel.as_ref()),
        }
    }
    say(format_args!("{tally:?} in {:?}", start.elapsed()));
    tally.assert_varied();
}

#[test]
fn they_agree_on_a_whole_repository_too() {
    let size = Size {
        n_policies: 400,
        n_namespaces: 40,
        n_pods: 800,
    };
    let seed = seeds::first();
    say(format_args!("a repository from ZTC_SEED={seed}"));
    match check(&large(size, seed, 4_000), Kernel::if_possible().as_ref()) {
        Ok(tally) => say(format_args!("{tally:?}")),
        Err(difference) => panic!("ZTC_SEED={seed}: {difference}"),
    }
}

/// Fails with the smallest scenario that shows a difference.
fn report(seed: u64, scenario: &Scenario, difference: &str, kernel: Option<&Kernel>) -> ! {
    let small = shrink::shrink(scenario, |scenario| check(scenario, kernel).is_err());
    let again = check(&small, kernel).err().unwrap_or_default();
    panic!(
        "ZTC_SEED={seed} ZTC_CASES=1: {difference}\n\nat its smallest: {again}\n\n{:?}\n{}---\n{}",
        small.options,
        yaml_text::write(&small.policies),
        yaml_text::write(&small.workloads),
    );
}
