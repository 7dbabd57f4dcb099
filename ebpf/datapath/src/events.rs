//! Counters, and records of new flows and drops; counts what it could not send.
//!
//! Must not decide anything: by the time it is called the packet's fate is settled.

use aya_ebpf::{bindings::BPF_ANY, helpers::bpf_ktime_get_ns};
use ztc_abi::{
    Verdict,
    event::{Counter, EventLimit, EventLimitKey, PolicyEvent},
    maps::{AUDITED, EVENTS_LOST},
};

use crate::{
    conntrack,
    maps::{EVENT_LIMITS, EVENTS, REASON_COUNTERS, RULE_COUNTERS},
    packet::{Packet, Words},
};

/// What is known of a packet's trial, filled in as it becomes known.
#[repr(C)]
pub struct Trial {
    pub generation: u64,
    pub interface: u32,
    pub class: u32,
    pub row: u32,
    pub peer: u32,
    pub verdict: u32,
    /// A drop reason, or 0.
    pub reason: u32,
    /// The direction that was judged.
    pub direction: u8,
    /// Bits of an event.
    pub flags: u8,
    pub zero: [u8; 2],
    /// The verdict if audited policies were enforced, where the flags say that it differs.
    pub shadow: u32,
}

/// Counts a packet under its reason, and under the rule that decided it.
///
/// A rule counts every packet that it let through or dropped: all of a flow, replies included.
#[inline(always)]
pub fn count(slot: u32, reason: u32, verdict: u32, n_bytes: u32) {
    add(REASON_COUNTERS.get_ptr_mut(reason), n_bytes);
    let rule = Verdict(verdict).rule();
    if rule != 0 {
        add(RULE_COUNTERS.get_value_ptr_mut(slot, &rule), n_bytes);
    }
}

/// Counts a packet that audited policies would have treated otherwise.
#[inline(always)]
pub fn count_audited(n_bytes: u32) {
    add(REASON_COUNTERS.get_ptr_mut(AUDITED), n_bytes);
}

#[inline(always)]
fn add(counter: Option<*mut Counter>, n_bytes: u32) {
    if let Some(counter) = counter {
        // SAFETY: A per-CPU slot of a live map. Race: an interrupt on this CPU may lose a packet
        // from the sum; a lock would cost every packet.
        unsafe {
            (*counter).packets += 1;
            (*counter).bytes += u64::from(n_bytes);
        }
    }
}

/// Sends one record, unless there were too many of its like, or no room.
///
/// Verifier: global, as `ztc_read_headers` is.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn ztc_report(trial: *const Trial, packet: *const Packet) -> u32 {
    // SAFETY: The caller passes both on its stack, or the verifier refuses it.
    let (Some(trial), Some(packet)) = (unsafe { (trial.as_ref(), packet.as_ref()) }) else {
        return 0;
    };
    let key = EventLimitKey {
        class: trial.class,
        peer: trial.peer,
        reason: match trial.flags & PolicyEvent::AUDIT {
            0 => trial.reason,
            _ => trial.reason | EventLimitKey::AUDIT,
        },
    };
    let limit = EVENT_LIMITS.get_ptr_mut(key);
    let Some(suppressed) = admitted(&key, limit) else {
        return 0;
    };
    let Some(mut entry) = EVENTS.reserve(0) else {
        add(REASON_COUNTERS.get_ptr_mut(EVENTS_LOST), 0);
        if let Some(limit) = limit {
            // SAFETY: The entry is in the map for as long as the program runs.
            unsafe { (*limit).suppressed = suppressed + 1 };
        }
        return 0;
    };
    entry.write(PolicyEvent {
        // SAFETY: The helper has no preconditions.
        time: unsafe { bpf_ktime_get_ns() },
        generation: trial.generation,
        source: address(&packet.source),
        destination: address(&packet.destination),
        interface: trial.interface,
        class: trial.class,
        row: trial.row,
        peer: trial.peer,
        rule: Verdict(trial.verdict).rule(),
        shadow: trial.shadow,
        suppressed,
        source_port: packet.source_port,
        destination_port: packet.destination_port,
        protocol: packet.protocol,
        direction: trial.direction,
        reason: trial.reason as u8,
        flags: trial.flags,
        zero: 0,
    });
    entry.submit(0);
    1
}

#[inline(always)]
fn address(words: &Words) -> [u8; 16] {
    words.bytes()
}

/// Whether an event may be sent, and how many of its like were held back since the last.
///
/// Race: two CPUs may both take the last place of a window, or count one suppressed event once.
#[inline(always)]
fn admitted(key: &EventLimitKey, limit: Option<*mut EventLimit>) -> Option<u32> {
    let now = conntrack::now();
    let Some(limit) = limit else {
        let first = EventLimit {
            window: now,
            sent: 1,
            suppressed: 0,
        };
        // Without room for the limit the event is sent all the same.
        let _kept = EVENT_LIMITS.insert(key, first, BPF_ANY as u64);
        return Some(0);
    };
    // SAFETY: The entry is in the map for as long as the program runs.
    unsafe {
        if now > (*limit).window && now - (*limit).window >= EventLimit::WINDOW {
            (*limit).window = now;
            (*limit).sent = 0;
        }
        if (*limit).sent >= EventLimit::BURST {
            (*limit).suppressed += 1;
            return None;
        }
        (*limit).sent += 1;
        let suppressed = (*limit).suppressed;
        (*limit).suppressed = 0;
        Some(suppressed)
    }
}
