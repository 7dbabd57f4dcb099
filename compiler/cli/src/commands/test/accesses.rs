//! The accesses that a pair of identities stands for: the pieces of its ports on which no rule
//! changes its mind, and the policies' own answer for each.
//!
//! Must not know what is asserted.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use ztc_abi::{Peer, Protocol};
use ztc_policy::{
    Analysis,
    graph::{Access, Asked},
    model::{self, Direction, PortTerm, Ports, RuleId, SelectorId},
    resolve::{Class, PeerIndex},
};
use ztc_reach::{Identity, IdentityId, PortRange, PortSet, Reach};

/// The rules about every identity, and what the policies take it for as a peer.
pub(super) struct Accesses<'a> {
    analysis: &'a Analysis,
    /// By class: rules of ingress, rules of egress, each ascending.
    rules: Vec<[Vec<RuleId>; 2]>,
    /// By identity.
    peers: Vec<Option<PeerIndex>>,
}

/// What the rules say of both sides; `None` where an end is no subject.
pub(super) struct BothSides {
    pub(super) egress: Option<Asked>,
    pub(super) ingress: Option<Asked>,
}

impl<'a> Accesses<'a> {
    pub(super) fn new(analysis: &'a Analysis, reach: &Reach<'_>) -> Self {
        let mut by_subject: FxHashMap<(SelectorId, Direction), Vec<RuleId>> = FxHashMap::default();
        for (id, rule) in analysis.model.rules() {
            let rules = by_subject
                .entry((rule.subject, rule.direction))
                .or_default();
            rules.push(id);
        }
        let about = |class: &Class| {
            [Direction::Ingress, Direction::Egress].map(|direction| {
                let selectors = class.selectors.iter();
                let found = selectors.filter_map(|one| by_subject.get(&(*one, direction)));
                let mut rules: Vec<RuleId> = found.flatten().copied().collect();
                rules.sort_unstable();
                rules
            })
        };
        let universe = &analysis.resolved.universe;
        let peer = |identity: &Identity| match class(identity) {
            Some(class) => Some(universe.class(class)),
            None => ztc_lower::peer_index(analysis, Peer(identity.entry.peer)),
        };
        let classes = &analysis.resolved.classes.classes;
        Self {
            analysis,
            rules: classes.par_iter().map(about).collect(),
            peers: reach.identities().par_iter().map(peer).collect(),
        }
    }

    /// The ports, cut wherever a rule about either end begins or ends.
    pub(super) fn pieces(&self, from: &Identity, to: &Identity, ports: &PortSet) -> Vec<PortRange> {
        if ports.ranges().iter().all(|range| range.first == range.last) {
            return ports.ranges().to_vec();
        }
        let cuts = self.cuts(from, to);
        let mut pieces = Vec::new();
        for range in ports.ranges() {
            let protocol = range.protocol();
            let mut first = range.first;
            let name = model_protocol(protocol);
            let inside = cuts.iter().filter(|(other, _)| Some(*other) == name);
            for cut in inside.map(|(_, cut)| *cut) {
                if cut > first && cut <= range.last {
                    pieces.extend(PortRange::new(protocol, first, cut - 1));
                    first = cut;
                }
            }
            pieces.extend(PortRange::new(protocol, first, range.last));
        }
        pieces
    }

    fn cuts(&self, from: &Identity, to: &Identity) -> BTreeSet<(model::Protocol, u16)> {
        let egress = self.rules_about(from, Direction::Egress);
        let ingress = self.rules_about(to, Direction::Ingress);
        let model = &self.analysis.model;
        let rules = egress
            .iter()
            .chain(ingress)
            .filter_map(|id| model.rule(*id));
        let terms = rules.filter_map(|rule| match &rule.ports {
            Ports::All => None,
            Ports::Terms(terms) => Some(terms),
        });
        let mut cuts = BTreeSet::new();
        // Whatever the direction, a name stands for a port of the end that is spoken to.
        let owner = class(to).and_then(|class| {
            let classes = &self.analysis.resolved.classes.classes;
            classes.get(class as usize)
        });
        for (term, _) in terms.flatten() {
            let range = match term {
                PortTerm::Whole(_) => None,
                PortTerm::Range(protocol, first, last) => Some((*protocol, *first, *last)),
                PortTerm::Named(id) => {
                    let named = model.named_ports.get(id.0 as usize);
                    let number = owner.and_then(|class| class.port(*id));
                    named
                        .zip(number)
                        .map(|(named, port)| (named.protocol, port, port))
                }
            };
            if let Some((protocol, first, last)) = range {
                cuts.insert((protocol, first));
                cuts.extend(last.checked_add(1).map(|next| (protocol, next)));
            }
        }
        cuts
    }

    /// Asks the policies about the first port of a piece.
    pub(super) fn ask(
        &self,
        (from, source): (IdentityId, &Identity),
        (to, target): (IdentityId, &Identity),
        piece: PortRange,
    ) -> BothSides {
        let side = |subject: &Identity, peer: IdentityId, direction: Direction| -> Option<Asked> {
            let access = Access {
                class: class(subject)?,
                direction,
                peer: (*self.peers.get(peer.0 as usize)?)?,
                protocol: model_protocol(piece.protocol()),
                port: piece.first,
                with_audited: false,
            };
            let rules = self.rules_about(subject, direction).iter();
            let model = &self.analysis.model;
            let rules = rules.filter_map(|id| Some((*id, model.rule(*id)?)));
            Some(self.analysis.ask_these(&access, rules))
        };
        BothSides {
            egress: side(source, to, Direction::Egress),
            ingress: side(target, from, Direction::Ingress),
        }
    }

    fn rules_about(&self, identity: &Identity, direction: Direction) -> &[RuleId] {
        let rules = class(identity).and_then(|class| self.rules.get(class as usize));
        rules.map_or(&[], |[ingress, egress]| match direction {
            Direction::Ingress => ingress,
            Direction::Egress => egress,
        })
    }
}

/// The class of a pod.
fn class(identity: &Identity) -> Option<u32> {
    let number = identity.entry.peer.checked_sub(Peer::FIRST_CLASS)?;
    identity.is_pod.then_some(number)
}

/// `None` for protocols that no policy can name.
fn model_protocol(protocol: Protocol) -> Option<model::Protocol> {
    let is_it = |one: &model::Protocol| one.name() == protocol.name();
    model::Protocol::ALL.into_iter().find(is_it)
}
