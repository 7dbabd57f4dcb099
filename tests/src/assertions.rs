//! `ztc test --coverage` on random repositories: a rule is noticed exactly when some assertion ends
//! otherwise without it, which is tried by taking the rule out of its file.
//!
//! `ZTC_SEED` names the first repository and `ZTC_CASES` how many follow, as for the property.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use fastrand::Rng;
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::console::ztc;
use crate::generate::{Scenario, scenario};
use crate::interpreter::{Cluster, Connection, End, Enforcement, Options, Protocol};
use crate::say::say;
use crate::yaml_text;

const N_CASES: u64 = 60;
const N_CONNECTIONS: usize = 30;
const N_ASSERTIONS: usize = 10;

#[test]
fn a_rule_is_noticed_exactly_when_taking_it_out_of_its_file_changes_an_outcome() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("ZTC_SEED").unwrap_or_else(|| fastrand::u64(..1 << 40));
    let n_cases = number("ZTC_CASES").unwrap_or(N_CASES);
    say(format_args!("{n_cases} repositories from ZTC_SEED={first}"));
    let seeds = (first..first + n_cases).into_par_iter();
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
    assert!(n_cases < 20 || is_varied && is_mixed, "hardly varied");
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
    let repository = Repository::new(seed, &scenario.options);
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
    directory: PathBuf,
    options: Vec<String>,
}

impl Repository {
    fn new(seed: u64, options: &Options) -> Self {
        let name = format!("ztc-assertions-{}-{seed}", std::process::id());
        let directory = env::temp_dir().join(name);
        fs::create_dir_all(&directory).expect("the temporary directory is writable");
        let options = flags(options);
        Self { directory, options }
    }

    fn run(&self, scenario: &Scenario, policies: &[Value], test: &Value, flags: &[&str]) -> Value {
        let write = |name: &str, text: String| {
            fs::write(self.directory.join(name), text).expect("the directory is ours");
        };
        write("workloads.yaml", yaml_text::write(&scenario.workloads));
        write("policies.yaml", yaml_text::write(policies));
        write("test.yaml", yaml_text::write([test]));
        run(&self.directory, &self.options, flags)
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        // What is left behind is a temporary directory, whatever the reason.
        let _ = fs::remove_dir_all(&self.directory);
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

// === assertions ===

fn policy_test(rng: &mut Rng, scenario: &Scenario) -> Value {
    let connections = scenario.connections.iter();
    let cluster = Cluster::new(&scenario.workloads);
    let narrow = connections.filter_map(|connection| narrow(rng.bool(), &cluster, connection));
    let mut assertions: Vec<Value> = narrow.collect();
    assertions.extend((0..N_ASSERTIONS).map(|_| assertion(rng, scenario)));
    for assertion in &mut assertions {
        let connection = assertion
            .as_object_mut()
            .expect("a mapping")
            .values_mut()
            .next();
        if rng.u8(0..6) == 0 {
            let policy = rng.choice(&scenario.policies).expect("policies");
            let name = policy["metadata"]["name"].as_str().expect("a name");
            let kind = policy["kind"].as_str().expect("a kind");
            connection.expect("allow or deny")["by"] = format!("{kind} {name}").into();
        }
    }
    json!({
        "apiVersion": "ztc.dev/v1alpha1",
        "kind": "PolicyTest",
        "metadata": {"name": "random"},
        "spec": {"assertions": assertions},
    })
}

/// About one connection that some policy may be about; `None` for what no assertion can name.
fn narrow(allowed: bool, cluster: &Cluster, connection: &Connection) -> Option<Value> {
    let end = |end: &End| match end {
        End::Pod(name) | End::Entity(name) => name.clone(),
        // Of the addresses of a pod only one decides whom policies take it for.
        End::Address(address) => {
            let mut pods = cluster.pods.iter();
            let owner = pods.find(|pod| pod.addresses.contains(address));
            owner.map_or_else(|| address.to_string(), |pod| pod.name.clone())
        }
    };
    let protocol = match connection.protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
        Protocol::Icmp => "ICMP",
        Protocol::Icmpv6 => "ICMPv6",
        Protocol::Other => return None,
    };
    let expected = if allowed { "allow" } else { "deny" };
    Some(json!({expected: {
        "from": end(&connection.from),
        "to": end(&connection.to),
        "ports": [format!("{}/{protocol}", connection.port)],
    }}))
}

/// About several ends and ports at once.
fn assertion(rng: &mut Rng, scenario: &Scenario) -> Value {
    // Of two ends that are no pods nothing can be said.
    let inside = rng.u8(0..3);
    let mut connection = json!({
        "from": side(rng, scenario, inside != 1),
        "to": side(rng, scenario, inside != 2),
    });
    if rng.u8(0..4) > 0 {
        let n_ports = rng.usize(1..=2);
        connection["ports"] = (0..n_ports).map(|_| ports(rng)).collect();
    }
    let expected = *rng.choice(&["allow", "deny"]).expect("a choice");
    json!({expected: connection})
}

fn side(rng: &mut Rng, scenario: &Scenario, inside: bool) -> Value {
    let n = rng.usize(1..=2);
    let selections: Vec<Value> = (0..n).map(|_| selection(rng, scenario, inside)).collect();
    match rng.u8(0..3) {
        0 => selections.into(),
        1 => json!({"all": selections}),
        _ => json!({"any": selections}),
    }
}

fn selection(rng: &mut Rng, scenario: &Scenario, inside: bool) -> Value {
    const OUTSIDE: [&str; 9] = [
        "world",
        "host",
        "remote-node",
        "kube-apiserver",
        "ingress",
        "10.0.0.0/8",
        "198.51.100.0/24",
        "203.0.113.7",
        "2001:db8::/32",
    ];
    const INSIDE: [&str; 7] = [
        "cluster",
        "shop/*",
        "ops/*",
        "*{app=web}",
        "*{tier}",
        "*{app!=db}",
        "data{!role}",
    ];
    if !inside && rng.bool() {
        return (*rng.choice(&OUTSIDE).expect("a choice")).into();
    }
    let is_pod = |object: &&Value| object["kind"] == "Pod" && object["spec"]["hostNetwork"] != true;
    let pods: Vec<&Value> = scenario.workloads.iter().filter(is_pod).collect();
    match rng.choice(&pods) {
        Some(pod) if rng.u8(0..3) > 0 => {
            let metadata = &pod["metadata"];
            let namespace = metadata["namespace"].as_str().unwrap_or("default");
            format!("{namespace}/{}", metadata["name"].as_str().expect("a name")).into()
        }
        _ => (*rng.choice(&INSIDE).expect("a choice")).into(),
    }
}

fn ports(rng: &mut Rng) -> Value {
    const PORTS: [&str; 14] = [
        "80/TCP",
        "8080/TCP",
        "8081/TCP",
        "443/TCP",
        "53/UDP",
        "53/TCP",
        "9100/TCP",
        "80-90/TCP",
        "1-1023/TCP",
        "TCP",
        "UDP",
        "SCTP",
        "8/ICMP",
        "ICMPv6",
    ];
    (*rng.choice(&PORTS).expect("a choice")).into()
}

// === taking rules out ===

/// The policies without a rule, its isolation included.
fn without(policies: &[Value], rule: &Value) -> Vec<Value> {
    let is_it = |policy: &Value| {
        let namespace = match rule["policy"].get("namespace") {
            None => true,
            Some(namespace) => {
                let written = policy["metadata"].get("namespace");
                written.unwrap_or(&json!("default")) == namespace
            }
        };
        policy["kind"] == rule["policy"]["kind"]
            && policy["metadata"]["name"] == rule["policy"]["name"]
            && namespace
    };
    let rest = policies.iter().filter_map(|policy| match is_it(policy) {
        true => without_rule(policy.clone(), rule),
        false => Some(policy.clone()),
    });
    rest.collect()
}

/// A policy without one of its rules; `None` when nothing is left of it.
fn without_rule(mut policy: Value, rule: &Value) -> Option<Value> {
    let path = rule["path"].as_str().expect("a path");
    if policy["kind"] == "NetworkPolicy" {
        let summary = rule["summary"].as_str().expect("a summary");
        return without_element(policy, path, summary);
    }
    let (holder, list, index) = parts(path);
    let lists = ["ingress", "ingressDeny", "egress", "egressDeny"];
    let spec = policy.pointer_mut(&holder).expect("the path leads there");
    remove(spec, list, index);
    let is_cilium = policy["apiVersion"] == "cilium.io/v2";
    let spec = policy.pointer(&holder).expect("as before");
    if !is_cilium || lists.iter().any(|list| !is_empty(&spec[*list])) {
        return Some(policy);
    }
    // Cilium refuses a Rule without any element.
    match holder.strip_prefix("/specs/") {
        None => drop(policy.as_object_mut()?.remove("spec")),
        Some(index) => remove(&mut policy, "specs", index.parse().expect("an index")),
    }
    (policy.get("spec").is_some() || !is_empty(&policy["specs"])).then_some(policy)
}

/// A NetworkPolicy isolates by its `policyTypes`, with or without elements.
fn without_element(mut policy: Value, path: &str, summary: &str) -> Option<Value> {
    let spec = &mut policy["spec"];
    let mut types = match &spec["policyTypes"] {
        types if !is_empty(types) => types.as_array().expect("a list").clone(),
        _ if is_empty(&spec["egress"]) => vec![json!("Ingress")],
        _ => vec![json!("Ingress"), json!("Egress")],
    };
    let is_egress = path.starts_with("spec.egress") || summary.starts_with("isolates egress");
    let (list, of_type) = match is_egress {
        true => ("egress", "Egress"),
        false => ("ingress", "Ingress"),
    };
    if path.contains('[') {
        let (_, list, index) = parts(path);
        remove(spec, list, index);
    }
    if is_empty(&spec[list]) {
        types.retain(|one| one != of_type);
    }
    let is_left = !types.is_empty();
    spec["policyTypes"] = types.into();
    is_left.then_some(policy)
}

/// `specs[1].ingress[0]` is the pointer `/specs/1`, `ingress`, 0.
fn parts(path: &str) -> (String, &str, usize) {
    let (holder, last) = path.rsplit_once('.').expect("a path of two parts");
    let (list, index) = last.split_once('[').expect("an element of a list");
    let index = index.trim_end_matches(']').parse().expect("an index");
    let holder = holder.replace('[', "/").replace(']', "");
    (format!("/{holder}"), list, index)
}

/// Takes an element out of a list, and the list away with the last one.
fn remove(holder: &mut Value, list: &str, index: usize) {
    let elements = holder[list].as_array_mut().expect("a list");
    elements.remove(index);
    if elements.is_empty() {
        holder.as_object_mut().expect("a mapping").remove(list);
    }
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_none_or(Vec::is_empty)
}
