//! Random clusters, policies and connections, from a seed.
//!
//! Names are few, so that selectors, ports and prefixes meet; shapes are many, so that every row of
//! the tables of emptiness (SEMANTICS.md) comes up. Must not know what a policy means.

mod cilium;
mod cluster;
mod connection;
mod kubernetes;
pub(crate) mod scale;
mod vocabulary;

use fastrand::Rng;
use serde_json::Value;

use crate::interpreter::{Cluster, Connection};
use crate::yaml;

/// A cluster, its policies, and connections to judge.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// Namespaces, nodes and pods.
    pub(crate) workloads: Vec<Value>,
    pub(crate) policies: Vec<Value>,
    pub(crate) connections: Vec<Connection>,
}

/// The scenario of a seed.
pub(crate) fn scenario(seed: u64, n_connections: usize) -> Scenario {
    let mut rng = Rng::with_seed(seed);
    let workloads = cluster::workloads(&mut rng);
    let n_policies = rng.usize(1..=8);
    let policy = |index| match rng.u8(0..10) {
        0..=4 => cilium::policy(&mut rng, index, false),
        5..=6 => cilium::policy(&mut rng, index, true),
        _ => kubernetes::policy(&mut rng, index),
    };
    let policies: Vec<_> = (0..n_policies).map(policy).collect();
    let cluster = Cluster::new(&workloads);
    let connections = connection::connections(&mut rng, &cluster, &policies, n_connections);
    Scenario {
        workloads,
        policies,
        connections,
    }
}

/// A repository of [`scale`] with connections of its own.
pub(crate) fn large(size: scale::Size, seed: u64, n_connections: usize) -> Scenario {
    let files = scale::repository(size, seed);
    let objects = files.iter().flat_map(|file| yaml::read(&file.text));
    let is_policy = |object: &Value| {
        object["kind"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("Policy"))
    };
    let (policies, workloads): (Vec<_>, Vec<_>) = objects.partition(is_policy);
    let cluster = Cluster::new(&workloads);
    let mut rng = Rng::with_seed(seed);
    let mut connections = connection::connections(&mut rng, &cluster, &policies, n_connections);
    for connection in &mut connections {
        // Of two pods anywhere nearly none may talk; neighbours often do.
        connection::bring_together(&mut rng, connection, &cluster);
    }
    Scenario {
        workloads,
        policies,
        connections,
    }
}

/// One of several.
fn pick<'a, T: ?Sized>(rng: &mut Rng, from: &[&'a T]) -> &'a T {
    rng.choice(from).expect("something to pick from")
}

/// Happens so many times in a hundred.
fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(0..100) < percent
}

/// Between `low` and `high` values.
fn several<T>(
    rng: &mut Rng,
    low: usize,
    high: usize,
    mut make: impl FnMut(&mut Rng) -> T,
) -> Vec<T> {
    let n = rng.usize(low..=high);
    (0..n).map(|_| make(rng)).collect()
}
