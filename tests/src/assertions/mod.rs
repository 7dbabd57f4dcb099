//! `ztc test --coverage` on random repositories: a rule is noticed exactly when some assertion ends
//! otherwise without it, which is tried by taking the rule out of its file.
//!
//! `ZTC_SEED` names the first repository and `ZTC_CASES` how many follow, as for the property.

mod entities;
mod random;
mod without;

use std::{path::Path, process::Command};

use fastrand::Rng;
use rayon::prelude::*;
use serde_json::Value;

use self::random::policy_test;
use self::without::without;
use crate::console::ztc;
use crate::generate::{Scenario, scenario};
use crate::interpreter::{Enforcement, Options};
use crate::say::say;
use crate::scratch::Scratch;
use crate::seeds::seeds;
use crate::yaml_text;

const N_CASES: u64 = 60;
const N_CONNECTIONS: usize = 30;

#[test]
fn a_rule_is_noticed_exactly_when_taking_it_out_of_its_file_changes_an_outcome() {
    let seeds = seeds(N_CASES, "repositories").into_par_iter();
    let tallies: Vec<Tally> = seeds.map(check).collect();
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (n_rules, n_noticed) = (sum(|tally| tally.n_rules), sum(|tally| tally.n_noticed));
    let (n_passed, n_not) = (sum(|tally| tally.n_passed), sum(|tally| tally.n_not_passed));
    say(format_args!(
        "{n_noticed} of {n_rules} rules noticed, {n_passed} of {} assertions passed",
        n_passed + n_not
    ));
    // Agreement where nothing is ever noticed, or everything is, would prove little.
    let is_varied = n_noticed * 25 > n_rules && n_noticed * 2 < n_rules;
    let is_mixed = n_passed > tallies.len() && n_not > tallies.len();
    assert!(tallies.len() < 20 || is_varied && is_mixed, "hardly varied");
}

/// What was compared.
#[derive(Default)]
struct Tally {
    n_rules: usize,
    n_noticed: usize,
    n_passed: usize,
    n_not_passed: usize,
}

fn check(seed: u64) -> Tally {
    let scenario = scenario(seed, N_CONNECTIONS);
    let mut rng = Rng::with_seed(seed);
    let test = policy_test(&mut rng, &scenario);
    let repository = Repository::new(&seed.to_string(), &scenario.options);
    let result = repository.run(&scenario, &scenario.policies, &test, &["--coverage"]);
    let before = outcomes(&result);
    let mut tally = Tally {
        n_passed: before.iter().filter(|passed| **passed).count(),
        ..Tally::default()
    };
    tally.n_not_passed = before.len() - tally.n_passed;
    let policies = result["coverage"]["policies"].as_array().expect("a list");
    for rule in policies
        .iter()
        .flat_map(|policy| policy["rules"].as_array().expect("a list"))
    {
        let noticed = rule["noticed"].as_bool().expect("a flag");
        let rest = without(&scenario.policies, &rule["rule"]);
        let after = outcomes(&repository.run(&scenario, &rest, &test, &[]));
        assert_eq!(
            before != after,
            noticed,
            "ZTC_SEED={seed} ZTC_CASES=1: without {}:\n{before:?}\n{after:?}\n{}---\n{}",
            rule["rule"],
            yaml_text::write([&test]),
            yaml_text::write(&scenario.policies),
        );
        tally.n_rules += 1;
        tally.n_noticed += usize::from(noticed);
    }
    tally
}

/// Whether each assertion passed.
fn outcomes(result: &Value) -> Vec<bool> {
    let assertions = result["assertions"].as_array().expect("a list");
    let passed = assertions.iter().map(|one| one["outcome"] == "passed");
    passed.collect()
}

/// A directory that is written again and again.
struct Repository {
    directory: Scratch,
    options: Vec<String>,
}

impl Repository {
    fn new(name: &str, options: &Options) -> Self {
        let directory = Scratch::new(name);
        let options = flags(options);
        Self { directory, options }
    }

    fn run(&self, scenario: &Scenario, policies: &[Value], test: &Value, flags: &[&str]) -> Value {
        let workloads = yaml_text::write(&scenario.workloads);
        let texts = [
            workloads,
            yaml_text::write(policies),
            yaml_text::write([test]),
        ];
        self.run_files(&texts, flags)
    }

    /// With workloads, policies and assertions.
    fn run_files(&self, texts: &[String; 3], flags: &[&str]) -> Value {
        for (name, text) in ["workloads.yaml", "policies.yaml", "test.yaml"]
            .iter()
            .zip(texts)
        {
            self.directory.write(name, text);
        }
        run(self.directory.path(), &self.options, flags)
    }
}

fn run(directory: &Path, options: &[String], flags: &[&str]) -> Value {
    let mut command = Command::new(ztc());
    command.args(["test", "--no-config", "--allow-degraded", "all"]);
    command.args(["--format", "json"]).args(options).args(flags);
    let output = command.arg(directory).output().expect("ztc runs");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(!output.stdout.is_empty(), "no answer: {complaints}");
    serde_json::from_slice(&output.stdout).expect("the output is JSON")
}

fn flags(options: &Options) -> Vec<String> {
    let enforcement = match options.enforcement {
        Enforcement::Default => "default",
        Enforcement::Always => "always",
        Enforcement::Never => "never",
    };
    let localhost = if options.allow_localhost {
        "auto"
    } else {
        "policy"
    };
    let mut settings = vec![
        format!("enable-policy={enforcement}"),
        format!("allow-localhost={localhost}"),
        format!("enable-k8s-networkpolicy={}", options.network_policies),
        format!(
            "enable-non-default-deny-policies={}",
            options.non_default_deny
        ),
        format!("policy-default-local-cluster={}", options.local_cluster),
        format!("enable-node-selector-labels={}", options.node_selectors),
        format!("policy-audit-mode={}", options.audit_mode),
    ];
    if options.cidrs_match_nodes {
        settings.push("policy-cidr-match-mode=nodes".into());
    }
    if !options.labels.is_empty() {
        settings.push(format!("labels={}", options.labels));
    }
    let flags = settings.into_iter();
    flags
        .flat_map(|setting| ["--option".to_owned(), setting])
        .collect()
}
