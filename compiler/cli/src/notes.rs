//! What an answer depends on besides the policies that it names, a sentence each.
//!
//! Must not know the question.

use std::collections::BTreeSet;

use ztc_bundle::{Bundle, PolicyName, RuleRef};

use crate::{
    compiled::Compiled,
    output::{counted, few},
};

/// How many objects that are left out are named.
const SHOWN: usize = 3;

/// The notes for every answer; `of_audited` ends the sentence about audited policies.
pub(crate) fn of(compiled: &Compiled, of_audited: &str) -> Vec<String> {
    let bundle = compiled.bundle.view();
    let mut notes = of_options(compiled);
    let audited = bundle.audited_policies().len();
    if audited > 0 {
        let policies = counted(audited, "policy is", "policies are");
        notes.push(format!("{policies} audited and not enforced{of_audited}"));
    }
    notes.extend(of_degraded(&bundle, |_| true));
    notes.extend(of_networks(&bundle));
    let left_out = &compiled.left_out;
    if !left_out.is_empty() {
        let objects = counted(left_out.len(), "object is", "objects are");
        let names = few(left_out, SHOWN);
        notes.push(format!("{objects} left out because of errors: {names}"));
    }
    notes
}

/// Those about options, and about names that any address could be meant by: for an answer that
/// shows its rules, with what they ask for and do not get.
pub(crate) fn of_one_answer(compiled: &Compiled) -> Vec<String> {
    let mut notes = of_options(compiled);
    notes.extend(of_degraded(&compiled.bundle.view(), is_missing));
    notes
}

/// Whether rules that ask for this match nobody.
fn is_missing(degradation: &str) -> bool {
    matches!(degradation, "fqdn" | "groups")
}

/// What rules ask for and do not get, by name.
fn of_degraded(bundle: &Bundle<'_>, is_wanted: fn(&str) -> bool) -> Vec<String> {
    let degraded = bundle.degraded().into_iter();
    let degraded = degraded.filter(|(name, _)| is_wanted(name));
    let notes = degraded.map(|(name, rules)| {
        let mut policies: Vec<PolicyName<'_>> = rules.iter().map(RuleRef::policy).collect();
        policies.dedup();
        let whose = match policies.as_slice() {
            [] => String::new(),
            policies => format!(": {}", few(policies, SHOWN)),
        };
        let n_rules = |one: &str, many: &str| counted(rules.len(), one, many);
        let what = match name {
            name if is_missing(name) => format!(
                "{} names or groups without known addresses, and connections to these are missing",
                n_rules("rule means", "rules mean")
            ),
            "host-policies" => "policies of nodes have no effect".into(),
            "listener" => format!(
                "{} whose traffic is not sent through the listener that is named",
                n_rules("rule", "rules")
            ),
            _ => n_rules(
                "rule lets more through than it says",
                "rules let more through than they say",
            ),
        };
        format!("{name}: {what}{whose}")
    });
    notes.collect()
}

/// Workloads without an address are in no network that a policy names.
fn of_networks(bundle: &Bundle<'_>) -> Option<String> {
    let mut networks = bundle.networks().iter();
    if !networks.any(|network| network.length > 0) {
        return None;
    }
    let addresses = bundle.addresses().iter().filter(|one| one.is_node == 0);
    let with_address: BTreeSet<u32> = addresses.map(|one| one.name).collect();
    let without: BTreeSet<&str> = (0u32..)
        .zip(bundle.endpoints().iter())
        .filter(|(_, pod)| pod.class != 0 && !with_address.contains(&pod.name))
        .map(|(place, _)| bundle.workload_name(place))
        .collect();
    (!without.is_empty()).then(|| {
        let n = counted(without.len(), "workload has", "workloads have");
        format!(
            "policies name networks, and {n} no address in the input: taken to be in none but that \
             of all addresses"
        )
    })
}

/// Those about options only.
fn of_options(compiled: &Compiled) -> Vec<String> {
    let bundle = compiled.bundle.view();
    let options = bundle.string(bundle.meta().options).split(' ');
    options.filter_map(option).collect()
}

/// What an option does to every answer.
fn option(option: &str) -> Option<String> {
    let effect = match option {
        "enable-policy=always" => "every pod is isolated, whether a policy selects it or not",
        "enable-policy=never" => "no policy has any effect",
        "policy-audit-mode=true" => "every policy is audited and none is enforced",
        _ => return None,
    };
    Some(format!("with `{option}`, {effect}"))
}
