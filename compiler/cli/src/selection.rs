//! Texts that name several parties at once: `shop{app=web}`, `shop/*`, `world`, `10.0.0.0/8`.
//!
//! Must not know what is asked about them.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ztc_bundle::flow::{End, Ends};
use ztc_policy::cluster::Endpoint;
use ztc_reach::{AddressRange, Party, PartyId, PartyKind, Reach};

use crate::{compiled::Compiled, nearest::nearest};

/// A text that names parties.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Selection {
    /// As it was given.
    text: String,
    form: Form,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Form {
    /// Workloads of one namespace, or of all, whose pods have these labels.
    Labels(Option<String>, Vec<Requirement>),
    /// Every address outside the cluster, or those of one family: whether they are IPv6.
    World(Option<bool>),
    /// Every workload.
    Cluster,
    /// Every entity.
    Entities,
    /// Addresses outside the cluster.
    Prefix(AddressRange),
    /// Anything that has a name or an address.
    Named,
}

/// One requirement on the labels of a pod.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Requirement {
    Equals(String, String),
    Differs(String, String),
    Exists(String),
    Absent(String),
}

/// Text that names nobody.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{text}` {reason}")]
#[diagnostic(help("{help}"))]
pub(crate) struct NotASelection {
    /// What was given.
    pub(crate) text: String,
    /// What is wrong with it: the rest of a sentence that begins with the text.
    pub(crate) reason: String,
    /// What to do.
    pub(crate) help: String,
}

/// What can be written, for help texts.
const FORMS: &str = "write namespace/name, NAMESPACE{key=value} or *{key=value} for pods by their \
                     labels, NAMESPACE/* or cluster for all, an entity or entities for all, an \
                     address, a prefix, or world";

impl Selection {
    /// Reads a selection.
    pub(crate) fn parse(text: &str) -> Result<Self, NotASelection> {
        let wrong = |reason: &str| NotASelection {
            text: text.into(),
            reason: reason.into(),
            help: FORMS.into(),
        };
        let form = if let Some((namespace, rest)) = text.split_once('{') {
            let inner = rest.strip_suffix('}');
            let inner = inner.ok_or_else(|| wrong("has a `{` and does not end with `}`"))?;
            let namespace = scope(namespace).ok_or_else(|| wrong("begins with no namespace"))?;
            let words = inner
                .split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty());
            let requirements: Option<Vec<_>> = words.map(Requirement::parse).collect();
            let requirements = requirements.ok_or_else(|| {
                wrong("has something in braces that is none of key=value, key!=value, key, !key")
            })?;
            Form::Labels(namespace, requirements)
        } else if let Some(namespace) = text.strip_suffix("/*") {
            let namespace = scope(namespace).ok_or_else(|| wrong("begins with no namespace"))?;
            Form::Labels(namespace, Vec::new())
        } else if let Some(range) = prefix(text) {
            Form::Prefix(range)
        } else {
            match text.strip_prefix("entity:").unwrap_or(text) {
                "world" => Form::World(None),
                "world-ipv4" => Form::World(Some(false)),
                "world-ipv6" => Form::World(Some(true)),
                "cluster" => Form::Cluster,
                "entities" => Form::Entities,
                "" => return Err(wrong("names nobody")),
                _ => Form::Named,
            }
        };
        Ok(Self {
            text: text.into(),
            form,
        })
    }

    /// Everybody whom it names, ascending; at least one.
    pub(crate) fn find(
        &self,
        compiled: &Compiled,
        reach: &Reach<'_>,
    ) -> Result<Vec<PartyId>, NotASelection> {
        let of = |wanted: &dyn Fn(&Party) -> bool| -> Vec<PartyId> {
            let found = reach.numbered().filter(|(_, party)| wanted(party));
            found.map(|(id, _)| id).collect()
        };
        let is_workload = |party: &Party| party.kind == PartyKind::Workload;
        let found = match &self.form {
            Form::World(family) => of(&|party| {
                let mut ranges = party.ranges.iter();
                ranges.any(|range| family.is_none_or(|ipv6| range.first.is_ipv6() == ipv6))
            }),
            Form::Cluster => of(&is_workload),
            Form::Entities => of(&|party| party.kind == PartyKind::Entity),
            Form::Prefix(wanted) => of(&|party| {
                let mut ranges = party.ranges.iter();
                ranges.any(|range| range.common(wanted).is_some())
            }),
            Form::Labels(namespace, requirements) => {
                let is_meant = |endpoint: &Endpoint| {
                    let mut all = requirements.iter();
                    all.all(|requirement| requirement.holds(endpoint))
                };
                let endpoints = match &compiled.checked {
                    Some(checked) => checked.analysis.cluster.endpoints.as_slice(),
                    None if requirements.is_empty() => &[],
                    None => return Err(self.no_labels()),
                };
                of(&|party| {
                    let is_there = namespace.as_ref().is_none_or(|one| *one == party.namespace);
                    let mut pods = party.pods.iter();
                    is_workload(party)
                        && is_there
                        && (requirements.is_empty()
                            || pods.any(|pod| endpoints.get(*pod as usize).is_some_and(is_meant)))
                })
            }
            Form::Named => self.named(reach)?,
        };
        if found.is_empty() {
            return Err(NotASelection {
                text: self.text.clone(),
                reason: "matches nobody".into(),
                help: "check the namespace and the labels: what holds of nobody says nothing"
                    .into(),
            });
        }
        Ok(found)
    }

    fn no_labels(&self) -> NotASelection {
        NotASelection {
            text: self.text.clone(),
            reason: "asks for labels, which a bundle does not have".into(),
            help: "ask the manifests instead of the bundle, or name workloads".into(),
        }
    }

    /// A party, all parties of a workload, or whatever `ztc explain` takes for an end.
    fn named(&self, reach: &Reach<'_>) -> Result<Vec<PartyId>, NotASelection> {
        let text = self.text.as_str();
        let is_named = |party: &Party| {
            party.name == text
                || party.workload == text
                || is_short_for(text, &party.workload)
                || party.kind == PartyKind::Entity
                    && text.strip_prefix("entity:") == Some(&party.name)
        };
        let found = reach.numbered().filter(|(_, party)| is_named(party));
        let found: Vec<PartyId> = found.map(|(id, _)| id).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let bundle = *reach.bundle();
        let is_pod = |pod: &u32| {
            let endpoint = bundle.endpoints().get(*pod);
            endpoint.is_some_and(|endpoint| bundle.string(endpoint.name) == text)
        };
        let mut parties = reach.numbered();
        if let Some((id, _)) = parties.find(|(_, party)| party.pods.iter().any(is_pod)) {
            return Ok(vec![id]);
        }
        let end = Ends::new(&bundle).find(text);
        let peer = match end {
            Ok(End::Pod { class, .. }) => class,
            Ok(End::Node { remote, .. }) => remote.peer,
            Ok(End::Other { entry, .. }) => entry.peer,
            Err(reason) => return Err(self.nobody(reach, &reason)),
        };
        let address: Option<IpAddr> = text.strip_prefix("ip:").unwrap_or(text).parse().ok();
        let is_it = |party: &Party| {
            let has_address = address.is_none()
                || party.kind != PartyKind::Workload
                || party.pods.iter().any(|pod| owns(&bundle, *pod, address));
            party.entry.peer == peer && has_address
        };
        let found = reach.numbered().filter(|(_, party)| is_it(party));
        Ok(found.map(|(id, _)| id).collect())
    }

    fn nobody(&self, reach: &Reach<'_>, reason: &ztc_bundle::flow::NoSuchEnd) -> NotASelection {
        let names: BTreeSet<&str> = reach
            .parties()
            .iter()
            .map(|party| party.name.as_str())
            .collect();
        let near = nearest(&self.text, names.into_iter());
        NotASelection {
            text: self.text.clone(),
            reason: "names nobody".into(),
            help: match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{}; {FORMS}", reason.advice()),
            },
        }
    }
}

impl Requirement {
    fn parse(word: &str) -> Option<Self> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let key = |key: &str| -> Option<String> {
            let is_key = !key.is_empty() && key.chars().all(|c| is_part(c) || c == '/');
            is_key.then(|| key.to_owned())
        };
        let value = |value: &str| value.chars().all(is_part).then(|| value.to_owned());
        if let Some((name, wanted)) = word.split_once("!=") {
            return Some(Self::Differs(key(name)?, value(wanted)?));
        }
        if let Some((name, wanted)) = word.split_once('=') {
            let wanted = wanted.strip_prefix('=').unwrap_or(wanted);
            return Some(Self::Equals(key(name)?, value(wanted)?));
        }
        match word.strip_prefix('!') {
            Some(name) => Some(Self::Absent(key(name)?)),
            None => Some(Self::Exists(key(word)?)),
        }
    }

    /// Whether a pod's labels are so; as in Kubernetes, a label that is absent differs from all.
    fn holds(&self, endpoint: &Endpoint) -> bool {
        let value = |key: &str| {
            let mut labels = endpoint.labels.iter();
            let found = labels.find(|(name, _)| name == key);
            found.map(|(_, value)| value.as_str())
        };
        match self {
            Self::Equals(key, wanted) => value(key) == Some(wanted),
            Self::Differs(key, unwanted) => value(key) != Some(unwanted),
            Self::Exists(key) => value(key).is_some(),
            Self::Absent(key) => value(key).is_none(),
        }
    }
}

/// A namespace, or `*` for all of them.
fn scope(text: &str) -> Option<Option<String>> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match text {
        "*" => Some(None),
        "" => None,
        name => name.chars().all(is_name).then(|| Some(name.to_owned())),
    }
}

/// Whether `namespace/name` is short for `namespace/Kind/name`.
fn is_short_for(text: &str, workload: &str) -> bool {
    let mut parts = workload.split('/');
    let parts = (parts.next(), parts.next(), parts.next());
    let (Some(namespace), Some(_), Some(name)) = parts else {
        return false;
    };
    text.split_once('/') == Some((namespace, name))
}

fn owns(bundle: &ztc_bundle::Bundle<'_>, pod: u32, address: Option<IpAddr>) -> bool {
    let record = address.and_then(|address| bundle.address(address));
    let endpoint = bundle.endpoints().get(pod);
    record
        .zip(endpoint)
        .is_some_and(|(one, other)| one.name == other.name)
}

/// The addresses of a prefix.
fn prefix(text: &str) -> Option<AddressRange> {
    let (address, length) = text.split_once('/')?;
    let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
    let (first, last): (IpAddr, IpAddr) = match address {
        IpAddr::V4(v4) if length <= 32 => {
            let host = u32::MAX.checked_shr(length).unwrap_or(0);
            let bits = v4.to_bits();
            let ends = [bits & !host, bits | host].map(Ipv4Addr::from_bits);
            let [first, last] = ends.map(IpAddr::from);
            (first, last)
        }
        IpAddr::V6(v6) if length <= 128 => {
            let host = u128::MAX.checked_shr(length).unwrap_or(0);
            let bits = v6.to_bits();
            let ends = [bits & !host, bits | host].map(Ipv6Addr::from_bits);
            let [first, last] = ends.map(IpAddr::from);
            (first, last)
        }
        IpAddr::V4(_) | IpAddr::V6(_) => return None,
    };
    Some(AddressRange { first, last })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form {
        Selection::parse(text).expect("a selection").form
    }

    #[test]
    fn braces_select_pods_of_a_namespace_or_of_all_by_their_labels() {
        let wanted = vec![
            Requirement::Equals("app.kubernetes.io/name".into(), "web".into()),
            Requirement::Differs("tier".into(), "front".into()),
            Requirement::Exists("canary".into()),
            Requirement::Absent("old".into()),
        ];
        let found = form("shop{app.kubernetes.io/name=web, tier!=front, canary, !old}");
        assert_eq!(found, Form::Labels(Some("shop".into()), wanted));
        let of_all = vec![Requirement::Equals("app".into(), "web".into())];
        assert_eq!(form("*{app==web}"), Form::Labels(None, of_all));
        assert_eq!(form("shop/*"), Form::Labels(Some("shop".into()), vec![]));
    }

    #[test]
    fn a_family_is_all_of_its_addresses_and_not_what_policies_leave_of_them() {
        assert_eq!(form("world"), Form::World(None));
        assert_eq!(form("world-ipv4"), Form::World(Some(false)));
        assert_eq!(form("entity:world-ipv6"), Form::World(Some(true)));
    }

    #[test]
    fn a_prefix_is_its_addresses() {
        let range = |first: &str, last: &str| {
            Form::Prefix(AddressRange {
                first: first.parse().expect("an address"),
                last: last.parse().expect("an address"),
            })
        };
        assert_eq!(form("10.1.2.3/8"), range("10.0.0.0", "10.255.255.255"));
        assert_eq!(form("0.0.0.0/0"), range("0.0.0.0", "255.255.255.255"));
        assert_eq!(form("192.0.2.7/32"), range("192.0.2.7", "192.0.2.7"));
        assert_eq!(form("2001:db8::1/127"), range("2001:db8::", "2001:db8::1"));
        assert_eq!(form("2001:db8::1/128"), range("2001:db8::1", "2001:db8::1"));
        assert_eq!(form("10.0.0.0/33"), Form::Named);
    }

    #[test]
    fn what_is_no_selection_is_refused() {
        for wrong in [
            "",
            "{app=web}",
            "Shop{app=web}",
            "shop{app=web",
            "shop{=web}",
            "shop{a b}",
            "/*",
        ] {
            assert!(Selection::parse(wrong).is_err(), "{wrong}");
        }
    }
}
