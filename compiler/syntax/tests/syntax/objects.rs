//! What comes out of good manifests.

use std::net::IpAddr;

use ztc_syntax::{
    ContainerPort, NetworkPolicyPeer, Object, Parsed, PolicyType, Port, Protocol, Workload,
    WorkloadKind,
};

use crate::marks;

fn good(text: &str) -> Parsed {
    let (_, parsed, diagnostics) = marks::parse(text);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    parsed
}

fn only(text: &str) -> Object {
    let mut objects = good(text).objects;
    assert_eq!(objects.len(), 1);
    objects.remove(0)
}

fn workload(text: &str) -> Workload {
    match only(text) {
        Object::Workload(workload) => workload,
        other => unreachable!("{other:?} is no workload"),
    }
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn labels(labels: &[(&str, &str)]) -> Vec<(String, String)> {
    labels
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn a_network_policy_is_kept_as_written() {
    let text = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}, \
                spec: {policyTypes: [Egress], ingress: [{}], egress: [{to: [{podSelector: {}, \
                namespaceSelector: {}}, {ipBlock: {cidr: 0.0.0.0/0}}], \
                ports: [{}, {port: 53, endPort: 54, protocol: UDP}, {port: dns-tcp}]}]}}";
    let Object::NetworkPolicy(policy) = only(text) else {
        unreachable!("a policy")
    };
    let types = policy.policy_types.expect("written");
    assert_eq!(
        types.first().map(|policy_type| policy_type.value),
        Some(PolicyType::Egress)
    );
    assert_eq!(policy.pod_selector.span.start, policy.span.start);
    let egress = policy.egress.expect("written").value;
    let rule = egress.first().expect("one");
    let peers = &rule.peers.as_ref().expect("written").value;
    assert!(matches!(
        peers.as_slice(),
        [
            NetworkPolicyPeer::Pods {
                pod_selector: Some(_),
                namespace_selector: Some(_),
                ..
            },
            NetworkPolicyPeer::IpBlock(_),
        ],
    ));
    let ports = &rule.ports.as_ref().expect("written").value;
    let ports: Vec<_> = ports
        .iter()
        .map(|port| port.port.as_ref().map(|p| &p.value))
        .collect();
    let name = Port::Name("dns-tcp".into());
    assert_eq!(ports, [None, Some(&Port::Number(53)), Some(&name)]);
}

const POD: &str = r"
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  namespace: shop
  labels: {b: x, a: z}
  ownerReferences:
  - {kind: A, name: a}
  - {kind: StatefulSet, name: web, controller: true}
spec:
  nodeName: node-a
  hostNetwork: true
  containers:
  - ports: [{name: HTTP, containerPort: 80}]
  initContainers:
  - {restartPolicy: Always, ports: [{containerPort: 81, protocol: UDP}]}
  - {ports: [{containerPort: 82}]}
status:
  phase: Running
  podIP: 10.0.0.1
  podIPs: [{ip: 10.0.0.1}, {ip: fd00::1}]
";

#[test]
fn a_pod_gives_what_policy_needs() {
    let pod = workload(POD);
    assert_eq!(pod.kind, WorkloadKind::Pod);
    assert_eq!(pod.labels, labels(&[("a", "z"), ("b", "x")]));
    assert_eq!(pod.service_account, "default");
    assert_eq!(pod.node.as_deref(), Some("node-a"));
    assert!(pod.host_network);
    assert_eq!(pod.owner, Some(("StatefulSet".into(), "web".into())));
    assert_eq!(pod.addresses, [address("10.0.0.1"), address("fd00::1")]);
    let http = ContainerPort {
        name: Some("http".into()),
        number: 80,
        protocol: Protocol::Tcp,
    };
    let sidecar = ContainerPort {
        name: None,
        number: 81,
        protocol: Protocol::Udp,
    };
    assert_eq!(pod.ports, [http, sidecar]);
    for phase in ["Succeeded", "Failed"] {
        let ended = workload(&POD.replace("Running", phase));
        assert!(ended.addresses.is_empty(), "{phase}");
    }
}

#[test]
fn a_template_gives_the_labels_of_its_pods() {
    let text = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a, labels: {app: job}}, \
                spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: pod}}, \
                spec: {serviceAccountName: b}}}}}}";
    let job = workload(text);
    assert_eq!(job.labels, labels(&[("app", "pod")]));
    assert_eq!(job.meta.labels, labels(&[("app", "job")]));
    assert_eq!(job.service_account, "b");
    assert!(job.addresses.is_empty() && job.node.is_none());
}

#[test]
fn cluster_objects_give_their_addresses() {
    let text = "{apiVersion: v1, kind: Node, metadata: {name: a, \
                labels: {node-role.kubernetes.io/control-plane: ''}}, status: {addresses: \
                [{type: InternalIP, address: 10.0.0.1}, {type: Hostname, address: a}]}}";
    let Object::Node(node) = only(text) else {
        unreachable!("a node")
    };
    assert_eq!(node.addresses, [address("10.0.0.1")]);
    assert!(node.kube_apiserver);
    let text = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: x}, \
                ports: [{port: 80, targetPort: http}], clusterIP: None, clusterIPs: [None]}}";
    let Object::Service(service) = only(text) else {
        unreachable!("a service")
    };
    assert_eq!(
        (service.selector, service.ports),
        (labels(&[("app", "x")]), vec![80])
    );
    assert!(service.cluster_ips.is_empty());
}

#[test]
fn the_example_of_the_snapshot_page_is_read_whole() {
    let page = include_str!("../../SNAPSHOT.md");
    let (_, rest) = page
        .split_once("```yaml\n")
        .expect("the page has an example");
    let (example, _) = rest.split_once("```").expect("the example ends");
    let objects = good(example).objects;
    let [
        Object::Namespace(shop),
        Object::Node(node),
        Object::Workload(pod),
        Object::Workload(agent),
    ] = objects.as_slice()
    else {
        unreachable!("a namespace, a node, two pods: {objects:#?}")
    };
    assert_eq!(shop.meta.labels, labels(&[("team", "retail")]));
    assert!(node.kube_apiserver);
    assert_eq!(node.addresses, [address("172.18.0.2"), address("fd00::2")]);
    assert_eq!(pod.meta.namespace_or_default(), "shop");
    assert_eq!(pod.service_account, "backend");
    assert_eq!(pod.owner, Some(("Deployment".into(), "backend".into())));
    assert_eq!(pod.ports.first().map(|port| port.number), Some(8080));
    assert!(agent.host_network);
}

#[test]
fn json_lists_and_streams_give_the_same_objects_as_documents() {
    let pod = |name| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {{\"name\": \"{name}\"}}}}"
        )
    };
    let (a, b) = (pod("a"), pod("b"));
    let list = format!("{{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": [{a},\n\t{b}]}}");
    let typed =
        "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n";
    let documents = format!("{a}\n---\n{b}\n");
    for text in [list.as_str(), typed, documents.as_str()] {
        let objects = good(text).objects;
        let names: Vec<_> = objects
            .iter()
            .map(|object| match object {
                Object::Workload(workload) => workload.meta.name.value.as_str(),
                other => unreachable!("{other:?}"),
            })
            .collect();
        assert_eq!(names, ["a", "b"]);
    }
}

#[test]
fn an_object_with_an_error_is_left_out_and_the_others_are_not() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, name: b}\n---\na: [\n---\n\
                apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {}}\n\
                - {apiVersion: v1, kind: Secret, metadata: {name: x}}\n\
                - {apiVersion: v1, kind: Pod, metadata: {name: c}}\n";
    let (sources, parsed, diagnostics) = marks::parse(text);
    let names: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.name)
        .collect();
    assert_eq!(names, ["duplicate-key", "yaml-syntax", "missing-name"]);
    assert_eq!((parsed.objects.len(), parsed.n_documents), (1, 3));
    let skipped = parsed.skipped.first().expect("the secret");
    assert_eq!(
        (skipped.api_version.as_str(), sources.text(skipped.span)),
        ("v1", "Secret")
    );
}
