//! Texts that name several parties at once: `shop{app=web}`, `shop/*`, `world`, `10.0.0.0/8`.
//!
//! Must not know what is asked about them.

mod find;
mod nobody;

use std::net::IpAddr;

use ztc_policy::cluster::Endpoint;
use ztc_reach::AddressRange;

pub(crate) use self::find::Finder;

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
    /// Every entity, and every node.
    Entities,
    /// What policies take for one of the entities that a node can be.
    Node(NodeEntity),
    /// Addresses outside the cluster.
    Prefix(AddressRange),
    /// Anything that has a name or an address.
    Named,
}

/// An entity that nodes are, whether policies tell these nodes apart or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum NodeEntity {
    /// The node that a pod runs on.
    Host,
    /// Every other node.
    RemoteNode,
    /// Wherever the API server runs, outside the cluster too, but for the node that a pod runs on:
    /// that may always reach its pods, API server or not.
    KubeApiserver,
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
pub(crate) const FORMS: &str = "write namespace/name, NAMESPACE{key=value} or *{key=value} for \
                                pods by their labels, NAMESPACE/* or cluster for all, an entity \
                                or entities for all, an address, a prefix, or world, world-ipv4, \
                                world-ipv6";

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
                "host" => Form::Node(NodeEntity::Host),
                "remote-node" => Form::Node(NodeEntity::RemoteNode),
                "kube-apiserver" => Form::Node(NodeEntity::KubeApiserver),
                "" => return Err(wrong("names nobody")),
                _ => Form::Named,
            }
        };
        Ok(Self {
            text: text.into(),
            form,
        })
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

/// The addresses that a selection names, if it names any by their numbers.
pub(crate) fn addresses(text: &str) -> Option<AddressRange> {
    let one = text.strip_prefix("ip:").unwrap_or(text).parse().ok();
    let one = one.map(|address| AddressRange {
        first: address,
        last: address,
    });
    one.or_else(|| prefix(text))
}

/// The addresses of a prefix.
fn prefix(text: &str) -> Option<AddressRange> {
    let (address, length) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    AddressRange::of_prefix(address, length.parse().ok()?)
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
