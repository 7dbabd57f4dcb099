//! What a change is put down to, one small repository for each kind of cause.
//!
//! Must not know how a cause is found.

use ztc_bundle::Bundle;
use ztc_reach::diff::{Cause, Change, ChangeKind, Diff};

use super::reach;
use crate::{
    interpreter::{Enforcement, Options},
    pipeline::compile_with,
};

pub(super) const PODS: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db, image: db, ports: [{name: sql, containerPort: 5432}]}]}
";

/// A policy about `app: db` that says this of ingress.
pub(super) fn policy(name: &str, says: &str) -> String {
    format!(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
         metadata: {{name: {name}, namespace: shop}}\n\
         spec:\n  endpointSelector: {{matchLabels: {{app: db}}}}\n  {says}\n"
    )
}

const FROM_WEB: &str = "ingress: [{fromEndpoints: [{matchLabels: {app: web}}], \
                        toPorts: [{ports: [{port: '5432', protocol: TCP}]}]}]";
const FROM_NOBODY: &str = "ingress: [{}]";
const NOT_FROM_WEB: &str = "ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}]}]";

/// An AdminNetworkPolicy about all pods with these rules.
fn admin(rules: &str) -> String {
    format!(
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n\
         metadata: {{name: admin}}\n\
         spec:\n  priority: 5\n  subject: {{namespaces: {{}}}}\n  ingress: [{rules}]\n"
    )
}

pub(super) fn files(documents: &[&str]) -> Vec<(String, String)> {
    let documents = (0..).zip(documents);
    let named =
        documents.map(|(index, text): (usize, &&str)| (format!("{index}.yaml"), (*text).into()));
    named.collect()
}

/// What differs between the pods `web` and `db`, a line each.
fn between(old: &[&str], new: &[&str]) -> Vec<String> {
    let options = Options::default();
    let [old, new] = [old, new].map(|documents| compile_with(&files(documents), &options));
    assert_eq!(
        (old.errors.as_slice(), new.errors.as_slice()),
        (&[][..], &[][..])
    );
    said(&old.bundle.view(), &new.bundle.view(), WEB_TO_DB)
}

const WEB_TO_DB: [&str; 2] = ["shop/web", "shop/db"];

/// What differs between two ends, a line each.
pub(super) fn said(old: &Bundle<'_>, new: &Bundle<'_>, [from, to]: [&str; 2]) -> Vec<String> {
    let (before, after) = (reach(old), reach(new));
    let diff = Diff::new(&before, &after);
    let is = |ids: &[_], name: &str| {
        let mut ends = ids.iter().filter_map(|id| diff.end(*id));
        ends.any(|end| end.name == name)
    };
    let changes = diff.changes.iter();
    let changes = changes.filter(|one| is(&one.from, from) && is(&one.to, to));
    changes.map(|change| line(change, old, new)).collect()
}

fn line(change: &Change, old: &Bundle<'_>, new: &Bundle<'_>) -> String {
    let sign = match change.kind() {
        ChangeKind::Added => "+",
        ChangeKind::Changed => "~",
        ChangeKind::Narrowed => "<",
        ChangeKind::Removed => "-",
    };
    let rule = |bundle: &Bundle<'_>, number: u32| {
        let rule = bundle.rule(number).expect("a rule of this bundle");
        format!("{} {}", rule.name, rule.path)
    };
    let cause = |cause: &Cause| match *cause {
        Cause::RuleAdded { new: number } => format!("added {}", rule(new, number)),
        Cause::RuleRemoved { old: number } => format!("removed {}", rule(old, number)),
        Cause::RuleChanged {
            old: before,
            new: after,
        } => {
            format!("changed {} to {}", rule(old, before), rule(new, after))
        }
        Cause::OrderChanged {
            old: before,
            new: after,
        } => {
            format!("{} now before {}", rule(new, after), rule(old, before))
        }
        Cause::RuleApplies { new: number } => format!("now holds {}", rule(new, number)),
        Cause::RuleNoLongerApplies { old: number } => {
            format!("no longer holds {}", rule(old, number))
        }
        other => format!("{other:?}"),
    };
    let causes: Vec<String> = change.causes.iter().map(cause).collect();
    format!("{sign} {} because {}", change.after, causes.join(", "))
}

#[test]
fn an_allow_that_is_added_is_the_cause() {
    let nobody = policy("db", FROM_NOBODY);
    let web = policy("web-to-db", FROM_WEB);
    assert_eq!(
        between(&[PODS, &nobody], &[PODS, &nobody, &web]),
        ["+ 5432/TCP because added web-to-db spec.ingress[0]"]
    );
}

#[test]
fn an_allow_that_is_removed_is_the_cause() {
    let nobody = policy("db", FROM_NOBODY);
    let web = policy("web-to-db", FROM_WEB);
    assert_eq!(
        between(&[PODS, &nobody, &web], &[PODS, &nobody]),
        ["- nothing because removed web-to-db spec.ingress[0]"]
    );
}

#[test]
fn a_rule_that_says_something_else_in_its_place_is_changed() {
    let before = policy("db", FROM_WEB);
    let after = policy("db", &FROM_WEB.replace("5432", "5433"));
    assert_eq!(
        between(&[PODS, &before], &[PODS, &after]),
        ["~ 5433/TCP because changed db spec.ingress[0] to db spec.ingress[0]"]
    );
}

#[test]
fn a_rule_in_another_place_under_another_name_is_not_changed() {
    let before = policy("db", FROM_WEB);
    let after = policy("other", &FROM_WEB.replace("ingress: [", "ingress: [{}, "));
    assert_eq!(between(&[PODS, &before], &[PODS, &after]), [""; 0]);
}

#[test]
fn a_deny_that_is_removed_is_the_cause() {
    let web = policy("web-to-db", FROM_WEB);
    let deny = policy("no-web", NOT_FROM_WEB);
    assert_eq!(
        between(&[PODS, &web, &deny], &[PODS, &web]),
        ["+ 5432/TCP because removed no-web spec.ingressDeny[0]"]
    );
}

#[test]
fn a_deny_that_is_added_is_the_cause() {
    let web = policy("web-to-db", FROM_WEB);
    let deny = policy("no-web", NOT_FROM_WEB);
    assert_eq!(
        between(&[PODS, &web], &[PODS, &web, &deny]),
        ["- nothing because added no-web spec.ingressDeny[0]"]
    );
}

#[test]
fn isolation_that_comes_or_goes_is_put_down_to_all_rules_that_make_it() {
    let (one, other) = (policy("one", FROM_NOBODY), policy("other", FROM_NOBODY));
    // The second means what the first does, so it went away only when both did.
    let narrow = FROM_WEB.replace("app: web", "app: nobody");
    let third = policy("third", &narrow);
    assert_eq!(
        between(&[PODS, &one, &other, &third], &[PODS]),
        [
            "+ everything because removed one spec.ingress[0], removed other spec.ingress[0], \
          removed third spec.ingress[0]"
        ]
    );
    assert_eq!(
        between(&[PODS], &[PODS, &one]),
        ["- nothing because added one spec.ingress[0]"]
    );
}

#[test]
fn a_pass_of_the_admin_tier_that_comes_is_the_cause() {
    let rule = |action: &str| {
        format!("{{name: {action}, action: {action}, from: [{{namespaces: {{}}}}]}}")
    };
    let web = policy("web-to-db", FROM_WEB);
    let before = admin(&rule("Deny"));
    let after = admin(&format!("{}, {}", rule("Pass"), rule("Deny")));
    let said = between(&[PODS, &web, &before], &[PODS, &web, &after]);
    let [said] = said.as_slice() else {
        panic!("{said:?}")
    };
    assert!(said.starts_with("+ 5432/TCP because "), "{said}");
    assert!(said.contains("admin spec.ingress[0]"), "{said}");
}

#[test]
fn rules_that_are_asked_in_another_order_are_the_cause() {
    let rule = |action: &str, selector: &str| {
        let pods = format!("{{pods: {{namespaceSelector: {{}}, podSelector: {selector}}}}}");
        let action = if action == "Deny" { "Deny" } else { "Accept" };
        format!("{{name: {action}, action: {action}, from: [{pods}]}}")
    };
    let cluster = |rules: &str| {
        format!(
            "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n\
             metadata: {{name: admin}}\nspec:\n  tier: Admin\n  priority: 5\n  \
             subject: {{namespaces: {{}}}}\n  ingress: [{rules}]\n"
        )
    };
    let (all, web) = (
        rule("Deny", "{}"),
        rule("Accept", "{matchLabels: {app: web}}"),
    );
    let before = cluster(&format!("{all}, {web}"));
    let after = cluster(&format!("{web}, {all}"));
    let words = "admin spec.ingress[0] now before admin spec.ingress[0]";
    assert_eq!(
        between(&[PODS, &before], &[PODS, &after]),
        [format!("+ everything because {words}")]
    );
    assert_eq!(
        between(&[PODS, &after], &[PODS, &before]),
        [format!("- nothing because {words}")]
    );
    // In the normal tier order is no meaning: a deny that no longer holds is the cause.
    let deny = policy(
        "deny",
        "ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}]}]",
    );
    let allow = policy("allow", FROM_WEB);
    let moved = PODS.replace("{app: web}", "{app: web, tier: edge}");
    let not_edge = "{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: \
                    DoesNotExist}]}";
    let deny = deny.replace("{matchLabels: {app: web}}", not_edge);
    let said = between(&[PODS, &deny, &allow], &[&moved, &allow, &deny]);
    assert_eq!(
        said,
        ["+ 5432/TCP because LabelsChanged(From), now holds allow spec.ingress[0]"]
    );
}

#[test]
fn labels_that_change_are_the_cause_where_no_rule_is() {
    let web = policy("web-to-db", FROM_WEB);
    let pods = PODS.replace("labels: {app: web}", "labels: {app: web, tier: edge}");
    let before = PODS.replace("labels: {app: web}", "labels: {app: old}");
    assert_eq!(
        between(&[&before, &web], &[&pods, &web]),
        ["+ 5432/TCP because LabelsChanged(From), now holds web-to-db spec.ingress[0]"]
    );
    let before = PODS.replace("labels: {app: db}", "labels: {app: old}");
    assert_eq!(
        between(&[&before, &web], &[PODS, &web]),
        ["< 5432/TCP because LabelsChanged(To), now holds web-to-db spec.ingress[0]"]
    );
}

#[test]
fn somebody_new_is_a_cause_beside_the_rules_that_are() {
    let web = policy("web-to-db", FROM_WEB);
    let mut documents = PODS.split("---\n");
    let namespace = documents.next().expect("a namespace");
    let db = documents.nth(1).expect("two pods");
    assert_eq!(
        between(&[namespace, db], &[PODS, &web]),
        ["+ 5432/TCP because added web-to-db spec.ingress[0], EndAdded(From)"]
    );
    assert_eq!(
        between(&[PODS, &web], &[namespace, db, &web]),
        ["- nothing because EndRemoved(From), no longer holds web-to-db spec.ingress[0]"]
    );
}

#[test]
fn options_that_differ_are_the_cause_where_nothing_else_is() {
    let [default, always] = [Enforcement::Default, Enforcement::Always].map(|enforcement| {
        let options = Options {
            enforcement,
            ..Options::default()
        };
        compile_with(&files(&[PODS]), &options).bundle
    });
    assert_eq!(
        said(&default.view(), &always.view(), WEB_TO_DB),
        ["- nothing because Options"]
    );
}

#[test]
fn a_workload_under_another_name_is_the_same_if_policies_see_the_same() {
    let renamed = PODS.replace("{name: web, namespace", "{name: front, namespace");
    let options = Options::default();
    let [old, new] = [PODS, &renamed].map(|pods| compile_with(&files(&[pods]), &options).bundle);
    let (old, new) = (old.view(), new.view());
    let diff = Diff::new(&reach(&old), &reach(&new));
    assert_eq!(diff.changes, []);
    let renames: Vec<_> = diff
        .renames
        .iter()
        .map(|one| (&*one.old, &*one.new))
        .collect();
    assert_eq!(renames, [("shop/web", "shop/front")]);
}

#[test]
fn a_prefix_elsewhere_does_not_split_the_addresses_of_a_change() {
    let wide = policy("wide", "ingress: [{fromCIDR: [10.0.0.0/8]}]");
    let narrow = policy("narrow", "ingress: [{fromCIDR: [10.1.0.0/16]}]");
    let nobody = policy("db", FROM_NOBODY);
    let options = Options::default();
    let [old, new] = [vec![PODS, &nobody], vec![PODS, &nobody, &wide, &narrow]]
        .map(|documents| compile_with(&files(&documents), &options).bundle);
    let (old, new) = (old.view(), new.view());
    let diff = Diff::new(&reach(&old), &reach(&new));
    let names: Vec<&str> = diff
        .changes
        .iter()
        .flat_map(|change| change.from.iter().filter_map(|id| diff.end(*id)))
        .map(|end| end.name.as_str())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"10.1.0.0/16"), "{names:?}");
}
