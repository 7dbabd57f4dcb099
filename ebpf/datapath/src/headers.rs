//! From the bytes of a packet to a [`Packet`], header by header.
//!
//! Must not know policies or maps. Whatever contradicts itself is refused here, so that nobody
//! later has to wonder which of two readings the receiver will take.

use aya_ebpf::bindings::__sk_buff;
use ztc_abi::DropReason;

use crate::packet::{
    Cursor, FIRST, Header, ICMP, ICMPV6, JUDGED, LATER, PASSES, Packet, SCTP, TCP, UDP, WHOLE,
    Words,
};

/// As many bytes as are ever pulled into the linear part: all headers that we follow.
pub const MAX_HEADERS: u32 = 512;

const ETHERNET_BYTES: usize = 14;
const ETHER_IPV4: u16 = 0x0800;
const ETHER_ARP: u16 = 0x0806;
const ETHER_IPV6: u16 = 0x86dd;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION_OPTIONS: u8 = 60;
/// Extension headers that we follow before giving up (RFC 8200 allows about six).
const MAX_EXTENSIONS: usize = 8;

/// Reads the packet from its Ethernet header on.
///
/// Verifier: an exported function is a global one, verified once and for itself, so that its many
/// paths are not multiplied with those of its callers (Linux 5.6, commit 51c39bb1d5d1). It has to
/// take pointers that may be null.
#[inline(never)]
#[unsafe(no_mangle)]
pub extern "C" fn ztc_read_headers(skb: *mut __sk_buff, packet: *mut Packet) -> u32 {
    // SAFETY: The caller passes a packet on its stack, or the verifier refuses it.
    let Some(packet) = (unsafe { packet.as_mut() }) else {
        return DropReason::Truncated as u32;
    };
    match ethernet(skb, packet) {
        Ok(status) => status,
        Err(reason) => reason as u32,
    }
}

#[inline(always)]
fn ethernet(skb: *mut __sk_buff, packet: &mut Packet) -> Result<u32, DropReason> {
    let mut cursor = Cursor::new(skb);
    let link = cursor.take(ETHERNET_BYTES)?;
    // SAFETY: The kernel hands the program a valid context.
    let (n_bytes, tagged) = unsafe { ((*skb).len, (*skb).vlan_present) };
    if tagged != 0 {
        // Pods have no VLANs, and no policy can speak of one.
        return Err(DropReason::NotIp);
    }
    let n_bytes = n_bytes.wrapping_sub(ETHERNET_BYTES as u32);
    match link.u16::<12>() {
        ETHER_IPV4 => ipv4(&mut cursor, n_bytes, ETHERNET_BYTES as u32, packet),
        ETHER_IPV6 => ipv6(&mut cursor, n_bytes, ETHERNET_BYTES as u32, packet),
        ETHER_ARP => Ok(PASSES),
        _ => Err(DropReason::NotIp),
    }
}

/// An IPv4 header and what follows. `n_bytes` is what the frame holds from this header on.
#[inline(always)]
fn ipv4(
    cursor: &mut Cursor,
    n_bytes: u32,
    at: u32,
    packet: &mut Packet,
) -> Result<u32, DropReason> {
    let header = cursor.take(20)?;
    let first = header.u8::<0>();
    let n_header = u32::from(first & 0x0f) * 4;
    let n_total = u32::from(header.u16::<2>());
    if first >> 4 != 4 || n_header < 20 {
        return Err(DropReason::BadHeader);
    }
    let n_payload = payload(n_total, n_header, n_bytes)?;
    packet.source = header.ipv4::<12>();
    packet.destination = header.ipv4::<16>();
    packet.protocol = header.u8::<9>();
    let fragment = header.u16::<6>();
    if fragment & 0x3fff != 0 {
        packet.identification = u32::from(header.u16::<4>());
        packet.fragment = fragment_kind(packet.protocol, fragment & 0x1fff)?;
    }
    cursor.skip(n_header as usize - 20);
    if packet.protocol == ICMPV6 {
        return Err(DropReason::UnknownProtocol);
    }
    transport(cursor, n_payload, at + n_header, packet)
}

/// Bytes after an IPv4 header. A total of 0 is what offloads write when it does not fit.
#[inline(always)]
fn payload(n_total: u32, n_header: u32, n_bytes: u32) -> Result<u32, DropReason> {
    let n_total = if n_total == 0 && n_bytes > 0xffff {
        n_bytes
    } else {
        n_total
    };
    if n_total < n_header {
        return Err(DropReason::BadHeader);
    }
    if n_total > n_bytes {
        return Err(DropReason::Truncated);
    }
    Ok(n_total - n_header)
}

/// Which fragment it is. One that would overwrite the TCP ports or flags of the first is refused
/// (RFC 3128).
#[inline(always)]
fn fragment_kind(protocol: u8, offset: u16) -> Result<u8, DropReason> {
    match offset {
        0 => Ok(FIRST),
        1 | 2 if protocol == TCP => Err(DropReason::BadHeader),
        _ => Ok(LATER),
    }
}

/// An IPv6 header, its extension headers and what follows.
#[inline(always)]
fn ipv6(
    cursor: &mut Cursor,
    n_bytes: u32,
    at: u32,
    packet: &mut Packet,
) -> Result<u32, DropReason> {
    let header = cursor.take(40)?;
    if header.u8::<0>() >> 4 != 6 {
        return Err(DropReason::BadHeader);
    }
    let n_total = u32::from(header.u16::<4>()) + 40;
    let n_total = if n_total == 40 && n_bytes > 0xffff {
        n_bytes
    } else {
        n_total
    };
    if n_total > n_bytes {
        return Err(DropReason::Truncated);
    }
    packet.source = header.ipv6::<8, 16>();
    packet.destination = header.ipv6::<24, 32>();
    if packet.source.is_ipv4() || packet.destination.is_ipv4() {
        return Err(DropReason::MappedAddress);
    }
    let n_extensions = extensions(cursor, header.u8::<6>(), packet)?;
    if packet.protocol == ICMP {
        return Err(DropReason::UnknownProtocol);
    }
    if n_extensions + 40 > n_total {
        return Err(DropReason::Truncated);
    }
    transport(
        cursor,
        n_total - 40 - n_extensions,
        at + 40 + n_extensions,
        packet,
    )
}

/// Follows extension headers to the transport protocol; how many bytes they take.
#[inline(always)]
fn extensions(cursor: &mut Cursor, next: u8, packet: &mut Packet) -> Result<u32, DropReason> {
    let mut next = next;
    let mut n_bytes = 0;
    for _ in 0..MAX_EXTENSIONS {
        let n_header = match next {
            HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS | AUTHENTICATION => {
                let header = cursor.take(8)?;
                let n_header = extension_length(next, header)?;
                next = header.u8::<0>();
                n_header
            }
            FRAGMENT => {
                let header = cursor.take(8)?;
                let place = header.u16::<2>();
                next = header.u8::<0>();
                // An "atomic" fragment is the whole datagram (RFC 6946).
                if place & 0xfff9 != 0 {
                    packet.identification = header.u32::<4>();
                    packet.fragment = fragment_kind(next, place >> 3)?;
                }
                if packet.fragment == LATER {
                    packet.protocol = next;
                    return Ok(n_bytes + 8);
                }
                8
            }
            _ => {
                packet.protocol = next;
                return Ok(n_bytes);
            }
        };
        cursor.skip(n_header as usize - 8);
        n_bytes += n_header;
    }
    Err(DropReason::BadExtensionHeader)
}

/// The length of an extension header, 8 at least.
#[inline(always)]
fn extension_length(kind: u8, header: Header) -> Result<u32, DropReason> {
    let length = u32::from(header.u8::<1>());
    match kind {
        // A router on the way would change the destination after we have judged it.
        ROUTING if header.u8::<3>() != 0 => Err(DropReason::BadExtensionHeader),
        AUTHENTICATION if length == 0 => Err(DropReason::BadExtensionHeader),
        AUTHENTICATION => Ok((length + 2) * 4),
        _ => Ok((length + 1) * 8),
    }
}

/// The ports, or what stands in their place.
#[inline(always)]
fn transport(
    cursor: &mut Cursor,
    n_bytes: u32,
    at: u32,
    packet: &mut Packet,
) -> Result<u32, DropReason> {
    if packet.fragment == LATER {
        return Ok(JUDGED);
    }
    match packet.protocol {
        TCP => {
            let header = enough(cursor, n_bytes, 20)?;
            let n_header = u32::from(header.u8::<12>() >> 4) * 4;
            if n_header < 20 || (n_header > n_bytes && packet.fragment == WHOLE) {
                return Err(DropReason::BadHeader);
            }
            packet.tcp_flags = header.u8::<13>();
            ports(header, packet);
        }
        UDP => {
            let header = enough(cursor, n_bytes, 8)?;
            let length = u32::from(header.u16::<4>());
            // 0 is what offloads and jumbograms write.
            if length != 0 && length < 8 {
                return Err(DropReason::BadHeader);
            }
            ports(header, packet);
        }
        SCTP => ports(enough(cursor, n_bytes, 12)?, packet),
        ICMP | ICMPV6 => return icmp(enough(cursor, n_bytes, 8)?, at, packet),
        _ => {}
    }
    Ok(JUDGED)
}

#[inline(always)]
fn enough(cursor: &mut Cursor, n_bytes: u32, n_wanted: u32) -> Result<Header, DropReason> {
    if n_bytes < n_wanted {
        return Err(DropReason::Truncated);
    }
    cursor.take(n_wanted as usize)
}

#[inline(always)]
fn ports(header: Header, packet: &mut Packet) {
    packet.source_port = header.u16::<0>();
    packet.destination_port = header.u16::<2>();
}

#[inline(always)]
fn icmp(header: Header, at: u32, packet: &mut Packet) -> Result<u32, DropReason> {
    let (kind, code) = (header.u8::<0>(), header.u8::<1>());
    packet.destination_port = u16::from(kind);
    if is_echo(packet.protocol, kind) {
        packet.source_port = header.u16::<4>();
    }
    if packet.fragment != WHOLE {
        return Ok(JUDGED);
    }
    let needed = match packet.protocol {
        ICMP => kind == 3 && code == 4,
        _ => (133..=137).contains(&kind) || is_listener_report(kind, packet),
    };
    if needed {
        return Ok(PASSES);
    }
    if is_error(packet.protocol, kind) {
        packet.quoted_at = at + 8;
    }
    Ok(JUDGED)
}

/// A report of multicast listeners (RFC 2710, RFC 3810) that stays on the link: a pod sends them as
/// soon as it has an interface, before it has an address.
#[inline(always)]
fn is_listener_report(kind: u8, packet: &Packet) -> bool {
    let source = packet.source;
    matches!(kind, 131 | 132 | 143)
        && packet.destination.is_link_multicast()
        && (source == Words::ZERO || source.is_link_local())
}

/// Echo request or reply.
#[inline(always)]
pub const fn is_echo(protocol: u8, kind: u8) -> bool {
    match protocol {
        ICMP => kind == 8 || kind == 0,
        _ => kind == 128 || kind == 129,
    }
}

/// Echo request.
#[inline(always)]
pub const fn is_echo_request(protocol: u8, kind: u16) -> bool {
    match protocol {
        ICMP => kind == 8,
        _ => kind == 128,
    }
}

#[inline(always)]
const fn is_error(protocol: u8, kind: u8) -> bool {
    match protocol {
        ICMP => kind == 3 || kind == 11 || kind == 12,
        _ => kind >= 1 && kind <= 4,
    }
}

/// Reads the packet that an ICMP error quotes; false when it cannot be told which flow it is of.
///
/// Only its addresses and the first eight bytes of its transport header need to be there. Quoted
/// extension headers are not followed: the error is then judged like any other ICMP message.
#[inline(always)]
pub fn read_quoted(skb: *mut __sk_buff, at: u32, protocol: u8, packet: &mut Packet) -> bool {
    quoted(skb, at, protocol, packet).is_ok()
}

#[inline(always)]
fn quoted(
    skb: *mut __sk_buff,
    at: u32,
    protocol: u8,
    packet: &mut Packet,
) -> Result<(), DropReason> {
    let mut cursor = Cursor::new(skb);
    // Verifier: an offset into a packet needs a bound, and `at` went through memory.
    cursor.skip((at & 0x3fff) as usize);
    if protocol == ICMP {
        let header = cursor.take(20)?;
        let n_header = usize::from(header.u8::<0>() & 0x0f) * 4;
        if header.u8::<0>() >> 4 != 4 || n_header < 20 || header.u16::<6>() & 0x1fff != 0 {
            return Err(DropReason::BadHeader);
        }
        packet.source = header.ipv4::<12>();
        packet.destination = header.ipv4::<16>();
        packet.protocol = header.u8::<9>();
        cursor.skip(n_header - 20);
    } else {
        let header = cursor.take(40)?;
        if header.u8::<0>() >> 4 != 6 {
            return Err(DropReason::BadHeader);
        }
        packet.source = header.ipv6::<8, 16>();
        packet.destination = header.ipv6::<24, 32>();
        packet.protocol = header.u8::<6>();
    }
    let header = cursor.take(8)?;
    match packet.protocol {
        TCP | UDP | SCTP => ports(header, packet),
        ICMP | ICMPV6 if is_echo(packet.protocol, header.u8::<0>()) => {
            packet.destination_port = u16::from(header.u8::<0>());
            packet.source_port = header.u16::<4>();
        }
        ICMP | ICMPV6 => return Err(DropReason::UnknownProtocol),
        _ => {}
    }
    Ok(())
}
