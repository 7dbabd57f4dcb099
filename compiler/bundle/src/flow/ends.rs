//! The two ends of a connection: names, addresses and entities to what a bundle knows of them.
//!
//! Must not judge anything.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
};

use rustc_hash::FxHashMap;
use ztc_abi::{Peer, PeerEntry};

use super::{NoSuchEnd, entities};
use crate::{
    Bundle, EndpointRecord, StringId,
    peers::{Peers, entry_of, own_entry_of},
};

/// Where an end sits on the network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End<'a> {
    /// A pod that policies apply to.
    Pod {
        /// Its class.
        class: u32,
        /// The node it runs on, empty when not known.
        node: &'a str,
        /// An address that stands for this class.
        address: Option<IpAddr>,
    },
    /// A node or one of its host-network pods: no subject of policy.
    Node {
        /// The node's name, empty when not known.
        name: &'a str,
        /// What it is to pods of other nodes.
        remote: PeerEntry,
        /// What it is to its own pods.
        own: PeerEntry,
        /// An address that stands for `remote`.
        address: Option<IpAddr>,
    },
    /// An address outside the cluster, or a reserved peer.
    Other {
        /// What it is to everybody.
        entry: PeerEntry,
        /// The address, if it was given by one.
        address: Option<IpAddr>,
    },
}

/// What a peer is to a subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seen {
    pub(super) entry: PeerEntry,
    /// An address for which the bundle gives this entry to everybody.
    pub(super) address: Option<IpAddr>,
    /// Whether it was a guess because a node is not known.
    pub(super) is_guess: bool,
}

/// Finds ends by name.
#[derive(Clone, Debug)]
pub struct Ends<'a> {
    bundle: Bundle<'a>,
    peers: Peers<'a>,
    /// Endpoints by full name and by `namespace/name`.
    by_name: HashMap<String, Vec<EndpointRecord>>,
    /// The endpoints that a workload runs, by its name.
    by_workload: BTreeMap<&'a str, Vec<EndpointRecord>>,
    /// The first address of a pod's name and class.
    pod_addresses: FxHashMap<(StringId, u32), IpAddr>,
    /// A node by its name.
    nodes: FxHashMap<StringId, End<'a>>,
}

impl<'a> Ends<'a> {
    /// Reads the endpoints and addresses of a bundle.
    pub fn new(bundle: &Bundle<'a>) -> Self {
        let mut by_name: HashMap<String, Vec<EndpointRecord>> = HashMap::new();
        for endpoint in bundle.endpoints().iter() {
            let mut parts = bundle.string(endpoint.name).split('/');
            let parts = (parts.next(), parts.next(), parts.next());
            if let (Some(namespace), Some(_), Some(short)) = parts {
                let short = format!("{namespace}/{short}");
                by_name.entry(short).or_default().push(endpoint);
            }
        }
        // A pod's full name may be what templates are called in short; the pod is meant.
        for endpoint in bundle.endpoints().iter() {
            by_name.insert(bundle.string(endpoint.name).to_owned(), vec![endpoint]);
        }
        let mut by_workload: BTreeMap<&str, Vec<EndpointRecord>> = BTreeMap::new();
        for (index, endpoint) in (0..).zip(bundle.endpoints().iter()) {
            if let Some(workload) = bundle.workload(index) {
                by_workload.entry(workload.name).or_default().push(endpoint);
            }
        }
        let mut pod_addresses = FxHashMap::default();
        let mut nodes = FxHashMap::default();
        for record in bundle.addresses().iter() {
            let address = Ipv6Addr::from(record.address).to_canonical();
            if record.is_node == 1 {
                nodes.entry(record.node).or_insert_with(|| End::Node {
                    name: bundle.string(record.node),
                    remote: entry_of(&record),
                    own: own_entry_of(&record),
                    address: Some(address),
                });
            } else {
                let pod = (record.name, record.peer);
                pod_addresses.entry(pod).or_insert(address);
            }
        }
        Self {
            bundle: *bundle,
            peers: Peers::new(bundle),
            by_name,
            by_workload,
            pod_addresses,
            nodes,
        }
    }

    /// The end that a text names.
    ///
    /// # Errors
    ///
    /// Text that names nothing, or more than one end.
    pub fn find(&self, text: &str) -> Result<End<'a>, NoSuchEnd> {
        if let Some(name) = text.strip_prefix("entity:") {
            return self.entity(name);
        }
        match self.by_name.get(text).map(Vec::as_slice) {
            Some(&[endpoint]) => return Ok(self.endpoint(endpoint)),
            Some(several) => {
                return Err(NoSuchEnd::Ambiguous {
                    text: text.into(),
                    names: self.full_names(several),
                });
            }
            None => {}
        }
        if let Some(pods) = self.by_workload.get(text) {
            return self.alike(pods).ok_or_else(|| NoSuchEnd::NotAlike {
                text: text.into(),
                pods: self.full_names(pods),
            });
        }
        let address = text.strip_prefix("ip:").unwrap_or(text);
        if let Ok(address) = address.parse::<IpAddr>() {
            return Ok(self.at(address));
        }
        if entities::is_known(text) {
            return self.entity(text);
        }
        Err(NoSuchEnd::Unknown {
            text: text.into(),
            is_entity: false,
        })
    }

    fn full_names(&self, endpoints: &[EndpointRecord]) -> Vec<String> {
        let names = endpoints.iter().map(|one| self.bundle.string(one.name));
        names.map(String::from).collect()
    }

    /// Every name that [`Self::find`] knows, but for short ones: endpoints in order, then what
    /// runs them, then entities.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let endpoints = self.bundle.endpoints().iter();
        let workloads = self.by_workload.keys().copied();
        endpoints
            .map(|endpoint| self.bundle.string(endpoint.name))
            .chain(workloads.filter(|name| !self.by_name.contains_key(*name)))
            .chain(entities::ONE.into_iter().map(|(name, _)| name))
    }

    /// What a peer is to a subject that runs on this node; the empty text when it is not known.
    pub(super) fn seen_from(&self, node: &str, peer: End<'a>) -> Seen {
        let certain = |entry, address| Seen {
            entry,
            address,
            is_guess: false,
        };
        match peer {
            End::Pod { class, address, .. } => certain(self.entry(Peer(class)), address),
            End::Other { entry, address } => certain(entry, address),
            End::Node {
                name,
                remote,
                own,
                address,
            } => {
                let is_guess = node.is_empty() || name.is_empty();
                if !is_guess && node == name {
                    return certain(own, None);
                }
                Seen {
                    entry: remote,
                    address,
                    is_guess,
                }
            }
        }
    }

    fn endpoint(&self, endpoint: EndpointRecord) -> End<'a> {
        let node = self.bundle.string(endpoint.node);
        let EndpointRecord { name, class, .. } = endpoint;
        if class != 0 {
            return End::Pod {
                class,
                node,
                address: self.pod_addresses.get(&(name, class)).copied(),
            };
        }
        let known = self.nodes.get(&endpoint.node).copied();
        known.unwrap_or_else(|| End::Node {
            name: node,
            remote: self.entry(Peer::REMOTE_NODE),
            own: self.entry(Peer::HOST),
            address: None,
        })
    }

    /// The end that all these pods are; `None` when one of them is treated as another is not. The
    /// node of pods that run on several is not known.
    fn alike(&self, pods: &[EndpointRecord]) -> Option<End<'a>> {
        let (first, rest) = pods.split_first()?;
        if rest.iter().any(|pod| pod.class != first.class) {
            return None;
        }
        let one_node = rest.iter().all(|pod| pod.node == first.node);
        match self.endpoint(*first) {
            End::Pod { class, node, .. } => {
                let address_of = |pod: &EndpointRecord| self.pod_addresses.get(&(pod.name, class));
                Some(End::Pod {
                    class,
                    node: if one_node { node } else { "" },
                    address: pods.iter().find_map(address_of).copied(),
                })
            }
            node => one_node.then_some(node),
        }
    }

    fn at(&self, address: IpAddr) -> End<'a> {
        match self.peers.address(address) {
            Some(record) if record.is_node == 1 => End::Node {
                name: self.bundle.string(record.node),
                remote: entry_of(&record),
                own: own_entry_of(&record),
                address: Some(address),
            },
            Some(record) => End::Pod {
                class: record.peer,
                node: self.bundle.string(record.node),
                address: Some(address),
            },
            None => End::Other {
                entry: self.peers.seen_from(address, ""),
                address: Some(address),
            },
        }
    }

    fn entity(&self, name: &str) -> Result<End<'a>, NoSuchEnd> {
        match entities::peer(name) {
            Some(peer) => Ok(End::Other {
                entry: self.entry(peer),
                address: None,
            }),
            None if entities::MANY.contains(&name) => {
                Err(NoSuchEnd::NotOneEnd { text: name.into() })
            }
            None => Err(NoSuchEnd::Unknown {
                text: name.into(),
                is_entity: true,
            }),
        }
    }

    fn entry(&self, peer: Peer) -> PeerEntry {
        // A bundle has every reserved peer; one that had not would be judged as any peer.
        let any = PeerEntry {
            peer: peer.0,
            group: Peer::ANY_INSIDE.0,
        };
        self.bundle.peer_entry(peer).unwrap_or(any)
    }
}
