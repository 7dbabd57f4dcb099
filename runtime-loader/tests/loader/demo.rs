//! The demo: it ends by itself, cleans up when it is interrupted, and clears up after one that was
//! killed.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::{node, schema};

/// The demo, with pins of its own.
struct Demo {
    pins: PathBuf,
}

impl Demo {
    fn new(name: &str) -> Option<Self> {
        let unique = format!("/sys/fs/bpf/ztc-demo-{name}-{}", std::process::id());
        node::has_kernel().then(|| Self {
            pins: unique.into(),
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ztc-loader"));
        command
            .args(["demo", "--format", "json", "--pin-root"])
            .arg(&self.pins);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self) -> Output {
        self.command().output().expect("the command runs")
    }

    /// Starts the demo, and waits until its programs are pinned.
    fn start(&self) -> Child {
        let child = self.command().spawn().expect("the command runs");
        let started = Instant::now();
        while !self.pins.join("object").exists() {
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "the demo does not begin"
            );
            thread::sleep(Duration::from_millis(1));
        }
        child
    }

    fn state(&self) -> PathBuf {
        let name = self.pins.file_name().expect("it has a name");
        PathBuf::from("/run").join(name)
    }

    fn assert_nothing_is_left(&self) {
        assert!(
            !self.pins.exists() && !self.state().exists(),
            "something is left"
        );
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.pins);
        let _gone = fs::remove_dir_all(self.state());
    }
}

#[test]
fn the_demo_shows_what_changes_and_leaves_nothing() {
    let Some(demo) = Demo::new("whole") else {
        return;
    };
    let output = demo.run();
    assert!(output.status.success(), "{output:?}");
    let play: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let documented = serde_json::from_slice(include_bytes!("../../schema/demo.json"));
    let documented = documented.expect("the schema is JSON");
    assert_eq!(schema::faults(&documented, &play), Vec::<String>::new());
    let outcome = |round: usize, list: &str, from: &str| {
        let all = play["rounds"][round][list]
            .as_array()
            .expect("it is a list");
        let of_client = all.iter().filter(|one| {
            one["from"] == from && one["to"] == "default/backend" && one["port"] == 8080
        });
        of_client
            .map(|one| one["outcome"].clone())
            .collect::<Vec<_>>()
    };
    let both = |outcome: &str| vec![json!(outcome), json!(outcome)];
    assert_eq!(outcome(0, "trials", "default/frontend"), both("connected"));
    assert_eq!(outcome(0, "trials", "default/metrics"), both("dropped"));
    assert_eq!(outcome(1, "open", "default/frontend"), both("cut"));
    assert_eq!(outcome(1, "trials", "default/frontend"), both("dropped"));
    assert_eq!(outcome(1, "trials", "default/metrics"), both("connected"));
    let lists = ["open", "trials"].map(|list| play["rounds"][1][list].as_array());
    let all = lists.into_iter().flatten().flatten();
    for drop in all.map(|one| &one["drop"]).filter(|drop| !drop.is_null()) {
        assert_eq!(drop["rule"]["policy"], "allow-metrics-to-backend");
    }
    demo.assert_nothing_is_left();
}

#[test]
fn an_interrupted_demo_leaves_nothing() {
    let Some(demo) = Demo::new("interrupted") else {
        return;
    };
    for signal in [Signal::INT, Signal::TERM] {
        let child = demo.start();
        let id = Pid::from_child(&child);
        kill_process(id, signal).expect("it is our child");
        let output = child.wait_with_output().expect("it is our child");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("interrupted"), "{said}");
        demo.assert_nothing_is_left();
    }
}

#[test]
fn a_killed_demo_is_cleared_up_by_the_next() {
    let Some(demo) = Demo::new("killed") else {
        return;
    };
    let mut child = demo.start();
    child.kill().expect("it is our child");
    child.wait().expect("it is our child");
    assert!(
        demo.pins.exists(),
        "nothing to clear up: the test kills too late"
    );
    let output = demo.run();
    assert!(output.status.success(), "{output:?}");
    demo.assert_nothing_is_left();
}

#[test]
fn the_demo_does_not_touch_the_pins_of_others() {
    let output = Command::new(env!("CARGO_BIN_EXE_ztc-loader"))
        .args(["demo", "--pin-root", "/sys/fs/bpf/ztc"])
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}
