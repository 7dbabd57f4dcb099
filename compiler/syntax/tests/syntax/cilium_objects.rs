//! What comes out of a good CiliumNetworkPolicy.

use std::net::IpAddr;

use ztc_syntax::{CiliumRule, Entity, Object, Operator, Port, Prefix, Protocol};

use crate::marks;

const POLICY: &str = r#"
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: all, namespace: ""}
spec:
  endpointSelector:
    matchLabels: {"k8s:app": web}
    matchExpressions: [{key: tier, operator: NotIn, values: [a, b]}, {key: x, operator: Exists}]
  enableDefaultDeny: {egress: no}
  ingress:
  - {}
  - fromEndpoints: []
  - fromEndpoints:
  egressDeny:
  - toEntities: [world, kube-apiserver]
    toPorts:
    - {}
    - ports: []
    - ports: [{port: "0"}, {port: DNS, protocol: udp}, {port: "80", endPort: 90, protocol: ANY}]
specs:
- endpointSelector: {}
  egress:
  - {toCIDR: [10.1.2.3/8], toCIDRSet: []}
  - {toCIDRSet: [{cidr: "fd00::/8", except: ["fd01::/16"]}]}
"#;

/// The two rules of the policy.
fn rules() -> (CiliumRule, CiliumRule) {
    let (_, parsed, diagnostics) = marks::parse(POLICY);
    let names: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.name)
        .collect();
    assert_eq!(names, ["protocol-not-upper-case"]);
    let [Object::Cilium(policy)] = parsed.objects.as_slice() else {
        unreachable!("one policy")
    };
    assert_eq!(policy.meta.namespace, None);
    assert_eq!(policy.meta.namespace_or_default(), "default");
    let paths: Vec<_> = policy.rules.iter().map(|rule| rule.path.as_str()).collect();
    assert_eq!(paths, ["spec", "specs[0]"]);
    let [first, second] = policy.rules.as_slice() else {
        unreachable!("two rules")
    };
    (first.clone(), second.clone())
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn a_subject_is_kept_as_written() {
    let (first, _) = rules();
    let requirements: Vec<_> = first
        .subject
        .selector()
        .requirements
        .iter()
        .map(|r| {
            (
                r.key.value.as_str(),
                r.operator,
                r.values.len(),
                r.from_match_labels,
            )
        })
        .collect();
    let expected = [
        ("k8s:app", Operator::In, 1, true),
        ("tier", Operator::NotIn, 2, false),
        ("x", Operator::Exists, 0, false),
    ];
    assert_eq!(requirements, expected);
    assert_eq!(first.default_deny_ingress, None);
    assert_eq!(
        first.default_deny_egress.map(|deny| deny.value),
        Some(false)
    );
}

#[test]
fn empty_and_absent_lists_stay_apart() {
    let (first, _) = rules();
    let ingress = &first.ingress.as_ref().expect("written").value;
    let endpoints: Vec<_> = ingress
        .iter()
        .map(|element| element.endpoints.as_ref().map(|list| list.value.len()))
        .collect();
    assert_eq!(endpoints, [None, Some(0), None]);
    assert!(first.egress.is_none() && first.ingress_deny.is_none());
}

#[test]
fn entities_and_ports_are_kept_as_written() {
    let (first, _) = rules();
    let deny = &first.egress_deny.as_ref().expect("written").value;
    let element = deny.first().expect("one");
    let entities = element.entities.as_ref().expect("written").value.iter();
    let entities: Vec<_> = entities.map(|entity| entity.value).collect();
    assert_eq!(entities, [Entity::World, Entity::KubeApiserver]);
    let rules = &element.to_ports.as_ref().expect("written").value;
    let n_ports: Vec<_> = rules
        .iter()
        .map(|rule| rule.ports.as_ref().map(|list| list.value.len()))
        .collect();
    assert_eq!(n_ports, [None, Some(0), Some(3)]);
    let ports = &rules
        .last()
        .and_then(|rule| rule.ports.as_ref())
        .expect("written")
        .value;
    let ports: Vec<_> = ports
        .iter()
        .map(|port| {
            let value = port.port.as_ref().map(|port| port.value.clone());
            (
                value,
                port.end_port.map(|end| end.value),
                port.protocol.map(|p| p.value),
            )
        })
        .collect();
    let expected = [
        (Some(Port::Number(0)), None, None),
        (Some(Port::Name("dns".into())), None, Some(Protocol::Udp)),
        (Some(Port::Number(80)), Some(90), Some(Protocol::Any)),
    ];
    assert_eq!(ports, expected);
}

#[test]
fn prefixes_lose_their_host_bits() {
    let (_, second) = rules();
    let egress = &second.egress.as_ref().expect("written").value;
    let cidr = egress
        .first()
        .and_then(|element| element.cidr.as_ref())
        .expect("written");
    let masked = Prefix {
        address: address("10.0.0.0"),
        length: 8,
    };
    assert_eq!(cidr.value.first().map(|prefix| prefix.value), Some(masked));
    let set = egress
        .last()
        .and_then(|element| element.cidr_set.as_ref())
        .expect("written");
    let except = set
        .value
        .first()
        .and_then(|set| set.except.first())
        .map(|prefix| prefix.value);
    assert_eq!(
        except,
        Some(Prefix {
            address: address("fd01::"),
            length: 16
        })
    );
}
