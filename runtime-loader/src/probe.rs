//! Asks the kernel about a slot: a real packet through the real parser, tables and `decide()`.
//!
//! Must not know what the answer should be.

use aya::programs::{SchedClassifier, TestRun as _, TestRunOptions};
use ztc_abi::{
    Address, Direction, DropReason, Peer, Protocol, Verdict,
    probe::{CB_PEER, CB_REASON, CB_ROW, CB_SLOT, CB_VERDICT, EGRESS},
};

use crate::{
    datapath::{Datapath, PROBE, Result},
    frame::Frame,
};

/// The subject's side of a question. No policy sees it: the row says who the subject is.
const SUBJECT_V4: Address = Address::from_ipv4([192, 0, 2, 1]);
/// The same for IPv6.
const SUBJECT_V6: Address =
    Address::from_ipv6([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
/// The port of the side that asks; no policy sees it either.
const CLIENT_PORT: u16 = 40_000;

/// The packet that a question is about: the first of a flow between some subject and a peer.
pub const fn first_packet(
    direction: Direction,
    peer: Address,
    protocol: Protocol,
    port: u16,
) -> Frame {
    let subject = match peer.ipv4() {
        Some(_) => SUBJECT_V4,
        None => SUBJECT_V6,
    };
    let (source, destination) = match direction {
        Direction::Ingress => (peer, subject),
        Direction::Egress => (subject, peer),
    };
    Frame::first(source, destination, protocol, CLIENT_PORT, port)
}

/// At least the bytes of `struct __sk_buff` (192 in Linux 6.18, and it grows): the kernel refuses
/// to answer into less, and takes more as long as it is zero.
const CONTEXT_BYTES: usize = 256;
/// Where `cb` is in it.
const CB_AT: usize = 48;

/// What the kernel says of one packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The verdict, meaningless when there is a reason.
    pub verdict: Verdict,
    /// The peer that was found; 0 when none was looked for.
    pub peer: Peer,
    /// Why the packet could not be judged.
    pub reason: Option<DropReason>,
    /// Whether the program let it pass.
    pub passes: bool,
}

/// Runs packets through the probe program.
#[derive(Debug)]
pub struct Prober {
    program: SchedClassifier,
}

impl Prober {
    /// The prober of a datapath.
    pub fn new(datapath: &Datapath) -> Result<Self> {
        Ok(Self {
            program: datapath.program(PROBE)?,
        })
    }

    /// Asks one slot about one packet that the subject with this row sends or receives.
    pub fn ask(&self, slot: u32, row: u32, direction: Direction, packet: &[u8]) -> Result<Answer> {
        let question = match direction {
            Direction::Ingress => slot & 1,
            Direction::Egress => slot & 1 | EGRESS,
        };
        let mut context = [0; CONTEXT_BYTES];
        put(&mut context, CB_SLOT, question);
        put(&mut context, CB_ROW, row);
        let mut answered = [0; CONTEXT_BYTES];
        let mut options = TestRunOptions::new();
        options.data_in = Some(packet);
        options.ctx_in = Some(&context);
        options.ctx_out = Some(&mut answered);
        let result = self.program.test_run(options)?;
        Ok(Answer {
            verdict: Verdict(word(&answered, CB_VERDICT)),
            peer: Peer(word(&answered, CB_PEER)),
            reason: u8::try_from(word(&answered, CB_REASON))
                .ok()
                .and_then(DropReason::from_number),
            passes: result.return_value != TC_ACT_SHOT,
        })
    }
}

/// What the programs return for a drop.
pub const TC_ACT_SHOT: u32 = 2;

fn put(context: &mut [u8], index: usize, value: u32) {
    let at = CB_AT + index * 4;
    if let Some(bytes) = context.get_mut(at..at + 4) {
        bytes.copy_from_slice(&value.to_le_bytes());
    }
}

fn word(context: &[u8], index: usize) -> u32 {
    let at = CB_AT + index * 4;
    let bytes = context.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
}
