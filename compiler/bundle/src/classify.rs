//! Pods to classes, with what the bundle knows: the same signature, so the same class, as the
//! compiler gave. Must not know policies: only selectors, named ports and networks.

use std::net::IpAddr;

use rustc_hash::FxHashMap;
use ztc_abi::{Peer, Protocol};
use ztc_identity::{
    LabelFilter, LabelSet, Operator, PodFacts, Requirement, Selector, SelectorIndex,
};

use crate::{
    Bundle, NetworkRecord, RequirementRecord, SelectorRecord, peers::prefix_bytes, prefix,
};

/// A named port of a pod: name, protocol, number, in the order of the pod's containers.
pub type ContainerPort<'a> = (&'a str, Protocol, u16);

/// What tells classes apart: the selectors that match, ascending, what each named port stands for,
/// ascending by named port, and the networks that the address is in, ascending.
type ClassKey = (Vec<u32>, Vec<(u32, u32)>, Vec<u32>);

/// Classifies pods that the bundle may never have seen. Host-network pods are not pods here: they
/// are their node, and the caller must not ask.
///
/// Two pods have one class when they match the same selectors, give the same numbers to the
/// named ports that policies mention, and have addresses in the same networks that policies
/// mention. A pod that gives one name and protocol two numbers stands for the first in the order
/// of its containers. Names are compared as written. Addresses matter to a pod as a peer only: as
/// a subject it has the same rows with any of its addresses, or with none.
#[derive(Clone, Debug)]
pub struct Classifier {
    filter: LabelFilter,
    selectors: Vec<Selector>,
    named_ports: FxHashMap<(String, Protocol), u32>,
    networks: Vec<NetworkRecord>,
    class_by_key: FxHashMap<ClassKey, Peer>,
}

impl Classifier {
    /// Rebuilds the canonical selectors of a bundle.
    pub fn new(bundle: &Bundle<'_>) -> Self {
        let named_ports = (0u32..).zip(bundle.named_ports().iter());
        let named_ports = named_ports.filter_map(|(id, record)| {
            let protocol = Protocol::from_index(u8::try_from(record.protocol).ok()?)?;
            Some(((bundle.string(record.name).to_owned(), protocol), id))
        });
        let classes = bundle.classes().iter().map(|class| {
            let selectors = bundle
                .signatures()
                .range(class.first_selector, class.n_selectors);
            let ports = bundle.class_ports().range(class.first_port, class.n_ports);
            let selectors = selectors.iter().map(|record| record.selector).collect();
            let ports = ports
                .iter()
                .map(|record| (record.named_port, record.port))
                .collect();
            let networks = bundle
                .class_networks()
                .range(class.first_network, class.n_networks);
            let networks = networks.iter().map(|record| record.network).collect();
            ((selectors, ports, networks), Peer(class.class))
        });
        Self {
            // A bundle that was parsed has a filter that can be.
            filter: LabelFilter::parse(bundle.string(bundle.meta().labels)).unwrap_or_default(),
            selectors: bundle.to_selectors(),
            named_ports: named_ports.collect(),
            networks: bundle.networks().iter().collect(),
            class_by_key: classes.collect(),
        }
    }

    /// The class of a pod with this address; [`Peer::UNCLASSIFIED`] when the bundle has none for
    /// it. Without an address it is the class outside all networks. Tries every selector: for many
    /// pods at a time take [`Self::batch`].
    pub fn classify(
        &self,
        facts: &PodFacts<'_>,
        ports: &[ContainerPort<'_>],
        address: Option<IpAddr>,
    ) -> Peer {
        let labels = facts.identity_labels(&self.filter);
        let selectors = (0u32..).zip(&self.selectors);
        let matching = selectors.filter(|(_, selector)| selector.matches(&labels));
        self.class(matching.map(|(id, _)| id).collect(), ports, address)
    }

    /// For many pods: an index over the selectors, built once.
    pub fn batch(&self) -> Batch<'_> {
        Batch {
            classifier: self,
            index: SelectorIndex::new(&self.selectors),
        }
    }

    /// The canonical selectors; positions are their ids.
    pub fn selectors(&self) -> &[Selector] {
        &self.selectors
    }

    /// Whether any class depends on what this named port stands for.
    pub fn knows_port(&self, name: &str, protocol: Protocol) -> bool {
        self.named_ports.contains_key(&(name.to_owned(), protocol))
    }

    /// Which labels of a pod count.
    pub fn filter(&self) -> &LabelFilter {
        &self.filter
    }

    fn class(
        &self,
        selectors: Vec<u32>,
        ports: &[ContainerPort<'_>],
        address: Option<IpAddr>,
    ) -> Peer {
        let named = ports.iter().filter_map(|&(name, protocol, number)| {
            let id = self.named_ports.get(&(name.to_owned(), protocol))?;
            Some((*id, u32::from(number)))
        });
        let mut ports: Vec<(u32, u32)> = named.collect();
        // Stable, so that of one name's numbers the first in container order stays.
        ports.sort_by_key(|(id, _)| *id);
        ports.dedup_by_key(|(id, _)| *id);
        let networks = address.map_or_else(Vec::new, |address| self.networks_of(address));
        let class = self.class_by_key.get(&(selectors, ports, networks));
        class.copied().unwrap_or(Peer::UNCLASSIFIED)
    }

    fn networks_of(&self, address: IpAddr) -> Vec<u32> {
        let (family, _, bytes) = prefix_bytes(address);
        let networks = (0u32..).zip(&self.networks);
        networks
            .filter(|(_, network)| network.family == family)
            .filter(|(_, network)| prefix::mask(bytes, network.length) == network.address)
            .map(|(id, _)| id)
            .collect()
    }
}

/// A [`Classifier`] with an index over its selectors.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    classifier: &'a Classifier,
    index: SelectorIndex<'a>,
}

impl Batch<'_> {
    /// As [`Classifier::classify`].
    pub fn classify(
        &self,
        facts: &PodFacts<'_>,
        ports: &[ContainerPort<'_>],
        address: Option<IpAddr>,
    ) -> Peer {
        let labels = facts.identity_labels(&self.classifier.filter);
        self.classify_labels(&labels, ports, address)
    }

    /// As [`Classifier::classify`], for labels that were put together already, with
    /// [`Classifier::filter`].
    pub fn classify_labels(
        &self,
        labels: &LabelSet,
        ports: &[ContainerPort<'_>],
        address: Option<IpAddr>,
    ) -> Peer {
        let selectors = self.index.matching(labels);
        self.classifier.class(selectors, ports, address)
    }
}

impl Bundle<'_> {
    /// The canonical selectors; positions are their ids.
    pub fn to_selectors(&self) -> Vec<Selector> {
        self.selectors()
            .iter()
            .map(|record| self.selector(&record))
            .collect()
    }

    /// One selector.
    pub fn selector(&self, record: &SelectorRecord) -> Selector {
        let requirements = self.requirements();
        let requirements = requirements.range(record.first_requirement, record.n_requirements);
        Selector::new(
            requirements
                .iter()
                .filter_map(|r| self.requirement(&r))
                .collect(),
        )
    }

    fn requirement(&self, record: &RequirementRecord) -> Option<Requirement> {
        let values = self.values().range(record.first_value, record.n_values);
        let values = values
            .iter()
            .map(|value| self.string(value.text).to_owned());
        let operator = Operator::from_number(record.operator)?;
        let (source, key) = (self.string(record.source), self.string(record.key));
        Some(Requirement::new(source, key, operator, values.collect()))
    }
}
