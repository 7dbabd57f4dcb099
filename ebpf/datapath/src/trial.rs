//! One packet from the wire to its fate: the steps that both directions take.
//!
//! Must not know precedence (`policy`), bytes (`headers`) or how flows are kept (`conntrack`).

use aya_ebpf::bindings::__sk_buff;
use ztc_abi::{
    Access, Action, Direction, DropReason, Peer, Protocol, Verdict,
    conntrack::{Flow, FlowKey},
    event::PolicyEvent,
    identity::EndpointEntry,
};

use crate::{
    conntrack::{self, Known},
    events::{self, Trial},
    headers, identity,
    maps::{ENDPOINTS, GENERATION},
    packet::{self, JUDGED, PASSES, Packet, WHOLE, Words},
    policy, shadow,
};

/// Whether anyone is told of a packet that passes.
enum Pass {
    /// Nobody: a link needs it, or its flow was reported when it began.
    Quietly,
    /// A new flow, a packet that is judged alone, or an old flow that audited policies would end.
    Judged,
}

/// The flow that a packet belongs to, or may start.
struct Belongs {
    key: FlowKey,
    known: Known,
    /// Whether the packet is of the flow itself; an ICMP error about it is not.
    own: bool,
}

/// Tries one packet; whether it passes.
#[inline(always)]
pub fn hold(skb: *mut __sk_buff, direction: Direction) -> bool {
    let generation = generation();
    // SAFETY: The kernel hands the program a valid context.
    let (interface, n_bytes) = unsafe { ((*skb).ifindex, (*skb).len) };
    let mut packet = Packet::EMPTY;
    let mut trial = Trial {
        generation,
        interface,
        class: 0,
        row: 0,
        peer: 0,
        verdict: 0,
        reason: 0,
        direction: direction as u8,
        flags: 0,
        zero: [0; 2],
        shadow: 0,
    };
    let outcome = judge(skb, direction, &mut packet, &mut trial);
    let (passes, told) = match outcome {
        Ok(Pass::Quietly) => (true, false),
        Ok(Pass::Judged) => (true, true),
        // Fail closed: a packet that could not be judged is a packet that nobody allowed.
        Err(reason) => {
            trial.reason = reason;
            (false, true)
        }
    };
    events::count(slot_of(generation), trial.reason, trial.verdict, n_bytes);
    if told {
        if trial.flags & PolicyEvent::AUDIT != 0 {
            events::count_audited(n_bytes);
        }
        events::ztc_report(&raw const trial, &raw const packet);
    }
    passes
}

/// The live generation; 0 when no bundle was ever loaded.
///
/// Race: read once, and volatile so that the compiler cannot read it twice. Every later look-up of
/// this packet uses the same slot, and the loader waits for running programs before it clears one.
#[inline(always)]
fn generation() -> u64 {
    let Some(word) = GENERATION.get_ptr(0) else {
        return 0;
    };
    // SAFETY: The one element of an array map, which lives as long as the program.
    unsafe { word.read_volatile() }
}

#[inline(always)]
const fn slot_of(generation: u64) -> u32 {
    (generation & 1) as u32
}

/// The steps, in order; an error is the number of a drop reason.
#[inline(always)]
fn judge(
    skb: *mut __sk_buff,
    direction: Direction,
    packet: &mut Packet,
    trial: &mut Trial,
) -> Result<Pass, u32> {
    // 1. Read what we need; refuse what we cannot read; let pass what links need.
    let status = packet::read(skb, packet);
    if status == PASSES {
        return Ok(Pass::Quietly);
    }
    if status != JUDGED {
        return Err(status);
    }
    // 2. Whose packet is it, and is it what it claims to be?
    let endpoint = endpoint(trial)?;
    if direction == Direction::Egress && !owns(endpoint, &packet.source) {
        return Err(DropReason::InvalidSource as u32);
    }
    if packet.fragment != WHOLE
        && conntrack::has_ports(packet)
        && conntrack::ztc_fragments(packet, trial.interface) == 0
    {
        return Err(DropReason::FragmentWithoutFirst as u32);
    }
    // 3. Replies and established flows were judged when the flow began.
    let now = conntrack::now();
    let belongs = belongs(skb, packet, trial.interface, direction, now);
    let flow = belongs.known.flow;
    if !flow.is_null() {
        if belongs.own {
            // SAFETY: `belongs` has just found it.
            unsafe { conntrack::touch(flow, packet, direction, now) };
        }
        // SAFETY: As above.
        let old = unsafe { *flow };
        if old.generation == trial.generation {
            trial.verdict = old.verdict;
            return Ok(Pass::Quietly);
        }
        // The record will speak of the flow, not of the packet that happened to be next.
        first_packet(packet, &belongs.key, &old);
        trial.direction = old.direction;
        trial.flags = PolicyEvent::REJUDGED;
    }
    // 4. Who is on the other side, and what does the live generation say?
    let judged = direction_of(trial.direction);
    let verdict = ask(packet, judged, endpoint, trial)?;
    // 5. Remember it.
    conclude(packet, trial, &belongs, verdict, now)
}

/// The endpoint behind the interface, in the live slot.
#[inline(always)]
fn endpoint(trial: &mut Trial) -> Result<&'static EndpointEntry, u32> {
    let endpoints = ENDPOINTS
        .get(slot_of(trial.generation))
        .ok_or(DropReason::NoPolicy as u32)?;
    // SAFETY: Entries of an inner map never change once its slot is live, see `swap.rs`.
    let endpoint = unsafe { endpoints.get(trial.interface) }.ok_or(DropReason::NoPolicy as u32)?;
    trial.class = endpoint.class;
    if endpoint.class == Peer::UNCLASSIFIED.0 {
        return Err(DropReason::Unclassified as u32);
    }
    Ok(endpoint)
}

/// Whether an address is one of the endpoint's.
#[inline(always)]
fn owns(endpoint: &EndpointEntry, address: &Words) -> bool {
    if address.is_ipv4() {
        let own = u32::from_le_bytes(endpoint.ipv4);
        own != 0 && own == address.low()
    } else {
        let own = Words::from_bytes(&endpoint.ipv6);
        own != Words::ZERO && own == *address
    }
}

/// Finds the flow of a packet, or of the packet that an ICMP error quotes.
#[inline(always)]
fn belongs(
    skb: *mut __sk_buff,
    packet: &Packet,
    interface: u32,
    direction: Direction,
    now: u64,
) -> Belongs {
    let mut key = FlowKey::default();
    if packet.quoted_at != 0
        && ztc_quoted_key(skb, packet, interface, direction as u32, &raw mut key) != 0
    {
        let flow = conntrack::live(&key, now);
        if !flow.is_null() {
            return Belongs {
                key,
                known: Known {
                    flow,
                    starts: false,
                },
                own: false,
            };
        }
    }
    key = conntrack::key(packet, interface, direction);
    let known = conntrack::known(packet, &key, direction, now);
    Belongs {
        key,
        known,
        own: true,
    }
}

/// The key of the flow that an ICMP error is about; 0 when it cannot be told.
///
/// Verifier: global, as `ztc_read_headers` is; and the quoted packet is on a stack of its own.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn ztc_quoted_key(
    skb: *mut __sk_buff,
    packet: *const Packet,
    interface: u32,
    direction: u32,
    key: *mut FlowKey,
) -> u32 {
    // SAFETY: The caller passes both on its stack, or the verifier refuses it.
    let (Some(packet), Some(key)) = (unsafe { (packet.as_ref(), key.as_mut()) }) else {
        return 0;
    };
    let mut quoted = Packet::EMPTY;
    if !headers::read_quoted(skb, packet.quoted_at, packet.protocol, &mut quoted) {
        return 0;
    }
    // What is quoted went the other way.
    let opposite = match direction_of(direction as u8) {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    };
    *key = conntrack::key(&quoted, interface, opposite);
    1
}

/// Writes the flow's first packet over the one at hand.
#[inline(always)]
fn first_packet(packet: &mut Packet, key: &FlowKey, flow: &Flow) {
    let local = Words::from_bytes(&key.local);
    let remote = Words::from_bytes(&key.remote);
    packet.protocol = key.protocol;
    if flow.direction() == Direction::Egress {
        packet.source = local;
        packet.destination = remote;
        packet.source_port = key.local_port;
        packet.destination_port = key.remote_port;
    } else {
        packet.source = remote;
        packet.destination = local;
        packet.source_port = key.remote_port;
        packet.destination_port = key.local_port;
    }
    if conntrack::is_icmp(key.protocol) {
        packet.source_port = key.local_port;
        packet.destination_port = flow.icmp_type;
    }
}

#[inline(always)]
const fn direction_of(number: u8) -> Direction {
    if number == Direction::Egress as u8 {
        Direction::Egress
    } else {
        Direction::Ingress
    }
}

/// Asks the live generation.
#[inline(always)]
fn ask(
    packet: &Packet,
    direction: Direction,
    endpoint: &EndpointEntry,
    trial: &mut Trial,
) -> Result<Verdict, u32> {
    let slot = slot_of(trial.generation);
    let remote = match direction {
        Direction::Egress => &packet.destination,
        Direction::Ingress => &packet.source,
    };
    let (row, shadow_row) = (endpoint.row(direction), endpoint.shadow_row(direction));
    trial.row = row;
    let peer = identity::find(slot, remote).ok_or(DropReason::IncompleteTables as u32)?;
    trial.peer = peer.peer;
    let access = Access {
        row,
        peer,
        protocol: Protocol::from_ip_number(packet.protocol),
        port: packet.destination_port,
    };
    let verdict = policy::judge(slot, &access).ok_or(DropReason::IncompleteTables as u32)?;
    trial.verdict = verdict.0;
    if shadow_row != row {
        let other = shadow::judge(slot, shadow_row, &access);
        if other.is_allow() != verdict.is_allow() {
            trial.shadow = other.0;
            trial.flags |= PolicyEvent::AUDIT;
        }
    }
    Ok(verdict)
}

/// Lets the flow table know, and says what happens to the packet.
#[inline(always)]
fn conclude(
    packet: &Packet,
    trial: &mut Trial,
    belongs: &Belongs,
    verdict: Verdict,
    now: u64,
) -> Result<Pass, u32> {
    let flow = belongs.known.flow;
    if !verdict.is_allow() {
        if !flow.is_null() {
            conntrack::forget(&belongs.key);
        }
        return Err(match verdict.action() {
            Action::NotAllowed => DropReason::NotAllowed as u32,
            _ => DropReason::Denied as u32,
        });
    }
    if !flow.is_null() {
        // SAFETY: `belongs` has found it in this run of the program.
        unsafe {
            (*flow).generation = trial.generation;
            (*flow).verdict = verdict.0;
        }
        return Ok(match trial.flags & PolicyEvent::AUDIT {
            0 => Pass::Quietly,
            _ => Pass::Judged,
        });
    }
    if belongs.known.starts {
        let admitted = (trial.generation, verdict.0);
        let direction = direction_of(trial.direction);
        if !conntrack::remember(packet, &belongs.key, direction, admitted, now) {
            // Audited policies would not have let it pass either.
            trial.flags &= !PolicyEvent::AUDIT;
            trial.shadow = 0;
            return Err(DropReason::FlowTableFull as u32);
        }
    }
    Ok(Pass::Judged)
}
