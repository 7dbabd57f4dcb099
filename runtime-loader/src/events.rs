//! The ring buffer's records as events: numbers replaced by names, rules by lines.
//!
//! Must not print, and must not know how a record came to be.

mod rule;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use serde::Serialize;
use ztc_abi::{
    Action, Address, Direction, DropReason, Peer, Protocol, Verdict, event::PolicyEvent,
};
use ztc_bundle::Bundle;

pub use rule::RuleView;

use crate::{clock::Clock, meaning::Meaning};

/// One event, as `observe --format json` writes it; `schema/event.json` documents it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// `ztc.dev/event/v1`.
    pub schema: &'static str,
    /// When, UTC, with microseconds.
    pub time: String,
    /// `forwarded` or `dropped`.
    pub verdict: &'static str,
    /// Why it was dropped.
    pub reason: Option<&'static str>,
    /// Which side of the connection judged it.
    pub direction: &'static str,
    /// The generation that judged.
    pub generation: u64,
    /// The bundle of that generation, when it is still known.
    pub bundle: Option<String>,
    /// Whether the flow was running before this generation.
    pub rejudged: bool,
    /// Events like this that were held back since the last one.
    pub suppressed: u32,
    /// `TCP`, `UDP`, …, or the number.
    pub protocol: String,
    /// Where the packet came from.
    pub source: Side,
    /// Where it was to go.
    pub destination: Side,
    /// The subject's class.
    pub class: u32,
    /// The peer, as the kernel knows it.
    pub peer: PeerView,
    /// The rule that decided; for a default deny, the first that isolates the subject.
    pub rule: Option<RuleView>,
    /// For a default deny: every rule that isolates the subject.
    pub isolated_by: Vec<RuleView>,
    /// What audited policies would have done, where that is not what happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditView>,
}

/// One end of a flow.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// The address.
    pub address: IpAddr,
    /// The port; for ICMP, the type at the destination.
    pub port: u16,
    /// The pod or node, when it is known.
    pub name: Option<String>,
}

/// A peer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerView {
    /// Its number; 0 when it was not looked up.
    pub number: u32,
    /// A reserved name, a member of its class, or a prefix that it stands for.
    pub name: Option<String>,
}

/// What audited policies would have done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditView {
    /// `allow` or `deny`.
    pub would: &'static str,
    /// The rule that would decide; for a default deny, the first that would isolate the subject.
    pub rule: Option<RuleView>,
}

impl Event {
    /// What a record says, in the words of its generation.
    pub fn new(record: &PolicyEvent, meaning: Option<&Meaning>, clock: &Clock) -> Self {
        let bundle = meaning.map(Meaning::bundle);
        let reason = DropReason::from_number(record.reason);
        let side = |bytes: [u8; 16], port| {
            let address = Address { bytes };
            Side {
                address: ip(address),
                port,
                name: meaning.and_then(|meaning| meaning.name_of(address)),
            }
        };
        let direction = Direction::from_number(record.direction);
        let peer_name = |meaning: &Meaning| meaning.peer_name(Peer(record.peer));
        Self {
            schema: "ztc.dev/event/v1",
            time: clock.utc(record.time),
            verdict: if record.reason == 0 {
                "forwarded"
            } else {
                "dropped"
            },
            reason: match (record.reason, reason) {
                (0, _) => None,
                (_, Some(reason)) => Some(reason.name()),
                (_, None) => Some("unknown"),
            },
            direction: direction.map_or("unknown", Direction::name),
            generation: record.generation,
            bundle: meaning.map(|meaning| meaning.record.bundle.to_string()),
            rejudged: record.flags & PolicyEvent::REJUDGED != 0,
            suppressed: record.suppressed,
            protocol: protocol(record.protocol),
            source: side(record.source, record.source_port),
            destination: side(record.destination, record.destination_port),
            class: record.class,
            peer: PeerView {
                number: record.peer,
                name: meaning.filter(|_| record.peer != 0).and_then(peer_name),
            },
            rule: bundle.and_then(|bundle| bundle.rule(record.rule).map(RuleView::from)),
            isolated_by: match (bundle, reason) {
                (Some(bundle), Some(DropReason::NotAllowed)) => isolating(&bundle, record.row),
                _ => Vec::new(),
            },
            audit: (record.flags & PolicyEvent::AUDIT != 0)
                .then(|| AuditView::new(Verdict(record.shadow), bundle)),
        }
    }

    /// Whether the packet was dropped.
    pub const fn is_drop(&self) -> bool {
        self.reason.is_some()
    }

    /// Whether a pod or node of this name is at either end.
    pub fn concerns(&self, name: &str) -> bool {
        [&self.source, &self.destination]
            .into_iter()
            .any(|side| side.name.as_deref() == Some(name))
    }

    /// Why, in one phrase with file, line and column.
    pub fn because(&self) -> String {
        let rule = self.rule.as_ref();
        let text = |reason: &str| {
            let known = DropReason::ALL.iter().find(|known| known.name() == reason);
            known.map_or("for an unknown reason", |known| known.text())
        };
        match (self.reason, rule) {
            (None, Some(rule)) => format!("{rule} allows it"),
            (None, None) => "nothing isolates the pod".into(),
            (Some("not-allowed"), Some(rule)) => match self.isolated_by.len() {
                0 | 1 => format!("{rule} isolates the pod and no rule allows it"),
                n => format!(
                    "{rule} (and {} more) isolates the pod and no rule allows it",
                    n - 1
                ),
            },
            (Some("denied"), Some(rule)) => format!("{rule} denies it"),
            (Some(reason), _) => text(reason).into(),
        }
    }
}

impl AuditView {
    fn new(shadow: Verdict, bundle: Option<Bundle<'_>>) -> Self {
        Self {
            would: match shadow.action() {
                Action::Allow => "allow",
                Action::Deny | Action::NotAllowed => "deny",
            },
            rule: bundle.and_then(|bundle| bundle.rule(shadow.rule()).map(RuleView::from)),
        }
    }
}

/// `would be denied by KIND POLICY PLACE at FILE:LINE:COLUMN`.
impl fmt::Display for AuditView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let would = match self.would {
            "allow" => "would be allowed",
            _ => "would be denied",
        };
        match &self.rule {
            Some(rule) => write!(f, "{would} by {}", rule.in_full()),
            None => f.write_str(would),
        }
    }
}

/// A line for people.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.time.get(11..26).unwrap_or(&self.time);
        let verdict = match (&self.audit, self.is_drop()) {
            (Some(_), _) => "AUDIT    ",
            (None, true) => "DROPPED  ",
            (None, false) => "forwarded",
        };
        let (direction, protocol) = (self.direction, &self.protocol);
        let (source, destination) = (&self.source, &self.destination);
        write!(
            f,
            "{time} {verdict} {direction:7} {protocol:6} {source} -> {destination}: ",
        )?;
        match &self.audit {
            Some(audit) => write!(f, "{audit}; {} now: {}", self.verdict, self.because())?,
            None => f.write_str(&self.because())?,
        }
        let generation = self.generation;
        let again = if self.rejudged { ", judged again" } else { "" };
        write!(f, " (generation {generation}{again}")?;
        match self.suppressed {
            0 => f.write_str(")"),
            n => write!(f, ", {n} more like it not shown)"),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name} ")?;
        }
        match (self.port, self.address) {
            (0, address) => write!(f, "{address}"),
            (port, IpAddr::V4(address)) => write!(f, "{address}:{port}"),
            (port, IpAddr::V6(address)) => write!(f, "[{address}]:{port}"),
        }
    }
}

fn isolating(bundle: &Bundle<'_>, row: u32) -> Vec<RuleView> {
    bundle.isolating_rules(row).map(RuleView::from).collect()
}

/// Policy verdicts carry a rule; other numbers are protocols that policies cannot name.
fn protocol(number: u8) -> String {
    match Protocol::from_ip_number(number) {
        Protocol::Other => number.to_string(),
        known => known.name().into(),
    }
}

/// The address as the standard library knows it.
pub(crate) fn ip(address: Address) -> IpAddr {
    match address.ipv4() {
        Some(v4) => Ipv4Addr::from(v4).into(),
        None => Ipv6Addr::from(address.bytes).into(),
    }
}
