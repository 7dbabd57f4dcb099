//! What is accepted and surprises: a warning at the place, which names the page that says why.
//!
//! Must not ask for verdicts: a warning changes none.

use ztc_diag::{Diagnostic, Level, Sink, Sources};
use ztc_policy::{AnalyseOptions, Degradation};

use super::{all, ccnp, cnp, files, knp};

/// All that is said of these policies beside the usual workloads.
fn said(policies: &str, options: &AnalyseOptions) -> Vec<Diagnostic> {
    let mut sources = Sources::new();
    for (name, text) in files(policies) {
        sources.add(name.clone(), name, text);
    }
    let mut sink = Sink::new();
    let parsed = ztc_syntax::parse(&sources, &mut sink);
    ztc_policy::analyse(&parsed.objects, options, &mut sink);
    sink.into_sorted()
}

/// Checks that one thing is said, and that it names the page.
#[track_caller]
fn says(policies: &str, level: Level, name: &str) {
    says_with(&AnalyseOptions::default(), policies, level, name);
}

#[track_caller]
fn says_with(options: &AnalyseOptions, policies: &str, level: Level, name: &str) {
    let said = said(policies, options);
    let found: Vec<_> = said.iter().map(|said| (said.name, said.level)).collect();
    assert_eq!(found, [(name, level)], "{said:?}");
    let points = |said: &Diagnostic| said.notes.iter().any(|note| note.contains("SEMANTICS.md"));
    assert!(said.iter().all(points), "{said:?}");
}

#[track_caller]
fn warns(policies: &str, name: &str) {
    says(policies, Level::Warning, name);
}

/// A policy of the network-policy API.
fn cluster(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n\
         metadata: {{name: {name}}}\nspec: {{priority: 1, subject: {{namespaces: {{}}}}, {spec}}}\n"
    )
}

#[test]
fn s1_a_label_called_host_is_warned_of() {
    let pod = "apiVersion: v1\nkind: Pod\n\
               metadata: {name: x, namespace: shop, labels: {host: rack}}\n\
               spec: {containers: [{name: c, image: i}]}\n";
    warns(pod, "magic-label");
}

#[test]
fn s2_lists_that_mean_nobody_are_warned_of() {
    for list in ["toServices: []", "toFQDNs: []", "toGroups: []"] {
        let element = format!("egress: [{{{list}, toPorts: [{{ports: [{{port: '1'}}]}}]}}]");
        let found = said(&cnp(&element), &AnalyseOptions::default());
        let names: Vec<_> = found.iter().map(|said| said.name).collect();
        assert!(names.contains(&"empty-peer-list"), "{list}: {names:?}");
    }
    warns(
        &cnp("egress: [{toServices: [{k8sService: {serviceName: nope}}]}]"),
        "unresolved-service",
    );
    warns(
        &cnp("egress: [{toCIDRSet: [{cidrGroupRef: nope}]}]"),
        "unknown-cidr-group",
    );
}

#[test]
fn s3_s4_s5_ports_without_one_meaning_name_the_page() {
    for (port, name) in [
        ("port: http, endPort: 9000", "end-port-with-named-port"),
        ("port: '010'", "port-leading-zero"),
        ("port: '0', endPort: 100", "end-port-with-port-zero"),
    ] {
        let policy = cnp(&format!(
            "ingress: [{{toPorts: [{{ports: [{{{port}}}]}}]}}]"
        ));
        says(&policy, Level::Error, name);
    }
    warns(
        &cnp("ingress: [{toPorts: [{ports: [{port: '80', endPort: 70}]}]}]"),
        "end-port-below-port",
    );
}

#[test]
fn s6_a_section_that_policy_types_does_not_list_is_warned_of() {
    warns(
        &knp("policyTypes: [Ingress], egress: [{}]"),
        "ignored-section",
    );
    warns(
        &knp("policyTypes: [Egress], ingress: [{}]"),
        "ignored-section",
    );
}

#[test]
fn s9_default_deny_without_rules_is_warned_of() {
    warns(
        &cnp("enableDefaultDeny: {egress: true}, ingress: [{}]"),
        "default-deny-without-rules",
    );
}

#[test]
fn s11_s12_lists_that_keep_an_element_from_matching_are_warned_of() {
    for element in [
        "{fromEndpoints: [{}], fromEntities: []}",
        "{toPorts: [{}]}",
        "{toPorts: [{ports: []}]}",
        "{icmps: [{fields: []}]}",
    ] {
        warns(&cnp(&format!("ingress: [{element}]")), "matches-nothing");
    }
    warns(&cnp("ingress: [], egress: [{}]"), "empty-section");
}

#[test]
fn s14_a_namespace_in_the_subject_is_warned_of() {
    let selector = "{app: db, 'k8s:io.kubernetes.pod.namespace': ops}";
    warns(
        &cnp("ingress: [{}]").replace("{app: db}", selector),
        "overwritten-namespace",
    );
}

#[test]
fn r15_a_policy_of_nodes_is_warned_of() {
    let policy = ccnp("ingress: [{}]").replace("endpointSelector", "nodeSelector");
    warns(&policy, "host-policy-is-off");
}

#[test]
fn icmp_type_zero_is_warned_of() {
    warns(
        &cnp("ingress: [{icmps: [{fields: [{type: 0}]}]}]"),
        "echo-reply-type",
    );
}

#[test]
fn an_exception_that_leaves_nothing_is_warned_of() {
    warns(
        &cnp("egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.0.0.0/4]}]}]"),
        "except-not-smaller",
    );
}

#[test]
fn a_bare_address_names_the_page() {
    let policy = cnp("ingress: [{fromCIDR: [10.0.0.1]}]");
    says(&policy, Level::Error, "bad-cidr");
}

#[test]
fn a_cilium_policy_without_a_namespace_is_warned_of() {
    let policy = cnp("ingress: [{}]").replace(", namespace: shop", "");
    warns(&policy, "missing-namespace");
}

#[test]
fn sources_of_labels_that_only_addresses_have_name_the_page() {
    for key in ["cidr:a", "cidrgroup:a", "fqdn:a", "node:a"] {
        let policy = cnp(&format!(
            "ingress: [{{fromEndpoints: [{{matchExpressions: \
             [{{key: '{key}', operator: DoesNotExist}}]}}]}}]"
        ));
        says(&policy, Level::Error, "unsupported-source");
    }
}

#[test]
fn two_policies_of_one_priority_are_warned_of() {
    let two = ["a", "b"].map(|name| cluster(name, "tier: Admin"));
    warns(&all(&two), "equal-priorities");
    let other_tier = [cluster("a", "tier: Admin"), cluster("b", "tier: Baseline")];
    assert!(said(&all(&other_tier), &AnalyseOptions::default()).is_empty());
}

#[test]
fn a_port_name_with_two_numbers_in_one_pod_is_warned_of() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: shop}\n\
               spec: {containers: [{name: a, image: i, ports: [{name: p, containerPort: 1}]}, \
               {name: b, image: i, ports: [{name: p, containerPort: 2}]}]}\n";
    let names: Vec<_> = said(pod, &AnalyseOptions::default())
        .iter()
        .map(|said| (said.name, said.level))
        .collect();
    assert_eq!(names, [("conflicting-port-name", Level::Warning)]);
}

#[test]
fn network_policies_that_the_agents_ignore_are_warned_of() {
    let options = AnalyseOptions {
        enable_k8s_networkpolicy: false,
        ..AnalyseOptions::default()
    };
    let names: Vec<_> = said(&knp("ingress: []"), &options)
        .iter()
        .map(|said| (said.name, said.level))
        .collect();
    assert_eq!(names, [("network-policies-are-off", Level::Warning)]);
}

#[test]
fn r16_icmps_without_their_option_refuse_the_policy() {
    let options = AnalyseOptions {
        enable_icmp_rules: false,
        ..AnalyseOptions::default()
    };
    let icmps = "ingress: [{icmps: [{fields: [{type: 8}]}]}]";
    let of_nodes = ccnp(icmps).replace("endpointSelector", "nodeSelector");
    for policy in [cnp(icmps), of_nodes] {
        let said = said(&policy, &options);
        let errors = said.iter().filter(|said| said.level == Level::Error);
        let names: Vec<_> = errors.map(|said| said.name).collect();
        assert_eq!(names, ["option-is-off"], "{policy}");
    }
}

#[test]
fn policies_of_nodes_can_be_let_be() {
    let policy = ccnp("ingress: [{}]").replace("endpointSelector", "nodeSelector");
    let mut options = AnalyseOptions {
        enable_host_firewall: true,
        ..AnalyseOptions::default()
    };
    let names = |options: &AnalyseOptions| -> Vec<_> {
        let said = said(&policy, options);
        said.iter().map(|said| (said.name, said.level)).collect()
    };
    let name = "unenforceable-host-policy";
    assert_eq!(names(&options), [(name, Level::Error)]);
    options.allow_degraded = [Degradation::HostPolicies].into();
    assert_eq!(names(&options), [(name, Level::Warning)]);
}
