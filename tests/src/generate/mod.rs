//! Random clusters, policies and connections, from a seed.
//!
//! Names are few, so that selectors, ports and prefixes meet; shapes are many, so that every row of
//! the tables of emptiness (SEMANTICS.md) comes up. Must not know what a policy means.

mod admin;
mod cilium;
mod cluster;
mod connection;
mod inventory;
mod kubernetes;
pub(crate) mod scale;
mod selector;
mod vocabulary;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::interpreter::{Cluster, Connection, Enforcement, Options};
use crate::yaml;

/// A cluster, its policies, and connections to judge.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) options: Options,
    /// Everything but policies.
    pub(crate) workloads: Vec<Value>,
    pub(crate) policies: Vec<Value>,
    pub(crate) connections: Vec<Connection>,
}

/// The scenario of a seed.
pub(crate) fn scenario(seed: u64, n_connections: usize) -> Scenario {
    let mut rng = Rng::with_seed(seed);
    let options = options(&mut rng);
    let mut workloads = cluster::workloads(&mut rng);
    workloads.extend(inventory::objects(&mut rng));
    let policies = policies(&mut rng, &options);
    let cluster = Cluster::with_options(&workloads, &options);
    let named = workloads.iter().filter(|object| {
        let kinds = ["EndpointSlice", "CiliumCIDRGroup", "Resolution"];
        kinds.iter().any(|kind| object["kind"] == *kind)
    });
    let objects: Vec<_> = policies.iter().chain(named).collect();
    let connections = connection::connections(&mut rng, &cluster, &objects, n_connections);
    Scenario {
        options,
        workloads,
        policies,
        connections,
    }
}

/// Mostly the defaults; else a few that differ.
fn options(rng: &mut Rng) -> Options {
    let default = Options {
        node_selectors: rng.bool(),
        ..Options::default()
    };
    if chance(rng, 60) {
        return default;
    }
    let labels = [
        "",
        "",
        "k8s:app k8s:tier",
        "!role k8s:!app\\.kubernetes\\.io",
    ];
    Options {
        enforcement: match rng.u8(0..6) {
            0 => Enforcement::Always,
            1 => Enforcement::Never,
            _ => Enforcement::Default,
        },
        network_policies: chance(rng, 80),
        non_default_deny: chance(rng, 75),
        local_cluster: chance(rng, 75),
        allow_localhost: chance(rng, 75),
        cidrs_match_nodes: chance(rng, 35),
        audit_mode: chance(rng, 10),
        labels: pick(rng, &labels).into(),
        ..default
    }
}

fn policies(rng: &mut Rng, options: &Options) -> Vec<Value> {
    let has_tiers = chance(rng, 45);
    let mut has_baseline = false;
    let n_policies = rng.usize(1..=8);
    let policy = |index| {
        let tier = match has_tiers && chance(rng, 55) {
            true => rng.u8(0..5),
            false => 5,
        };
        let scope = |clusterwide| cilium::Scope {
            clusterwide,
            node_selectors: options.node_selectors,
        };
        let mut policy = match (tier, rng.u8(0..10)) {
            (0 | 1, _) => admin::policy(rng, index, admin::Kind::Cluster),
            (2 | 3, _) => admin::policy(rng, index, admin::Kind::Admin),
            (4, _) if !has_baseline => {
                has_baseline = true;
                admin::policy(rng, index, admin::Kind::Baseline)
            }
            (_, 0..=4) => cilium::policy(rng, index, scope(false)),
            (_, 5..=6) => cilium::policy(rng, index, scope(true)),
            _ => kubernetes::policy(rng, index),
        };
        if chance(rng, 20) {
            let enforcement = pick(rng, &["audit", "audit", "audit", "enforce"]);
            policy["metadata"]["annotations"] = json!({"ztc.dev/enforcement": enforcement});
        }
        policy
    };
    (0..n_policies).map(policy).collect()
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
    let objects: Vec<_> = policies.iter().collect();
    let mut connections = connection::connections(&mut rng, &cluster, &objects, n_connections);
    for connection in &mut connections {
        // Of two pods anywhere nearly none may talk; neighbours often do.
        connection::bring_together(&mut rng, connection, &cluster);
    }
    Scenario {
        options: Options::default(),
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
