//! The peers of one element of Cilium's kinds (SEMANTICS.md, empty and absent; peers).
//!
//! Nothing here ever widens: what a list names and nobody knows is no one (SEMANTICS.md S2).

use std::net::IpAddr;

use ztc_diag::Span;
use ztc_syntax as syntax;

use super::{
    Cidr, Peer, PeerTerm, Peers,
    build::Draft,
    cilium_selector::{self, Scope},
};
use crate::{Degradation, errors};

/// The peers of an element.
pub(super) fn peers(
    element: &syntax::CiliumElement,
    scope: &Scope<'_>,
    draft: &mut Draft<'_>,
) -> Peers {
    if says_no_one(element, draft) {
        return Peers::Terms(Vec::new());
    }
    let mut terms = Terms(Vec::new());
    for selector in items(&element.endpoints) {
        let id = cilium_selector::peer(selector, scope, draft);
        terms.push(PeerTerm::Selector(id), selector.span);
    }
    for selector in items(&element.nodes) {
        let id = cilium_selector::node_peer(selector, draft);
        terms.push(PeerTerm::Selector(id), selector.span);
    }
    for entity in items(&element.entities) {
        terms.push(PeerTerm::Entity(entity.value), entity.span);
    }
    for prefix in items(&element.cidr) {
        terms.push_cidr(prefix.value, Vec::new(), prefix.span, draft);
    }
    for set in items(&element.cidr_set) {
        add_cidr_set(set, &mut terms, draft);
    }
    for service in items(&element.services) {
        add_service(service, &mut terms, draft);
    }
    for name in items(&element.fqdns) {
        let Some(pattern) = &name.pattern else {
            continue;
        };
        match draft.references.addresses_of_names(pattern) {
            Some(addresses) => terms.push_addresses(&addresses, name.span, draft),
            None => draft.degrade(Degradation::Fqdn, pattern.text().to_owned(), name.span),
        }
    }
    for group in items(&element.groups) {
        match draft.references.cloud_group(&group.key) {
            Some(addresses) => terms.push_addresses(&addresses, group.span, draft),
            None => draft.degrade(Degradation::Groups, group.key.clone(), group.span),
        }
    }
    let has_ports = !items(&element.to_ports).is_empty() || !items(&element.icmps).is_empty();
    if has_ports && !names_anyone(element) {
        Peers::All
    } else {
        Peers::Terms(terms.0)
    }
}

/// Whether a list is there and empty, which matches nothing, even beside a real one.
fn says_no_one(element: &syntax::CiliumElement, draft: &mut Draft<'_>) -> bool {
    // Cilium takes these as absent, and so as everyone on the element's ports.
    for (list, name) in [
        (empty_at(&element.services), "toServices"),
        (empty_at(&element.fqdns), "toFQDNs"),
        (empty_at(&element.groups), "groups"),
    ] {
        if let Some(span) = list {
            draft.sink.push(errors::empty_list(name, span));
        }
    }
    [
        empty_at(&element.endpoints),
        empty_at(&element.entities),
        empty_at(&element.cidr),
        empty_at(&element.cidr_set),
        empty_at(&element.nodes),
        empty_at(&element.services),
        empty_at(&element.fqdns),
        empty_at(&element.groups),
    ]
    .iter()
    .any(Option::is_some)
}

fn empty_at<T>(list: &syntax::List<T>) -> Option<Span> {
    let list = list.as_ref().filter(|list| list.value.is_empty())?;
    Some(list.span)
}

/// Whether any list of peers is written, whoever it turns out to mean.
fn names_anyone(element: &syntax::CiliumElement) -> bool {
    element.endpoints.is_some()
        || element.entities.is_some()
        || element.cidr.is_some()
        || element.cidr_set.is_some()
        || element.nodes.is_some()
        || element.services.is_some()
        || element.fqdns.is_some()
        || element.groups.is_some()
}

pub(super) fn items<T>(list: &syntax::List<T>) -> &[T] {
    list.as_ref().map_or(&[], |list| list.value.as_slice())
}

fn add_cidr_set(set: &syntax::CiliumCidrSet, terms: &mut Terms, draft: &mut Draft<'_>) {
    let except: Vec<syntax::Prefix> = set.except.iter().map(|except| except.value).collect();
    let prefixes = match &set.base {
        syntax::CidrBase::Prefix(prefix) => Some(vec![prefix.value]),
        syntax::CidrBase::Group(name) => draft.references.cidr_group(&name.value),
        syntax::CidrBase::GroupSelector(selector) => {
            let selector = cilium_selector::unscoped(selector);
            draft.references.cidr_groups(&selector)
        }
    };
    match prefixes {
        Some(prefixes) => {
            for prefix in prefixes {
                terms.push_cidr(prefix, except.clone(), set.span, draft);
            }
        }
        None => draft.sink.push(errors::unknown_cidr_group(set.span)),
    }
}

/// A service with a selector is its pods, one without its backends' addresses, which are never
/// pods or nodes; its ports play no part (SEMANTICS.md R17).
fn add_service(peer: &syntax::ServicePeer, terms: &mut Terms, draft: &mut Draft<'_>) {
    let namespace = peer.namespace.as_ref().map(|name| name.value.as_str());
    let services = match &peer.services {
        syntax::ServiceChoice::Name(name) => {
            draft.references.services_named(namespace, &name.value)
        }
        syntax::ServiceChoice::Selector(selector) => {
            let selector = cilium_selector::unscoped(selector);
            draft.references.services_matching(namespace, &selector)
        }
    };
    let before = terms.0.len();
    for service in &services {
        if service.selector.is_empty() {
            let backends = draft.references.backends(service);
            terms.push_addresses(&backends, peer.span, draft);
        } else {
            let namespace = service.meta.namespace_or_default();
            let id = cilium_selector::service(namespace, &service.selector, draft);
            terms.push(PeerTerm::Selector(id), peer.span);
        }
    }
    if terms.0.len() == before {
        let found = errors::unresolved_service(services.len(), peer.span);
        draft.sink.push(found);
    }
}

/// Terms in the making.
pub(super) struct Terms(pub(super) Vec<Peer>);

impl Terms {
    pub(super) fn push(&mut self, term: PeerTerm, span: Span) {
        self.0.push(Peer { term, span });
    }

    fn push_cidr(
        &mut self,
        prefix: syntax::Prefix,
        except: Vec<syntax::Prefix>,
        span: Span,
        draft: &mut Draft<'_>,
    ) {
        let id = draft.cidr(Cidr { prefix, except });
        self.push(PeerTerm::Cidr(id), span);
    }

    /// Single addresses, outside the cluster as any prefix.
    pub(super) fn push_addresses(
        &mut self,
        addresses: &[IpAddr],
        span: Span,
        draft: &mut Draft<'_>,
    ) {
        for address in addresses {
            self.push_cidr(single(*address), Vec::new(), span, draft);
        }
    }
}

/// The prefix of one address.
pub(super) fn single(address: IpAddr) -> syntax::Prefix {
    let address = address.to_canonical();
    syntax::Prefix {
        address,
        length: if address.is_ipv6() { 128 } else { 32 },
    }
}
