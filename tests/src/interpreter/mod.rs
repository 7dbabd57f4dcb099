//! The oracle: a slow, independent interpreter of what policies mean (SEMANTICS.md).
//!
//! Shares no code with ztc, not even for labels or prefixes: it reads manifests as plain JSON
//! values. Must not be clever. Its one sentence: deny beats allow, then the local host is let in,
//! then default deny.

mod cilium;
mod cluster;
mod element;
mod kubernetes;
mod labels;
pub(crate) mod language;
mod prefix;

use serde_json::Value;

pub(crate) use cluster::{Cluster, End, Pod};
pub(crate) use element::{Action, Direction, Element, Origin};

/// A transport protocol as packets have it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
    Sctp,
    Icmp,
    Icmpv6,
    /// Anything else, such as GRE.
    Other,
}

/// What one side says of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Allow,
    Deny,
    /// This end is no subject of policy.
    NotApplicable,
}

impl Outcome {
    /// As the conformance cases write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::NotApplicable => "n/a",
        }
    }
}

/// What one side says, and everything that speaks for it.
#[derive(Clone, Debug)]
pub(crate) struct Judgement<'a> {
    pub(crate) outcome: Outcome,
    /// Allow elements that match.
    pub(crate) allows: Vec<&'a Origin>,
    /// Deny elements that match.
    pub(crate) denies: Vec<&'a Origin>,
    /// Elements that put the subject into default deny.
    pub(crate) isolates: Vec<&'a Origin>,
    /// Whether the peer is the subject's own node, asking to come in.
    pub(crate) local_host: bool,
}

/// A connection to judge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Connection {
    pub(crate) from: End,
    pub(crate) to: End,
    pub(crate) protocol: Protocol,
    /// The destination port, or the ICMP type.
    pub(crate) port: u16,
}

/// A cluster and its policies.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter {
    pub(crate) cluster: Cluster,
    elements: Vec<Element>,
}

impl Interpreter {
    /// Reads Kubernetes objects. Kinds it does not know, and policies outside the core language,
    /// are as if they were not there.
    pub(crate) fn new<'a>(objects: impl IntoIterator<Item = &'a Value> + Clone) -> Self {
        let elements = objects.clone().into_iter().flat_map(elements).collect();
        Self {
            cluster: Cluster::new(objects),
            elements,
        }
    }

    /// What the source's egress and the destination's ingress say.
    pub(crate) fn judge(&self, connection: &Connection) -> (Judgement<'_>, Judgement<'_>) {
        let Connection { from, to, .. } = connection;
        (
            self.side(Direction::Egress, from, to, connection),
            self.side(Direction::Ingress, to, from, connection),
        )
    }

    fn side(
        &self,
        direction: Direction,
        subject: &End,
        peer: &End,
        connection: &Connection,
    ) -> Judgement<'_> {
        let mut judgement = Judgement {
            outcome: Outcome::NotApplicable,
            allows: Vec::new(),
            denies: Vec::new(),
            isolates: Vec::new(),
            local_host: false,
        };
        let Some(subject) = self.cluster.subject(subject) else {
            return judgement;
        };
        let party = self.cluster.party(peer, subject);
        for element in &self.elements {
            if element.direction != direction || !element.subject.matches(&subject.identity_labels)
            {
                continue;
            }
            if element.isolates {
                judgement.isolates.push(&element.origin);
            }
            if element.matches(subject, &party, connection.protocol, connection.port) {
                match element.action {
                    Action::Allow => judgement.allows.push(&element.origin),
                    Action::Deny => judgement.denies.push(&element.origin),
                }
            }
        }
        judgement.local_host = direction == Direction::Ingress && party.is_host();
        let allowed = judgement.denies.is_empty()
            && (!judgement.allows.is_empty()
                || judgement.local_host
                || judgement.isolates.is_empty());
        judgement.outcome = if allowed {
            Outcome::Allow
        } else {
            Outcome::Deny
        };
        judgement
    }
}

/// What one policy object says; nothing when it is outside the language.
fn elements(object: &Value) -> Vec<Element> {
    if language::outside_core(object).is_some() {
        return Vec::new();
    }
    match object["kind"].as_str() {
        Some("CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy") => cilium::elements(object),
        Some("NetworkPolicy") => kubernetes::elements(object),
        _ => Vec::new(),
    }
}

/// The pods that a policy object applies to.
pub(crate) fn subjects<'a>(object: &Value, cluster: &'a Cluster) -> Vec<&'a Pod> {
    let selectors = match object["kind"].as_str() {
        Some("NetworkPolicy") => vec![kubernetes::subject(object)],
        _ => cilium::subjects(object),
    };
    let applies = |pod: &&Pod| {
        let mut selectors = selectors.iter();
        !pod.host_network && selectors.any(|selector| selector.matches(&pod.identity_labels))
    };
    cluster.pods.iter().filter(applies).collect()
}
