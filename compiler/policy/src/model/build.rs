//! Objects to a model: collects, refuses duplicates, sorts, numbers.
//!
//! Numbers must not depend on the order of files, so everything is sorted before it is numbered.

use std::collections::{BTreeMap, BTreeSet};

use ztc_diag::{Diagnostic, Sink, Span};
use ztc_identity::Selector;
use ztc_syntax::{self as syntax, Object};

use super::{
    Action, Cidr, CidrId, Direction, Model, NamedPort, NamedPortId, PeerTerm, Peers, Policy,
    PolicyKind, Ports, Proxied, RefusedPolicy, Rule, SelectorId, Tier, cilium_peers, from_admin,
    from_cilium, from_network_policy,
    interner::{Interner, number},
    references::References,
    renumber::Renumbering,
    surprises,
};
use crate::{AnalyseOptions, Degradation, errors};

/// A policy of any kind, not translated yet.
#[derive(Clone, Copy)]
enum Written<'a> {
    Cilium(&'a syntax::CiliumNetworkPolicy),
    NetworkPolicy(&'a syntax::NetworkPolicy),
    Admin(&'a syntax::AdminPolicy),
}

impl<'a> Written<'a> {
    fn new(object: &'a Object) -> Option<Self> {
        match object {
            Object::Cilium(policy) => Some(Self::Cilium(policy)),
            Object::NetworkPolicy(policy) => Some(Self::NetworkPolicy(policy)),
            Object::Admin(policy) => Some(Self::Admin(policy)),
            _ => None,
        }
    }

    fn meta(self) -> &'a syntax::Meta {
        match self {
            Self::Cilium(policy) => &policy.meta,
            Self::NetworkPolicy(policy) => &policy.meta,
            Self::Admin(policy) => &policy.meta,
        }
    }

    /// Kind, namespace, name.
    fn key(self) -> (PolicyKind, &'a str, &'a str) {
        let (kind, is_namespaced) = match self {
            Self::Cilium(policy) if policy.clusterwide => {
                (PolicyKind::CiliumClusterwideNetworkPolicy, false)
            }
            Self::Cilium(_) => (PolicyKind::CiliumNetworkPolicy, true),
            Self::NetworkPolicy(_) => (PolicyKind::NetworkPolicy, true),
            Self::Admin(policy) => match policy.kind {
                syntax::AdminKind::ClusterNetworkPolicy => {
                    (PolicyKind::ClusterNetworkPolicy, false)
                }
                syntax::AdminKind::AdminNetworkPolicy => (PolicyKind::AdminNetworkPolicy, false),
                syntax::AdminKind::BaselineAdminNetworkPolicy => {
                    (PolicyKind::BaselineAdminNetworkPolicy, false)
                }
            },
        };
        let meta = self.meta();
        let namespace = if is_namespaced {
            meta.namespace_or_default()
        } else {
            ""
        };
        (kind, namespace, meta.name.value.as_str())
    }

    /// Tier, and priority in it.
    fn place(self) -> (Tier, u16) {
        match self {
            Self::Cilium(_) | Self::NetworkPolicy(_) => (Tier::Normal, 0),
            Self::Admin(policy) => match policy.tier {
                syntax::AdminTier::Admin => (Tier::Admin, policy.priority),
                syntax::AdminTier::Baseline => (Tier::Baseline, policy.priority),
            },
        }
    }
}

impl Model {
    /// Translates every policy. Of two with one kind, namespace and name neither is a mere
    /// duplicate to be ignored: the second in file order is an error.
    pub fn new(objects: &[Object], options: &AnalyseOptions, sink: &mut Sink) -> Self {
        let mut by_name: BTreeMap<(PolicyKind, &str, &str), Written<'_>> = BTreeMap::new();
        for written in objects.iter().filter_map(Written::new) {
            let key = written.key();
            let name = &written.meta().name;
            if key.0 == PolicyKind::NetworkPolicy && !options.enable_k8s_networkpolicy {
                sink.push(errors::network_policies_are_off(name.span));
                continue;
            }
            if let Some(first) = by_name.get(&key) {
                let first = first.meta().name.span;
                errors::duplicate_object(sink, key.0.name(), &name.value, name.span, first);
            } else {
                by_name.insert(key, written);
            }
        }
        warn_of_equal_priorities(by_name.values().copied(), sink);
        let references = References::new(objects, sink);
        let mut draft = Draft::new(options, references, sink);
        for (key, written) in by_name {
            draft.translate(key, written);
        }
        draft.finish()
    }
}

/// The API leaves the order of two policies of one tier and one priority open.
fn warn_of_equal_priorities<'a>(policies: impl Iterator<Item = Written<'a>>, sink: &mut Sink) {
    let mut first_of: BTreeMap<(Tier, u16), Span> = BTreeMap::new();
    for written in policies {
        let (tier, priority) = written.place();
        let span = written.meta().name.span;
        if tier == Tier::Normal {
            continue;
        }
        match first_of.get(&(tier, priority)) {
            Some(first) => sink.push(errors::equal_priorities(tier, priority, *first, span)),
            None => {
                first_of.insert((tier, priority), span);
            }
        }
    }
}

/// What a kind's translation says of a rule; the rest is its policy's.
pub(super) struct RuleDraft {
    pub(super) span: Span,
    pub(super) path: String,
    pub(super) subject: SelectorId,
    pub(super) subject_span: Span,
    pub(super) direction: Direction,
    pub(super) action: Action,
    pub(super) isolates: bool,
    pub(super) peers: Peers,
    pub(super) ports: Ports,
    pub(super) log: Option<String>,
    pub(super) proxied: Option<Box<Proxied>>,
}

/// A model in the making: ids are in order of appearance until [`Draft::finish`] sorts them.
pub(super) struct Draft<'a> {
    /// The options of the run.
    pub(super) options: &'a AnalyseOptions,
    /// What policies refer to by name.
    pub(super) references: References<'a>,
    /// Where findings go.
    pub(super) sink: &'a mut Sink,
    policies: Vec<Policy>,
    rules: Vec<Rule>,
    selectors: Interner<Selector>,
    cidrs: Interner<Cidr>,
    named_ports: Interner<NamedPort>,
    refused: Vec<RefusedPolicy>,
    is_refused: bool,
    /// What the rule being translated asks for and does not get, with the words of it.
    degraded: BTreeSet<(Degradation, String)>,
    degraded_policies: BTreeSet<Degradation>,
}

impl<'a> Draft<'a> {
    fn new(options: &'a AnalyseOptions, references: References<'a>, sink: &'a mut Sink) -> Self {
        Self {
            options,
            references,
            sink,
            policies: Vec::new(),
            rules: Vec::new(),
            selectors: Interner::default(),
            cidrs: Interner::default(),
            named_ports: Interner::default(),
            refused: Vec::new(),
            is_refused: false,
            degraded: BTreeSet::new(),
            degraded_policies: BTreeSet::new(),
        }
    }

    /// Translates one policy. One that is refused has no effect at all, so no rule of it stays.
    fn translate(&mut self, key: (PolicyKind, &str, &str), written: Written<'_>) {
        let (kind, namespace, name) = key;
        let meta = written.meta();
        let (tier, priority) = written.place();
        let is_audited = meta
            .enforcement
            .as_ref()
            .is_some_and(|word| word.value == syntax::Enforcement::Audit);
        self.policies.push(Policy {
            kind,
            namespace: namespace.into(),
            name: name.into(),
            span: meta.name.span,
            audit: is_audited || self.options.policy_audit_mode,
            tier,
            priority,
        });
        self.is_refused = false;
        self.degraded.clear();
        let n_rules = self.rules.len();
        match written {
            Written::Cilium(policy) => {
                surprises::cilium(policy, namespace, self.sink);
                from_cilium::translate(policy, namespace, self);
            }
            Written::NetworkPolicy(policy) => {
                surprises::network_policy(policy, self.sink);
                from_network_policy::translate(policy, namespace, self);
            }
            Written::Admin(policy) => from_admin::translate(policy, self),
        }
        if self.is_refused {
            self.rules.truncate(n_rules);
            if let Some(policy) = self.policies.pop() {
                self.refused.push(RefusedPolicy {
                    kind,
                    name: policy.full_name(),
                    span: policy.span,
                });
            }
        }
    }

    /// Adds a rule of the policy being translated. What was degraded since the last one is its own.
    pub(super) fn push(&mut self, rule: RuleDraft) {
        let degraded = std::mem::take(&mut self.degraded);
        let features: BTreeSet<Degradation> = degraded.iter().map(|(what, _)| *what).collect();
        let Some(policy) = self.policies.last() else {
            return;
        };
        self.rules.push(Rule {
            policy: number(self.policies.len() - 1),
            span: rule.span,
            path: rule.path,
            subject: rule.subject,
            subject_span: rule.subject_span,
            direction: rule.direction,
            action: rule.action,
            tier: policy.tier,
            priority: policy.priority,
            audit: policy.audit,
            isolates: rule.isolates,
            peers: rule.peers,
            ports: rule.ports,
            log: rule.log,
            proxied: rule.proxied,
            unmet: degraded
                .iter()
                .map(|(what, asked)| unmet(*what, asked))
                .collect(),
            degraded: features.into_iter().collect(),
        });
    }

    /// Refuses the policy being translated.
    pub(super) fn refuse(&mut self, found: Diagnostic) {
        self.is_refused = true;
        self.sink.push(found);
    }

    /// The policy being translated has a part without rules that is not enforced.
    pub(super) fn degrade_policy(&mut self, feature: Degradation, span: Span) {
        self.degrade(feature, String::new(), span);
        if self.degraded.remove(&(feature, String::new())) {
            self.degraded_policies.insert(feature);
        }
    }

    /// The rule being translated asks for what is not enforced, in these words: an error, unless
    /// it is let be.
    pub(super) fn degrade(&mut self, feature: Degradation, asked: String, span: Span) {
        if self.options.allow_degraded.contains(&feature) {
            self.degraded.insert((feature, asked));
            self.sink.push(errors::degraded(feature, span));
        } else {
            self.refuse(errors::unenforceable(feature, span));
        }
    }

    /// The id of a selector.
    pub(super) fn selector(&mut self, selector: Selector) -> SelectorId {
        SelectorId(self.selectors.intern(selector))
    }

    /// The id of a prefix with exceptions.
    pub(super) fn cidr(&mut self, mut cidr: Cidr) -> CidrId {
        cidr.except.sort();
        cidr.except.dedup();
        CidrId(self.cidrs.intern(cidr))
    }

    /// The id of a named port.
    pub(super) fn named_port(&mut self, port: NamedPort) -> NamedPortId {
        NamedPortId(self.named_ports.intern(port))
    }

    fn finish(mut self) -> Model {
        let servers = self.references.external_api_servers();
        let servers: Vec<CidrId> = servers
            .into_iter()
            .map(|address| {
                let prefix = cilium_peers::single(address);
                self.cidr(Cidr {
                    prefix,
                    except: Vec::new(),
                })
            })
            .collect();
        let (selectors, selector_ids) = self.selectors.sorted();
        let (cidrs, cidr_ids) = self.cidrs.sorted();
        let (named_ports, port_ids) = self.named_ports.sorted();
        let renumbering = Renumbering {
            selectors: selector_ids,
            cidrs: cidr_ids,
            named_ports: port_ids,
        };
        for rule in &mut self.rules {
            renumbering.rule(rule);
        }
        let mut api_servers: Vec<CidrId> = servers
            .iter()
            .map(|id| CidrId(renumbering.cidr(id.0)))
            .collect();
        api_servers.sort_unstable();
        Model {
            networks: networks(&self.rules),
            policies: self.policies,
            rules: self.rules,
            selectors,
            cidrs,
            named_ports,
            api_servers,
            refused: self.refused,
            degraded: self.degraded_policies.into_iter().collect(),
        }
    }
}

/// `fqdn example.com`.
fn unmet(what: Degradation, asked: &str) -> String {
    format!("{} {asked}", what.name()).trim_end().to_owned()
}

/// The prefixes that some rule means pods and nodes by too, ascending.
fn networks(rules: &[Rule]) -> Vec<CidrId> {
    let terms = rules.iter().flat_map(|rule| match &rule.peers {
        Peers::All => &[][..],
        Peers::Terms(terms) => terms,
    });
    let networks: BTreeSet<CidrId> = terms
        .filter_map(|peer| match peer.term {
            PeerTerm::Network(id) => Some(id),
            _ => None,
        })
        .collect();
    networks.into_iter().collect()
}
