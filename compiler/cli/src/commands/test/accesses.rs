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
    model::{self, Direction, Peers, PortTerm, Ports, Rule, RuleId, SelectorId},
    resolve::{Class, PeerIndex, TermId},
};
use ztc_reach::{Identity, IdentityId, PortRange, PortSet, Reach};

/// The rules about every identity, and what the policies take it for as a peer.
pub(super) struct Accesses<'a> {
    analysis: &'a Analysis,
    /// By class: rules of ingress, rules of egress, each ascending.
    rules: Vec<[Vec<RuleId>; 2]>,
    /// By identity.
    peers: Vec<Option<PeerIndex>>,
    /// By rule, its number less one.
    terms: Vec<Terms>,
}

/// What the answers of a rule depend on.
struct Terms {
    /// Whom it is about; `None` for everyone.
    peers: Option<Vec<TermId>>,
    /// Whether its ports have names, which stand for something else with every target.
    has_names: bool,
}

/// One side of a pair.
pub(super) struct Side<'i> {
    pub(super) subject: &'i Identity,
    pub(super) direction: Direction,
    pub(super) peer_id: IdentityId,
    pub(super) peer: &'i Identity,
}

/// What all answers of a side follow from: sides with equal keys have equal answers.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct SideKey {
    class: u32,
    direction: Direction,
    /// For each rule about the subject, whether the peer is one of its peers.
    matches: Vec<bool>,
    /// The peer itself, where more than that matters: an entity, a node, the owner of named ports.
    peer: Option<PeerIndex>,
}

impl<'i> Side<'i> {
    /// The end that is spoken to.
    fn target(&self) -> &'i Identity {
        match self.direction {
            Direction::Ingress => self.subject,
            Direction::Egress => self.peer,
        }
    }
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
        let terms = |rule: &Rule| Terms {
            peers: match &rule.peers {
                Peers::All => None,
                Peers::Terms(peers) => {
                    let terms = peers.iter().filter_map(|peer| universe.term(peer.term));
                    Some(terms.collect())
                }
            },
            has_names: matches!(&rule.ports, Ports::Terms(terms)
                if terms.iter().any(|(term, _)| term.name().is_some())),
        };
        let classes = &analysis.resolved.classes.classes;
        Self {
            analysis,
            rules: classes.par_iter().map(about).collect(),
            peers: reach.identities().par_iter().map(peer).collect(),
            terms: analysis.model.rules.iter().map(terms).collect(),
        }
    }

    /// The ports of a pair, cut wherever a rule about either end begins or ends.
    pub(super) fn pieces(&self, from: &Identity, to: &Identity, ports: &PortSet) -> Vec<PortRange> {
        let sides = [(from, Direction::Egress), (to, Direction::Ingress)];
        self.cut(ports, &sides, to)
    }

    /// The ports of one side, cut wherever a rule about the subject begins or ends.
    pub(super) fn pieces_of(&self, side: &Side<'_>, ports: &PortSet) -> Vec<PortRange> {
        self.cut(ports, &[(side.subject, side.direction)], side.target())
    }

    fn cut(
        &self,
        ports: &PortSet,
        sides: &[(&Identity, Direction)],
        target: &Identity,
    ) -> Vec<PortRange> {
        let mut ranges = ports.ranges().iter();
        if ranges.all(|range| range.first == range.last) {
            return ports.ranges().to_vec();
        }
        let cuts = self.cuts(sides, target);
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

    fn cuts(
        &self,
        sides: &[(&Identity, Direction)],
        target: &Identity,
    ) -> BTreeSet<(model::Protocol, u16)> {
        let model = &self.analysis.model;
        let rules = sides
            .iter()
            .flat_map(|(subject, direction)| self.rules_about(subject, *direction));
        let terms = rules.filter_map(|id| match &model.rule(*id)?.ports {
            Ports::All => None,
            Ports::Terms(terms) => Some(terms),
        });
        let mut cuts = BTreeSet::new();
        // Whatever the direction, a name stands for a port of the end that is spoken to.
        let owner = class(target).and_then(|class| {
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
                    let named = named.zip(number);
                    named.map(|(named, port)| (named.protocol, port, port))
                }
            };
            if let Some((protocol, first, last)) = range {
                cuts.insert((protocol, first));
                cuts.extend(last.checked_add(1).map(|next| (protocol, next)));
            }
        }
        cuts
    }

    /// What a side's answers depend on, whatever the port; `None` where the end is no subject.
    pub(super) fn key(&self, side: &Side<'_>) -> Option<SideKey> {
        let peer = self.peer(side)?;
        let universe = &self.analysis.resolved.universe;
        let mut has_names = false;
        let mut matches = |rule: &RuleId| {
            let terms = self.terms.get((rule.0 as usize).checked_sub(1)?)?;
            has_names |= terms.has_names;
            let is_member = |term: &TermId| universe.members(*term).binary_search(&peer).is_ok();
            Some(
                terms
                    .peers
                    .as_ref()
                    .is_none_or(|terms| terms.iter().any(is_member)),
            )
        };
        let rules = self.rules_about(side.subject, side.direction).iter();
        let matches = rules.filter_map(&mut matches).collect();
        let is_class = universe.as_class(peer).is_some();
        let is_owner = is_class && has_names && side.direction == Direction::Egress;
        let is_itself = is_owner || !is_class && !universe.is_outside(peer);
        Some(SideKey {
            class: class(side.subject)?,
            direction: side.direction,
            matches,
            peer: is_itself.then_some(peer),
        })
    }

    fn peer(&self, side: &Side<'_>) -> Option<PeerIndex> {
        *self.peers.get(side.peer_id.0 as usize)?
    }

    /// Asks the policies about the first port of a piece; `None` where the end is no subject.
    pub(super) fn ask(&self, side: &Side<'_>, piece: PortRange) -> Option<Asked> {
        let access = Access {
            class: class(side.subject)?,
            direction: side.direction,
            peer: self.peer(side)?,
            protocol: model_protocol(piece.protocol()),
            port: piece.first,
            with_audited: false,
        };
        let rules = self.rules_about(side.subject, side.direction).iter();
        let model = &self.analysis.model;
        let rules = rules.filter_map(|id| Some((*id, model.rule(*id)?)));
        Some(self.analysis.ask_these(&access, rules))
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
