//! Objects to a model: collects, refuses duplicates, sorts, numbers.
//!
//! Numbers must not depend on the order of files, so everything is sorted before it is numbered.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use ztc_diag::Sink;
use ztc_identity::Selector;
use ztc_syntax::Object;

use super::{
    Cidr, CidrId, Model, NamedPort, NamedPortId, PeerTerm, Peers, Policy, PolicyKind, PortTerm,
    Ports, Rule, SelectorId, from_cilium, from_network_policy,
};
use crate::errors;

impl Model {
    /// Translates every policy. Of two with one kind, namespace and name neither is a mere
    /// duplicate to be ignored: the second in file order is an error.
    pub fn new(objects: &[Object], cluster: &str, sink: &mut Sink) -> Self {
        let mut by_name: BTreeMap<(PolicyKind, &str, &str), &Object> = BTreeMap::new();
        for object in objects {
            let (kind, namespace, meta) = match object {
                Object::Cilium(policy) if policy.clusterwide => {
                    (PolicyKind::CiliumClusterwideNetworkPolicy, "", &policy.meta)
                }
                Object::Cilium(policy) => (
                    PolicyKind::CiliumNetworkPolicy,
                    policy.meta.namespace_or_default(),
                    &policy.meta,
                ),
                Object::NetworkPolicy(policy) => (
                    PolicyKind::NetworkPolicy,
                    policy.meta.namespace_or_default(),
                    &policy.meta,
                ),
                _ => continue,
            };
            let name = meta.name.value.as_str();
            if let Some(first) = by_name.get(&(kind, namespace, name)) {
                let first_span = meta_of(first).map_or(meta.name.span, |first| first.name.span);
                errors::duplicate_object(sink, kind.name(), name, meta.name.span, first_span);
            } else {
                by_name.insert((kind, namespace, name), object);
            }
        }
        let mut draft = Draft::new(cluster);
        for ((kind, namespace, name), object) in by_name {
            let Some(meta) = meta_of(object) else {
                continue;
            };
            draft.policies.push(Policy {
                kind,
                namespace: namespace.into(),
                name: name.into(),
                span: meta.name.span,
            });
            match object {
                Object::Cilium(policy) => {
                    from_cilium::translate(policy, namespace, &mut draft, sink);
                }
                Object::NetworkPolicy(policy) => {
                    from_network_policy::translate(policy, namespace, &mut draft);
                }
                _ => {}
            }
        }
        draft.finish()
    }
}

fn meta_of(object: &Object) -> Option<&ztc_syntax::Meta> {
    match object {
        Object::Cilium(policy) => Some(&policy.meta),
        Object::NetworkPolicy(policy) => Some(&policy.meta),
        _ => None,
    }
}

/// A model in the making: ids are in order of appearance until [`Draft::finish`] sorts them.
pub(super) struct Draft<'a> {
    /// The local cluster's name.
    pub(super) cluster: &'a str,
    policies: Vec<Policy>,
    rules: Vec<Rule>,
    selectors: Interner<Selector>,
    cidrs: Interner<Cidr>,
    named_ports: Interner<NamedPort>,
}

impl<'a> Draft<'a> {
    fn new(cluster: &'a str) -> Self {
        Self {
            cluster,
            policies: Vec::new(),
            rules: Vec::new(),
            selectors: Interner::default(),
            cidrs: Interner::default(),
            named_ports: Interner::default(),
        }
    }

    /// Index of the policy being translated.
    pub(super) fn policy(&self) -> u32 {
        number(self.policies.len().saturating_sub(1))
    }

    /// Adds a rule of the policy being translated.
    pub(super) fn push(&mut self, rule: Rule) {
        self.rules.push(rule);
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
        let (selectors, selector_ids) = self.selectors.sorted();
        let (cidrs, cidr_ids) = self.cidrs.sorted();
        let (named_ports, port_ids) = self.named_ports.sorted();
        let new = |ids: &[u32], old: u32| ids.get(old as usize).copied().unwrap_or(old);
        for rule in &mut self.rules {
            rule.subject.0 = new(&selector_ids, rule.subject.0);
            if let Peers::Terms(terms) = &mut rule.peers {
                for peer in terms {
                    match &mut peer.term {
                        PeerTerm::Selector(id) => id.0 = new(&selector_ids, id.0),
                        PeerTerm::Cidr(id) => id.0 = new(&cidr_ids, id.0),
                        PeerTerm::Entity(_) => {}
                    }
                }
            }
            if let Ports::Terms(terms) = &mut rule.ports {
                for (term, _) in terms {
                    if let PortTerm::Named(id) = term {
                        id.0 = new(&port_ids, id.0);
                    }
                }
            }
        }
        Model {
            policies: self.policies,
            rules: self.rules,
            selectors,
            cidrs,
            named_ports,
        }
    }
}

/// Gives equal values equal numbers.
struct Interner<T> {
    ids: FxHashMap<T, u32>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            ids: FxHashMap::default(),
        }
    }
}

impl<T: Ord + std::hash::Hash> Interner<T> {
    fn intern(&mut self, value: T) -> u32 {
        let next = number(self.ids.len());
        *self.ids.entry(value).or_insert(next)
    }

    /// The values sorted, and for each old number the new one.
    fn sorted(self) -> (Vec<T>, Vec<u32>) {
        let mut values: Vec<(T, u32)> = self.ids.into_iter().collect();
        values.sort();
        let mut new_ids = vec![0; values.len()];
        for (new, (_, old)) in (0u32..).zip(&values) {
            if let Some(slot) = new_ids.get_mut(*old as usize) {
                *slot = new;
            }
        }
        (
            values.into_iter().map(|(value, _)| value).collect(),
            new_ids,
        )
    }
}

/// A count as a number of this model. Inputs are bounded far below `u32::MAX` (a file has at most
/// 256 MiB), so the saturation is never reached.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
