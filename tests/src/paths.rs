//! The routes of `ztc paths` are those of a walk over what `ztc explain` allows, over random
//! clusters and policies.
//!
//! `ZTC_SEED` names the first scenario and `ZTC_CASES` how many follow. The walk goes from party to
//! party and knows no identities, but for the one rule that two stops of one are a detour.

use std::collections::{BTreeMap, BTreeSet};

use ztc_abi::Protocol;
use ztc_bundle::{
    Bundle, Simulator,
    flow::{Answer, Answerer, Question, Side, Word},
};
use ztc_reach::{
    PartyId, PartyKind, PortRange, PortSet, Reach, Reason,
    paths::{Extent, Routes, Wanted},
};

use crate::generate::scenario;
use crate::pipeline::compile_with;
use crate::say::say;
use crate::seeds::seeds;
use crate::yaml_text;

const N_CASES: u64 = 40;
const MAX_HOPS: u32 = 3;

/// Whom each party may open a connection to.
type Hops = BTreeMap<PartyId, Vec<PartyId>>;

/// Answers of `ztc explain`, and the ports worth asking about.
struct Explain<'a> {
    bundle: Bundle<'a>,
    answerer: Answerer<'a>,
    simulator: Simulator<'a>,
    ports: Vec<(Protocol, u16)>,
}

impl<'a> Explain<'a> {
    fn new(bundle: &Bundle<'a>) -> Self {
        let mut ports = BTreeSet::new();
        for protocol in Protocol::ALL
            .into_iter()
            .filter(|one| *one != Protocol::Other)
        {
            let last = PortRange::whole(protocol).last;
            let own = bundle.ports().iter();
            let own = own.filter(|record| record.protocol == protocol as u8);
            let around = own.flat_map(|one| [one.start, one.end.saturating_add(1)]);
            let all = around.chain([0]).filter(|port| *port <= last);
            ports.extend(all.map(|port| (protocol as u8, port)));
        }
        let named = |(index, port)| Some((Protocol::from_index(index)?, port));
        Self {
            bundle: *bundle,
            answerer: Answerer::new(bundle),
            simulator: Simulator::new(bundle),
            ports: ports.into_iter().filter_map(named).collect(),
        }
    }

    fn answer(&self, from: &str, to: &str, (protocol, port): (Protocol, u16)) -> Answer<'a> {
        let port = format!("{port}/{}", protocol.name());
        let question = Question::new(from, to, &port).expect("a port that exists");
        let answer = self.answerer.answer(question, &mut &self.simulator);
        answer.expect("ends that the bundle knows")
    }

    /// Who may talk to whom at one of some ports.
    fn hops(&self, reach: &Reach<'_>, ports: &[(Protocol, u16)]) -> Hops {
        let mut hops = Hops::new();
        for (from, (source, _)) in ends(reach) {
            for (to, (target, _)) in ends(reach) {
                let is_allowed =
                    |port: &_| self.answer(source, target, *port).verdict == Word::Allow;
                let kinds = [from, to].map(|id| reach.party(id).map(|party| party.kind));
                let is_about_pods = kinds.contains(&Some(PartyKind::Workload));
                if from != to && is_about_pods && ports.iter().any(is_allowed) {
                    hops.entry(from).or_default().push(to);
                }
            }
        }
        hops
    }
}

/// Everybody whom `ztc explain` can be asked about, but for nodes: which of them a pod is on is not
/// always known.
fn ends<'r>(reach: &'r Reach<'_>) -> Vec<(PartyId, (&'r str, PartyKind))> {
    let parties = reach.numbered();
    parties
        .filter(|(_, party)| party.kind != PartyKind::Node)
        .filter_map(|(id, party)| Some((id, (party.end.as_deref()?, party.kind))))
        .collect()
}

/// The routes of a walk that is as simple as can be.
struct Walk<'w> {
    reach: &'w Reach<'w>,
    onward: &'w Hops,
    last: &'w Hops,
    wanted: &'w Wanted,
    found: BTreeSet<Vec<PartyId>>,
}

impl Walk<'_> {
    fn routes(mut self) -> BTreeSet<Vec<PartyId>> {
        for start in self
            .wanted
            .from
            .iter()
            .filter(|one| !self.wanted.to.contains(one))
        {
            self.go_on(&mut vec![*start]);
        }
        self.found
    }

    fn go_on(&mut self, walk: &mut Vec<PartyId>) {
        let wanted = self.wanted;
        let here = walk[walk.len() - 1];
        for end in self.last.get(&here).into_iter().flatten() {
            let is_detour = walk[1..].iter().any(|stop| self.alike(*stop, *end));
            if wanted.to.contains(end) && !is_detour {
                self.found.insert([walk.as_slice(), &[*end]].concat());
            }
        }
        if walk.len() >= wanted.max_hops as usize {
            return;
        }
        for next in self.onward.get(&here).into_iter().flatten() {
            let is_workload = self
                .reach
                .party(*next)
                .is_some_and(|one| one.kind == PartyKind::Workload);
            let is_end = wanted.from.contains(next) || wanted.to.contains(next);
            let is_detour = walk.iter().any(|stop| self.alike(*stop, *next));
            if is_workload && !is_end && !is_detour {
                walk.push(*next);
                self.go_on(walk);
                walk.pop();
            }
        }
    }

    fn alike(&self, one: PartyId, other: PartyId) -> bool {
        let identity = |id| self.reach.party(id).map(|party| party.identity);
        identity(one) == identity(other)
    }
}

/// Every choice of one for each stop.
fn expanded(routes: &Routes) -> Vec<Vec<PartyId>> {
    let mut all = Vec::new();
    for route in &routes.routes {
        let mut walks: Vec<Vec<PartyId>> = vec![Vec::new()];
        for stop in &route.stops {
            walks = walks
                .iter()
                .flat_map(|walk| {
                    stop.iter()
                        .map(move |one| [walk.as_slice(), &[*one]].concat())
                })
                .collect();
        }
        all.extend(walks);
    }
    all
}

/// A few parties; more often workloads.
fn some(rng: &mut fastrand::Rng, ends: &[(PartyId, (&str, PartyKind))]) -> Vec<PartyId> {
    let n = rng.usize(1..4);
    let mut chosen: BTreeSet<PartyId> = BTreeSet::new();
    for _ in 0..n {
        chosen.insert(ends[rng.usize(..ends.len())].0);
    }
    chosen.into_iter().collect()
}

#[test]
fn routes_are_those_of_a_walk_over_what_explain_allows() {
    let seeds = seeds(N_CASES, "scenarios");
    let (mut n_routes, mut n_long, mut n_none) = (0, 0, 0);
    for seed in seeds.clone() {
        let scenario = scenario(seed, 0);
        let files = [
            (
                "workloads.yaml".into(),
                yaml_text::write(&scenario.workloads),
            ),
            ("policies.yaml".into(), yaml_text::write(&scenario.policies)),
        ];
        let compiled = compile_with(&files, &scenario.options);
        let bundle = compiled.bundle.view();
        let reach = Reach::new(&bundle);
        let explain = Explain::new(&bundle);
        let ends = ends(&reach);
        let any = explain.hops(&reach, &explain.ports);
        let mut rng = fastrand::Rng::with_seed(seed);
        for turn in 0..6 {
            let port = explain.ports[rng.usize(..explain.ports.len())];
            let range = PortRange::new(port.0, port.1, port.1).expect("one port");
            let ports: Option<PortSet> = (turn > 2).then(|| [range].into_iter().collect());
            let at_port = match &ports {
                Some(_) => explain.hops(&reach, &[port]),
                None => any.clone(),
            };
            let wanted = Wanted {
                from: some(&mut rng, &ends),
                to: some(&mut rng, &ends),
                ports,
                is_every_hop: turn > 4,
                extent: Extent::All,
                max_hops: MAX_HOPS,
            };
            let walk = Walk {
                reach: &reach,
                onward: if wanted.is_every_hop { &at_port } else { &any },
                last: &at_port,
                wanted: &wanted,
                found: BTreeSet::new(),
            };
            let expected = walk.routes();
            let found = reach.routes(&wanted);
            same(seed, &found, &expected);
            hops_are_explained(seed, &reach, &explain, &found);
            let least = expected.iter().map(Vec::len).min();
            let shortest = expected
                .into_iter()
                .filter(|route| Some(route.len()) == least);
            let shortest: BTreeSet<_> = shortest.collect();
            let extent = Extent::Shortest;
            same(seed, &reach.routes(&Wanted { extent, ..wanted }), &shortest);
            n_routes += found.n_routes;
            n_long += usize::from(least > Some(2));
            n_none += usize::from(least.is_none());
        }
    }
    say(format_args!(
        "{n_routes} routes, {n_long} times of several hops, {n_none} times none"
    ));
    assert!(
        seeds.count() < 20 || (n_routes > 100 && n_long > 2 && n_none > 2),
        "hardly varied"
    );
}

#[track_caller]
fn same(seed: u64, found: &Routes, expected: &BTreeSet<Vec<PartyId>>) {
    let all = expanded(found);
    let set: BTreeSet<_> = all.iter().cloned().collect();
    assert_eq!(
        set.len(),
        all.len(),
        "ZTC_SEED={seed}: a route in two groups"
    );
    assert_eq!(set, *expected, "ZTC_SEED={seed}");
    assert_eq!(found.n_routes, all.len() as u128, "ZTC_SEED={seed}");
    assert!(found.is_complete, "ZTC_SEED={seed}");
}

/// Everything that is said of a hop is what explain says of everybody who may stand at its ends.
fn hops_are_explained(seed: u64, reach: &Reach<'_>, explain: &Explain<'_>, found: &Routes) {
    let end = |id: PartyId| reach.party(id).and_then(|party| party.end.as_deref());
    for route in found.routes.iter().take(20) {
        for (pair, hop) in route.stops.windows(2).zip(&route.hops) {
            let [sources, targets] = pair else {
                unreachable!("windows of two")
            };
            let pairs = sources
                .iter()
                .flat_map(|one| targets.iter().map(move |two| (*one, *two)));
            for (from, to) in pairs.take(9) {
                let (source, target) = end(from).zip(end(to)).expect("chosen to have ends");
                for (reasons, ports) in &hop.permitted {
                    let range = ports.ranges()[0];
                    if range.protocol() == Protocol::Other {
                        continue;
                    }
                    let answer = explain.answer(source, target, (range.protocol(), range.last));
                    assert_eq!(
                        answer.verdict,
                        Word::Allow,
                        "ZTC_SEED={seed}: {source} {target}"
                    );
                    says(explain, &answer.egress, reasons.egress);
                    says(explain, &answer.ingress, reasons.ingress);
                }
            }
        }
    }
}

fn says(explain: &Explain<'_>, side: &Side<'_>, reason: Reason) {
    let rule = reason.rule().and_then(|number| explain.bundle.rule(number));
    let named = side
        .rules
        .first()
        .map(|rule| (rule.file, rule.line, rule.path));
    assert_eq!(named, rule.map(|rule| (rule.file, rule.line, rule.path)));
    assert_eq!(
        side.word == Word::NotApplicable,
        reason == Reason::NoSubject
    );
}
