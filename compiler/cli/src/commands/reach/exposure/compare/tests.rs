//! What is found of new pods, what is left out where there is not room for it, and what is no
//! answer.

use ztc_bundle::{Bundle, BundleFile};
use ztc_diag::{Sink, Sources};
use ztc_policy::{AnalyseOptions, Analysis};

use super::*;
use crate::{
    commands::reach::exposure::{
        labels::{Kinds, PodSelectors},
        openers::Openers,
        port_names::PortNames,
    },
    inputs::Inputs,
    pipeline::Again,
};

const ENOUGH: Limits = Limits {
    kept: usize::MAX,
    lines: usize::MAX,
};

/// How many pods there are in `a`, each with a policy of its own, and kinds of pods in `b`.
const N: usize = 4;

/// Whom pods of `a` may reach differs from pod to pod, and what pods of `b` take from kind to kind:
/// every two are a line.
fn sources() -> Sources {
    let mut text = String::new();
    for n in 0..N {
        text += &format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{ name: p{n}, namespace: a, labels: {{ id: \
             i{n} }} }}\n---\n"
        );
        text += &policy(
            "a",
            &format!("id: i{n}"),
            "egress: [{ to: [{ namespaceSelector: {} }] }]",
        );
        let from = format!(
            "ingress: [{{ from: [{{ namespaceSelector: {{}} }}], ports: [{{ port: {n}00 }}] }}]",
        );
        text += &policy("b", &format!("role: r{n}"), &from.replace(" 000", " 900"));
    }
    text += &policy("b", "", "policyTypes: [Ingress]");
    let mut sources = Sources::new();
    sources.add("p.yaml".into(), "p.yaml".into(), text);
    sources
}

fn policy(namespace: &str, label: &str, rules: &str) -> String {
    let name = label.replace(": ", "-");
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{ name: p{name}, \
         namespace: {namespace} }}\nspec: {{ podSelector: {{ matchLabels: {{ {label} }} }}, \
         {rules} }}\n---\n"
    )
}

fn analysis() -> Analysis {
    let mut sink = Sink::new();
    let parsed = ztc_syntax::parse(&sources(), &mut sink);
    let analysis = ztc_policy::analyse(&parsed.objects, &AnalyseOptions::default(), &mut sink);
    assert!(!sink.has_errors(), "{:?}", sink.into_sorted());
    analysis
}

fn new_pods() -> Vec<NewPods> {
    let analysis = analysis();
    let selectors = PodSelectors::new(&analysis);
    let kinds = Kinds::new(&analysis, &selectors, &["a", "b"], 100);
    let names = PortNames::new(&analysis);
    ["a", "b"]
        .map(|one| kinds.new_pods(&names, one, 100))
        .into()
}

fn compiled(pods: &[NewPods]) -> BundleFile {
    let inputs = Inputs {
        sources: sources(),
        unchecked: Default::default(),
        problems: Vec::new(),
    };
    let made_up = pods.iter().flat_map(NewPods::made_up);
    let bundle = Again::new(inputs, AnalyseOptions::default()).compile_with("--exposure", made_up);
    bundle.expect("it is encoded").expect("it is small")
}

/// What is listed of `a` and of `b`.
fn found(limits: Limits) -> [Exposed; 2] {
    let pods = new_pods();
    let (without, with) = (compiled(&[]), compiled(&pods));
    let (without, with) = (without.view(), with.view());
    let mut found = Vec::new();
    let (reach, with_pods) = (Reach::new(&without), Reach::new(&with));
    let added = add_exposed(&mut found, &reach, &with_pods, pods, limits);
    assert!(added.is_ok(), "every new pod is compiled");
    let found: Result<[Exposed; 2], _> = found.try_into();
    found.ok().expect("two namespaces")
}

/// Pods by name, and how many lines each has.
fn lines(exposed: &Exposed) -> Vec<(&str, usize)> {
    let pods = exposed.pods.iter();
    pods.map(|pod| (pod.text.as_str(), pod.n_lines())).collect()
}

#[test]
fn a_new_pod_is_called_as_the_compiler_does_whatever_its_namespace_is_called() {
    for (namespace, expected) in [("shop", "shop/{app=web}"), ("a{b", "a{b/{app=web}")] {
        let labels = vec![("app".to_owned(), "web".to_owned())];
        assert_eq!(MadeUp::new(namespace, labels, None).full_name(), expected);
    }
}

#[test]
fn new_pods_without_an_answer_are_no_silence() {
    let pods = new_pods();
    let (without, with) = (compiled(&[]), compiled(&pods));
    let (without, with): (Bundle<'_>, Bundle<'_>) = (without.view(), with.view());
    let (without, with) = (Reach::new(&without), Reach::new(&with));
    let is_error = |reach, with_pods| {
        let pods = new_pods();
        add_exposed(&mut Vec::new(), reach, with_pods, pods, ENOUGH).is_err()
    };
    assert!(!is_error(&without, &with));
    assert!(is_error(&without, &without), "they are not there");
    assert!(is_error(&with, &with), "somebody else is called so");
}

#[test]
fn where_every_two_ends_differ_the_last_pods_are_left_out_and_that_is_said() {
    let [all_a, all_b] = found(ENOUGH);
    assert!(all_a.is_exact() && all_b.is_exact());
    let (of_a, of_b) = (lines(&all_a), lines(&all_b));
    assert_eq!(of_b.len(), 1 + N);
    let new = of_b.iter().skip(1);
    assert!(new.clone().all(|(_, n)| *n >= N), "{of_b:?}");
    let n_lines = |lines: &[(&str, usize)]| lines.iter().map(|(_, n)| n).sum::<usize>();

    let lines_are_few = Limits {
        lines: n_lines(&of_a) + n_lines(&of_b) - 1,
        ..ENOUGH
    };
    let kept_are_few = Limits { kept: 45, ..ENOUGH };
    for (limits, what) in [(lines_are_few, "lines"), (kept_are_few, "kept")] {
        let [a, b] = found(limits);
        assert!(a.is_exact(), "{what}");
        assert_eq!(lines(&a), of_a, "{what}");
        assert!(!b.is_exact(), "{what}");
        let left = lines(&b);
        assert!((1..=N).contains(&left.len()), "{what}: {left:?}");
        assert!(of_b.starts_with(&left), "{what}: {left:?}");
    }

    for exposed in found(Limits { kept: 0, lines: 0 }) {
        assert_eq!(lines(&exposed), []);
        assert!(!exposed.is_exact());
    }
}

#[test]
fn ends_that_are_asked_together_may_open_the_same() {
    let bundle = compiled(&new_pods());
    let bundle = bundle.view();
    let reach = Reach::new(&bundle);
    let openers = Openers::new(&reach);
    let all: Vec<_> = (0u32..).map(IdentityId).zip(reach.identities()).collect();
    let mut n_alike = 0;
    for (one, of_one) in &all {
        for (other, of_other) in all.iter().filter(|(other, _)| other > one) {
            if openers.of(of_one) == openers.of(of_other) {
                assert_eq!(reach.from(*one), reach.from(*other));
                n_alike += 1;
            }
        }
    }
    assert!(n_alike > 0);
}
