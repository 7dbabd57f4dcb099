//! One row: what a subject has to say in one direction to every peer.
//!
//! A pure function of a list of rules, so rows are computed in parallel and shared by all subjects
//! with the same rules.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{
    Cell,
    denied::Denied,
    layers::{GroupCells, layers},
    port_map::{CellRule, PortMap, ResolvedPorts, Verdict, merge},
};
use crate::{
    AnalyseOptions, EnablePolicy, Model, Resolved,
    model::{Action, Direction, NamedPortId, PeerTerm, Peers, PortTerm, Ports, Rule, RuleId, Tier},
    resolve::{PeerIndex, Reserved},
};

/// What one subject class (or several with the same rules) says in one direction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The direction.
    pub direction: Direction,
    /// Every rule about the subject, ascending.
    pub rules: Vec<RuleId>,
    /// Those of them that isolate it.
    pub isolating: Vec<RuleId>,
    /// What a peer of the cluster gets, where nothing below says otherwise.
    pub inside: Cell,
    /// What an address outside the cluster gets, likewise.
    pub outside: Cell,
    /// What a peer of a group gets, where that differs from its kind; ascending.
    pub groups: Vec<(u32, Cell)>,
    /// What a single peer gets, where that differs from its group; ascending.
    pub peers: Vec<(PeerIndex, Cell)>,
}

impl Row {
    /// Every cell it has, in no particular order; some peer gets each of them.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        let groups = self.groups.iter().map(|(_, cell)| cell);
        let peers = self.peers.iter().map(|(_, cell)| cell);
        [&self.inside, &self.outside]
            .into_iter()
            .chain(groups)
            .chain(peers)
    }
}

/// What makes two subjects have one row.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct RowKey {
    pub(super) direction: Direction,
    pub(super) rules: Vec<RuleId>,
    /// The subject's own named ports, where an ingress rule depends on them.
    pub(super) ports: Vec<(NamedPortId, u16)>,
}

/// A row whose cells are numbered by itself.
#[derive(Default)]
pub(super) struct DraftRow {
    pub(super) isolating: Vec<RuleId>,
    pub(super) cells: Vec<(PortMap, Verdict)>,
    /// Of the cluster, and outside.
    pub(super) kinds: [u32; 2],
    pub(super) groups: Vec<(u32, u32)>,
    pub(super) peers: Vec<(PeerIndex, u32)>,
    /// For every allow rule that met a peer, a deny rule that covers it there, if one does.
    pub(super) met: Vec<(RuleId, Option<RuleId>)>,
}

/// Computes one row.
pub(super) fn draft(
    key: &RowKey,
    model: &Model,
    resolved: &Resolved,
    options: &AnalyseOptions,
) -> DraftRow {
    let rules = || {
        key.rules
            .iter()
            .filter_map(|id| Some((*id, model.rule(*id)?)))
    };
    let isolating: Vec<RuleId> = rules()
        .filter(|(_, rule)| rule.isolates)
        .map(|(id, _)| id)
        .collect();
    let always = options.enable_policy == EnablePolicy::Always;
    let is_isolated = always || !isolating.is_empty();
    let default = if is_isolated {
        Verdict::NotAllowed(isolating.first().copied().unwrap_or(RuleId::NONE))
    } else {
        Verdict::BuiltIn
    };
    // What isolates a subject has the last word, so no later tier is asked (SEMANTICS.md, tiers).
    let rules = rules().filter(|(_, rule)| !(is_isolated && rule.tier == Tier::Baseline));
    let mut hits = Hits::default();
    for (id, rule) in rules {
        hits.add(id, rule, key, resolved, model);
    }
    hits.sort();

    let mut cells = Cells {
        parts: &hits.parts,
        variants: &hits.variants,
        ..Cells::default()
    };
    let base = cells.cell(&hits.base, default);
    let mut groups: BTreeMap<u32, GroupCells> = BTreeMap::new();
    let mut group_effects: FxHashMap<u32, Vec<Effect>> = FxHashMap::default();
    for run in hits.groups.chunk_by(|a, b| a.0 == b.0) {
        let Some((group, _)) = run.first() else {
            continue;
        };
        let effects = union(&hits.base, run.iter().map(|(_, effect)| *effect));
        groups.insert(*group, GroupCells::new(cells.cell(&effects, default)));
        group_effects.insert(*group, effects);
    }
    // The subject's own node is let in where no rule says otherwise (SEMANTICS.md R8).
    let host_is_let_in =
        key.direction == Direction::Ingress && is_isolated && options.allow_localhost;
    let hosts = if host_is_let_in {
        resolved.universe.hosts()
    } else {
        Vec::new()
    };
    if host_is_let_in {
        hits.peers.extend(hosts.iter().map(|host| (*host, None)));
        hits.peers.sort_unstable();
    }
    for run in hits.peers.chunk_by(|a, b| a.0 == b.0) {
        let Some((peer, _)) = run.first() else {
            continue;
        };
        let group = resolved.groups.of(*peer);
        let inherited = group_effects.get(&group).unwrap_or(&hits.base);
        let effects = union(inherited, run.iter().filter_map(|(_, effect)| *effect));
        let default = if hosts.contains(peer) {
            Verdict::BuiltIn
        } else {
            default
        };
        let cell = cells.cell(&effects, default);
        groups
            .entry(group)
            .or_insert_with(|| GroupCells::new(base))
            .peers
            .push((*peer, cell));
    }
    let layers = layers(base, &groups, &resolved.groups);
    DraftRow {
        isolating,
        cells: cells.cells,
        met: cells.met,
        ..layers
    }
}

/// A part of a rule in force with certain ports: index of the part, index of the ports.
type Effect = (u32, u32);

/// A rule, or of one that has both numbers and names on egress, each half.
struct Part {
    id: RuleId,
    tier: Tier,
    priority: u16,
    action: Action,
}

/// Whom each part of each rule is about.
#[derive(Default)]
struct Hits {
    parts: Vec<Part>,
    variants: Vec<ResolvedPorts>,
    variant_ids: FxHashMap<ResolvedPorts, u32>,
    base: Vec<Effect>,
    groups: Vec<(u32, Effect)>,
    peers: Vec<(PeerIndex, Option<Effect>)>,
}

impl Hits {
    fn add(&mut self, id: RuleId, rule: &Rule, key: &RowKey, resolved: &Resolved, model: &Model) {
        let (fixed, named) = split_ports(rule, key, model);
        if let Some(ports) = fixed {
            let effect = (self.part(id, rule), self.variant(ports));
            self.add_fixed(rule, effect, resolved);
        }
        if !named.is_empty() {
            let part = self.part(id, rule);
            self.add_named(rule, part, &named, resolved, model);
        }
    }

    fn add_fixed(&mut self, rule: &Rule, effect: Effect, resolved: &Resolved) {
        let Peers::Terms(peers) = &rule.peers else {
            self.base.push(effect);
            return;
        };
        for peer in peers {
            let Some(term) = resolved.universe.term(peer.term) else {
                continue;
            };
            match resolved.groups.broad(term) {
                Some(groups) => self
                    .groups
                    .extend(groups.iter().map(|group| (*group, effect))),
                None => {
                    let members = resolved.universe.members(term);
                    self.peers
                        .extend(members.iter().map(|peer| (*peer, Some(effect))));
                }
            }
        }
        // A pod whose labels the bundle cannot know may be one that a deny is about.
        let denies_pods = rule.action == Action::Deny
            && peers
                .iter()
                .any(|peer| matches!(peer.term, PeerTerm::Selector(_)));
        if denies_pods {
            let unclassified = resolved.universe.reserved(Reserved::Unclassified);
            self.peers.push((unclassified, Some(effect)));
        }
    }

    /// An egress rule's named ports mean what each peer calls so. Only pods name ports.
    fn add_named(
        &mut self,
        rule: &Rule,
        part: u32,
        names: &[NamedPortId],
        resolved: &Resolved,
        model: &Model,
    ) {
        let universe = &resolved.universe;
        let mut add = |class: u32| {
            let Some(known) = resolved.classes.classes.get(class as usize) else {
                return;
            };
            let ports: Vec<_> = names
                .iter()
                .filter_map(|name| {
                    let number = known.port(*name)?;
                    let protocol = model.named_ports.get(name.0 as usize)?.protocol;
                    Some((protocol, number, number))
                })
                .collect();
            if !ports.is_empty() {
                let effect = (part, self.variant(ResolvedPorts::Ranges(ports)));
                self.peers.push((universe.class(class), Some(effect)));
            }
        };
        match &rule.peers {
            Peers::All => (0..)
                .zip(&resolved.classes.classes)
                .for_each(|(class, _)| add(class)),
            Peers::Terms(peers) => {
                for term in peers.iter().filter_map(|peer| universe.term(peer.term)) {
                    let members = universe.members(term).iter();
                    members
                        .filter_map(|peer| universe.as_class(*peer))
                        .for_each(&mut add);
                }
            }
        }
        if rule.action == Action::Deny {
            let effect = (part, self.variant(ResolvedPorts::All));
            self.peers
                .push((universe.reserved(Reserved::Unclassified), Some(effect)));
        }
    }

    fn part(&mut self, id: RuleId, rule: &Rule) -> u32 {
        self.parts.push(Part {
            id,
            tier: rule.tier,
            priority: rule.priority,
            action: rule.action,
        });
        u32::try_from(self.parts.len() - 1).unwrap_or(u32::MAX)
    }

    fn variant(&mut self, ports: ResolvedPorts) -> u32 {
        if let Some(id) = self.variant_ids.get(&ports) {
            return *id;
        }
        let id = u32::try_from(self.variants.len()).unwrap_or(u32::MAX);
        self.variants.push(ports.clone());
        self.variant_ids.insert(ports, id);
        id
    }

    fn sort(&mut self) {
        self.base.sort_unstable();
        self.groups.sort_unstable();
        self.groups.dedup();
        self.peers.sort_unstable();
        self.peers.dedup();
    }
}

/// The ports of a rule that are the same for every peer, and the names that are not. `None` when
/// there are none of the first sort.
fn split_ports(
    rule: &Rule,
    key: &RowKey,
    model: &Model,
) -> (Option<ResolvedPorts>, Vec<NamedPortId>) {
    let Ports::Terms(terms) = &rule.ports else {
        return (Some(ResolvedPorts::All), Vec::new());
    };
    let mut ranges = Vec::new();
    let mut named = Vec::new();
    for (term, _) in terms {
        match (term, key.direction) {
            (PortTerm::Whole(protocol), _) => ranges.push((*protocol, 0, u16::MAX)),
            (PortTerm::Range(protocol, first, last), _) => ranges.push((*protocol, *first, *last)),
            (PortTerm::Named(name), Direction::Egress) => named.push(*name),
            (PortTerm::Named(name), Direction::Ingress) => {
                let own = key
                    .ports
                    .binary_search_by_key(name, |(known, _)| *known)
                    .ok();
                let number = own
                    .and_then(|index| key.ports.get(index))
                    .map(|(_, number)| *number);
                let port = model.named_ports.get(name.0 as usize);
                if let (Some(number), Some(port)) = (number, port) {
                    ranges.push((port.protocol, number, number));
                }
            }
        }
    }
    ranges.sort_unstable();
    ranges.dedup();
    (
        (!ranges.is_empty()).then_some(ResolvedPorts::Ranges(ranges)),
        named,
    )
}

/// Both, sorted, each once.
fn union(base: &[Effect], more: impl Iterator<Item = Effect>) -> Vec<Effect> {
    let mut effects: Vec<Effect> = base.iter().copied().chain(more).collect();
    effects.sort_unstable();
    effects.dedup();
    effects
}

/// The cells of one row: merged once for each set of effects, kept once for each outcome.
#[derive(Default)]
struct Cells<'a> {
    parts: &'a [Part],
    variants: &'a [ResolvedPorts],
    by_effects: FxHashMap<(Vec<Effect>, Verdict), u32>,
    by_outcome: FxHashMap<(PortMap, Verdict), u32>,
    cells: Vec<(PortMap, Verdict)>,
    met: Vec<(RuleId, Option<RuleId>)>,
}

impl Cells<'_> {
    fn cell(&mut self, effects: &[Effect], default: Verdict) -> u32 {
        let key = (effects.to_vec(), default);
        if let Some(cell) = self.by_effects.get(&key) {
            return *cell;
        }
        let rules: Vec<CellRule<'_>> = effects
            .iter()
            .filter_map(|(part, variant)| {
                let part = self.parts.get(*part as usize)?;
                let ports = self.variants.get(*variant as usize)?;
                Some(CellRule {
                    id: part.id,
                    tier: part.tier,
                    priority: part.priority,
                    action: part.action,
                    ports,
                })
            })
            .collect();
        let denied = Denied::new(&rules);
        for rule in rules.iter().filter(|rule| rule.action != Action::Deny) {
            let is_normal = rule.tier == Tier::Normal;
            let denied = denied.as_ref().filter(|_| is_normal);
            let cover = denied.and_then(|denied| denied.covers(rule));
            self.met.push((rule.id, cover));
        }
        let outcome = merge(&rules, default);
        let next = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        let cell = *self.by_outcome.entry(outcome.clone()).or_insert(next);
        if cell == next {
            self.cells.push(outcome);
        }
        self.by_effects.insert(key, cell);
        cell
    }
}
