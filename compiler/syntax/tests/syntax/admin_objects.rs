//! What comes out of a good ClusterNetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy.

use ztc_syntax::{
    AdminAction, AdminKind, AdminPeer, AdminPolicy, AdminPortChoice, AdminTier, Enforcement,
    NamePattern, Object, Protocol,
};

use crate::policy_objects::good;

/// The three kinds of tiers.
pub(crate) const ADMIN: &str = r#"
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: c, annotations: {ztc.dev/enforcement: enforce}}
spec:
  tier: Baseline
  priority: 7
  subject: {pods: {podSelector: {matchLabels: {a: b}}}}
  ingress: [{name: first, action: Pass, from: [{namespaces: {}}]}]
  egress:
  - action: Accept
    to: [{domainNames: ["*.Example.com", a.b.]}, {networks: [10.0.0.0/8]}, {nodes: {}}]
    protocols: [{tcp: {destinationPort: {number: 80}}},
      {sctp: {destinationPort: {range: {start: 1, end: 9}}}}]
  - {action: Deny, to: [{pods: {podSelector: {}}}], protocols: [{destinationNamedPort: Web}]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: a}
spec:
  priority: 0
  subject: {namespaces: {}}
  egress:
  - action: Allow
    to: [{namespaces: {}}]
    ports: [{portNumber: {port: 80}}, {portRange: {protocol: UDP, start: 5, end: 5}},
      {namedPort: web}]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {pods: {namespaceSelector: {}, podSelector: {}}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
"#;

/// The policies of [`ADMIN`].
fn admin() -> Vec<AdminPolicy> {
    let policy = |object| match object {
        Object::Admin(policy) => policy,
        other => unreachable!("{other:?}"),
    };
    good(ADMIN).objects.into_iter().map(policy).collect()
}

#[test]
fn kinds_of_tiers_come_in_one_shape() {
    let admin = admin();
    let shapes: Vec<_> = admin
        .iter()
        .map(|policy| (policy.kind, policy.tier, policy.priority))
        .collect();
    let expected = [
        (AdminKind::ClusterNetworkPolicy, AdminTier::Baseline, 7),
        (AdminKind::AdminNetworkPolicy, AdminTier::Admin, 0),
        (
            AdminKind::BaselineAdminNetworkPolicy,
            AdminTier::Baseline,
            0,
        ),
    ];
    assert_eq!(shapes, expected);
    let [cluster, by_namespace, baseline] = admin.as_slice() else {
        unreachable!("three")
    };
    let enforcement = cluster
        .meta
        .enforcement
        .map(|enforcement| enforcement.value);
    assert_eq!(enforcement, Some(Enforcement::Enforce));
    let selectors = |policy: &AdminPolicy| {
        let subject = &policy.subject;
        (subject.namespaces.is_some(), subject.pods.is_some())
    };
    assert_eq!(selectors(cluster), (false, true));
    assert_eq!(selectors(by_namespace), (true, false));
    assert_eq!(selectors(baseline), (true, true));
}

#[test]
fn actions_peers_and_ports_are_kept_in_order() {
    let admin = admin();
    let rules = admin
        .iter()
        .flat_map(|policy| policy.ingress.iter().chain(&policy.egress));
    let actions: Vec<_> = rules.clone().map(|rule| rule.action.value).collect();
    let expected = [
        AdminAction::Pass,
        AdminAction::Accept,
        AdminAction::Deny,
        AdminAction::Accept,
        AdminAction::Deny,
    ];
    assert_eq!(actions, expected);
    let ports: Vec<_> = rules
        .clone()
        .map(|rule| {
            let ports = rule.ports.iter().flat_map(|list| &list.value);
            ports.map(|port| port.port.clone()).collect::<Vec<_>>()
        })
        .collect();
    let named = AdminPortChoice::Named("web".into());
    let expected = [
        vec![],
        vec![
            AdminPortChoice::Range(Protocol::Tcp, 80, 80),
            AdminPortChoice::Range(Protocol::Sctp, 1, 9),
        ],
        vec![named.clone()],
        vec![
            AdminPortChoice::Range(Protocol::Tcp, 80, 80),
            AdminPortChoice::Range(Protocol::Udp, 5, 5),
            named,
        ],
        vec![],
    ];
    assert_eq!(ports, expected);
    let cluster = admin.first().expect("three");
    let rule = cluster.egress.first().expect("two");
    let [
        AdminPeer::DomainNames(names),
        AdminPeer::Networks(networks),
        AdminPeer::Nodes(_),
    ] = rule.peers.as_slice()
    else {
        unreachable!("{:?}", rule.peers)
    };
    let names: Vec<_> = names.value.iter().map(|name| name.value.clone()).collect();
    let expected = [
        NamePattern::Wildcard("**.example.com".into()),
        NamePattern::Exact("a.b".into()),
    ];
    assert_eq!(names, expected);
    assert_eq!(networks.value.len(), 1);
}
