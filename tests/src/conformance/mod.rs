//! Verdicts of Cilium's policy engine that the oracle, ztc and the kernel must agree with.
//!
//! Some of the cases lie in `tests/conformance`; the whole set is read from beside the workspace
//! when it is there.

mod case;
mod disputed;

use std::collections::BTreeMap;

use ztc_bundle::{
    Simulator,
    flow::{self, Answerer},
};
use ztc_loader::judge::KernelJudge;

pub(crate) use case::{end, protocol_named};

use case::{Case, Expected, own_cases, shared_cases};

use crate::interpreter::{Cluster, Connection, End, Interpreter, Judgement, Say};
use crate::kernel::Kernel;
use crate::pipeline::{Question, compile, questions};
use crate::say::say;

const SHARED: [&str; 2] = ["cilium", "external/cilium-connectivity"];

/// How much a comparison covered.
#[derive(Clone, Copy, Default, Debug)]
struct Coverage {
    n_cases: usize,
    n_connections: usize,
    n_sides: usize,
    /// Sides of each sort, so that nobody takes agreement on one sort for agreement on all.
    n_allowed: usize,
    n_denied: usize,
}

#[test]
fn the_oracle_agrees_with_cilium_on_the_cases_kept_here() {
    let cases = own_cases();
    assert!(!cases.is_empty(), "tests/conformance has no cases");
    compare("oracle, own cases", &cases, oracle_says);
}

#[test]
fn the_oracle_agrees_with_cilium_on_the_shared_cases() {
    let Some(cases) = shared_cases(&SHARED) else {
        say("skipped: no conformance cases beside the workspace");
        return;
    };
    compare("oracle, shared cases", &cases, oracle_says);
}

#[test]
fn ztc_agrees_with_cilium_on_the_cases_kept_here() {
    compare("ztc, own cases", &own_cases(), ztc_says);
}

#[test]
fn ztc_agrees_with_cilium_on_the_shared_cases() {
    let Some(cases) = shared_cases(&SHARED) else {
        say("skipped: no conformance cases beside the workspace");
        return;
    };
    compare("ztc, shared cases", &cases, ztc_says);
}

#[test]
fn the_kernel_agrees_with_cilium_on_the_cases_kept_here() {
    compare_kernel("kernel, own cases", &own_cases());
}

#[test]
fn the_kernel_agrees_with_cilium_on_the_shared_cases() {
    let Some(cases) = shared_cases(&SHARED) else {
        say("skipped: no conformance cases beside the workspace");
        return;
    };
    compare_kernel("kernel, shared cases", &cases);
}

#[test]
fn the_program_that_answers_flows_agrees_with_cilium_on_every_side() {
    if Kernel::if_possible().is_none() {
        return;
    }
    let cases = shared_cases(&SHARED).unwrap_or_else(|| {
        say("no conformance cases beside the workspace: only those kept here are asked");
        own_cases()
    });
    compare("ztc-loader probe", &cases, probe_says);
}

/// What somebody says of every connection of a case: egress and ingress.
type Said = Vec<(String, String)>;

fn oracle_says(case: &Case) -> Said {
    let interpreter = Interpreter::new(&case.objects);
    let name = |judgement: Judgement<'_>| judgement.outcome.name().to_string();
    let judge = |expected: &Expected| {
        let (egress, ingress) = interpreter.judge(&expected.connection, Say::Enforced);
        (name(egress), name(ingress))
    };
    case.expected.iter().map(judge).collect()
}

fn ztc_says(case: &Case) -> Said {
    let compiled = compile(&case.files);
    let simulator = Simulator::new(&compiled.bundle.view());
    let cluster = Cluster::new(&case.objects);
    let name = |question: Option<Question>| match question {
        None => "n/a".to_string(),
        Some(question) if question.ask(&simulator).is_allow() => "allow".into(),
        Some(_) => "deny".into(),
    };
    let judge = |expected: &Expected| {
        let asked = questions(simulator.bundle(), &cluster, &expected.connection);
        (name(asked.0), name(asked.1))
    };
    case.expected.iter().map(judge).collect()
}

/// As `ztc-loader probe --flows` has it: every side by a packet in the kernel, a stand-in address
/// where the peer has none.
fn probe_says(case: &Case) -> Said {
    let compiled = compile(&case.files);
    let bundle = compiled.bundle.view();
    let mut judge = KernelJudge::new(&bundle).expect("programs and tables");
    let answerer = Answerer::new(&bundle);
    let judge = |expected: &Expected| {
        let Connection { from, to, .. } = &expected.connection;
        let question = flow::Question {
            from: text(from),
            to: text(to),
            protocol: case::protocol_name(expected.connection.protocol).into(),
            port: expected.connection.port,
        };
        let answer = answerer.answer(question, &mut judge).expect("an answer");
        let word = |side: &flow::Side<'_>| side.word.text().to_string();
        (word(&answer.egress), word(&answer.ingress))
    };
    case.expected.iter().map(judge).collect()
}

/// An end as the questions of users name it.
fn text(end: &End) -> String {
    match end {
        End::Pod(name) => name.clone(),
        End::Address(address) => format!("ip:{address}"),
        End::Entity(name) => format!("entity:{name}"),
    }
}

/// Every side on which somebody says something else than Cilium.
fn differences(case: &Case, said: &Said) -> Vec<String> {
    let mut differences = Vec::new();
    for (expected, said) in case.expected.iter().zip(said) {
        let connection = &expected.connection;
        for (side, expected, said) in [
            ("egress", &expected.egress, &said.0),
            ("ingress", &expected.ingress, &said.1),
        ] {
            if expected != said {
                let name = &case.name;
                differences.push(format!(
                    "{name}: {connection:?}: {side}: Cilium {expected}, here {said}"
                ));
            }
        }
    }
    differences
}

/// Holds what `says` answers for every connection of every case against what Cilium said.
fn compare(what: &str, cases: &[Case], says: impl Fn(&Case) -> Said) -> Coverage {
    let mut coverage = Coverage::default();
    let mut found = Vec::new();
    for case in cases {
        let said = says(case);
        coverage.n_cases += 1;
        coverage.n_connections += said.len();
        for word in said.iter().flat_map(|(egress, ingress)| [egress, ingress]) {
            coverage.n_sides += usize::from(word != "n/a");
            coverage.n_allowed += usize::from(word == "allow");
            coverage.n_denied += usize::from(word == "deny");
        }
        found.extend(differences(case, &said));
    }
    say(format_args!("{what}: {coverage:?}"));
    let n_differences = found.len();
    found.truncate(30);
    assert!(
        found.is_empty(),
        "{what}: {n_differences} differences, among them:\n{}",
        found.join("\n")
    );
    coverage
}

/// Asks the kernel, with packets, what Cilium said of every side whose peer has an address. The
/// slot is filled once for each node on which a case has subjects.
fn compare_kernel(what: &str, cases: &[Case]) {
    let Some(kernel) = Kernel::if_possible() else {
        return;
    };
    let (mut n_sides, mut n_asked, mut n_packets) = (0, 0, 0);
    for case in cases {
        let compiled = compile(&case.files);
        let bundle = compiled.bundle.view();
        let cluster = Cluster::new(&case.objects);
        let mut by_node: BTreeMap<String, Vec<(Question, &str)>> = BTreeMap::new();
        for expected in &case.expected {
            let Connection { from, to, .. } = &expected.connection;
            let (egress, ingress) = questions(&bundle, &cluster, &expected.connection);
            let sides = [
                (from, egress, &expected.egress),
                (to, ingress, &expected.ingress),
            ];
            for (subject, question, expected) in sides {
                if let Some(question) = question {
                    let subject = cluster.subject(subject).expect("a question has a subject");
                    let node = subject.node.clone().unwrap_or_default();
                    by_node.entry(node).or_default().push((question, expected));
                }
            }
        }
        for (node, asked) in by_node {
            let staged = kernel.stage(&bundle, &node).expect("tables that fit");
            for (question, expected) in asked {
                let verdict = question.ask_bundle(&bundle);
                let said = if verdict.is_allow() { "allow" } else { "deny" };
                assert_eq!(said, expected, "{}: {question:?}", case.name);
                let sent = staged.ask(&question, verdict);
                let sent = sent.unwrap_or_else(|fault| panic!("{}: {fault}", case.name));
                n_sides += 1;
                n_asked += usize::from(sent > 0);
                n_packets += sent;
            }
        }
    }
    say(format_args!(
        "{what}: {} cases, {n_asked} of {n_sides} sides asked with {n_packets} packets",
        cases.len()
    ));
    assert!(n_packets > 0, "{what}: nothing was asked");
}
