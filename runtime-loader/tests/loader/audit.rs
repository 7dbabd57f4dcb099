//! What people are told of a bundle that does not do all that its policies say, and of what audited
//! policies would have done.

use std::net::SocketAddr;

use serde_json::{Value, json};
use ztc_bundle::encode;

use crate::{
    audited::{LOG, audited},
    bundles::{SERVER, addresses, allow},
    json::check,
    node::Node,
};

#[test]
fn audited_policies_are_reported_and_not_enforced() {
    let Some(node) = Node::new("audit") else {
        return;
    };
    let bytes = encode(&audited("shop", &allow(0, 8080))).expect("the contents are sound");
    let file = node.file("audited.ztcb", &bytes).display().to_string();
    let endpoints = node.endpoints().display().to_string();
    let apply = |more: &[&str]| {
        let arguments = ["apply", &file, "--endpoints", &endpoints];
        node.run(&[&arguments, more].concat())
    };
    let applied = apply(&["--format", "json"]);
    let report = check("apply", &applied.stdout);
    caveats(&report);
    let said = String::from_utf8_lossy(&applied.stderr).into_owned();
    for warning in [
        "warning: this bundle does not enforce: l7 (1 rule: default/shop spec)\n",
        "warning: 1 policy is audited, not enforced: default/frozen\n",
    ] {
        assert!(said.contains(warning), "{said}");
    }

    let _listener = node.listen(SERVER, 8080);
    let to = SocketAddr::new(addresses(SERVER)[0], 8080);
    assert!(node.connect(0, to).is_ok(), "the enforced policy allows it");
    assert!(node.connect(1, to).is_err(), "and denies this either way");
    let status = node.run(&["status", "--format", "json"]);
    let status = check("status", &status.stdout);
    assert_eq!(status["audited"], 1);
    caveats(&status["running"]["bundle"]);
    let endpoints = status["endpoints"].as_array().expect("it is a list");
    let audited: Vec<_> = endpoints.iter().filter(|e| e["audited"] == true).collect();
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0]["name"], "default/server");

    let events = node.run(&["observe", "--format", "json", "--audit-only"]);
    let events: Vec<_> = events
        .stdout
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| check("event", line))
        .collect();
    let [event] = events.as_slice() else {
        panic!("one event was expected, not {events:#?}")
    };
    assert_eq!(event["verdict"], "forwarded");
    assert_eq!(event["audit"]["would"], "deny");
    let rule = &event["audit"]["rule"];
    assert_eq!((&rule["line"], &rule["log"]), (&json!(12), &json!(LOG)));

    apply(&[]);
    assert!(node.connect(0, to).is_ok());
    let text = node.run(&["observe", "--audit-only"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    let says = "would be denied by NetworkPolicy default/frozen spec at frozen.yaml:12:5 \
                [change freeze]; forwarded now: policies/shop.yaml:20:7 ";
    assert!(
        text.contains(" AUDIT     ingress TCP ") && text.contains(says),
        "{text}"
    );
    let text = node.run(&["status"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    for says in [
        "audited  2 packets: ",
        "options policy-cidr-match-mode=nodes\n",
        "warning: this bundle does not enforce: l7 ",
        "isolated for ingress; audited policies would judge it otherwise\n",
    ] {
        assert!(text.contains(says), "{text}");
    }
}

#[track_caller]
fn caveats(value: &Value) {
    assert_eq!(value["degradations"][0]["name"], "l7");
    assert_eq!(value["degradations"][0]["rules"][0]["policy"], "shop");
    assert_eq!(value["auditedPolicies"], json!(["default/frozen"]));
    assert_eq!(value["options"], json!(["policy-cidr-match-mode=nodes"]));
    assert_eq!(value["labels"], "");
}
