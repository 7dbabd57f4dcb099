//! The oracle: a slow, independent interpreter of what policies mean (SEMANTICS.md).
//!
//! Shares no code with ztc, not even for labels or prefixes: it reads manifests as plain JSON
//! values. Must not be clever. Its one sentence: an ordered rule first; then deny beats allow, the
//! local host is let in, and default deny follows; where nothing isolates, an ordered rule last.

mod admin;
mod cilium;
mod cluster;
mod element;
mod filter;
mod judgement;
mod kubernetes;
mod labels;
mod names;
mod options;
mod party;
mod peers;
mod ports;
mod prefix;

use serde_json::Value;

pub(crate) use cluster::{Cluster, End, Pod};
pub(crate) use element::{Direction, Origin};
pub(crate) use judgement::{Judgement, Outcome};
pub(crate) use options::{Enforcement, Options};

use element::{Element, PeerTerm};
use judgement::judge;
use names::Names;
use prefix::Prefix;

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

/// A connection to judge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Connection {
    pub(crate) from: End,
    pub(crate) to: End,
    pub(crate) protocol: Protocol,
    /// The destination port, or the ICMP type.
    pub(crate) port: u16,
}

/// Which policies have a say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Say {
    /// All but the audited ones: what happens.
    Enforced,
    /// The audited ones too: what would happen.
    Shadow,
}

/// A cluster and its policies.
#[derive(Clone, Debug)]
pub(crate) struct Interpreter {
    pub(crate) cluster: Cluster,
    options: Options,
    /// In the order in which those with an order are asked.
    elements: Vec<Element>,
}

impl Interpreter {
    /// Reads Kubernetes objects under the default options. Kinds it does not know are as if they
    /// were not there.
    pub(crate) fn new<'a>(objects: impl IntoIterator<Item = &'a Value> + Clone) -> Self {
        Self::with_options(objects, &Options::default())
    }

    /// The same under other options.
    pub(crate) fn with_options<'a>(
        objects: impl IntoIterator<Item = &'a Value> + Clone,
        options: &Options,
    ) -> Self {
        let reading = Reading {
            options,
            names: &Names::new(objects.clone()),
        };
        let read = |object| elements(object, &reading);
        let mut elements: Vec<_> = objects.clone().into_iter().flat_map(read).collect();
        elements.sort_by(|a, b| a.tier.cmp(&b.tier));
        Self {
            cluster: Cluster::with_options(objects, options),
            options: options.clone(),
            elements,
        }
    }

    /// What the source's egress and the destination's ingress say.
    pub(crate) fn judge(
        &self,
        connection: &Connection,
        say: Say,
    ) -> (Judgement<'_>, Judgement<'_>) {
        let Connection { from, to, .. } = connection;
        (
            self.side(Direction::Egress, from, to, connection, say),
            self.side(Direction::Ingress, to, from, connection, say),
        )
    }

    fn side(
        &self,
        direction: Direction,
        subject: &End,
        peer: &End,
        connection: &Connection,
        say: Say,
    ) -> Judgement<'_> {
        let Some(subject) = self.cluster.subject(subject) else {
            return Judgement::none();
        };
        let party = self.cluster.party(peer, subject);
        // Under the option `never`, nothing is enforced, whatever is audited.
        let nothing_is = self.options.enforcement == Enforcement::Never;
        let has_a_say = |element: &&Element| {
            let is_audited = element.audited || self.options.audit_mode;
            !nothing_is
                && (say == Say::Shadow || !is_audited)
                && element.direction == direction
                && element.subject.matches(&subject.identity_labels)
        };
        let elements: Vec<&Element> = self.elements.iter().filter(has_a_say).collect();
        let speaks = |element: &Element| {
            element.matches(subject, &party, connection.protocol, connection.port)
        };
        let always = self.options.enforcement == Enforcement::Always
            && (say == Say::Shadow || !self.options.audit_mode);
        let comes_from_host = direction == Direction::Ingress && party.is_host();
        let local_host = comes_from_host && self.options.allow_localhost;
        judge(&elements, speaks, always, local_host)
    }
}

/// What the meaning of a policy depends on beside its own text.
struct Reading<'a> {
    options: &'a Options,
    names: &'a Names,
}

impl Reading<'_> {
    /// Addresses as Cilium's kinds and NetworkPolicy mean them (S7).
    fn cidr(&self, base: Prefix, except: Vec<Prefix>) -> PeerTerm {
        PeerTerm::Cidr {
            base,
            except,
            nodes_too: self.options.cidrs_match_nodes,
        }
    }

    /// Whether the policy is reported on and not enforced.
    fn is_audited(&self, object: &Value) -> bool {
        object["metadata"]["annotations"]["ztc.dev/enforcement"] == "audit"
    }
}

/// What one policy object says.
fn elements(object: &Value, reading: &Reading<'_>) -> Vec<Element> {
    match object["kind"].as_str() {
        Some("CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy") => {
            cilium::elements(object, reading)
        }
        Some("NetworkPolicy") => kubernetes::elements(object, reading),
        Some("ClusterNetworkPolicy" | "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy") => {
            admin::elements(object, reading)
        }
        _ => Vec::new(),
    }
}
