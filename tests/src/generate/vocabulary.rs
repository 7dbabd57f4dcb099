//! The few names that everything random is made of.

use fastrand::Rng;

use super::pick;

pub(super) const NAMESPACES: [&str; 3] = ["shop", "ops", "data"];
pub(super) const NODES: [&str; 3] = ["node-a", "node-b", "node-c"];

/// Labels of pods: keys with their values. Some are dropped by the label filter.
pub(super) const POD_LABELS: [(&str, &[&str]); 7] = [
    ("app", &["web", "db", "cache"]),
    ("tier", &["front", "back", ""]),
    ("app.kubernetes.io/name", &["web", "db"]),
    ("role", &["reader", "writer"]),
    ("pod-template-hash", &["5d4", "77c"]),
    ("topology.kubernetes.io/zone", &["a", "b"]),
    ("statefulset.kubernetes.io/pod-name", &["db-0"]),
];

/// Labels of namespaces: keys with their values.
pub(super) const NAMESPACE_LABELS: [(&str, &[&str]); 3] = [
    ("team", &["red", "blue"]),
    ("env", &["prod", "dev"]),
    ("beta.kubernetes.io/kind", &["x"]),
];

pub(super) const SERVICE_ACCOUNTS: [&str; 3] = ["default", "reader", "writer"];
/// Names of container ports; the last is in no pod.
pub(super) const PORT_NAMES: [&str; 5] = ["http", "metrics", "dns", "admin", "nobody"];
/// Numbers of container ports and of single ports in policies.
pub(super) const PORT_NUMBERS: [u16; 8] = [1, 53, 80, 443, 8080, 8081, 9100, 65535];
/// Ranges that overlap, touch, and reach the ends.
pub(super) const PORT_RANGES: [(u16, u16); 9] = [
    (80, 90),
    (91, 100),
    (85, 95),
    (1, 1023),
    (1024, 65535),
    (8080, 8081),
    (8000, 9000),
    (443, 444),
    (65534, 65535),
];

/// Prefixes that overlap, nest and touch, some where pods and nodes live.
pub(super) const PREFIXES: [&str; 22] = [
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "10.0.0.0/8",
    "10.96.0.0/12",
    "10.244.0.0/16",
    "172.18.0.0/16",
    "198.51.100.0/24",
    "198.51.101.0/24",
    "203.0.113.0/24",
    "203.0.113.0/25",
    "203.0.113.128/25",
    "203.0.113.7/32",
    "203.0.113.8/29",
    "::/0",
    "2001:db8::/32",
    "2001:db8:1::/48",
    "2001:db8:1::7/128",
    "2001:db8:2::/47",
    "2001:db8:8000::/33",
    "fd00::/8",
    "fd00:10::/32",
];

/// Prefixes that pods and nodes of one sort straddle.
pub(super) const NETWORKS: [&str; 12] = [
    "10.244.0.0/24",
    "10.244.0.0/30",
    "10.244.1.2/31",
    "10.244.1.0/29",
    "10.244.2.4/32",
    "172.18.0.2/31",
    "172.18.0.0/30",
    "172.18.0.0/16",
    "fd00:10::/126",
    "fd00:10::2/127",
    "fd00:172::/127",
    "fd00::/8",
];

/// Labels of nodes: keys with their values.
pub(super) const NODE_LABELS: [(&str, &[&str]); 2] =
    [("zone", &["a", "b"]), ("node.example/disk", &["ssd", ""])];

/// Names of services; the last is of none.
pub(super) const SERVICES: [&str; 4] = ["web", "db", "outer", "nobody"];
/// Names of CIDR groups; the last is of none.
pub(super) const CIDR_GROUPS: [&str; 4] = ["partners", "offices", "empty", "nobody"];
pub(super) const GROUP_LABELS: [(&str, &[&str]); 2] =
    [("owner", &["red", "blue"]), ("trust", &["low", "high"])];
/// Cloud groups by number; the last is not known.
pub(super) const CLOUD_IDS: [&str; 3] = ["sg-1", "sg-2", "sg-9"];
/// Names that are known.
pub(super) const DNS_NAMES: [&str; 5] = [
    "api.example.com",
    "db.example.com",
    "example.com",
    "a.b.example.com",
    "other.example",
];
pub(super) const DNS_PATTERNS: [&str; 6] = [
    "*.example.com",
    "**.example.com",
    "*example.com",
    "a*.example.com",
    "*",
    "nobody.example",
];

/// Types of ICMP with their names. Errors and neighbour discovery are left out: the datapath ties
/// the first to a flow and never judges the second.
pub(super) const ICMPV4_TYPES: [(u8, &str); 5] = [
    (0, "EchoReply"),
    (8, "EchoRequest"),
    (13, "Timestamp"),
    (14, "TimestampReply"),
    (42, "ExtendedEchoRequest"),
];
pub(super) const ICMPV6_TYPES: [(u8, &str); 4] = [
    (128, "EchoRequest"),
    (129, "EchoReply"),
    (139, "ICMPNodeInformationQuery"),
    (160, "ExtendedEchoRequest"),
];

/// A key and one of its values.
pub(super) fn label(rng: &mut Rng, from: &[(&'static str, &[&'static str])]) -> (String, String) {
    let (key, values) = rng.choice(from).expect("labels to pick from");
    ((*key).to_string(), pick(rng, values).to_string())
}
