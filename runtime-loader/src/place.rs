//! Which class each endpoint is in under one bundle, and which interface is whose.
//!
//! Must not know maps or generations.

use ztc_abi::{Address, Peer, PeerEntry, Protocol};
use ztc_bundle::{Bundle, Classifier, ContainerPort};
use ztc_identity::PodFacts;

use crate::{
    endpoints::{Endpoint, EndpointsFile},
    errors::Failed,
};

/// An endpoint with everything that a slot must know of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placed {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The index of its interface.
    pub interface: u32,
    /// Its class as a subject, or [`Peer::UNCLASSIFIED`].
    pub class: u32,
    /// What each of its addresses is to others.
    pub peers: Vec<(Address, PeerEntry)>,
    /// The row that judges traffic to it.
    pub row_ingress: u32,
    /// The row that judges traffic from it.
    pub row_egress: u32,
    /// What audited policies would make of `row_ingress`; the same when they change nothing.
    pub shadow_ingress: u32,
    /// What audited policies would make of `row_egress`.
    pub shadow_egress: u32,
}

impl Placed {
    /// Whether the bundle has never seen a pod like it.
    pub const fn is_unclassified(&self) -> bool {
        self.class == Peer::UNCLASSIFIED.0
    }

    /// Whether audited policies would judge some of its traffic by another row.
    pub const fn is_audited(&self) -> bool {
        self.row_ingress != self.shadow_ingress || self.row_egress != self.shadow_egress
    }
}

/// Places every endpoint of a file. `index_of` finds an interface; the first that it does not find
/// is an error.
pub fn place(
    bundle: &Bundle<'_>,
    file: &EndpointsFile,
    index_of: impl Fn(&str) -> Option<u32>,
) -> Result<Vec<Placed>, Failed> {
    let classifier = Classifier::new(bundle);
    let batch = classifier.batch();
    let cluster = bundle.string(bundle.meta().cluster);
    let mut placed = Vec::with_capacity(file.endpoints.len());
    for endpoint in &file.endpoints {
        let interface = endpoint.interface.as_str();
        let index = index_of(interface).ok_or_else(|| Failed::NoSuchInterface {
            endpoint: endpoint.full_name(),
            interface: interface.into(),
        })?;
        let namespace = file.namespaces.get(&endpoint.namespace);
        let pairs = |labels: &std::collections::BTreeMap<String, String>| -> Vec<_> {
            labels.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        let facts = PodFacts {
            namespace: endpoint.namespace.as_str(),
            namespace_labels: &namespace.map(|n| pairs(&n.labels)).unwrap_or_default(),
            labels: &pairs(&endpoint.labels),
            service_account: endpoint.service_account.as_ref().map_or("", |a| a.as_str()),
            cluster,
        };
        let ports = named_ports(endpoint);
        let class = |address| batch.classify(&facts, &ports, address);
        let addresses = endpoint.addresses.iter();
        let peers: Vec<_> = addresses
            .map(|address| (address.wire(), class(Some(address.ip()))))
            .collect();
        placed.push(as_classes(bundle, endpoint, index, &peers, || class(None)));
    }
    Ok(placed)
}

fn named_ports(endpoint: &Endpoint) -> Vec<ContainerPort<'_>> {
    let ports = endpoint.ports.iter();
    let named = ports.filter_map(|port| {
        let name = port.name.as_deref()?;
        Some((name, Protocol::from(port.protocol), port.port.get()))
    });
    named.collect()
}

/// Classes by address differ in the networks that the address is in, which is nothing to a subject.
/// A pod with an address like none that the bundle knows is like no pod that it knows.
fn as_classes(
    bundle: &Bundle<'_>,
    endpoint: &Endpoint,
    interface: u32,
    peers: &[(Address, Peer)],
    without_address: impl Fn() -> Peer,
) -> Placed {
    let classes = peers.iter().map(|(_, class)| *class);
    let unclassified = classes.clone().find(|class| *class == Peer::UNCLASSIFIED);
    let class = unclassified
        .or_else(|| classes.clone().next())
        .unwrap_or_else(without_address);
    let record = bundle.classes().find(&class.0, |record| record.class);
    let record = record.unwrap_or_default();
    let entry = |peer| bundle.peer_entry(peer).unwrap_or_default();
    Placed {
        endpoint: endpoint.clone(),
        interface,
        class: class.0,
        peers: peers
            .iter()
            .map(|(address, peer)| (*address, entry(*peer)))
            .collect(),
        row_ingress: record.row_ingress,
        row_egress: record.row_egress,
        shadow_ingress: record.shadow_ingress,
        shadow_egress: record.shadow_egress,
    }
}
