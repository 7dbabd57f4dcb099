//! The test vectors of the policy language, one after another: each must hold of the oracle and of
//! ztc. Must not know how either comes to its answer.

use ztc_bundle::Simulator;

use super::{WORKLOADS, all, answer, ccnp, cnp, knp};
use crate::conformance::{end, protocol_named};
use crate::interpreter::{Connection, Interpreter, Say};
use crate::pipeline::compile;
use crate::yaml;

/// A case with the name of its rule.
pub(super) struct Vector {
    pub(super) rule: &'static str,
    pub(super) policies: String,
    pub(super) lines: &'static [&'static str],
}

pub(super) fn vector(
    rule: &'static str,
    policies: impl Into<String>,
    lines: &'static [&'static str],
) -> Vector {
    Vector {
        rule,
        policies: policies.into(),
        lines,
    }
}

/// Holds the oracle and ztc against every line of every vector.
#[track_caller]
pub(super) fn all_hold(vectors: &[Vector]) {
    for vector in vectors {
        let objects = [yaml::read(&vector.policies), yaml::read(WORKLOADS)].concat();
        let oracle = Interpreter::new(&objects);
        let lines = vector.lines.iter();
        let found: Vec<_> = lines.map(|line| oracle_answer(&oracle, line)).collect();
        assert_eq!(found, vector.lines, "the oracle: {}", vector.rule);

        let files = [
            ("policies.yaml", &*vector.policies),
            ("workloads.yaml", WORKLOADS),
        ]
        .map(|(name, text)| (name.to_string(), text.to_string()));
        let compiled = compile(&files);
        assert!(
            compiled.errors.is_empty(),
            "{}: {:?}",
            vector.rule,
            compiled.errors
        );
        let simulator = Simulator::new(&compiled.bundle.view());
        let lines = vector.lines.iter();
        let found: Vec<_> = lines
            .map(|line| answer(&simulator, &oracle.cluster, line))
            .collect();
        assert_eq!(found, vector.lines, "ztc: {}", vector.rule);
    }
}

/// The line as the oracle would have it.
fn oracle_answer(oracle: &Interpreter, line: &str) -> String {
    let (asked, _) = line.split_once(": ").expect("`connection: verdicts`");
    let words: Vec<_> = asked.split(' ').collect();
    let [from, "->", to, port] = words[..] else {
        panic!("not `A -> B PROTOCOL/port`: {asked}");
    };
    let (protocol, port) = port.split_once('/').expect("`PROTOCOL/port`");
    let connection = Connection {
        from: end(from),
        to: end(to),
        protocol: protocol_named(protocol),
        port: port.parse().expect("a port"),
    };
    let (egress, ingress) = oracle.judge(&connection, Say::Enforced);
    format!(
        "{asked}: {}/{}",
        egress.outcome.name(),
        ingress.outcome.name()
    )
}

const HTTP_ON_80: &str =
    "toPorts: [{ports: [{port: \"80\", protocol: TCP}], rules: {http: [{method: GET}]}}]";

#[test]
fn vectors_of_peers_hold() {
    all_hold(&[
        vector(
            "1: an empty Cilium element isolates and allows nobody but the own node",
            cnp("ingress: [{}]"),
            &[
                "shop/web -> shop/db TCP/80: allow/deny",
                "ip:172.18.0.3 -> shop/db TCP/80: n/a/allow",
                "ip:172.18.0.2 -> shop/db TCP/80: n/a/deny",
            ],
        ),
        vector(
            "2: an empty NetworkPolicy rule allows everyone",
            knp("ingress: [{}]"),
            &[
                "ops/mon -> shop/db ICMP/8: allow/allow",
                "entity:world -> shop/db TCP/80: n/a/allow",
            ],
        ),
        vector(
            "3: an empty list of peers is nobody, on any port",
            cnp("ingress: [{fromEndpoints: [], toPorts: [{ports: [{port: \"80\"}]}]}]"),
            &["shop/web -> shop/db TCP/80: allow/deny"],
        ),
        vector(
            "6: a CNP's `{}` is the pods of its namespace",
            cnp("ingress: [{fromEndpoints: [{}]}]"),
            &[
                "shop/web -> shop/db TCP/80: allow/allow",
                "ops/mon -> shop/db TCP/80: allow/deny",
                "entity:remote-node -> shop/db TCP/80: n/a/deny",
                "entity:world -> shop/db TCP/80: n/a/deny",
                "entity:host -> shop/db TCP/80: n/a/allow",
            ],
        ),
        vector(
            "7: a CCNP's `{}` is the pods of every namespace",
            ccnp("ingress: [{fromEndpoints: [{}]}]"),
            &[
                "ops/mon -> shop/db TCP/80: allow/allow",
                "entity:remote-node -> shop/db TCP/80: n/a/deny",
                "entity:world -> shop/db TCP/80: n/a/deny",
            ],
        ),
        vector(
            "8: an expression on the namespace key lifts the namespace",
            cnp("ingress: [{fromEndpoints: [{matchExpressions: \
                 [{key: io.kubernetes.pod.namespace, operator: Exists}]}]}]"),
            &["ops/mon -> shop/db TCP/80: allow/allow"],
        ),
        vector(
            "9: a namespace label selects the namespaces that have it",
            cnp("ingress: [{fromEndpoints: [{matchLabels: \
                 {\"k8s:io.cilium.k8s.namespace.labels.team\": b}}]}]"),
            &[
                "ops/mon -> shop/db TCP/80: allow/allow",
                "shop/web -> shop/db TCP/80: allow/deny",
            ],
        ),
        vector(
            "10: a reserved key selects no pods",
            cnp("egress: [{toEndpoints: [{matchLabels: {\"reserved:host\": \"\"}}]}]"),
            &[
                "shop/db -> entity:host TCP/80: allow/n/a",
                "shop/db -> shop/web TCP/80: deny/allow",
                "shop/db -> entity:remote-node TCP/80: deny/n/a",
            ],
        ),
        vector(
            "11: a prefix never means a pod",
            cnp("egress: [{toCIDR: [0.0.0.0/0]}]"),
            &[
                "shop/db -> shop/web TCP/80: deny/allow",
                "shop/db -> ip:8.8.8.8 TCP/80: allow/n/a",
            ],
        ),
        vector(
            "12: nor does an ipBlock",
            knp("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"),
            &[
                "shop/web -> shop/db TCP/80: allow/deny",
                "ip:10.9.9.9 -> shop/db TCP/80: n/a/allow",
            ],
        ),
        vector(
            "13: an exception is no deny",
            all(&[
                cnp("egress: [{toCIDRSet: [{cidr: 10.0.0.0/8, except: [10.96.0.0/12]}]}]"),
                cnp("egress: [{toCIDR: [10.97.0.0/16]}]"),
            ]),
            &[
                "shop/db -> ip:10.97.0.1 TCP/80: allow/n/a",
                "shop/db -> ip:10.98.0.1 TCP/80: deny/n/a",
                "shop/db -> ip:10.1.0.1 TCP/80: allow/n/a",
            ],
        ),
        vector(
            "29: a label that the filter drops is in no identity",
            cnp("ingress: [{fromEndpoints: [{matchLabels: {pod-template-hash: x}}]}]"),
            &["shop/web -> shop/db TCP/80: allow/deny"],
        ),
        vector(
            "30: the API server is in the cluster",
            cnp("egress: [{toEntities: [cluster]}]"),
            &["shop/db -> entity:kube-apiserver TCP/443: allow/n/a"],
        ),
        vector(
            "31: policies of pods are no policies of nodes",
            "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\n\
             metadata: {name: p}\nspec: {endpointSelector: {}, ingress: [{}], egress: [{}]}\n",
            &[
                "ip:8.8.8.8 -> ip:172.18.0.2 TCP/80: n/a/n/a",
                "ops/agent -> shop/db TCP/80: n/a/deny",
            ],
        ),
    ]);
}

#[test]
fn vectors_of_ports_and_precedence_hold() {
    all_hold(&[
        vector(
            "4: a port without a protocol is TCP, UDP and SCTP in Cilium's kinds",
            cnp("ingress: [{toPorts: [{ports: [{port: \"80\"}]}]}]"),
            &[
                "entity:world -> shop/db TCP/80: n/a/allow",
                "entity:world -> shop/db UDP/80: n/a/allow",
                "entity:world -> shop/db SCTP/80: n/a/allow",
                "entity:world -> shop/db ICMP/8: n/a/deny",
            ],
        ),
        vector(
            "5: and TCP in a NetworkPolicy",
            knp("ingress: [{ports: [{port: 80}]}]"),
            &[
                "ops/mon -> shop/db TCP/80: allow/allow",
                "ops/mon -> shop/db UDP/80: allow/deny",
            ],
        ),
        vector(
            "14: a deny of a range covers an allow within it",
            cnp(
                "ingressDeny: [{fromEndpoints: [{}], toPorts: [{ports: [{port: \"80\", \
                 endPort: 90, protocol: TCP}]}]}], ingress: [{fromEndpoints: [{}], \
                 toPorts: [{ports: [{port: \"85\", protocol: TCP}]}]}]",
            ),
            &["shop/web -> shop/db TCP/85: allow/deny"],
        ),
        vector(
            "15: a deny of a port covers an allow of a peer",
            cnp("ingressDeny: [{toPorts: [{ports: [{port: \"80\"}]}]}], \
                 ingress: [{fromEndpoints: [{}]}]"),
            &[
                "shop/web -> shop/db TCP/80: allow/deny",
                "shop/web -> shop/db TCP/81: allow/allow",
            ],
        ),
        vector(
            "16: allows add up",
            cnp("ingress: [{toPorts: [{ports: [{port: \"443\"}]}]}, {fromEndpoints: [{}]}]"),
            &[
                "shop/web -> shop/db TCP/444: allow/allow",
                "ops/mon -> shop/db TCP/443: allow/allow",
                "ops/mon -> shop/db TCP/444: allow/deny",
            ],
        ),
        vector(
            "17: a deny alone isolates",
            cnp("ingressDeny: [{fromEntities: [world]}]"),
            &[
                "shop/web -> shop/db TCP/80: allow/deny",
                "entity:world -> shop/db TCP/80: n/a/deny",
            ],
        ),
        vector(
            "18: unless it is told not to",
            cnp("ingressDeny: [{fromEntities: [world]}], enableDefaultDeny: {ingress: false}"),
            &[
                "shop/web -> shop/db TCP/80: allow/allow",
                "entity:world -> shop/db TCP/80: n/a/deny",
            ],
        ),
        vector(
            "19, 20: rules of requests leave their ports open",
            cnp(&format!(
                "ingress: [{{fromEndpoints: [{{}}], {HTTP_ON_80}}}, {{fromEndpoints: [{{}}], \
                 toPorts: [{{ports: [{{port: \"81\", endPort: 90, protocol: TCP}}]}}]}}]"
            )),
            &[
                "shop/web -> shop/db TCP/80: allow/allow",
                "shop/web -> shop/db TCP/81: allow/allow",
                "shop/web -> shop/db TCP/91: allow/deny",
            ],
        ),
        vector(
            "26: a section that policyTypes does not list is ignored",
            knp("policyTypes: [Ingress], ingress: [{}], egress: [{to: [{podSelector: {}}]}]"),
            &["shop/db -> entity:world TCP/80: allow/n/a"],
        ),
        vector(
            "27: ICMP needs a rule of its own",
            cnp("ingress: [{toPorts: [{ports: [{port: \"0\"}]}]}]"),
            &["shop/web -> shop/db ICMP/8: allow/deny"],
        ),
        vector(
            "27: such as its type by name",
            cnp("ingress: [{icmps: [{fields: [{type: EchoRequest}]}]}]"),
            &[
                "shop/web -> shop/db ICMP/8: allow/allow",
                "shop/web -> shop/db ICMP/0: allow/deny",
                "shop/web -> shop/db TCP/8: allow/deny",
            ],
        ),
        vector(
            "28: a name of a port is each peer's own",
            ccnp("egress: [{toEntities: [all], toPorts: [{ports: [{port: http}]}]}]"),
            &[
                "shop/db -> shop/web TCP/8080: allow/allow",
                "shop/db -> shop/web TCP/81: deny/allow",
                "shop/db -> entity:world TCP/8080: deny/n/a",
            ],
        ),
        vector(
            "32: every rule of `specs` isolates by itself",
            "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
             metadata: {name: p, namespace: shop}\nspecs: [{endpointSelector: {}, \
             ingress: [{}]}, {endpointSelector: {}, egress: [{}]}]\n",
            &[
                "shop/web -> shop/db TCP/80: deny/deny",
                "ops/mon -> shop/db TCP/80: allow/deny",
            ],
        ),
        vector(
            "33: an endPort below its port is ignored",
            cnp("ingress: [{toPorts: [{ports: [{port: \"80\", endPort: 70}]}]}]"),
            &[
                "shop/web -> shop/db TCP/80: allow/allow",
                "shop/web -> shop/db TCP/75: allow/deny",
            ],
        ),
        vector(
            "34: port 0 is every port of its protocol",
            cnp("ingress: [{toPorts: [{ports: [{port: \"0\", protocol: TCP}]}]}]"),
            &[
                "shop/web -> shop/db TCP/65535: allow/allow",
                "shop/web -> shop/db UDP/80: allow/deny",
            ],
        ),
    ]);
}
