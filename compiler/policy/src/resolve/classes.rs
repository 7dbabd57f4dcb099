//! Signature (the selectors a pod matches, and what named ports mean in it) to class.
//!
//! Pods of one class cannot be told apart by any policy of the run, so a class is the security
//! identity. The number of classes depends on the policies, not on the number of pods.

use std::{collections::BTreeMap, net::IpAddr};

use rayon::prelude::*;
use ztc_diag::Sink;
use ztc_identity::{PodFacts, SelectorIndex};

use super::Networks;
use crate::{
    AnalyseOptions, Cluster, Model, errors,
    model::{CidrId, NamedPort, NamedPortId, PeerTerm, Peers, SelectorId},
};

/// Pods that no policy tells apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Class {
    /// The selectors that they match, ascending.
    pub selectors: Vec<SelectorId>,
    /// What the named ports that policies depend on stand for in them, ascending by name.
    pub ports: Vec<(NamedPortId, u16)>,
    /// The networks that their address is in, ascending. Classes that differ in nothing else have
    /// the same rows: only as peers are they told apart.
    pub networks: Vec<CidrId>,
    /// Indices of the endpoints in it, ascending; none for a class that only a pod to come has.
    pub members: Vec<u32>,
    /// The name of its first member, or `namespace/*`.
    pub example: String,
}

impl Class {
    /// What a named port stands for in this class.
    pub fn port(&self, name: NamedPortId) -> Option<u16> {
        let index = self
            .ports
            .binary_search_by_key(&name, |(named, _)| *named)
            .ok()?;
        self.ports.get(index).map(|(_, number)| *number)
    }
}

/// All classes, in an order that does not depend on the order of files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Classes {
    /// The classes.
    pub classes: Vec<Class>,
    /// The class of every endpoint of the cluster; `None` for a host-network pod.
    pub of_endpoint: Vec<Option<u32>>,
}

/// What makes pods subjects of the same rows.
type Base = (Vec<SelectorId>, Vec<(NamedPortId, u16)>);

impl Classes {
    /// The most classes that networks may make of the classes by label: beyond, an error.
    pub const MAX_BY_NETWORK: usize = 1_000_000;

    /// Classifies every endpoint, and for each namespace the pod that has no labels of its own.
    /// Where networks match pods, each class comes once for every set of networks that an address
    /// can be in, so that a pod to come has one whatever address it gets.
    pub fn new(
        model: &Model,
        cluster: &Cluster,
        networks: &Networks,
        options: &AnalyseOptions,
        sink: &mut Sink,
    ) -> Self {
        let index = SelectorIndex::new(&model.selectors);
        let signature = |labels: &_| -> Vec<SelectorId> {
            index.matching(labels).into_iter().map(SelectorId).collect()
        };
        let signatures: Vec<Vec<SelectorId>> =
            cluster.label_sets.par_iter().map(signature).collect();
        let bare: Vec<Base> = cluster
            .namespaces
            .par_iter()
            .map(|namespace| {
                let facts = PodFacts {
                    namespace: &namespace.name,
                    namespace_labels: &namespace.labels,
                    labels: &[],
                    service_account: "default",
                    cluster: &cluster.name,
                };
                let labels = facts.identity_labels(&options.labels);
                (signature(&labels), Vec::new())
            })
            .collect();

        let mut examples: BTreeMap<Base, String> = BTreeMap::new();
        let mut bases: Vec<Option<Base>> = Vec::with_capacity(cluster.endpoints.len());
        for endpoint in &cluster.endpoints {
            if endpoint.host_network {
                bases.push(None);
                continue;
            }
            let selectors = signatures
                .get(endpoint.label_set as usize)
                .cloned()
                .unwrap_or_default();
            let base = (selectors, ports(model, &endpoint.ports));
            examples
                .entry(base.clone())
                .or_insert_with(|| endpoint.name.clone());
            bases.push(Some(base));
        }
        for (base, namespace) in bare.into_iter().zip(&cluster.namespaces) {
            examples
                .entry(base)
                .or_insert_with(|| format!("{}/*", namespace.name));
        }
        let signatures = signatures_of(examples.len(), model, networks, sink);
        let is_ipv6 = is_ipv6(cluster);
        let mut classes = Self {
            classes: variants(examples, &signatures),
            of_endpoint: Vec::with_capacity(bases.len()),
        };
        for ((number, endpoint), base) in (0u32..).zip(&cluster.endpoints).zip(&bases) {
            let first = endpoint.addresses.first();
            let inside = match first {
                Some(address) => networks.containing(*address),
                None => networks.of_unknown(is_ipv6),
            };
            let place = base
                .as_ref()
                .and_then(|base| classes.place(&base.0, &base.1, &inside));
            let class = place.and_then(|place| classes.classes.get_mut(place as usize));
            if let Some(class) = class {
                class.members.push(number);
            }
            classes.of_endpoint.push(place);
        }
        classes
    }

    /// The class of pods that are as those of another class, but for the networks they are in.
    pub fn with_networks(&self, class: u32, networks: &[CidrId]) -> Option<u32> {
        let known = self.classes.get(class as usize)?;
        self.place(&known.selectors, &known.ports, networks)
    }

    fn place(
        &self,
        selectors: &[SelectorId],
        ports: &[(NamedPortId, u16)],
        networks: &[CidrId],
    ) -> Option<u32> {
        let wanted = (selectors, ports, networks);
        let key = |class: &Class| {
            let own = (&*class.selectors, &*class.ports, &*class.networks);
            own.cmp(&wanted)
        };
        let place = self.classes.binary_search_by(key).ok()?;
        u32::try_from(place).ok()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }
}

/// Whether a pod whose address is not known will have one of IPv6: if every known address is.
fn is_ipv6(cluster: &Cluster) -> bool {
    let pods = cluster.endpoints.iter().flat_map(|one| &one.addresses);
    let nodes = cluster.nodes.iter().flat_map(|one| &one.addresses);
    let mut known = pods.chain(nodes).peekable();
    known.peek().is_some() && known.all(IpAddr::is_ipv6)
}

/// The sets of networks that classes are made for: all of them, unless they are too many.
fn signatures_of(
    n_bases: usize,
    model: &Model,
    networks: &Networks,
    sink: &mut Sink,
) -> Vec<Vec<CidrId>> {
    let signatures = networks.signatures();
    let n_classes = signatures.len().saturating_mul(n_bases);
    if signatures.len() == 1 || n_classes <= Classes::MAX_BY_NETWORK {
        return signatures;
    }
    let mut peers = model.rules.iter().flat_map(|rule| match &rule.peers {
        Peers::All => &[][..],
        Peers::Terms(terms) => terms,
    });
    if let Some(first) = peers.find(|peer| matches!(peer.term, PeerTerm::Network(_))) {
        let limit = Classes::MAX_BY_NETWORK;
        sink.push(errors::too_many_networks(n_classes, limit, first.span));
    }
    vec![Vec::new()]
}

/// Every class for every set of networks, sorted by selectors, ports, networks.
fn variants(examples: BTreeMap<Base, String>, signatures: &[Vec<CidrId>]) -> Vec<Class> {
    let mut classes = Vec::with_capacity(examples.len() * signatures.len());
    for ((selectors, ports), example) in examples {
        classes.extend(signatures.iter().map(|networks| Class {
            selectors: selectors.clone(),
            ports: ports.clone(),
            networks: networks.clone(),
            members: Vec::new(),
            example: example.clone(),
        }));
    }
    classes
}

/// The named ports that some policy depends on.
fn ports(model: &Model, named: &[(NamedPort, u16)]) -> Vec<(NamedPortId, u16)> {
    let mut ports: Vec<(NamedPortId, u16)> = named
        .iter()
        .filter_map(|(port, number)| {
            let index = model.named_ports.binary_search(port).ok()?;
            Some((NamedPortId(u32::try_from(index).ok()?), *number))
        })
        .collect();
    ports.sort_unstable();
    ports
}
