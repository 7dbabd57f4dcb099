//! `ztc reach --exposure`: what is listed is so, and no labels and no names of ports get a pod more
//! than is listed, over random clusters and policies.
//!
//! `ZTC_SEED` names the first scenario and `ZTC_CASES` how many follow.

mod asked;
mod names;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::{Value, json};
use ztc_abi::Protocol;
use ztc_bundle::{
    Simulator,
    flow::{Answerer, Question, Word},
};
use ztc_identity::labels::{NAMESPACE, SERVICE_ACCOUNT};
use ztc_policy::Analysis;
use ztc_reach::{Party, PortRange, PortSet, Reach};

use self::names::{NamedPod, Ports, named};
use crate::console::ztc;
use crate::generate::scenario;
use crate::interpreter::Options;
use crate::pipeline::compile_with;
use crate::say::say;
use crate::scratch::Scratch;
use crate::seeds::seeds;
use crate::yaml_text;

const N_CASES: u64 = 25;
/// How many pods with labels of all kinds each namespace is given.
const N_PODS: usize = 25;

/// The node that a pod runs on, where that runs the API server.
const API_SERVER: &str = "host-kube-apiserver";

/// What some pod may open, or who may open something to it, by the name of the other end.
type Connections = BTreeMap<String, PortSet>;

/// Pods of a namespace.
struct Pods {
    namespace: String,
    is_exact: bool,
    listed: Vec<Value>,
    /// With labels and named ports by chance, as `--exposure` was not asked for.
    random: Vec<Value>,
    /// Pods with the named ports that are listed.
    named: Vec<NamedPod>,
    /// Names of ports are tried alone, every two and all together, which is everything where none
    /// is denied.
    is_exact_by_name: bool,
}

#[test]
fn no_labels_get_a_pod_more_than_is_listed_and_what_is_listed_is_so() {
    let seeds = seeds(N_CASES, "scenarios");
    let (mut n_listed, mut n_named, mut n_beyond) = (0, 0, 0);
    for seed in seeds.clone() {
        let scenario = scenario(seed, 0);
        let options = Options {
            node_selectors: scenario.options.node_selectors,
            ..Options::default()
        };
        let mut files = vec![
            (
                "workloads.yaml".to_owned(),
                yaml_text::write(&scenario.workloads),
            ),
            (
                "policies.yaml".to_owned(),
                yaml_text::write(&scenario.policies),
            ),
        ];
        let listed = exposure(&files, &options);
        let alone = compile_with(&files, &options);
        assert_eq!(alone.errors.first(), None, "ZTC_SEED={seed}");
        let mut rng = fastrand::Rng::with_seed(seed);
        let pods = pods(&listed, &alone.analysis, &mut rng);
        let objects: Vec<Value> = pods.iter().flat_map(Pods::objects).collect();
        files.push(("pods.yaml".into(), yaml_text::write(&objects)));
        let compiled = compile_with(&files, &options);
        assert_eq!(compiled.errors.first(), None, "ZTC_SEED={seed}");
        let bundle = compiled.bundle.view();
        let reach = Reach::new(&bundle);
        for pods in &pods {
            let [listed, named] = listed_is_so(seed, &reach, pods);
            n_listed += listed;
            n_named += named;
            n_beyond += nothing_more(seed, &reach, pods);
        }
    }
    say(format_args!(
        "{n_listed} connections and {n_named} by name, {n_beyond} random pods with any beyond the \
         bare"
    ));
    assert!(
        seeds.count() < 20 || (n_listed > 500 && n_named > 2 && n_beyond > 20),
        "hardly varied"
    );
}

/// What the command writes.
fn exposure(files: &[(String, String)], options: &Options) -> Vec<Value> {
    let directory = Scratch::new("exposure");
    for (name, text) in files {
        directory.write(name, text);
    }
    let selectors = format!("enable-node-selector-labels={}", options.node_selectors);
    let output = Command::new(ztc())
        .args([
            "reach",
            "--exposure",
            "--format",
            "json",
            "--no-config",
            ".",
        ])
        .args(["--allow-degraded", "all", "--option", &selectors])
        .current_dir(directory.path())
        .output()
        .expect("it runs");
    let complaints = String::from_utf8_lossy(&output.stderr);
    let found: Value = serde_json::from_slice(&output.stdout).expect(&complaints);
    found["namespaces"].as_array().expect("an array").clone()
}

/// The listed pods as objects, and others.
fn pods(listed: &[Value], analysis: &Analysis, rng: &mut fastrand::Rng) -> Vec<Pods> {
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let requirements = analysis.model.selectors.iter();
    for one in requirements.flat_map(|selector| selector.requirements()) {
        let is_own =
            one.key != NAMESPACE && !one.key.starts_with("io.cilium.k8s") && !one.key.contains(' ');
        if is_own || one.key == SERVICE_ACCOUNT {
            let values = values.entry(one.key.clone()).or_default();
            values.extend(one.values.iter().cloned());
            if is_own {
                values.insert("nobodys".into());
            }
        }
    }
    let mut random_ports = rng.fork();
    let mut random = || {
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        let density = rng.f64();
        for (key, values) in &values {
            let values: Vec<&String> = values.iter().collect();
            if !values.is_empty() && rng.f64() < density {
                labels.insert(key.clone(), values[rng.usize(..values.len())].clone());
            }
        }
        labels
    };
    let ports = Ports::new(&analysis.model);
    let of = |namespace: &Value| {
        let name = namespace["namespace"].as_str().expect("a name").to_owned();
        let listed = namespace["pods"].as_array().expect("an array");
        let random = (0..N_PODS).map(|n| {
            let mut labels = random();
            let account = labels.remove(SERVICE_ACCOUNT);
            let ports = ports.random(&mut random_ports);
            let mut pod = object(&name, &format!("random-{n}"), &json!(labels), account);
            pod["spec"]["containers"][0]["ports"] = ports.into();
            pod
        });
        Pods {
            random: random.collect(),
            is_exact: namespace["is_exact"] == true,
            named: named(&name, listed, &ports),
            is_exact_by_name: !ports.is_denied,
            listed: listed.clone(),
            namespace: name,
        }
    };
    listed.iter().map(of).collect()
}

fn object(namespace: &str, name: &str, labels: &Value, account: Option<String>) -> Value {
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"containers": [{"name": "main"}]},
    });
    if let Some(account) = account {
        pod["spec"]["serviceAccountName"] = account.into();
    }
    pod
}

/// A pod that is listed.
fn listed_object(namespace: &str, name: &str, pod: &Value) -> Value {
    let labels = pod["labels"].as_array().expect("an array").iter();
    let labels = labels.map(|label| {
        let text = |field: &str| label[field].as_str().expect("text").to_owned();
        (text("key"), Value::from(text("value")))
    });
    let labels: serde_json::Map<String, Value> = labels.collect();
    let account = pod["service_account"].as_str().map(String::from);
    object(namespace, name, &labels.into(), account)
}

impl Pods {
    fn objects(&self) -> Vec<Value> {
        let listed = self.listed.iter().enumerate();
        let listed =
            listed.map(|(n, pod)| listed_object(&self.namespace, &format!("listed-{n}"), pod));
        let named = self.named.iter().map(|pod| pod.object.clone());
        listed
            .chain(named)
            .chain(self.random.iter().cloned())
            .collect()
    }
}

/// What is listed of a pod in one way.
fn listed(pod: &Value, way: &str) -> Connections {
    let mut connections: BTreeMap<String, Vec<PortRange>> = BTreeMap::new();
    for alike in pod[way].as_array().expect("an array") {
        let ranges = alike["ranges"]
            .as_array()
            .expect("an array")
            .iter()
            .map(|range| {
                let mut protocols = Protocol::ALL.into_iter();
                let protocol = protocols.find(|one| range["protocol"] == one.name());
                let port = |field: &str| {
                    range[field]
                        .as_u64()
                        .and_then(|port| u16::try_from(port).ok())
                };
                let (first, last) = port("first").zip(port("last")).expect("ports");
                PortRange::new(protocol.expect("a protocol"), first, last).expect("a range")
            });
        let ranges: Vec<PortRange> = ranges.collect();
        for party in alike["parties"].as_array().expect("an array") {
            let name = party.as_str().expect("a name").to_owned();
            connections.entry(name).or_default().extend(&ranges);
        }
    }
    let set = |(name, ranges): (String, Vec<PortRange>)| (name, ranges.into_iter().collect());
    connections.into_iter().map(set).collect()
}

/// Every listed connection is one that explain allows. Says how many there are, and how many on a
/// named port.
fn listed_is_so(seed: u64, reach: &Reach<'_>, pods: &Pods) -> [usize; 2] {
    let bundle = *reach.bundle();
    let (answerer, simulator) = (Answerer::new(&bundle), Simulator::new(&bundle));
    let by_name = reach.by_name();
    let (mut n_listed, mut n_named) = (0, 0);
    for (n, pod) in pods.listed.iter().enumerate() {
        let own = format!("{}/listed-{n}", pods.namespace);
        for way in ["reaches", "reached_by"] {
            for (other, ports) in listed(pod, way) {
                n_listed += 1;
                let party = by_name.get(other.as_str()).and_then(|id| reach.party(*id));
                assert!(party.is_some() || other == API_SERVER, "{other}");
                let end = party.and_then(|party| party.end.as_deref());
                let (Some(end), false) = (end, other.starts_with("node ")) else {
                    // Explain cannot know which node a new pod is on.
                    continue;
                };
                let named = |range: &&PortRange| range.protocol() != Protocol::Other;
                for range in ports.ranges().iter().filter(named) {
                    let port = format!("{}/{}", range.last, range.protocol().name());
                    let (from, to) = match way {
                        "reaches" => (own.as_str(), end),
                        _ => (end, own.as_str()),
                    };
                    let question = Question::new(from, to, &port).expect("a port");
                    let answer = answerer
                        .answer(question, &mut &simulator)
                        .expect("known ends");
                    assert_eq!(
                        answer.verdict,
                        Word::Allow,
                        "ZTC_SEED={seed}: {from} {to} {port}"
                    );
                }
            }
        }
    }
    for pod in &pods.named {
        let party = by_name
            .get(pod.other.as_str())
            .and_then(|id| reach.party(*id));
        let end = party.and_then(|party| party.end.as_deref());
        let (Some(end), false) = (end, pod.other.starts_with("node ")) else {
            continue;
        };
        n_named += 1;
        let name = pod.object["metadata"]["name"].as_str().expect("a name");
        let own = format!("{}/{name}", pods.namespace);
        let question = Question::new(end, &own, &pod.port).expect("a port");
        let answer = answerer
            .answer(question, &mut &simulator)
            .expect("known ends");
        let ports = &pod.object["spec"]["containers"];
        assert_eq!(
            answer.verdict,
            Word::Allow,
            "ZTC_SEED={seed}: {end} {own} {} {ports}",
            pod.port
        );
    }
    [n_listed, n_named]
}

/// Who is listed for those that policies about the listed pods do not tell from them.
fn like(name: &str) -> &str {
    if name == API_SERVER { "host" } else { name }
}

/// No pod has a connection that is not listed of some pod of its namespace. Says how many have one
/// that the pod without labels has not.
fn nothing_more(seed: u64, reach: &Reach<'_>, pods: &Pods) -> usize {
    let mut unions = [Connections::new(), Connections::new()];
    for pod in &pods.listed {
        for (union, way) in unions.iter_mut().zip(["reaches", "reached_by"]) {
            for (name, ports) in listed(pod, way) {
                let known = union.entry(name).or_default();
                let ranges = known.ranges().iter().chain(ports.ranges());
                *known = ranges.copied().collect();
            }
        }
    }
    let bare = ["reaches", "reached_by"].map(|way| listed(&pods.listed[0], way));
    let is_new = |party: &Party| {
        let name = party.name.rsplit('/').next().unwrap_or_default();
        ["listed-", "named-", "random-"]
            .iter()
            .any(|kind| name.starts_with(kind))
    };
    let by_name = reach.by_name();
    let none = PortSet::default();
    let mut n_beyond = 0;
    for pod in &pods.random {
        let name = pod["metadata"]["name"].as_str().expect("a name");
        let own = by_name.get(format!("{}/{name}", pods.namespace).as_str());
        let own = own
            .and_then(|id| reach.party(*id))
            .expect("it was compiled")
            .identity;
        let mut has_more = false;
        for other in reach.parties().iter().filter(|party| !is_new(party)) {
            let ways = [(own, other.identity), (other.identity, own)];
            for ((union, bare), (from, to)) in unions.iter().zip(&bare).zip(ways) {
                let ports = reach.between(from, to).ports();
                let beyond = |all: &Connections| {
                    let known = all.get(&other.name);
                    let known = known.or_else(|| all.get(like(&other.name)));
                    ports.minus(known.unwrap_or(&none))
                };
                has_more |= !beyond(bare).is_empty();
                let more = beyond(union);
                let is_by_name = to == own && pods.are_listed_by_name(pod, &other.name, &more);
                assert!(
                    more.is_empty() || is_by_name || !pods.is_exact || !pods.is_exact_by_name,
                    "ZTC_SEED={seed}: {pod} and {}: {ports} is more than {:?}",
                    other.name,
                    union.get(&other.name)
                );
            }
        }
        n_beyond += usize::from(has_more);
    }
    n_beyond
}
