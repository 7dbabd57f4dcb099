//! The lists that np-guard's netpol-analyzer prints, against `ztc reach --format netpol-analyzer`.
//!
//! The cases lie beside the workspace. A list is equal as it is, or the table says why not and
//! which change to the manifests makes it equal. Must not know how ztc makes a list.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Map, Value, json};

use crate::{console::ztc, say::say, yaml};

/// What keeps a list from being equal, and how to take it out of the manifests.
struct Difference {
    reason: &'static str,
    /// Of an array of all objects.
    change: fn(&mut Value),
    cases: &'static [&'static str],
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        reason: "no policy is about a pod on its node's network, and to others it is the node",
        change: leave_the_host,
        cases: &[
            "ipblockstest",
            "ipblockstest_4",
            "minikube_resources",
            "multiple_topology_resources_1",
            "multiple_topology_resources_2",
            "multiple_topology_resources_4",
            "semanticDiff-same-topologies-new1",
            "semanticDiff-same-topologies-new1a",
            "semanticDiff-same-topologies-new3",
            "semanticDiff-same-topologies-old3",
        ],
    },
    Difference {
        reason: "`pods` of an AdminNetworkPolicy without `podSelector`, which the API requires",
        change: select_all_pods,
        cases: &[
            "anp_test_11_swapping_rules",
            "anp_test_12_swapping_rules",
            "anp_test_3_pass_traffic",
            "anp_test_8_swapping_rules",
            "anp_test_9",
            "anp_test_9_swapping_rules",
            "anp_test_combining_test_6_and_test_10",
            "anp_test_multiple_anps",
        ],
    },
    Difference {
        reason: "an owner without a kind, which the API requires",
        change: give_owners_a_kind,
        cases: &["example_pods_w_same_owner_and_labels_gap_no_policy"],
    },
    Difference {
        reason: "an owner without a kind and a name with `_`, which the API refuses",
        change: |documents| {
            give_owners_a_kind(documents);
            name_as_the_api_wants(documents);
        },
        cases: &["example_pods_w_same_owner_and_labels_gap_with_good_match_expression2"],
    },
    Difference {
        reason: "`containerport` for `containerPort`, which the API requires",
        change: spell_container_ports,
        cases: &["netpol_named_port_test", "netpol_named_port_test_2"],
    },
    Difference {
        reason: "a named port beside `networks`, which the API refuses",
        change: name_ports_of_pods_only,
        cases: &["anp_test_named_ports_multiple_peers"],
    },
    Difference {
        reason: "a file that is no manifest lies among them",
        change: leave_out_what_is_no_object,
        cases: &["onlineboutique"],
    },
];

/// A line of a connection that an Ingress or a Route makes: kinds that ztc does not read.
const INGRESS: &str = "{ingress-controller} ";

#[test]
fn lists_are_those_of_netpol_analyzer() {
    let Some(cases) = cases() else {
        say("skipped: no cases of netpol-analyzer beside the workspace");
        return;
    };
    let mut known: BTreeMap<&str, &Difference> = BTreeMap::new();
    for difference in DIFFERENCES {
        known.extend(difference.cases.iter().map(|case| (*case, difference)));
    }
    let (mut n_equal, mut n_changed, mut n_ingress) = (0, 0, 0);
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case.file_name().and_then(|name| name.to_str());
        let name = name.expect("names of cases are plain");
        let text = fs::read_to_string(case.join("connlist.txt")).expect("the case has a list");
        let (ingress, expected): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with(INGRESS));
        n_ingress += ingress.len();
        let manifests = case.join("manifests");
        let is_equal = list(Command::new(ztc()).arg("reach").arg(&manifests), "") == expected;
        match known.remove(name) {
            None if is_equal => n_equal += 1,
            None => wrong.push(format!("{name} is not equal")),
            Some(_) if is_equal => wrong.push(format!("{name} is equal without its change")),
            Some(difference) => {
                let changed = changed(&manifests, difference);
                let found = list(Command::new(ztc()).args(["reach", "-"]), &changed);
                match found == expected {
                    true => n_changed += 1,
                    false => {
                        wrong.push(format!("{name} is not equal but for {}", difference.reason))
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(known.is_empty(), "no such cases: {:?}", known.keys());
    say(format!(
        "netpol-analyzer: of {} lists {n_equal} are equal as they are and {n_changed} but for a \
         change to the manifests; {n_ingress} lines of Ingress are left out",
        cases.len()
    ));
}

/// The folders of the cases, if they are there.
fn cases() -> Option<Vec<PathBuf>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = here.join("../../shared/conformance/external/netpol-analyzer");
    let entries = fs::read_dir(all).ok()?.flatten().map(|entry| entry.path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    cases.sort();
    Some(cases)
}

/// The lines that ztc prints; none where it refuses something.
fn list(command: &mut Command, input: &str) -> Vec<String> {
    let mut child = command
        .args(["--format", "netpol-analyzer"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("ztc runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A program that is not told to read may be gone already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("ztc ends");
    let text = String::from_utf8(output.stdout).expect("a list is text");
    text.lines().map(String::from).collect()
}

/// All manifests of a case with a change, as one list of objects.
fn changed(manifests: &Path, difference: &Difference) -> String {
    let entries = fs::read_dir(manifests).expect("the case has manifests");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut documents = Vec::new();
    for path in paths {
        let extension = path.extension().and_then(|text| text.to_str());
        if matches!(extension, Some("yaml" | "yml" | "json")) {
            let text = fs::read_to_string(&path).expect("manifests are text");
            documents.extend(yaml::read(&text));
        }
    }
    let mut documents = Value::Array(documents);
    (difference.change)(&mut documents);
    json!({ "apiVersion": "v1", "kind": "List", "items": documents }).to_string()
}

/// Visits every mapping.
fn each(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            change(map);
            map.values_mut().for_each(|inner| each(inner, change));
        }
        Value::Array(values) => values.iter_mut().for_each(|inner| each(inner, change)),
        _ => {}
    }
}

/// Pods on the host's network get a network of their own, and lose the host's addresses.
fn leave_the_host(documents: &mut Value) {
    each(documents, &mut |object| {
        let spec = object.get_mut("spec").and_then(Value::as_object_mut);
        let was_on_host = spec.and_then(|spec| spec.remove("hostNetwork"));
        let status = object.get_mut("status").and_then(Value::as_object_mut);
        if let (Some(_), Some(status)) = (was_on_host, status) {
            status.remove("podIP");
            status.remove("podIPs");
        }
    });
}

fn select_all_pods(documents: &mut Value) {
    each(documents, &mut |object| {
        let pods = object.get_mut("pods").and_then(Value::as_object_mut);
        if let Some(pods) = pods {
            pods.entry("podSelector").or_insert_with(|| json!({}));
        }
    });
}

fn give_owners_a_kind(documents: &mut Value) {
    each(documents, &mut |object| {
        if object.contains_key("controller") {
            object.entry("kind").or_insert_with(|| json!("Pod"));
        }
    });
}

fn name_as_the_api_wants(documents: &mut Value) {
    each(documents, &mut |object| {
        if let Some(name) = object.get_mut("name")
            && let Some(text) = name.as_str()
        {
            *name = text.replace('_', "-").into();
        }
    });
}

fn spell_container_ports(documents: &mut Value) {
    each(documents, &mut |object| {
        if let Some(port) = object.remove("containerport") {
            object.insert("containerPort".into(), port);
        }
    });
}

/// A rule for pods and networks becomes two, of which the one for networks has no named port.
fn name_ports_of_pods_only(documents: &mut Value) {
    each(documents, &mut |object| {
        let Some(rules) = object.get_mut("egress").and_then(Value::as_array_mut) else {
            return;
        };
        let split = |rule: &Value| {
            let part = |keep: bool| {
                let mut part = rule.clone();
                if let Some(all) = part.get_mut("to").and_then(Value::as_array_mut) {
                    all.retain(|one| one.get("networks").is_some() == keep);
                }
                part
            };
            let mut of_networks = part(true);
            if let Some(ports) = of_networks.get_mut("ports").and_then(Value::as_array_mut) {
                ports.retain(|port| port.get("namedPort").is_none());
            }
            [of_networks, part(false)]
        };
        *rules = rules.iter().flat_map(split).collect();
    });
}

fn leave_out_what_is_no_object(documents: &mut Value) {
    let all = documents.as_array_mut().expect("documents are an array");
    all.retain(Value::is_object);
}
