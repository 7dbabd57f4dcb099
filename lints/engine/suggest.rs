//! Did you mean: labels that exist, ranked by how likely they were meant.

use std::cmp::Reverse;

use ztc_identity::{
    Operator, Requirement,
    labels::{ANY, CLUSTER, K8S, NAMESPACE, NAMESPACE_LABELS, SERVICE_ACCOUNT},
};

use super::{inventory::Labels, words::count};

/// At most so many are shown.
const SHOWN: usize = 3;

/// How likely. Ordered: the likelier is smaller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Likeness {
    /// One slip of the pen away: the key or the value differs a little, the other not at all.
    Close,
    /// One of the values contains the other, as `web` and `web-v2`.
    Longer,
    /// The value is right, the key quite another.
    OtherKey,
    /// The key differs a little, the value is not asked for or does not exist.
    KeyOnly,
}

/// A label that may have been meant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Suggestion<'a> {
    pub(crate) likeness: Likeness,
    distance: usize,
    n_workloads: Reverse<usize>,
    key: &'a str,
    value: Option<&'a str>,
}

impl Suggestion<'_> {
    /// As advice.
    pub(crate) fn text(&self) -> String {
        let n = count(self.n_workloads.0, "workload");
        let have = if self.n_workloads.0 == 1 {
            "has"
        } else {
            "have"
        };
        let name = shown_key(self.key);
        match (self.key.strip_prefix(NAMESPACE_LABELS), self.value) {
            (_, None) => format!("did you mean the key `{name}`? {n} {have} it"),
            (Some(_), Some(value)) => {
                let are = if self.n_workloads.0 == 1 { "is" } else { "are" };
                format!("did you mean `{name}: {value}`? {n} {are} in a namespace with that label")
            }
            (None, Some(value)) if self.key == NAMESPACE => {
                format!("did you mean the namespace `{value}`? it has {n}")
            }
            (None, Some(value)) => {
                format!("did you mean `{name}: {value}`? {n} {have} this label")
            }
        }
    }
}

/// A key as people write it.
pub(crate) fn shown_key(key: &str) -> &str {
    key.strip_prefix(NAMESPACE_LABELS).unwrap_or(key)
}

/// What may have been meant by a requirement that nothing meets, among labels that exist: the
/// likeliest, of several the commonest first.
pub(crate) fn suggest<'a>(wanted: &Requirement, labels: &Labels<'a>) -> Vec<Suggestion<'a>> {
    let mut found = Vec::new();
    match wanted.operator {
        Operator::In => {
            for value in &wanted.values {
                add_values(wanted, value, labels, &mut found);
            }
        }
        Operator::Exists => {}
        // Whoever asks for a label to be missing has not misspelt one that is there.
        Operator::NotIn | Operator::DoesNotExist => return found,
    }
    let exists = labels.contains_key(wanted.key.as_str());
    let is_foreign = wanted.source != ANY && wanted.source != K8S;
    if found.is_empty() && (!exists || is_foreign) {
        add_keys(wanted, labels, &mut found);
    }
    found.sort();
    found.dedup();
    let best = found.first().map(|first| (first.likeness, first.distance));
    found.retain(|suggestion| Some((suggestion.likeness, suggestion.distance)) == best);
    found.truncate(SHOWN);
    found
}

/// Labels one of whose halves is the one that is asked for.
fn add_values<'a>(
    wanted: &Requirement,
    wanted_value: &str,
    labels: &Labels<'a>,
    found: &mut Vec<Suggestion<'a>>,
) {
    for (key, values) in labels
        .iter()
        .filter(|(key, _)| is_alike_kind(&wanted.key, key))
    {
        let suggestion = |likeness, distance, value, n| Suggestion {
            likeness,
            distance,
            n_workloads: Reverse(n),
            key,
            value: Some(value),
        };
        if *key == wanted.key {
            for (value, n) in values {
                if let Some((likeness, distance)) = likeness(wanted_value, value) {
                    found.push(suggestion(likeness, distance, value, *n));
                }
            }
        } else if let Some((value, n)) = values.get_key_value(wanted_value) {
            let (likeness, distance) = match likeness(shown_key(&wanted.key), shown_key(key)) {
                Some((Likeness::Close, distance)) => (Likeness::Close, distance),
                _ => (Likeness::OtherKey, 0),
            };
            found.push(suggestion(likeness, distance, value, *n));
        }
    }
}

/// Keys that look like the one that is asked for.
fn add_keys<'a>(wanted: &Requirement, labels: &Labels<'a>, found: &mut Vec<Suggestion<'a>>) {
    for (key, values) in labels
        .iter()
        .filter(|(key, _)| is_alike_kind(&wanted.key, key))
    {
        if let Some((_, distance)) = likeness(shown_key(&wanted.key), shown_key(key)) {
            found.push(Suggestion {
                likeness: Likeness::KeyOnly,
                distance,
                n_workloads: Reverse(values.values().sum()),
                key,
                value: None,
            });
        }
    }
}

/// Whether two keys are of one kind: a pod's own, a namespace's, or the very same automatic one.
fn is_alike_kind(wanted: &str, key: &str) -> bool {
    let is_automatic = |key: &str| [NAMESPACE, CLUSTER, SERVICE_ACCOUNT].contains(&key);
    let of_namespace = |key: &str| key.starts_with(NAMESPACE_LABELS);
    wanted == key
        || !is_automatic(wanted) && !is_automatic(key) && of_namespace(wanted) == of_namespace(key)
}

fn likeness(wanted: &str, known: &str) -> Option<(Likeness, usize)> {
    let difference = wanted.len().abs_diff(known.len());
    let allowed = (wanted.len().max(3)) / 3;
    if difference <= allowed {
        let distance = strsim::osa_distance(wanted, known);
        if distance <= allowed {
            return Some((Likeness::Close, distance));
        }
    }
    let is_part =
        wanted.len().min(known.len()) >= 3 && (wanted.contains(known) || known.contains(wanted));
    is_part.then_some((Likeness::Longer, difference))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [(&str, &str, usize); 7] = [
        ("app", "backend", 3),
        ("app", "backed", 1),
        ("app", "frontend", 2),
        ("app", "web-v2", 1),
        ("component", "queue", 4),
        ("io.cilium.k8s.namespace.labels.team", "shop", 5),
        ("io.kubernetes.pod.namespace", "shop", 5),
    ];

    fn suggestions(key: &str, operator: Operator, values: &[&str]) -> Vec<String> {
        let mut labels = Labels::new();
        for (key, value, n) in LABELS {
            labels.entry(key).or_default().insert(value, n);
        }
        let values = values.iter().map(|value| (*value).into()).collect();
        let wanted = Requirement::new(ANY, key, operator, values);
        let found = suggest(&wanted, &labels);
        let shown = found.iter().map(|found| {
            let value = found
                .value
                .map(|value| format!(": {value}"))
                .unwrap_or_default();
            format!("{}{value}", shown_key(found.key))
        });
        shown.collect()
    }

    #[test]
    fn a_mistyped_value_becomes_the_nearest_that_exist_commonest_first() {
        assert_eq!(
            suggestions("app", Operator::In, &["bakend"]),
            ["app: backend"]
        );
        let both = ["app: backend", "app: backed"];
        assert_eq!(suggestions("app", Operator::In, &["backeed"]), both);
        assert_eq!(
            suggestions("app", Operator::In, &["frontent"]),
            ["app: frontend"]
        );
    }

    #[test]
    fn a_mistyped_key_is_corrected_when_its_value_exists() {
        assert_eq!(
            suggestions("ap", Operator::In, &["backend"]),
            ["app: backend"]
        );
        assert_eq!(suggestions("ap", Operator::Exists, &[]), ["app"]);
        assert_eq!(
            suggestions("ap", Operator::In, &["nothing-like-it"]),
            ["app"]
        );
    }

    #[test]
    fn a_value_under_another_key_or_a_longer_value_is_better_than_nothing() {
        assert_eq!(
            suggestions("role", Operator::In, &["queue"]),
            ["component: queue"]
        );
        assert_eq!(suggestions("app", Operator::In, &["web"]), ["app: web-v2"]);
        assert!(suggestions("app", Operator::In, &["database"]).is_empty());
    }

    #[test]
    fn labels_of_namespaces_and_of_pods_are_not_mixed_up() {
        let key = "io.cilium.k8s.namespace.labels.team";
        assert_eq!(suggestions(key, Operator::In, &["shp"]), ["team: shop"]);
        assert!(suggestions("team", Operator::In, &["shop"]).is_empty());
    }

    #[test]
    fn nothing_is_suggested_where_a_label_must_be_missing() {
        assert!(suggestions("ap", Operator::NotIn, &["backend"]).is_empty());
        assert!(suggestions("ap", Operator::DoesNotExist, &[]).is_empty());
    }
}
