//! The names of every message of this crate.
//!
//! Must not know when they are said.

/// Names of all diagnostics this crate gives, with their meaning in one line, sorted by name.
pub const ERRORS: &[(&str, &str)] = &[
    (
        "allow-only-field",
        "a deny element has a field that only allow elements have",
    ),
    ("bad-address", "an address is not an IP address"),
    (
        "bad-asserted-port",
        "an assertion's port is none of 8080/TCP, 80-90/TCP, TCP, 8/ICMP",
    ),
    (
        "bad-assertion-name",
        "the name of an assertion is not one line of text",
    ),
    (
        "bad-cidr",
        "a prefix is not an address, a slash and a length",
    ),
    (
        "bad-cidr-group-name",
        "cidrGroupRef is no name of an object",
    ),
    ("bad-fqdn", "a DNS name or pattern has the wrong syntax"),
    (
        "bad-http-regex",
        "an HTTP path or method is no regular expression",
    ),
    (
        "bad-label-key",
        "a label key does not follow the Kubernetes syntax",
    ),
    (
        "bad-label-value",
        "a label value does not follow the Kubernetes syntax",
    ),
    (
        "bad-log",
        "the text of log is too long or cannot be printed",
    ),
    (
        "bad-name",
        "a name of an object or a namespace is none that Kubernetes takes",
    ),
    (
        "bad-policy-reference",
        "an assertion's by is not the name of a policy",
    ),
    (
        "bad-port",
        "a port is neither a number nor the name of a port",
    ),
    (
        "bad-server-name",
        "a server name has characters that no name has",
    ),
    (
        "baseline-name",
        "a BaselineAdminNetworkPolicy is not called default",
    ),
    ("cidr-set-base", "a CIDR set has no base, or more than one"),
    (
        "combined-peers",
        "one element has two kinds of peers, which Cilium refuses",
    ),
    ("dns-rules-on-ingress", "rules for DNS on ingress"),
    (
        "dns-rules-protocol",
        "rules for DNS with a protocol other than TCP, UDP and ANY",
    ),
    (
        "dns-rules-with-port-range",
        "rules for DNS with a range of ports",
    ),
    ("dns-rules-without-ports", "rules for DNS without a port"),
    (
        "domain-names-without-accept",
        "domainNames in a rule that does not accept",
    ),
    ("duplicate-key", "a key is given twice in one mapping"),
    ("duplicate-server-name", "a server name is listed twice"),
    (
        "echo-reply-type",
        "ICMP type 0, which is every type for Cilium",
    ),
    ("empty-fqdn", "an element of toFQDNs that matches no name"),
    ("empty-l7-key", "a key of an l7 rule is empty"),
    ("empty-list", "a list that must have an element has none"),
    (
        "empty-peer",
        "a NetworkPolicy peer selects by nothing at all",
    ),
    ("end-port-below-port", "a range ends below its start"),
    (
        "end-port-with-named-port",
        "endPort stands beside a port name",
    ),
    (
        "end-port-with-port-zero",
        "endPort stands beside port 0, which already is every port",
    ),
    ("end-port-without-port", "endPort stands alone"),
    (
        "entity-not-in-schema",
        "an entity that the API server refuses and Cilium's agent knows",
    ),
    (
        "except-not-smaller",
        "an except covers the whole prefix it is cut out of",
    ),
    (
        "except-outside",
        "an except lies outside of the prefix it is cut out of",
    ),
    (
        "extended-protocol",
        "VRRP or IGMP, which Cilium refuses unless it is told not to",
    ),
    (
        "fqdn-name-and-pattern",
        "one element has a matchName and a matchPattern",
    ),
    (
        "header-match-without-name",
        "a header match does not name its header",
    ),
    (
        "icmp-type-not-in-schema",
        "an ICMP type that the API server does not know by name",
    ),
    (
        "icmp-type-of-other-family",
        "an ICMP type of the other family",
    ),
    ("icmps-with-ports", "one element has icmps and toPorts"),
    (
        "ip-block-with-selector",
        "a NetworkPolicy peer has an ipBlock and a selector",
    ),
    ("key-not-text", "a mapping or list is used as a key"),
    (
        "l7-in-host-policy",
        "rules for requests in a policy for nodes",
    ),
    (
        "l7-needs-tcp",
        "rules for requests at a port that is not TCP",
    ),
    ("l7-on-port-zero", "rules for requests on port 0"),
    ("l7-without-protocol", "l7 stands without l7proto"),
    ("list-too-long", "a list is longer than the API takes"),
    ("listener-on-ingress", "a listener on ingress"),
    ("listener-with-l7", "a listener beside rules for requests"),
    ("merge-not-mapping", "`<<` does not name a mapping"),
    ("missing-api-version", "an object has no apiVersion"),
    (
        "missing-endpoint-selector",
        "a rule does not say whom it applies to",
    ),
    ("missing-field", "a required field is not there"),
    ("missing-kind", "an object has no kind"),
    ("missing-name", "an object has no name"),
    ("missing-spec", "a policy has neither spec nor specs"),
    (
        "named-port-beside-addresses",
        "a named port with peers that are addresses",
    ),
    (
        "namespace-on-clusterwide-policy",
        "a clusterwide policy names a namespace",
    ),
    (
        "namespaced-listener",
        "a clusterwide policy names a listener of a namespace",
    ),
    ("nesting-too-deep", "a document is nested too deep"),
    ("no-rules", "a rule has no list of rules that is not empty"),
    (
        "node-selector-in-namespaced-policy",
        "nodeSelector outside of a clusterwide policy",
    ),
    ("not-an-object", "a document is no Kubernetes object"),
    (
        "not-decimal",
        "a number with a leading zero or in another base",
    ),
    (
        "not-exactly-one",
        "none or several of fields of which exactly one must be there",
    ),
    (
        "older-port-spelling",
        "ports in a ClusterNetworkPolicy, which says protocols today",
    ),
    ("operator-needs-values", "In or NotIn without values"),
    (
        "operator-takes-no-values",
        "Exists or DoesNotExist with values",
    ),
    (
        "out-of-range",
        "a number is too small or too large for its field",
    ),
    (
        "port-leading-zero",
        "a port has a leading zero, which Cilium reads as octal",
    ),
    (
        "protocol-not-upper-case",
        "a protocol is not written in upper case",
    ),
    ("range-not-ascending", "a range of ports does not ascend"),
    ("removed-field", "a field that Cilium has removed"),
    (
        "rule-name-too-long",
        "the name of a rule has more than 100 characters",
    ),
    ("secret-without-name", "a secret is not named"),
    (
        "server-names-need-tls",
        "serverNames beside rules for requests, and nobody decrypts",
    ),
    (
        "service-choice",
        "an element of toServices names no services, or in two ways",
    ),
    (
        "source-prefix-in-network-policy",
        "a label source prefix outside of Cilium's kinds",
    ),
    ("too-many-aliases", "aliases would blow a document up"),
    (
        "too-many-icmp-fields",
        "more than 40 fields in one icmps element",
    ),
    (
        "too-many-policy-types",
        "policyTypes with more than two elements",
    ),
    (
        "too-many-ports",
        "more than 40 ports in one toPorts element",
    ),
    (
        "two-l7-kinds",
        "one toPorts element has rules of two protocols",
    ),
    ("two-port-spellings", "a rule has protocols and ports"),
    (
        "two-subjects",
        "a rule has an endpointSelector and a nodeSelector",
    ),
    (
        "unknown-action",
        "a rule has an action that does not exist in its kind",
    ),
    ("unknown-anchor", "an alias names no anchor"),
    (
        "unknown-annotation",
        "an annotation of ztc that does not exist",
    ),
    (
        "unknown-authentication-mode",
        "an authentication mode that does not exist",
    ),
    (
        "unknown-enforcement",
        "ztc.dev/enforcement is neither audit nor enforce",
    ),
    ("unknown-entity", "an entity that does not exist"),
    (
        "unknown-envoy-config-kind",
        "a listener in a kind that has none",
    ),
    ("unknown-field", "a field that does not exist"),
    ("unknown-icmp-family", "an ICMP family that does not exist"),
    ("unknown-icmp-type", "an ICMP type that does not exist"),
    ("unknown-kafka-role", "a Kafka role that does not exist"),
    ("unknown-kind", "a kind that looks like a misspelt one"),
    (
        "unknown-label-source",
        "a label source prefix that does not exist",
    ),
    (
        "unknown-mismatch-action",
        "a mismatch action that does not exist",
    ),
    (
        "unknown-operator",
        "a selector operator that does not exist",
    ),
    ("unknown-policy-type", "a policy type that does not exist"),
    ("unknown-protocol", "a protocol that does not exist here"),
    ("unknown-tier", "a tier that does not exist"),
    (
        "wrong-api-version",
        "a kind that ztc knows, in an apiVersion that it does not",
    ),
    ("wrong-direction", "a peer list of the other direction"),
    ("wrong-type", "a value has the wrong type"),
    ("yaml-syntax", "a document is not valid YAML"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_sorted() {
        assert!(ERRORS.is_sorted_by(|a, b| a.0 < b.0));
        for (name, _) in ERRORS {
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{name}"
            );
        }
    }
}
