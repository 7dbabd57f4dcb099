//! Vectors of ordered policies, of names that stand for addresses, and of audit: each must hold of
//! the oracle and of ztc.

use ztc_bundle::Simulator;

use super::vectors::{Vector, all_hold, vector};
use super::{WORKLOADS, all, cnp, knp};
use crate::conformance::{end, protocol_named};
use crate::interpreter::{Connection, Interpreter, Options, Say};
use crate::pipeline::{compile_with, questions};
use crate::yaml;

const WEB_TO_DB: &str = "shop/web -> shop/db TCP/80: allow/allow";
const NOT_WEB_TO_DB: &str = "shop/web -> shop/db TCP/80: allow/deny";

/// An AdminNetworkPolicy for `app: db`.
fn anp(priority: u32, rules: &str) -> String {
    format!(
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n\
         metadata: {{name: p}}\nspec: {{priority: {priority}, subject: {{pods: \
         {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{app: db}}}}}}}}, {rules}}}\n"
    )
}

/// The BaselineAdminNetworkPolicy, for every pod.
fn banp(rules: &str) -> String {
    format!(
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\n\
         metadata: {{name: default}}\nspec: {{subject: {{namespaces: {{}}}}, {rules}}}\n"
    )
}

/// A ClusterNetworkPolicy of tier Admin for every pod.
fn cluster(priority: u32, rules: &str) -> String {
    format!(
        "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\n\
         metadata: {{name: p}}\nspec: {{tier: Admin, priority: {priority}, subject: \
         {{namespaces: {{}}}}, {rules}}}\n"
    )
}

/// An ingress rule with this action for everyone.
fn ingress(action: &str) -> String {
    format!("ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]")
}

fn from_web() -> String {
    knp("ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]")
}

fn from_nobody() -> String {
    knp("ingress: [{from: [{podSelector: {matchLabels: {app: nobody}}}]}]")
}

#[test]
fn vectors_of_tiers_hold() {
    let pass_then_deny = || [anp(5, &ingress("Pass")), anp(10, &ingress("Deny"))];
    let [pass, deny] = pass_then_deny();
    all_hold(&[
        vector(
            "21: an Admin deny is final",
            all(&[anp(10, &ingress("Deny")), from_web()]),
            &[NOT_WEB_TO_DB],
        ),
        vector(
            "an Admin allow is final",
            all(&[anp(10, &ingress("Allow")), from_nobody()]),
            &[WEB_TO_DB, "entity:world -> shop/db TCP/80: n/a/deny"],
        ),
        vector(
            "22: a Pass ends its tier, and nothing else decides",
            all(&pass_then_deny()),
            &[WEB_TO_DB],
        ),
        vector(
            "23: or what isolates does",
            all(&[pass, deny, from_nobody()]),
            &[NOT_WEB_TO_DB],
        ),
        vector(
            "24: where something isolates, Baseline is not asked",
            all(&[banp(&ingress("Deny")), from_web()]),
            &[WEB_TO_DB, "ops/mon -> shop/db TCP/80: allow/deny"],
        ),
        vector(
            "25: not even for an allow",
            all(&[banp(&ingress("Allow")), from_nobody()]),
            &[NOT_WEB_TO_DB],
        ),
        vector(
            "where nothing isolates, Baseline decides",
            banp(&ingress("Deny")),
            &[NOT_WEB_TO_DB, "entity:world -> shop/db TCP/80: n/a/allow"],
        ),
        vector(
            "an allow that does not isolate is final too",
            all(&[
                banp(&ingress("Deny")),
                cnp("ingress: [{fromEndpoints: [{}]}], enableDefaultDeny: {ingress: false}"),
            ]),
            &[WEB_TO_DB, "ops/mon -> shop/db TCP/80: allow/deny"],
        ),
        vector(
            "the lower priority is asked first, whatever its kind",
            all(&[anp(7, &ingress("Allow")), cluster(6, &ingress("Deny"))]),
            &[NOT_WEB_TO_DB, "ops/mon -> shop/web TCP/80: allow/deny"],
        ),
        vector(
            "at one priority AdminNetworkPolicy is asked before ClusterNetworkPolicy",
            all(&[cluster(7, &ingress("Deny")), anp(7, &ingress("Allow"))]),
            &[WEB_TO_DB, "ops/mon -> shop/web TCP/80: allow/deny"],
        ),
    ]);
}

#[test]
fn vectors_of_networks_nodes_and_ports_of_tiers_hold() {
    let deny = |to: &str| cluster(1, &format!("egress: [{{action: Deny, to: [{to}]}}]"));
    all_hold(&[
        vector(
            "networks match pods, nodes and the world alike",
            deny("{networks: [10.0.0.1/32, 172.18.0.2/32, 8.8.8.0/24]}"),
            &[
                "shop/db -> shop/web TCP/80: deny/allow",
                "ops/mon -> shop/web ICMP/8: deny/allow",
                "shop/web -> shop/db TCP/80: allow/allow",
                "shop/db -> ip:172.18.0.2 TCP/80: deny/n/a",
                "shop/web -> ip:172.18.0.2 TCP/80: deny/n/a",
                "shop/web -> ip:172.18.0.3 TCP/80: allow/n/a",
                "shop/web -> ip:8.8.8.8 TCP/80: deny/n/a",
            ],
        ),
        vector(
            "nodes match the own node too",
            deny("{nodes: {}}"),
            &[
                "shop/web -> ip:172.18.0.2 TCP/80: deny/n/a",
                "shop/web -> ip:172.18.0.3 TCP/80: deny/n/a",
                "shop/web -> ops/agent TCP/80: deny/n/a",
                "shop/web -> shop/db TCP/80: allow/allow",
            ],
        ),
        vector(
            "host-network pods are nobody's pods and no subjects",
            all(&[deny("{namespaces: {}}"), cluster(2, &ingress("Deny"))]),
            &[
                "shop/db -> ops/agent TCP/80: allow/n/a",
                "ops/agent -> shop/db TCP/80: n/a/allow",
            ],
        ),
        vector(
            "a named port is the destination's, of whatever protocol",
            cluster(
                1,
                "egress: [{action: Deny, to: [{namespaces: {}}], \
                 protocols: [{destinationNamedPort: http}]}]",
            ),
            &[
                "shop/db -> shop/web TCP/8080: deny/allow",
                "shop/web -> shop/db TCP/81: deny/allow",
                "shop/web -> shop/db TCP/8080: allow/allow",
            ],
        ),
        vector(
            "both spellings of ports are one",
            cluster(
                1,
                "ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: \
                 {destinationPort: {range: {start: 80, end: 90}}}}, {udp: {destinationPort: \
                 {number: 53}}}]}, {action: Deny, from: [{namespaces: {}}], ports: \
                 [{portNumber: {protocol: SCTP, port: 7}}]}]",
            ),
            &[
                "shop/web -> shop/db TCP/90: allow/deny",
                "shop/web -> shop/db TCP/91: allow/allow",
                "shop/web -> shop/db UDP/53: allow/deny",
                "shop/web -> shop/db SCTP/7: allow/deny",
            ],
        ),
    ]);
}

const NAMES: &str = r#"
apiVersion: v1
kind: Service
metadata: {name: inner, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 1}]}
---
apiVersion: v1
kind: Service
metadata: {name: outer, namespace: shop, labels: {kind: ext}}
spec: {ports: [{port: 1}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: outer-1, namespace: shop, labels: {kubernetes.io/service-name: outer}}
addressType: IPv4
endpoints: [{addresses: [8.8.8.8]}, {addresses: [10.0.0.3]},
  {addresses: [8.8.4.4], conditions: {ready: false}}]
---
apiVersion: cilium.io/v2
kind: CiliumCIDRGroup
metadata: {name: offices, labels: {owner: red}}
spec: {externalCIDRs: [203.0.113.0/24]}
---
apiVersion: ztc.dev/v1alpha1
kind: Resolution
names: {api.example.com: [192.0.2.1], a.b.example.com: [192.0.2.2, 10.0.0.1]}
groups: {"aws ids=sg-1": [192.0.2.3]}
---
"#;

#[test]
fn vectors_of_names_hold() {
    let named = |rule, egress: &str, lines| -> Vector {
        vector(
            rule,
            format!("{NAMES}{}", cnp(&format!("egress: [{egress}]"))),
            lines,
        )
    };
    all_hold(&[
        named(
            "R17: a service with a selector is its pods, on every port",
            "{toServices: [{k8sService: {serviceName: inner, namespace: shop}}]}",
            &[
                "shop/db -> shop/web TCP/9: allow/allow",
                "shop/db -> ops/mon TCP/9: deny/allow",
            ],
        ),
        named(
            "R17: a service without one is its ready addresses outside",
            "{toServices: [{k8sServiceSelector: {selector: {matchLabels: {kind: ext}}}}]}",
            &[
                "shop/db -> ip:8.8.8.8 TCP/9: allow/n/a",
                "shop/db -> ip:8.8.4.4 TCP/9: deny/n/a",
                "shop/db -> ops/mon TCP/9: deny/allow",
            ],
        ),
        named(
            "S2: a service that nobody knows is nobody, whatever the ports",
            "{toServices: [{k8sService: {serviceName: nope}}], \
             toPorts: [{ports: [{port: \"9\"}]}]}",
            &[
                "shop/db -> ip:8.8.8.8 TCP/9: deny/n/a",
                "shop/db -> shop/web TCP/9: deny/allow",
            ],
        ),
        named(
            "S2: and so is an empty list",
            "{toFQDNs: [], toPorts: [{ports: [{port: \"9\"}]}]}",
            &["shop/db -> ip:8.8.8.8 TCP/9: deny/n/a"],
        ),
        named(
            "CIDR groups are their prefixes, by name and by label",
            "{toCIDRSet: [{cidrGroupRef: offices, except: [203.0.113.128/25]}]}, {toCIDRSet: \
             [{cidrGroupSelector: {matchLabels: {owner: blue}}}]}",
            &[
                "shop/db -> ip:203.0.113.1 TCP/9: allow/n/a",
                "shop/db -> ip:203.0.113.200 TCP/9: deny/n/a",
            ],
        ),
        named(
            "a name is its known addresses outside",
            "{toFQDNs: [{matchName: API.example.com.}, {matchPattern: \"**.b.example.com\"}]}",
            &[
                "shop/db -> ip:192.0.2.1 TCP/9: allow/n/a",
                "shop/db -> ip:192.0.2.2 TCP/9: allow/n/a",
                "shop/db -> shop/web TCP/9: deny/allow",
            ],
        ),
        named(
            "so is a cloud group",
            "{toGroups: [{aws: {securityGroupsIds: [sg-1]}}]}",
            &[
                "shop/db -> ip:192.0.2.3 TCP/9: allow/n/a",
                "shop/db -> ip:192.0.2.4 TCP/9: deny/n/a",
            ],
        ),
    ]);
}

/// What happens, and what would happen if audited policies were enforced, to egress and ingress of
/// one connection: the oracle's and ztc's word for each.
#[track_caller]
fn audit_holds(policies: &str, options: &Options, enforced: &str, shadow: &str) {
    let objects = [yaml::read(policies), yaml::read(WORKLOADS)].concat();
    let oracle = Interpreter::with_options(&objects, options);
    let connection = Connection {
        from: end("shop/web"),
        to: end("shop/db"),
        protocol: protocol_named("TCP"),
        port: 80,
    };
    for (say, expected) in [(Say::Enforced, enforced), (Say::Shadow, shadow)] {
        let (_, judgement) = oracle.judge(&connection, say);
        assert_eq!(judgement.outcome.name(), expected, "the oracle: {say:?}");
    }
    let files = [("policies.yaml", policies), ("workloads.yaml", WORKLOADS)]
        .map(|(name, text)| (name.to_string(), text.to_string()));
    let compiled = compile_with(&files, options);
    assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
    let simulator = Simulator::new(&compiled.bundle.view());
    let (_, question) = questions(simulator.bundle(), &oracle.cluster, &connection);
    let question = question.expect("a subject");
    for (question, expected) in [(&question, enforced), (&question.of_shadow(), shadow)] {
        let found = if question.ask(&simulator).is_allow() {
            "allow"
        } else {
            "deny"
        };
        assert_eq!(found, expected, "ztc: {question:?}");
    }
}

#[test]
fn vectors_of_audit_hold() {
    let audited = |policy: &str| {
        let annotated = "{name: p, annotations: {ztc.dev/enforcement: audit}";
        policy.replacen("{name: p", annotated, 1)
    };
    let default = Options::default();
    let deny = cnp("ingress: [{}]");
    audit_holds(&audited(&deny), &default, "allow", "deny");
    let allow = cnp("ingress: [{fromEndpoints: [{}]}]");
    let both = format!("{}---\n{}", audited(&allow), from_nobody());
    audit_holds(&both, &default, "deny", "allow");
    // An ordered policy is audited like any other.
    audit_holds(
        &audited(&anp(1, &ingress("Deny"))),
        &default,
        "allow",
        "deny",
    );
    // 35: the agent's own audit mode audits every policy.
    let audit_mode = Options {
        audit_mode: true,
        ..Options::default()
    };
    audit_holds(&deny, &audit_mode, "allow", "deny");
}
