//! Which labels are part of an identity: Cilium's default label filter (SEMANTICS.md).
//!
//! A label is kept iff no ignore pattern matches its key (and none is a must), or the longest
//! include match is longer than the shortest ignore match. All default patterns are literal
//! prefixes, but for one that may begin anywhere; those of an operator are regular expressions.

use regex_lite::{Regex, RegexBuilder};

use crate::labels::RESERVED;

/// The memory that one pattern may take: a bundle from elsewhere may carry any.
const MAX_PATTERN_BYTES: usize = 1 << 16;

/// Prefixes that keep a label.
const INCLUDE: [&str; 5] = [
    "io.kubernetes.pod.namespace",
    "io.cilium.k8s.namespace.labels",
    "app.kubernetes.io",
    "io.cilium.k8s.policy.cluster",
    "io.cilium.k8s.policy.serviceaccount",
];

/// Prefixes that drop one.
const IGNORE: [&str; 14] = [
    "io.kubernetes",
    "kubernetes.io",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/controller-uid",
    "k8s.io",
    "pod-template-generation",
    "pod-template-hash",
    "controller-revision-hash",
    "controller-uid",
    "annotation",
    "etcd_node",
    "topology.kubernetes.io",
];

/// The one ignore pattern with a free prefix. Its match is greedy: it ends with the last one.
const IGNORE_ANYWHERE: &str = "beta.kubernetes.io";

/// Which labels are part of an identity: Cilium's defaults, and what the agent's option `labels`
/// adds to them.
#[derive(Clone, Debug, Default)]
pub struct LabelFilter {
    text: String,
    patterns: Vec<Pattern>,
}

/// One word of the option `labels`.
#[derive(Clone, Debug)]
struct Pattern {
    ignores: bool,
    /// Only labels of this source; `None` for every source.
    source: Option<String>,
    regex: Regex,
}

/// A word of the option `labels` that is no pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadPattern {
    /// The word as written.
    pub word: String,
    /// Why.
    pub reason: String,
}

impl LabelFilter {
    /// Reads the value of Cilium's option `labels`: words separated by spaces, each a regular
    /// expression for the beginning of a key, `!` before it for labels that are dropped, `source:`
    /// before all for one source only. A word without `!` makes the list exhaustive.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let patterns = text
            .split_whitespace()
            .map(pattern)
            .collect::<Result<_, _>>()?;
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(Self {
            text: words.join(" "),
            patterns,
        })
    }

    /// What it was read from, with single spaces; empty for the default.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a label is part of an identity.
    pub fn keeps(&self, source: &str, key: &str) -> bool {
        if source == RESERVED {
            return true;
        }
        let defaults = INCLUDE.iter().filter(|prefix| key.starts_with(**prefix));
        let include = defaults
            .map(|prefix| prefix.len())
            .chain(self.matches(false, source, key))
            .max()
            .unwrap_or(0);
        let anywhere = key
            .rfind(IGNORE_ANYWHERE)
            .map(|start| start + IGNORE_ANYWHERE.len());
        let ignore = IGNORE
            .iter()
            .filter(|prefix| key.starts_with(**prefix))
            .map(|prefix| prefix.len())
            .chain(anywhere)
            .chain(self.matches(true, source, key))
            .min()
            .unwrap_or(0);
        let is_exhaustive = self.patterns.iter().any(|pattern| !pattern.ignores);
        (ignore == 0 && !is_exhaustive) || include > ignore
    }

    /// The lengths of the operator's matches that begin with the key.
    fn matches(&self, ignores: bool, source: &str, key: &str) -> impl Iterator<Item = usize> {
        self.patterns
            .iter()
            .filter(move |pattern| pattern.ignores == ignores)
            .filter(move |pattern| pattern.source.as_deref().is_none_or(|own| own == source))
            .filter_map(move |pattern| pattern.regex.find(key))
            .filter(|found| found.start() == 0)
            .map(|found| found.end())
    }
}

fn pattern(word: &str) -> Result<Pattern, BadPattern> {
    let bad = |reason: String| BadPattern {
        word: word.into(),
        reason,
    };
    // The agent takes the source off first.
    let (source, rest) = match word.split_once(':') {
        Some((source, rest)) => (Some(source.to_owned()), rest),
        None => (None, word),
    };
    let (ignores, expression) = match rest.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if expression.is_empty() {
        return Err(bad("there is no key in it".into()));
    }
    if source
        .as_ref()
        .is_some_and(|source| source.starts_with('!'))
    {
        return Err(bad("`!` stands before the key, behind the source".into()));
    }
    // The agent anchors every pattern at the beginning of the key.
    let regex = RegexBuilder::new(&format!("^(?:{expression})"))
        .size_limit(MAX_PATTERN_BYTES)
        .build()
        .map_err(|error| bad(error.to_string()))?;
    Ok(Pattern {
        ignores,
        source,
        regex,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps(source: &str, key: &str) -> bool {
        LabelFilter::default().keeps(source, key)
    }

    #[test]
    fn the_default_filter_drops_what_controllers_add_and_keeps_the_rest() {
        for dropped in [
            "pod-template-hash",
            "controller-revision-hash",
            "kubernetes.io/arch",
            "k8s.io/x",
            "topology.kubernetes.io/zone",
            "statefulset.kubernetes.io/pod-name",
            "apps.kubernetes.io/pod-index",
            "batch.kubernetes.io/controller-uid",
            "node.beta.kubernetes.io/x",
            "annotation.team",
            "io.kubernetes.container",
        ] {
            assert!(!keeps("k8s", dropped), "{dropped}");
        }
        for kept in [
            "app",
            "app.kubernetes.io/name",
            "io.kubernetes.pod.namespace",
            "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name",
            "batch.kubernetes.io/job-name",
            "my.kubernetes.io/x",
        ] {
            assert!(keeps("k8s", kept), "{kept}");
        }
    }

    #[test]
    fn a_namespace_label_with_beta_kubernetes_io_is_dropped_although_its_prefix_is_kept() {
        assert!(!keeps(
            "k8s",
            "io.cilium.k8s.namespace.labels.beta.kubernetes.io/arch"
        ));
    }

    #[test]
    fn reserved_labels_are_never_dropped() {
        assert!(keeps("reserved", "host"));
    }

    #[test]
    fn an_include_pattern_makes_the_list_exhaustive_and_the_longer_match_wins() {
        let filter = LabelFilter::parse("k8s:app  !app-internal io.*team").expect("patterns");
        assert_eq!(filter.text(), "k8s:app !app-internal io.*team");
        assert!(filter.keeps("k8s", "app"));
        assert!(filter.keeps("k8s", "apple"));
        assert!(!filter.keeps("container", "app"), "of another source");
        assert!(!filter.keeps("k8s", "tier"), "in no include pattern");
        assert!(
            !filter.keeps("k8s", "app-internal"),
            "the ignore match is longer"
        );
        assert!(
            filter.keeps("k8s", "io.kubernetes.team"),
            "longer than `io.kubernetes`"
        );
        assert!(filter.keeps("k8s", "io.kubernetes.pod.namespace"));
        let only = LabelFilter::parse("!tier").expect("a pattern");
        assert!(!only.keeps("k8s", "tier") && only.keeps("k8s", "app"));
        assert_eq!(LabelFilter::parse("a(").expect_err("no pattern").word, "a(");
        let dropped = LabelFilter::parse("k8s:!tier").expect("a pattern");
        assert!(!dropped.keeps("k8s", "tier") && dropped.keeps("container", "tier"));
        assert!(LabelFilter::parse("!k8s:tier").is_err());
        assert!(LabelFilter::parse("!").is_err());
        assert!(LabelFilter::parse("a{300}{300}").is_err(), "too big");
    }
}
