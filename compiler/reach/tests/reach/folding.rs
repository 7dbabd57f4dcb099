//! Folded lines lose nothing and add nothing, and so do the words for many parties.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ztc_reach::{Line, PartyId, PartySet, PortRange, PortSet, Reach, Reasons, Scope, Words, fold};

use crate::{N_SEEDS, random, reach};

type Pairs = BTreeSet<(PartyId, PartyId, Reasons, String)>;

/// The connections of a scope, one by one.
fn one_by_one(reach: &Reach<'_>, scope: &Scope) -> Pairs {
    let mut pairs = Pairs::new();
    for (source, _) in reach.numbered() {
        reach.each_from(scope, source, |one| {
            let is_new = pairs.insert((one.from, one.to, one.reasons, one.ports.to_string()));
            assert!(is_new, "each once");
        });
    }
    pairs
}

/// How many connections permit one of these ports.
fn n_with(reach: &Reach<'_>, asked: &PortSet) -> usize {
    let mut n = 0;
    for (source, _) in reach.numbered() {
        reach.each_from(&Scope::everything(reach), source, |one| {
            n += usize::from(!one.ports.common(asked).is_empty());
        });
    }
    n
}

/// The same of folded lines.
fn unfolded(reach: &Reach<'_>, lines: &[Line]) -> Pairs {
    let mut pairs = Pairs::new();
    for line in lines {
        for (from, to) in line.pairs(reach) {
            let is_new = pairs.insert((from, to, line.reasons, line.ports.to_string()));
            assert!(is_new, "no two lines have a connection in common");
        }
    }
    pairs
}

/// Some parties, by the bits of a number.
fn some(reach: &Reach<'_>, bits: u64) -> PartySet {
    let ids = reach.numbered().map(|(id, _)| id);
    ids.filter(|id| bits >> (id.0 % 64) & 1 == 1).collect()
}

#[test]
fn lines_hold_the_connections_of_their_scope_and_nothing_else() {
    for seed in 0..N_SEEDS {
        let file = random(seed);
        let reach = reach(&file.view());
        let mut random = fastrand::Rng::with_seed(seed);
        let (one, other) = (random.u16(..), random.u16(..));
        let asked = PortRange::new(ztc_abi::Protocol::Tcp, one.min(other), one.max(other));
        let asked: PortSet = asked.into_iter().collect();
        let scopes = [
            Scope::everything(&reach),
            Scope {
                ports: Some(asked),
                ..Scope::everything(&reach)
            },
            Scope {
                from: some(&reach, random.u64(..)),
                to: some(&reach, random.u64(..)),
                ports: None,
                own_node_is_whole: false,
            },
        ];
        for scope in scopes {
            let lines = fold(&reach, &scope);
            let pairs = one_by_one(&reach, &scope);
            assert_eq!(unfolded(&reach, &lines), pairs, "seed {seed}");
            let n_pairs: usize = lines.iter().map(|line| line.n_pairs(&reach)).sum();
            assert_eq!(n_pairs, pairs.len());
            assert!(lines.is_sorted(), "in one order");
            for (from, to, _, ports) in pairs {
                assert!(scope.from.contains(from) && scope.to.contains(to));
                assert!(!ports.is_empty());
            }
            if let Some(asked) = &scope.ports {
                assert_eq!(n_pairs, n_with(&reach, asked), "seed {seed}");
            }
        }
    }
}

#[test]
fn sources_that_are_alike_are_one_line() {
    for seed in 0..N_SEEDS {
        let file = random(seed);
        let reach = reach(&file.view());
        let mut seen = BTreeSet::new();
        for line in fold(&reach, &Scope::everything(&reach)) {
            if line.from.len() > 1 {
                assert!(
                    seen.insert((line.reasons, line.ports, line.to)),
                    "seed {seed}"
                );
            }
        }
    }
}

/// The addresses that a word names, if it names addresses: `10.0.0.0/8 (not 10.1.0.0/16)`,
/// `10.0.0.1-10.0.0.7`, `world-ipv4`.
fn addresses(word: &str) -> Option<impl Fn(IpAddr) -> bool> {
    fn range(word: &str) -> Option<(IpAddr, IpAddr)> {
        if let Some((first, last)) = word.split_once('-') {
            return Some((first.parse().ok()?, last.parse().ok()?));
        }
        let (address, length) = word.split_once('/')?;
        let length: u32 = length.parse().ok()?;
        Some(match address.parse().ok()? {
            IpAddr::V4(first) => {
                let last = u64::from(first.to_bits()) + (1u64 << (32 - length)) - 1;
                let last = u32::try_from(last).expect("it is a prefix");
                (first.into(), Ipv4Addr::from_bits(last).into())
            }
            IpAddr::V6(first) => {
                let host = 1u128
                    .checked_shl(128 - length)
                    .map_or(u128::MAX, |bit| bit - 1);
                (
                    first.into(),
                    Ipv6Addr::from_bits(first.to_bits() | host).into(),
                )
            }
        })
    }
    let (all, left_out) = match word.split_once(" (not ") {
        Some((all, left_out)) => (all, left_out.strip_suffix(')').expect("it closes")),
        None => (word, ""),
    };
    let v4 = range("0.0.0.0/0")?;
    let v6 = range("::/0")?;
    let all = match all {
        "world" => vec![v4, v6],
        "world-ipv4" => vec![v4],
        "world-ipv6" => vec![v6],
        one => vec![range(one)?],
    };
    let left_out: Option<Vec<_>> = left_out
        .split(", ")
        .filter(|one| !one.is_empty())
        .map(range)
        .collect();
    let left_out = left_out?;
    Some(move |address: IpAddr| {
        let is_in = |ranges: &[(IpAddr, IpAddr)]| {
            ranges.iter().any(|(first, last)| {
                first.is_ipv4() == address.is_ipv4() && (*first..=*last).contains(&address)
            })
        };
        is_in(&all) && !is_in(&left_out)
    })
}

/// Whom words name, read without knowing how they were found.
fn read(words: &[String], names: &BTreeMap<&str, PartyId>, reach: &Reach<'_>) -> BTreeSet<PartyId> {
    let many = |word: &str| -> Option<BTreeSet<PartyId>> {
        let is_it = |party: &ztc_reach::Party| match (word, party.kind.name()) {
            ("cluster", kind) => kind == "workload",
            ("entities", kind) => kind == "entity" || kind == "node",
            _ => word.strip_suffix("/*") == Some(&party.namespace),
        };
        let found: BTreeSet<_> = reach.numbered().filter(|(_, one)| is_it(one)).collect_ids();
        (!found.is_empty()).then_some(found)
    };
    let mut found = BTreeSet::new();
    let mut outside = Vec::new();
    for word in words {
        if let Some(id) = names.get(word.as_str()) {
            found.insert(*id);
            continue;
        }
        if let Some(is_in) = addresses(word) {
            outside.push(is_in);
            continue;
        }
        let (all, left_out) = match word.split_once(" (not ") {
            Some((all, left_out)) => (all, left_out.strip_suffix(')').expect("it closes")),
            None => (word.as_str(), ""),
        };
        let mut all = many(all).unwrap_or_else(|| panic!("`{word}` names nobody"));
        let mut rest = left_out;
        while !rest.is_empty() {
            let ends = rest.match_indices(", ").map(|(place, _)| place);
            let ends: Vec<usize> = ends.chain([rest.len()]).collect();
            let known = ends.iter().rev().find_map(|end| {
                let name = &rest[..*end];
                let one = names.get(name).map(|id| BTreeSet::from([*id]));
                one.or_else(|| many(name)).map(|ids| (ids, *end))
            });
            let (ids, end) = known.unwrap_or_else(|| panic!("`{rest}` names nobody"));
            all.retain(|id| !ids.contains(id));
            rest = rest[end..].trim_start_matches(", ");
        }
        found.extend(all);
    }
    let is_in = |address: IpAddr| outside.iter().any(|word| word(address));
    for (id, party) in reach.numbered() {
        let ends = party.ranges.iter().flat_map(|one| [one.first, one.last]);
        let mut are_in = ends.map(is_in);
        if are_in.next() == Some(true) {
            assert!(are_in.all(|other| other), "{words:?} cut {}", party.name);
            found.insert(id);
        }
    }
    found
}

trait Ids {
    fn collect_ids(self) -> BTreeSet<PartyId>;
}

impl<'p, I: Iterator<Item = (PartyId, &'p ztc_reach::Party)>> Ids for I {
    fn collect_ids(self) -> BTreeSet<PartyId> {
        self.map(|(id, _)| id).collect()
    }
}

#[test]
fn words_name_those_whom_they_stand_for() {
    let mut n_shorter = 0;
    for seed in 0..N_SEEDS {
        let file = random(seed);
        let bundle = file.view();
        let reach = crate::names::in_few_namespaces(&bundle);
        let words = Words::new(&reach);
        let names: BTreeMap<&str, PartyId> = reach
            .numbered()
            .map(|(id, party)| (party.name.as_str(), id))
            .collect();
        if names.len() < reach.parties().len() {
            // The generator gave two nodes one name, which a cluster does not.
            continue;
        }
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..40 {
            // Mostly all of them: that is where words are short.
            let percent = random.u8(0..100);
            let ids = reach.numbered().map(|(id, _)| id);
            let ids: Vec<PartyId> = ids.filter(|_| random.u8(0..100) >= percent).collect();
            let said = words.of(&ids, None);
            // Addresses are said by their ranges, of which one party may have several.
            let n_ranges = |id: &PartyId| reach.party(*id).map_or(0, |one| one.ranges.len().max(1));
            assert!(said.len() <= ids.iter().map(n_ranges).sum());
            n_shorter += usize::from(said.len() < ids.len());
            let wanted: BTreeSet<PartyId> = ids.iter().copied().collect();
            assert_eq!(read(&said, &names, &reach), wanted, "seed {seed}: {said:?}");
        }
    }
    assert!(n_shorter > 1000, "hardly ever shorter: {n_shorter}");
}

#[test]
fn a_single_pod_does_not_matter_among_its_own_peers() {
    let file = random(7);
    let bundle = file.view();
    let reach = reach(&bundle);
    let words = Words::new(&reach);
    let single = reach
        .numbered()
        .find(|(id, one)| one.kind == ztc_reach::PartyKind::Workload && !reach.is_pair(*id, *id));
    let Some((single, _)) = single else {
        panic!("this bundle has a single pod");
    };
    let workloads = reach.numbered().map(|(id, _)| id);
    let workloads: Vec<PartyId> = workloads
        .filter(|id| reach.party(*id).map(|one| one.kind.name()) == Some("workload"))
        .collect();
    assert!(workloads.len() > 2, "it has some");
    let others: Vec<PartyId> = workloads
        .iter()
        .copied()
        .filter(|id| *id != single)
        .collect();
    assert_eq!(words.of(&others, Some(single)), words.of(&workloads, None));
    assert_ne!(words.of(&others, None), words.of(&workloads, None));
}
