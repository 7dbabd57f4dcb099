//! A rule's whole meaning as one canonical text: equal for rules that say the same.
//!
//! Names, places, the order in which peers and ports are written, and texts for logs are no part
//! of it. Must not know who compares it.

use std::collections::BTreeSet;

use ztc_identity::{Operator, Selector};
use ztc_syntax::Prefix;

use super::{Action, CidrId, Model, NamedPort, PeerTerm, Peers, PortTerm, Ports, Protocol, Rule};

impl Model {
    /// All that a rule says, for comparing: two rules with the same text do the same to the same
    /// accesses. It depends on nothing but the rule, so texts of different runs compare.
    pub fn meaning(&self, rule: &Rule) -> String {
        let action = match rule.action {
            Action::Allow => "allow",
            Action::Deny => "deny",
            Action::Pass => "pass",
        };
        let subject = self.selector(rule.subject).map(selector_text);
        let mut lines = vec![
            format!("direction {}", rule.direction.name()),
            format!("action {action}"),
            format!("tier {} {}", rule.tier.name(), rule.priority),
            format!("isolates {}", rule.isolates),
            format!("audit {}", rule.audit),
            format!("subject {}", subject.unwrap_or_default()),
        ];
        match &rule.peers {
            Peers::All => lines.push("peers all".into()),
            Peers::Terms(terms) => {
                let terms = terms.iter().map(|peer| self.peer_text(peer.term));
                let terms: BTreeSet<String> = terms.collect();
                lines.extend(terms.into_iter().map(|term| format!("peer {term}")));
            }
        }
        match &rule.ports {
            Ports::All => lines.push("ports all".into()),
            Ports::Terms(terms) => {
                for protocol in Protocol::ALL {
                    self.port_lines(protocol, terms.iter().map(|(term, _)| *term), &mut lines);
                }
            }
        }
        lines.extend(rule.unmet.iter().map(|asked| format!("degraded {asked}")));
        lines.join("\n")
    }

    fn peer_text(&self, term: PeerTerm) -> String {
        match term {
            PeerTerm::Entity(entity) => format!("entity {}", entity.name()),
            PeerTerm::Selector(id) => {
                let text = self.selector(id).map(selector_text).unwrap_or_default();
                format!("selector {text}")
            }
            PeerTerm::Cidr(id) => format!("cidr {}", self.cidr_text(id)),
            PeerTerm::Network(id) => format!("network {}", self.cidr_text(id)),
        }
    }

    fn cidr_text(&self, id: CidrId) -> String {
        let Some(cidr) = self.cidrs.get(id.0 as usize) else {
            return String::new();
        };
        let prefix = |prefix: &Prefix| format!("{}/{}", prefix.address, prefix.length);
        let except: Vec<String> = cidr.except.iter().map(prefix).collect();
        format!("{} except [{}]", prefix(&cidr.prefix), except.join(" "))
    }

    /// The ports of one protocol: ranges that meet or touch are one, and beside all ports of a
    /// protocol the others say nothing.
    fn port_lines(
        &self,
        protocol: Protocol,
        terms: impl Iterator<Item = PortTerm>,
        lines: &mut Vec<String>,
    ) {
        let mut ranges: BTreeSet<(u16, u16)> = BTreeSet::new();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for term in terms {
            match term {
                PortTerm::Whole(whole) if whole == protocol => {
                    // Nothing of this protocol was written yet: lines come after the loop.
                    return lines.push(format!("ports {}", protocol.name()));
                }
                PortTerm::Range(of, first, last) if of == protocol => {
                    ranges.insert((first, last));
                }
                PortTerm::Named(id) => {
                    let named = self.named_ports.get(id.0 as usize);
                    let named = named.filter(|named| named.protocol == protocol);
                    names.extend(named.map(|NamedPort { name, .. }| name.as_str()));
                }
                PortTerm::Whole(_) | PortTerm::Range(..) => {}
            }
        }
        let mut merged: Vec<(u16, u16)> = Vec::new();
        for (first, last) in ranges {
            match merged.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last)
                }
                _ => merged.push((first, last)),
            }
        }
        let name = protocol.name();
        let ranges = merged.into_iter();
        lines.extend(ranges.map(|(first, last)| format!("port {name} {first}-{last}")));
        lines.extend(
            names
                .into_iter()
                .map(|named| format!("port {name} {}", word(named))),
        );
    }
}

fn selector_text(selector: &Selector) -> String {
    let requirements = selector.requirements().iter().map(|requirement| {
        let operator = match requirement.operator {
            Operator::In => "in",
            Operator::NotIn => "not-in",
            Operator::Exists => "exists",
            Operator::DoesNotExist => "does-not-exist",
        };
        let (source, key) = (word(&requirement.source), word(&requirement.key));
        let values: Vec<String> = requirement.values.iter().map(|value| word(value)).collect();
        format!("[{source} {key} {operator} {}]", values.join(" "))
    });
    requirements.collect()
}

/// A text with its length, so that none can pass for several, or for what stands around it.
fn word(text: &str) -> String {
    format!("{}:{text}", text.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ztc_diag::{Sink, Sources, Span};
    use ztc_syntax::Entity;

    use super::*;
    use crate::{
        AnalyseOptions,
        model::{CidrId, Direction, NamedPortId, Peer, RuleId, SelectorId, Tier},
    };

    /// The models of some documents.
    fn parsed(text: &str) -> Model {
        let mut sources = Sources::new();
        sources.add("p.yaml".into(), "p.yaml".into(), text.into());
        let mut sink = Sink::new();
        let parsed = ztc_syntax::parse(&sources, &mut sink);
        let model = Model::new(&parsed.objects, &AnalyseOptions::default(), &mut sink);
        let found = sink.into_sorted();
        assert!(found.is_empty(), "{found:?}");
        model
    }

    fn policy(name: &str, rules: &str) -> String {
        format!(
            "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
             metadata: {{ name: {name}, namespace: shop }}\nspec:\n  \
             endpointSelector: {{ matchLabels: {{ app: db }} }}\n  {rules}\n---\n"
        )
    }

    /// The meaning of the rule with this number.
    fn meaning(model: &Model, number: u32) -> String {
        let rule = model.rule(RuleId(number));
        model.meaning(rule.expect("there are so many rules"))
    }

    fn only_meaning(rules: &str) -> String {
        let model = parsed(&policy("db", rules));
        assert_eq!(model.rules.len(), 1);
        meaning(&model, 1)
    }

    #[test]
    fn order_repetition_and_place_are_no_meaning() {
        let first = "ingress: [{ fromEndpoints: [{ matchLabels: { app: a, tier: x } }, \
                     { matchExpressions: [{ key: app, operator: In, values: [b, c] }] }], \
                     toPorts: [{ ports: [{ port: \"80\", protocol: TCP }, \
                     { port: \"http\", protocol: TCP }, { port: \"53\", protocol: UDP }] }] }]";
        let second = "# said again\n  ingress:\n  - toPorts:\n    - ports: \
                      [{ port: \"53\", protocol: UDP }]\n    - ports: [{ port: \"http\", \
                      protocol: TCP }, { port: \"80\", protocol: TCP }, { port: \"80\", \
                      protocol: TCP }]\n    fromEndpoints:\n    - matchExpressions: [{ key: app, \
                      operator: In, values: [c, b] }]\n    - matchLabels: { tier: x, app: a }";
        let model = parsed(&format!("{}{}", policy("db", first), policy("zz", second)));
        assert_eq!((model.policies.len(), model.rules.len()), (2, 2));
        assert_eq!(meaning(&model, 1), meaning(&model, 2));
        // Numbers of selectors and ports differ between runs; what they stand for does not.
        let others = "egress: [{ toEndpoints: [{ matchLabels: { aaa: bbb } }], \
                      toPorts: [{ ports: [{ port: \"abc\", protocol: TCP }] }] }]";
        let again = parsed(&format!("{}{}", policy("aa", others), policy("db", first)));
        assert_eq!(meaning(&again, 2), meaning(&model, 1));
    }

    #[test]
    fn ports_are_compared_by_what_they_cover() {
        let of = |ports: &str| {
            only_meaning(&format!(
                "ingress: [{{ fromEntities: [all], toPorts: [{{ ports: [{ports}] }}] }}]"
            ))
        };
        let range = of("{ port: \"80\", endPort: 82, protocol: TCP }");
        let single = "{ port: \"81\", protocol: TCP }, { port: \"80\", protocol: TCP }, \
                      { port: \"82\", protocol: TCP }";
        assert_eq!(range, of(single));
        assert_ne!(range, of("{ port: \"80\", endPort: 83, protocol: TCP }"));
        assert_ne!(range, of("{ port: \"80\", endPort: 82, protocol: UDP }"));
        let all = of("{ port: \"0\", protocol: TCP }");
        assert_eq!(
            all,
            of(
                "{ port: \"http\", protocol: TCP }, { port: \"0\", protocol: TCP }, \
                 { port: \"7\", protocol: TCP }"
            )
        );
    }

    #[test]
    fn every_field_is_part_of_it_but_for_place_and_log() {
        let rules = "ingress: [{ fromEndpoints: [{ matchLabels: { app: a } }], \
                     toPorts: [{ ports: [{ port: \"http\", protocol: TCP }] }] }, \
                     { fromCIDRSet: [{ cidr: 192.0.2.0/24, except: [192.0.2.0/28] }, \
                     { cidr: 192.0.2.0/24 }], toPorts: [{ ports: [{ port: \"web\", \
                     protocol: TCP }] }] }]";
        let model = parsed(&policy("db", rules));
        let base = model.rule(RuleId(1)).expect("there are two");
        let span = base.span;
        let mut seen = BTreeMap::from([(model.meaning(base), "nothing".to_owned())]);
        let mut check = |what: &str, change: &dyn Fn(&mut Rule)| {
            let mut rule = base.clone();
            change(&mut rule);
            let before = seen.insert(model.meaning(&rule), what.to_owned());
            assert_eq!(before, None, "{what} means the same");
        };
        check("direction", &|rule| rule.direction = Direction::Egress);
        check("deny", &|rule| rule.action = Action::Deny);
        check("pass", &|rule| rule.action = Action::Pass);
        check("tier", &|rule| rule.tier = Tier::Admin);
        check("priority", &|rule| rule.priority = 7);
        check("isolates", &|rule| rule.isolates = !rule.isolates);
        check("audit", &|rule| rule.audit = true);
        check("subject", &|rule| {
            let SelectorId(id) = rule.subject;
            rule.subject = SelectorId(1 - id);
        });
        check("degraded", &|rule| rule.unmet.push("l7 [{path: /}]".into()));
        check("ports all", &|rule| rule.ports = Ports::All);
        let ports = [
            PortTerm::Whole(Protocol::Tcp),
            PortTerm::Whole(Protocol::Icmp),
            PortTerm::Range(Protocol::Tcp, 80, 80),
            PortTerm::Range(Protocol::Udp, 80, 80),
            PortTerm::Named(NamedPortId(1)),
        ];
        for term in ports {
            check(&format!("{term:?}"), &|rule| {
                rule.ports = Ports::Terms(vec![(term, span)]);
            });
        }
        check("no ports", &|rule| rule.ports = Ports::Terms(Vec::new()));
        check("peers all", &|rule| rule.peers = Peers::All);
        let peers = [
            PeerTerm::Entity(Entity::World),
            PeerTerm::Entity(Entity::Host),
            PeerTerm::Cidr(CidrId(0)),
            PeerTerm::Cidr(CidrId(1)),
            PeerTerm::Network(CidrId(0)),
        ];
        for term in peers {
            check(&format!("{term:?}"), &|rule| {
                rule.peers = Peers::Terms(vec![Peer { term, span }]);
            });
        }
        check("no peers", &|rule| rule.peers = Peers::Terms(Vec::new()));

        let mut same = base.clone();
        same.policy = 9;
        same.path = "elsewhere".into();
        same.log = Some("seen".into());
        same.span = Span { start: 7, ..span };
        assert_eq!(model.meaning(&same), model.meaning(base));
    }

    /// A value with brackets and spaces is not several requirements.
    #[test]
    fn no_text_passes_for_another() {
        assert_ne!(word("a 1:b"), format!("{} {}", word("a"), word("b")));
    }
}
