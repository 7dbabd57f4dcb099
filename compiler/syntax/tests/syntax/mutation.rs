//! No text makes the parser panic, hang, or point outside of the text: seeded mutations of the
//! cases, and texts that were made to hurt.

use std::time::{Duration, Instant};

use ztc_diag::{Diagnostic, Span};

use crate::{admin_objects, errors, marks, policy_objects, rejections};

const N_MUTATIONS: u32 = 4_000;

/// JSON has a reader of its own.
const JSON: &str = r#"{"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy",
  "metadata": {"name": "a", "labels": {"a": "\u00e9"}},
  "spec": {"endpointSelector": {}, "ingress": [{"fromCIDR": ["10.0.0.0/8", "x"], "toPorts": [
    {"ports": [{"port": "80", "endPort": 90, "protocol": "TCP"}]}]}]}}
"#;

#[test]
fn mutated_manifests_never_break_the_parser() {
    let mut random = fastrand::Rng::with_seed(7);
    let texts = texts();
    for _ in 0..N_MUTATIONS {
        let text = random.choice(&texts).expect("there are cases");
        let mutated = mutate(&mut random, text);
        survive(&mutated);
    }
}

#[test]
fn words_in_other_places_never_break_the_parser() {
    let mut random = fastrand::Rng::with_seed(11);
    let texts = texts();
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '.';
    let words = |text: &str| -> Vec<String> {
        // Words and what is between them, in turn.
        let mut words = vec![String::new()];
        let mut was_word = false;
        for character in text.chars() {
            if is_word(character) != was_word {
                words.push(String::new());
                was_word = !was_word;
            }
            words.last_mut().expect("one at least").push(character);
        }
        words
    };
    let vocabulary: Vec<String> = texts.iter().flat_map(|text| words(text)).collect();
    for _ in 0..N_MUTATIONS / 10 {
        let text = random.choice(&texts).expect("there are texts");
        let mut words = words(text);
        for _ in 0..random.usize(1..12) {
            let new = random.choice(&vocabulary).expect("there are words");
            if let Some(word) = random.choice(&mut words) {
                word.clone_from(new);
            }
        }
        survive(&words.concat());
    }
}

/// Cases, good files, and all the rejections as one file.
fn texts() -> Vec<String> {
    let cases = errors::CASES.iter().map(|(_, case)| marks::unmark(case).0);
    let good = [
        JSON,
        policy_objects::CILIUM,
        policy_objects::REFERRED,
        admin_objects::ADMIN,
    ];
    let rejections: Vec<_> = rejections::all()
        .iter()
        .map(|(_, text)| marks::unmark(text).0)
        .collect();
    let rejections = rejections.join("---\n");
    cases
        .chain(good.map(str::to_owned))
        .chain([rejections])
        .collect()
}

/// Text that means something to YAML.
const SPICE: &[&str] = &[
    "\t",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "&a ",
    "*a",
    "<<: ",
    "|",
    ">",
    "#",
    "\n",
    "\r",
    "\u{feff}",
    "é",
    "😀",
    "!!str ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "? ",
    ",",
    "\0",
    "\u{85}",
    "\u{2028}",
    "~",
    "0",
    "\\",
    "%",
    "@",
];

/// A window of a text with some bytes replaced, removed or repeated.
fn mutate(random: &mut fastrand::Rng, text: &str) -> String {
    let length = random.usize(1..=text.len().min(1_500));
    let start = random.usize(0..=text.len() - length);
    let mut bytes = text
        .as_bytes()
        .iter()
        .copied()
        .skip(start)
        .take(length)
        .collect::<Vec<_>>();
    for _ in 0..random.usize(0..6) {
        let at = random.usize(0..=bytes.len());
        match random.u8(0..4) {
            0 => drop(bytes.drain(at..(at + random.usize(0..8)).min(bytes.len()))),
            1 => {
                let spice = random.choice(SPICE).expect("there is some");
                bytes.splice(at..at, spice.bytes());
            }
            2 => {
                let end = (at + random.usize(0..64)).min(bytes.len());
                let copy: Vec<u8> = bytes.iter().copied().skip(at).take(end - at).collect();
                bytes.splice(at..at, copy);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.u8(..);
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn survive(text: &str) -> Vec<Diagnostic> {
    let (_, parsed, diagnostics) = marks::parse(text);
    let check = |span: Span| {
        let range = span.start as usize..span.end as usize;
        assert!(text.get(range).is_some(), "{span:?} is no part of {text:?}");
    };
    for diagnostic in &diagnostics {
        check(diagnostic.primary.span);
        diagnostic
            .secondary
            .iter()
            .for_each(|label| check(label.span));
    }
    parsed
        .skipped
        .iter()
        .for_each(|skipped| check(skipped.span));
    parsed
        .refused
        .iter()
        .for_each(|refused| check(refused.span));
    let is_error = |diagnostic: &Diagnostic| diagnostic.level == ztc_diag::Level::Error;
    let is_accounted_for = !parsed.refused.is_empty() || !parsed.skipped.is_empty();
    assert!(
        is_accounted_for || !diagnostics.iter().any(is_error),
        "an error, and nothing is left out: {text:?}"
    );
    for object in &parsed.objects {
        check(match object {
            ztc_syntax::Object::Cilium(policy) => policy.meta.kind_span,
            ztc_syntax::Object::NetworkPolicy(policy) => policy.span,
            ztc_syntax::Object::Workload(workload) => workload.labels_span,
            ztc_syntax::Object::Namespace(namespace) => namespace.meta.kind_span,
            ztc_syntax::Object::Node(node) => node.meta.name.span,
            ztc_syntax::Object::Service(service) => service.meta.name.span,
            ztc_syntax::Object::Admin(policy) => policy.subject.span,
            ztc_syntax::Object::CidrGroup(group) => group.meta.name.span,
            ztc_syntax::Object::EndpointSlice(slice) => slice.meta.name.span,
            ztc_syntax::Object::Resolution(resolution) => resolution.kind_span,
            ztc_syntax::Object::PolicyTest(test) => test.meta.kind_span,
        });
    }
    diagnostics
}

/// Bounded time: what is hostile in a megabyte is over in seconds on any machine.
fn survive_quickly(what: &str, text: &str) -> Vec<Diagnostic> {
    let start = Instant::now();
    let diagnostics = survive(text);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{what} took {:?}",
        start.elapsed()
    );
    diagnostics
}

#[test]
fn hostile_texts_cost_no_more_than_their_size() {
    const N: usize = 200_000;
    let many = |part: &str, n: usize| part.repeat(n);
    for (what, text) in [
        ("open brackets", many("[", N)),
        ("open braces", many("{a: ", N)),
        ("dashes", many("- ", N)),
        ("explicit keys", many("? ", N)),
        (
            "indentation",
            (0..2_000)
                .map(|n| format!("{}a:\n", many(" ", n)))
                .collect(),
        ),
        ("anchors", many("- &a b\n", N / 4)),
        ("aliases", format!("- &a [b]\n{}", many("- *a\n", N / 4))),
        ("quotes", many("\"", N + 1)),
        ("an open quote", format!("a: \"{}", many("b\n", N))),
        ("a long plain scalar", format!("a: {}", many("b ", N))),
        ("a long key", format!("{}: b", many("a", N))),
        ("comments", many("# a\n", N)),
        ("commas", format!("[{}]", many("a,", N))),
        ("separators", many("---\n", N)),
        ("small documents", many("--- a\n", N / 8)),
        ("keys", (0..N / 4).map(|n| format!("a{n}: b\n")).collect()),
        ("the same key", many("a: b\n", N / 8)),
        ("tags", many("- !a b\n", N / 4)),
        ("directives", many("%YAML 1.2\n", N / 4)),
        (
            "merges",
            format!("- &a {{b: c}}\n- {}", many("<<: *a\n  ", N / 16)),
        ),
        ("block scalars", many("- |\n  a\n", N / 4)),
        (
            "a block scalar of blank lines",
            format!("a: |\n{}", many("\n", N)),
        ),
        ("byte-order marks", many("\u{feff}", N / 4)),
        ("carriage returns", many("a: b\r", N / 4)),
    ] {
        survive_quickly(what, &text);
    }
}

#[test]
fn alias_bombs_are_refused_by_count() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let alias = format!("*a{}", level - 1);
        let list = [alias.as_str(); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    let diagnostics = survive_quickly("a bomb", &bomb);
    assert_eq!(
        diagnostics.iter().map(|d| d.name).collect::<Vec<_>>(),
        ["too-many-aliases"]
    );
    let laughs = bomb.replace('[', "{<<: [").replace(']', "]}");
    survive_quickly("a bomb of merges", &laughs);
    let text = "\\u0041".repeat(20_000);
    let long = format!("a: &a \"{text}\"\nb: [{}]\n", vec!["*a"; 20_000].join(", "));
    let diagnostics = survive_quickly("a long text", &long);
    assert_eq!(
        diagnostics.iter().map(|d| d.name).collect::<Vec<_>>(),
        ["too-many-aliases"]
    );
}
