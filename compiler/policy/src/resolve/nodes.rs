//! Nodes that some policy tells apart: by label, or by an address that a network is about.
//!
//! A node is two peers: one to its own pods, one to all others. Nodes that no policy tells apart
//! from the plain one stay the reserved peers they are.

use std::{collections::BTreeMap, net::IpAddr};

use ztc_identity::SelectorIndex;

use super::{Addresses, Networks};
use crate::{
    AnalyseOptions, Cluster, Model,
    cluster::Node,
    model::{CidrId, SelectorId},
};

/// Addresses of nodes that some policy tells from plain ones, and none from each other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NodeClass {
    /// Whether the API server runs there.
    pub kube_apiserver: bool,
    /// The selectors that match it, seen from elsewhere, ascending.
    pub remote_selectors: Vec<SelectorId>,
    /// The same, seen from its own pods.
    pub own_selectors: Vec<SelectorId>,
    /// The prefixes that match it, where the options let them match nodes; ascending.
    pub cidrs: Vec<CidrId>,
    /// The networks that its address is in, ascending.
    pub networks: Vec<CidrId>,
}

/// What an address of a node is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NodePeer {
    /// A node like any other; whether the API server runs on it.
    Plain(bool),
    /// Index in [`Nodes::classes`].
    Class(u32),
}

/// All nodes.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    /// The classes, sorted.
    pub classes: Vec<NodeClass>,
    /// For every class the name of its first node, and how many addresses are in it.
    pub members: Vec<(String, u32)>,
    by_address: BTreeMap<IpAddr, NodePeer>,
}

impl Nodes {
    /// Classifies every address of every node.
    pub fn new(
        model: &Model,
        cluster: &Cluster,
        addresses: &Addresses,
        networks: &Networks,
        options: &AnalyseOptions,
    ) -> Self {
        let index = SelectorIndex::new(&model.selectors);
        let signature = |node: &Node, is_own| -> Vec<SelectorId> {
            let matching = index.matching(&node.identity_labels(is_own, options));
            matching.into_iter().map(SelectorId).collect()
        };
        let class = |node: &Node| NodeClass {
            kube_apiserver: node.kube_apiserver,
            remote_selectors: signature(node, false),
            own_selectors: signature(node, true),
            cidrs: Vec::new(),
            networks: Vec::new(),
        };
        let plain = [false, true].map(|kube_apiserver| class(&Node::unknown(kube_apiserver)));
        let mut found: BTreeMap<NodeClass, (String, u32)> = BTreeMap::new();
        let mut of_address: BTreeMap<IpAddr, NodeClass> = BTreeMap::new();
        for node in &cluster.nodes {
            let by_labels = class(node);
            for address in &node.addresses {
                let mut class = by_labels.clone();
                class.networks = networks.containing(*address);
                if options.cidrs_match_nodes {
                    class.cidrs = addresses.at(*address).to_vec();
                }
                if !plain.contains(&class) {
                    let member = || (node.name.clone(), 0);
                    found.entry(class.clone()).or_insert_with(member).1 += 1;
                }
                of_address.entry(*address).or_insert(class);
            }
        }
        let (classes, members): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let peer = |class: &NodeClass| match classes.binary_search(class) {
            Ok(place) => NodePeer::Class(u32::try_from(place).unwrap_or(u32::MAX)),
            Err(_) => NodePeer::Plain(class.kube_apiserver),
        };
        let by_address = of_address
            .iter()
            .map(|(address, class)| (*address, peer(class)))
            .collect();
        Self {
            classes,
            members,
            by_address,
        }
    }

    /// What an address of a node is; a plain node for what is none.
    pub fn at(&self, address: IpAddr) -> NodePeer {
        let known = self.by_address.get(&address).copied();
        known.unwrap_or(NodePeer::Plain(false))
    }
}
