//! Which labels exist for policy: Cilium's label filter (SEMANTICS.md, S19).
//!
//! A pattern is matched from the first character of a key. The longest match that keeps a key must
//! be longer than the shortest that drops it; where an operator says what to keep, nothing else is.

/// What keeps a label, whatever the operator says.
const KEEPERS: [&str; 5] = [
    r"io\.kubernetes\.pod\.namespace",
    r"io\.cilium\.k8s\.namespace\.labels",
    r"app\.kubernetes\.io",
    r"io\.cilium\.k8s\.policy\.cluster",
    r"io\.cilium\.k8s\.policy\.serviceaccount",
];

const DROPPERS: [&str; 15] = [
    r"io\.kubernetes",
    r"kubernetes\.io",
    r"statefulset\.kubernetes\.io/pod-name",
    r"apps\.kubernetes\.io/pod-index",
    r"batch\.kubernetes\.io/job-completion-index",
    r"batch\.kubernetes\.io/controller-uid",
    r".*beta\.kubernetes\.io",
    r"k8s\.io",
    "pod-template-generation",
    "pod-template-hash",
    "controller-revision-hash",
    "controller-uid",
    "annotation.*",
    "etcd_node",
    r"topology\.kubernetes\.io",
];

/// The filter of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    keepers: Vec<String>,
    droppers: Vec<String>,
    /// Whether only what is kept on purpose is kept at all.
    only_keepers: bool,
}

impl Filter {
    /// The default patterns and an operator's: words such as `k8s:app` and `k8s:!job-name`.
    pub(super) fn new(labels: &str) -> Self {
        let own = |patterns: &[&str]| patterns.iter().map(|p| (*p).to_string()).collect();
        let mut filter = Self {
            keepers: own(&KEEPERS),
            droppers: own(&DROPPERS),
            only_keepers: false,
        };
        for word in labels.split_whitespace() {
            let (source, pattern) = word.split_once(':').unwrap_or(("k8s", word));
            let (drops, pattern) = match pattern.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, pattern),
            };
            if !drops {
                filter.only_keepers = true;
            }
            // All labels that are filtered come from Kubernetes.
            if source == "k8s" {
                let patterns = match drops {
                    true => &mut filter.droppers,
                    false => &mut filter.keepers,
                };
                patterns.push(pattern.to_string());
            }
        }
        filter
    }

    /// Whether a label of this key exists for policy.
    pub(super) fn keeps(&self, key: &str) -> bool {
        let lengths = |patterns: &[String]| -> Vec<usize> {
            let matches = patterns.iter().filter_map(|pattern| {
                let pattern: Vec<char> = pattern.chars().collect();
                longest_match(&pattern, &key.chars().collect::<Vec<_>>())
            });
            matches.collect()
        };
        let keep = lengths(&self.keepers).into_iter().max().unwrap_or(0);
        let drop = lengths(&self.droppers).into_iter().min().unwrap_or(0);
        (drop == 0 && !self.only_keepers) || keep > drop
    }
}

/// How much of the text, from its start, a pattern of characters, `.`, `*` and `\` matches.
fn longest_match(pattern: &[char], text: &[char]) -> Option<usize> {
    let (any, character, rest) = match pattern {
        [] => return Some(0),
        ['^', rest @ ..] => return longest_match(rest, text),
        ['$'] => return text.is_empty().then_some(0),
        ['\\', character, rest @ ..] => (false, *character, rest),
        [character, rest @ ..] => (*character == '.', *character, rest),
    };
    let fits = |found: Option<&char>| found.is_some_and(|found| any || *found == character);
    if let ['*', rest @ ..] = rest {
        let most = text.iter().take_while(|found| fits(Some(found))).count();
        let taken = (0..=most).rev();
        let mut ends = taken.filter_map(|n| Some(n + longest_match(rest, text.get(n..)?)?));
        return ends.next();
    }
    let (first, after) = text.split_first()?;
    fits(Some(first)).then_some(())?;
    Some(1 + longest_match(rest, after)?)
}

#[test]
fn the_longest_keeper_must_beat_the_shortest_dropper() {
    let filter = Filter::new("");
    for key in [
        "app",
        "app.kubernetes.io/name",
        "io.kubernetes.pod.namespace",
        "a.k8s.io",
    ] {
        assert!(filter.keeps(key), "{key}");
    }
    for key in [
        "pod-template-hash",
        "kubernetes.io/x",
        "io.kubernetes.other",
        "io.cilium.k8s.namespace.labels.beta.kubernetes.io/kind",
        "failure-domain.beta.kubernetes.io/zone",
        "annotation.x",
    ] {
        assert!(!filter.keeps(key), "{key}");
    }
}

#[test]
fn an_operator_may_keep_some_labels_only_and_drop_others() {
    let some = Filter::new("k8s:app k8s:tier$");
    assert!(some.keeps("app") && some.keeps("application") && some.keeps("tier"));
    assert!(!some.keeps("tiers") && !some.keeps("role"));
    assert!(some.keeps("io.kubernetes.pod.namespace"));
    let others = Filter::new("!role k8s:!tier");
    assert!(others.keeps("app"));
    assert!(!others.keeps("role") && !others.keeps("tier"));
}
