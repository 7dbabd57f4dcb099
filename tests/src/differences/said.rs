//! What `ztc diff` and the notes of every answer say, in all forms, one small change each.
//!
//! Must not know how a difference is found.

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::{console::ztc, scratch::Scratch};

use super::causes::{PODS, policy};

pub(super) const FROM_WEB: &str = "ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]";

const DEPLOYMENT: &str = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: api}]}
";

/// Files of two sides, `old.yaml` and `new.yaml`, in a directory that goes away with the test.
pub(super) struct Directory(Scratch);

impl Directory {
    pub(super) fn new(old: &[&str], new: &[&str]) -> Self {
        let directory = Scratch::new("said");
        for (name, documents) in [("old.yaml", old), ("new.yaml", new)] {
            directory.write(name, &documents.join("---\n"));
        }
        Self(directory)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        self.0.write(name, text);
    }

    /// Makes a side a directory of its own.
    pub(super) fn move_into(&self, side: &str) {
        fs::create_dir(self.0.join(side)).expect("the directory is ours");
        let file = self.0.join(format!("{side}.yaml"));
        fs::rename(file, self.0.join(side).join("all.yaml")).expect("it is there");
    }

    /// Exit code, standard output and standard error.
    pub(super) fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut ztc = Command::new(ztc());
        let output = ztc.args(arguments).current_dir(self.0.path()).output();
        let output = output.expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        (output.status.code(), out, err)
    }

    pub(super) fn diff(&self, format: &str) -> String {
        let (_, out, err) = self.run(&["diff", "old.yaml", "new.yaml", "--format", format]);
        assert_eq!(err, "", "{out}");
        out
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.diff("json")).expect("it is JSON")
    }
}

/// The text that two sides make.
pub(super) fn text(old: &[&str], new: &[&str]) -> String {
    Directory::new(old, new).diff("text")
}

fn has(text: &str, line: &str) {
    assert!(
        text.lines().any(|one| one == line),
        "no `{line}` in:\n{text}"
    );
}

#[test]
fn a_workload_that_policies_no_longer_apply_to_is_something_that_opens() {
    let on_node = DEPLOYMENT.replace("spec: {containers", "spec: {hostNetwork: true, containers");
    let (old, new) = (format!("{PODS}{DEPLOYMENT}"), format!("{PODS}{on_node}"));
    let directory = Directory::new(&[&old], &[&new]);
    let (code, out, _) = directory.run(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.starts_with("1 workload newly without policies, "),
        "{out}"
    );
    has(&out, "+ shop/Deployment/api: everything");
    let why = "it is on its node's network now, where no policy applies to it";
    has(&out, &format!("  because {why}"));
    assert!(!out.contains("no longer there"), "{out}");
    let found = directory.json();
    assert_eq!(found["left_to_nodes"], json!(["shop/Deployment/api"]));
    let page = directory.diff("markdown");
    assert!(page.starts_with("### Network policy: this change opens something\n"));
    has(&page, &format!("- `shop/Deployment/api`: {why}"));
    let out = text(&[PODS], &[&new]);
    has(
        &out,
        &format!(
            "  because {}",
            why.replace("is on", "is new and on").replace(" now", "")
        ),
    );
    let out = text(&[&new], &[&old]);
    assert!(
        out.contains("api is no longer on its node's network, and policies apply to it now"),
        "{out}"
    );
    assert!(!out.contains("is new"), "{out}");
}

#[test]
fn a_changed_rule_says_what_is_different() {
    let before = policy("db", FROM_WEB);
    let different = |after: &str| {
        let out = text(&[PODS, &before], &[PODS, after]);
        let line = out
            .lines()
            .find_map(|line| line.trim().strip_prefix("different: "));
        line.unwrap_or_else(|| panic!("{out}")).to_owned()
    };
    let audited = "name: db, annotations: {ztc.dev/enforcement: audit}, namespace";
    assert_eq!(
        different(&before.replace("name: db, namespace", audited)),
        "its policy is audited now, and no longer enforced"
    );
    assert_eq!(
        different(&before.replace(
            "ingress:",
            "enableDefaultDeny: {ingress: false}\n  ingress:"
        )),
        "it no longer isolates ingress"
    );
    assert_eq!(
        different(&before.replace("{app: db}", "{}")),
        "it is about `shop: all pods`, before about `shop: app=db`"
    );
    assert_eq!(
        different(&before.replace("{app: web}", "{app: other}")),
        "`shop: app=other` added; `shop: app=web` removed"
    );
    // What affects nobody says it, too.
    let out = text(&[PODS, &before], &[PODS, &before.replace("{app: web}", "")]);
    let words = "(before: old.yaml:20:13), different: `shop: all pods` added, `shop: app=web` \
                 removed";
    assert!(
        out.starts_with("no difference\nnote: 1 rule differs"),
        "{out}"
    );
    assert!(out.contains(words), "{out}");
}

#[test]
fn a_cidr_group_behind_a_rule_shows_in_what_is_different() {
    let rule = policy("db", "ingress: [{fromCIDRSet: [{cidrGroupRef: partners}]}]");
    let group = |prefixes: &str| {
        format!(
            "apiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\nmetadata: {{name: partners}}\n\
             spec: {{externalCIDRs: [{prefixes}]}}\n"
        )
    };
    let (old, new) = (group("192.0.2.0/25"), group("192.0.2.0/25, 0.0.0.0/1"));
    let directory = Directory::new(&[PODS, &rule, &old], &[PODS, &rule, &new]);
    has(
        &directory.diff("text"),
        "          different: cidr 0.0.0.0/1 added",
    );
    let cause = &directory.json()["changes"][0]["causes"][0];
    assert_eq!(cause["differences"], json!(["cidr 0.0.0.0/1 added"]));
    assert!(
        directory
            .diff("markdown")
            .contains("<br>different: cidr 0.0.0.0/1 added |")
    );
    let all = "10.0.0.0/8, 11.0.0.0/8, 12.0.0.0/8, 13.0.0.0/8";
    let out = text(&[PODS, &rule, &old], &[PODS, &rule, &group(all)]);
    assert!(out.contains("cidr 12.0.0.0/8 added; 2 more\n"), "{out}");
}

#[test]
fn labels_that_change_are_named_where_both_sides_are_manifests() {
    let rule = policy("db", FROM_WEB);
    let why = |pods: &str| {
        let out = text(&[PODS, &rule], &[pods, &rule]);
        let words = "what policies see of shop/web changed: ";
        let line = out.lines().find_map(|line| line.split_once(words));
        line.unwrap_or_else(|| panic!("{out}")).1.to_owned()
    };
    let labels = |labels: &str| PODS.replace("{app: web}", labels);
    assert_eq!(
        why(&labels("{app: old}")),
        "`app: web` -> `old` at new.yaml:7"
    );
    assert_eq!(
        why(&labels("{tier: edge}")),
        "`app: web` removed at new.yaml:7",
        "no policy asks for tiers"
    );
    let team = "{matchLabels: {k8s:io.cilium.k8s.namespace.labels.team: shop}}";
    let by_team = rule.replace("{matchLabels: {app: web}}", team);
    let other = PODS.replace("team: shop", "team: other");
    let directory = Directory::new(&[PODS, &by_team], &[&other, &by_team]);
    let words = "label of the namespace `team: shop` -> `other` at new.yaml:3";
    assert!(
        directory.diff("text").contains(words),
        "{}",
        directory.diff("text")
    );
    let build = directory.run(&["build", "old.yaml", "-o", "old.ztcb"]);
    assert_eq!(build.0, Some(0), "{build:?}");
    let (_, out, _) = directory.run(&["diff", "old.ztcb", "new.yaml"]);
    assert!(
        out.contains("because other labels or named ports of "),
        "{out}"
    );
}

#[test]
fn both_ends_that_are_the_same_are_new_once() {
    let more = format!("{PODS}{DEPLOYMENT}");
    let out = text(&[PODS], &[&more]);
    assert!(out.contains("because shop/Deployment/api is new"), "{out}");
    assert!(!out.contains("and     shop/Deployment/api is new"), "{out}");
    let page = Directory::new(&[PODS], &[&more]).diff("markdown");
    assert!(
        !page.contains("is new<br>shop/Deployment/api is new"),
        "{page}"
    );
}

#[test]
fn what_is_said_of_some_ends_is_not_said_of_fewer_again() {
    let team = "{matchLabels: {k8s:io.cilium.k8s.namespace.labels.team: shop}}";
    let isolating = format!(
        "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {{name: all}}\n\
         spec: {{endpointSelector: {team}, ingress: [{{}}], egress: [{{}}]}}\n"
    );
    let db = policy("db", FROM_WEB);
    let other = PODS.replace("team: shop", "team: other");
    let out = text(&[PODS, &isolating, &db], &[&other, &isolating, &db]);
    // Both may send something, and only one of them may be sent anything.
    let (_, of_both) = out
        .split_once("\n+ shop/* -> shop/web: everything\n")
        .expect(&out);
    let causes = of_both.split("\n\n").next().unwrap_or_default();
    assert_eq!(causes.matches("what policies see of").count(), 1, "{out}");
}

#[test]
fn rules_that_change_nothing_between_those_that_are_known_are_a_note() {
    let rule = policy("db", FROM_WEB);
    let other = policy("other", FROM_WEB).replace("{app: db}", "{app: to-come}");
    let directory = Directory::new(&[PODS, &rule, &other], &[PODS, &rule]);
    let (code, out, _) = directory.run(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!(code, Some(0), "{out}");
    let words = "1 rule differs, and no workload that is known is affected (pods to come may be: \
                 `ztc reach --exposure`): CiliumNetworkPolicy shop/other, spec.ingress[0] was \
                 removed, before at old.yaml:";
    assert!(
        out.starts_with(&format!("no difference\nnote: {words}")),
        "{out}"
    );
    let found = directory.json();
    assert_eq!(found["without_effect"][0]["kind"], "rule-removed");
    assert_eq!(found["without_effect"][0]["old"]["policy"]["name"], "other");
    assert!(
        directory
            .diff("markdown")
            .contains("no workload that is known is affected")
    );
    // Another name and another comment say nothing else.
    let renamed = format!(
        "# a comment\n{}",
        other.replace("name: other", "name: another")
    );
    assert_eq!(
        text(&[PODS, &rule, &other], &[PODS, &renamed, &rule]),
        "no difference\n"
    );
    // What has an effect is not among them.
    let found = Directory::new(&[PODS, &rule], &[PODS]).json();
    assert_eq!(found["without_effect"], json!([]));
}

#[test]
fn what_is_not_known_or_not_enforced_is_a_note() {
    let names = policy("names", "egress: [{toFQDNs: [{matchName: api.example}]}]");
    let requests = policy(
        "requests",
        "ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], \
         rules: {http: [{method: GET}]}}]}]",
    );
    let directory = Directory::new(&[PODS, &names, &requests], &[PODS, &names, &requests]);
    let degraded = ["--allow-degraded", "fqdn,l7"];
    let fqdn = "fqdn: 1 rule means names or groups without known addresses, and connections to \
                these are missing: shop/names";
    let l7 = "l7: 1 rule lets more through than it says: shop/requests";
    let reach = ["reach", "new.yaml", "--format", "json"];
    let paths = [
        "paths", "new.yaml", "--from", "shop/web", "--to", "shop/db", "--format", "json",
    ];
    let diff = ["diff", "old.yaml", "new.yaml", "--format", "json"];
    for arguments in [&reach[..], &paths[..], &diff[..]] {
        let (_, out, err) = directory.run(&[arguments, &degraded[..]].concat());
        let found: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
        assert_eq!(found["notes"], json!([fqdn, l7]), "{arguments:?}");
    }
    // Of one connection only what could be about it.
    let explain = [
        "explain",
        "new.yaml",
        "--from",
        "shop/db",
        "--to",
        "192.0.2.1",
    ];
    let explain = [&explain[..], &["--port", "443/TCP", "--format", "json"]].concat();
    let (_, out, err) = directory.run(&[&explain[..], &degraded[..]].concat());
    let found: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    assert_eq!(found["notes"], json!([fqdn]));
    let admin = "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n\
                 metadata: {name: admin}\nspec:\n  priority: 5\n  subject: {namespaces: {}}\n  \
                 egress: [{name: a, action: Allow, to: [{networks: [PREFIX]}]}]\n";
    let notes = |prefix: &str| {
        let admin = admin.replace("PREFIX", prefix);
        Directory::new(&[PODS, &admin], &[PODS, &admin]).json()["notes"].take()
    };
    let words = "policies name networks, and 2 workloads have no address in the input: taken to \
                 be in none but that of all addresses";
    assert_eq!(notes("10.0.0.0/8"), json!([words]));
    assert_eq!(notes("0.0.0.0/0"), json!([]));
}

#[test]
fn policies_without_workloads_have_no_connections_to_list() {
    let rule = policy("db", FROM_WEB);
    let directory = Directory::new(&[&rule], &[&rule]);
    for format in ["table", "json", "csv", "markdown", "mermaid"] {
        let (code, out, err) = directory.run(&["reach", "new.yaml", "--format", format]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains("policies and no workloads"), "{err}");
    }
}

#[test]
fn a_bundle_among_manifests_is_called_one() {
    let directory = Directory::new(&[PODS], &[PODS]);
    let build = directory.run(&["build", "new.yaml", "-o", "x.ztcb"]);
    assert_eq!(build.0, Some(0), "{build:?}");
    for command in ["reach", "test"] {
        let (code, _, err) = directory.run(&[command, "x.ztcb"]);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains("`x.ztcb` is a bundle"), "{err}");
        assert!(err.contains("`--bundle x.ztcb` asks"), "{err}");
        assert!(err.contains("a bundle holds no assertions"), "{err}");
    }
}
