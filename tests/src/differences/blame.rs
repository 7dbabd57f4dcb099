//! Taking back what a difference blames takes back the difference: rules that were added are really
//! deleted from the manifests, until nothing is left of a change.
//!
//! Must not know how a cause is found.

use std::{collections::BTreeSet, net::IpAddr};

use fastrand::Rng;
use serde_json::Value;
use ztc_abi::{Protocol, Verdict};
use ztc_bundle::Bundle;
use ztc_reach::{
    IdentityId, Reach,
    diff::{Cause, Change, Diff, End},
};

use super::{Revision, by_pair, reach};
use crate::{generate::scenario, say::say, seeds::seeds};

/// Each takes several compilations.
const N_CASES: u64 = 25;
/// Changes of one scenario that are taken back.
const N_CHANGES: usize = 3;
/// More rules than a scenario has.
const N_STEPS: usize = 60;

/// A connection by names that mean the same in every revision.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Access {
    from: Named,
    to: Named,
    protocol: Protocol,
    port: u16,
}

/// Addresses have other names as prefixes come and go, and are told by their first one.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Named {
    Address(IpAddr),
    Name(String),
}

impl Named {
    fn of(end: &End) -> Self {
        match end.ranges.first() {
            Some(range) => Self::Address(range.first),
            None => Self::Name(end.name.clone()),
        }
    }

    fn is(&self, end: &End) -> bool {
        match self {
            Self::Address(address) => end.ranges.iter().any(|range| range.contains(*address)),
            Self::Name(name) => end.name == *name,
        }
    }

    fn identity(&self, reach: &Reach<'_>) -> Option<IdentityId> {
        let mut parties = reach.parties().iter();
        let found = parties.find(|party| match self {
            Self::Address(address) => party.ranges.iter().any(|range| range.contains(*address)),
            Self::Name(name) => party.name == *name,
        });
        found.map(|party| party.identity)
    }
}

#[test]
fn deleting_the_rules_that_a_change_is_put_down_to_takes_it_back() {
    let mut n_deleted = 0;
    for seed in seeds(N_CASES, "pairs") {
        let mut rng = Rng::with_seed(seed);
        let old = Revision::of(scenario(seed, 0));
        let mut new = old.clone();
        let extra = Revision::of(scenario(rng.u64(..), 0)).policies;
        new.policies.extend(extra.into_iter().filter_map(added));
        let accesses = {
            let (before, after) = (old.compile(), new.compile());
            let (before, after) = (before.view(), after.view());
            let diff = Diff::new(&reach(&before), &reach(&after));
            let mut changes: Vec<_> = by_pair(&diff).into_iter().collect();
            rng.shuffle(&mut changes);
            let accesses = changes.into_iter().map(|((from, to), change)| {
                let name = |id| Named::of(diff.end(id).expect("an end"));
                let differing = [change.added(), change.removed()];
                let mut ranges = differing.iter().flat_map(|ports| ports.ranges());
                let range = ranges.next().expect("ports that differ");
                Access {
                    from: name(from),
                    to: name(to),
                    protocol: range.protocol(),
                    port: range.first,
                }
            });
            accesses.take(N_CHANGES).collect::<Vec<_>>()
        };
        for access in accesses {
            let n = take_back(&old, new.clone(), &access);
            n_deleted += n.unwrap_or_else(|fault| panic!("ZTC_SEED={seed}: {access:?}: {fault}"));
        }
    }
    say(format_args!("{n_deleted} rules deleted"));
    assert!(n_deleted > 0, "no rule was put to the test");
}

/// A policy under a name that no other has; none where there can be only one of its kind.
fn added(mut policy: Value) -> Option<Value> {
    let name = policy["metadata"]["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    if name == "default" {
        return None;
    }
    policy["metadata"]["name"] = format!("added-{name}").into();
    Some(policy)
}

/// Deletes what an access is put down to until it is as it was; says how many rules that took.
fn take_back(old: &Revision, mut new: Revision, access: &Access) -> Result<usize, String> {
    let before = old.compile();
    let before = before.view();
    let before = reach(&before);
    let mut last: Option<String> = None;
    for n_deleted in 0..N_STEPS {
        let after = new.compile();
        let bundle = after.view();
        let after = reach(&bundle);
        let diff = Diff::new(&before, &after);
        // A node that policies no longer tell apart has no name of its own.
        let said = answer(&after, access);
        if said.is_some() && last == said {
            return Err(format!("it made no difference: {said:?}"));
        }
        last = said;
        let Some(change) = change_of(&diff, access) else {
            return Ok(n_deleted);
        };
        let mut rules = Vec::new();
        for cause in &change.causes {
            match cause {
                Cause::RuleAdded { new } => rules.push(*new),
                // Nothing but policies was added.
                other => return Err(format!("put down to {other:?}")),
            }
        }
        delete(&mut new, &bundle, &rules);
    }
    Err("there is no end to it".into())
}

/// The change that an access is part of, at its port.
fn change_of<'d>(diff: &'d Diff, access: &Access) -> Option<&'d Change> {
    let pairs = by_pair(diff);
    let mut pairs = pairs.into_iter();
    let found = pairs.find(|((from, to), change)| {
        let is = |id, named: &Named| diff.end(id).is_some_and(|end| named.is(end));
        let differs = [change.added(), change.removed()];
        let mut differs = differs.iter();
        is(*from, &access.from)
            && is(*to, &access.to)
            && differs.any(|ports| ports.contains(access.protocol, access.port))
    });
    found.map(|(_, change)| change)
}

/// Both verdicts, with what the deciding rules mean, so that a rule is known in another place.
fn answer(reach: &Reach<'_>, access: &Access) -> Option<String> {
    let (from, to) = (access.from.identity(reach)?, access.to.identity(reach)?);
    let verdicts = reach.judge(from, to, access.protocol, access.port);
    let meaning = |rule: u32| {
        let meaning = reach.bundle().meaning(rule);
        // The same rule may be written several times, and then it goes one by one.
        let all = (1..).map_while(|rule| reach.bundle().meaning(rule));
        (meaning, all.filter(|other| Some(*other) == meaning).count())
    };
    let side = |verdict: Option<Verdict>| {
        let verdict = verdict?;
        Some((verdict.action(), meaning(verdict.rule())))
    };
    let rows = [
        reach.identity(from).map_or(0, |one| one.row_egress),
        reach.identity(to).map_or(0, |one| one.row_ingress),
    ];
    let isolating = rows.map(|row| {
        let rules = reach.bundle().isolating_rules(row);
        rules
            .map(|rule| meaning(rule.number))
            .collect::<BTreeSet<_>>()
    });
    Some(format!(
        "{:?} {:?} {isolating:?}",
        side(verdicts.egress),
        side(verdicts.ingress)
    ))
}

/// Deletes rules from the manifests: the elements that they are, or the policies of those that are
/// no element of a list.
fn delete(revision: &mut Revision, bundle: &Bundle<'_>, rules: &[u32]) {
    let mut places: Vec<(usize, String)> = Vec::new();
    for number in rules {
        let rule = bundle.rule(*number).expect("a rule of this bundle");
        let mut policies = revision.policies.iter();
        let policy = policies.position(|policy| {
            let meta = &policy["metadata"];
            let namespace = meta["namespace"].as_str();
            policy["kind"] == rule.kind
                && meta["name"] == rule.name
                && (rule.namespace.is_empty() || namespace.unwrap_or("default") == rule.namespace)
        });
        places.push((
            policy.expect("rules are written in policies"),
            rule.path.into(),
        ));
    }
    // Later elements first, so that the places of the others stay what they are.
    places.sort_by_key(|(policy, path)| (*policy, element(path).map(|(_, index)| index)));
    let mut whole: BTreeSet<usize> = BTreeSet::new();
    for (policy, path) in places.into_iter().rev() {
        let list = element(&path).and_then(|(list, index)| {
            let list = revision.policies[policy].pointer_mut(&list)?;
            Some((list.as_array_mut()?, index))
        });
        match list {
            Some((list, index)) if index < list.len() && !path.contains("policyTypes") => {
                list.remove(index);
            }
            _ => drop(whole.insert(policy)),
        }
    }
    for policy in whole.into_iter().rev() {
        revision.policies.remove(policy);
    }
}

/// `spec.ingress[2]` as the pointer to a list and a place in it.
fn element(path: &str) -> Option<(String, usize)> {
    let (list, index) = path.strip_suffix(']')?.rsplit_once('[')?;
    let pointer = list.replace('[', "/").replace(']', "").replace('.', "/");
    Some((format!("/{pointer}"), index.parse().ok()?))
}
