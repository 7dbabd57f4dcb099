//! Cilium's kinds as written.

use ztc_diag::{Span, Spanned};

use super::{LabelSelector, List, Meta, PortRange, Prefix};

/// A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy.
#[derive(Clone, Debug)]
pub struct CiliumNetworkPolicy {
    /// Name and namespace. A clusterwide policy has no namespace (one that is written is an error).
    pub meta: Meta,
    /// Whether it is the clusterwide kind.
    pub clusterwide: bool,
    /// `spec`, then `specs`.
    pub rules: Vec<CiliumRule>,
}

/// One Rule: `spec` or an element of `specs`.
#[derive(Clone, Debug)]
pub struct CiliumRule {
    /// The whole mapping.
    pub span: Span,
    /// Its place in the object: `spec`, or `specs[0]`, `specs[1]`, …
    pub path: String,
    /// `endpointSelector` or `nodeSelector`.
    pub subject: CiliumSubject,
    /// `ingress`.
    pub ingress: List<CiliumElement>,
    /// `ingressDeny`.
    pub ingress_deny: List<CiliumElement>,
    /// `egress`.
    pub egress: List<CiliumElement>,
    /// `egressDeny`.
    pub egress_deny: List<CiliumElement>,
    /// `enableDefaultDeny.ingress`.
    pub default_deny_ingress: Option<Spanned<bool>>,
    /// `enableDefaultDeny.egress`.
    pub default_deny_egress: Option<Spanned<bool>>,
    /// `labels`, each as `source:key=value`; they have no effect on any verdict.
    pub labels: Vec<String>,
    /// `log.value`: at most 32 printable characters that go with every verdict of the rule.
    pub log: Option<Spanned<String>>,
}

/// Whom a rule applies to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CiliumSubject {
    /// `endpointSelector`: pods.
    Endpoints(LabelSelector),
    /// `nodeSelector`, in a clusterwide policy only: nodes themselves, never pods.
    Nodes(LabelSelector),
}

impl CiliumSubject {
    /// The selector as written.
    pub fn selector(&self) -> &LabelSelector {
        match self {
            Self::Endpoints(selector) | Self::Nodes(selector) => selector,
        }
    }
}

/// One element of `ingress`, `ingressDeny`, `egress` or `egressDeny`. At most one of the peer
/// lists is non-empty, and at most one of `to_ports` and `icmps`.
#[derive(Clone, Debug)]
pub struct CiliumElement {
    /// The whole element.
    pub span: Span,
    /// `fromEndpoints` or `toEndpoints`.
    pub endpoints: List<LabelSelector>,
    /// `fromEntities` or `toEntities`.
    pub entities: List<Spanned<Entity>>,
    /// `fromCIDR` or `toCIDR`.
    pub cidr: List<Spanned<Prefix>>,
    /// `fromCIDRSet` or `toCIDRSet`.
    pub cidr_set: List<CiliumCidrSet>,
    /// `fromNodes` or `toNodes`.
    pub nodes: List<LabelSelector>,
    /// `toServices`.
    pub services: List<ServicePeer>,
    /// `fromGroups` or `toGroups`.
    pub groups: List<CloudGroup>,
    /// `toFQDNs`, in an allow element only.
    pub fqdns: List<FqdnSelector>,
    /// `toPorts`.
    pub to_ports: List<CiliumPortRule>,
    /// `icmps`.
    pub icmps: List<IcmpRule>,
    /// `authentication.mode`, in an allow element only.
    pub authentication: Option<Spanned<AuthenticationMode>>,
}

/// An element of `fromCIDRSet` or `toCIDRSet`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiliumCidrSet {
    /// The whole element.
    pub span: Span,
    /// What it starts from.
    pub base: CidrBase,
    /// Exceptions. Beside a prefix, each address lies inside it.
    pub except: Vec<Spanned<Prefix>>,
}

/// What a CIDRSet element starts from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CidrBase {
    /// `cidr`.
    Prefix(Spanned<Prefix>),
    /// `cidrGroupRef`: the name of a CiliumCIDRGroup.
    Group(Spanned<String>),
    /// `cidrGroupSelector`: all groups whose labels match.
    GroupSelector(LabelSelector),
}

/// An element of `toServices`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServicePeer {
    /// The whole element.
    pub span: Span,
    /// The services' namespace; `None` for any.
    pub namespace: Option<Spanned<String>>,
    /// Which services.
    pub services: ServiceChoice,
}

/// Which services an element of `toServices` names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ServiceChoice {
    /// `k8sService.serviceName`.
    Name(Spanned<String>),
    /// `k8sServiceSelector.selector`, on the labels of services.
    Selector(LabelSelector),
}

/// An element of `fromGroups` or `toGroups`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloudGroup {
    /// The whole element.
    pub span: Span,
    /// What a resolution gives addresses to: the group in one canonical text.
    pub key: String,
}

/// An element of `toFQDNs`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FqdnSelector {
    /// The whole element.
    pub span: Span,
    /// The names it matches; `None` for `{}`, which matches none.
    pub pattern: Option<NamePattern>,
}

/// An element of `icmps`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IcmpRule {
    /// The whole element.
    pub span: Span,
    /// `fields`.
    pub fields: List<IcmpField>,
}

/// An element of `icmps[].fields`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IcmpField {
    /// The whole element.
    pub span: Span,
    /// `family: IPv6`; IPv4 is the default.
    pub ipv6: bool,
    /// `type`, a name resolved to its number.
    pub icmp_type: u8,
}

/// `authentication.mode`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AuthenticationMode {
    /// `disabled`.
    Disabled,
    /// `required`.
    Required,
    /// `test-always-fail`.
    AlwaysFail,
}

/// The names that a matchName, a matchPattern or an element of domainNames stands for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum NamePattern {
    /// One name, lower case, without the trailing dot.
    Exact(String),
    /// A pattern, lower case, without the trailing dot. `*` in a label is any characters but dots,
    /// a leading run of two or more and a dot is one or more whole labels, `*` alone is every name.
    Wildcard(String),
}

impl NamePattern {
    /// The name or the pattern.
    pub fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Wildcard(text) => text,
        }
    }
}

/// A CiliumCIDRGroup.
#[derive(Clone, Debug)]
pub struct CidrGroup {
    /// Name and labels; it has no namespace.
    pub meta: Meta,
    /// `spec.externalCIDRs`.
    pub prefixes: Vec<Spanned<Prefix>>,
}

/// One element of `toPorts`.
#[derive(Clone, Debug)]
pub struct CiliumPortRule {
    /// The whole element.
    pub span: Span,
    /// `ports`; each has a port.
    pub ports: List<PortRange>,
    /// `rules`, when there is at least one in it or a parser is named.
    pub l7: Option<Box<CiliumL7>>,
    /// `terminatingTLS`, `originatingTLS` and `serverNames`, when any of them is written.
    pub tls: Option<Box<CiliumTls>>,
    /// `listener`.
    pub listener: Option<Box<CiliumListener>>,
}

/// `toPorts[].rules`, as far as it matters beside those of another rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiliumL7 {
    /// The word `rules`.
    pub span: Span,
    /// `http`, `kafka`, `dns`, or what `l7proto` names.
    pub parser: String,
    /// Whether there is a rule; a parser can be named without any.
    pub has_rules: bool,
    /// What they say, in one canonical text.
    pub text: String,
}

/// TLS contexts and server names of an element of `toPorts`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiliumTls {
    /// The first of the fields.
    pub span: Span,
    /// `terminatingTLS` in one canonical text.
    pub terminating: Option<Spanned<String>>,
    /// `originatingTLS` in one canonical text.
    pub originating: Option<Spanned<String>>,
    /// `serverNames` in one canonical text, when there is one, and where the list is written.
    pub server_names: Option<Spanned<String>>,
}

/// `toPorts[].listener`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CiliumListener {
    /// The word `listener`.
    pub span: Span,
    /// `envoyConfig.kind`: whether it is a CiliumClusterwideEnvoyConfig.
    pub clusterwide: bool,
    /// `envoyConfig.name`.
    pub config: String,
    /// `name`.
    pub name: String,
    /// `priority`: 1..=100.
    pub priority: Option<u8>,
}

/// A peer with a name instead of labels (SEMANTICS.md).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Entity {
    /// Everything.
    All,
    /// Anything outside the cluster.
    World,
    /// Outside, IPv4. Not in the CRD's enumeration, but the agent knows it.
    WorldIpv4,
    /// Outside, IPv6. Not in the CRD's enumeration, but the agent knows it.
    WorldIpv6,
    /// Everything in the local cluster.
    Cluster,
    /// The local node.
    Host,
    /// Endpoints whose labels are not known yet.
    Init,
    /// The ingress proxy's source address.
    Ingress,
    /// Known pods that Cilium does not manage.
    Unmanaged,
    /// All other nodes.
    RemoteNode,
    /// Health-check endpoints.
    Health,
    /// Nothing.
    None,
    /// The API server wherever it is.
    KubeApiserver,
}

impl Entity {
    /// Every entity, in the order of the enumeration.
    pub const ALL: [Entity; 13] = [
        Self::All,
        Self::World,
        Self::WorldIpv4,
        Self::WorldIpv6,
        Self::Cluster,
        Self::Host,
        Self::Init,
        Self::Ingress,
        Self::Unmanaged,
        Self::RemoteNode,
        Self::Health,
        Self::None,
        Self::KubeApiserver,
    ];

    /// As a policy writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::World => "world",
            Self::WorldIpv4 => "world-ipv4",
            Self::WorldIpv6 => "world-ipv6",
            Self::Cluster => "cluster",
            Self::Host => "host",
            Self::Init => "init",
            Self::Ingress => "ingress",
            Self::Unmanaged => "unmanaged",
            Self::RemoteNode => "remote-node",
            Self::Health => "health",
            Self::None => "none",
            Self::KubeApiserver => "kube-apiserver",
        }
    }
}
