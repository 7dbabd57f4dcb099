//! What `ztc reach` prints is what `ztc explain` allows, over random clusters and policies.
//!
//! `ZTC_SEED` names the first scenario and `ZTC_CASES` how many follow.

mod printed;
mod without;

use std::collections::{BTreeMap, BTreeSet};

use ztc_abi::Protocol;
use ztc_bundle::{
    Bundle, Simulator,
    flow::{Answer, Answerer, End, Question, Role, Rule, Side, Word},
};
use ztc_reach::{
    Party, PartyId, PartyKind, PortRange, PortSet, Reach, Reason, Reasons, Scope, fold,
};

use crate::generate::{Scenario, scenario};
use crate::pipeline::{Compiled, compile_with};
use crate::say::say;
use crate::seeds::seeds;
use crate::yaml_text;

const N_CASES: u64 = 60;

/// How many ports each pair is asked about, of all where something changes.
const N_PORTS: usize = 5;

/// What is permitted between two parties, by reason.
type Connections = BTreeMap<(PartyId, PartyId), Vec<(Reasons, PortSet)>>;

/// Every scenario of this run, with its seed.
fn scenarios(n_cases: u64) -> impl Iterator<Item = (u64, Scenario)> {
    let seeds = seeds(n_cases, "scenarios");
    seeds.map(|seed| (seed, scenario(seed, 0)))
}

fn files(scenario: &Scenario) -> Vec<(String, String)> {
    let mut files = vec![(
        "workloads.yaml".into(),
        yaml_text::write(&scenario.workloads),
    )];
    for (index, policy) in scenario.policies.iter().enumerate() {
        files.push((format!("policy-{index}.yaml"), yaml_text::write([policy])));
    }
    files
}

fn compile(scenario: &Scenario) -> Compiled {
    let compiled = compile_with(&files(scenario), &scenario.options);
    assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
    compiled
}

/// What folded lines stand for.
fn connections(reach: &Reach<'_>) -> Connections {
    let mut connections = Connections::new();
    for line in fold(reach, &Scope::everything(reach)) {
        for pair in line.pairs(reach) {
            let known = connections.entry(pair).or_default();
            known.push((line.reasons, line.ports.clone()));
        }
    }
    connections
}

/// What lets a port through.
fn at(parts: &[(Reasons, PortSet)], protocol: Protocol, port: u16) -> Option<Reasons> {
    let mut holding = parts
        .iter()
        .filter(|(_, ports)| ports.contains(protocol, port));
    let found = holding.next().map(|(reasons, _)| *reasons);
    assert!(
        holding.next().is_none(),
        "a port has one reason on each side"
    );
    found
}

/// Ports at which some policy changes its mind, with their neighbours.
fn ports(bundle: &Bundle<'_>) -> Vec<(Protocol, u16)> {
    let mut ports = BTreeSet::new();
    for protocol in Protocol::ALL
        .into_iter()
        .filter(|one| *one != Protocol::Other)
    {
        let last = match protocol {
            Protocol::Icmp | Protocol::Icmpv6 => 255,
            _ => u16::MAX,
        };
        let own = bundle.ports().iter();
        let own = own.filter(|record| record.protocol == protocol as u8);
        let around = own.flat_map(|record| {
            let before = record.start.saturating_sub(1);
            [
                before,
                record.start,
                record.end,
                record.end.saturating_add(1),
            ]
        });
        let all = around.chain([0, last]).filter(|port| *port <= last);
        ports.extend(all.map(|port| (protocol as u8, port)));
    }
    let ports = ports.into_iter();
    ports
        .filter_map(|(index, port)| Some((Protocol::from_index(index)?, port)))
        .collect()
}

/// A party that `ztc explain` can be asked about.
struct Known<'a> {
    id: PartyId,
    name: String,
    is_workload: bool,
    end: End<'a>,
}

fn known<'a>(reach: &Reach<'a>, answerer: &Answerer<'a>) -> Vec<Known<'a>> {
    let known = |(id, party): (PartyId, &Party)| {
        let found = answerer.ends().find(party.end.as_deref()?);
        Some(Known {
            id,
            name: party.name.clone(),
            is_workload: party.kind == PartyKind::Workload,
            end: found.expect("an end that explain takes"),
        })
    };
    reach.numbered().filter_map(known).collect()
}

/// Whether one end is a node that the other one may run on: then it is its own node to it, which
/// is another party.
fn may_be_own_node(one: &Known<'_>, other: &Known<'_>) -> bool {
    match (&one.end, &other.end) {
        (End::Pod { node: on, .. }, End::Node { name, .. })
        | (End::Node { name, .. }, End::Pod { node: on, .. }) => on.is_empty() || on == name,
        _ => false,
    }
}

/// What was compared.
#[derive(Default, Debug)]
struct Tally {
    n_allowed: usize,
    n_allowed_by_rule: usize,
    n_denied: usize,
}

#[test]
fn a_connection_is_listed_exactly_when_explain_allows_it() {
    let mut tally = Tally::default();
    for (seed, scenario) in scenarios(N_CASES) {
        let compiled = compile(&scenario);
        let bundle = compiled.bundle.view();
        let reach = Reach::new(&bundle);
        let answerer = Answerer::new(&bundle);
        let simulator = Simulator::new(&bundle);
        let listed = connections(&reach);
        let sample = ports(&bundle);
        let mut rng = fastrand::Rng::with_seed(seed);
        let known = known(&reach, &answerer);
        for (from, to) in known
            .iter()
            .flat_map(|one| known.iter().map(move |two| (one, two)))
        {
            let parts = listed.get(&(from.id, to.id));
            let parts = parts.map_or(&[][..], Vec::as_slice);
            if !(from.is_workload || to.is_workload) || !reach.is_pair(from.id, to.id) {
                assert!(parts.is_empty(), "there is nothing to say of these");
                continue;
            }
            if may_be_own_node(from, to) {
                continue;
            }
            let mut chosen = rng.choose_multiple(sample.iter().copied(), N_PORTS);
            let edges = parts.iter().flat_map(|(_, ports)| ports.ranges());
            chosen.extend(edges.flat_map(edges_of).take(N_PORTS));
            for port in chosen {
                let explained = (&answerer, &simulator);
                if let Err(fault) = compare(explained, (from, to), port, parts, &mut tally) {
                    panic!("ZTC_SEED={seed} ZTC_CASES=1: {fault}");
                }
            }
        }
    }
    say(format_args!("{tally:?}"));
    assert!(tally.n_allowed_by_rule.min(tally.n_denied) > 0);
}

/// Asks explain of one port, and says where it differs from what is listed.
fn compare(
    (answerer, simulator): (&Answerer<'_>, &Simulator<'_>),
    (from, to): (&Known<'_>, &Known<'_>),
    (protocol, port): (Protocol, u16),
    parts: &[(Reasons, PortSet)],
    tally: &mut Tally,
) -> Result<(), String> {
    let question = Question {
        from: from.name.clone(),
        to: to.name.clone(),
        protocol: protocol.name().into(),
        port,
    };
    let ends = (from.end, to.end);
    let answer = answerer.answer_between(question, ends, &mut &*simulator);
    let answer = answer.expect("tables of a bundle are complete");
    let found = at(parts, protocol, port);
    let holds = match found {
        Some(reasons) => {
            tally.n_allowed += 1;
            tally.n_allowed_by_rule += usize::from(reasons.name_a_rule());
            answer.verdict == Word::Allow && agrees(simulator.bundle(), &answer, reasons)
        }
        None => {
            tally.n_denied += 1;
            answer.verdict == Word::Deny
        }
    };
    match holds {
        true => Ok(()),
        false => Err(format!("listed {found:?}, explained {answer:?}")),
    }
}

/// The ends of a range and the ports beside it.
fn edges_of(range: &PortRange) -> Vec<(Protocol, u16)> {
    let protocol = range.protocol();
    let last = PortRange::whole(protocol).last;
    let before = range.first.saturating_sub(1);
    let after = range.last.saturating_add(1).min(last);
    let is_asked = protocol != Protocol::Other;
    let ports = [before, range.first, range.last, after].into_iter();
    ports
        .filter(|_| is_asked)
        .map(|port| (protocol, port))
        .collect()
}

/// Whether explain gives the same reasons.
fn agrees(bundle: &Bundle<'_>, answer: &Answer<'_>, reasons: Reasons) -> bool {
    let side = |side: &Side<'_>, reason: Reason| match reason {
        Reason::NoSubject => side.word == Word::NotApplicable,
        Reason::Open => side.rules.is_empty() && side.reason.starts_with("no policy isolates"),
        Reason::OwnNode => side.rules.is_empty() && side.reason.starts_with("its own node"),
        Reason::Rule(number) => {
            let rule = bundle
                .rule(number)
                .map(|rule| Rule::new(Role::Decided, &rule));
            side.rules.first() == rule.as_ref()
        }
    };
    side(&answer.egress, reasons.egress) && side(&answer.ingress, reasons.ingress)
}
