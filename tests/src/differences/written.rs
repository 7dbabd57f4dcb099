//! What `ztc diff` says of rules that mean something else, by what is written otherwise: the rule,
//! what it refers to, the options, or what nobody enforces.
//!
//! Must not know how a difference is found.

use serde_json::json;

use super::{
    causes::{PODS, policy},
    said::{Directory, FROM_WEB, text},
};

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 5432}]}
";

#[test]
fn what_a_rule_refers_to_is_not_what_it_says() {
    let services = "egress: [{toServices: [{k8sService: {serviceName: db, namespace: shop}}]}]";
    let rule = policy("web", services).replace("{app: db}", "{app: web}");
    let other = SERVICE.replace("app: db", "app: other");
    let out = text(&[PODS, &rule, SERVICE], &[PODS, &rule, &other]);
    let words = "because what CiliumNetworkPolicy shop/web, spec.egress[0] refers to changed, and \
                 not what it says, new.yaml:";
    assert!(out.contains(words), "{out}");
    assert!(
        out.contains("different: `shop: app=other` added; `shop: app=db` removed"),
        "{out}"
    );
    assert!(!out.contains("was changed at"), "{out}");
}

#[test]
fn rules_of_other_options_did_not_change() {
    let rule = policy("db", FROM_WEB);
    let directory = Directory::new(&[PODS, &rule], &[PODS, &rule]);
    for (name, options) in [("old", ""), ("new", "policy-audit-mode = true\n")] {
        directory.move_into(name);
        directory.write(&format!("{name}/ztc.toml"), options);
    }
    let (code, out, _) = directory.run(&["diff", "old", "new"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("\n  because the options differ\n"), "{out}");
    assert!(!out.contains("was changed at"), "{out}");
    assert!(!out.contains("rule differs"), "{out}");
}

#[test]
fn other_options_do_not_hide_what_a_rule_refers_to() {
    let services = "egress: [{toServices: [{k8sService: {serviceName: db, namespace: shop}}]}]";
    let rule = policy("web", services).replace("{app: db}", "{app: web}");
    let other = SERVICE.replace("app: db", "app: other");
    let directory = Directory::new(&[PODS, &rule, SERVICE], &[PODS, &rule, &other]);
    for (name, options) in [("old", ""), ("new", "allow-localhost = \"policy\"\n")] {
        directory.move_into(name);
        directory.write(&format!("{name}/ztc.toml"), options);
    }
    let (_, out, _) = directory.run(&["diff", "old", "new"]);
    let words = "because what CiliumNetworkPolicy shop/web, spec.egress[0] refers to changed, or \
                 what the options make of it, and not what it says, all.yaml:";
    assert!(out.contains(words), "{out}");
}

#[test]
fn other_requests_and_names_are_not_said_to_be_no_difference_at_all() {
    let requests = |methods: &str| {
        let port =
            format!("{{ports: [{{port: '80', protocol: TCP}}], rules: {{http: {methods}}}}}");
        policy("db", &format!("ingress: [{{toPorts: [{port}]}}]"))
    };
    let (old, new) = (requests("[{method: GET}]"), requests("[{}]"));
    let directory = Directory::new(&[PODS, &old], &[PODS, &new]);
    let diff = [
        "diff",
        "old.yaml",
        "new.yaml",
        "--allow-degraded",
        "l7,fqdn",
    ];
    let (code, out, _) = directory.run(&diff);
    assert_eq!(code, Some(0), "{out}");
    let note = "note: 1 rule asks something else of requests or names, which is not compared, so \
                it may open something: CiliumNetworkPolicy shop/db, spec.ingress[0] was changed at";
    assert!(out.contains(note), "{out}");
    let words = "different: `l7 {http: [{}]}`, which is not enforced, added, `l7 {http: \
                 [{method: GET}]}`, which is not enforced, removed";
    assert!(out.contains(words), "{out}");
    let (_, page, _) = directory.run(&[&diff[..], &["--format", "markdown"]].concat());
    assert!(page.contains("<details open><summary>Notes"), "{page}");
    let names = |name: &str| policy("db", &format!("egress: [{{toFQDNs: [{name}]}}]"));
    let (old, new) = (
        names("{matchName: a.example}"),
        names("{matchPattern: '*'}"),
    );
    let directory = Directory::new(&[PODS, &old], &[PODS, &new]);
    let (_, out, _) = directory.run(&diff);
    assert!(
        out.contains("`fqdn *`, which is not enforced, added"),
        "{out}"
    );
    // The same requests in another order and another way of writing are no difference.
    let (old, new) = (
        requests("[{method: GET, path: /a}, {method: PUT}]"),
        requests("\n        - {method: 'PUT'}\n        - {path: /a, method: GET, host: ''}"),
    );
    let (_, out, _) = Directory::new(&[PODS, &old], &[PODS, &new]).run(&diff);
    assert!(!out.contains("asks something else"), "{out}");
}

#[test]
fn what_opens_something_is_listed_before_what_only_closes() {
    let ports = |port: &str, end: &str| {
        let range = format!("{{port: '{port}', endPort: {end}, protocol: TCP}}");
        format!("ingress: [{{fromEntities: [cluster], toPorts: [{{ports: [{range}]}}]}}]")
    };
    let db = |end: &str| policy("db", &ports("8000", end));
    let web = |end: &str| policy("web", &ports("9000", end)).replace("{app: db}", "{app: web}");
    let directory = Directory::new(
        &[PODS, &db("8100"), &web("9000")],
        &[PODS, &db("8050"), &web("9999")],
    );
    let out = directory.diff("text");
    let place = |words: &str| out.find(words).unwrap_or_else(|| panic!("{words}: {out}"));
    assert!(
        place("9000-9999/TCP (was") < place("8000-8050/TCP (was"),
        "{out}"
    );
    assert!(
        out.contains(" changed, ") && out.contains(" narrowed"),
        "{out}"
    );
    let page = directory.diff("markdown");
    let [changed, narrowed] = [
        "#### Changed, with something newly allowed",
        "#### Narrowed",
    ]
    .map(|title| page.find(title).unwrap_or_else(|| panic!("{page}")));
    assert!(changed < narrowed);
    let found = directory.json();
    let kinds = found["changes"].as_array().expect("a list").iter();
    let kinds: Vec<_> = kinds.map(|change| change["kind"].clone()).collect();
    assert!(kinds.starts_with(&[json!("changed")]) && kinds.ends_with(&[json!("narrowed")]));
    assert!(
        kinds.is_sorted_by_key(|kind| kind == "narrowed"),
        "{kinds:?}"
    );
}

#[test]
fn labels_that_no_policy_asks_for_are_no_cause() {
    let rule = policy("db", FROM_WEB);
    let run = |n: &str| PODS.replace("{app: web}", &format!("{{app: web, run: '{n}'}}"));
    let both = run("2").replace("{app: db}", "{app: other}");
    let out = text(&[&run("1"), &rule], &[&both, &rule]);
    assert!(
        out.contains("because what policies see of shop/db changed: "),
        "{out}"
    );
    assert!(!out.contains("run: "), "{out}");
    assert_eq!(
        text(&[&run("1"), &rule], &[&run("2"), &rule]),
        "no difference\n"
    );
}
