//! From a selector of the model back to the node that a requirement of it was written in.

use rustc_hash::FxHashMap;
use ztc_diag::Span;
use ztc_identity::{Operator, Requirement, labels::NAMESPACE_LABELS};
use ztc_syntax::{self as syntax, LabelSelector, NetworkPolicyPeer, Object};

/// Every selector of a run, by the span that the model gives it.
pub(crate) struct Written<'a> {
    by_span: FxHashMap<Span, Vec<&'a LabelSelector>>,
}

impl<'a> Written<'a> {
    /// Collects the selectors of all policies.
    pub(super) fn new(objects: &'a [Object]) -> Self {
        let mut written = Self {
            by_span: FxHashMap::default(),
        };
        for object in objects {
            match object {
                Object::Cilium(policy) => policy.rules.iter().for_each(|rule| written.cilium(rule)),
                Object::NetworkPolicy(policy) => written.network_policy(policy),
                Object::Admin(policy) => written.admin_policy(policy),
                Object::Workload(_)
                | Object::Namespace(_)
                | Object::Node(_)
                | Object::Service(_)
                | Object::EndpointSlice(_)
                | Object::CidrGroup(_)
                | Object::Resolution(_)
                | Object::PolicyTest(_) => {}
            }
        }
        written
    }

    /// Where a requirement is written, of the selector or peer with this span; `None` for one that
    /// nobody wrote, as the policy's own namespace is.
    pub(crate) fn requirement(
        &self,
        span: Span,
        wanted: &Requirement,
    ) -> Option<&'a syntax::Requirement> {
        let selectors = self.by_span.get(&span)?;
        let mut requirements = selectors.iter().flat_map(|selector| &selector.requirements);
        requirements.find(|written| means(written, wanted))
    }

    fn cilium(&mut self, rule: &'a syntax::CiliumRule) {
        let subject = rule.subject.selector();
        self.add(subject.span, subject);
        for list in [
            &rule.ingress,
            &rule.ingress_deny,
            &rule.egress,
            &rule.egress_deny,
        ] {
            let elements = list.iter().flat_map(|list| &list.value);
            let lists = elements.flat_map(|element| element.endpoints.iter().chain(&element.nodes));
            for selector in lists.flat_map(|list| &list.value) {
                self.add(selector.span, selector);
            }
        }
    }

    fn admin_policy(&mut self, policy: &'a syntax::AdminPolicy) {
        self.admin_pods(&policy.subject);
        let rules = policy.ingress.iter().chain(&policy.egress);
        for peer in rules.flat_map(|rule| &rule.peers) {
            match peer {
                syntax::AdminPeer::Pods(pods) => self.admin_pods(pods),
                syntax::AdminPeer::Nodes(selector) => self.add(selector.span, selector),
                syntax::AdminPeer::Networks(_) | syntax::AdminPeer::DomainNames(_) => {}
            }
        }
    }

    fn admin_pods(&mut self, pods: &'a syntax::AdminPods) {
        let selectors = pods.namespaces.iter().chain(&pods.pods);
        selectors.for_each(|selector| self.add(pods.span, selector));
    }

    fn network_policy(&mut self, policy: &'a syntax::NetworkPolicy) {
        self.add(policy.pod_selector.span, &policy.pod_selector);
        let rules = [&policy.ingress, &policy.egress].into_iter().flatten();
        for peer in rules
            .flat_map(|list| &list.value)
            .flat_map(|rule| &rule.peers)
        {
            for peer in &peer.value {
                if let NetworkPolicyPeer::Pods {
                    span,
                    pod_selector,
                    namespace_selector,
                } = peer
                {
                    let selectors = pod_selector.iter().chain(namespace_selector);
                    selectors.for_each(|selector| self.add(*span, selector));
                }
            }
        }
    }

    fn add(&mut self, span: Span, selector: &'a LabelSelector) {
        self.by_span.entry(span).or_default().push(selector);
    }
}

/// Whether a written requirement became this one.
fn means(written: &syntax::Requirement, wanted: &Requirement) -> bool {
    let operator = match written.operator {
        syntax::Operator::In => Operator::In,
        syntax::Operator::NotIn => Operator::NotIn,
        syntax::Operator::Exists => Operator::Exists,
        syntax::Operator::DoesNotExist => Operator::DoesNotExist,
    };
    let key = written.key.value.as_str();
    let unprefixed = key.split_once(':').map(|(_, name)| name);
    let reserved = key
        .strip_prefix('$')
        .or_else(|| key.strip_prefix("reserved."));
    let has_key = [Some(key), unprefixed, reserved]
        .into_iter()
        .flatten()
        .any(|name| name == wanted.key || wanted.key.strip_prefix(NAMESPACE_LABELS) == Some(name));
    let mut values: Vec<&str> = written
        .values
        .iter()
        .map(|value| value.value.as_str())
        .collect();
    values.sort_unstable();
    values.dedup();
    operator == wanted.operator && has_key && values == wanted.values
}
