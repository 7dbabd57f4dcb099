//! The ports that new pods are tried with: which names policies ask of them, and on which numbers.
//!
//! Whoever chooses the labels of a pod chooses what its ports are called, too. A rule of one side
//! can ask for a name and one of the other for a number, or for another name. So a kind of pod is
//! tried with every name on a port of its own that no rule names by number, and on every number
//! that rules about it tell apart, with every two names on one port, and with all names on one port
//! of each kind. Must not know what rules do with a name.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use ztc_abi::Protocol;
use ztc_identity::{PodFacts, SelectorIndex};
use ztc_policy::{
    Analysis,
    model::{self, Direction, NamedPortId, PeerTerm, Peers, PortTerm, Ports, Rule},
};
use ztc_syntax::Entity;

use crate::made_up::DEFAULT_ACCOUNT;

use super::labels::NewPod;

/// How many numbers a kind of pod has names on.
const MAX_NUMBERS: usize = 16;
/// How many times names are dealt to numbers.
const MAX_DEALS: usize = 32;

/// How many lists there are of every two names on one number.
const MAX_ROUNDS: usize = 32;

/// A port of a new pod.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct PortName {
    pub(super) name: String,
    pub(super) protocol: Protocol,
    pub(super) number: u16,
    /// The numbers that rules tell from others and not from this one; `None` for the numbers that
    /// no rule names.
    pub(super) alike: Option<(u16, u16)>,
}

/// The ports that a kind of pod is tried with, one list at a time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Tries {
    pub(super) lists: Vec<Vec<PortName>>,
    /// Whether there were more to try than there was room for.
    pub(super) is_short: bool,
}

/// What some rules ask of the ports of a pod.
#[derive(Default)]
struct Terms {
    names: BTreeSet<NamedPortId>,
    ranges: BTreeSet<(model::Protocol, u16, u16)>,
}

/// What rules ask of the ports of the pods that they let something through to.
pub(super) struct PortNames<'a> {
    analysis: &'a Analysis,
    index: SelectorIndex<'a>,
    by_selector: BTreeMap<u32, Terms>,
    /// Of every pod.
    of_all: Terms,
}

impl<'a> PortNames<'a> {
    /// What the rules that are enforced ask.
    pub(super) fn new(analysis: &'a Analysis) -> Self {
        let mut by_selector: BTreeMap<u32, Terms> = BTreeMap::new();
        let mut of_all = Terms::default();
        let has_names = !analysis.model.named_ports.is_empty();
        let rules = analysis.model.rules.iter();
        for rule in rules.filter(|rule| has_names && !rule.audit) {
            let Ports::Terms(terms) = &rule.ports else {
                continue;
            };
            let (selectors, is_of_all) = targets(rule);
            for (term, _) in terms {
                for selector in &selectors {
                    by_selector.entry(*selector).or_default().add(*term);
                }
                if is_of_all {
                    of_all.add(*term);
                }
            }
        }
        Self {
            analysis,
            index: SelectorIndex::new(&analysis.model.selectors),
            by_selector,
            of_all,
        }
    }

    /// The ports that a new pod of a namespace is tried with.
    pub(super) fn tries(&self, namespace: &str, pod: &NewPod) -> Tries {
        if self.analysis.model.named_ports.is_empty() {
            return Tries::default();
        }
        let known = self.analysis.cluster.namespace(namespace);
        let account = pod.service_account.as_deref();
        let facts = PodFacts {
            namespace,
            namespace_labels: known.map_or(&[][..], |known| &known.labels),
            labels: &pod.labels,
            service_account: account.unwrap_or(DEFAULT_ACCOUNT),
            cluster: &self.analysis.cluster.name,
        };
        let labels = facts.identity_labels(&self.analysis.options.labels);
        let selectors = self.index.matching(&labels);
        let own = selectors.iter().filter_map(|id| self.by_selector.get(id));
        let all: Vec<&Terms> = own.chain([&self.of_all]).collect();
        let names: BTreeSet<NamedPortId> = all.iter().flat_map(|one| &one.names).copied().collect();
        let ranges: BTreeSet<_> = all.iter().flat_map(|one| &one.ranges).copied().collect();
        let ports = names.iter().filter_map(|id| {
            let port = self.analysis.model.named_ports.get(id.0 as usize)?;
            Some((port.name.as_str(), port.protocol))
        });
        let ports: Vec<(&str, model::Protocol)> = ports.collect();
        let is_of_names = |protocol| ports.iter().any(|(_, known)| *known == protocol);
        let ranges = ranges.into_iter();
        let ranges = ranges.filter(|(protocol, ..)| is_of_names(*protocol));
        let ranges: Vec<(u16, u16)> = ranges.map(|(_, first, last)| (first, last)).collect();
        tries(&ports, &ranges)
    }
}

impl Terms {
    fn add(&mut self, term: PortTerm) {
        match term {
            PortTerm::Named(id) => drop(self.names.insert(id)),
            PortTerm::Range(protocol, first, last) if first > 1 || last < u16::MAX => {
                self.ranges.insert((protocol, first.max(1), last));
            }
            PortTerm::Whole(_) | PortTerm::Range(..) => {}
        }
    }
}

/// The selectors of the pods whose ports a rule is about, and whether it is about those of every
/// pod.
fn targets(rule: &Rule) -> (Vec<u32>, bool) {
    let peers = match (rule.direction, &rule.peers) {
        (Direction::Ingress, _) => return (vec![rule.subject.0], false),
        (Direction::Egress, Peers::All) => return (Vec::new(), true),
        (Direction::Egress, Peers::Terms(peers)) => peers,
    };
    let selectors = peers.iter().filter_map(|peer| match peer.term {
        PeerTerm::Selector(id) => Some(id.0),
        _ => None,
    });
    let is_everybody = peers.iter().any(|peer| match peer.term {
        PeerTerm::Entity(entity) => matches!(entity, Entity::All | Entity::Cluster),
        PeerTerm::Network(_) => true,
        PeerTerm::Selector(_) | PeerTerm::Cidr(_) => false,
    });
    (selectors.collect(), is_everybody)
}

/// Lists of ports that have each name on each kind of number.
fn tries(names: &[(&str, model::Protocol)], ranges: &[(u16, u16)]) -> Tries {
    if names.is_empty() {
        return Tries::default();
    }
    let numbers = told_apart(ranges);
    let is_free = |number: &u16| {
        let mut ranges = ranges.iter();
        !ranges.any(|(first, last)| (first..=last).contains(&number))
    };
    let named = |(name, protocol): &(&str, model::Protocol), number, alike| PortName {
        name: (*name).to_owned(),
        protocol: ztc_lower::protocol(*protocol),
        number,
        alike,
    };
    // From the end, where hardly anything is.
    let free: Vec<u16> = (1..=u16::MAX)
        .rev()
        .filter(is_free)
        .take(names.len())
        .collect();
    let mut lists = Vec::new();
    let own = names.iter().zip(&free);
    lists.push(
        own.map(|(name, number)| named(name, *number, None))
            .collect(),
    );
    let rounds = rounds(names);
    lists.extend(rounds.iter().map(|pairs| {
        let pairs = pairs.iter().zip(&free);
        let both = pairs
            .flat_map(|([one, two], number)| [one, two].map(|name| named(name, *number, None)));
        both.collect()
    }));
    if let (Some(number), true) = (free.first(), names.len() > 2) {
        lists.push(
            names
                .iter()
                .map(|name| named(name, *number, None))
                .collect(),
        );
    }
    let numbers_tried = numbers.get(..MAX_NUMBERS).unwrap_or(&numbers);
    let n_places = names.len().max(numbers_tried.len());
    let n_deals = if numbers_tried.is_empty() {
        0
    } else {
        n_places
    };
    for deal in 0..n_deals.min(MAX_DEALS) {
        let dealt = names.iter().enumerate().filter_map(|(place, name)| {
            let (first, last) = *numbers_tried.get((place + deal) % n_places)?;
            Some(named(name, first, Some((first, last))))
        });
        lists.push(dealt.collect());
    }
    if names.len() > 1 {
        lists.extend(numbers_tried.iter().map(|(first, last)| {
            let all = names
                .iter()
                .map(|name| named(name, *first, Some((*first, *last))));
            all.collect()
        }));
    }
    lists.retain(|list: &Vec<PortName>| !list.is_empty());
    Tries {
        lists,
        is_short: numbers.len() > MAX_NUMBERS
            || n_deals > MAX_DEALS
            || rounds.len() == MAX_ROUNDS
            || free.len() < names.len(),
    }
}

/// Every two names of one protocol, in rounds that have each name once at most.
fn rounds<'n>(names: &[(&'n str, model::Protocol)]) -> Vec<Vec<[(&'n str, model::Protocol); 2]>> {
    let mut rounds: Vec<Vec<[(&str, model::Protocol); 2]>> = Vec::new();
    let pairs = names.iter().enumerate().flat_map(|(place, one)| {
        let others = names.iter().skip(place + 1);
        let others = others.filter(|two| one.1 == two.1);
        others.map(|two| [*one, *two])
    });
    for pair in pairs {
        let is_free = |round: &Vec<[_; 2]>| !round.iter().flatten().any(|name| pair.contains(name));
        if let Some(round) = rounds.iter_mut().find(|round| is_free(round)) {
            round.push(pair);
        } else if rounds.len() < MAX_ROUNDS {
            rounds.push(vec![pair]);
        }
    }
    rounds
}

/// The numbers in ranges, cut wherever one of them begins or ends.
fn told_apart(ranges: &[(u16, u16)]) -> Vec<(u16, u16)> {
    let ends = ranges.iter().filter_map(|(_, last)| last.checked_add(1));
    let begins: BTreeSet<u16> = ranges.iter().map(|(first, _)| *first).chain(ends).collect();
    let nexts = begins.iter().skip(1).map(|next| next - 1);
    let pieces = begins.iter().copied().zip(nexts.chain([u16::MAX]));
    let is_in = |piece: &(u16, u16)| {
        let mut ranges = ranges.iter();
        ranges.any(|(first, last)| (first..=last).contains(&&piece.0))
    };
    let mut pieces: Vec<(u16, u16)> = pieces.filter(is_in).collect();
    // Single numbers are what people mean; of the rest the narrow ones.
    pieces.sort_by_key(|(first, last)| (last - first, Reverse(*first)));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `name:number`.
    fn lists(names: &[&str], ranges: &[(u16, u16)]) -> Vec<String> {
        let names: Vec<_> = names
            .iter()
            .map(|name| (*name, model::Protocol::Tcp))
            .collect();
        let written = tries(&names, ranges).lists.into_iter().map(|list| {
            let ports = list
                .iter()
                .map(|port| format!("{}:{}", port.name, port.number));
            ports.collect::<Vec<_>>().join(" ")
        });
        written.collect()
    }

    #[test]
    fn every_name_is_on_a_number_of_its_own_and_on_every_number_that_rules_name() {
        assert_eq!(lists(&["web"], &[]), ["web:65535"]);
        assert_eq!(
            lists(&["a", "b"], &[(65535, 65535)]),
            [
                "a:65534 b:65533",
                "a:65534 b:65534",
                "a:65535",
                "b:65535",
                "a:65535 b:65535"
            ]
        );
        // Of three, two may be enough, whichever they are.
        assert_eq!(
            lists(&["a", "b", "c"], &[]),
            [
                "a:65535 b:65534 c:65533",
                "a:65535 b:65535",
                "a:65535 c:65535",
                "b:65535 c:65535",
                "a:65535 b:65535 c:65535"
            ]
        );
        assert_eq!(
            lists(&["a"], &[(1, 65535), (80, 80)]),
            ["a:80", "a:1", "a:81"]
        );
        assert_eq!(lists(&[], &[(80, 80)]), [""; 0]);
    }

    #[test]
    fn numbers_are_cut_where_ranges_begin_and_end() {
        assert_eq!(
            told_apart(&[(10, 19), (15, 30)]),
            [(15, 19), (10, 14), (20, 30)]
        );
        assert_eq!(told_apart(&[(1, 65535)]), [(1, 65535)]);
    }

    #[test]
    fn more_numbers_than_there_is_room_for_are_said() {
        let few: Vec<(u16, u16)> = (1..=16).map(|n| (n * 10, n * 10)).collect();
        let many: Vec<(u16, u16)> = (1..=17).map(|n| (n * 10, n * 10)).collect();
        let names = [("a", model::Protocol::Tcp)];
        assert!(!tries(&names, &few).is_short);
        assert!(tries(&names, &many).is_short);
    }
}
