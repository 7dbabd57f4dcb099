//! What names in policies stand for: services, CIDR groups, DNS names and cloud groups.

use std::net::IpAddr;

use serde_json::Value;

use super::cluster::address;
use super::labels::{Label, NAMESPACE, Selector, label, list, map, text};
use super::prefix::Prefix;

/// Everything that has a name of this sort.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    services: Vec<Service>,
    groups: Vec<Group>,
    /// A DNS name without its last dot, lower case, with its addresses.
    dns: Vec<(String, Vec<IpAddr>)>,
    cloud: Vec<(String, Vec<IpAddr>)>,
}

#[derive(Clone, Debug)]
struct Service {
    name: String,
    namespace: String,
    labels: Vec<Label>,
    target: Target,
}

/// Where the traffic of a service goes.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Pods(Selector),
    /// Those of its EndpointSlices.
    Addresses(Vec<IpAddr>),
}

#[derive(Clone, Debug)]
struct Group {
    name: String,
    labels: Vec<Label>,
    prefixes: Vec<Prefix>,
}

impl Names {
    pub(super) fn new<'a>(objects: impl IntoIterator<Item = &'a Value> + Clone) -> Self {
        let mut names = Self::default();
        for object in objects.clone() {
            match object["kind"].as_str() {
                Some("Service") => {
                    let slices = objects.clone().into_iter();
                    names.services.push(service(object, slices));
                }
                Some("CiliumCIDRGroup") => names.groups.push(group(object)),
                Some("Resolution") => {
                    let entries = |field: &str| {
                        let fields = object[field].as_object().into_iter().flatten();
                        let entry = |(name, found): (&String, &Value)| {
                            (name.clone(), list(found).iter().map(address).collect())
                        };
                        fields.map(entry).collect::<Vec<(String, Vec<IpAddr>)>>()
                    };
                    let dns = entries("names").into_iter();
                    names
                        .dns
                        .extend(dns.map(|(name, found)| (plain(&name), found)));
                    names.cloud.extend(entries("groups"));
                }
                _ => {}
            }
        }
        names
    }

    /// What an element of toServices stands for (R17).
    pub(super) fn services(&self, peer: &Value) -> Vec<&Target> {
        let (by_name, by_labels) = (&peer["k8sService"], &peer["k8sServiceSelector"]);
        let place = match by_name.is_null() {
            true => &by_labels["namespace"],
            false => &by_name["namespace"],
        };
        let selector = Selector::read(&by_labels["selector"], |key| ("any".into(), key.into()));
        let is_meant = |service: &&Service| {
            let place = place.as_str().unwrap_or_default();
            let named = match by_name.is_null() {
                true => selector.matches(&service.labels),
                false => service.name == text(&by_name["serviceName"]),
            };
            named && (place.is_empty() || service.namespace == place)
        };
        let meant = self.services.iter().filter(is_meant);
        meant.map(|service| &service.target).collect()
    }

    /// The prefixes of the CIDR group of this name.
    pub(super) fn group(&self, name: &str) -> Vec<Prefix> {
        let named = self.groups.iter().filter(|group| group.name == name);
        named.flat_map(|group| group.prefixes.clone()).collect()
    }

    /// The prefixes of all CIDR groups with such labels.
    pub(super) fn groups(&self, selector: &Selector) -> Vec<Prefix> {
        let mut groups = self.groups.clone();
        groups.retain(|group| selector.matches(&group.labels));
        groups
            .into_iter()
            .flat_map(|group| group.prefixes)
            .collect()
    }

    /// The addresses of this DNS name.
    pub(super) fn exact(&self, name: &str) -> Vec<IpAddr> {
        let name = plain(name);
        let known = self.dns.iter().filter(|(known, _)| *known == name);
        known.flat_map(|(_, found)| found.clone()).collect()
    }

    /// The addresses of all DNS names that fit a pattern.
    pub(super) fn matching(&self, pattern: &str) -> Vec<IpAddr> {
        let pattern: Vec<char> = plain(pattern).chars().collect();
        let fits = |name: &str| fits(&pattern, &name.chars().collect::<Vec<_>>());
        let known = self.dns.iter().filter(|(name, _)| fits(name));
        known.flat_map(|(_, found)| found.clone()).collect()
    }

    /// The addresses of a cloud group.
    pub(super) fn cloud(&self, group: &Value) -> Vec<IpAddr> {
        let key = cloud_key(group);
        let known = self.cloud.iter().filter(|(known, _)| *known == key);
        known.flat_map(|(_, found)| found.clone()).collect()
    }
}

fn service<'a>(object: &Value, objects: impl Iterator<Item = &'a Value>) -> Service {
    let place = |object: &Value| {
        let namespace = object["metadata"]["namespace"].as_str();
        namespace.unwrap_or("default").to_string()
    };
    let (name, namespace) = (text(&object["metadata"]["name"]), place(object));
    let selected = map(&object["spec"]["selector"]);
    let target = if selected.is_empty() {
        let belongs = |slice: &&Value| {
            let labels = &slice["metadata"]["labels"];
            slice["kind"] == "EndpointSlice"
                && slice["addressType"] != "FQDN"
                && place(slice) == namespace
                && labels["kubernetes.io/service-name"] == *name
        };
        let endpoints = objects
            .filter(belongs)
            .flat_map(|it| list(&it["endpoints"]));
        let ready = endpoints.filter(|endpoint| endpoint["conditions"]["ready"] != false);
        let addresses = ready.flat_map(|endpoint| list(&endpoint["addresses"]));
        Target::Addresses(addresses.map(address).collect())
    } else {
        let mut pods = Selector::default();
        for (key, value) in &selected {
            pods.require("k8s", key, "In", &[value]);
        }
        pods.require("k8s", NAMESPACE, "In", &[&namespace]);
        Target::Pods(pods)
    };
    let labels = map(&object["metadata"]["labels"]);
    Service {
        labels: labels
            .iter()
            .map(|(key, value)| label("k8s", key, value))
            .collect(),
        name,
        namespace,
        target,
    }
}

fn group(object: &Value) -> Group {
    let labels = map(&object["metadata"]["labels"]);
    let labels = labels
        .iter()
        .map(|(key, value)| label("cidrgroup", key, value));
    let prefixes = list(&object["spec"]["externalCIDRs"]).iter();
    Group {
        name: text(&object["metadata"]["name"]),
        labels: labels.collect(),
        prefixes: prefixes.map(|prefix| Prefix::read(&text(prefix))).collect(),
    }
}

/// Lower case, without a last dot.
fn plain(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.strip_suffix('.').unwrap_or(&lower).to_string()
}

/// The text by which a resolution knows a cloud group: `aws labels=a=b;c=d ids=x,y names=z
/// region=r`, its lists sorted, what is absent left out.
fn cloud_key(group: &Value) -> String {
    let aws = &group["aws"];
    let labels = map(&aws["labels"]);
    let labels: Vec<_> = labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let sorted = |field: &str| {
        let mut texts: Vec<_> = list(&aws[field]).iter().map(text).collect();
        texts.sort();
        texts.join(",")
    };
    let parts = [
        ("labels", labels.join(";")),
        ("ids", sorted("securityGroupsIds")),
        ("names", sorted("securityGroupsNames")),
        (
            "region",
            aws["region"].as_str().unwrap_or_default().to_string(),
        ),
    ];
    let mut key = "aws".to_string();
    for (name, part) in parts.iter().filter(|(_, part)| !part.is_empty()) {
        key.push_str(&format!(" {name}={part}"));
    }
    key
}

/// Whether a DNS name fits a pattern: stars in a label are any characters but dots; two or more and
/// a dot at the start are one or more whole labels; stars alone are every name.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let stars = pattern
        .iter()
        .take_while(|character| **character == '*')
        .count();
    let after = pattern.get(stars..).unwrap_or_default();
    if stars > 0 && after.is_empty() {
        return true;
    }
    if let (2.., ['.', rest @ ..]) = (stars, after) {
        let mut dots = (1..name.len()).filter(|at| name.get(*at) == Some(&'.'));
        return dots.any(|at| fits_within_labels(rest, name.get(at + 1..).unwrap_or_default()));
    }
    fits_within_labels(pattern, name)
}

fn fits_within_labels(pattern: &[char], name: &[char]) -> bool {
    match (pattern, name) {
        ([], name) => name.is_empty(),
        (['*', rest @ ..], _) if fits_within_labels(rest, name) => true,
        (['*', ..], [character, after @ ..]) => {
            *character != '.' && fits_within_labels(pattern, after)
        }
        ([wanted, rest @ ..], [found, after @ ..]) => {
            wanted == found && fits_within_labels(rest, after)
        }
        _ => false,
    }
}

#[test]
fn stars_stay_within_a_label_unless_two_lead() {
    let cases = [
        ("*.cilium.io", "www.cilium.io", true),
        ("*.cilium.io", "a.b.cilium.io", false),
        ("*cilium.io", "cilium.io", true),
        ("*cilium.io", "subcilium.io", true),
        ("*cilium.io", "www.cilium.io", false),
        ("**.cilium.io", "a.b.cilium.io", true),
        ("**.cilium.io", "a.cilium.io", true),
        ("**.cilium.io", "cilium.io", false),
        ("*", "any.name.at.all", true),
        ("a*c.io", "abbc.io", true),
    ];
    for (pattern, name, expected) in cases {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let found = fits(&characters(pattern), &characters(name));
        assert_eq!(found, expected, "{pattern} {name}");
    }
}
