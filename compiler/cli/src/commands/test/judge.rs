//! Whether assertions hold, as the tables of the bundle have it.
//!
//! Everything is asked of identities, each pair once. Must not know how a result is shown.

use rayon::prelude::*;
use ztc_abi::{Action, Verdict};
use ztc_policy::model::RuleId;
use ztc_reach::{Identity, IdentityId, PartyId, PortRange, PortSet, Reach, Traffic, Verdicts};
use ztc_syntax::{Expected, Quantifier};

use super::{
    accesses::Accesses,
    plan::{By, Group, Plan, Source},
};

/// From so many targets on, a source is asked about everybody at once.
const MANY: usize = 48;

/// Everything that can be asked.
pub(super) struct Judge<'j, 'a> {
    pub(super) reach: &'j Reach<'a>,
    pub(super) accesses: &'j Accesses<'j>,
}

/// What became of an assertion.
pub(super) struct Judged {
    pub(super) holds: bool,
    /// How many pairs of parties it is about.
    pub(super) n_pairs: usize,
    /// How many of them are not as they should be.
    pub(super) n_wrong: usize,
    /// Why it does not hold.
    pub(super) witness: Option<Witness>,
    /// By source, in the order of the plan.
    pub(super) tallies: Vec<Tally>,
}

/// A pair that is not as it should be, and of its ports the first that are not.
#[derive(Clone)]
pub(super) struct Witness {
    pub(super) from: PartyId,
    pub(super) to: PartyId,
    pub(super) ports: PortRange,
    pub(super) verdicts: Verdicts,
    /// All ports that are not as they should be in the same way, whatever the reasons.
    pub(super) all: PortSet,
    /// Those of them with the reasons of the first.
    pub(super) alike: PortSet,
}

/// How a source stands to its targets.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) n_targets: usize,
    /// Targets for which the assertion's word holds on every port.
    pub(super) n_right: usize,
    n_pairs: usize,
    n_wrong_pairs: usize,
    first_wrong: Option<IdentityId>,
}

/// What one side says of an access.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) is_allow: bool,
    /// Whether a rule of the policy in `by` is the reason.
    pub(super) is_by: bool,
}

impl Judge<'_, '_> {
    /// Judges an assertion.
    pub(super) fn judge(&self, plan: &Plan) -> Judged {
        let sources = plan.sources.par_iter();
        let tallies: Vec<Tally> = sources.map(|source| self.tally(plan, source)).collect();
        let is_right = |tally: &Tally| quantified(plan.to, tally.n_right, tally.n_targets);
        let n_right = tallies.iter().filter(|tally| is_right(tally)).count();
        let holds = quantified(plan.from, n_right, tallies.len());
        let mut pairs = plan.sources.iter().zip(&tallies);
        let wrong = pairs.find(|(_, tally)| !holds && !is_right(tally));
        Judged {
            holds,
            n_pairs: tallies.iter().map(|tally| tally.n_pairs).sum(),
            n_wrong: tallies.iter().map(|tally| tally.n_wrong_pairs).sum(),
            witness: wrong.and_then(|(source, tally)| {
                let mut targets = plan.targets.iter();
                let target = targets.find(|target| Some(target.identity) == tally.first_wrong)?;
                self.witness(plan, source, target)
            }),
            tallies,
        }
    }

    fn tally(&self, plan: &Plan, source: &Source) -> Tally {
        let from = source.group.identity;
        let mut tally = Tally::default();
        let mut count = |target: &Group, is_right: bool| {
            let n_pairs = source.n_pairs(target, self.reach);
            tally.n_targets += 1;
            tally.n_right += usize::from(is_right);
            tally.n_pairs += n_pairs;
            if !is_right {
                tally.n_wrong_pairs += n_pairs;
                tally.first_wrong.get_or_insert(target.identity);
            }
        };
        if plan.by.is_some() || plan.targets.len() < MANY {
            for target in plan.targets_of(source) {
                count(target, self.is_right(plan, from, target.identity));
            }
            return tally;
        }
        let outgoing = self.reach.from(from);
        let says: Vec<bool> = outgoing
            .traffics
            .iter()
            .map(|traffic| says(plan, traffic))
            .collect();
        let nothing = says_nothing(plan);
        let mut links = outgoing.links.iter().peekable();
        for target in plan.targets_of(source) {
            while links.next_if(|link| link.to < target.identity).is_some() {}
            let link = links.peek().filter(|link| link.to == target.identity);
            let said = link.and_then(|link| says.get(link.traffic as usize));
            count(target, said.copied().unwrap_or(nothing));
        }
        tally
    }

    /// Whether the word of an assertion holds of a pair, on every port.
    fn is_right(&self, plan: &Plan, from: IdentityId, to: IdentityId) -> bool {
        if plan.by.is_none() && !is_few(&plan.ports) {
            return says(plan, &self.reach.between(from, to));
        }
        self.first_wrong(plan, from, to).is_none()
    }

    /// The ports of a pair that are not as they should be, in order.
    fn wrong<'p>(
        &'p self,
        plan: &'p Plan,
        (from, source): (IdentityId, &'p Identity),
        (to, target): (IdentityId, &'p Identity),
    ) -> impl Iterator<Item = (PortRange, Verdicts)> + 'p {
        let pieces = self.accesses.pieces(source, target, &plan.ports);
        pieces.into_iter().filter_map(move |piece| {
            let verdicts = self.reach.judge(from, to, piece.protocol(), piece.first);
            let word = |verdict: Option<Verdict>, row: u32| {
                verdict.map(|verdict| self.word(plan.by.as_ref(), verdict, row))
            };
            let egress = word(verdicts.egress, source.row_egress);
            let ingress = word(verdicts.ingress, target.row_ingress);
            (!is_as_asserted(plan, egress, ingress)).then_some((piece, verdicts))
        })
    }

    /// The first ports of a pair that are not as they should be.
    pub(super) fn first_wrong(
        &self,
        plan: &Plan,
        from: IdentityId,
        to: IdentityId,
    ) -> Option<(PortRange, Verdicts)> {
        let (source, target) = (self.reach.identity(from)?, self.reach.identity(to)?);
        self.wrong(plan, (from, source), (to, target)).next()
    }

    fn witness(&self, plan: &Plan, source: &Source, target: &Group) -> Option<Witness> {
        let ends = [source.group.identity, target.identity];
        let [own, other] = ends.map(|id| self.reach.identity(id));
        let wrong = self.wrong(plan, (ends[0], own?), (ends[1], other?));
        let wrong: Vec<(PortRange, Verdicts)> = wrong.collect();
        let (ports, verdicts) = *wrong.first()?;
        let (from, to) = source.first_pair(target, self.reach)?;
        let all = |is_meant: &dyn Fn(&Verdicts) -> bool| -> PortSet {
            let meant = wrong.iter().filter(|(_, one)| is_meant(one));
            meant.map(|(ports, _)| *ports).collect()
        };
        Some(Witness {
            from,
            to,
            ports,
            verdicts,
            all: all(&|one| one.is_allow() == verdicts.is_allow()),
            alike: all(&|one| *one == verdicts),
        })
    }

    fn word(&self, by: Option<&By>, verdict: Verdict, row: u32) -> Word {
        let is_by = by.is_some_and(|by| match verdict.action() {
            Action::NotAllowed => {
                let mut isolating = self.reach.bundle().isolating_rules(row);
                isolating.any(|rule| by.rules.contains(&RuleId(rule.number)))
            }
            Action::Allow | Action::Deny => by.rules.contains(&RuleId(verdict.rule())),
        });
        Word {
            is_allow: verdict.is_allow(),
            is_by,
        }
    }
}

/// Whether something holds of all, or of any.
pub(super) fn quantified(quantifier: Quantifier, n_right: usize, n: usize) -> bool {
    match quantifier {
        Quantifier::All => n_right == n,
        Quantifier::Any => n_right > 0,
    }
}

/// Whether what is permitted is as an assertion without `by` has it.
fn says(plan: &Plan, traffic: &Traffic) -> bool {
    let permitted = traffic.ports();
    match plan.expected {
        Expected::Allow => plan.ports.minus(&permitted).is_empty(),
        Expected::Deny => plan.ports.common(&permitted).is_empty(),
    }
}

/// The same where nothing is permitted.
fn says_nothing(plan: &Plan) -> bool {
    plan.expected == Expected::Deny
}

/// Whether asking port by port is cheaper than asking for all of them.
fn is_few(ports: &PortSet) -> bool {
    let ranges = ports.ranges();
    ranges.len() <= 4 && ranges.iter().all(|range| range.first == range.last)
}

/// Whether both sides' words on a port are what is asserted.
pub(super) fn is_as_asserted(plan: &Plan, egress: Option<Word>, ingress: Option<Word>) -> bool {
    let sides = [egress, ingress];
    let is_allowed = sides.iter().flatten().all(|word| word.is_allow);
    let is_expected = is_allowed == (plan.expected == Expected::Allow);
    // Whoever allows is the reason of an allow, and whoever denies that of a deny.
    let mut reasons = sides
        .iter()
        .flatten()
        .filter(|word| word.is_allow == is_allowed);
    is_expected && (plan.by.is_none() || reasons.any(|word| word.is_by))
}
