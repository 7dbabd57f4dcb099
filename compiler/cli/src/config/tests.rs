//! Options: what each key takes, what is said of a wrong one, and that the documentation has all.

use std::path::Path;

use ztc_diag::Diagnostic;
use ztc_policy::{Degradation, EnablePolicy};

use super::*;

/// The settings that a file asks for, and what is wrong with it.
fn read(text: &str) -> (Settings, Vec<Diagnostic>) {
    let mut draft = Draft {
        directory: "conf".into(),
        ..Draft::default()
    };
    let id = Sources::new().add("ztc.toml".into(), "ztc.toml".into(), text.into());
    let entries = value::of_file(id, text, &mut draft.sink);
    draft.apply_all(&entries);
    (draft.settings, draft.sink.into_sorted())
}

fn settings_of(text: &str) -> Settings {
    let (settings, found) = read(text);
    assert!(found.is_empty(), "{text}: {found:?}");
    settings
}

#[test]
fn every_option_that_changes_what_policies_mean_is_taken() {
    let all = settings_of(
        r#"
        cluster-name = "west"
        labels = "k8s:app !tier"
        enable-policy = "Always"
        policy-audit-mode = true
        enable-icmp-rules = "false"
        enable-k8s-networkpolicy = false
        enable-node-selector-labels = "true"
        policy-cidr-match-mode = ["nodes"]
        enable-non-default-deny-policies = false
        policy-default-local-cluster = false
        enable-host-firewall = true
        allow-localhost = "policy"
        allow-degraded = ["l7", "fqdn"]
        resolution = ["names.yaml", "/etc/groups.yaml"]
        "#,
    );
    let options = &all.analyse;
    assert_eq!(options.cluster, "west");
    assert_eq!(options.labels.text(), "k8s:app !tier");
    assert_eq!(options.enable_policy, EnablePolicy::Always);
    assert_eq!(
        options.changed(),
        [
            "allow-localhost=policy",
            "enable-host-firewall=true",
            "enable-icmp-rules=false",
            "enable-k8s-networkpolicy=false",
            "enable-node-selector-labels=true",
            "enable-non-default-deny-policies=false",
            "enable-policy=always",
            "policy-audit-mode=true",
            "policy-cidr-match-mode=nodes",
            "policy-default-local-cluster=false",
        ]
    );
    let allowed: Vec<_> = options.allow_degraded.iter().copied().collect();
    assert_eq!(allowed, [Degradation::L7, Degradation::Fqdn]);
    let files: Vec<&Path> = all.resolution.iter().map(PathBuf::as_path).collect();
    assert_eq!(
        files,
        [Path::new("conf/names.yaml"), Path::new("/etc/groups.yaml")]
    );
}

#[test]
fn options_without_effect_and_those_with_one_value_are_taken_and_change_nothing() {
    let all = settings_of(
        r#"
        allow-icmp-frag-needed = true
        bpf-policy-map-max = 16384
        bpf-policy-stats-map-max = "65536"
        enable-extended-ip-protocols = "false"
        enable-sctp = true
        policy-accounting = "false"
        policy-cidr-match-mode = ""
        policy-deny-response = "none"
        tofqdns-endpoint-max-ip-per-hostname = 50
        "#,
    );
    assert!(all.analyse.changed().is_empty());
    assert!(all.resolution.is_empty());
}

#[test]
fn every_wrong_option_of_a_file_is_said_at_its_place() {
    let text = "enable-polcy = 'always'\nenable-policy = 'sometimes'\ncluster-name = 1\n\
                labels = 'a('\nallow-degraded = ['l7', 'l8', 7]\nenable-sctp = 'yes'\n\
                bpf-policy-map-max = 'many'\npolicy-deny-response = 'icmp'\n[ztc]\nx = 1\n";
    let (_, found) = read(text);
    let said: Vec<(&str, &str)> = found
        .iter()
        .map(|found| {
            let (start, end) = (found.primary.span.start, found.primary.span.end);
            let place = text.get(start as usize..end as usize).unwrap_or_default();
            (place, found.message.as_str())
        })
        .collect();
    assert_eq!(
        said,
        [
            ("enable-polcy", "there is no option `enable-polcy`"),
            ("'sometimes'", "`enable-policy` cannot be `sometimes`"),
            ("1", "`cluster-name` must be text"),
            ("'a('", "`labels` has the pattern `a(`, which is none"),
            ("'l8'", "there is no degradation called `l8`"),
            ("7", "there is no degradation called `a number`"),
            ("'yes'", "`enable-sctp` must be `true` or `false`"),
            ("'many'", "`bpf-policy-map-max` must be a whole number"),
            ("'icmp'", "`policy-deny-response` can only be `none` here"),
            ("ztc", "there is no option `ztc`"),
        ]
    );
    assert_eq!(
        found.first().map(|found| found.help.as_slice()),
        Some(&[String::from("did you mean `enable-policy`?")][..])
    );
}

#[test]
fn what_is_no_toml_is_said_and_hides_nothing_after_it() {
    let (settings, found) = read("cluster-name = \nenable-policy = 'never'\n");
    assert_eq!(settings.analyse.enable_policy, EnablePolicy::Never);
    let names: Vec<_> = found.iter().map(|found| found.name).collect();
    assert!(names.contains(&"bad-toml"), "{found:?}");
}

#[test]
fn a_flag_replaces_what_the_file_says_and_allowed_degradations_add_up() {
    let mut draft = Draft::default();
    let mut sources = Sources::new();
    let mut give = |draft: &mut Draft, text: &str| {
        let id = sources.add("--option".into(), "--option".into(), text.into());
        let entry = value::of_flag(id, text, &mut draft.sink);
        draft.apply_all(entry.as_slice());
    };
    give(&mut draft, "enable-policy=always");
    give(&mut draft, "enable-policy=never");
    give(&mut draft, "allow-degraded=l7,tls");
    give(&mut draft, "allow-degraded=fqdn");
    give(&mut draft, "enable-policy");
    assert_eq!(draft.settings.analyse.enable_policy, EnablePolicy::Never);
    let allowed = &draft.settings.analyse.allow_degraded;
    assert_eq!(
        allowed.iter().copied().collect::<Vec<_>>(),
        [Degradation::Fqdn]
    );
    assert!(keys::allow_degraded(&mut draft, "all").is_ok());
    assert_eq!(
        draft.settings.analyse.allow_degraded.len(),
        Degradation::ALL.len()
    );
    let found = draft.sink.into_sorted();
    let said: Vec<_> = found.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(said, ["`enable-policy` has no value"]);
}

#[test]
fn the_documentation_has_every_option_and_the_list_is_sorted() {
    let page = include_str!("../../../../docs/ztc-toml.md");
    for key in &KEYS {
        assert!(
            page.contains(&format!("| `{}` |", key.name)),
            "{}",
            key.name
        );
    }
    assert!(KEYS.is_sorted_by_key(|key| key.name));
    for (name, _) in ERRORS {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}
