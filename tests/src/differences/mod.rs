//! `ztc diff` on pairs of random repositories: what it says is what one finds by asking everybody
//! about everybody in both, and taking back what it names takes back what it says.
//!
//! `ZTC_SEED` names the first scenario and `ZTC_CASES` how many follow. Must not know how a
//! difference is found.

mod blame;
mod causes;
mod causes_of_nodes;
mod links;
mod naive;
mod revisions;
mod said;
mod written;

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::Value;
use ztc_bundle::{Bundle, BundleFile};
use ztc_reach::{
    PartyId, PortSet, Reach,
    diff::{Change, Diff, EndId},
};

use crate::{
    generate::{Scenario, scenario},
    interpreter::Options,
    pipeline::compile_with,
    say::say,
    seeds::seeds,
    yaml_text,
};

const N_CASES: u64 = 60;

/// Policies and workloads at one time.
#[derive(Clone)]
struct Revision {
    options: Options,
    workloads: Vec<Value>,
    policies: Vec<Value>,
}

impl Revision {
    fn of(scenario: Scenario) -> Self {
        Self {
            options: scenario.options,
            workloads: scenario.workloads,
            policies: scenario.policies,
        }
    }

    fn files(&self) -> Vec<(String, String)> {
        let workloads = (
            String::from("workloads.yaml"),
            yaml_text::write(&self.workloads),
        );
        let policies = self.policies.iter().enumerate();
        let policies = policies
            .map(|(index, policy)| (format!("policy-{index}.yaml"), yaml_text::write([policy])));
        std::iter::once(workloads).chain(policies).collect()
    }

    fn compile(&self) -> BundleFile {
        compile_with(&self.files(), &self.options).bundle
    }
}

/// Who can talk to whom, each pod a workload of its own or as the bundle groups them.
fn reach<'a>(bundle: &Bundle<'a>) -> Reach<'a> {
    Reach::new(bundle)
}

/// The differences by pairs of ends.
fn by_pair(diff: &Diff) -> BTreeMap<(EndId, EndId), &Change> {
    let mut pairs = BTreeMap::new();
    for change in &diff.changes {
        assert_ne!(change.before, change.after, "a change changes something");
        assert!(!change.causes.is_empty(), "a change has causes");
        for (from, to) in change
            .from
            .iter()
            .flat_map(|one| change.to.iter().map(move |two| (one, two)))
        {
            let end = diff.end(*from).expect("an end of this difference");
            if from == to && !end.has_peers_in_itself {
                continue;
            }
            let other = pairs.insert((*from, *to), change);
            assert!(other.is_none(), "a pair is in one change only");
        }
    }
    let n: u64 = diff.changes.iter().map(|change| change.n_connections).sum();
    assert_eq!(u64::try_from(pairs.len()), Ok(n), "connections are counted");
    pairs
}

/// Two revisions: of one repository, of one with other policies, or of two that have nothing in
/// common but names.
fn two(seed: u64) -> (Revision, Revision) {
    let mut rng = Rng::with_seed(seed);
    let old = Revision::of(scenario(seed, 0));
    let other = Revision::of(scenario(rng.u64(..), 0));
    let new = match rng.u8(0..4) {
        0 => other,
        1 => Revision {
            policies: other.policies,
            ..old.clone()
        },
        2 => Revision {
            policies: old
                .policies
                .iter()
                .filter(|_| rng.bool())
                .cloned()
                .collect(),
            ..old.clone()
        },
        _ => Revision {
            workloads: other.workloads,
            ..old.clone()
        },
    };
    (old, new)
}

#[test]
fn a_difference_is_what_one_finds_by_asking_everybody() {
    let mut n_compared = 0;
    let mut n_differ = 0;
    for seed in seeds(N_CASES, "pairs") {
        let (old, new) = two(seed);
        let (old, new) = (old.compile(), new.compile());
        let found = naive::compare(&old.view(), &new.view());
        let (compared, differ) = found.unwrap_or_else(|fault| panic!("ZTC_SEED={seed}: {fault}"));
        n_compared += compared;
        n_differ += differ;
    }
    say(format_args!(
        "{n_compared} accesses, of which {n_differ} differ"
    ));
    assert!(n_differ * 50 > n_compared, "hardly anything differs");
}

/// Every pair of parties with the ports before and after.
type Said = BTreeMap<[[Option<PartyId>; 2]; 2], (PortSet, PortSet)>;

#[test]
fn the_way_back_is_the_same_the_other_way_round() {
    for seed in seeds(N_CASES, "pairs") {
        let (old, new) = two(seed);
        let (old, new) = (old.compile(), new.compile());
        let (old, new) = (old.view(), new.view());
        let (old, new) = (reach(&old), reach(&new));
        let said = |diff: &Diff, is_back: bool| -> Said {
            let parties = |id: &EndId| {
                let end = diff.end(*id).expect("an end of this difference");
                if is_back {
                    [end.new, end.old]
                } else {
                    [end.old, end.new]
                }
            };
            let pairs = by_pair(diff).into_iter().map(|((from, to), change)| {
                let (before, after) = (change.before.clone(), change.after.clone());
                let ports = if is_back {
                    (after, before)
                } else {
                    (before, after)
                };
                ([parties(&from), parties(&to)], ports)
            });
            pairs.collect()
        };
        let there = said(&Diff::new(&old, &new), false);
        let back = said(&Diff::new(&new, &old), true);
        assert_eq!(there, back, "ZTC_SEED={seed}");
        assert_eq!(Diff::new(&old, &old).changes, [], "ZTC_SEED={seed}");
    }
}

#[test]
fn other_names_orders_files_and_comments_are_no_difference() {
    for seed in seeds(N_CASES, "pairs") {
        let old = Revision::of(scenario(seed, 0));
        let mut rng = Rng::with_seed(seed);
        let mut policies = old.policies.clone();
        for policy in &mut policies {
            rename(policy);
            shuffle(policy, &mut rng);
        }
        rng.shuffle(&mut policies);
        let new = Revision {
            policies,
            ..old.clone()
        };
        let mut files = new.files();
        for (name, text) in &mut files {
            *text = format!(
                "# a comment\n\n{}",
                text.replace("\nspec:", "\n# another\nspec:")
            );
            *name = format!("moved/{name}");
        }
        let (old, new) = (old.compile(), compile_with(&files, &new.options).bundle);
        let (old, new) = (old.view(), new.view());
        let diff = Diff::new(&reach(&old), &reach(&new));
        assert_eq!(diff.changes, [], "ZTC_SEED={seed}");
    }
}

/// Gives a policy another name, unless the API server prescribes the one it has.
fn rename(policy: &mut Value) {
    let name = policy["metadata"]["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    if name != "default" {
        policy["metadata"]["name"] = format!("{name}-renamed").into();
    }
}

/// Puts rules and their peers in another order, where the order means nothing.
fn shuffle(policy: &mut Value, rng: &mut Rng) {
    let kind = policy["kind"].as_str().expect("a kind");
    let is_ordered = !(kind.starts_with("Cilium") || kind == "NetworkPolicy");
    let lists = ["ingress", "egress", "ingressDeny", "egressDeny"];
    for list in lists {
        let Some(Value::Array(rules)) = policy["spec"].get_mut(list) else {
            continue;
        };
        for rule in rules.iter_mut() {
            let peers = [
                "from",
                "to",
                "fromEndpoints",
                "toEndpoints",
                "fromCIDR",
                "toCIDR",
            ];
            for peers in peers {
                if let Some(Value::Array(peers)) = rule.get_mut(peers) {
                    rng.shuffle(peers);
                }
            }
        }
        if !is_ordered {
            rng.shuffle(rules);
        }
    }
}
