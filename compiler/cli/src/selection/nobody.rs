//! Why a selection names nobody, and who may have been meant.
//!
//! Must not know whom selections name.

use std::collections::BTreeSet;

use ztc_policy::cluster::Endpoint;

use super::{FORMS, Form, NotASelection, Requirement, Selection, find::Finder};
use crate::{nearest::nearest, output::few};

/// How many names are suggested.
const MOST: usize = 4;

/// Labels are asked for, and there is only a bundle.
pub(super) fn no_labels(text: &str) -> NotASelection {
    NotASelection {
        text: text.into(),
        reason: "asks for labels, which a bundle does not have".into(),
        help: "ask the manifests instead of the bundle, or name workloads".into(),
    }
}

/// The pods are no subjects; `seen` is what their node is to others and to its own pods.
pub(super) fn is_on_its_node(text: &str, seen: [&str; 2]) -> NotASelection {
    NotASelection {
        text: text.into(),
        reason: "is on its node's network, so no policy applies to it".into(),
        help: taken_for(seen),
    }
}

/// An address or the name of a node.
pub(super) fn is_a_node(text: &str, node: &str, seen: [&str; 2]) -> NotASelection {
    let reason = if text == node {
        "is a node, which policies take for two things".to_owned()
    } else {
        format!("is the node {node}, which policies take for two things")
    };
    NotASelection {
        text: text.into(),
        reason,
        help: taken_for(seen),
    }
}

fn taken_for([other, own]: [&str; 2]) -> String {
    format!(
        "to the pods of its node it is `{own}`, to all others `{other}`: ask about the one that is \
         meant, or about both; `ztc explain` takes two ends and knows which"
    )
}

/// It could name somebody and does not.
pub(super) fn matches_nobody(finder: &Finder<'_, '_>, selection: &Selection) -> NotASelection {
    let Form::Labels(namespace, requirements) = &selection.form else {
        return NotASelection {
            text: selection.text.clone(),
            reason: "matches nobody".into(),
            help: "there is no such address outside the cluster".into(),
        };
    };
    let help = unknown_namespace(finder, namespace.as_deref())
        .or_else(|| unknown_label(finder, namespace.as_deref(), requirements))
        .or_else(|| only_on_nodes(finder, namespace.as_deref(), requirements));
    NotASelection {
        text: selection.text.clone(),
        reason: "matches nobody".into(),
        help: help.unwrap_or_else(|| "no pod has all of these labels".into()),
    }
}

fn unknown_namespace(finder: &Finder<'_, '_>, namespace: Option<&str>) -> Option<String> {
    let namespace = namespace?;
    let parties = finder.reach.parties().iter();
    let mut known: BTreeSet<&str> = parties.map(|party| party.namespace.as_str()).collect();
    known.extend(finder.endpoints().iter().map(|one| one.namespace.as_str()));
    if known.contains(namespace) {
        return None;
    }
    let near = nearest(namespace, known.into_iter().filter(|name| !name.is_empty()));
    Some(match near {
        Some(near) => format!("no pod is in namespace `{namespace}`: did you mean `{near}`?"),
        None => format!("no pod is in namespace `{namespace}`"),
    })
}

/// The pods of a namespace, or of all.
fn pods<'r>(
    finder: &Finder<'r, '_>,
    namespace: Option<&str>,
) -> impl Iterator<Item = &'r Endpoint> + Clone {
    let endpoints = finder.endpoints().iter();
    endpoints.filter(move |one| namespace.is_none_or(|name| one.namespace == name))
}

/// The first label that no pod has at all.
fn unknown_label(
    finder: &Finder<'_, '_>,
    namespace: Option<&str>,
    requirements: &[Requirement],
) -> Option<String> {
    let pods = pods(finder, namespace);
    let mut wrong = requirements
        .iter()
        .filter(|one| !pods.clone().any(|pod| one.holds(pod)));
    let (key, value) = match wrong.next()? {
        Requirement::Equals(key, value) => (key.as_str(), value.as_str()),
        Requirement::Exists(key) => (key.as_str(), ""),
        Requirement::Differs(..) | Requirement::Absent(_) => return None,
    };
    let labels: BTreeSet<(&str, &str)> = pods
        .flat_map(|pod| &pod.labels)
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let values = labels.iter().filter(|(known, _)| *known == key);
    let values: BTreeSet<&str> = values.map(|(_, value)| *value).collect();
    if values.is_empty() {
        let near = nearest(key, labels.iter().map(|(known, _)| *known));
        let near = near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
        return Some(format!("no pod there has a label `{key}`{near}"));
    }
    let help = format!("no pod there has `{key}={value}`");
    Some(match nearest(value, values.iter().copied()) {
        Some(near) => format!("{help}: did you mean `{key}={near}`?"),
        None => {
            let values: Vec<String> = values.iter().map(|one| format!("`{one}`")).collect();
            format!("{help}; `{key}` is {}", few(&values, MOST))
        }
    })
}

fn only_on_nodes(
    finder: &Finder<'_, '_>,
    namespace: Option<&str>,
    requirements: &[Requirement],
) -> Option<String> {
    let mut pods = pods(finder, namespace);
    pods.any(|pod| requirements.iter().all(|one| one.holds(pod)))
        .then(|| {
            "its pods are on their nodes' network, so no policy applies to them: to policies they \
             are `host` and `remote-node`"
                .into()
        })
}

/// It is no name at all.
pub(super) fn names_nobody(finder: &Finder<'_, '_>, text: &str) -> NotASelection {
    let names: BTreeSet<&str> = finder.names().all().collect();
    // The short names: a workload's full name says no more.
    let is_last = |name: &&&str| name.split_once('/').is_some_and(|(_, rest)| rest == text);
    let same = names.iter().filter(is_last);
    let same: Vec<String> = same.map(|name| format!("`{name}`")).collect();
    let help = match (same.as_slice(), nearest(text, names.iter().copied())) {
        ([_, _, ..], _) => format!("say which: {}", few(&same, MOST)),
        (_, Some(near)) => format!("did you mean `{near}`?"),
        (_, None) => FORMS.into(),
    };
    NotASelection {
        text: text.into(),
        reason: "names nobody".into(),
        help,
    }
}
