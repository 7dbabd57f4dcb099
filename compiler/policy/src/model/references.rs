//! What policies refer to by name: services, CIDR groups, names and cloud groups with addresses.
//!
//! Must not know policies.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use ztc_diag::Sink;
use ztc_identity::{Label, LabelSet, Selector, labels::K8S};
use ztc_syntax::{CidrGroup, NamePattern, Object, Prefix, Service};

use crate::errors;

/// Source of the labels of CIDR groups.
const CIDR_GROUP: &str = "cidrgroup";
/// The service of the API server, whose backends say where it runs.
const API_SERVER: (&str, &str) = ("default", "kubernetes");

/// Everything of a run that a policy can refer to.
#[derive(Default)]
pub(super) struct References<'a> {
    services: BTreeMap<(&'a str, &'a str), &'a Service>,
    backends: BTreeMap<(&'a str, &'a str), BTreeSet<IpAddr>>,
    cidr_groups: BTreeMap<&'a str, &'a CidrGroup>,
    names: BTreeMap<&'a str, BTreeSet<IpAddr>>,
    cloud_groups: BTreeMap<&'a str, BTreeSet<IpAddr>>,
    nodes: BTreeSet<IpAddr>,
    /// Names are many and patterns repeat, so each pattern is matched once.
    by_pattern: BTreeMap<NamePattern, Option<Vec<IpAddr>>>,
}

impl<'a> References<'a> {
    /// Collects them. Of two CIDR groups with one name, the second is an error.
    pub(super) fn new(objects: &'a [Object], sink: &mut Sink) -> Self {
        let mut references = Self::default();
        for object in objects {
            match object {
                Object::Service(service) => {
                    let meta = &service.meta;
                    let key = (meta.namespace_or_default(), meta.name.value.as_str());
                    references.services.entry(key).or_insert(service);
                }
                Object::EndpointSlice(slice) => {
                    let Some(service) = &slice.service else {
                        continue;
                    };
                    let key = (slice.meta.namespace_or_default(), service.as_str());
                    let backends = references.backends.entry(key).or_default();
                    backends.extend(&slice.addresses);
                }
                Object::CidrGroup(group) => {
                    let name = &group.meta.name;
                    if let Some(first) = references.cidr_groups.get(name.value.as_str()) {
                        let (first, second) = (first.meta.name.span, name.span);
                        errors::duplicate_object(
                            sink,
                            "CiliumCIDRGroup",
                            &name.value,
                            second,
                            first,
                        );
                    } else {
                        references.cidr_groups.insert(&name.value, group);
                    }
                }
                Object::Resolution(resolution) => {
                    for (name, addresses) in &resolution.names {
                        let known = references.names.entry(&name.value).or_default();
                        known.extend(addresses);
                    }
                    for (key, addresses) in &resolution.groups {
                        let known = references.cloud_groups.entry(&key.value).or_default();
                        known.extend(addresses);
                    }
                }
                Object::Node(node) => references.nodes.extend(&node.addresses),
                _ => {}
            }
        }
        references
    }

    /// The services with this name, in one namespace or in all of them.
    pub(super) fn services_named(&self, namespace: Option<&str>, name: &str) -> Vec<&'a Service> {
        self.services
            .iter()
            .filter(|((own, known), _)| *known == name && namespace.is_none_or(|n| n == *own))
            .map(|(_, service)| *service)
            .collect()
    }

    /// The services whose labels match, in one namespace or in all of them.
    pub(super) fn services_matching(
        &self,
        namespace: Option<&str>,
        selector: &Selector,
    ) -> Vec<&'a Service> {
        self.services
            .iter()
            .filter(|((own, _), _)| namespace.is_none_or(|n| n == *own))
            .filter(|(_, service)| selector.matches(&label_set(K8S, &service.meta.labels)))
            .map(|(_, service)| *service)
            .collect()
    }

    /// The addresses behind a service, ascending.
    pub(super) fn backends(&self, service: &Service) -> Vec<IpAddr> {
        let meta = &service.meta;
        let key = (meta.namespace_or_default(), meta.name.value.as_str());
        let backends = self.backends.get(&key).into_iter().flatten();
        backends.copied().collect()
    }

    /// The prefixes of the group with this name.
    pub(super) fn cidr_group(&self, name: &str) -> Option<Vec<Prefix>> {
        let group = self.cidr_groups.get(name)?;
        Some(group.prefixes.iter().map(|prefix| prefix.value).collect())
    }

    /// The prefixes of every group whose labels match; `None` when none does.
    pub(super) fn cidr_groups(&self, selector: &Selector) -> Option<Vec<Prefix>> {
        let matches =
            |group: &&&CidrGroup| selector.matches(&label_set(CIDR_GROUP, &group.meta.labels));
        let mut matching = self.cidr_groups.values().filter(matches).peekable();
        matching.peek()?;
        let prefixes = matching.flat_map(|group| &group.prefixes);
        Some(prefixes.map(|prefix| prefix.value).collect())
    }

    /// The addresses of every known name that matches; `None` when no known name does.
    pub(super) fn addresses_of_names(&mut self, pattern: &NamePattern) -> Option<Vec<IpAddr>> {
        if let Some(addresses) = self.by_pattern.get(pattern) {
            return addresses.clone();
        }
        let addresses = self.match_names(pattern);
        self.by_pattern.insert(pattern.clone(), addresses.clone());
        addresses
    }

    fn match_names(&self, pattern: &NamePattern) -> Option<Vec<IpAddr>> {
        let known: Vec<&BTreeSet<IpAddr>> = match pattern {
            NamePattern::Exact(name) => self.names.get(name.as_str()).into_iter().collect(),
            NamePattern::Wildcard(pattern) => {
                let matching = |(name, _): &(&&str, &BTreeSet<IpAddr>)| name_matches(pattern, name);
                let names = self.names.iter().filter(matching);
                names.map(|(_, addresses)| addresses).collect()
            }
        };
        let addresses: BTreeSet<IpAddr> = known.iter().copied().flatten().copied().collect();
        (!known.is_empty()).then(|| addresses.into_iter().collect())
    }

    /// The addresses of a cloud group, if they are known.
    pub(super) fn cloud_group(&self, key: &str) -> Option<Vec<IpAddr>> {
        let addresses = self.cloud_groups.get(key)?;
        Some(addresses.iter().copied().collect())
    }

    /// The addresses of API servers that are no node's, ascending.
    pub(super) fn external_api_servers(&self) -> Vec<IpAddr> {
        let backends = self.backends.get(&API_SERVER).into_iter().flatten();
        let external = backends.filter(|address| !self.nodes.contains(address));
        external.copied().collect()
    }
}

fn label_set(source: &str, labels: &[(String, String)]) -> LabelSet {
    LabelSet::new(
        labels
            .iter()
            .map(|(key, value)| Label::new(source, key, value))
            .collect(),
    )
}

/// Whether a name matches a pattern (SEMANTICS.md, names): `*` in a label is any characters but
/// dots; a leading run of two or more and a dot is one or more labels; `*` alone is every name.
fn name_matches(pattern: &str, name: &str) -> bool {
    if pattern.bytes().all(|byte| byte == b'*') {
        return true;
    }
    let rest = pattern.trim_start_matches('*');
    let n_stars = pattern.len() - rest.len();
    if let Some(suffix) = rest.strip_prefix('.').filter(|_| n_stars >= 2) {
        // Some labels, then the rest: try every place where a label ends.
        let ends = name.match_indices('.').map(|(at, _)| at);
        return ends.filter(|at| *at > 0).any(|at| {
            name.get(at + 1..)
                .is_some_and(|rest| labels_match(suffix, rest))
        });
    }
    labels_match(pattern, name)
}

fn labels_match(pattern: &str, name: &str) -> bool {
    let (mut patterns, mut labels) = (pattern.split('.'), name.split('.'));
    loop {
        match (patterns.next(), labels.next()) {
            (None, None) => return true,
            (Some(pattern), Some(label)) if label_matches(pattern, label) => {}
            _ => return false,
        }
    }
}

/// Greedy matching of `*` is exact, since stars are all there is.
fn label_matches(pattern: &str, label: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| label.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::name_matches;

    #[test]
    fn name_patterns_match_whole_names_label_by_label() {
        for (pattern, yes, no) in [
            (
                "*.cilium.io",
                &["www.cilium.io"][..],
                &["cilium.io", "a.b.cilium.io"][..],
            ),
            (
                "*cilium.io",
                &["cilium.io", "subcilium.io"],
                &["www.cilium.io"],
            ),
            (
                "**.cilium.io",
                &["a.cilium.io", "a.b.cilium.io"],
                &["cilium.io", ".cilium.io"],
            ),
            ("*", &["a.b.c"], &[]),
            ("a*b*c.io", &["abc.io", "axxbyc.io"], &["ab.c.io", "acb.io"]),
            ("**.*.io", &["a.b.io", "a.c.b.io"], &["b.io"]),
        ] {
            for name in yes {
                assert!(name_matches(pattern, name), "{pattern} {name}");
            }
            for name in no {
                assert!(!name_matches(pattern, name), "{pattern} {name}");
            }
        }
    }
}
