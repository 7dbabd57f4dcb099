//! Signature (the selectors a pod matches, and what named ports mean in it) to class.
//!
//! Pods of one class cannot be told apart by any policy of the run, so a class is the security
//! identity. The number of classes depends on the policies, not on the number of pods.

use std::collections::BTreeMap;

use rayon::prelude::*;
use ztc_identity::{PodFacts, SelectorIndex};

use crate::{
    Cluster, Model,
    model::{NamedPort, NamedPortId, SelectorId},
};

/// Pods that no policy tells apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Class {
    /// The selectors that they match, ascending.
    pub selectors: Vec<SelectorId>,
    /// What the named ports that policies depend on stand for in them, ascending by name.
    pub ports: Vec<(NamedPortId, u16)>,
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

type Key = (Vec<SelectorId>, Vec<(NamedPortId, u16)>);

impl Classes {
    /// Classifies every endpoint, and for each namespace the pod that has no labels of its own.
    pub fn new(model: &Model, cluster: &Cluster) -> Self {
        let index = SelectorIndex::new(&model.selectors);
        let signature = |labels: &_| -> Vec<SelectorId> {
            index.matching(labels).into_iter().map(SelectorId).collect()
        };
        let signatures: Vec<Vec<SelectorId>> =
            cluster.label_sets.par_iter().map(signature).collect();
        let bare: Vec<Key> = cluster
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
                (signature(&facts.identity_labels()), Vec::new())
            })
            .collect();

        let mut by_key: BTreeMap<Key, Class> = BTreeMap::new();
        let mut keys: Vec<Option<Key>> = Vec::with_capacity(cluster.endpoints.len());
        for (number, endpoint) in (0u32..).zip(&cluster.endpoints) {
            if endpoint.host_network {
                keys.push(None);
                continue;
            }
            let selectors = signatures
                .get(endpoint.label_set as usize)
                .cloned()
                .unwrap_or_default();
            let key = (selectors, ports(model, &endpoint.ports));
            by_key
                .entry(key.clone())
                .or_insert_with(|| class(&key, &endpoint.name))
                .members
                .push(number);
            keys.push(Some(key));
        }
        for (key, namespace) in bare.iter().zip(&cluster.namespaces) {
            by_key
                .entry(key.clone())
                .or_insert_with(|| class(key, &format!("{}/*", namespace.name)));
        }
        let numbers: BTreeMap<&Key, u32> = by_key.keys().zip(0u32..).collect();
        let of_endpoint = keys
            .iter()
            .map(|key| key.as_ref().and_then(|key| numbers.get(key).copied()))
            .collect();
        Self {
            of_endpoint,
            classes: by_key.into_values().collect(),
        }
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

fn class(key: &Key, example: &str) -> Class {
    Class {
        selectors: key.0.clone(),
        ports: key.1.clone(),
        members: Vec::new(),
        example: example.into(),
    }
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
