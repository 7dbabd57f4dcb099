//! The two ends of a connection: names, addresses and entities to what a bundle knows of them.
//!
//! Must not judge anything.

use std::{collections::HashMap, net::IpAddr};

use ztc_abi::{Peer, PeerEntry};
use ztc_bundle::{AddressRecord, Bundle, EndpointRecord};

use crate::nearest::nearest;

/// Where an end sits on the network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End<'a> {
    /// A pod that policies apply to.
    Pod {
        /// Its class.
        class: u32,
        /// The node it runs on, empty when not known.
        node: &'a str,
    },
    /// A node or one of its host-network pods: no subject of policy.
    Node {
        /// The node's name, empty when not known.
        name: &'a str,
        /// What it is to pods of other nodes.
        remote: PeerEntry,
    },
    /// An address outside the cluster, or a reserved peer.
    Other(PeerEntry),
}

/// A name that leads nowhere.
#[derive(Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub(crate) enum NoSuchEnd {
    /// Nothing has this name.
    #[error("nothing is called `{text}`")]
    #[diagnostic(help("{help}"))]
    Unknown { text: String, help: String },

    /// Several workloads have this name.
    #[error("`{text}` is the name of {n} workloads")]
    #[diagnostic(help("say which: {names}"))]
    Ambiguous {
        text: String,
        n: usize,
        names: String,
    },

    /// An entity that is no end of a connection.
    #[error("`{text}` names many peers, and a connection has one at each end")]
    #[diagnostic(help("name a pod, an address, or one of {}", entity_names()))]
    NotOneEnd { text: String },
}

/// Entities that can be an end.
const ENTITIES: [(&str, Peer); 10] = [
    ("health", Peer::HEALTH),
    ("host", Peer::HOST),
    ("ingress", Peer::INGRESS),
    ("init", Peer::INIT),
    ("kube-apiserver", Peer::KUBE_APISERVER),
    ("remote-node", Peer::REMOTE_NODE),
    ("unmanaged", Peer::UNMANAGED),
    ("world", Peer::WORLD_IPV4),
    ("world-ipv4", Peer::WORLD_IPV4),
    ("world-ipv6", Peer::WORLD_IPV6),
];

/// Finds ends by name.
pub(crate) struct Ends<'a> {
    bundle: Bundle<'a>,
    /// Endpoints by full name and by `namespace/name`.
    by_name: HashMap<String, Vec<EndpointRecord>>,
    /// What a node of this name is to pods of other nodes.
    nodes: HashMap<&'a str, PeerEntry>,
}

impl<'a> Ends<'a> {
    /// Reads the endpoints of a bundle.
    pub(crate) fn new(bundle: Bundle<'a>) -> Self {
        let mut by_name: HashMap<String, Vec<EndpointRecord>> = HashMap::new();
        for endpoint in bundle.endpoints().iter() {
            let name = bundle.string(endpoint.name);
            let mut parts = name.split('/');
            if let (Some(namespace), Some(_), Some(short)) =
                (parts.next(), parts.next(), parts.next())
            {
                by_name
                    .entry(format!("{namespace}/{short}"))
                    .or_default()
                    .push(endpoint);
            }
            // A pod's full name is what templates are called in short; the pod is meant.
            by_name.insert(name.to_owned(), vec![endpoint]);
        }
        let nodes = bundle
            .addresses()
            .iter()
            .filter(|record| record.is_node == 1);
        let entry = |record: AddressRecord| (bundle.string(record.name), entry_of(&record));
        let nodes = nodes.map(entry).collect();
        Self {
            bundle,
            by_name,
            nodes,
        }
    }

    /// The end that a text names.
    pub(crate) fn find(&self, text: &str) -> Result<End<'a>, NoSuchEnd> {
        if let Some(entity) = text.strip_prefix("entity:") {
            return self.entity(entity).ok_or_else(|| unknown_entity(entity));
        }
        let address = text.strip_prefix("ip:").unwrap_or(text);
        if let Ok(address) = address.parse::<IpAddr>() {
            return Ok(self.at(address));
        }
        match self.by_name.get(text).map(Vec::as_slice) {
            Some(&[endpoint]) => Ok(self.endpoint(endpoint)),
            Some(several) => Err(NoSuchEnd::Ambiguous {
                text: text.into(),
                n: several.len(),
                names: self.names(several),
            }),
            None if is_entity(text) => self.entity(text).ok_or_else(|| unknown_entity(text)),
            None => Err(NoSuchEnd::Unknown {
                text: text.into(),
                help: self.advice(text),
            }),
        }
    }

    /// What a peer is to a subject that runs on a node (empty when not known), and whether that was
    /// a guess because a node is not known.
    pub(crate) fn seen_from(&self, node: &str, peer: End<'a>) -> (PeerEntry, bool) {
        match peer {
            End::Pod { class, .. } => (self.entry(Peer(class)), false),
            End::Other(entry) => (entry, false),
            End::Node { name, remote } => {
                if node.is_empty() || name.is_empty() {
                    (remote, true)
                } else if node == name {
                    (self.entry(Peer::HOST), false)
                } else {
                    (remote, false)
                }
            }
        }
    }

    fn names(&self, endpoints: &[EndpointRecord]) -> String {
        let names: Vec<_> = endpoints
            .iter()
            .map(|endpoint| self.bundle.string(endpoint.name))
            .collect();
        names.join(", ")
    }

    fn endpoint(&self, endpoint: EndpointRecord) -> End<'a> {
        let node = self.bundle.string(endpoint.node);
        if endpoint.class == 0 {
            End::Node {
                name: node,
                remote: self.remote_node(node),
            }
        } else {
            End::Pod {
                class: endpoint.class,
                node,
            }
        }
    }

    /// What a node is to pods of other nodes.
    fn remote_node(&self, node: &str) -> PeerEntry {
        self.nodes
            .get(node)
            .copied()
            .unwrap_or_else(|| self.entry(Peer::REMOTE_NODE))
    }

    fn at(&self, address: IpAddr) -> End<'a> {
        match self.bundle.address(address) {
            Some(record) if record.is_node == 1 => End::Node {
                name: self.bundle.string(record.name),
                remote: entry_of(&record),
            },
            Some(record) => End::Pod {
                class: record.peer,
                node: self.bundle.string(record.node),
            },
            None => End::Other(self.bundle.peer_of(address)),
        }
    }

    fn entity(&self, name: &str) -> Option<End<'a>> {
        let (_, peer) = ENTITIES.into_iter().find(|(known, _)| *known == name)?;
        Some(End::Other(self.entry(peer)))
    }

    fn entry(&self, peer: Peer) -> PeerEntry {
        // A bundle has every reserved peer; one that had not would be judged as any peer.
        let any = PeerEntry {
            peer: peer.0,
            group: Peer::ANY_INSIDE.0,
        };
        self.bundle.peer_entry(peer).unwrap_or(any)
    }

    /// The nearest name, or the forms that a name can have.
    fn advice(&self, text: &str) -> String {
        let endpoints = self.bundle.endpoints();
        let names = endpoints
            .iter()
            .map(|endpoint| self.bundle.string(endpoint.name));
        let candidates = names.chain(ENTITIES.into_iter().map(|(name, _)| name));
        match nearest(text, candidates) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "an end is namespace/pod, namespace/Kind/name, an address, or an entity such \
                     as `world` or `host`"
                .into(),
        }
    }
}

fn entity_names() -> String {
    ENTITIES.map(|(name, _)| name).join(", ")
}

fn is_entity(text: &str) -> bool {
    !text.contains('/') && (ENTITIES.iter().any(|(name, _)| *name == text) || is_many(text))
}

fn is_many(text: &str) -> bool {
    ["all", "cluster", "none"].contains(&text)
}

fn unknown_entity(text: &str) -> NoSuchEnd {
    if is_many(text) {
        return NoSuchEnd::NotOneEnd { text: text.into() };
    }
    let help = match nearest(text, ENTITIES.into_iter().map(|(name, _)| name)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("an entity is one of {}", entity_names()),
    };
    NoSuchEnd::Unknown {
        text: text.into(),
        help,
    }
}

fn entry_of(record: &AddressRecord) -> PeerEntry {
    PeerEntry {
        peer: record.peer,
        group: record.group,
    }
}
