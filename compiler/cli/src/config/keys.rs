//! Every option: its name, what it may be, and what it sets.
//!
//! Must not know where a value was written. `docs/ztc-toml.md` is for people what this is for ztc.

use ztc_diag::Spanned;
use ztc_identity::LabelFilter;
use ztc_policy::{AnalyseOptions, Degradation, EnablePolicy};

use super::{AddWord, Draft, value::Value};
use crate::{nearest::nearest, selection::Selection};

/// An option.
pub(super) struct Key {
    pub(super) name: &'static str,
    sets: Sets,
}

/// What an option may be, and what it does.
enum Sets {
    /// `true` or `false`.
    Switch(fn(&mut AnalyseOptions, bool)),
    /// Text that means something.
    Text(fn(&mut AnalyseOptions, &str) -> Result<(), Wrong>),
    /// Words: what was set before goes, then each is taken in.
    Words(fn(&mut Draft), AddWord),
    /// Nothing about what policies mean; the kind of value it has.
    Nothing(Shape),
    /// The one value that the datapath has, and why there is no other.
    Only(&'static str, &'static str),
}

/// What a value without effect may be.
#[derive(Clone, Copy)]
enum Shape {
    Switch,
    Number,
}

/// What is wrong with a value.
pub(super) struct Wrong {
    pub(super) message: String,
    /// Empty when there is nothing to say.
    pub(super) help: String,
}

const fn key(name: &'static str, sets: Sets) -> Key {
    Key { name, sets }
}

/// Every option, sorted by name.
pub(super) const KEYS: [Key; 23] = [
    key("allow-degraded", Sets::Words(no_degraded, allow_degraded)),
    key(
        "allow-icmp-frag-needed",
        Sets::Only(
            "true",
            "the datapath always lets these errors through: they carry the path's MTU",
        ),
    ),
    key("allow-localhost", Sets::Text(allow_localhost)),
    key("bpf-policy-map-max", Sets::Nothing(Shape::Number)),
    key("bpf-policy-stats-map-max", Sets::Nothing(Shape::Number)),
    key("cluster-name", Sets::Text(cluster_name)),
    key(
        "enable-extended-ip-protocols",
        Sets::Only(
            "false",
            "the datapath tells apart TCP, UDP, SCTP, ICMP and ICMPv6 only",
        ),
    ),
    key(
        "enable-host-firewall",
        Sets::Switch(|all, value| all.enable_host_firewall = value),
    ),
    key(
        "enable-icmp-rules",
        Sets::Switch(|all, value| all.enable_icmp_rules = value),
    ),
    key(
        "enable-k8s-networkpolicy",
        Sets::Switch(|all, value| all.enable_k8s_networkpolicy = value),
    ),
    key(
        "enable-node-selector-labels",
        Sets::Switch(|all, value| all.enable_node_selector_labels = value),
    ),
    key(
        "enable-non-default-deny-policies",
        Sets::Switch(|all, value| all.enable_non_default_deny_policies = value),
    ),
    key("enable-policy", Sets::Text(enable_policy)),
    key("enable-sctp", Sets::Nothing(Shape::Switch)),
    key("labels", Sets::Text(labels)),
    key("policy-accounting", Sets::Nothing(Shape::Switch)),
    key(
        "policy-audit-mode",
        Sets::Switch(|all, value| all.policy_audit_mode = value),
    ),
    key(
        "policy-cidr-match-mode",
        Sets::Words(no_cidr_match_mode, cidr_match_mode),
    ),
    key(
        "policy-default-local-cluster",
        Sets::Switch(|all, value| all.policy_default_local_cluster = value),
    ),
    key(
        "policy-deny-response",
        Sets::Only("none", "the datapath drops and does not answer"),
    ),
    key("resolution", Sets::Words(no_resolution, resolution)),
    key("sensitive", Sets::Words(not_sensitive, sensitive)),
    key(
        "tofqdns-endpoint-max-ip-per-hostname",
        Sets::Nothing(Shape::Number),
    ),
];

impl Key {
    /// Sets it; says what the value is not when it is wrong.
    pub(super) fn apply(&self, draft: &mut Draft, value: &Spanned<Value>) -> Result<(), Wrong> {
        let all = &mut draft.settings.analyse;
        match &self.sets {
            Sets::Switch(set) => {
                let value = value.value.switch();
                set(all, value.ok_or_else(|| must_be("`true` or `false`"))?);
                Ok(())
            }
            Sets::Text(set) => set(all, value.value.text().ok_or_else(|| must_be("text"))?),
            Sets::Words(clear, add) => {
                if !matches!(value.value, Value::Text(_) | Value::List(_)) {
                    return Err(must_be("a list of words"));
                }
                clear(draft);
                draft.add_words(*add, value.value.words(value.span));
                Ok(())
            }
            Sets::Nothing(Shape::Switch) => match value.value.switch() {
                Some(_) => Ok(()),
                None => Err(must_be("`true` or `false`")),
            },
            Sets::Nothing(Shape::Number) => match value.value.is_number() {
                true => Ok(()),
                false => Err(must_be("a whole number")),
            },
            Sets::Only(only, why) => only_value(&value.value, only, why),
        }
    }
}

fn must_be(what: &str) -> Wrong {
    Wrong {
        message: format!("must be {what}"),
        help: String::new(),
    }
}

fn only_value(value: &Value, only: &str, why: &str) -> Result<(), Wrong> {
    let is_it = match value {
        Value::Switch(value) => value.to_string() == only,
        Value::Text(text) => text == only,
        Value::Number(_) | Value::List(_) | Value::Other(_) => false,
    };
    if is_it {
        return Ok(());
    }
    Err(Wrong {
        message: format!("can only be `{only}` here"),
        help: format!("{why}; a bundle for agents with another value would promise too much"),
    })
}

/// The word, in any case, as one of a few.
fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, Wrong> {
    let found = words
        .iter()
        .find(|(word, _)| text.eq_ignore_ascii_case(word));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Wrong {
            message: format!("cannot be `{text}`"),
            help: format!("it is one of {}", names.join(", ")),
        }
    })
}

fn allow_localhost(all: &mut AnalyseOptions, text: &str) -> Result<(), Wrong> {
    // With Kubernetes, which is what ztc is for, the agent takes `auto` as `always`.
    all.allow_localhost = one_of(text, &[("auto", true), ("always", true), ("policy", false)])?;
    Ok(())
}

fn enable_policy(all: &mut AnalyseOptions, text: &str) -> Result<(), Wrong> {
    let words = [
        ("default", EnablePolicy::Default),
        ("always", EnablePolicy::Always),
        ("never", EnablePolicy::Never),
    ];
    all.enable_policy = one_of(text, &words)?;
    Ok(())
}

fn cluster_name(all: &mut AnalyseOptions, text: &str) -> Result<(), Wrong> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_name = (1..=32).contains(&text.len())
        && text.chars().all(|c| is_inner(c) || c == '-')
        && text.starts_with(is_inner)
        && text.ends_with(is_inner);
    if !is_name {
        return Err(Wrong {
            message: format!("cannot be `{text}`"),
            help: "a cluster's name has up to 32 lower case letters, digits and dashes, with no \
                   dash at its ends"
                .into(),
        });
    }
    all.cluster = text.into();
    Ok(())
}

fn labels(all: &mut AnalyseOptions, text: &str) -> Result<(), Wrong> {
    all.labels = LabelFilter::parse(text).map_err(|bad| Wrong {
        message: format!("has the pattern `{}`, which is none", bad.word),
        help: bad.reason.lines().collect::<Vec<_>>().join(" "),
    })?;
    Ok(())
}

fn no_cidr_match_mode(draft: &mut Draft) {
    draft.settings.analyse.cidrs_match_nodes = false;
}

fn cidr_match_mode(draft: &mut Draft, word: &str) -> Result<(), Wrong> {
    if word != "nodes" {
        return Err(Wrong {
            message: format!("`policy-cidr-match-mode` cannot have `{word}`"),
            help: "prefixes can match `nodes`, and nothing else inside the cluster".into(),
        });
    }
    draft.settings.analyse.cidrs_match_nodes = true;
    Ok(())
}

fn no_degraded(draft: &mut Draft) {
    draft.settings.analyse.allow_degraded.clear();
}

/// Takes in one name of `--allow-degraded`, or all of them.
pub(super) fn allow_degraded(draft: &mut Draft, word: &str) -> Result<(), Wrong> {
    let allowed = &mut draft.settings.analyse.allow_degraded;
    if word == "all" {
        allowed.extend(Degradation::ALL);
        return Ok(());
    }
    let named = Degradation::ALL.into_iter().find(|one| one.name() == word);
    let Some(named) = named else {
        let names = Degradation::ALL.map(Degradation::name);
        let near = nearest(word, names.into_iter());
        let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
        return Err(Wrong {
            message: format!("there is no degradation called `{word}`"),
            help: format!("{near}there are {} and `all`", names.join(", ")),
        });
    };
    allowed.insert(named);
    Ok(())
}

fn no_resolution(draft: &mut Draft) {
    draft.settings.resolution.clear();
}

fn resolution(draft: &mut Draft, path: &str) -> Result<(), Wrong> {
    let path = draft.below(path);
    draft.settings.resolution.push(path);
    Ok(())
}

fn not_sensitive(draft: &mut Draft) {
    draft.settings.sensitive.clear();
}

fn sensitive(draft: &mut Draft, word: &str) -> Result<(), Wrong> {
    Selection::parse(word).map_err(|wrong| Wrong {
        message: wrong.to_string(),
        help: wrong.help,
    })?;
    draft.settings.sensitive.push(word.into());
    Ok(())
}
