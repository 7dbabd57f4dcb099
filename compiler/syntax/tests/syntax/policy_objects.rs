//! What comes out of good policies beyond peers by label and ports, and of what they refer to.

use ztc_syntax::{
    AuthenticationMode, CidrBase, CiliumElement, CiliumRule, CiliumSubject, Enforcement,
    NamePattern, Object, Parsed, ServiceChoice,
};

use crate::marks;

/// Every field that an element of `egress` can have, and some of ingress.
pub(crate) const CILIUM: &str = r#"
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: all, annotations: {ztc.dev/enforcement: audit, a: b}}
specs:
- endpointSelector: {}
  description: text
  labels: [{key: a, value: b}, {key: c, source: k8s}]
  log: {value: "orders, v2 é"}
  ingress:
  - fromNodes: [{matchLabels: {role: edge}}]
    authentication: {mode: required}
  - fromGroups: [{aws: {region: eu, labels: {b: "2", a: "1"}, securityGroupsIds: [sg-2, sg-1]}}]
  - icmps: [{fields: [{type: 8}, {type: "13"}, {family: IPv6, type: PacketTooBig}]}]
  egress:
  - toServices: [{k8sService: {serviceName: web, namespace: shop}},
      {k8sServiceSelector: {selector: {matchLabels: {a: b}}}}]
  - toFQDNs: [{matchName: API.Example.com.}, {matchPattern: "*.Example.com"}, {matchPattern: "**."},
      {matchPattern: plain.example.com}]
  - toNodes: []
    toCIDRSet: [{cidrGroupRef: partners, except: [10.0.0.0/8]}, {cidrGroupSelector: {}}]
  - toGroups: [{aws: {securityGroupsNames: [x]}}]
    toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{path: "/users/{id}", method: GET|HEAD, host: a, headers: [X-A b],
        headerMatches: [{name: a, value: b, mismatch: ADD, secret: {name: s, namespace: ns}}]}]}
      terminatingTLS: {secret: {name: s, namespace: ns}, trustedCA: a, certificate: b,
        privateKey: c}
      originatingTLS: {secret: {name: s}}
      serverNames: ["*.example.com"]
    - {ports: [{port: "53"}], rules: {dns: [{matchPattern: "*"}]}}
    - {ports: [{port: "9092", protocol: TCP}], rules: {kafka: [{role: consume, topic: a}]}}
    - {ports: [{port: "1", protocol: TCP}], rules: {l7proto: x, l7: [{a: b}]}}
    - {ports: [{port: "2"}], rules: {l7proto: x}}
    - {rules: {http: []}, serverNames: []}
    - listener:
        {envoyConfig: {kind: CiliumClusterwideEnvoyConfig, name: a}, name: b, priority: 100}
    - {serverNames: [a.b]}
- nodeSelector: {matchLabels: {role: edge}}
  egressDeny: [{toServices: [{k8sService: {serviceName: web}}]}]
"#;

/// A file of what policies refer to.
pub(crate) const REFERRED: &str = r#"
{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: partners, labels: {a: b}},
  spec: {externalCIDRs: [10.1.2.3/8, "fd00::/8"]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints:
- {addresses: [10.0.0.2, 10.0.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: a}}
- {addresses: [10.0.0.3], conditions: {ready: false, serving: true, terminating: true}}
- {addresses: [10.0.0.1, 10.0.0.4]}
ports: [{port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: names}
addressType: FQDN
endpoints: [{addresses: [www.example.com]}]
---
apiVersion: ztc.dev/v1alpha1
kind: Resolution
names: {API.example.com.: [192.0.2.1, "2001:db8::1"], b: []}
groups: {"aws region=eu": [192.0.2.7]}
"#;

pub(crate) fn good(text: &str) -> Parsed {
    let (_, parsed, diagnostics) = marks::parse(text);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    assert!(parsed.refused.is_empty());
    parsed
}

/// The two rules of [`CILIUM`].
fn rules() -> (CiliumRule, CiliumRule) {
    let parsed = good(CILIUM);
    let [Object::Cilium(policy)] = parsed.objects.as_slice() else {
        unreachable!("one policy")
    };
    let enforcement = policy.meta.enforcement.map(|enforcement| enforcement.value);
    assert_eq!(enforcement, Some(Enforcement::Audit));
    assert!(policy.clusterwide);
    let [first, second] = policy.rules.as_slice() else {
        unreachable!("two rules")
    };
    (first.clone(), second.clone())
}

fn egress() -> Vec<CiliumElement> {
    rules().0.egress.expect("written").value
}

fn ingress() -> Vec<CiliumElement> {
    rules().0.ingress.expect("written").value
}

#[test]
fn a_rule_for_nodes_has_them_as_its_subject() {
    let (first, second) = rules();
    assert!(matches!(first.subject, CiliumSubject::Endpoints(_)));
    let CiliumSubject::Nodes(selector) = &second.subject else {
        unreachable!("{:?}", second.subject)
    };
    assert_eq!(selector.requirements.len(), 1);
    let deny = second.egress_deny.expect("written").value;
    assert!(deny.iter().all(|element| element.services.is_some()));
}

#[test]
fn labels_and_log_of_a_rule_are_kept() {
    let (first, second) = rules();
    assert_eq!(first.labels, ["unspec:a=b", "k8s:c="]);
    let log = first.log.map(|log| log.value);
    assert_eq!(log.as_deref(), Some("orders, v2 é"));
    assert!(second.labels.is_empty() && second.log.is_none());
}

#[test]
fn nodes_groups_and_authentication_are_kept() {
    let ingress = ingress();
    let [nodes, groups, _] = ingress.as_slice() else {
        unreachable!("three elements")
    };
    assert_eq!(nodes.nodes.as_ref().map(|list| list.value.len()), Some(1));
    let mode = nodes.authentication.map(|mode| mode.value);
    assert_eq!(mode, Some(AuthenticationMode::Required));
    let groups = groups.groups.as_ref().expect("written").value.iter();
    let keys: Vec<_> = groups.map(|group| group.key.as_str()).collect();
    assert_eq!(keys, ["aws labels=a=1;b=2 ids=sg-1,sg-2 region=eu"]);
}

#[test]
fn icmp_types_come_as_numbers() {
    let ingress = ingress();
    let icmps = ingress
        .last()
        .and_then(|element| element.icmps.as_ref())
        .expect("written");
    let fields = icmps.value.iter().flat_map(|rule| rule.fields.iter());
    let types: Vec<_> = fields
        .flat_map(|list| &list.value)
        .map(|field| (field.ipv6, field.icmp_type))
        .collect();
    assert_eq!(types, [(false, 8), (false, 13), (true, 2)]);
}

#[test]
fn services_are_named_or_selected() {
    let egress = egress();
    let services = egress
        .first()
        .and_then(|element| element.services.as_ref())
        .expect("written");
    let [named, selected] = services.value.as_slice() else {
        unreachable!("two")
    };
    let ServiceChoice::Name(name) = &named.services else {
        unreachable!("a name")
    };
    let namespace = named.namespace.as_ref().map(|name| name.value.as_str());
    assert_eq!((name.value.as_str(), namespace), ("web", Some("shop")));
    assert!(matches!(selected.services, ServiceChoice::Selector(_)));
    assert_eq!(selected.namespace, None);
}

#[test]
fn names_come_in_lower_case_without_their_last_dot() {
    let egress = egress();
    let fqdns = egress
        .get(1)
        .and_then(|element| element.fqdns.as_ref())
        .expect("written");
    let patterns: Vec<_> = fqdns
        .value
        .iter()
        .map(|fqdn| fqdn.pattern.clone())
        .collect();
    let expected = [
        NamePattern::Exact("api.example.com".into()),
        NamePattern::Wildcard("*.example.com".into()),
        NamePattern::Wildcard("*".into()),
        NamePattern::Exact("plain.example.com".into()),
    ]
    .map(Some);
    assert_eq!(patterns, expected);
}

#[test]
fn cidr_sets_start_from_groups_too() {
    let egress = egress();
    let element = egress.get(2).expect("an element");
    assert_eq!(element.nodes.as_ref().map(|list| list.value.len()), Some(0));
    let sets = &element.cidr_set.as_ref().expect("written").value;
    let [named, selected] = sets.as_slice() else {
        unreachable!("two")
    };
    assert!(matches!(&named.base, CidrBase::Group(name) if name.value == "partners"));
    assert_eq!(named.except.len(), 1);
    assert!(matches!(selected.base, CidrBase::GroupSelector(_)));
}

#[test]
fn what_goes_beyond_ports_is_located() {
    let egress = egress();
    let rules = egress
        .last()
        .and_then(|element| element.to_ports.as_ref())
        .expect("written");
    let found: Vec<_> = rules
        .value
        .iter()
        .map(|rule| {
            (
                rule.l7.is_some(),
                rule.tls.is_some(),
                rule.listener.is_some(),
            )
        })
        .collect();
    let expected = [
        (true, true, false),
        (true, false, false),
        (true, false, false),
        (true, false, false),
        (true, false, false),
        (false, false, false),
        (false, false, true),
        (false, true, false),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_a_proxy_is_asked_is_kept_to_be_compared() {
    let egress = egress();
    let rules = egress
        .last()
        .and_then(|element| element.to_ports.as_ref())
        .expect("written");
    let parsers: Vec<_> = rules
        .value
        .iter()
        .filter_map(|rule| rule.l7.as_ref())
        .map(|l7| (l7.parser.as_str(), l7.has_rules))
        .collect();
    let expected = [
        ("http", true),
        ("dns", true),
        ("kafka", true),
        ("x", true),
        ("x", false),
    ];
    assert_eq!(parsers, expected);
    let tls = rules
        .value
        .first()
        .and_then(|rule| rule.tls.as_ref())
        .expect("written");
    let text = |context: &Option<ztc_diag::Spanned<String>>| {
        context.as_ref().map(|context| context.value.clone())
    };
    assert_eq!(text(&tls.terminating).as_deref(), Some("ns/s/a/b/c"));
    let named_as_usual = "/s/ca.crt/tls.crt/tls.key";
    assert_eq!(text(&tls.originating).as_deref(), Some(named_as_usual));
    assert!(tls.server_names.is_some());
    let listener = rules
        .value
        .iter()
        .find_map(|rule| rule.listener.as_ref())
        .expect("written");
    assert_eq!(
        (listener.config.as_str(), listener.name.as_str()),
        ("a", "b")
    );
    assert!(listener.clusterwide && listener.priority == Some(100));
}

#[test]
fn groups_slices_and_resolutions_give_addresses() {
    let parsed = good(REFERRED);
    let [
        Object::CidrGroup(group),
        Object::EndpointSlice(slice),
        Object::EndpointSlice(names),
        Object::Resolution(resolution),
    ] = parsed.objects.as_slice()
    else {
        unreachable!("{parsed:#?}")
    };
    let prefixes: Vec<_> = group
        .prefixes
        .iter()
        .map(|prefix| (prefix.value.address.to_string(), prefix.value.length))
        .collect();
    assert_eq!(prefixes, [("10.0.0.0".into(), 8), ("fd00::".into(), 8)]);
    assert_eq!(group.meta.labels, [("a".to_owned(), "b".to_owned())]);
    let texts = |addresses: &[std::net::IpAddr]| -> Vec<_> {
        addresses.iter().map(ToString::to_string).collect()
    };
    let expected = ["10.0.0.1", "10.0.0.2", "10.0.0.4"];
    assert_eq!(texts(&slice.addresses), expected);
    assert_eq!(slice.service.as_deref(), Some("web"));
    assert!(names.addresses.is_empty() && names.service.is_none());
    let [(api, addresses), (empty, none)] = resolution.names.as_slice() else {
        unreachable!("two names")
    };
    assert_eq!(api.value, "api.example.com");
    assert_eq!(texts(addresses), ["192.0.2.1", "2001:db8::1"]);
    assert!(empty.value == "b" && none.is_empty());
    let groups: Vec<_> = resolution
        .groups
        .iter()
        .map(|(key, _)| &key.value)
        .collect();
    assert_eq!(groups, ["aws region=eu"]);
}

#[test]
fn the_example_of_the_resolution_page_is_read_whole() {
    let page = include_str!("../../RESOLUTION.md");
    let (_, rest) = page
        .split_once("```yaml\n")
        .expect("the page has an example");
    let (example, _) = rest.split_once("```").expect("the example ends");
    let parsed = good(example);
    let [Object::Resolution(resolution)] = parsed.objects.as_slice() else {
        unreachable!("{parsed:#?}")
    };
    assert_eq!((resolution.names.len(), resolution.groups.len()), (2, 1));
}
