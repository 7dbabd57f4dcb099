//! The parties and rules that connections name, each once.
//!
//! Must not know the connections.

use std::{
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
};

use serde::Serialize;
use ztc_bundle::flow::{Role, Rule};
use ztc_reach::{AddressRange, PartyId, Reach, Reasons};

use super::super::Asked;
use crate::{exit::Failure, output::Out, report};

#[derive(Serialize)]
struct Rest<'a> {
    parties: Vec<Party<'a>>,
    rules: Vec<NumberedRule<'a>>,
    notes: &'a [String],
    #[serde(skip_serializing_if = "<[report::Refused]>::is_empty")]
    left_out: &'a [report::Refused],
}

#[derive(Serialize)]
struct Party<'a> {
    name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    workload: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pods: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<Addresses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<&'a str>,
    has_peers_in_itself: bool,
}

#[derive(Serialize)]
struct Addresses {
    first: String,
    last: String,
}

#[derive(Serialize)]
struct NumberedRule<'a> {
    number: u32,
    direction: &'static str,
    #[serde(flatten)]
    rule: Rule<'a>,
}

/// Which of them have been named so far, by any thread.
pub(super) struct Named {
    parties: Vec<AtomicBool>,
    /// By number less one.
    rules: Vec<AtomicBool>,
}

impl Named {
    pub(super) fn new(reach: &Reach<'_>) -> Self {
        let none = |n: usize| (0..n).map(|_| AtomicBool::new(false)).collect();
        Self {
            parties: none(reach.parties().len()),
            rules: none(reach.bundle().rules().len()),
        }
    }

    pub(super) fn add(&self, parties: impl IntoIterator<Item = PartyId>, reasons: Reasons) {
        // Nobody reads them before all threads are done, so their order does not matter.
        let mark = |of: &[AtomicBool], place: u32| {
            if let Some(is_named) = of.get(place as usize) {
                is_named.store(true, Ordering::Relaxed);
            }
        };
        for PartyId(id) in parties {
            mark(&self.parties, id);
        }
        for reason in [reasons.egress, reasons.ingress] {
            if let Some(place) = reason.rule().and_then(|number| number.checked_sub(1)) {
                mark(&self.rules, place);
            }
        }
    }

    /// Ends the list of connections, and the object with everything that they name.
    pub(super) fn finish(&self, out: &mut Out, asked: &Asked<'_>) -> Result<(), Failure> {
        let is_named = |(_, is_named): &(u32, &AtomicBool)| is_named.load(Ordering::Relaxed);
        let parties = (0u32..).zip(&self.parties).filter(is_named);
        let rules = (1u32..).zip(&self.rules).filter(is_named);
        let rest = Rest {
            parties: parties
                .filter_map(|(id, _)| party(asked, PartyId(id)))
                .collect(),
            rules: rules
                .filter_map(|(number, _)| rule(asked, number))
                .collect(),
            notes: &asked.notes,
            left_out: &asked.compiled.left_out,
        };
        let rest = serde_json::to_string_pretty(&rest)?;
        // The object is one with what is written already.
        let rest = rest.strip_prefix('{').unwrap_or(&rest);
        writeln!(out, "\n  ],{rest}")?;
        Ok(())
    }
}

fn party<'a>(asked: &Asked<'a>, id: PartyId) -> Option<Party<'a>> {
    let (party, bundle) = (asked.reach.party(id)?, asked.reach.bundle());
    let pods = party.pods.iter().filter_map(|pod| {
        let endpoint = bundle.endpoints().get(*pod)?;
        Some(bundle.string(endpoint.name))
    });
    let addresses = |range: &AddressRange| Addresses {
        first: range.first.to_string(),
        last: range.last.to_string(),
    };
    Some(Party {
        name: &party.name,
        kind: party.kind.name(),
        namespace: &party.namespace,
        workload: &party.workload,
        pods: pods.collect(),
        ranges: party.ranges.iter().map(addresses).collect(),
        end: party.end.as_deref(),
        has_peers_in_itself: party.has_peers_in_itself,
    })
}

fn rule<'a>(asked: &Asked<'a>, number: u32) -> Option<NumberedRule<'a>> {
    let found = asked.reach.bundle().rule(number)?;
    Some(NumberedRule {
        number,
        direction: found.direction.name(),
        rule: Rule::new(Role::Decided, &found),
    })
}
