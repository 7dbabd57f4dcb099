//! What commands write as JSON is what `docs/schema` says.
//!
//! The checker knows the few words of JSON Schema that the files use, and is stricter in one thing:
//! a field that a schema does not describe is an error, because nobody would know what it means.

#![expect(
    clippy::indexing_slicing,
    reason = "a missing field stops the test, as it should"
)]

use std::{fs, process::Command};

use serde_json::Value;

use crate::console::{root, ztc};

const EXAMPLES: [&str; 3] = [
    "examples/01-frontend-backend",
    "examples/02-shop",
    "examples/03-mistakes",
];

#[test]
fn check_build_and_inspect_write_what_their_schemas_say() {
    for (index, example) in EXAMPLES.into_iter().enumerate() {
        check("check.v1", &run(&["check", "--format", "json", example]));
        let bundle =
            std::env::temp_dir().join(format!("ztc-schema-{}-{index}", std::process::id()));
        let bundle = bundle.to_str().expect("a temporary path is UTF-8");
        let built = run(&["build", "--format", "json", example, "-o", bundle]);
        check("build.v1", &built);
        let Value::Object(_) = &built[0]["bundle"] else {
            continue;
        };
        check("inspect.v1", &run(&["inspect", "--format", "json", bundle]));
        let sections = run(&["inspect", "--format", "json", bundle]);
        for section in sections[0]["sections"].as_array().expect("an array") {
            let name = section["name"].as_str().expect("a name");
            let listing = run(&["inspect", "--section", name, "--format", "json", bundle]);
            check("inspect-section.v1", &listing);
            let n_records = listing[0]["records"].as_array().map(Vec::len);
            assert_eq!(
                n_records.map(|n| n.into()),
                Some(section["records"].clone()),
                "{name}"
            );
        }
        fs::remove_file(bundle).expect("it was written");
    }
}

#[test]
fn explain_writes_what_its_schemas_say() {
    let example = EXAMPLES[0];
    for from in [
        "default/frontend",
        "default/metrics",
        "198.51.100.7",
        "host",
    ] {
        let question = [
            "--from",
            from,
            "--to",
            "default/backend",
            "--port",
            "8080/TCP",
        ];
        let arguments = [&["explain", "--format", "json", example], &question[..]].concat();
        check("explain.v1", &run(&arguments));
    }
    let flows = std::env::temp_dir().join(format!("ztc-schema-{}.jsonl", std::process::id()));
    let lines = [
        r#"{"from":"default/frontend","to":"default/backend","protocol":"TCP","port":8080}"#,
        r#"{"from":"default/metrics","to":"ip:10.0.2.9","protocol":"TCP","port":8080}"#,
        r#"{"from":"entity:world","to":"default/backend","protocol":"ICMP","port":8}"#,
    ];
    fs::write(&flows, lines.join("\n")).expect("the temporary directory is writable");
    let path = flows.to_str().expect("a temporary path is UTF-8");
    let answers = run(&["explain", example, "--flows", path]);
    let verdicts: Vec<_> = answers
        .iter()
        .map(|answer| answer["verdict"].clone())
        .collect();
    assert_eq!(verdicts, ["allow", "deny", "deny"]);
    check("flow.v1", &answers);
    fs::remove_file(flows).expect("it is ours");
}

#[test]
fn reach_writes_what_its_schema_says() {
    for example in [EXAMPLES[0], EXAMPLES[1]] {
        for flags in [
            &[][..],
            &["--no-fold"],
            &["--to", "world"],
            &["--port", "1/SCTP"],
        ] {
            let arguments = [&["reach", "--format", "json", example], flags].concat();
            check("reach.v1", &run(&arguments));
        }
    }
    let refused = ["reach", "--format", "json", "--keep-going", EXAMPLES[2]];
    check("reach.v1", &run(&refused));
}

#[test]
fn paths_and_exposure_write_what_their_schemas_say() {
    let example = EXAMPLES[1];
    for to in ["shop/db-0", "shop/CronJob/backup"] {
        let ends = ["--from", "world", "--to", to, "--all"];
        let arguments = [&["paths", "--format", "json", example], &ends[..]].concat();
        check("paths.v1", &run(&arguments));
    }
    let ends = ["--from", "shop/*", "--to", "shop/db-0"];
    let port = ["--port", "5432/TCP", "--every-hop", "--max-hops", "2"];
    let arguments = [&["paths", "--format", "json", example], &ends[..], &port].concat();
    check("paths.v1", &run(&arguments));
    let arguments = ["reach", "--exposure", "--format", "json", example];
    check("exposure.v1", &run(&arguments));
}

#[test]
fn test_writes_what_its_schema_says() {
    for assertions in ["holds", "fails", "by", "vacuous"] {
        let file = format!("tests/cli/test.in/{assertions}.yaml");
        let plain = ["test", "--format", "json", "tests/cli/test.in/shop", &file];
        check("test.v1", &run(&plain));
        check("test.v1", &run(&[&plain[..], &["--coverage"]].concat()));
    }
}

#[test]
fn diff_writes_what_its_schema_says() {
    for [old, new] in [
        [EXAMPLES[0], EXAMPLES[1]],
        [EXAMPLES[1], EXAMPLES[1]],
        [
            "examples/05-pull-request/before",
            "examples/05-pull-request/after",
        ],
    ] {
        check("diff.v1", &run(&["diff", "--format", "json", old, new]));
    }
    // Rules without effect, and changed ones that say what is different.
    let (old, new) = (
        "tests/cli/diff.in/before.yaml",
        "tests/cli/diff.in/after.yaml",
    );
    check("diff.v1", &run(&["diff", "--format", "json", old, new]));
    let refused = [EXAMPLES[2], EXAMPLES[1]];
    let arguments = [&["diff", "--format", "json", "--keep-going"], &refused[..]];
    check("diff.v1", &run(&arguments.concat()));
}

/// Runs ztc in the workspace's directory; its output is one or several JSON values.
fn run(arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(ztc())
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("it runs");
    let values = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    let values: Vec<Value> = values
        .map(|value| value.expect("the output is JSON"))
        .collect();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        !values.is_empty(),
        "{arguments:?} wrote no JSON: {complaints}"
    );
    values
}

fn check(name: &str, values: &[Value]) {
    let path = root()
        .join("docs/schema")
        .join(format!("{name}.schema.json"));
    let text = fs::read_to_string(&path).expect("every schema has a file");
    let schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
    for value in values {
        let mut wrong = Vec::new();
        conforms(&schema, &schema, value, "$", &mut wrong);
        assert!(wrong.is_empty(), "{name}: {}\n{value:#}", wrong.join("; "));
    }
}

fn conforms(root: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').expect("references are local");
        let target = root.pointer(pointer).expect("references lead somewhere");
        return conforms(root, target, value, at, wrong);
    }
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{at}: {what}"));
        }
    };
    if let Some(constant) = schema.get("const") {
        expect(constant == value, "not the constant");
    }
    if let Some(allowed) = schema["enum"].as_array() {
        expect(allowed.contains(value), "not one of the enumeration");
    }
    if let Some(minimum) = schema["minimum"].as_u64() {
        expect(
            value.as_u64().is_some_and(|number| number >= minimum),
            "below the minimum",
        );
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => return,
        one => vec![one.clone()],
    };
    expect(
        types.iter().any(|expected| has_type(value, expected)),
        "not of the type",
    );
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        for (index, item) in items.iter().enumerate() {
            conforms(root, schema, item, &format!("{at}[{index}]"), wrong);
        }
    }
    let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) else {
        return;
    };
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().expect("names are strings");
        if !fields.contains_key(name) {
            wrong.push(format!("{at}: no `{name}`"));
        }
    }
    for (name, field) in fields {
        match known.get(name) {
            Some(schema) => conforms(root, schema, field, &format!("{at}.{name}"), wrong),
            None => wrong.push(format!("{at}: `{name}` is not described")),
        }
    }
}

fn has_type(value: &Value, expected: &Value) -> bool {
    match expected.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}
