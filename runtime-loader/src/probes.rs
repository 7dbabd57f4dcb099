//! The bundle's probes, asked of the kernel about a slot that is not live.
//!
//! Must not know what follows from a wrong answer.

use ztc_abi::{Address, Direction, Peer, PeerEntry, Protocol, Verdict};
use ztc_bundle::{Bundle, ProbeRecord};

use crate::{
    datapath::{Datapath, DatapathError},
    errors::{NotActivated, Question, Refused, verdict_text},
    events::ip,
    frame::Frame,
    probe::{self, Answer, Prober},
};

/// Asks every probe, and stops at the first wrong answer. Returns how many were asked.
///
/// `peers` are the exact addresses of the slot, ascending. An address that stands for something
/// else on this node than in the bundle, such as the node's own, is expected to be judged as that.
pub fn run(
    datapath: &Datapath,
    slot: u32,
    bundle: &Bundle<'_>,
    peers: &[(Address, PeerEntry)],
) -> Result<usize, NotActivated> {
    let prober = Prober::new(datapath)?;
    for (index, probe) in bundle.probes().iter().enumerate() {
        let question = Ask::new(&probe, bundle, peers);
        let frame = match question.frame().bytes() {
            Ok(frame) => frame,
            Err(DatapathError::Unsendable(problem)) => {
                let problem = problem.into();
                return Err(Refused::ProbeUnsendable { index, problem }.into());
            }
            Err(error) => return Err(error.into()),
        };
        let answer = prober.ask(slot, probe.row, question.direction, &frame)?;
        if !question.is_answered_by(&answer) {
            return Err(question.wrong(index, bundle, &answer).into());
        }
    }
    Ok(bundle.probes().len())
}

/// A probe, as it is to be asked on this node.
struct Ask {
    row: u32,
    address: Address,
    direction: Direction,
    protocol: Protocol,
    port: u16,
    peer: Peer,
    expected: Verdict,
}

impl Ask {
    fn new(probe: &ProbeRecord, bundle: &Bundle<'_>, peers: &[(Address, PeerEntry)]) -> Self {
        let address = Address {
            bytes: probe.address,
        };
        let protocol = Protocol::from_index(probe.protocol).unwrap_or(Protocol::Other);
        let here = peers.binary_search_by_key(&address, |(address, _)| *address);
        let here = here
            .ok()
            .and_then(|at| peers.get(at))
            .map(|(_, entry)| *entry);
        let here = here.filter(|entry| entry.peer != probe.peer);
        let elsewhere = || Verdict(probe.verdict);
        let judged = here.and_then(|entry| bundle.judge(probe.row, entry, protocol, probe.port));
        Self {
            row: probe.row,
            address,
            direction: Direction::from_number(probe.direction).unwrap_or(Direction::Ingress),
            protocol,
            port: probe.port,
            peer: Peer(here.map_or(probe.peer, |entry| entry.peer)),
            expected: judged.unwrap_or_else(elsewhere),
        }
    }

    fn frame(&self) -> Frame {
        probe::first_packet(self.direction, self.address, self.protocol, self.port)
    }

    fn is_answered_by(&self, answer: &Answer) -> bool {
        answer.reason.is_none()
            && answer.verdict == self.expected
            && answer.peer == self.peer
            && answer.passes == self.expected.is_allow()
    }

    fn wrong(&self, index: usize, bundle: &Bundle<'_>, answer: &Answer) -> Refused {
        let peer = |peer: Peer| match peer.reserved_name() {
            Some(name) => format!(", peer {name}"),
            None => format!(", peer {}", peer.0),
        };
        let answered = match answer.reason {
            Some(reason) => format!("it cannot be judged: {}", reason.text()),
            None => verdict_text(answer.verdict) + &peer(answer.peer),
        };
        Refused::WrongAnswer {
            index,
            probe: Question {
                subject: subject(bundle, self.direction, self.row),
                direction: self.direction,
                peer: ip(self.address),
                protocol: self.protocol,
                port: self.port,
            },
            expected: verdict_text(self.expected) + &peer(self.peer),
            answered,
        }
    }
}

/// A member of the first class with this row.
fn subject(bundle: &Bundle<'_>, direction: Direction, row: u32) -> String {
    let found = bundle.classes().iter().find(|class| match direction {
        Direction::Ingress => class.row_ingress == row || class.shadow_ingress == row,
        Direction::Egress => class.row_egress == row || class.shadow_egress == row,
    });
    found.map_or_else(
        || format!("row {row}"),
        |class| bundle.string(class.example).to_owned(),
    )
}
