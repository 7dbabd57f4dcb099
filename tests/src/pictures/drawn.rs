//! What the commands draw: whom they leave out, what they say of it, and where routes begin.
//!
//! Must not know how a picture is laid out.

use std::{fmt::Write as _, path::PathBuf, process::Command};

use crate::{console::ztc, scratch::Scratch};

/// What a command draws of the examples.
fn drawn(arguments: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(ztc())
        .args(arguments.split(' '))
        .current_dir(root)
        .output()
        .expect("ztc runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {errors}");
    String::from_utf8(output.stdout).expect("a picture is UTF-8")
}

#[test]
fn connections_of_entities_are_drawn_and_what_is_not_is_counted() {
    let after = "reach examples/05-pull-request/after --format mermaid";
    let all = drawn(after);
    assert!(all.contains("31 connections that policies permit"), "{all}");
    assert!(
        all.contains("not drawn: 5 (a node reaches its own pods)"),
        "{all}"
    );
    // All entities reach the resolver, and it reaches all of them: one line to their box.
    assert!(all.contains("[\"entities and nodes\"]"), "{all}");
    let lines = all.lines().filter(|line| line.contains("-->"));
    assert!(lines.count() < 12, "{all}");
    let to = drawn(&format!("{after} --to kube-apiserver"));
    assert!(to.contains("to kube-apiserver: 1 connection"), "{to}");
    assert!(!to.contains("not drawn"), "{to}");
    let from = drawn("reach examples/05-pull-request/after --from host --to shop/* --format dot");
    assert!(
        from.contains("from host to shop/*: 5 connections"),
        "{from}"
    );
    assert!(!from.contains("not drawn"), "{from}");
}

#[test]
fn a_picture_about_somebody_says_so_and_marks_it() {
    let one = drawn("reach examples/02-shop --workload shop/orders --format mermaid");
    assert!(
        one.contains("shop/Deployment/orders, both directions: 5 connections"),
        "{one}"
    );
    assert!(
        one.contains("[\"Deployment/orders\"]:::chosenNode"),
        "{one}"
    );
}

#[test]
fn where_nothing_is_permitted_the_workloads_are_drawn() {
    let denied = "reach examples/02-shop --from world --to shop/db-0 --format mermaid";
    let none = drawn(denied);
    assert!(none.contains("nothing is permitted"), "{none}");
    assert!(none.contains("StatefulSet/db"), "{none}");
}

#[test]
fn routes_run_from_left_to_right_with_numbered_hops() {
    let routes = "paths examples/02-shop --from world --to shop/db-0 --format";
    let chart = drawn(&format!("{routes} mermaid"));
    for part in [
        "[\"203.0.113.0/25\"]:::startNode",
        "[\"StatefulSet/db\"]:::endNode",
        "|\"1: 8443/TCP\"|",
        "|\"2: 8080/TCP\"|",
        "|\"3: 5432/TCP\"|",
    ] {
        assert!(chart.contains(part), "{part}: {chart}");
    }
    let svg = drawn(&format!("{routes} svg"));
    let place = |name: &str| {
        let texts = svg.lines().filter(|line| line.contains("class=\"node\""));
        let text = texts
            .into_iter()
            .find(|line| line.ends_with(&format!("{name}</text>")));
        let text = text.unwrap_or_else(|| panic!("{name} is drawn"));
        let (_, rest) = text.split_once(" x=\"").expect("a text has a place");
        let (x, _) = rest.split_once('"').expect("a number ends");
        x.parse::<i64>().expect("a number")
    };
    let places = [
        "203.0.113.0/25",
        "Deployment/web",
        "Deployment/orders",
        "StatefulSet/db",
    ];
    let places = places.map(place);
    assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
    let limited = "--from monitoring/* --to kube-system/* --all --limit 1 --format dot";
    let some = drawn(&format!("paths examples/02-shop {limited}"));
    assert!(some.contains("1 of 5 groups of routes drawn"), "{some}");
}

/// Crowds of the same size, with the same first member, that reach different ends.
#[test]
fn two_crowds_with_the_same_first_member_are_two_nodes() {
    let mut objects = String::new();
    let labels = |n: usize| match n {
        0 => "{a: '1', b: '1'}",
        1..26 => "{a: '1'}",
        _ => "{b: '1'}",
    };
    for n in 0..51 {
        write!(
            objects,
            "---\napiVersion: v1\nkind: Pod\n\
             metadata: {{name: p{n:02}, namespace: x, labels: {}}}\n\
             spec: {{containers: [{{name: c, image: i}}]}}\n",
            labels(n)
        )
        .expect("a string takes text");
    }
    for label in ["a", "b"] {
        write!(
            objects,
            "---\napiVersion: v1\nkind: Pod\n\
             metadata: {{name: end-{label}, namespace: x, labels: {{end: {label}}}}}\n\
             spec: {{containers: [{{name: c, image: i}}]}}\n---\n\
             apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
             metadata: {{name: end-{label}, namespace: x}}\nspec:\n  \
             podSelector: {{matchLabels: {{end: {label}}}}}\n  ingress:\n  \
             - from: [{{podSelector: {{matchLabels: {{{label}: '1'}}}}}}]\n    \
             ports: [{{port: 80}}]\n"
        )
        .expect("a string takes text");
    }
    let folder = Scratch::new("crowds");
    folder.write("all.yaml", &objects);
    let from = "paths . --from x{a=1} --from x{b=1} --to x/end-a --to x/end-b --format mermaid";
    let output = Command::new(ztc())
        .args(from.split(' '))
        .current_dir(folder.path())
        .output()
        .expect("ztc runs");
    let chart = String::from_utf8(output.stdout).expect("a picture is UTF-8");
    let n_crowds = chart.matches("and 25 more").count();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(n_crowds, 2, "{chart}{errors}");
}
