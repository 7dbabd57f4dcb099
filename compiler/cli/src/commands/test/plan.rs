//! An assertion with its selections found: which identities stand on each side, which ports and
//! which rules it is about.
//!
//! Must not know whether it holds.

use std::{collections::BTreeMap, net::IpAddr};

use rustc_hash::FxHashSet;
use ztc_diag::{Diagnostic, Spanned};
use ztc_policy::model::{Policy, RuleId};
use ztc_reach::{AddressRange, IdentityId, Party, PartyId, PortSet, Reach};
use ztc_syntax::{AssertedPorts, Assertion, Chosen, Expected, PolicyReference, Quantifier};

use crate::{
    nearest::nearest,
    pipeline::Checked,
    ports,
    selection::{self, Finder},
};

/// What an assertion asks.
pub(super) struct Plan {
    pub(super) expected: Expected,
    pub(super) from: Quantifier,
    pub(super) to: Quantifier,
    /// By identity, ascending; each has a partner.
    pub(super) sources: Vec<Source>,
    /// By identity, ascending.
    pub(super) targets: Vec<Group>,
    pub(super) ports: PortSet,
    pub(super) by: Option<By>,
    /// Of whom not all is selected in `from` and in `to`, with an address that is.
    pub(super) addresses: [BTreeMap<PartyId, IpAddr>; 2],
}

/// Parties of one identity, ascending.
pub(super) struct Group {
    pub(super) identity: IdentityId,
    pub(super) parties: Vec<PartyId>,
}

/// Parties of one identity that open connections.
pub(super) struct Source {
    pub(super) group: Group,
    /// Among the targets of their own identity there is nobody but the one party here itself, and
    /// it is a single pod.
    pub(super) is_alone: bool,
}

/// The policy that must be the reason.
pub(super) struct By {
    /// As written.
    pub(super) text: String,
    /// Its rules.
    pub(super) rules: FxHashSet<RuleId>,
}

impl Plan {
    /// Finds what an assertion is about, or says why it is about nothing.
    pub(super) fn new(
        assertion: &Assertion,
        finder: &Finder<'_, '_>,
        checked: &Checked,
        reach: &Reach<'_>,
    ) -> Result<Self, Box<Diagnostic>> {
        let (from, from_addresses) = groups(&assertion.from, finder, reach)?;
        let (targets, to_addresses) = groups(&assertion.to, finder, reach)?;
        check_pods(assertion, &from, &targets, reach)?;
        let sources: Vec<Source> = from
            .into_iter()
            .flat_map(|group| split(group, &targets, reach))
            .filter(|source| !source.is_alone || targets.len() > 1)
            .collect();
        if sources.is_empty() {
            let message = "an assertion about a single pod and itself proves nothing";
            let wrong = Diagnostic::error("vacuous-assertion", message, assertion.span)
                .note("no policy keeps a pod from itself")
                .help("name another pod in `from` or in `to`");
            return Err(wrong.into());
        }
        let by = assertion.by.as_ref().map(|written| by(written, checked));
        Ok(Self {
            expected: assertion.expected,
            from: assertion.from.quantifier,
            to: assertion.to.quantifier,
            sources,
            targets,
            ports: match &assertion.ports {
                None => PortSet::everything(),
                Some(written) => {
                    let ranges = written.iter();
                    let range =
                        |one: &AssertedPorts| ports::range(one.protocol, one.first, one.last);
                    ranges.filter_map(range).collect()
                }
            },
            by: by.transpose()?,
            addresses: [from_addresses, to_addresses],
        })
    }

    /// The targets of a source.
    pub(super) fn targets_of<'p>(&'p self, source: &'p Source) -> impl Iterator<Item = &'p Group> {
        let is_partner = |target: &&Group| !source.skips(target);
        self.targets.iter().filter(is_partner)
    }
}

impl Source {
    fn skips(&self, target: &Group) -> bool {
        self.is_alone && target.identity == self.group.identity
    }

    /// How many pairs of parties this and a target are.
    pub(super) fn n_pairs(&self, target: &Group, reach: &Reach<'_>) -> usize {
        let all = self.group.parties.len() * target.parties.len();
        if self.group.identity != target.identity {
            return all;
        }
        let mut n_same = 0;
        for party in &self.group.parties {
            let is_same = is_single(*party, reach) && target.parties.binary_search(party).is_ok();
            n_same += usize::from(is_same);
        }
        all - n_same
    }

    /// The first pair of parties.
    pub(super) fn first_pair(
        &self,
        target: &Group,
        reach: &Reach<'_>,
    ) -> Option<(PartyId, PartyId)> {
        let mut pairs = self.group.parties.iter().flat_map(|from| {
            let mut others = target.parties.iter();
            let other = others.find(|to| from != *to || !is_single(*from, reach));
            other.map(|to| (*from, *to))
        });
        pairs.next()
    }
}

/// Whether nobody of a party can talk to another of it.
fn is_single(party: PartyId, reach: &Reach<'_>) -> bool {
    reach
        .party(party)
        .is_some_and(|one| !one.has_peers_in_itself)
}

/// Parties of one source identity, those apart that have no partner among targets of it.
fn split(group: Group, targets: &[Group], reach: &Reach<'_>) -> Vec<Source> {
    let own = targets.binary_search_by_key(&group.identity, |target| target.identity);
    let own = own.ok().and_then(|place| targets.get(place));
    let only = own.and_then(|own| match own.parties.as_slice() {
        [only] if is_single(*only, reach) => Some(*only),
        _ => None,
    });
    let identity = group.identity;
    let (alone, others): (Vec<_>, Vec<_>) = group
        .parties
        .into_iter()
        .partition(|party| Some(*party) == only);
    [(others, false), (alone, true)]
        .into_iter()
        .filter(|(parties, _)| !parties.is_empty())
        .map(|(parties, is_alone)| Source {
            group: Group { identity, parties },
            is_alone,
        })
        .collect()
}

/// An address of a party that was meant, where not all of the party was.
fn meant(party: &Party, named: AddressRange) -> Option<IpAddr> {
    let mut common = party
        .ranges
        .iter()
        .map(|range| (range, named.common(range)));
    if common.clone().any(|(range, common)| common != Some(*range)) {
        return common.find_map(|(_, common)| Some(common?.first));
    }
    (named.first == named.last).then_some(named.first)
}

/// Whom a side names, and those whom it names by an address.
type Side = (Vec<Group>, BTreeMap<PartyId, IpAddr>);

fn groups(
    chosen: &Chosen,
    finder: &Finder<'_, '_>,
    reach: &Reach<'_>,
) -> Result<Side, Box<Diagnostic>> {
    let mut addresses = BTreeMap::new();
    let mut of_identity: BTreeMap<IdentityId, Vec<PartyId>> = BTreeMap::new();
    for written in &chosen.selections {
        let found = finder.select(&written.value).map_err(|wrong| {
            let message = format!("`{}` {}", wrong.text, wrong.reason);
            Diagnostic::error("vacuous-assertion", message, written.span).help(wrong.help)
        })?;
        let named = selection::addresses(&written.value);
        for id in found {
            let Some(party) = reach.party(id) else {
                continue;
            };
            if let Some(address) = named.and_then(|named| meant(party, named)) {
                addresses.entry(id).or_insert(address);
            }
            of_identity.entry(party.identity).or_default().push(id);
        }
    }
    let groups = of_identity.into_iter().map(|(identity, mut parties)| {
        parties.sort_unstable();
        parties.dedup();
        Group { identity, parties }
    });
    Ok((groups.collect(), addresses))
}

/// Policies are about pods: of two others nothing can be asserted.
fn check_pods(
    assertion: &Assertion,
    from: &[Group],
    to: &[Group],
    reach: &Reach<'_>,
) -> Result<(), Box<Diagnostic>> {
    let other = |groups: &[Group]| -> Option<PartyId> {
        let is_pod = |group: &&Group| reach.identity(group.identity).is_some_and(|one| one.is_pod);
        let other = groups.iter().find(|group| !is_pod(group))?;
        other.parties.first().copied()
    };
    let Some((first, second)) = other(from).zip(other(to)) else {
        return Ok(());
    };
    let name = |party: PartyId| reach.party(party).map_or("", |one| one.name.as_str());
    let (first, second) = (name(first), name(second));
    let message = format!("neither `{first}` nor `{second}` is a pod");
    let wrong = Diagnostic::error("assertion-outside-policy", message, assertion.from.span)
        .label(assertion.to.span, "the other end")
        .note("policies are about pods, so they say nothing of two other ends")
        .help("name pods on one side, or make two assertions");
    Err(wrong.into())
}

fn by(written: &Spanned<PolicyReference>, checked: &Checked) -> Result<By, Box<Diagnostic>> {
    let text = checked.sources.text(written.span).trim_matches(['"', '\'']);
    let wanted = &written.value;
    let is_it = |policy: &Policy| {
        policy.name == wanted.name
            && wanted
                .kind
                .as_ref()
                .is_none_or(|kind| policy.kind.name() == kind)
            && wanted
                .namespace
                .as_ref()
                .is_none_or(|one| policy.namespace == *one)
    };
    let model = &checked.analysis.model;
    let found: Vec<&Policy> = model.policies.iter().filter(|one| is_it(one)).collect();
    if found.is_empty() {
        let names: Vec<String> = model.policies.iter().map(Policy::full_name).collect();
        let help = match nearest(text, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write the name of a policy, with its namespace before it".into(),
        };
        let message = format!("there is no policy `{text}`");
        let wrong = Diagnostic::error("unknown-policy", message, written.span);
        return Err(wrong.help(help).into());
    }
    if found.iter().all(|policy| policy.audit) {
        let message = format!("`{text}` is audited, so it is the reason of nothing");
        let wrong = Diagnostic::error("audited-reason", message, written.span);
        return Err(wrong.help("enforce the policy, or leave `by` out").into());
    }
    let rules = model
        .rules()
        .filter(|(_, rule)| model.policy_of(rule).is_some_and(is_it));
    Ok(By {
        text: text.into(),
        rules: rules.map(|(id, _)| id).collect(),
    })
}
