//! The endpoints file: every mistake is an error that names the field, and where it is.

use std::path::Path;

use serde_json::{Value, json};
use ztc_loader::endpoints::EndpointsFile;

use crate::node;

fn parse(text: &str) -> Result<EndpointsFile, String> {
    EndpointsFile::parse(Path::new("e.json"), text.as_bytes()).map_err(|error| error.to_string())
}

/// The error after `change` was made to a sound file.
#[track_caller]
fn check(change: impl FnOnce(&mut Value), expected: &str) {
    let mut file = node::endpoints();
    change(&mut file);
    let error = parse(&file.to_string()).expect_err("the change is a mistake");
    assert!(
        error.contains(expected),
        "expected `{expected}` in: {error}"
    );
}

#[test]
fn a_sound_file_is_read_with_its_defaults() {
    let file = parse(&node::endpoints().to_string()).expect("the file is sound");
    assert_eq!(file.endpoints.len(), 4);
    let first = &file.endpoints[0];
    assert_eq!(first.full_name(), "default/a");
    assert_eq!(
        (file.node.as_ref(), first.service_account.as_ref()),
        (None, None)
    );
    let mut with_port = node::endpoints();
    with_port["endpoints"][0]["ports"] = json!([{ "port": 53 }]);
    let file = parse(&with_port.to_string()).expect("the file is sound");
    let port = &file.endpoints[0].ports[0];
    assert_eq!((port.name.as_ref(), port.port.get()), (None, 53));
    assert_eq!(json!(port.protocol), json!("TCP"));
}

#[test]
fn what_is_written_is_what_is_read() {
    let file = parse(&node::endpoints().to_string()).expect("the file is sound");
    let again = parse(&json!(file).to_string());
    assert_eq!(again, Ok(file));
}

#[test]
fn syntax_errors_say_line_and_column() {
    let error = parse("{\n  \"schema\": \"ztc.dev/endpoints/v1\",\n  oops").expect_err("broken");
    assert!(error.contains("line 3 column 3"), "{error}");
    let twice = node::endpoints().to_string().repeat(2);
    assert!(
        parse(&twice).expect_err("two objects").contains("trailing"),
        "{twice}"
    );
}

#[test]
fn a_wrong_field_is_named_by_its_path() {
    check(
        |file| file["schema"] = json!("ztc.dev/endpoints/v2"),
        "`schema`: unknown variant",
    );
    check(
        |file| file["endpoint"] = json!([]),
        "`endpoint`: unknown field",
    );
    check(
        |file| file["endpoints"][2]["label"] = json!({}),
        "`endpoints[2].label`: unknown field",
    );
    check(
        |file| file["endpoints"][1]["labels"]["app"] = json!(7),
        "`endpoints[1].labels.app`",
    );
    check(
        |file| file["endpoints"][1]["addresses"][1] = json!("10.0.0.256"),
        "`endpoints[1].addresses[1]`: `10.0.0.256` is not an IPv4 or IPv6 address",
    );
    check(
        |file| file["endpoints"][0]["interface"] = json!("a name with blanks"),
        "`endpoints[0].interface`: `a name with blanks` is not the name of an interface",
    );
    check(
        |file| file["endpoints"][0]["name"] = json!("Shouting"),
        "`endpoints[0].name`: `Shouting` is not a Kubernetes name",
    );
    check(
        |file| file["endpoints"][0]["ports"] = json!([{ "port": 0 }]),
        "`endpoints[0].ports[0].port`",
    );
    check(
        |file| file["endpoints"][0]["ports"] = json!([{ "port": 1, "protocol": "tcp" }]),
        "`endpoints[0].ports[0].protocol`: unknown variant `tcp`",
    );
}

#[test]
fn addresses_that_no_pod_can_have_are_refused() {
    for wrong in [
        "0.0.0.0",
        "::",
        "127.0.0.1",
        "224.0.0.1",
        "ff02::1",
        "::ffff:10.0.0.1",
    ] {
        check(
            |file| file["endpoints"][0]["addresses"] = json!([wrong]),
            &format!("`endpoints[0].addresses[0]`: `{wrong}`"),
        );
    }
}

#[test]
fn what_must_be_there_once_is_refused_the_second_time() {
    check(
        |file| file["endpoints"][3]["name"] = json!("a"),
        "`endpoints[3].name`: `default/a` is also the name of `endpoints[0]`",
    );
    check(
        |file| file["endpoints"][3]["interface"] = json!("pod1"),
        "`endpoints[3].interface`: is also the interface of `endpoints[1]`",
    );
    check(
        |file| file["endpoints"][3]["addresses"] = json!(["10.9.0.2"]),
        "`endpoints[3].addresses[0]`: is also an address of `endpoints[1]`",
    );
    check(
        |file| file["endpoints"][3]["addresses"] = json!(["10.9.0.8", "10.9.0.9"]),
        "`endpoints[3].addresses[1]`: an endpoint has at most one address of each family",
    );
    let text = node::endpoints().to_string();
    let label = r#""labels":{"app":"a"}"#;
    let twice = text.replace(label, r#""labels":{"app":"a","app":"b"}"#);
    let error = parse(&twice).expect_err("the label is there twice");
    assert!(error.contains("`app` is there twice"), "{error}");
}
