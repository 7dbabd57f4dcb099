//! Replies and established flows.
//!
//! Must not know policies: it says whether a flow is known and who admitted it, and whether that
//! still holds is for others to judge.

use core::ptr::null_mut;

use aya_ebpf::{bindings::BPF_ANY, helpers::bpf_ktime_get_coarse_ns};
use ztc_abi::{
    Direction,
    conntrack::{Flow, FlowKey, FragmentKey, FragmentPorts},
};

use crate::{
    headers::{is_echo, is_echo_request},
    maps::{FLOWS, FRAGMENTS},
    packet::{FIN, ICMP, ICMPV6, Packet, RST, TCP, WHOLE},
};

/// Nanoseconds after which `last_seen` is written again: a write dirties a cache line that other
/// CPUs read.
const REFRESH: u64 = 1_000_000_000;

/// What is known of the flow that a packet belongs to.
pub struct Known {
    /// The flow, which this packet continues or replies to; null when there is none.
    ///
    /// Verifier: a null pointer it can follow through memory, an enum's tag it cannot.
    pub flow: *mut Flow,
    /// Without a flow: whether the packet starts one, once policy lets it pass. Otherwise it
    /// passes alone: ICMP other than an echo request, or a SYN against the direction of a running
    /// flow, which must not be able to turn that flow round.
    pub starts: bool,
}

impl Known {
    const STARTS: Self = Self {
        flow: null_mut(),
        starts: true,
    };
    const PASSES_ALONE: Self = Self {
        flow: null_mut(),
        starts: false,
    };
}

/// The monotonic clock to a few milliseconds, at a third of the price of the exact one.
#[inline(always)]
pub fn now() -> u64 {
    // SAFETY: The helper has no preconditions.
    unsafe { bpf_ktime_get_coarse_ns() }
}

/// The flow key of a packet that the endpoint behind `interface` sends or receives.
#[inline(always)]
pub fn key(packet: &Packet, interface: u32, direction: Direction) -> FlowKey {
    let mut key = FlowKey {
        local: packet.source.bytes(),
        remote: packet.destination.bytes(),
        interface,
        local_port: packet.source_port,
        remote_port: packet.destination_port,
        protocol: packet.protocol,
        zero: [0; 3],
    };
    if direction == Direction::Ingress {
        core::mem::swap(&mut key.local, &mut key.remote);
        core::mem::swap(&mut key.local_port, &mut key.remote_port);
    }
    if is_icmp(packet.protocol) {
        let asks = is_echo_request(packet.protocol, packet.destination_port);
        let pod_asked = asks == (direction == Direction::Egress);
        key.local_port = packet.source_port;
        key.remote_port = u16::from(!pod_asked);
    }
    key
}

/// Looks for the flow of a packet.
#[inline(always)]
pub fn known(packet: &Packet, key: &FlowKey, direction: Direction, now: u64) -> Known {
    let icmp = is_icmp(packet.protocol);
    if icmp && !is_echo(packet.protocol, packet.destination_port as u8) {
        return Known::PASSES_ALONE;
    }
    let flow = live(key, now);
    if flow.is_null() {
        let starts = !icmp || is_echo_request(packet.protocol, packet.destination_port);
        return Known { flow, starts };
    }
    // SAFETY: The map holds the entry for as long as the program runs. Race: when it is evicted
    // and reused meanwhile, another flow's answer is read, as in every eBPF conntrack.
    let (ending, original) = unsafe {
        (
            (*flow).flags & Flow::ENDING != 0,
            (*flow).direction == direction as u8,
        )
    };
    if packet.is_syn() {
        if ending {
            return Known::STARTS;
        }
        if !original {
            return Known::PASSES_ALONE;
        }
    }
    Known {
        flow,
        starts: false,
    }
}

/// The entry of a key; null without one, or when its time is over.
#[inline(always)]
pub fn live(key: &FlowKey, now: u64) -> *mut Flow {
    let Some(flow) = FLOWS.get_ptr_mut(key) else {
        return null_mut();
    };
    // SAFETY: As in `known`.
    let (last_seen, lifetime) = unsafe { ((*flow).last_seen, (*flow).lifetime(key.protocol)) };
    // Race: another CPU may have written a later time than ours.
    if now > last_seen && now - last_seen > lifetime {
        return null_mut();
    }
    flow
}

/// Notes what a packet of a known flow says of the flow's state.
///
/// # Safety
///
/// `flow` must come from [`known`] in this run of the program.
#[inline(always)]
pub unsafe fn touch(flow: *mut Flow, packet: &Packet, direction: Direction, now: u64) {
    // SAFETY: The caller's promise.
    let old = unsafe { *flow };
    let original = old.direction == direction as u8;
    let mut flags = old.flags;
    if !original {
        flags |= Flow::REPLIED;
    }
    flags = closing(flags, packet, original);
    if flags != old.flags {
        // SAFETY: The caller's promise. Race: a flag that another CPU sets just now may be lost,
        // and the next packet sets it again or the flow times out.
        unsafe { (*flow).flags = flags };
    }
    if now > old.last_seen && now - old.last_seen >= REFRESH {
        // SAFETY: The caller's promise.
        unsafe { (*flow).last_seen = now };
    }
}

#[inline(always)]
fn closing(flags: u8, packet: &Packet, original: bool) -> u8 {
    let mut flags = flags;
    if packet.tcp_flags & FIN != 0 {
        flags |= if original {
            Flow::FIN_ORIGINAL
        } else {
            Flow::FIN_REPLY
        };
    }
    let both = Flow::FIN_ORIGINAL | Flow::FIN_REPLY;
    if packet.tcp_flags & RST != 0 || flags & both == both {
        flags |= Flow::CLOSING;
    }
    flags
}

/// Remembers a flow that policy has just admitted; false when there is no room.
#[inline(always)]
pub fn remember(
    packet: &Packet,
    key: &FlowKey,
    direction: Direction,
    admitted: (u64, u32),
    now: u64,
) -> bool {
    let (generation, verdict) = admitted;
    let icmp_type = if is_icmp(packet.protocol) {
        packet.destination_port
    } else {
        0
    };
    let flow = Flow {
        generation,
        last_seen: now,
        verdict,
        icmp_type,
        direction: direction as u8,
        flags: closing(0, packet, true),
    };
    FLOWS.insert(key, flow, BPF_ANY as u64).is_ok()
}

/// Forgets a flow that policy no longer admits.
#[inline(always)]
pub fn forget(key: &FlowKey) {
    // Race: if another CPU was faster, the entry is gone, which is what we want.
    let _gone = FLOWS.remove(key);
}

/// Gives every fragment of a datagram the ports of the first; 0 when that was not seen.
///
/// Verifier: global, as `ztc_read_headers` is.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn ztc_fragments(packet: *mut Packet, interface: u32) -> u32 {
    // SAFETY: The caller passes a packet on its stack, or the verifier refuses it.
    let Some(packet) = (unsafe { packet.as_mut() }) else {
        return 0;
    };
    let key = FragmentKey {
        source: packet.source.bytes(),
        destination: packet.destination.bytes(),
        interface,
        identification: packet.identification,
        protocol: packet.protocol,
        zero: [0; 3],
    };
    if packet.fragment == crate::packet::FIRST {
        let ports = FragmentPorts {
            source: packet.source_port,
            destination: packet.destination_port,
        };
        // When it cannot be kept, the datagram's other fragments are dropped with their reason.
        let _kept = FRAGMENTS.insert(key, ports, BPF_ANY as u64);
        return 1;
    }
    // SAFETY: The value is copied at once.
    let Some(ports) = (unsafe { FRAGMENTS.get(key) }) else {
        return 0;
    };
    packet.source_port = ports.source;
    packet.destination_port = ports.destination;
    1
}

/// Whether fragments of this packet need the ports of the first.
#[inline(always)]
pub fn has_ports(packet: &Packet) -> bool {
    packet.fragment != WHOLE
        && matches!(
            packet.protocol,
            TCP | crate::packet::UDP | crate::packet::SCTP | ICMP | ICMPV6
        )
}

#[inline(always)]
pub const fn is_icmp(protocol: u8) -> bool {
    protocol == ICMP || protocol == ICMPV6
}
