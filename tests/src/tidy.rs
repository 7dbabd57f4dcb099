//! The house rules that a machine can check.
//!
//! Must not know what the code does: it reads files as text and asks cargo for the crates' edges.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Who may depend on whom. Left may name anything on the right, and nothing else of ours.
const LAYERS: [(&str, &[&str]); 13] = [
    ("ztc-abi", &[]),
    ("ztc-diag", &[]),
    ("ztc-identity", &[]),
    ("ztc-picture", &[]),
    ("ztc-bundle", &["ztc-abi", "ztc-identity"]),
    ("ztc-syntax", &["ztc-diag"]),
    ("ztc-policy", &["ztc-diag", "ztc-identity", "ztc-syntax"]),
    (
        "ztc-lints",
        &["ztc-diag", "ztc-identity", "ztc-policy", "ztc-syntax"],
    ),
    (
        "ztc-lower",
        &[
            "ztc-abi",
            "ztc-bundle",
            "ztc-diag",
            "ztc-identity",
            "ztc-policy",
        ],
    ),
    ("ztc-loader", &["ztc-abi", "ztc-bundle", "ztc-identity"]),
    ("ztc-reach", &["ztc-abi", "ztc-bundle"]),
    (
        "ztc",
        &[
            "ztc-abi",
            "ztc-bundle",
            "ztc-diag",
            "ztc-identity",
            "ztc-lints",
            "ztc-lower",
            "ztc-picture",
            "ztc-policy",
            "ztc-reach",
            "ztc-syntax",
        ],
    ),
    (
        "ztc-tests",
        &[
            "ztc",
            "ztc-abi",
            "ztc-bundle",
            "ztc-diag",
            "ztc-identity",
            "ztc-lints",
            "ztc-loader",
            "ztc-lower",
            "ztc-picture",
            "ztc-policy",
            "ztc-reach",
            "ztc-syntax",
        ],
    ),
];

/// Crates that the loader's part of the tree must never reach, and the compiler's.
const FORBIDDEN: [(&str, &[&str]); 2] = [
    ("ztc-loader", &["granit-parser", "codespan-reporting"]),
    ("ztc", &["aya"]),
];

const MAX_LINES: usize = 400;
const MAX_COLUMNS: usize = 100;

/// What must be there before anyone reads a line of code.
const FRONT_DOOR: [&str; 8] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "examples/README.md",
];

#[test]
fn crates_depend_downwards_only() {
    let layers = BTreeMap::from(LAYERS);
    let mut faults = Vec::new();
    for package in packages() {
        let name = package["name"].as_str().expect("a name");
        let Some(allowed) = layers.get(name) else {
            faults.push(format!("{name} is in no layer"));
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("a list") {
            let used = dependency["name"].as_str().expect("a name");
            // What a crate's own tests use does not reach whoever uses the crate.
            let is_ours = layers.contains_key(used) && dependency["kind"] != "dev";
            if is_ours && !allowed.contains(&used) {
                faults.push(format!("{name} must not depend on {used}"));
            }
            if FORBIDDEN
                .iter()
                .any(|(who, what)| *who == name && what.contains(&used))
            {
                faults.push(format!("{name} must not depend on {used}"));
            }
        }
    }
    none(&faults);
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    let manifests = files()
        .into_iter()
        .filter(|path| path.ends_with("Cargo.toml"));
    let lacks = |path: &PathBuf| {
        let text = read(path);
        let is_member = !text.contains("[workspace]");
        is_member && !text.contains("[lints]\nworkspace = true")
    };
    none(&names(manifests.filter(lacks)));
}

#[test]
fn every_module_says_what_it_is_for_and_is_read_in_one_sitting() {
    let mut faults = Vec::new();
    for (path, text) in rust_files() {
        let name = name(&path);
        if !text.starts_with("//! ") {
            faults.push(format!("{name}: open with a `//!` line"));
        }
        let n_lines = text.lines().count();
        if n_lines > MAX_LINES {
            faults.push(format!("{name}: {n_lines} lines; {MAX_LINES} is the limit"));
        }
        for (index, line) in text.lines().enumerate() {
            if line.chars().count() > MAX_COLUMNS {
                faults.push(format!("{name}:{}: wider than {MAX_COLUMNS}", index + 1));
            }
        }
    }
    none(&faults);
}

#[test]
fn nothing_is_left_for_later_and_no_lint_is_silenced_without_a_reason() {
    // Written in two parts, so that this file does not find itself.
    let banned = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("#[al", "low("),
        concat!("#![al", "low("),
        concat!("#[ig", "nore"),
    ];
    let mut faults = Vec::new();
    for (path, text) in rust_files() {
        for (index, line) in text.lines().enumerate() {
            for word in banned.iter().filter(|word| line.contains(**word)) {
                faults.push(format!("{}:{}: {word}", name(&path), index + 1));
            }
        }
    }
    none(&faults);
}

#[test]
fn every_unsafe_block_of_the_datapath_says_why_it_is_sound() {
    // Clippy holds the workspace to this, and the datapath is not in the workspace.
    let mut faults = Vec::new();
    for (path, text) in rust_files() {
        if !path.starts_with(root().join("ebpf/datapath")) {
            continue;
        }
        let lines: Vec<_> = text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            let before = lines.iter().take(index).rev().take(4);
            let said = before.chain([line]).any(|line| line.contains("SAFETY:"));
            if line.contains("unsafe {") && !said {
                faults.push(format!("{}:{}", name(&path), index + 1));
            }
        }
    }
    none(&faults);
}

#[test]
fn every_lint_is_a_check_a_page_and_a_line_in_the_registry() {
    let folder = root().join("lints");
    let registry = read(&folder.join("lib.rs"));
    let stems = |extension: &str| {
        let files = files()
            .into_iter()
            .filter(|path| path.parent() == Some(&folder));
        let files = files.filter(|path| path.extension().is_some_and(|e| e == extension));
        let stems = files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_string()));
        stems
            .filter(|stem| stem != "lib" && stem != "README")
            .collect::<Vec<_>>()
    };
    let (checks, pages) = (stems("rs"), stems("md"));
    assert_eq!(
        checks, pages,
        "a lint has a check and a page of the same name"
    );
    let is_registered = |check: &&String| registry.contains(check.as_str());
    none(
        &checks
            .iter()
            .filter(|check| !is_registered(check))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn the_front_door_is_complete() {
    none(
        &FRONT_DOOR
            .iter()
            .filter(|file| !root().join(file).is_file())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let traces = [
        concat!("/wo", "rk/"),
        concat!("/tmp/", "target"),
        concat!("/ro", "ot/"),
        "/home/",
    ];
    let mut faults = Vec::new();
    for path in files() {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for trace in traces.iter().filter(|trace| text.contains(**trace)) {
            // Who looks for such paths has to spell them out.
            let looks = [
                "tests/src/tidy.rs",
                "runtime-loader/tests/prebuilt_object.rs",
            ];
            if !looks.iter().any(|file| path.ends_with(file)) {
                faults.push(format!("{}: {trace}", name(&path)));
            }
        }
    }
    none(&faults);
}

/// Fails with the list of what is wrong.
fn none<T: std::fmt::Debug>(faults: &[T]) {
    assert!(faults.is_empty(), "{} found:\n{faults:#?}", faults.len());
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .expect("cargo runs, since it runs this test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    metadata["packages"].as_array().expect("a list").clone()
}

fn rust_files() -> Vec<(PathBuf, String)> {
    let files = files().into_iter();
    let rust = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| (path.clone(), read(&path))).collect()
}

/// Every file of the project, sorted; not what builds leave behind, and nothing hidden but `.ci`.
fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder that can be read") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let is_hidden = name.starts_with('.') && name != ".ci";
            if is_hidden || name == "target" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests
        .parent()
        .expect("the workspace above `tests`")
        .to_path_buf()
}

fn name(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

fn names(paths: impl Iterator<Item = PathBuf>) -> Vec<String> {
    paths.map(|path| name(&path)).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
