//! `apply` and its counterparts: what becomes live judges packets, and what is refused changes
//! nothing.

use std::{fs, net::SocketAddr, process::Output};

use serde_json::{Value, json};
use ztc_abi::{Action, Verdict};
use ztc_bundle::{Contents, encode};
use ztc_loader::{attach, errors::NotActivated, status};

use crate::{
    bundles::{APPS, SERVER, addresses, allow, bundle, contents},
    node::{self, Node},
};

/// Whether clients 0 and 1 reach the server, over both families.
fn reach(node: &Node) -> [[bool; 2]; 2] {
    [0, 1].map(|client| {
        let to = addresses(SERVER).map(|address| SocketAddr::new(address, 8080));
        to.map(|to| node.connect(client, to).is_ok())
    })
}

const ONLY_FIRST: [[bool; 2]; 2] = [[true; 2], [false; 2]];
const ONLY_SECOND: [[bool; 2]; 2] = [[false; 2], [true; 2]];

/// A sound bundle that allows client 0, one of whose probes expects what its tables do not say.
fn lying() -> Vec<u8> {
    let mut contents = contents("lying", &allow(0, 8080));
    let allowed = |bits: u32| Verdict(bits).action() == Action::Allow;
    let mut probes = contents.probes.iter_mut();
    let probe = probes.find(|probe| allowed(probe.verdict));
    probe.expect("something is allowed").verdict = Verdict::new(Action::NotAllowed, 1).0;
    sealed(contents)
}

fn sealed(mut contents: Contents) -> Vec<u8> {
    contents.probes.sort_unstable();
    encode(&contents).expect("the contents are sound")
}

fn status_of(node: &Node) -> status::Status {
    let status = node.inside(|| status::status(&node.pins, &node.store()));
    status.expect("it can be looked at")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_live_bundle_lets_pass_what_it_allows_and_nothing_else() {
    let Some(node) = Node::new("apply") else {
        return;
    };
    let _listener = node.listen(SERVER, 8080);
    let first = node.apply(&bundle("first", &allow(0, 8080)));
    assert_eq!(first.expect("the bundle is sound").generation, 1);
    assert_eq!(reach(&node), ONLY_FIRST);
    let second = node.apply(&bundle("second", &allow(1, 8080)));
    assert_eq!(second.expect("the bundle is sound").generation, 2);
    assert_eq!(reach(&node), ONLY_SECOND);
}

#[test]
fn one_wrong_answer_and_the_bundle_is_refused_and_nothing_changes() {
    let Some(node) = Node::new("refused") else {
        return;
    };
    let _listener = node.listen(SERVER, 8080);
    let refused = node.apply(&lying()).expect_err("a probe is wrong");
    assert!(matches!(refused, NotActivated::Refused(_)), "{refused}");
    assert!(
        !node.pins.root().exists(),
        "the first bundle was refused: nothing stays loaded"
    );

    let good = bundle("good", &allow(1, 8080));
    node.apply(&good).expect("the bundle is sound");
    let file = node.file("lying.ztcb", &lying()).display().to_string();
    let endpoints = node.endpoints().display().to_string();
    let output = node.run(&["apply", &file, "--endpoints", &endpoints]);
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(1), [].as_slice())
    );
    let expected = "ingress of default/server from 10.9.0.1 on 8080/";
    assert!(said(&output).contains(expected), "{}", said(&output));
    assert!(
        said(&output).contains("the bundle says not allowed (rule 1)"),
        "{}",
        said(&output)
    );
    assert_eq!(node.datapath().generation().expect("it is loaded"), 1);
    assert_eq!(reach(&node), ONLY_SECOND);
    let status = status_of(&node);
    assert!(status.asked.expect("it was asked for").refused.is_some());
    assert_eq!(status.drift.len(), 1, "{:?}", status.drift);
    assert_eq!(node.run(&["status"]).status.code(), Some(1));
}

#[test]
fn an_unknown_interface_is_an_error_before_anything_is_touched() {
    let Some(node) = Node::new("interface") else {
        return;
    };
    let mut endpoints = node::endpoints();
    endpoints["endpoints"][2]["interface"] = json!("nowhere");
    let endpoints = node.file("e.json", endpoints.to_string().as_bytes());
    let file = node.file("a.ztcb", &bundle("a", &allow(0, 8080)));
    let output = node.run(&[
        "apply",
        &file.display().to_string(),
        "--endpoints",
        &endpoints.display().to_string(),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("endpoint `default/c`"),
        "{}",
        said(&output)
    );
    assert!(!node.pins.root().exists());
}

#[test]
fn a_pod_that_the_bundle_does_not_know_may_not_talk_and_is_reported() {
    let Some(node) = Node::new("unclassified") else {
        return;
    };
    let mut endpoints = node::endpoints();
    endpoints["endpoints"][0]["labels"]["app"] = json!("stranger");
    fs::write(node.endpoints(), endpoints.to_string()).expect("it can be written");
    let _listener = node.listen(SERVER, 8080);
    let file = node.file(
        "a.ztcb",
        &bundle("a", &[allow(0, 8080), allow(1, 8080)].concat()),
    );
    let path = node.endpoints().display().to_string();
    let output = node.run(&[
        "apply",
        &file.display().to_string(),
        "--endpoints",
        &path,
        "--format",
        "json",
    ]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("warning: default/a is like no pod"),
        "{}",
        said(&output)
    );
    let report: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(report["unclassified"], json!(["default/a"]));
    assert_eq!(reach(&node), ONLY_SECOND);
    let drops = status_of(&node).drops;
    assert!(
        drops.iter().any(|drops| drops.reason == "unclassified"),
        "{drops:?}"
    );
}

#[test]
fn interfaces_come_and_go_with_the_endpoints() {
    let Some(node) = Node::new("attach") else {
        return;
    };
    let attached = || {
        attach::attached(&node.datapath())
            .expect("it is loaded")
            .len()
    };
    let with = |n: usize| {
        let mut endpoints = node::endpoints();
        let list = endpoints["endpoints"].as_array_mut().expect("it is a list");
        list.truncate(n);
        fs::write(node.endpoints(), endpoints.to_string()).expect("it can be written");
        node.apply(&bundle("a", &allow(0, 8080)))
            .expect("the bundle is sound");
    };
    for n in [2, APPS.len(), 1, APPS.len()] {
        with(n);
        assert_eq!(attached(), n);
        assert_eq!(status_of(&node).drift, Vec::<String>::new());
    }
}

#[test]
fn rollback_needs_something_to_go_back_to() {
    let Some(node) = Node::new("rollback") else {
        return;
    };
    let _listener = node.listen(SERVER, 8080);
    assert_eq!(
        node.run(&["rollback"]).status.code(),
        Some(2),
        "nothing is loaded"
    );
    node.apply(&bundle("a", &allow(0, 8080)))
        .expect("the bundle is sound");
    assert_eq!(
        node.run(&["rollback"]).status.code(),
        Some(1),
        "nothing ran before"
    );
    node.apply(&bundle("b", &allow(1, 8080)))
        .expect("the bundle is sound");
    assert_eq!(node.run(&["rollback"]).status.code(), Some(0));
    assert_eq!(reach(&node), ONLY_FIRST);
}

#[test]
fn detach_leaves_nothing() {
    let Some(node) = Node::new("detach") else {
        return;
    };
    let _listener = node.listen(SERVER, 8080);
    node.apply(&bundle("a", &allow(0, 8080)))
        .expect("the bundle is sound");
    let output = node.run(&["detach"]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        told.contains("took the programs off 4 interfaces"),
        "{told}"
    );
    assert!(!node.pins.root().exists());
    assert_eq!(reach(&node), [[true; 2]; 2]);
    assert_eq!(
        node.run(&["detach"]).status.code(),
        Some(0),
        "nothing to do is no error"
    );
    assert_eq!(node.run(&["status"]).status.code(), Some(0));
}

#[test]
fn a_second_loader_is_refused_while_the_first_is_at_work() {
    let Some(node) = Node::new("two") else { return };
    let _lock = node.store().lock().expect("nobody has it");
    let file = node.file("a.ztcb", &bundle("a", &allow(0, 8080)));
    let endpoints = node.endpoints().display().to_string();
    let output = node.run(&[
        "apply",
        &file.display().to_string(),
        "--endpoints",
        &endpoints,
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("another ztc-loader is at work"),
        "{}",
        said(&output)
    );
}
