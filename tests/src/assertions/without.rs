//! Takes a rule out of the file of its policy, so that nothing of it is left: not what it allows,
//! denies or passes on, and not its isolation.
//!
//! Must not know assertions.

use serde_json::{Value, json};

/// The policies without a rule, its isolation included.
pub(super) fn without(policies: &[Value], rule: &Value) -> Vec<Value> {
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
