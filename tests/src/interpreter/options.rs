//! What changes the meaning of every policy: the agent's options, as Cilium names them
//! (SEMANTICS.md). Must not know how ztc holds them.

/// The option `enable-policy`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Enforcement {
    Default,
    Always,
    Never,
}

/// The options of a run; the default ones are Cilium's.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// `enable-policy`.
    pub(crate) enforcement: Enforcement,
    /// `enable-k8s-networkpolicy`.
    pub(crate) network_policies: bool,
    /// `enable-non-default-deny-policies`.
    pub(crate) non_default_deny: bool,
    /// `policy-default-local-cluster`.
    pub(crate) local_cluster: bool,
    /// `allow-localhost` is not `policy`.
    pub(crate) allow_localhost: bool,
    /// `policy-cidr-match-mode` is `nodes`.
    pub(crate) cidrs_match_nodes: bool,
    /// `enable-node-selector-labels`.
    pub(crate) node_selectors: bool,
    /// `policy-audit-mode`.
    pub(crate) audit_mode: bool,
    /// `labels`.
    pub(crate) labels: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            enforcement: Enforcement::Default,
            network_policies: true,
            non_default_deny: true,
            local_cluster: true,
            allow_localhost: true,
            cidrs_match_nodes: false,
            node_selectors: false,
            audit_mode: false,
            labels: String::new(),
        }
    }
}
