//! What changes the meaning of every policy of a run: the agent's options by their Cilium names,
//! and what a build was told to let be. Must not know where they come from.

use std::collections::BTreeSet;

use ztc_identity::LabelFilter;

/// Whether pods that no policy selects are isolated: the option `enable-policy`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum EnablePolicy {
    /// Policies isolate the pods that they select.
    #[default]
    Default,
    /// Every pod is isolated in both directions.
    Always,
    /// No policy has any effect.
    Never,
}

/// Something that a policy can ask for and that ztc does not enforce. By its name a build can be
/// told to let it be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Degradation {
    /// Rules of requests: the ports are open to every request.
    L7,
    /// TLS termination, origination and server names: the ports are open to every server name.
    Tls,
    /// Custom listeners: traffic is not sent through them.
    Listener,
    /// Mutual authentication: the peer's labels are believed.
    Authentication,
    /// `toFQDNs` and `domainNames` without known addresses: they match nothing.
    Fqdn,
    /// Cloud groups without known addresses: they match nothing.
    Groups,
    /// Policies of nodes, where the host firewall is on: nodes are not subjects.
    HostPolicies,
}

impl Degradation {
    /// Every one, in the order of the enumeration.
    pub const ALL: [Self; 7] = [
        Self::L7,
        Self::Tls,
        Self::Listener,
        Self::Authentication,
        Self::Fqdn,
        Self::Groups,
        Self::HostPolicies,
    ];

    /// As `--allow-degraded` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::L7 => "l7",
            Self::Tls => "tls",
            Self::Listener => "listener",
            Self::Authentication => "authentication",
            Self::Fqdn => "fqdn",
            Self::Groups => "groups",
            Self::HostPolicies => "host-policies",
        }
    }
}

/// The options of a run. The defaults are Cilium's.
#[derive(Clone, Debug)]
pub struct AnalyseOptions {
    /// `cluster-name`: the local cluster, which every pod carries as a label.
    pub cluster: String,
    /// `labels`: which labels are part of an identity.
    pub labels: LabelFilter,
    /// `enable-policy`.
    pub enable_policy: EnablePolicy,
    /// `policy-audit-mode`: every policy is audited and none enforced.
    pub policy_audit_mode: bool,
    /// `enable-icmp-rules`: without it a policy with `icmps` is refused.
    pub enable_icmp_rules: bool,
    /// `enable-k8s-networkpolicy`: without it NetworkPolicies have no effect.
    pub enable_k8s_networkpolicy: bool,
    /// `enable-node-selector-labels`: without it a policy with `fromNodes` or `toNodes` is refused.
    pub enable_node_selector_labels: bool,
    /// `policy-cidr-match-mode` has `nodes`: prefixes match nodes too, and never pods.
    pub cidrs_match_nodes: bool,
    /// `enable-non-default-deny-policies`: without it `enableDefaultDeny: false` has no effect.
    pub enable_non_default_deny_policies: bool,
    /// `policy-default-local-cluster`: peers are of the local cluster unless they say otherwise.
    pub policy_default_local_cluster: bool,
    /// `enable-host-firewall`: policies of nodes count.
    pub enable_host_firewall: bool,
    /// `allow-localhost` is not `policy`: a pod's own node may reach it where no rule denies it.
    pub allow_localhost: bool,
    /// What the caller lets be.
    pub allow_degraded: BTreeSet<Degradation>,
}

impl Default for AnalyseOptions {
    fn default() -> Self {
        Self {
            cluster: "default".into(),
            labels: LabelFilter::default(),
            enable_policy: EnablePolicy::Default,
            policy_audit_mode: false,
            enable_icmp_rules: true,
            enable_k8s_networkpolicy: true,
            enable_node_selector_labels: false,
            cidrs_match_nodes: false,
            enable_non_default_deny_policies: true,
            policy_default_local_cluster: true,
            enable_host_firewall: false,
            allow_localhost: true,
            allow_degraded: BTreeSet::new(),
        }
    }
}

impl AnalyseOptions {
    /// The options that differ from the defaults, each `name=value` as Cilium has them, sorted;
    /// without the cluster's name and the label filter, which are said apart.
    pub fn changed(&self) -> Vec<String> {
        let default = Self::default();
        let mut changed = Vec::new();
        let mut flag = |name: &str, value: bool, usual: bool| {
            if value != usual {
                changed.push(format!("{name}={value}"));
            }
        };
        flag(
            "enable-host-firewall",
            self.enable_host_firewall,
            default.enable_host_firewall,
        );
        flag(
            "enable-icmp-rules",
            self.enable_icmp_rules,
            default.enable_icmp_rules,
        );
        flag(
            "enable-k8s-networkpolicy",
            self.enable_k8s_networkpolicy,
            default.enable_k8s_networkpolicy,
        );
        flag(
            "enable-node-selector-labels",
            self.enable_node_selector_labels,
            default.enable_node_selector_labels,
        );
        flag(
            "enable-non-default-deny-policies",
            self.enable_non_default_deny_policies,
            default.enable_non_default_deny_policies,
        );
        flag(
            "policy-audit-mode",
            self.policy_audit_mode,
            default.policy_audit_mode,
        );
        flag(
            "policy-default-local-cluster",
            self.policy_default_local_cluster,
            default.policy_default_local_cluster,
        );
        match self.enable_policy {
            EnablePolicy::Default => {}
            EnablePolicy::Always => changed.push("enable-policy=always".into()),
            EnablePolicy::Never => changed.push("enable-policy=never".into()),
        }
        if self.cidrs_match_nodes {
            changed.push("policy-cidr-match-mode=nodes".into());
        }
        if !self.allow_localhost {
            changed.push("allow-localhost=policy".into());
        }
        changed.sort();
        changed
    }
}
