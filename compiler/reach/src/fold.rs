//! Connections that are alike, as one line: the same ports for the same reasons, from several
//! parties to the same parties. Nothing is lost: a line stands for each of its pairs.
//!
//! Must not know names.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{IdentityId, PartyId, PartySet, PortSet, Reach, Reasons, Scope, scope::Permitted};

/// How many sources are asked about at once; what they may do is held until it is folded.
const BATCH: usize = 1024;

/// Ascending ranges of identities, both ends included, that neither overlap nor touch.
type Runs = Vec<(u32, u32)>;

/// One connection for each pair, but for a single pod's to itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Line {
    /// Who opens them, ascending; never empty.
    pub from: Vec<PartyId>,
    /// To whom, ascending; never empty.
    pub to: Vec<PartyId>,
    /// The ports.
    pub ports: PortSet,
    /// Why they are permitted.
    pub reasons: Reasons,
}

impl Line {
    /// How many connections it stands for.
    pub fn n_pairs(&self, reach: &Reach<'_>) -> usize {
        let is_one = |id: &&PartyId| self.to.binary_search(id).is_ok();
        let both = self.from.iter().filter(is_one);
        let none = both.filter(|id| !reach.is_pair(**id, **id)).count();
        (self.from.len() * self.to.len()).saturating_sub(none)
    }

    /// The connections.
    pub fn pairs(&self, reach: &Reach<'_>) -> impl Iterator<Item = (PartyId, PartyId)> {
        let to = |from: PartyId| self.to.iter().map(move |to| (from, *to));
        let pairs = self.from.iter().flat_map(move |from| to(*from));
        pairs.filter(|(from, to)| reach.is_pair(*from, *to))
    }
}

/// The connections of a scope in as few lines as sources that are alike allow; sorted.
pub fn fold(reach: &Reach<'_>, scope: &Scope) -> Vec<Line> {
    let is_source = Scope::identities(reach, &scope.from);
    let is_target = Scope::identities(reach, &scope.to);
    let sources = (0u32..).map(IdentityId).zip(is_source);
    let sources = sources.filter(|(_, is_source)| *is_source);
    let sources: Vec<IdentityId> = sources.map(|(id, _)| id).collect();
    let mut folded = Folded::default();
    for batch in sources.chunks(BATCH) {
        let answers = batch.par_iter();
        let answers = answers.map(|id| by_part(scope.permitted(reach, *id, &is_target)));
        for (source, parts) in batch.iter().zip(answers.collect::<Vec<_>>()) {
            for (reasons, ports, targets) in parts {
                folded.add(*source, reasons, ports, targets);
            }
        }
    }
    folded.lines(reach, scope)
}

/// To whom, for each part of what a source may do.
fn by_part(permitted: Permitted) -> Vec<(Reasons, PortSet, Runs)> {
    let mut of_place: Vec<Runs> = vec![Runs::new(); permitted.parts.len()];
    for (target, place) in &permitted.links {
        if let Some(runs) = of_place.get_mut(*place) {
            extend(runs, (target.0, target.0));
        }
    }
    let mut places: FxHashMap<(Reasons, PortSet), usize> = FxHashMap::default();
    let mut found: Vec<(Reasons, PortSet, Runs)> = Vec::new();
    for (parts, runs) in permitted.parts.into_iter().zip(of_place) {
        if runs.is_empty() {
            continue;
        }
        for (reasons, ports) in parts {
            let next = found.len();
            let place = *places.entry((reasons, ports.clone())).or_insert(next);
            match found.get_mut(place) {
                Some((_, _, known)) => known.extend(&runs),
                None => found.push((reasons, ports, runs.clone())),
            }
        }
    }
    for (_, _, runs) in &mut found {
        if !runs.is_sorted() {
            runs.sort_unstable();
        }
        let mut joined = Runs::new();
        runs.drain(..).for_each(|run| extend(&mut joined, run));
        *runs = joined;
    }
    found
}

/// Adds a run that begins after all others do.
fn extend(runs: &mut Runs, (first, last): (u32, u32)) {
    match runs.last_mut() {
        Some((_, end)) if *end + 1 >= first => *end = last.max(*end),
        _ => runs.push((first, last)),
    }
}

/// Lines while they are collected: each set of ports and of targets once.
#[derive(Default)]
struct Folded {
    ports: FxHashMap<PortSet, u32>,
    targets: FxHashMap<Runs, u32>,
    places: FxHashMap<(Reasons, u32, u32), usize>,
    sources: Vec<Vec<IdentityId>>,
}

impl Folded {
    fn add(&mut self, source: IdentityId, reasons: Reasons, ports: PortSet, targets: Runs) {
        let next = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let n_ports = next(self.ports.len());
        let ports = *self.ports.entry(ports).or_insert(n_ports);
        let n_targets = next(self.targets.len());
        let targets = *self.targets.entry(targets).or_insert(n_targets);
        let n_lines = self.sources.len();
        let place = self.places.entry((reasons, ports, targets));
        match self.sources.get_mut(*place.or_insert(n_lines)) {
            Some(sources) => sources.push(source),
            None => self.sources.push(vec![source]),
        }
    }

    fn lines(mut self, reach: &Reach<'_>, scope: &Scope) -> Vec<Line> {
        let ports = by_number(self.ports);
        let targets = by_number(self.targets);
        let mut keys: Vec<_> = self.places.into_iter().collect();
        keys.sort_unstable_by_key(|(_, place)| *place);
        let line = |(key, place): &((Reasons, u32, u32), usize)| {
            let (reasons, ports_id, targets_id) = *key;
            let from = self.sources.get_mut(*place).map(std::mem::take);
            let from = from.unwrap_or_default().into_iter();
            let runs = targets.get(targets_id as usize)?;
            let to = runs.iter().flat_map(|(first, last)| *first..=*last);
            let line = Line {
                from: parties(reach, &scope.from, from),
                to: parties(reach, &scope.to, to.map(IdentityId)),
                ports: ports.get(ports_id as usize)?.clone(),
                reasons,
            };
            without_itself(reach, line)
        };
        let mut lines: Vec<Line> = keys.iter().filter_map(line).collect();
        lines.par_sort_unstable();
        lines
    }
}

fn by_number<K>(numbers: FxHashMap<K, u32>) -> Vec<K> {
    let mut pairs: Vec<(K, u32)> = numbers.into_iter().collect();
    pairs.sort_unstable_by_key(|(_, number)| *number);
    pairs.into_iter().map(|(key, _)| key).collect()
}

/// The parties of identities that are in a set, ascending.
fn parties(
    reach: &Reach<'_>,
    set: &PartySet,
    identities: impl Iterator<Item = IdentityId>,
) -> Vec<PartyId> {
    let all = identities.filter_map(|id| reach.identity(id));
    let all = all.flat_map(|identity| &identity.parties).copied();
    let mut parties: Vec<PartyId> = all.filter(|id| set.contains(*id)).collect();
    parties.sort_unstable();
    parties
}

/// A single pod alone is not among those it may talk to; `None` when it was the only one.
fn without_itself(reach: &Reach<'_>, mut line: Line) -> Option<Line> {
    if let [from] = line.from.as_slice() {
        line.to.retain(|to| reach.is_pair(*from, *to));
    }
    (!line.from.is_empty() && !line.to.is_empty()).then_some(line)
}
