//! What Cilium and the API server refuse, one test for each reason, named by it.
//!
//! Must not know how anything is read: a rejection is a text with a mark where the error belongs.

use crate::marks;

/// A CiliumNetworkPolicy with this rule.
fn cnp(rule: &str) -> String {
    format!(
        "{{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {{name: a}}, \
         spec: {rule}}}\n"
    )
}

/// A CiliumClusterwideNetworkPolicy with this rule.
fn ccnp(rule: &str) -> String {
    cnp(rule).replace("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")
}

fn element(list: &str, element: &str) -> String {
    cnp(&format!("{{endpointSelector: {{}}, {list}: [{element}]}}"))
}

fn ingress(text: &str) -> String {
    element("ingress", text)
}

fn egress(text: &str) -> String {
    element("egress", text)
}

fn egress_deny(text: &str) -> String {
    element("egressDeny", text)
}

/// An element of `toPorts` on egress.
fn ports(text: &str) -> String {
    egress(&format!("{{toPorts: [{text}]}}"))
}

/// `rules` beside a port that may have them.
fn rules(text: &str) -> String {
    ports(&format!(
        "{{ports: [{{port: \"80\", protocol: TCP}}], {text}}}"
    ))
}

fn policy(version: &str, kind: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: policy.networking.k8s.io/{version}, kind: {kind}, \
         metadata: {{name: default}}, spec: {spec}}}\n"
    )
}

/// A ClusterNetworkPolicy with these lists.
fn cluster(lists: &str) -> String {
    let spec = format!("{{tier: Admin, priority: 1, subject: {{namespaces: {{}}}}, {lists}}}");
    policy("v1alpha2", "ClusterNetworkPolicy", &spec)
}

/// A ClusterNetworkPolicy that accepts to these peers and ports.
fn cluster_egress(fields: &str) -> String {
    cluster(&format!("egress: [{{action: Accept, {fields}}}]"))
}

/// An AdminNetworkPolicy with these lists.
fn admin(lists: &str) -> String {
    let spec = format!("{{priority: 1, subject: {{namespaces: {{}}}}, {lists}}}");
    policy("v1alpha1", "AdminNetworkPolicy", &spec)
}

/// A BaselineAdminNetworkPolicy with these lists.
fn baseline(lists: &str) -> String {
    let spec = format!("{{subject: {{namespaces: {{}}}}, {lists}}}");
    policy("v1alpha1", "BaselineAdminNetworkPolicy", &spec)
}

fn many(element: &str, n: usize) -> String {
    vec![element; n].join(", ")
}

/// Makes a test of each, and a list of all.
macro_rules! rejections {
    ($($name:ident: $text:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let diagnostics = marks::check(stringify!($name), &$text);
                assert!(!diagnostics.is_empty());
            }
        )*

        /// Every text here, with its marks.
        pub(crate) fn all() -> Vec<(&'static str, String)> {
            vec![$((stringify!($name), $text)),*]
        }
    };
}

rejections! {
    cnp_rejects_a_rule_without_any_list: cnp("⟦no-rules|⟧{endpointSelector: {}, ingress: []}");
    cnp_rejects_a_rule_without_a_selector: cnp("⟦missing-endpoint-selector|⟧{ingress: [{}]}");
    ccnp_rejects_a_rule_with_both_selectors:
        ccnp("{endpointSelector: {}, ⟦two-subjects|nodeSelector⟧: {}, ingress: [{}]}");
    cnp_rejects_a_node_selector:
        cnp("{⟦node-selector-in-namespaced-policy|nodeSelector⟧: {}, ingress: [{}]}");
    cnp_rejects_an_unknown_operator: ingress(
        "{fromEndpoints: [{matchExpressions: [{key: a, operator: ⟦unknown-operator|Gt⟧, \
         values: [x]}]}]}");
    cnp_rejects_an_operator_without_its_values: ingress(
        "{fromEndpoints: [{matchExpressions: [{key: a, operator: ⟦operator-needs-values|In⟧}]}]}");
    cnp_rejects_an_operator_with_values_it_does_not_take: ingress(
        "{fromEndpoints: [{matchExpressions: [{key: a, operator: Exists, \
         values: ⟦operator-takes-no-values|[x]⟧}]}]}");
    cnp_rejects_a_bad_label_key:
        ingress("{fromEndpoints: [{matchLabels: {⟦bad-label-key|-a⟧: x}}]}");
    cnp_rejects_a_bad_label_value:
        ingress("{fromNodes: [{matchLabels: {a: ⟦bad-label-value|-x⟧}}]}");
    cnp_rejects_two_kinds_of_peers:
        ingress("{fromNodes: [{}], ⟦combined-peers|fromGroups⟧: [{aws: {}}]}");
    cnp_rejects_names_beside_other_peers:
        egress("{toServices: [{k8sService: {serviceName: a}}], \
                ⟦combined-peers|toFQDNs⟧: [{matchName: a}]}");
    cnp_rejects_a_bad_cidr: ingress("{fromCIDR: [⟦bad-cidr|10.0.0.0/33⟧]}");
    cnp_rejects_an_address_for_a_cidr: ingress("{fromCIDR: [⟦bad-cidr|10.0.0.1⟧]}");
    cnp_rejects_an_ipv4_cidr_in_the_spelling_of_ipv6:
        ingress("{fromCIDR: [⟦bad-cidr|\"::ffff:10.0.0.0/104\"⟧, \"::/0\"]}");
    cnp_rejects_a_cidr_set_without_a_base:
        egress("{toCIDRSet: [⟦cidr-set-base|⟧{except: [10.0.0.0/8]}]}");
    cnp_rejects_a_cidr_set_with_two_bases:
        egress("{toCIDRSet: [{cidr: 10.0.0.0/8, ⟦cidr-set-base|cidrGroupRef⟧: a, \
                ⟦cidr-set-base|cidrGroupSelector⟧: {}}]}");
    cnp_rejects_an_exception_outside_of_its_base:
        egress("{toCIDRSet: [{cidr: 10.0.0.0/8, except: [⟦except-outside|11.0.0.0/9⟧]}]}");
    cnp_rejects_an_exception_of_the_other_family:
        egress("{toCIDRSet: [{cidr: 0.0.0.0/0, except: [⟦except-outside|\"::/64\"⟧]}]}");
    cnp_rejects_a_bad_exception_of_a_group:
        egress("{toCIDRSet: [{cidrGroupRef: a, except: [⟦bad-cidr|10.0.0.0⟧]}]}");
    cnp_rejects_a_bad_name_of_a_cidr_group:
        egress("{toCIDRSet: [{cidrGroupRef: ⟦bad-cidr-group-name|A_b⟧}, \
                {cidrGroupRef: ⟦bad-cidr-group-name|\"\"⟧}]}");
    cnp_rejects_an_unknown_entity: egress("{toEntities: [⟦unknown-entity|worlds⟧]}");
    cnp_warns_of_an_entity_that_the_schema_refuses: egress(
        "{toEntities: [world, ⟦entity-not-in-schema|world-ipv4⟧, \
         ⟦entity-not-in-schema|world-ipv6⟧]}");
    cnp_rejects_icmps_beside_ports: egress(
        "{toPorts: [{ports: [{port: \"80\"}]}], ⟦icmps-with-ports|icmps⟧: [{fields: []}]}");
    cnp_rejects_more_than_40_icmp_fields: egress(&format!(
        "{{icmps: [{{⟦too-many-icmp-fields|fields⟧: [{}]}}]}}", many("{type: 8}", 41)));
    cnp_rejects_an_unknown_icmp_family:
        egress("{icmps: [{fields: [{family: ⟦unknown-icmp-family|ipv4⟧, type: 8}]}]}");
    cnp_rejects_an_unknown_icmp_type_name:
        egress("{icmps: [{fields: [{type: ⟦unknown-icmp-type|Ping⟧}]}]}");
    cnp_rejects_an_icmp_type_name_of_the_other_family: egress(
        "{icmps: [{fields: [{type: ⟦icmp-type-of-other-family|PacketTooBig⟧}, \
         {family: IPv6, type: ⟦icmp-type-of-other-family|Redirect⟧}]}]}");
    cnp_rejects_an_icmp_type_that_is_no_byte: egress(
        "{icmps: [{fields: [{type: ⟦out-of-range|256⟧}, {type: ⟦out-of-range|\"256\"⟧}, \
         {type: ⟦not-decimal|\"08\"⟧}, ⟦missing-field|⟧{family: IPv6}]}]}");
    cnp_rejects_more_than_40_ports: ports(&format!(
        "{{⟦too-many-ports|ports⟧: [{}]}}", many("{port: \"80\"}", 41)));
    cnp_rejects_more_than_40_ports_in_a_deny_element: egress_deny(&format!(
        "{{toPorts: [{{⟦too-many-ports|ports⟧: [{}]}}]}}", many("{port: \"80\"}", 41)));
    cnp_rejects_a_missing_port: ports("{ports: [⟦missing-field|⟧{protocol: TCP}]}");
    cnp_rejects_a_port_it_cannot_read: ports("{ports: [{port: ⟦bad-port|a_b⟧}]}");
    cnp_rejects_an_unknown_protocol:
        ports("{ports: [{port: \"80\", protocol: ⟦unknown-protocol|ICMP⟧}]}");
    cnp_rejects_vrrp_and_igmp: ports(
        "{ports: [{protocol: ⟦extended-protocol|VRRP⟧}, \
         {port: \"80\", protocol: ⟦extended-protocol|igmp⟧}]}");
    cnp_rejects_http_without_tcp: ports(
        "{ports: [⟦l7-needs-tcp|{port: \"80\"}⟧, {port: \"81\", protocol: ⟦l7-needs-tcp|ANY⟧}, \
         {port: \"82\", protocol: ⟦l7-needs-tcp|UDP⟧}], rules: {http: [{}]}}");
    cnp_rejects_dns_rules_on_ingress: ingress(
        "{toPorts: [{ports: [{port: \"53\"}], ⟦dns-rules-on-ingress|rules⟧: \
         {dns: [{matchName: a}]}}]}");
    cnp_rejects_dns_rules_on_sctp: ports(
        "{ports: [{port: \"53\", protocol: ⟦dns-rules-protocol|SCTP⟧}, {port: \"53\"}, \
         {port: \"53\", protocol: UDP}, {port: \"53\", protocol: TCP}], \
         rules: {dns: [{matchPattern: \"*\"}]}}");
    cnp_rejects_dns_rules_without_ports:
        ports("{⟦dns-rules-without-ports|rules⟧: {dns: [{matchName: a}]}}");
    cnp_rejects_dns_rules_with_a_port_range: ports(
        "{ports: [{port: \"53\", endPort: ⟦dns-rules-with-port-range|54⟧}], \
         rules: {dns: [{matchName: a}]}}");
    cnp_rejects_requests_on_port_zero: ports(
        "{ports: [{port: ⟦l7-on-port-zero|\"0\"⟧, protocol: TCP}], rules: {http: [{}]}}");
    cnp_rejects_requests_of_two_protocols:
        rules("rules: {http: [{}], ⟦two-l7-kinds|kafka⟧: [{}], ⟦two-l7-kinds|l7proto⟧: x}");
    cnp_rejects_l7_without_its_protocol: rules("rules: {⟦l7-without-protocol|l7⟧: [{a: b}]}");
    cnp_rejects_an_empty_key_of_l7:
        rules("rules: {l7proto: x, l7: [{⟦empty-l7-key|\"\"⟧: a}]}");
    cnp_rejects_an_unknown_kafka_role:
        rules("rules: {kafka: [{role: ⟦unknown-kafka-role|producer⟧}, {role: produce}]}");
    cnp_rejects_server_names_beside_requests_nobody_decrypts:
        rules("⟦server-names-need-tls|serverNames⟧: [a.b], rules: {http: [{}]}");
    cnp_rejects_a_bad_server_name: rules(
        "serverNames: [⟦bad-server-name|\"\"⟧, \"*.a.b\", \"**.a.b\", \"a*b.c\", \
         ⟦bad-server-name|a/b⟧]");
    cnp_rejects_a_server_name_given_twice:
        rules("serverNames: [a.b, ⟦duplicate-server-name|a.b⟧]");
    cnp_rejects_a_listener_on_ingress: ingress(
        "{toPorts: [{⟦listener-on-ingress|listener⟧: {envoyConfig: {name: a}, name: b}}]}");
    cnp_rejects_a_listener_beside_requests: rules(
        "⟦listener-with-l7|listener⟧: {envoyConfig: {name: a}, name: b}, rules: {http: [{}]}");
    cnp_rejects_a_listener_of_no_such_priority: rules(
        "listener: {envoyConfig: {name: a}, name: b, priority: ⟦out-of-range|101⟧}");
    cnp_rejects_a_listener_of_an_unknown_kind: rules(
        "listener: {envoyConfig: {kind: ⟦unknown-envoy-config-kind|EnvoyConfig⟧, name: a}, \
         name: b}");
    cnp_rejects_a_listener_without_names:
        rules("listener: ⟦missing-field|⟧{envoyConfig: {name: ⟦missing-field|\"\"⟧}}");
    ccnp_rejects_a_listener_of_a_namespace: ccnp(
        "{endpointSelector: {}, egress: [{toPorts: [{ports: [{port: \"80\"}], listener: \
         {envoyConfig: {kind: ⟦namespaced-listener|CiliumEnvoyConfig⟧, name: a}, name: b}}]}]}");
    ccnp_rejects_requests_on_ingress_of_nodes: ccnp(
        "{nodeSelector: {}, ingress: [{toPorts: [{ports: [{port: \"80\", protocol: TCP}], \
         ⟦l7-in-host-policy|rules⟧: {http: [{}]}}]}]}");
    ccnp_rejects_requests_but_dns_on_egress_of_nodes: ccnp(
        "{nodeSelector: {}, egress: [{toPorts: [{ports: [{port: \"80\", protocol: TCP}], \
         ⟦l7-in-host-policy|rules⟧: {http: [{}]}}, {ports: [{port: \"53\"}], \
         rules: {dns: [{matchName: a}]}}]}]}");
    cnp_rejects_a_name_and_a_pattern_in_one_element:
        egress("{toFQDNs: [{matchName: a, ⟦fqdn-name-and-pattern|matchPattern⟧: \"*\"}]}");
    cnp_rejects_characters_that_no_name_has: egress(
        "{toFQDNs: [{matchName: ⟦bad-fqdn|a/b⟧}, {matchName: ⟦bad-fqdn|\"*.a\"⟧}, \
         {matchName: ⟦bad-fqdn|a..b⟧}, {matchPattern: ⟦bad-fqdn|\"*.ä\"⟧}, \
         {matchName: ⟦bad-fqdn|.⟧}]}");
    cnp_rejects_names_of_more_than_255_characters: egress(&format!(
        "{{toFQDNs: [{{matchName: ⟦bad-fqdn|{0}⟧}}, {{matchPattern: ⟦bad-fqdn|\"*{0}\"⟧}}]}}",
        "a".repeat(256)));
    cnp_rejects_a_path_that_is_no_expression:
        rules("rules: {http: [{path: ⟦bad-http-regex|\"/(\"⟧, host: \"(\"}]}");
    cnp_rejects_a_method_that_is_no_expression:
        rules("rules: {http: [{method: ⟦bad-http-regex|\"*\"⟧}]}");
    cnp_rejects_a_header_match_without_a_name: rules(
        "rules: {http: [{headerMatches: [⟦header-match-without-name|⟧{value: x}, \
         {⟦header-match-without-name|name⟧: \"\"}]}]}");
    cnp_rejects_an_unknown_mismatch_action: rules(
        "rules: {http: [{headerMatches: [{name: a, mismatch: ⟦unknown-mismatch-action|DROP⟧}, \
         {name: a, mismatch: LOG}]}]}");
    cnp_rejects_a_secret_without_a_name: rules(
        "rules: {http: [{headerMatches: [{name: a, secret: ⟦secret-without-name|⟧{}}]}]}, \
         terminatingTLS: {secret: {⟦secret-without-name|name⟧: \"\"}}, \
         originatingTLS: ⟦missing-field|⟧{}");
    cnp_rejects_a_policy_without_a_name:
        cnp("{endpointSelector: {}, ingress: [{}]}")
            .replace("metadata: {name: a}", "metadata: ⟦missing-name|⟧{}");
    cnp_rejects_a_policy_without_a_spec:
        cnp("~").replace("kind: CiliumNetworkPolicy", "kind: ⟦missing-spec|CiliumNetworkPolicy⟧");
    cnp_rejects_an_unknown_authentication_mode: ingress(
        "{authentication: {mode: ⟦unknown-authentication-mode|require⟧}}");
    cnp_rejects_what_only_allow_elements_have: egress_deny(
        "{⟦allow-only-field|toFQDNs⟧: [], ⟦allow-only-field|authentication⟧: {mode: required}, \
         toPorts: [{⟦allow-only-field|rules⟧: {}, ⟦allow-only-field|serverNames⟧: []}]}");
    cnp_rejects_egress_peers_on_ingress: ingress(
        "{⟦wrong-direction|toServices⟧: [], ⟦wrong-direction|toFQDNs⟧: [], \
         ⟦wrong-direction|toNodes⟧: []}");
    cnp_rejects_an_unclear_choice_of_services: egress(
        "{toServices: [⟦service-choice|⟧{}, {k8sService: ⟦missing-field|⟧{namespace: b}}, \
         {k8sService: {serviceName: a}, ⟦service-choice|k8sServiceSelector⟧: {selector: {}}}, \
         {k8sServiceSelector: ⟦missing-field|⟧{}}]}");
    cnp_rejects_a_group_of_no_provider: egress("{toGroups: [⟦missing-field|⟧{}]}");
    cnp_rejects_a_log_text_of_more_than_32_characters: cnp(&format!(
        "{{endpointSelector: {{}}, ingress: [{{}}], log: {{value: ⟦bad-log|{}⟧}}}}",
        "é".repeat(33)));
    cnp_rejects_a_log_text_that_cannot_be_printed: cnp(
        "{endpointSelector: {}, ingress: [{}], log: {value: ⟦bad-log|\"a\\u200bb\"⟧}}");
    cnp_rejects_a_rule_label_without_a_key: cnp(
        "{endpointSelector: {}, ingress: [{}], labels: [⟦missing-field|⟧{value: a}]}");
    a_policy_with_an_unknown_enforcement_is_rejected:
        ingress("{}").replace("{name: a}",
            "{name: a, annotations: {ztc.dev/enforcement: ⟦unknown-enforcement|Audit⟧}}");
    a_policy_with_an_unknown_annotation_of_ours_is_rejected:
        ingress("{}").replace("{name: a}",
            "{name: a, annotations: {⟦unknown-annotation|ztc.dev/enforcment⟧: audit, x: y}}");

    cluster_rejects_an_unknown_tier:
        cluster("").replace("tier: Admin", "tier: ⟦unknown-tier|admin⟧");
    cluster_rejects_a_priority_above_1000:
        cluster("").replace("priority: 1", "priority: ⟦out-of-range|1001⟧");
    cluster_rejects_a_namespace:
        cluster("").replace("{name: default}",
            "{name: a, namespace: ⟦namespace-on-clusterwide-policy|b⟧}");
    cluster_rejects_a_subject_that_says_nothing:
        cluster("").replace("{namespaces: {}}", "⟦not-exactly-one|⟧{}");
    cluster_rejects_a_subject_that_says_two_things: cluster("").replace("{namespaces: {}}",
        "{namespaces: {}, ⟦not-exactly-one|pods⟧: {podSelector: {}}}");
    cluster_rejects_pods_without_a_pod_selector:
        cluster("").replace("{namespaces: {}}", "{pods: ⟦missing-field|⟧{}}");
    cluster_rejects_more_than_25_rules: cluster(&format!("⟦list-too-long|ingress⟧: [{}]",
        many("{action: Pass, from: [{namespaces: {}}]}", 26)));
    cluster_rejects_a_rule_name_of_more_than_100_characters: cluster(&format!(
        "ingress: [{{name: ⟦rule-name-too-long|{}⟧, action: Deny, from: [{{namespaces: {{}}}}]}}]",
        "x".repeat(101)));
    cluster_rejects_the_action_allow:
        cluster("ingress: [{action: ⟦unknown-action|Allow⟧, from: [{namespaces: {}}]}]");
    cluster_rejects_a_rule_without_peers: cluster(
        "ingress: [⟦missing-field|⟧{action: Deny}, {action: Deny, ⟦empty-list|from⟧: []}]");
    cluster_rejects_more_than_25_peers: cluster_egress(&format!(
        "⟦list-too-long|to⟧: [{}]", many("{namespaces: {}}", 26)));
    cluster_rejects_addresses_on_ingress: cluster(
        "ingress: [{action: Accept, from: [{⟦wrong-direction|networks⟧: [10.0.0.0/8]}, \
         {⟦wrong-direction|nodes⟧: {}}]}]");
    cluster_rejects_a_peer_that_says_nothing:
        cluster_egress("to: [⟦not-exactly-one|⟧{}, {⟦unknown-field|entities⟧: ~}, {nodes: {}}]")
            .replace("{⟦unknown-field", "⟦not-exactly-one|⟧{⟦unknown-field");
    cluster_rejects_a_bad_network: cluster_egress(
        "to: [{networks: [⟦bad-cidr|10.0.0.1⟧]}, {⟦empty-list|networks⟧: []}]");
    cluster_rejects_a_bad_domain_name: cluster_egress(
        "to: [{domainNames: [⟦bad-fqdn|\"a.*.b\"⟧, ⟦bad-fqdn|\"*\"⟧, ⟦bad-fqdn|\"*.com\"⟧, \
         ⟦bad-fqdn|a.-b⟧, \"*.a.b.\"]}]");
    cluster_rejects_domain_names_to_deny: cluster(
        "egress: [{action: Deny, to: [{⟦domain-names-without-accept|domainNames⟧: [a.b]}]}]");
    cluster_rejects_a_protocol_that_says_nothing: cluster_egress(
        "to: [{nodes: {}}], protocols: [⟦not-exactly-one|⟧{}, {tcp: ⟦missing-field|⟧{}}, \
         {udp: {destinationPort: ⟦not-exactly-one|⟧{}}}]");
    cluster_rejects_an_empty_list_of_protocols:
        cluster_egress("to: [{nodes: {}}], ⟦empty-list|protocols⟧: []");
    cluster_rejects_a_range_that_does_not_ascend: cluster_egress(
        "to: [{nodes: {}}], protocols: [{sctp: {destinationPort: {range: \
         {start: 80, end: ⟦range-not-ascending|80⟧}}}}]");
    cluster_rejects_named_ports_beside_addresses: cluster_egress(
        "to: [{networks: [10.0.0.0/8]}], \
         protocols: [⟦named-port-beside-addresses|{destinationNamedPort: web}⟧]");
    cluster_rejects_both_spellings_of_ports: cluster_egress(
        "to: [{nodes: {}}], ports: [{portNumber: {port: 80}}], \
         ⟦two-port-spellings|protocols⟧: [{tcp: {destinationPort: {number: 80}}}]");
    cluster_warns_of_the_older_spelling_of_ports: cluster_egress(
        "to: [{nodes: {}}], ⟦older-port-spelling|ports⟧: [{portRange: {start: 80, end: 81}}]");
    admin_rejects_the_action_accept:
        admin("ingress: [{action: ⟦unknown-action|Accept⟧, from: [{namespaces: {}}]}]");
    admin_rejects_pods_without_a_namespace_selector: admin(
        "ingress: [{action: Pass, from: [{pods: ⟦missing-field|⟧{podSelector: {}}}]}]");
    admin_rejects_pods_without_a_pod_selector: admin(
        "ingress: [{action: Pass, from: [{pods: ⟦missing-field|⟧{namespaceSelector: {}}}]}]");
    admin_rejects_a_range_that_descends: admin(
        "ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portRange: \
         {start: 81, end: ⟦range-not-ascending|80⟧}}, {portRange: {start: 80, end: 80}}]}]");
    baseline_rejects_a_name_other_than_default:
        baseline("").replace("{name: default}", "{name: ⟦baseline-name|a⟧}");
    baseline_rejects_the_action_pass:
        baseline("ingress: [{action: ⟦unknown-action|Pass⟧, from: [{namespaces: {}}]}]");
    baseline_rejects_a_priority_and_domain_names: baseline(
        "⟦unknown-field|priority⟧: 1, egress: [{action: Allow, \
         to: [{⟦unknown-field|domainNames⟧: [a.b], nodes: {}}]}]");
}
