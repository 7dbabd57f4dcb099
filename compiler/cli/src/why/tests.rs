//! What is said of answers, on small inputs; and that policies and bundle agree on whole examples.

use std::{collections::BTreeSet, path::Path};

use ztc_bundle::{
    BundleFile, Simulator,
    flow::{Answerer, Question as Asking},
};
use ztc_diag::Sources;
use ztc_lints::Levels;
use ztc_lower::LowerOptions;
use ztc_policy::AnalyseOptions;

use super::*;
use crate::{
    args::InputArgs,
    inputs::{self, Inputs},
    pipeline::{self, Checked, Request},
};

const PODS: &str = "
kind: Pod
apiVersion: v1
metadata: {name: web, namespace: shop, labels: {app: web, tier: front}}
spec: {containers: [{name: c, image: i}]}
---
kind: Pod
apiVersion: v1
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i, ports: [{name: sql, containerPort: 5432}]}]}
---
";

fn compiled(text: &str) -> (Checked, BundleFile) {
    let mut sources = Sources::new();
    sources.add("a.yaml".into(), "a.yaml".into(), format!("{PODS}{text}"));
    compile(Inputs {
        sources,
        unchecked: BTreeSet::new(),
        problems: Vec::new(),
    })
}

fn compile(inputs: Inputs) -> (Checked, BundleFile) {
    let request = Request::of(AnalyseOptions::default());
    let mut checked = pipeline::check(inputs, request, &Levels::new());
    let bundle = checked.compile(&LowerOptions::default());
    let bundle = bundle.expect("it can be encoded");
    let bundle = bundle.unwrap_or_else(|| unreachable!("{:?}", checked.diagnostics));
    (checked, bundle)
}

/// What is said of the ingress of `shop/db`: the nearest rule and what is missing, what would be
/// without the deciding rule, and what was passed.
fn ingress(text: &str, from: &str, port: &str) -> (Vec<String>, Option<String>, Vec<String>) {
    let (checked, file) = compiled(text);
    let bundle = file.view();
    let question = Asking::new(from, "shop/db", port).expect("it is a question");
    let answer = Answerer::new(&bundle).answer(question, &mut &Simulator::new(&bundle));
    let answer = answer.expect("it has an answer");
    let [_, why] = why(&checked.analysis, &bundle, &answer);
    let nearest = why.nearest.map(|nearest| {
        let others = nearest.others;
        let head = format!("{} +{others}", nearest.rule.path);
        std::iter::once(head).chain(nearest.missing).collect()
    });
    let without = why.without.map(|without| {
        let rule = without.rule.map_or("none", |rule| rule.path);
        format!("{} by {rule}", without.verdict.text())
    });
    let passed = why.passed.iter().map(|rule| rule.policy.name.to_owned());
    (nearest.unwrap_or_default(), without, passed.collect())
}

fn policy(rules: &str) -> String {
    format!(
        "kind: CiliumNetworkPolicy\napiVersion: cilium.io/v2\nmetadata: {{name: db, namespace: \
         shop}}\nspec:\n  endpointSelector: {{matchLabels: {{app: db}}}}\n{rules}\n---\n"
    )
}

#[test]
fn a_rule_whose_peers_match_is_nearer_than_one_whose_ports_match() {
    let text = policy(
        "  ingress:
    - fromEndpoints: [{matchLabels: {app: other}}]
      toPorts: [{ports: [{port: '9090', protocol: TCP}]}]
    - fromEndpoints: [{matchLabels: {app: web}}]
      toPorts: [{ports: [{port: '80'}, {port: sql, protocol: TCP}]}]",
    );
    let (nearest, ..) = ingress(&text, "shop/web", "9090/TCP");
    assert_eq!(
        nearest,
        [
            "spec.ingress[1] +0",
            "this is 9090/TCP, and the rule allows 80/TCP, 80/UDP, 80/SCTP and `sql` (5432/TCP \
             there)"
        ]
    );
}

/// Not those of another pod that policies treat alike.
#[test]
fn the_labels_of_a_workload_are_those_of_its_pods() {
    let pod = "kind: Pod
apiVersion: v1
metadata:
  name: b-0
  namespace: shop
  labels: {app: b}
  ownerReferences: [{kind: StatefulSet, name: b, controller: true}]
spec: {containers: [{name: c, image: i}]}
---
kind: Pod
apiVersion: v1
metadata: {name: a, namespace: shop, labels: {app: a}}
spec: {containers: [{name: c, image: i}]}
---
";
    let text = policy("  ingress: [{fromEndpoints: [{matchLabels: {app: x}}]}]");
    let (nearest, ..) = ingress(&format!("{pod}{text}"), "shop/StatefulSet/b", "80/TCP");
    let says = "`shop/StatefulSet/b` has `app=b`, and the rule wants `app=x`";
    assert_eq!(nearest, ["spec.ingress[0] +0", says]);
}

#[test]
fn of_peers_the_one_with_fewest_unmet_labels_is_nearest() {
    let text = policy(
        "  ingress:
    - fromEndpoints: [{matchLabels: {app: cron, tier: back}}]
    - fromEndpoints:
        - matchLabels: {app: web, tier: back}
        - matchLabels: {k8s:io.kubernetes.pod.namespace: jobs}
    - fromCIDR: [192.0.2.0/24]
    - fromEndpoints: [{matchExpressions: [{key: tier, operator: NotIn, values: [front]}]}]",
    );
    let (nearest, ..) = ingress(&text, "shop/web", "80/TCP");
    assert_eq!(
        nearest,
        [
            "spec.ingress[1] +1",
            "`shop/web` has `tier=front`, and the rule wants `tier=back`"
        ]
    );
}

#[test]
fn other_addresses_and_other_kinds_of_peers_are_named() {
    let text = policy(
        "  ingress:
    - fromCIDRSet: [{cidr: 192.0.2.0/24, except: [192.0.2.128/25]}]
    - fromEndpoints: [{}]",
    );
    let (nearest, ..) = ingress(&text, "192.0.2.200", "80/TCP");
    let excepted = "`192.0.2.200` is in `192.0.2.128/25`, which the rule excepts from \
                    `192.0.2.0/24`";
    assert_eq!(nearest, ["spec.ingress[0] +0", excepted]);
    let (nearest, ..) = ingress(&text, "remote-node", "80/TCP");
    let outside = "`remote-node` is a node, and `192.0.2.0/24` means addresses outside the \
                   cluster only";
    assert_eq!(nearest, ["spec.ingress[0] +1", outside]);
}

#[test]
fn an_allow_says_what_would_be_without_its_rule() {
    let one = "  ingress:\n    - fromEndpoints: [{matchLabels: {app: web}}]";
    let (_, without, _) = ingress(&policy(one), "shop/web", "80/TCP");
    assert_eq!(without.as_deref(), Some("deny by none"));
    let two = format!("{one}\n    - fromEntities: [cluster]");
    let (_, without, _) = ingress(&policy(&two), "shop/web", "80/TCP");
    assert_eq!(without.as_deref(), Some("allow by spec.ingress[1]"));
    let denied = format!("{one}\n  ingressDeny:\n    - fromEntities: [cluster]");
    let (_, without, _) = ingress(&policy(&denied), "shop/web", "80/TCP");
    assert_eq!(without.as_deref(), Some("allow by spec.ingress[0]"));
}

#[test]
fn where_nothing_isolates_there_is_nothing_to_lose() {
    let text = policy(
        "  enableDefaultDeny: {ingress: false}
  ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]",
    );
    assert_eq!(ingress(&text, "shop/web", "80/TCP"), (vec![], None, vec![]));
}

#[test]
fn a_rule_that_passes_is_named_and_what_is_open_has_nothing_to_say() {
    let admin = "
kind: AdminNetworkPolicy
apiVersion: policy.networking.k8s.io/v1alpha1
metadata: {name: first}
spec:
  priority: 1
  subject: {namespaces: {}}
  ingress: [{action: Pass, from: [{namespaces: {}}]}, {action: Deny, from: [{namespaces: {}}]}]
";
    let (nearest, without, passed) = ingress(admin, "shop/web", "80/TCP");
    assert_eq!((nearest, without), (vec![], None));
    assert_eq!(passed, ["first"]);
}

#[test]
fn policies_and_bundle_agree_on_every_pair_of_the_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for example in ["01-frontend-backend", "02-shop"] {
        let arguments = InputArgs {
            paths: vec![root.join(example)],
            workloads: Vec::new(),
            source_root: None,
        };
        let read = inputs::read(&arguments, &[]).expect("it is there");
        let (checked, file) = compile(read);
        let bundle = file.view();
        let (answerer, simulator) = (Answerer::new(&bundle), Simulator::new(&bundle));
        let ends: Vec<&str> = answerer.ends().names().chain(["9.9.9.9"]).collect();
        for from in &ends {
            for to in &ends {
                for port in ["5432/TCP", "8080/TCP", "53/UDP", "8/ICMP"] {
                    let question = Asking::new(from, to, port).expect("it is a question");
                    let answer = answerer.answer(question, &mut &simulator);
                    let answer = answer.expect("it has an answer");
                    let sides = why(&checked.analysis, &bundle, &answer);
                    for (side, why) in [&answer.egress, &answer.ingress].into_iter().zip(&sides) {
                        let is_said = why.nearest.is_some() || why.without.is_some();
                        let is_decided = side.rules.iter().any(|rule| rule.role == Role::Decided);
                        assert!(is_said || !is_decided, "{from} {to} {port}");
                    }
                }
            }
        }
    }
}
