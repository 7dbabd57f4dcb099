//! Three programs: what leaves a pod, what reaches it, and what the loader asks before a bundle
//! goes live. `ebpf/README.md` follows one packet through them.

#![no_std]
#![no_main]
// Inline assembly for BPF is not stable yet; neither is building `core` for it.
#![feature(asm_experimental_arch)]

mod conntrack;
mod events;
mod headers;
mod identity;
mod maps;
mod packet;
mod policy;
mod probe;
mod shadow;
mod trial;

use aya_ebpf::{bindings::TC_ACT_SHOT, macros::classifier, programs::TcContext};
use ztc_abi::Direction;

/// Lets the next program on the hook have its say; without one the packet passes (`TCX_NEXT`).
const NEXT: i32 = -1;

/// Attached to tcx ingress of a pod's host-side interface: what the pod sends. The pod is the
/// subject, the destination is the peer.
#[classifier]
pub fn ztc_from_pod(ctx: TcContext) -> i32 {
    action(trial::hold(ctx.skb.skb, Direction::Egress))
}

/// Attached to tcx egress of a pod's host-side interface: what the pod receives. The pod is the
/// subject, the source is the peer.
#[classifier]
pub fn ztc_to_pod(ctx: TcContext) -> i32 {
    action(trial::hold(ctx.skb.skb, Direction::Ingress))
}

/// Never attached; run by the loader on a slot that is not live.
#[classifier]
pub fn ztc_probe(ctx: TcContext) -> i32 {
    action(probe::answer(ctx.skb.skb))
}

/// The only place that turns anything into a tc action, so "drop" cannot be forgotten.
#[inline(always)]
fn action(passes: bool) -> i32 {
    if passes { NEXT } else { TC_ACT_SHOT as i32 }
}

#[cfg(not(test))]
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Which kernel functions a program may call depends on its licence.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
