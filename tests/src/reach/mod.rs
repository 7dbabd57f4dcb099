//! What `ztc reach` prints is what `ztc explain` allows, over random clusters and policies.
//!
//! `ZTC_SEED` names the first scenario and `ZTC_CASES` how many follow.

mod printed;
mod without;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
};

use ztc_abi::Protocol;
use ztc_bundle::{
    Bundle, Simulator,
    flow::{Answer, Answerer, End, Question, Role, Rule, Side, Word},
};
use ztc_reach::{
    Grouping, Party, PartyId, PartyKind, PortRange, PortSet, Reach, Reason, Reasons, Scope, fold,
};

use crate::generate::{Scenario, scenario};
use crate::pipeline::{Compiled, compile_with};
use crate::say::say;
use crate::yaml_text;

const N_CASES: u64 = 60;

/// How many ports each pair is asked about, of all where something changes.
const N_PORTS: usize = 5;

/// What is permitted between two parties, by reason.
type Connections = BTreeMap<(PartyId, PartyId), Vec<(Reasons, PortSet)>>;

/// Every scenario of this run, with its seed.
fn scenarios(n_cases: u64) -> impl Iterator<Item = (u64, Scenario)> {
    let number = |variable: &str| env::var(variable).ok()?.parse::<u64>().ok();
    let first = number("ZTC_SEED").unwrap_or_else(|| fastrand::u64(..1 << 40));
    let n_cases = number("ZTC_CASES").unwrap_or(n_cases);
    say(format_args!("{n_cases} scenarios from ZTC_SEED={first}"));
    (first..first + n_cases).map(|seed| (seed, scenario(seed, 0)))
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

/// Everybody whom `ztc explain` can be asked about.
fn ends<'a>(
    reach: &Reach<'a>,
    answerer: &Answerer<'a>,
) -> Vec<(PartyId, PartyKind, &'static str, End<'a>)> {
    let end = |(id, party): (PartyId, &Party)| {
        let text = party.end.as_deref()?;
        let end = answerer.ends().find(text);
        Some((id, party.kind, "", end.expect("an end that explain takes")))
    };
    reach.numbered().filter_map(end).collect()
}

/// Whether an end is a node that the other end may run on: then it is its own node to it, which is
/// another party.
fn may_be_own_node(pod: &End<'_>, node: &End<'_>) -> bool {
    match (pod, node) {
        (End::Pod { node: on, .. }, End::Node { name, .. }) => on.is_empty() || on == name,
        _ => false,
    }
}

#[test]
fn a_connection_is_listed_exactly_when_explain_allows_it() {
    let (mut n_allowed, mut n_denied, mut n_by_rule) = (0, 0, 0);
    for (seed, scenario) in scenarios(N_CASES) {
        let compiled = compile(&scenario);
        let bundle = compiled.bundle.view();
        let reach = Reach::new(&bundle, &Grouping::of(&bundle));
        let (answerer, simulator) = (Answerer::new(&bundle), Simulator::new(&bundle));
        let listed = connections(&reach);
        let sample = ports(&bundle);
        let mut rng = fastrand::Rng::with_seed(seed);
        let ends = ends(&reach, &answerer);
        for (from, from_kind, _, from_end) in &ends {
            for (to, to_kind, _, to_end) in &ends {
                let parts = listed.get(&(*from, *to)).map_or(&[][..], Vec::as_slice);
                let is_about_pods = [from_kind, to_kind].contains(&&PartyKind::Workload);
                if !is_about_pods || !reach.is_pair(*from, *to) {
                    assert!(parts.is_empty(), "nothing to say of these");
                    continue;
                }
                if may_be_own_node(from_end, to_end) || may_be_own_node(to_end, from_end) {
                    continue;
                }
                let mut chosen: Vec<_> = rng.choose_multiple(sample.iter().copied(), N_PORTS);
                let edges = parts.iter().flat_map(|(_, ports)| ports.ranges());
                chosen.extend(edges.flat_map(edges_of).take(N_PORTS));
                for (protocol, port) in chosen {
                    let (from_name, to_name) = (
                        &reach.parties()[from.0 as usize].name,
                        &reach.parties()[to.0 as usize].name,
                    );
                    let question = Question {
                        from: from_name.clone(),
                        to: to_name.clone(),
                        protocol: protocol.name().into(),
                        port,
                    };
                    let answer =
                        answerer.answer_between(question, (*from_end, *to_end), &mut &simulator);
                    let answer = answer.expect("an answer");
                    let found = at(parts, protocol, port);
                    let context = || {
                        format!(
                            "ZTC_SEED={seed}: {from_name} -> {to_name} {port} {protocol:?}: {found:?}, {answer:?}"
                        )
                    };
                    assert_eq!(
                        answer.verdict == Word::Allow,
                        found.is_some(),
                        "{}",
                        context()
                    );
                    match found {
                        Some(reasons) => {
                            assert!(agrees(&bundle, &answer, reasons), "{}", context());
                            n_allowed += 1;
                            n_by_rule += usize::from(reasons.name_a_rule());
                        }
                        None => n_denied += 1,
                    }
                }
            }
        }
    }
    say(format_args!(
        "{n_allowed} allowed, {n_by_rule} of them by a rule, {n_denied} denied"
    ));
    assert!(n_by_rule > 0 && n_denied > 0);
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
