//! What a peer of a rule asks for and the other end has not, in sentences.
//!
//! Must not know actions, ports or tiers.

use std::net::IpAddr;

use ztc_identity::{
    LabelSet, Operator, Requirement, Selector,
    labels::{CLUSTER, NAMESPACE, NAMESPACE_LABELS, RESERVED, SERVICE_ACCOUNT},
};
use ztc_policy::{
    Analysis, Model,
    model::{CidrId, PeerTerm},
};
use ztc_syntax::Prefix;

/// What is known of an end.
pub(super) struct Who<'q> {
    /// As it was named.
    pub(super) name: &'q str,
    /// If it was named by one.
    pub(super) address: Option<IpAddr>,
    /// Its identity labels, if it is a pod that is known.
    pub(super) labels: Option<&'q LabelSet>,
    /// Whether it is outside the cluster.
    pub(super) is_outside: bool,
    /// Whether it is a node.
    pub(super) is_node: bool,
}

impl Who<'_> {
    fn kind(&self) -> &'static str {
        if self.is_outside {
            "outside the cluster"
        } else if self.is_node {
            "a node"
        } else if self.labels.is_some() {
            "a pod"
        } else {
            "no pod that is known"
        }
    }
}

/// What is missing for one peer of a rule.
pub(super) struct Unmet {
    /// How much: requirements of labels, or more than any selector has for another kind of peer.
    pub(super) n: usize,
    /// In words.
    pub(super) sentences: Vec<String>,
}

impl Unmet {
    /// Something other than labels: whoever means that is further away than any label.
    fn other(n: usize, sentence: String) -> Self {
        Self {
            n,
            sentences: vec![sentence],
        }
    }
}

/// Further away than a selector whose labels are not there.
const OTHER_ADDRESS: usize = 100;
/// Further away than another address.
const OTHER_KIND: usize = 200;

/// Why a peer is not meant by a term.
pub(super) fn of(analysis: &Analysis, term: PeerTerm, peer: &Who<'_>) -> Unmet {
    let model = &analysis.model;
    let name = peer.name;
    match term {
        PeerTerm::Selector(id) => match (model.selector(id), peer.labels) {
            (Some(selector), Some(labels)) => of_selector(selector, labels, name),
            (selector, _) => {
                let wanted = selector.map(Model::describe_selector).unwrap_or_default();
                let kind = peer.kind();
                let sentence = format!("`{name}` is {kind}, and the rule is about `{wanted}`");
                Unmet::other(OTHER_KIND, sentence)
            }
        },
        PeerTerm::Entity(entity) => {
            let (kind, entity) = (peer.kind(), entity.name());
            let sentence = format!("`{name}` is {kind}, and the rule wants the entity `{entity}`");
            Unmet::other(OTHER_KIND, sentence)
        }
        PeerTerm::Cidr(id) | PeerTerm::Network(id) => {
            of_prefix(model, id, matches!(term, PeerTerm::Network(_)), peer)
        }
    }
}

fn of_selector(selector: &Selector, labels: &LabelSet, name: &str) -> Unmet {
    let unmet = selector.requirements().iter();
    let unmet = unmet.filter(|requirement| !requirement.matches(labels));
    let sentences: Vec<String> = unmet
        .map(|requirement| sentence(requirement, labels, name))
        .collect();
    Unmet {
        n: sentences.len(),
        sentences,
    }
}

fn sentence(wanted: &Requirement, labels: &LabelSet, name: &str) -> String {
    if wanted.source == RESERVED {
        let entity = &wanted.key;
        return format!("`{name}` is a pod, and the rule wants what is `reserved:{entity}`");
    }
    let value = labels.value(&wanted.source, &wanted.key);
    let values: Vec<String> = wanted.values.iter().map(|one| format!("`{one}`")).collect();
    let values = listed(&values, "or");
    match wanted.key.as_str() {
        NAMESPACE => return scope(name, "is in the namespace", value, wanted, &values),
        CLUSTER => return scope(name, "is in the cluster", value, wanted, &values),
        SERVICE_ACCOUNT => {
            return scope(name, "runs as the service account", value, wanted, &values);
        }
        _ => {}
    }
    let (whose, key) = match wanted.key.strip_prefix(NAMESPACE_LABELS) {
        Some(key) => (format!("the namespace of `{name}`"), key),
        None => (format!("`{name}`"), wanted.key.as_str()),
    };
    let has = match value {
        Some("") => format!("{whose} has `{key}` without a value"),
        Some(value) => format!("{whose} has `{key}={value}`"),
        None => format!("{whose} has no label `{key}`"),
    };
    let wants = match (wanted.operator, wanted.values.as_slice()) {
        (Operator::In, [one]) if one.is_empty() => "it without a value".into(),
        (Operator::In, [one]) => format!("`{key}={one}`"),
        (Operator::In, _) => format!("one of {values}"),
        (Operator::NotIn, _) => format!("anything but {values}"),
        (Operator::Exists, _) => "one".into(),
        (Operator::DoesNotExist, _) => "no such label".into(),
    };
    format!("{has}, and the rule wants {wants}")
}

/// A label that says where a pod is, or as whom it runs.
fn scope(name: &str, is: &str, value: Option<&str>, wanted: &Requirement, values: &str) -> String {
    let value = value.unwrap_or("none");
    let wants = match wanted.operator {
        Operator::In => values.to_owned(),
        Operator::NotIn => format!("anything but {values}"),
        Operator::Exists => "any".into(),
        Operator::DoesNotExist => "none".into(),
    };
    format!("`{name}` {is} `{value}`, and the rule wants {wants}")
}

fn of_prefix(model: &Model, id: CidrId, means_pods: bool, peer: &Who<'_>) -> Unmet {
    let Some(cidr) = model.cidrs.get(id.0 as usize) else {
        return Unmet::other(OTHER_KIND, String::from("the rule wants another address"));
    };
    let (name, base) = (peer.name, text(&cidr.prefix));
    if !peer.is_outside && !means_pods {
        let kind = peer.kind();
        let sentence =
            format!("`{name}` is {kind}, and `{base}` means addresses outside the cluster only");
        return Unmet::other(OTHER_KIND, sentence);
    }
    let Some(address) = peer.address else {
        let sentence = format!("`{name}` as a whole is not in `{base}`");
        return Unmet::other(OTHER_ADDRESS, sentence);
    };
    let exception = cidr.except.iter().find(|one| holds(one, address));
    let sentence = match exception.filter(|_| holds(&cidr.prefix, address)) {
        Some(exception) => {
            let exception = text(exception);
            format!("`{name}` is in `{exception}`, which the rule excepts from `{base}`")
        }
        None => format!("`{name}` is not in `{base}`"),
    };
    Unmet::other(OTHER_ADDRESS, sentence)
}

fn text(prefix: &Prefix) -> String {
    format!("{}/{}", prefix.address, prefix.length)
}

/// Whether an address is in a prefix.
fn holds(prefix: &Prefix, address: IpAddr) -> bool {
    let leading = |bits: u128, width: u32| {
        let rest = width.saturating_sub(u32::from(prefix.length));
        bits.checked_shr(rest).unwrap_or(0)
    };
    match (prefix.address, address) {
        (IpAddr::V4(own), IpAddr::V4(other)) => {
            leading(u32::from(own).into(), 32) == leading(u32::from(other).into(), 32)
        }
        (IpAddr::V6(own), IpAddr::V6(other)) => {
            leading(own.into(), 128) == leading(other.into(), 128)
        }
        _ => false,
    }
}

/// How many texts of a list are written out before the rest is only counted.
const LISTED: usize = 6;

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(texts: &[String], word: &str) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        texts if texts.len() > LISTED => {
            let shown = texts.get(..LISTED).unwrap_or_default().join(", ");
            format!("{shown} {word} {} more", texts.len() - LISTED)
        }
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}
