//! `probe --flows`: the kernel, asked line by line, says what the simulator says.

use std::{
    fmt::Write as _,
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use fastrand::Rng;
use ztc_abi::Protocol;
use ztc_bundle::{
    BundleFile, Simulator, encode,
    flow::{Answerer, answer_lines},
};

use crate::{
    audited::{audited, named},
    bundles::{APPS, Allow},
    node::has_kernel,
    seed::seed,
};

/// Ends of every kind: by name, by address, by entity.
const ENDS: [&str; 13] = [
    "default/a",
    "default/b",
    "default/server",
    "ip:10.9.0.3",
    "ip:fd09::1",
    "fd09::4",
    "ip:192.0.2.77",
    "ip:198.51.100.9",
    "2001:db8::9",
    "entity:host",
    "entity:world",
    "kube-apiserver",
    "remote-node",
];
const PROTOCOLS: [Protocol; 5] = [
    Protocol::Tcp,
    Protocol::Udp,
    Protocol::Sctp,
    Protocol::Icmp,
    Protocol::Icmpv6,
];
const PORTS: [u16; 4] = [3, 8, 80, 128];

/// A directory that is removed when this is.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let unique = format!("ztc-test-probe-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(unique);
        fs::create_dir_all(&path).expect("the directory can be made");
        Self(path)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).expect("the file can be written");
        path
    }

    /// Runs `ztc-loader probe` over a bundle and questions.
    fn probe(&self, bundle: &[u8], flows: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ztc-loader"));
        let command = command
            .arg("probe")
            .args(["--format", "json", "--verbose", "--bundle"])
            .arg(self.file("probed.ztcb", bundle))
            .arg("--flows")
            .arg(self.file("flows.jsonl", flows.as_bytes()));
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let child = child.expect("the command can be run");
        let pins = format!("/sys/fs/bpf/ztc-probe-{}", child.id());
        let output = child.wait_with_output().expect("it ends");
        assert!(!fs::exists(&pins).expect("it can be told"), "{pins}");
        output
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn line(from: &str, to: &str, protocol: Protocol, port: u16) -> String {
    let protocol = protocol.name();
    format!(r#"{{"from":"{from}","to":"{to}","protocol":"{protocol}","port":{port}}}"#)
}

/// A bundle that allows some clients something, with an audited policy and a node class.
fn bundle(rng: &mut Rng) -> Vec<u8> {
    let mut asked: Vec<_> = (0..rng.usize(0..12))
        .map(|_| {
            let from = rng.usize(0..APPS.len());
            let protocol = PROTOCOLS[rng.usize(0..PROTOCOLS.len())];
            (from, protocol, PORTS[rng.usize(0..PORTS.len())])
        })
        .collect();
    asked.sort_unstable();
    asked.dedup();
    let allows = asked.into_iter().map(|(from, protocol, port)| Allow {
        from,
        protocol,
        port,
    });
    let mut contents = audited("shop", &allows.collect::<Vec<_>>());
    named(&mut contents);
    encode(&contents).expect("the contents are sound")
}

#[test]
fn the_kernel_answers_as_the_simulator_does() {
    if !has_kernel() {
        return;
    }
    let mut rng = Rng::with_seed(seed());
    let scratch = Scratch::new("equal");
    let mut flows = String::new();
    for from in ENDS {
        for to in ENDS {
            for protocol in PROTOCOLS {
                for port in PORTS {
                    writeln!(flows, "{}", line(from, to, protocol, port)).expect("it is memory");
                }
            }
        }
    }
    for _ in 0..4 {
        let bytes = bundle(&mut rng);
        let output = scratch.probe(&bytes, &flows);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        assert!(said.contains("the kernel judged 3380 flows in "), "{said}");
        let file = BundleFile::parse(bytes).expect("the bundle is sound");
        let simulator = Simulator::new(&file.view());
        let answerer = Answerer::new(&file.view());
        let mut expected = Vec::new();
        answer_lines(
            "f",
            flows.as_bytes(),
            &answerer,
            &mut &simulator,
            &mut expected,
        )
        .expect("the simulator answers");
        let expected = String::from_utf8(expected).expect("JSON is text");
        let found = String::from_utf8(output.stdout).expect("JSON is text");
        for (found, expected) in found.lines().zip(expected.lines()) {
            assert_eq!(found, expected);
        }
        assert_eq!(found.len(), expected.len());
        assert!(found.contains("audit"), "something is audited");
    }
}

#[test]
fn a_line_that_is_no_question_is_an_error_after_what_came_before() {
    if !has_kernel() {
        return;
    }
    let scratch = Scratch::new("bad");
    let bytes = bundle(&mut Rng::with_seed(1));
    let good = line("default/a", "default/server", Protocol::Tcp, 80);
    for (bad, says) in [
        (
            line("default/nobody", "default/a", Protocol::Tcp, 80),
            "line 2",
        ),
        ("{".to_owned(), "line 2"),
    ] {
        let output = scratch.probe(&bytes, &format!("{good}\n{bad}\n{good}\n"));
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            output.stdout.iter().filter(|byte| **byte == b'\n').count(),
            1
        );
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            said.contains("flows.jsonl") && said.contains(says),
            "{said}"
        );
    }
    let output = scratch.probe(b"no bundle", &good);
    assert_eq!(output.status.code(), Some(1), "the bundle is refused");
}
