//! What policies refer to: services, CIDR groups, names, cloud groups (SEMANTICS.md).

use super::{cnp, holds, holds_with};
use crate::interpreter::Options;

const SERVICES: &str = r#"---
apiVersion: v1
kind: Service
metadata: {name: pods, namespace: shop, labels: {tier: back}}
spec: {selector: {app: web}, ports: [{port: 9}]}
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: shop}
spec: {ports: [{port: 9}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: outside-1, namespace: shop, labels: {kubernetes.io/service-name: outside}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.1]}, {addresses: [10.0.0.3]}]
---
apiVersion: v1
kind: Service
metadata: {name: empty, namespace: shop}
spec: {ports: [{port: 9}]}
"#;

fn to_service(service: &str, more: &str) -> String {
    let element = format!("egress: [{{toServices: [{service}]{more}}}]");
    format!("{}{SERVICES}", cnp(&element))
}

const HTTPS: &str = ", toPorts: [{ports: [{port: '443', protocol: TCP}]}]";

#[test]
fn r17_a_service_with_a_selector_is_its_pods_on_every_port() {
    for service in [
        "{k8sService: {serviceName: pods, namespace: shop}}",
        "{k8sService: {serviceName: pods}}",
        "{k8sServiceSelector: {selector: {matchLabels: {tier: back}}}}",
    ] {
        holds(
            &to_service(service, ""),
            &[
                "shop/db -> shop/web TCP/8080: allow/allow",
                "shop/db -> ops/mon TCP/8080: deny/allow",
            ],
        );
    }
}

#[test]
fn r17_a_service_without_a_selector_is_its_backends_outside_and_never_a_pod() {
    let service = "{k8sService: {serviceName: outside, namespace: shop}}";
    holds(
        &to_service(service, ""),
        &[
            "shop/db -> ip:192.0.2.1 TCP/9: allow/n/a",
            "shop/db -> ip:192.0.2.2 TCP/9: deny/n/a",
            "shop/db -> ops/mon TCP/9: deny/allow",
        ],
    );
}

#[test]
fn s2_services_names_and_groups_that_mean_nobody_never_widen_to_everyone() {
    let missing = "{k8sService: {serviceName: nope, namespace: shop}}";
    let without = "{k8sService: {serviceName: empty, namespace: shop}}";
    let nobody = [
        "shop/db -> ip:8.8.8.8 TCP/443: deny/n/a",
        "shop/db -> shop/web TCP/443: deny/allow",
    ];
    for service in [missing, without] {
        holds(&to_service(service, HTTPS), &nobody);
    }
    for list in ["toServices", "toFQDNs", "toGroups"] {
        holds(&cnp(&format!("egress: [{{{list}: []{HTTPS}}}]")), &nobody);
    }
    holds(
        &cnp(&format!(
            "egress: [{{toFQDNs: [{{matchName: x.example}}]{HTTPS}}}]"
        )),
        &nobody,
    );
}

#[test]
fn a_denied_service_is_denied() {
    let service = "{k8sService: {serviceName: pods, namespace: shop}}";
    let deny =
        format!("enableDefaultDeny: {{egress: false}}, egressDeny: [{{toServices: [{service}]}}]");
    holds(
        &format!("{}{SERVICES}", cnp(&deny)),
        &[
            "shop/db -> shop/web TCP/80: deny/allow",
            "shop/db -> ops/mon TCP/80: allow/allow",
        ],
    );
}

const GROUPS: &str = r#"---
apiVersion: cilium.io/v2
kind: CiliumCIDRGroup
metadata: {name: partners, labels: {role: partner}}
spec: {externalCIDRs: [192.0.2.0/24, 198.51.100.0/24]}
"#;

#[test]
fn cidr_groups_are_their_prefixes_by_name_and_by_label_less_the_exceptions() {
    for base in [
        "cidrGroupRef: partners",
        "cidrGroupSelector: {matchLabels: {role: partner}}",
    ] {
        let element = format!("ingress: [{{fromCIDRSet: [{{{base}, except: [192.0.2.128/25]}}]}}]");
        holds(
            &format!("{}{GROUPS}", cnp(&element)),
            &[
                "ip:192.0.2.1 -> shop/db TCP/80: n/a/allow",
                "ip:198.51.100.1 -> shop/db TCP/80: n/a/allow",
                "ip:192.0.2.129 -> shop/db TCP/80: n/a/deny",
                "ip:203.0.113.1 -> shop/db TCP/80: n/a/deny",
            ],
        );
    }
    let unknown = "ingress: [{fromCIDRSet: [{cidrGroupRef: nope}], toPorts: [{ports: [{port: \
                   '80'}]}]}]";
    holds(
        &format!("{}{GROUPS}", cnp(unknown)),
        &["ip:192.0.2.1 -> shop/db TCP/80: n/a/deny"],
    );
}

const RESOLUTION: &str = r#"---
apiVersion: ztc.dev/v1alpha1
kind: Resolution
names: {api.example.com: [192.0.2.1], deep.api.example.com: [192.0.2.2, 10.0.0.3]}
groups: {"aws ids=sg-1": [192.0.2.9]}
"#;

#[test]
fn names_and_groups_match_the_addresses_that_a_resolution_gives_and_never_pods() {
    for (element, line) in [
        (
            "toFQDNs: [{matchName: API.example.com.}]",
            "shop/db -> ip:192.0.2.1 TCP/443: allow/n/a",
        ),
        (
            "toFQDNs: [{matchPattern: '*.example.com'}]",
            "shop/db -> ip:192.0.2.2 TCP/443: deny/n/a",
        ),
        (
            "toFQDNs: [{matchPattern: '**.example.com'}]",
            "shop/db -> ip:192.0.2.2 TCP/443: allow/n/a",
        ),
        (
            "toFQDNs: [{matchPattern: '**.example.com'}]",
            "shop/db -> ops/mon TCP/443: deny/allow",
        ),
        (
            "toGroups: [{aws: {securityGroupsIds: [sg-1]}}]",
            "shop/db -> ip:192.0.2.9 TCP/443: allow/n/a",
        ),
    ] {
        let policy = cnp(&format!("egress: [{{{element}}}]"));
        holds(&format!("{policy}{RESOLUTION}"), &[line]);
    }
}

#[test]
fn s17_an_empty_name_selector_is_accepted_and_matches_nothing() {
    holds(
        &cnp(&format!("egress: [{{toFQDNs: [{{}}]{HTTPS}}}]")),
        &["shop/db -> ip:8.8.8.8 TCP/443: deny/n/a"],
    );
}

#[test]
fn an_external_api_server_is_kube_apiserver_and_cluster_and_world() {
    let slice = r#"---
apiVersion: v1
kind: Service
metadata: {name: kubernetes, namespace: default}
spec: {ports: [{port: 443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
endpoints: [{addresses: [203.0.113.9]}]
"#;
    for entity in ["kube-apiserver", "cluster", "world"] {
        let policy = cnp(&format!("egress: [{{toEntities: [{entity}]}}]"));
        holds_with(
            &Options::default(),
            &format!("{policy}{slice}"),
            &["shop/db -> ip:203.0.113.9 TCP/443: allow/n/a"],
        );
    }
    let policy = cnp("egress: [{toEntities: [kube-apiserver]}]");
    holds(
        &format!("{policy}{slice}"),
        &["shop/db -> ip:203.0.113.8 TCP/443: deny/n/a"],
    );
}
