//! Which namespaces and which labels `--exposure` asks about.
//!
//! Must not know what is permitted.

use serde_json::{Value, json};

use super::{exposure, listed, object};
use crate::{interpreter::Options, yaml_text};

#[test]
fn where_combinations_are_too_many_it_says_what_was_tried() {
    let tried = |n_keys: usize| {
        let peer = |n| json!({"podSelector": {"matchLabels": {format!("key-{n}"): "v"}}});
        let from: Vec<Value> = (0..n_keys).map(peer).collect();
        let policy = json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "db", "namespace": "shop"},
            "spec": {"podSelector": {}, "ingress": [{"from": from}]},
        });
        let files = [("policy.yaml".to_owned(), yaml_text::write(&[policy]))];
        let found = exposure(&files, &Options::default());
        (found[0]["is_exact"].clone(), found[0]["tried"].clone())
    };
    assert_eq!(tried(5), (true.into(), "all".into()));
    assert_eq!(tried(13), (false.into(), "pairs".into()));
}

#[test]
fn a_namespace_that_only_a_policy_names_is_asked_about() {
    let selected = [
        json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "partner"}}}),
        json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "No_Name"}}}),
        json!({"namespaceSelector": {"matchLabels": {"team": "other"}}}),
    ];
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"podSelector": {}, "ingress": [{"from": selected}]},
    });
    let pod = object("shop", "db", &json!({}), None);
    let files = [("all.yaml".to_owned(), yaml_text::write(&[policy, pod]))];
    let found = exposure(&files, &Options::default());
    let names: Vec<&Value> = found.iter().map(|one| &one["namespace"]).collect();
    assert_eq!(names, ["partner", "shop"]);
    let reaches = listed(&found[0]["pods"][0], "reaches");
    assert!(reaches.contains_key("shop/db"), "{reaches:?}");
}
