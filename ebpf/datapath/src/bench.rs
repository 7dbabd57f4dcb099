//! Programs that only the benchmarks load: what the datapath is measured against.
//!
//! All take the subject's row from the context, as `ztc_probe` does, and read slot 0.

#![no_std]
#![no_main]
// Inline assembly for BPF is not stable yet; neither is building `core` for it.
#![feature(asm_experimental_arch)]
#![expect(
    dead_code,
    reason = "the datapath's modules hold more than the benchmarks call"
)]

mod headers;
mod identity;
mod maps;
mod packet;
mod policy;

use aya_ebpf::{
    btf_maps::{LpmTrie, lpm_trie::Key},
    macros::{btf_map, classifier},
    programs::TcContext,
};
use ztc_abi::{Access, Protocol, probe::CB_ROW};

use crate::packet::{JUDGED, Packet};

/// Cilium's ipcache key after the prefix length: cluster, pad, family, address.
type IpcacheKey = [u32; 5];
/// Cilium's policy key after the prefix length: identity, direction, protocol and port.
type PolicyKey = [u32; 2];
/// Cilium's policy value: proxy port, flags, auth; precedence; cookie.
type PolicyValue = [u32; 3];

#[btf_map]
static IPCACHE: LpmTrie<IpcacheKey, [u32; 6], 524_288> = LpmTrie::new();

#[btf_map]
static POLICY: LpmTrie<PolicyKey, PolicyValue, 65_536> = LpmTrie::new();

/// Nothing: what running a program costs.
#[classifier]
pub fn bench_empty(_ctx: TcContext) -> i32 {
    0
}

/// Reads the packet.
#[classifier]
pub fn bench_parse(ctx: TcContext) -> i32 {
    let mut packet = Packet::EMPTY;
    i32::from(packet::read(ctx.skb.skb, &mut packet) != JUDGED)
}

/// Reads the packet, finds its source as the peer, and asks `decide()`.
#[classifier]
pub fn bench_decide(ctx: TcContext) -> i32 {
    i32::from(decided(&ctx).is_none())
}

#[inline(always)]
fn decided(ctx: &TcContext) -> Option<()> {
    let mut packet = Packet::EMPTY;
    if packet::read(ctx.skb.skb, &mut packet) != JUDGED {
        return None;
    }
    // SAFETY: The kernel hands the program a valid context, whose `cb` programs may read.
    let row = unsafe { (*ctx.skb.skb).cb[CB_ROW] };
    let peer = identity::find(0, &packet.source)?;
    let access = Access {
        row,
        peer,
        protocol: Protocol::from_ip_number(packet.protocol),
        port: packet.destination_port,
    };
    policy::judge(0, &access)?.is_allow().then_some(())
}

/// Reads the packet, finds its source in the ipcache, and does the two policy look-ups of Cilium's
/// datapath: the identity, then any identity; the row of higher precedence wins.
#[classifier]
pub fn bench_lpm(ctx: TcContext) -> i32 {
    i32::from(looked_up(&ctx).is_none())
}

#[inline(always)]
fn looked_up(ctx: &TcContext) -> Option<()> {
    let mut packet = Packet::EMPTY;
    if packet::read(ctx.skb.skb, &mut packet) != JUDGED {
        return None;
    }
    let family = if packet.source.is_ipv4() { 1 } else { 2 };
    let [high, low] = packet.source.0;
    let address = match family {
        1 => [packet.source.low(), 0, 0, 0],
        _ => [
            high as u32,
            (high >> 32) as u32,
            low as u32,
            (low >> 32) as u32,
        ],
    };
    let [a, b, c, d] = address;
    let ipcache = Key::new(
        if family == 1 { 64 } else { 160 },
        [family << 24, a, b, c, d],
    );
    let [identity, ..] = *IPCACHE.get(&ipcache)?;
    let port = u32::from(packet.destination_port.to_be()) << 16;
    let service = port | u32::from(packet.protocol) << 8;
    let exact = POLICY.get(&Key::new(64, [identity, service]));
    if let Some([_, precedence, _]) = exact
        && *precedence == u32::MAX
    {
        return None;
    }
    let any = POLICY.get(&Key::new(64, [0, service]));
    let [flags, ..] = match (exact, any) {
        (Some(exact), Some(any)) if wins(any, exact) => any,
        (Some(exact), _) => exact,
        (None, Some(any)) => any,
        (None, None) => return None,
    };
    (flags & 1 << 16 == 0).then_some(())
}

/// Whether the row of any identity goes before the exact one's.
#[inline(always)]
fn wins(any: &PolicyValue, exact: &PolicyValue) -> bool {
    let length = |row: &PolicyValue| row[0] >> 19 & 0x1f;
    any[1] > exact[1] || any[1] == exact[1] && length(any) > length(exact)
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
