//! Which assertions hold, and which rules they would miss, on a repository that is small enough to
//! be seen whole: `a` takes both webs in, `b` only `web-1`, `c` nobody; 5432/TCP each.

use std::collections::BTreeSet;

use ztc_diag::Sources;
use ztc_policy::AnalyseOptions;

use super::*;
use crate::inputs::Inputs;

const REPOSITORY: &str = "
kind: Pod
apiVersion: v1
metadata: {name: web-1, namespace: shop, labels: {app: web, which: one}}
---
kind: Pod
apiVersion: v1
metadata: {name: web-2, namespace: shop, labels: {app: web, which: two}}
---
kind: Pod
apiVersion: v1
metadata: {name: a, namespace: shop, labels: {db: a}}
---
kind: Pod
apiVersion: v1
metadata: {name: b, namespace: shop, labels: {db: b}}
---
kind: Pod
apiVersion: v1
metadata: {name: c, namespace: shop, labels: {db: c}}
---
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: a, namespace: shop}
spec:
  podSelector: {matchLabels: {db: a}}
  ingress:
  - {from: [podSelector: {matchLabels: {app: web}}], ports: [{port: 5432}]}
---
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: b, namespace: shop}
spec:
  podSelector: {matchLabels: {db: b}}
  ingress:
  - {from: [podSelector: {matchLabels: {which: one}}], ports: [{port: 5432}, {port: 5433}]}
---
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: c, namespace: shop}
spec: {podSelector: {matchLabels: {db: c}}}
---
";

/// What comes of a repository with these assertions, each the text of a list element.
fn with<T>(assertions: &[&str], look: impl FnOnce(&Checked, &Reach<'_>, &[Done<'_>]) -> T) -> T {
    let mut text = format!(
        "{REPOSITORY}kind: PolicyTest\napiVersion: ztc.dev/v1alpha1\nmetadata: {{name: t}}\n\
         spec:\n  assertions:\n"
    );
    for assertion in assertions {
        text += &format!("  - {assertion}\n");
    }
    let mut sources = Sources::new();
    sources.add("a.yaml".into(), "a.yaml".into(), text);
    let inputs = Inputs {
        sources,
        unchecked: BTreeSet::new(),
        problems: Vec::new(),
    };
    let request = Request::of(AnalyseOptions::default());
    let compiled = Compiled::of(inputs, request, false, ColourChoice::Never);
    let Ok(compiled) = compiled else {
        unreachable!("the repository and the assertions are well formed");
    };
    let checked = compiled.checked.as_ref().expect("it was compiled");
    let reach = compiled.reach();
    let done = all(&compiled, checked, &reach, true);
    look(checked, &reach, &done)
}

/// What is wrong with an assertion: the name and the message.
fn wrong(assertion: &str) -> Option<(&'static str, String)> {
    with(&[assertion], |_, _, done| {
        let diagnostic = done.first()?.diagnostic.as_ref()?;
        Some((diagnostic.name, diagnostic.message.clone()))
    })
}

fn holds(assertion: &str) -> bool {
    let wrong = wrong(assertion);
    let is_failure = |(name, _): &(&str, String)| *name == "assertion-failed";
    assert!(wrong.as_ref().is_none_or(is_failure), "{wrong:?}");
    wrong.is_none()
}

/// The places in their policies of the rules that these assertions would miss.
fn noticed(assertions: &[&str]) -> Vec<String> {
    with(assertions, |checked, reach, done| {
        let noticed = done.iter().flat_map(|one| &one.noticed).copied().collect();
        let coverage = Coverage::new(&checked.analysis, reach.bundle(), &noticed);
        let rules = coverage.policies.iter().flat_map(|policy| &policy.rules);
        let rules = rules.filter(|rule| rule.noticed);
        rules.map(|rule| rule.rule.policy.name.to_owned()).collect()
    })
}

const WEBS: &str = "\"shop{app=web}\"";

#[test]
fn allow_from_all_to_all_holds_when_every_pair_is_allowed() {
    assert!(holds(&format!(
        "allow: {{from: {WEBS}, to: shop/a, ports: [5432/TCP]}}"
    )));
    assert!(!holds(&format!(
        "allow: {{from: {WEBS}, to: [shop/a, shop/b], ports: [5432/TCP]}}"
    )));
}

#[test]
fn allow_from_all_to_any_holds_when_everyone_in_from_reaches_somebody() {
    let to = |to: &str| format!("allow: {{from: {WEBS}, to: {{any: {to}}}, ports: [5432/TCP]}}");
    assert!(holds(&to("[shop/a, shop/c]")));
    assert!(!holds(&to("[shop/b, shop/c]")));
}

#[test]
fn allow_from_any_to_all_holds_when_somebody_in_from_reaches_everyone() {
    let to = |to: &str| format!("allow: {{from: {{any: {WEBS}}}, to: {to}, ports: [5432/TCP]}}");
    assert!(holds(&to("[shop/a, shop/b]")));
    assert!(!holds(&to("[shop/a, shop/c]")));
}

#[test]
fn allow_from_any_to_any_holds_when_some_pair_is_allowed() {
    let to = |to: &str| {
        format!("allow: {{from: {{any: {WEBS}}}, to: {{any: {to}}}, ports: [5432/TCP]}}")
    };
    assert!(holds(&to("[shop/b, shop/c]")));
    assert!(!holds(&to("shop/c")));
}

#[test]
fn deny_from_all_to_all_holds_when_every_pair_is_denied() {
    assert!(holds(&format!(
        "deny: {{from: {WEBS}, to: shop/c, ports: [5432/TCP]}}"
    )));
    assert!(!holds(&format!(
        "deny: {{from: {WEBS}, to: [shop/b, shop/c], ports: [5432/TCP]}}"
    )));
}

#[test]
fn deny_from_all_to_any_holds_when_everyone_in_from_is_kept_from_somebody() {
    let to = |to: &str| format!("deny: {{from: {WEBS}, to: {{any: {to}}}, ports: [5432/TCP]}}");
    assert!(holds(&to("[shop/a, shop/c]")));
    assert!(!holds(&to("[shop/a, shop/b]")));
}

#[test]
fn deny_from_any_to_all_holds_when_somebody_in_from_is_kept_from_everyone() {
    let to = |to: &str| format!("deny: {{from: {{any: {WEBS}}}, to: {to}, ports: [5432/TCP]}}");
    assert!(holds(&to("[shop/b, shop/c]")));
    assert!(!holds(&to("[shop/a, shop/b]")));
}

#[test]
fn deny_from_any_to_any_holds_when_some_pair_is_denied() {
    let to =
        |to: &str| format!("deny: {{from: {{any: {WEBS}}}, to: {{any: {to}}}, ports: [5432/TCP]}}");
    assert!(holds(&to("[shop/a, shop/b]")));
    assert!(!holds(&to("shop/a")));
}

#[test]
fn of_ports_always_every_one_is_meant() {
    let b = |verb: &str, ports: &str| {
        holds(&format!(
            "{verb}: {{from: shop/web-1, to: shop/b, ports: [{ports}]}}"
        ))
    };
    assert!(b("allow", "5432-5433/TCP"));
    assert!(!b("allow", "5432-5434/TCP"));
    assert!(!b("allow", "5432/TCP, 5434/TCP"));
    assert!(!b("deny", "5434/TCP, 5432/TCP"));
    assert!(!b("deny", "TCP"));
    assert!(b("deny", "1-5431/TCP, UDP, 8/ICMP"));
}

#[test]
fn without_ports_everything_is_meant() {
    assert!(!holds("allow: {from: shop/web-1, to: shop/b}"));
    assert!(!holds("deny: {from: shop/web-1, to: shop/b}"));
    assert!(holds("deny: {from: shop/web-2, to: shop/b}"));
    assert!(holds("allow: {from: shop/web-1, to: shop/web-2}"));
}

#[test]
fn a_failure_names_a_pair_its_ports_and_what_happens() {
    let message = |assertion: &str| wrong(assertion).map(|(_, message)| message);
    assert_eq!(
        message("allow: {from: shop/web-1, to: shop/b, ports: [5430-5435/TCP]}").as_deref(),
        Some("`shop/web-1` cannot reach `shop/b` on 5430-5431/TCP, 5434-5435/TCP")
    );
    assert_eq!(
        message("deny: {from: shop/web-1, to: shop/b}").as_deref(),
        Some("`shop/web-1` reaches `shop/b` on 5432-5433/TCP")
    );
    let by = "{from: shop/web-1, to: shop/b, ports: [5432/TCP], by: shop/a}";
    assert_eq!(
        message(&format!("allow: {by}")).as_deref(),
        Some("`shop/web-1` reaches `shop/b` on 5432/TCP, but by `shop/b`, not by `shop/a`")
    );
}

#[test]
fn by_is_the_policy_that_allows_denies_or_isolates() {
    let with = |verb: &str, to: &str, by: &str| {
        let ports = "ports: [5432/TCP]";
        holds(&format!(
            "{verb}: {{from: shop/web-1, to: {to}, {ports}, by: {by}}}"
        ))
    };
    assert!(with("allow", "shop/b", "b"));
    assert!(with("allow", "shop/b", "NetworkPolicy shop/b"));
    assert!(!with("allow", "shop/b", "shop/a"));
    assert!(with("deny", "shop/c", "shop/c"));
    assert!(!with("deny", "shop/c", "shop/a"));
    // Nothing isolates web-2, so no policy is the reason.
    assert!(!with("allow", "shop/web-2", "shop/a"));
}

#[test]
fn a_single_pod_and_itself_are_no_pair() {
    assert!(holds(
        "allow: {from: [shop/c, shop/web-1], to: [shop/web-1, shop/web-2]}"
    ));
    // web-1 is in both, but of it there is only the pair with `c`.
    assert!(holds(
        "deny: {from: shop/web-1, to: {any: [shop/web-1, shop/c]}}"
    ));
    assert!(!holds(
        "allow: {from: shop/web-1, to: {any: [shop/web-1, shop/c]}}"
    ));
    let name = wrong("allow: {from: shop/c, to: shop/c}").map(|(name, _)| name);
    assert_eq!(name, Some("vacuous-assertion"));
}

#[test]
fn what_is_about_nobody_or_about_no_pod_is_wrong_whatever_it_says() {
    let name = |assertion: &str| wrong(assertion).map(|(name, _)| name);
    let nobody = "\"shop{app=nobody}\"";
    assert_eq!(
        name(&format!("deny: {{from: {nobody}, to: shop/a}}")),
        Some("vacuous-assertion")
    );
    assert_eq!(
        name("deny: {from: [world, shop/web-1], to: [host, shop/a]}"),
        Some("assertion-outside-policy")
    );
    assert_eq!(
        name("deny: {from: world, to: shop/a, by: shop/d}"),
        Some("unknown-policy")
    );
}

#[test]
fn a_rule_is_noticed_for_what_it_allows_and_for_isolating() {
    let none: [String; 0] = [];
    assert_eq!(
        noticed(&["allow: {from: shop/web-1, to: shop/b, ports: [5432/TCP]}"]),
        // Without the rule nothing isolates `b` either, so the port stays open.
        none
    );
    assert_eq!(
        noticed(&["deny: {from: shop/web-2, to: shop/b, ports: [5432/TCP]}"]),
        ["b"]
    );
    let both = "allow: {from: shop/web-1, to: [shop/a, shop/b], ports: [5432/TCP], by: shop/b}";
    assert_eq!(noticed(&[both]), none);
    let by = "allow: {from: shop/web-1, to: shop/b, ports: [5432/TCP], by: shop/b}";
    assert_eq!(noticed(&[by]), ["b"]);
    assert_eq!(
        noticed(&["deny: {from: world, to: \"shop{db}\"}"]),
        ["a", "b", "c"]
    );
    // Losing one of them leaves the other denied.
    assert_eq!(
        noticed(&["deny: {from: world, to: {any: [shop/b, shop/c]}}"]),
        none
    );
}

#[test]
fn what_fails_and_would_hold_without_a_rule_is_noticed_too() {
    assert_eq!(noticed(&["allow: {from: world, to: shop/c}"]), ["c"]);
}
