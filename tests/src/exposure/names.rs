//! Pods with named ports: those that are listed, and those that random ones have.
//!
//! Must not know what is permitted.

use serde_json::{Value, json};
use ztc_abi::Protocol;
use ztc_policy::{
    Model,
    model::{self, Action, PortTerm},
};
use ztc_reach::PortSet;

use super::{Pods, like, listed_object};

/// A listed pod with ports that are named as is listed, and who may open one of them.
pub(super) struct NamedPod {
    pub(super) object: Value,
    pub(super) other: String,
    pub(super) port: String,
}

/// What policies say of ports.
pub(super) struct Ports<'a> {
    names: Vec<(&'a str, &'static str)>,
    /// Numbers where a range begins or ends, and beside these.
    numbers: Vec<u16>,
    /// A number that no rule names.
    free: Option<u16>,
    /// Whether some rule denies a port by its name.
    pub(super) is_denied: bool,
}

impl<'a> Ports<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let mut ports = Self {
            names: Vec::new(),
            numbers: vec![4242],
            free: None,
            is_denied: false,
        };
        let names = model.named_ports.iter();
        ports.names = names
            .map(|port| (&*port.name, port.protocol.name()))
            .collect();
        let mut ranges = Vec::new();
        for rule in &model.rules {
            let model::Ports::Terms(terms) = &rule.ports else {
                continue;
            };
            for (term, _) in terms {
                match term {
                    PortTerm::Named(_) => ports.is_denied |= rule.action == Action::Deny,
                    PortTerm::Range(_, first, last) => ranges.push((*first, *last)),
                    PortTerm::Whole(_) => {}
                }
            }
        }
        for (first, last) in &ranges {
            let around = [
                *first,
                *last,
                last.saturating_add(1),
                first.saturating_sub(1),
            ];
            ports
                .numbers
                .extend(around.into_iter().filter(|port| *port > 0));
        }
        ranges.retain(|(first, last)| *first > 1 || *last < u16::MAX);
        let is_free = |port: &u16| !ranges.iter().any(|(a, b)| (a..=b).contains(&port));
        ports.free = (1..=u16::MAX).rev().find(is_free);
        ports
    }

    /// Ports of a container, each name of a protocol once.
    pub(super) fn random(&self, rng: &mut fastrand::Rng) -> Vec<Value> {
        let density = rng.f64();
        let names = self.names.iter().filter(|_| rng.f64() < density);
        let names: Vec<_> = names.collect();
        let mut last = 4242;
        let port = |(name, protocol): &(&str, &str)| {
            if rng.bool() {
                last = *rng.choice(&self.numbers).expect("there is one");
            }
            json!({"name": name, "containerPort": last, "protocol": protocol})
        };
        names.into_iter().map(port).collect()
    }
}

/// For everybody of each line about named ports a pod that has them.
pub(super) fn named(namespace: &str, listed: &[Value], ports: &Ports<'_>) -> Vec<NamedPod> {
    let mut pods = Vec::new();
    for pod in listed {
        assert!(
            named_ports(pod, "reaches").is_empty(),
            "its own ports are no reason"
        );
        for (other, named) in named_ports(pod, "reached_by") {
            let number = named["first"].as_u64();
            let Some(number) = number.or(ports.free.map(u64::from)) else {
                continue;
            };
            let name = format!("named-{}", pods.len());
            let mut object = listed_object(namespace, &name, pod);
            let names = named["names"].as_array().expect("an array").iter();
            let protocol = &named["protocol"];
            let port =
                |name: &Value| json!({"name": name, "containerPort": number, "protocol": protocol});
            object["spec"]["containers"][0]["ports"] = names.map(port).collect();
            let protocol = protocol.as_str().expect("a protocol");
            pods.push(NamedPod {
                object,
                other,
                port: format!("{number}/{protocol}"),
            });
        }
    }
    pods
}

/// The named ports that are listed of a pod in one way, with the other end.
fn named_ports(pod: &Value, way: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for alike in pod[way].as_array().expect("an array") {
        let named = alike["named_ports"].as_array().into_iter().flatten();
        for (named, other) in named.flat_map(|one| {
            alike["parties"]
                .as_array()
                .expect("an array")
                .iter()
                .map(move |other| (one, other))
        }) {
            found.push((other.as_str().expect("a name").to_owned(), named.clone()));
        }
    }
    found
}

impl Pods {
    /// Whether it is listed that somebody may open these ports of some pod of the namespace, if
    /// they are named as a random pod names them.
    pub(super) fn are_listed_by_name(&self, random: &Value, other: &str, ports: &PortSet) -> bool {
        let mut ranges = ports.ranges().iter();
        ranges.all(|range| {
            let mut ports = range.first..=range.last;
            ports.all(|port| self.is_listed_by_name(random, other, (range.protocol(), port)))
        })
    }

    fn is_listed_by_name(
        &self,
        random: &Value,
        other: &str,
        (protocol, port): (Protocol, u16),
    ) -> bool {
        let own = random["spec"]["containers"][0]["ports"].as_array();
        let is_own = |name: &Value| {
            own.into_iter().flatten().any(|one| {
                one["name"] == *name
                    && one["containerPort"] == port
                    && one["protocol"] == protocol.name()
            })
        };
        let listed = self
            .listed
            .iter()
            .flat_map(|pod| named_ports(pod, "reached_by"));
        let mut listed = listed.filter(|(name, _)| name == other || name == like(other));
        listed.any(|(_, named)| {
            let bound = |field: &str, otherwise| named[field].as_u64().unwrap_or(otherwise);
            let numbers = bound("first", 0)..=bound("last", u64::from(u16::MAX));
            named["protocol"] == protocol.name()
                && numbers.contains(&u64::from(port))
                && named["names"]
                    .as_array()
                    .expect("an array")
                    .iter()
                    .all(is_own)
        })
    }
}
