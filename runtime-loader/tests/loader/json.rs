//! What is documented is what is written: real output is held against the schemas.

use std::{fs, net::SocketAddr, path::Path};

use serde_json::{Value, json};

use crate::{
    bundles::{SERVER, addresses, allow, bundle},
    node::{self, Node},
    schema,
};

/// The documented schema of this name.
fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.json"));
    let text = fs::read(path).expect("the schema is there");
    serde_json::from_slice(&text).expect("the schema is JSON")
}

/// Output that must have exactly the documented fields.
#[track_caller]
pub(crate) fn check(name: &str, output: &[u8]) -> Value {
    let value = serde_json::from_slice(output).expect("the output is JSON");
    assert_eq!(
        schema::faults(&schema(name), &value),
        Vec::<String>::new(),
        "{value:#}"
    );
    value
}

#[test]
fn outputs_are_as_documented() {
    let Some(node) = Node::new("json") else {
        return;
    };
    let endpoints = node.endpoints().display().to_string();
    let apply = |name: &str, bytes: &[u8]| {
        let file = node.file(name, bytes).display().to_string();
        node.run(&[
            "apply",
            &file,
            "--endpoints",
            &endpoints,
            "--format",
            "json",
        ])
    };
    let nothing = node.run(&["status", "--format", "json"]);
    assert_eq!(check("status", &nothing.stdout)["running"], Value::Null);

    let first = apply("first.ztcb", &bundle("first", &allow(0, 8080)));
    assert_eq!(check("apply", &first.stdout)["generation"], 1);
    let _listener = node.listen(SERVER, 8080);
    for client in [0, 1] {
        let to = SocketAddr::new(addresses(SERVER)[0], 8080);
        assert_eq!(node.connect(client, to).is_ok(), client == 0);
    }
    let events = node.run(&["observe", "--format", "json"]);
    let events: Vec<_> = events
        .stdout
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| check("event", line))
        .collect();
    let of = |verdict: &str, from: &str| {
        let mut events = events.iter();
        events.any(|event| event["verdict"] == verdict && event["source"]["name"] == from)
    };
    assert!(
        of("forwarded", "default/a") && of("dropped", "default/b"),
        "{events:#?}"
    );
    let dropped = events.iter().find(|event| event["reason"] == "not-allowed");
    let rule = &dropped.expect("a default deny is reported")["isolatedBy"][0];
    assert_eq!(
        (&rule["file"], &rule["line"]),
        (&json!("policies/first.yaml"), &json!(19))
    );

    let status = node.run(&["status", "--format", "json"]);
    let status = check("status", &status.stdout);
    assert_eq!(
        (&status["drift"], &status["running"]["generation"]),
        (&json!([]), &json!(1))
    );

    apply("second.ztcb", &bundle("second", &allow(1, 8080)));
    let back = node.run(&["rollback", "--format", "json"]);
    let back = check("apply", &back.stdout);
    assert_eq!(back["bundle"], status["running"]["bundle"]["digest"]);
    assert_eq!(back["generation"], 3);
}

#[test]
fn the_endpoints_of_the_demo_and_of_the_tests_are_as_documented() {
    let demo = include_bytes!("../../demo/endpoints.json");
    check("endpoints", demo);
    check("endpoints", node::endpoints().to_string().as_bytes());
}

#[test]
fn the_checker_sees_what_is_missing_too_much_or_wrong() {
    let schema = schema("apply");
    let sound = json!({
        "schema": "ztc.dev/apply/v1", "bundle": format!("sha256:{}", "0".repeat(64)),
        "generation": 1, "endpoints": 0, "unclassified": [], "probes": 0, "toFlipMicros": 1,
        "steps": [{ "step": "flip", "micros": 1 }],
        "degradations": [], "auditedPolicies": [], "options": [], "labels": "",
    });
    assert_eq!(schema::faults(&schema, &sound), Vec::<String>::new());
    let faults = |change: fn(&mut Value)| {
        let mut value = sound.clone();
        change(&mut value);
        schema::faults(&schema, &value).join(" ")
    };
    assert_eq!(faults(|v| v["more"] = json!(1)), "$.more is not documented");
    assert_eq!(
        faults(|v| v["steps"][0] = json!({"step": "flip"})),
        "$.steps[0].micros is missing"
    );
    assert_eq!(
        faults(|v| v["probes"] = json!("1")),
        "$.probes is not a integer"
    );
    assert_eq!(faults(|v| v["schema"] = json!("v0")), "$.schema is \"v0\"");
    assert_eq!(
        faults(|v| v["steps"][0]["step"] = json!("x")),
        "$.steps[0].step is \"x\""
    );
}
