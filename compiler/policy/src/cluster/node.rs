//! A node, and what selectors see of it.

use std::net::IpAddr;

use ztc_identity::{
    Label, LabelSet,
    labels::{CLUSTER, RESERVED},
};

use crate::AnalyseOptions;

/// Source of the labels by which the network-policy API selects nodes, whatever Cilium's options
/// are; also the key of the label that every node has of it.
pub(crate) const API_NODE: &str = "ztc-node";
/// What the keys of such labels begin with: no key that anyone can write has a space.
pub(crate) const API_NODE_PREFIX: &str = "ztc-node:node ";

/// The key of a node's label as the network-policy API sees it.
pub(crate) fn api_node_key(key: &str) -> String {
    format!("node {key}")
}

/// A node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its labels, sorted by key.
    pub labels: Vec<(String, String)>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether the API server runs on it.
    pub kube_apiserver: bool,
}

impl Node {
    /// A node of which nothing is known but whether the API server runs on it.
    pub(crate) fn unknown(kube_apiserver: bool) -> Self {
        Self {
            name: String::new(),
            labels: Vec::new(),
            addresses: Vec::new(),
            kube_apiserver,
        }
    }

    /// What selectors see of it: from elsewhere, or from its own pods.
    pub(crate) fn identity_labels(&self, is_own: bool, options: &AnalyseOptions) -> LabelSet {
        let place = if is_own { "host" } else { "remote-node" };
        let mut labels = vec![Label::new(RESERVED, place, "")];
        if self.kube_apiserver {
            labels.push(Label::new(RESERVED, "kube-apiserver", ""));
        }
        labels.push(Label::new(API_NODE, API_NODE, ""));
        for (key, value) in &self.labels {
            labels.push(Label::new(API_NODE, &api_node_key(key), value));
            if options.enable_node_selector_labels && !is_own {
                labels.push(Label::new("node", key, value));
            }
        }
        if options.enable_node_selector_labels && !is_own {
            // Not of the source that pods have it of: no selector of pods may match a node.
            labels.push(Label::new("node", CLUSTER, &options.cluster));
        }
        LabelSet::new(labels)
    }
}
