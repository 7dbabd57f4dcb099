//! Random assertions about a random repository.
//!
//! Must not know whether they hold.

use fastrand::Rng;
use serde_json::{Value, json};

use crate::generate::Scenario;
use crate::interpreter::{Cluster, Connection, End, Protocol};

/// How many assertions are about more than one connection.
const N_ASSERTIONS: usize = 10;

pub(super) fn policy_test(rng: &mut Rng, scenario: &Scenario) -> Value {
    let connections = scenario.connections.iter();
    let cluster = Cluster::new(&scenario.workloads);
    let narrow = connections.filter_map(|connection| narrow(rng.bool(), &cluster, connection));
    let mut assertions: Vec<Value> = narrow.collect();
    assertions.extend((0..N_ASSERTIONS).map(|_| assertion(rng, scenario)));
    for assertion in &mut assertions {
        let connection = assertion
            .as_object_mut()
            .expect("a mapping")
            .values_mut()
            .next();
        if rng.u8(0..6) == 0 {
            let policy = rng.choice(&scenario.policies).expect("policies");
            let name = policy["metadata"]["name"].as_str().expect("a name");
            let kind = policy["kind"].as_str().expect("a kind");
            connection.expect("allow or deny")["by"] = format!("{kind} {name}").into();
        }
    }
    json!({
        "apiVersion": "ztc.dev/v1alpha1",
        "kind": "PolicyTest",
        "metadata": {"name": "random"},
        "spec": {"assertions": assertions},
    })
}

/// About one connection that some policy may be about; `None` for what no assertion can name.
fn narrow(allowed: bool, cluster: &Cluster, connection: &Connection) -> Option<Value> {
    let end = |end: &End| match end {
        End::Pod(name) | End::Entity(name) => name.clone(),
        // Of the addresses of a pod only one decides whom policies take it for.
        End::Address(address) => {
            let mut pods = cluster.pods.iter();
            let owner = pods.find(|pod| pod.addresses.contains(address));
            owner.map_or_else(|| address.to_string(), |pod| pod.name.clone())
        }
    };
    let protocol = match connection.protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
        Protocol::Icmp => "ICMP",
        Protocol::Icmpv6 => "ICMPv6",
        Protocol::Other => return None,
    };
    let expected = if allowed { "allow" } else { "deny" };
    Some(json!({expected: {
        "from": end(&connection.from),
        "to": end(&connection.to),
        "ports": [format!("{}/{protocol}", connection.port)],
    }}))
}

/// About several ends and ports at once.
fn assertion(rng: &mut Rng, scenario: &Scenario) -> Value {
    // Of two ends that are no pods nothing can be said.
    let inside = rng.u8(0..3);
    let mut connection = json!({
        "from": side(rng, scenario, inside != 1),
        "to": side(rng, scenario, inside != 2),
    });
    if rng.u8(0..4) > 0 {
        let n_ports = rng.usize(1..=2);
        connection["ports"] = (0..n_ports).map(|_| ports(rng)).collect();
    }
    let expected = *rng.choice(&["allow", "deny"]).expect("a choice");
    json!({expected: connection})
}

fn side(rng: &mut Rng, scenario: &Scenario, inside: bool) -> Value {
    let n = rng.usize(1..=2);
    let selections: Vec<Value> = (0..n).map(|_| selection(rng, scenario, inside)).collect();
    match rng.u8(0..3) {
        0 => selections.into(),
        1 => json!({"all": selections}),
        _ => json!({"any": selections}),
    }
}

fn selection(rng: &mut Rng, scenario: &Scenario, inside: bool) -> Value {
    const OUTSIDE: [&str; 9] = [
        "world",
        "host",
        "remote-node",
        "kube-apiserver",
        "ingress",
        "10.0.0.0/8",
        "198.51.100.0/24",
        "203.0.113.7",
        "2001:db8::/32",
    ];
    const INSIDE: [&str; 7] = [
        "cluster",
        "shop/*",
        "ops/*",
        "*{app=web}",
        "*{tier}",
        "*{app!=db}",
        "data{!role}",
    ];
    if !inside && rng.bool() {
        return (*rng.choice(&OUTSIDE).expect("a choice")).into();
    }
    let is_pod = |object: &&Value| object["kind"] == "Pod" && object["spec"]["hostNetwork"] != true;
    let pods: Vec<&Value> = scenario.workloads.iter().filter(is_pod).collect();
    match rng.choice(&pods) {
        Some(pod) if rng.u8(0..3) > 0 => {
            let metadata = &pod["metadata"];
            let namespace = metadata["namespace"].as_str().unwrap_or("default");
            format!("{namespace}/{}", metadata["name"].as_str().expect("a name")).into()
        }
        _ => (*rng.choice(&INSIDE).expect("a choice")).into(),
    }
}

fn ports(rng: &mut Rng) -> Value {
    const PORTS: [&str; 14] = [
        "80/TCP",
        "8080/TCP",
        "8081/TCP",
        "443/TCP",
        "53/UDP",
        "53/TCP",
        "9100/TCP",
        "80-90/TCP",
        "1-1023/TCP",
        "TCP",
        "UDP",
        "SCTP",
        "8/ICMP",
        "ICMPv6",
    ];
    (*rng.choice(&PORTS).expect("a choice")).into()
}
