//! Which rule came nearest to allowing, and what is missing.
//!
//! A rule whose peers match is nearer than one whose ports match; of rules whose peers do not,
//! those are nearer of which fewer requirements are unmet.

use std::net::IpAddr;

use ztc_bundle::flow::Role;
use ztc_policy::{
    cluster::Endpoint,
    graph::{Access, Asked, Miss},
    model::{Action, Direction, Peers, PortTerm, Ports, Protocol, Rule, Tier},
    resolve::Reserved,
};

use super::{
    Nearest, Question,
    unmet::{self, Unmet, Who},
};
use crate::made_up;

/// How far a rule is from allowing: smaller is nearer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// Its peers match, its ports do not.
    Port,
    /// Its ports match, its peers do not: so many requirements are unmet.
    Peer(usize),
    /// Neither does.
    Both(usize),
}

impl<'a> Question<'_, 'a> {
    /// The rule that came nearest; `None` when no rule could have allowed.
    pub(super) fn nearest(&self, access: &Access, asked: &Asked) -> Option<Nearest<'a>> {
        let peer = self.who(access);
        let candidates = asked.misses.iter().filter_map(|miss| {
            let rule = self.analysis.model.rule(miss.rule)?;
            let can_allow = rule.action == Action::Allow && rule.tier != Tier::Baseline;
            let unmet = self.unmet(miss, rule, &peer);
            (can_allow && says_something(rule)).then(|| (distance(miss, unmet.as_ref()), miss))
        });
        let mut candidates: Vec<(Distance, &Miss)> = candidates.collect();
        candidates.sort_by_key(|(distance, miss)| (*distance, miss.rule));
        let (least, first) = *candidates.first()?;
        let rule = self.analysis.model.rule(first.rule)?;
        let mut missing = Vec::new();
        if let Some(unmet) = self.unmet(first, rule, &peer) {
            missing.extend(unmet.sentences);
        }
        if !first.port {
            missing.push(self.port_sentence(access, rule));
        }
        let as_near = candidates.iter().filter(|(distance, _)| *distance == least);
        Some(Nearest {
            rule: self.rule(Role::Nearest, first.rule)?,
            missing,
            others: as_near.count().saturating_sub(1),
        })
    }

    /// What the nearest of a rule's peers asks for and the other end has not; `None` when the
    /// peers match.
    fn unmet(&self, miss: &Miss, rule: &Rule, peer: &Who<'_>) -> Option<Unmet> {
        let Peers::Terms(terms) = &rule.peers else {
            return None;
        };
        if miss.peer {
            return None;
        }
        let unmet = terms
            .iter()
            .map(|term| unmet::of(self.analysis, term.term, peer));
        unmet.min_by_key(|unmet| unmet.n)
    }

    /// What is known of the other end.
    fn who(&self, access: &Access) -> Who<'_> {
        let (cluster, resolved) = (&self.analysis.cluster, &self.analysis.resolved);
        let name = self.peer;
        let universe = &resolved.universe;
        let address: Option<IpAddr> = name.strip_prefix("ip:").unwrap_or(name).parse().ok();
        let Some(class) = universe.as_class(access.peer) else {
            let is_outside = universe.is_outside(access.peer);
            let is_node = universe.as_node_class(access.peer).is_some()
                || universe.as_reserved(access.peer).is_some_and(is_node);
            return Who {
                name,
                address,
                labels: None,
                is_outside,
                is_node,
            };
        };
        let full_name = made_up::full_name(name);
        let is_asked = |endpoint: &&Endpoint| {
            let short = (endpoint.namespace.as_str(), endpoint.short_name.as_str());
            endpoint.name == full_name
                || name.split_once('/') == Some(short)
                || address.is_some_and(|one| endpoint.addresses.contains(&one))
        };
        let members = resolved.classes.classes.get(class as usize);
        let members = members.map_or(&[][..], |class| &class.members);
        let first = members
            .first()
            .and_then(|n| cluster.endpoints.get(*n as usize));
        let runs_it = |endpoint: &&Endpoint| endpoint.workload() == full_name;
        let endpoints = &cluster.endpoints;
        let asked = endpoints.iter().find(is_asked);
        let endpoint = asked.or_else(|| endpoints.iter().find(runs_it)).or(first);
        Who {
            name,
            address,
            labels: endpoint.and_then(|one| cluster.label_sets.get(one.label_set as usize)),
            is_outside: false,
            is_node: false,
        }
    }

    /// Which ports a rule allows, and which one was asked for.
    fn port_sentence(&self, access: &Access, rule: &Rule) -> String {
        let asked = match access.protocol {
            Some(protocol) => format!("this is {}", number(protocol, access.port)),
            None => "this is another protocol".into(),
        };
        let Ports::Terms(terms) = &rule.ports else {
            return asked;
        };
        let ports: Vec<String> = terms
            .iter()
            .map(|(term, _)| self.port(access, term))
            .collect();
        format!(
            "{asked}, and the rule allows {}",
            unmet::listed(&ports, "and")
        )
    }

    fn port(&self, access: &Access, term: &PortTerm) -> String {
        match term {
            PortTerm::Whole(protocol) => format!("every {} port", protocol.name()),
            PortTerm::Range(protocol, first, last) if first == last => number(*protocol, *first),
            PortTerm::Range(protocol, first, last) => format!("{first}-{last}/{}", protocol.name()),
            PortTerm::Named(id) => {
                let Some(named) = self.analysis.model.named_ports.get(id.0 as usize) else {
                    return "a named port".into();
                };
                let owner = match access.direction {
                    Direction::Ingress => Some(access.class),
                    Direction::Egress => self.analysis.resolved.universe.as_class(access.peer),
                };
                let classes = &self.analysis.resolved.classes.classes;
                let owner = owner.and_then(|class| classes.get(class as usize));
                let (name, protocol) = (&named.name, named.protocol.name());
                match owner.and_then(|class| class.port(*id)) {
                    Some(number) => format!("`{name}` ({number}/{protocol} there)"),
                    None => format!("`{name}` (which is no {protocol} port there)"),
                }
            }
        }
    }
}

/// A port, or an ICMP type.
fn number(protocol: Protocol, number: u16) -> String {
    let name = protocol.name();
    match protocol {
        Protocol::Icmp | Protocol::Icmpv6 => format!("{name} type {number}"),
        Protocol::Tcp | Protocol::Udp | Protocol::Sctp => format!("{number}/{name}"),
    }
}

fn is_node(reserved: Reserved) -> bool {
    matches!(
        reserved,
        Reserved::Host
            | Reserved::RemoteNode
            | Reserved::KubeApiserver
            | Reserved::HostKubeApiserver
    )
}

/// Whether it matches anybody on any port: the rule that only isolates came near to nothing.
fn says_something(rule: &Rule) -> bool {
    !matches!(&rule.peers, Peers::Terms(terms) if terms.is_empty())
        && !matches!(&rule.ports, Ports::Terms(terms) if terms.is_empty())
}

fn distance(miss: &Miss, unmet: Option<&Unmet>) -> Distance {
    let n = unmet.map_or(0, |unmet| unmet.n);
    match (miss.peer, miss.port) {
        (true, _) => Distance::Port,
        (false, true) => Distance::Peer(n),
        (false, false) => Distance::Both(n),
    }
}
