//! What one element of Cilium's kinds asks of a proxy (SEMANTICS.md S8).
//!
//! Must not judge it: whether it fits what other elements ask is told when all of them are known.

use ztc_diag::Spanned;
use ztc_syntax::{self as syntax, AuthenticationMode, Entity};

use super::{
    PeerTerm, Peers, Ports,
    build::Draft,
    cilium_peers::items,
    cilium_selector::Scope,
    from_network_policy::port_terms,
    proxy::{Listener, Proxied, ProxyPeer, ProxyUse},
};

/// The priority that Cilium gives a listener without one.
const DEFAULT_PRIORITY: u8 = 126;

/// What Cilium makes of the entity `cluster`, beside the pods of the cluster.
const CLUSTER: [Entity; 7] = [
    Entity::Host,
    Entity::RemoteNode,
    Entity::Init,
    Entity::Ingress,
    Entity::Health,
    Entity::Unmanaged,
    Entity::KubeApiserver,
];

/// What an element asks, given whom and what it is about; `None` for most elements.
pub(super) fn proxied(
    element: &syntax::CiliumElement,
    peers: &Peers,
    ports: &Ports,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
) -> Option<Box<Proxied>> {
    let authentication = element.authentication;
    let rules = items(&element.to_ports);
    let mut uses: Vec<ProxyUse> = rules
        .iter()
        .filter_map(|rule| port_rule(rule, authentication, scope, draft))
        .collect();
    if rules.is_empty() && authentication.is_some() {
        uses.push(ProxyUse {
            ports: ports.clone(),
            authentication,
            l7: None,
            tls: None,
            listener: None,
        });
    }
    let peers = || proxy_peers(element, peers);
    (!uses.is_empty()).then(|| {
        Box::new(Proxied {
            peers: peers(),
            uses,
        })
    })
}

fn port_rule(
    rule: &syntax::CiliumPortRule,
    authentication: Option<Spanned<AuthenticationMode>>,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
) -> Option<ProxyUse> {
    let is_plain = rule.l7.is_none() && rule.tls.is_none() && rule.listener.is_none();
    if is_plain && authentication.is_none() {
        return None;
    }
    let listener = rule.listener.as_ref().map(|written| {
        let namespace = scope.namespace.filter(|_| !written.clusterwide);
        let namespace = namespace.unwrap_or_default();
        Listener {
            span: written.span,
            name: format!("{namespace}/{}/{}", written.config, written.name),
            priority: written.priority.unwrap_or(DEFAULT_PRIORITY),
        }
    });
    Some(ProxyUse {
        ports: Ports::Terms(port_terms(items(&rule.ports), syntax::Protocol::Any, draft)),
        authentication,
        l7: rule.l7.as_deref().cloned(),
        tls: rule.tls.as_deref().cloned(),
        listener,
    })
}

fn proxy_peers(element: &syntax::CiliumElement, peers: &Peers) -> Vec<ProxyPeer> {
    let names = items(&element.fqdns).iter();
    let names = names.filter_map(|name| name.pattern.clone().map(ProxyPeer::Name));
    let groups = items(&element.groups).iter();
    let groups = groups.map(|group| ProxyPeer::Group(group.key.clone()));
    let mut found: Vec<ProxyPeer> = names.chain(groups).collect();
    // An element has peers of one kind, so the terms are the addresses of these.
    if !found.is_empty() {
        return found;
    }
    match peers {
        Peers::All => found.push(ProxyPeer::Everyone),
        Peers::Terms(terms) => {
            for peer in terms {
                add_term(peer.term, &mut found);
            }
        }
    }
    found
}

fn add_term(term: PeerTerm, found: &mut Vec<ProxyPeer>) {
    match term {
        PeerTerm::Entity(Entity::All) => found.push(ProxyPeer::Everyone),
        PeerTerm::Entity(Entity::None) => {}
        PeerTerm::Entity(Entity::Cluster) => {
            found.push(ProxyPeer::Term(term));
            found.extend(CLUSTER.map(|entity| ProxyPeer::Term(PeerTerm::Entity(entity))));
        }
        _ => found.push(ProxyPeer::Term(term)),
    }
}
