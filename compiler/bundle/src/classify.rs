//! Pods to classes, with what the bundle knows: the same signature, so the same class, as the
//! compiler gave. Must not know policies: only selectors and named ports.

use rustc_hash::FxHashMap;
use ztc_abi::{Peer, Protocol};
use ztc_identity::{LabelSet, Operator, PodFacts, Requirement, Selector, SelectorIndex};

use crate::{Bundle, RequirementRecord, SelectorRecord};

/// A named port of a pod: name, protocol, number, in the order of the pod's containers.
pub type ContainerPort<'a> = (&'a str, Protocol, u16);

/// What tells classes apart: the selectors that match, ascending, and what each named port stands
/// for, ascending by named port.
type ClassKey = (Vec<u32>, Vec<(u32, u32)>);

/// Classifies pods that the bundle may never have seen. Host-network pods are not pods here: they
/// are their node, and the caller must not ask.
///
/// Two pods have one class when they match the same selectors and give the same numbers to the
/// named ports that policies mention. A pod that gives one name and protocol two numbers stands
/// for the first in the order of its containers. Names are compared as written.
#[derive(Clone, Debug)]
pub struct Classifier {
    selectors: Vec<Selector>,
    named_ports: FxHashMap<(String, Protocol), u32>,
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
            ((selectors, ports), Peer(class.class))
        });
        Self {
            selectors: bundle.to_selectors(),
            named_ports: named_ports.collect(),
            class_by_key: classes.collect(),
        }
    }

    /// The class of a pod; [`Peer::UNCLASSIFIED`] when the bundle has none for it. Tries every
    /// selector: for many pods at a time take [`Self::batch`].
    pub fn classify(&self, facts: &PodFacts<'_>, ports: &[ContainerPort<'_>]) -> Peer {
        let labels = facts.identity_labels();
        let selectors = (0u32..).zip(&self.selectors);
        let matching = selectors.filter(|(_, selector)| selector.matches(&labels));
        self.class(matching.map(|(id, _)| id).collect(), ports)
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

    fn class(&self, selectors: Vec<u32>, ports: &[ContainerPort<'_>]) -> Peer {
        let named = ports.iter().filter_map(|&(name, protocol, number)| {
            let id = self.named_ports.get(&(name.to_owned(), protocol))?;
            Some((*id, u32::from(number)))
        });
        let mut ports: Vec<(u32, u32)> = named.collect();
        // Stable, so that of one name's numbers the first in container order stays.
        ports.sort_by_key(|(id, _)| *id);
        ports.dedup_by_key(|(id, _)| *id);
        let class = self.class_by_key.get(&(selectors, ports));
        class.copied().unwrap_or(Peer::UNCLASSIFIED)
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
    pub fn classify(&self, facts: &PodFacts<'_>, ports: &[ContainerPort<'_>]) -> Peer {
        self.classify_labels(&facts.identity_labels(), ports)
    }

    /// As [`Classifier::classify`], for labels that were put together already.
    pub fn classify_labels(&self, labels: &LabelSet, ports: &[ContainerPort<'_>]) -> Peer {
        self.classifier.class(self.index.matching(labels), ports)
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
