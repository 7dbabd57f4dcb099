//! Answers the loader's question about a slot: question and answer travel in `__sk_buff.cb`.
//!
//! Must not know conntrack or endpoints: a probe asks about a subject that need not run here.

use aya_ebpf::bindings::__sk_buff;
use ztc_abi::{
    Access, Direction, DropReason, Protocol, Verdict,
    probe::{CB_PEER, CB_REASON, CB_ROW, CB_SLOT, CB_VERDICT, EGRESS},
};

use crate::{
    conntrack::has_ports,
    identity,
    packet::{self, JUDGED, LATER, PASSES, Packet},
    policy,
};

/// Whether the packet would pass; verdict, peer and reason are written into the context.
#[inline(always)]
pub fn answer(skb: *mut __sk_buff) -> bool {
    // SAFETY: The kernel hands the program a valid context, whose `cb` programs may read.
    let (question, row) = unsafe { ((*skb).cb[CB_SLOT], (*skb).cb[CB_ROW]) };
    let mut found = Answer {
        verdict: 0,
        peer: 0,
        reason: 0,
    };
    if let Err(reason) = judge(skb, question, row, &mut found) {
        found.reason = reason as u32;
    }
    // SAFETY: As above, and programs may write it.
    unsafe {
        (*skb).cb[CB_VERDICT] = found.verdict;
        (*skb).cb[CB_PEER] = found.peer;
        (*skb).cb[CB_REASON] = found.reason;
    }
    found.reason == 0 && Verdict(found.verdict).is_allow()
}

struct Answer {
    verdict: u32,
    peer: u32,
    reason: u32,
}

#[inline(always)]
fn judge(
    skb: *mut __sk_buff,
    question: u32,
    row: u32,
    found: &mut Answer,
) -> Result<(), DropReason> {
    let slot = question & 1;
    let direction = if question & EGRESS != 0 {
        Direction::Egress
    } else {
        Direction::Ingress
    };
    let mut packet = Packet::EMPTY;
    let status = packet::read(skb, &mut packet);
    if status == PASSES {
        found.verdict = Verdict::BUILT_IN_ALLOW.0;
        return Ok(());
    }
    if status != JUDGED {
        found.reason = status;
        return Ok(());
    }
    if packet.fragment == LATER && has_ports(&packet) {
        return Err(DropReason::FragmentWithoutFirst);
    }
    let remote = match direction {
        Direction::Egress => &packet.destination,
        Direction::Ingress => &packet.source,
    };
    let peer = identity::find(slot, remote).ok_or(DropReason::IncompleteTables)?;
    found.peer = peer.peer;
    let access = Access {
        row,
        peer,
        protocol: Protocol::from_ip_number(packet.protocol),
        port: packet.destination_port,
    };
    let verdict = policy::judge(slot, &access).ok_or(DropReason::IncompleteTables)?;
    found.verdict = verdict.0;
    Ok(())
}
