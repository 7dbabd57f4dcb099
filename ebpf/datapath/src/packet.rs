//! Bounds-checked reads of Ethernet, IP and transport headers, and what we refuse to read.
//!
//! Must not know policies or maps. Everything is read straight from the packet's memory: a helper
//! call costs more than all of this file.

use core::{arch::asm, mem::offset_of};

use aya_ebpf::{bindings::__sk_buff, helpers::bpf_skb_pull_data};
use ztc_abi::{Address, DropReason};

use crate::headers::{MAX_HEADERS, ztc_read_headers};

/// An address in the sixteen-byte form of [`Address`], kept as two words because the
/// compiler moves words, and bytes only one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Words(pub [u64; 2]);

/// Bytes 8 to 12 of an IPv4-mapped address, as the low half of a little-endian word.
const MAPPED: u64 = 0xffff_0000;

impl Words {
    pub const ZERO: Self = Self([0; 2]);

    #[inline(always)]
    pub const fn from_ipv4(address: u32) -> Self {
        Self([0, MAPPED | (address as u64) << 32])
    }

    #[inline(always)]
    pub fn from_bytes(bytes: &[u8; 16]) -> Self {
        let at = bytes.as_ptr() as usize;
        // SAFETY: Sixteen bytes are two words.
        Self(unsafe { [load_u64::<0>(at), load_u64::<8>(at)] })
    }

    /// Whether it stands for an IPv4 address.
    #[inline(always)]
    pub const fn is_ipv4(&self) -> bool {
        self.0[0] == 0 && self.0[1] as u32 as u64 == MAPPED
    }

    /// Whether it is in `ff02::/16`. Words are little endian.
    #[inline(always)]
    pub const fn is_link_multicast(&self) -> bool {
        self.0[0] as u16 == 0x02ff
    }

    /// Whether it is in `fe80::/10`.
    #[inline(always)]
    pub const fn is_link_local(&self) -> bool {
        self.0[0] as u16 & 0xc0ff == 0x80fe
    }

    /// The IPv4 address in network order, if it is one.
    #[inline(always)]
    pub const fn low(&self) -> u32 {
        (self.0[1] >> 32) as u32
    }

    #[inline(always)]
    pub const fn as_address(&self) -> &Address {
        // SAFETY: Both are sixteen bytes of plain data, and `Address` needs no alignment.
        unsafe { &*core::ptr::from_ref(self).cast::<Address>() }
    }

    #[inline(always)]
    pub const fn bytes(&self) -> [u8; 16] {
        // SAFETY: Two words are sixteen bytes of plain data.
        unsafe { core::mem::transmute(self.0) }
    }
}

/// What a packet is to the rest of the datapath.
/// An IP packet that is judged.
pub const JUDGED: u32 = 256;
/// A packet that links need to work at all: ARP, neighbour discovery, listener reports,
/// "fragmentation needed".
pub const PASSES: u32 = 257;

/// Not a fragment.
pub const WHOLE: u8 = 0;
/// The first fragment, which has the ports.
pub const FIRST: u8 = 1;
/// Any other fragment.
pub const LATER: u8 = 2;

pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;
pub const ACK: u8 = 0x10;

pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const SCTP: u8 = 132;
pub const ICMP: u8 = 1;
pub const ICMPV6: u8 = 58;

/// What was read of a packet; numbers in host order.
#[repr(C)]
pub struct Packet {
    pub source: Words,
    pub destination: Words,
    /// The identification that fragments share.
    pub identification: u32,
    /// Where the packet that an ICMP error quotes begins; 0 when there is none.
    pub quoted_at: u32,
    /// The source port, or the identifier of an ICMP echo.
    pub source_port: u16,
    /// The destination port, or the ICMP type.
    pub destination_port: u16,
    pub protocol: u8,
    pub tcp_flags: u8,
    pub fragment: u8,
    pub zero: u8,
}

impl Packet {
    pub const EMPTY: Self = Self {
        source: Words::ZERO,
        destination: Words::ZERO,
        identification: 0,
        quoted_at: 0,
        source_port: 0,
        destination_port: 0,
        protocol: 0,
        tcp_flags: 0,
        fragment: WHOLE,
        zero: 0,
    };

    /// Asks to open a TCP connection.
    #[inline(always)]
    pub const fn is_syn(&self) -> bool {
        self.tcp_flags & (SYN | ACK) == SYN
    }
}

/// Loads of one width, each a single instruction whatever the alignment.
///
/// Written as instructions, because the compiler splits a load that may be unaligned into bytes;
/// the kernel allows it as a whole wherever the machine does it efficiently.
macro_rules! loads {
    ($($name:ident: $ty:ty = $load:literal;)+) => {$(
        /// # Safety
        ///
        /// The bytes at `at + OFFSET` must be readable.
        #[inline(always)]
        unsafe fn $name<const OFFSET: i16>(at: usize) -> $ty {
            let value: u64;
            // SAFETY: The caller's promise, which the verifier checks again.
            unsafe {
                asm!(
                    $load,
                    value = lateout(reg) value,
                    at = in(reg) at,
                    offset = const OFFSET,
                    options(pure, readonly, nostack),
                );
            }
            value as $ty
        }
    )+};
}

loads! {
    load_u8: u8 = "{value} = *(u8 *)({at} + {offset})";
    load_u16: u16 = "{value} = *(u16 *)({at} + {offset})";
    load_u32: u32 = "{value} = *(u32 *)({at} + {offset})";
    load_u64: u64 = "{value} = *(u64 *)({at} + {offset})";
    // The verifier turns these two fields of the context into pointers of 64 bits.
    load_pointer: usize = "{value} = *(u32 *)({at} + {offset})";
}

const DATA: i16 = offset_of!(__sk_buff, data) as i16;
const DATA_END: i16 = offset_of!(__sk_buff, data_end) as i16;

/// A place in the packet, moving forward.
pub struct Cursor {
    at: usize,
    end: usize,
}

/// A header whose bytes were proved to be there. Numbers come in host order.
#[derive(Clone, Copy)]
pub struct Header(usize);

impl Header {
    #[inline(always)]
    pub fn u8<const OFFSET: i16>(self) -> u8 {
        // SAFETY: `Cursor::take` proved the header's bytes; the verifier holds us to its length.
        unsafe { load_u8::<OFFSET>(self.0) }
    }

    #[inline(always)]
    pub fn u16<const OFFSET: i16>(self) -> u16 {
        // SAFETY: As in `u8`.
        u16::from_be(unsafe { load_u16::<OFFSET>(self.0) })
    }

    #[inline(always)]
    pub fn u32<const OFFSET: i16>(self) -> u32 {
        // SAFETY: As in `u8`.
        u32::from_be(unsafe { load_u32::<OFFSET>(self.0) })
    }

    /// An IPv4 address.
    #[inline(always)]
    pub fn ipv4<const OFFSET: i16>(self) -> Words {
        // SAFETY: As in `u8`.
        Words::from_ipv4(unsafe { load_u32::<OFFSET>(self.0) })
    }

    /// An IPv6 address: its two halves.
    #[inline(always)]
    pub fn ipv6<const HIGH: i16, const LOW: i16>(self) -> Words {
        // SAFETY: As in `u8`.
        Words(unsafe { [load_u64::<HIGH>(self.0), load_u64::<LOW>(self.0)] })
    }
}

impl Cursor {
    /// The packet from its link layer on.
    #[inline(always)]
    pub fn new(skb: *mut __sk_buff) -> Self {
        // SAFETY: The kernel hands the program a valid context, and fills both fields.
        unsafe {
            Self {
                at: load_pointer::<DATA>(skb as usize),
                end: load_pointer::<DATA_END>(skb as usize),
            }
        }
    }

    #[inline(always)]
    pub fn take(&mut self, n_bytes: usize) -> Result<Header, DropReason> {
        let at = self.at;
        let next = at + n_bytes;
        if next > self.end {
            return Err(DropReason::Truncated);
        }
        self.at = next;
        Ok(Header(at))
    }

    /// Goes on by a number of bytes that is known only now.
    ///
    /// Verifier: a bounds check on one register says nothing of another that holds the same sum,
    /// so the compiler must not compute the sum twice; it cannot see into an instruction of ours.
    #[inline(always)]
    pub fn skip(&mut self, n_bytes: usize) {
        // SAFETY: An addition; nothing is read.
        unsafe {
            asm!(
                "{at} += {n_bytes}",
                at = inout(reg) self.at,
                n_bytes = in(reg) n_bytes,
                options(pure, nomem, nostack),
            );
        }
    }
}

/// Reads a packet; the answer is [`JUDGED`], [`PASSES`] or the number of a [`DropReason`].
///
/// A packet may have its headers outside the linear part, which is all that can be read directly.
/// Only then, and once, the kernel is asked to pull them in.
#[inline(always)]
pub fn read(skb: *mut __sk_buff, packet: &mut Packet) -> u32 {
    let status = ztc_read_headers(skb, packet);
    if status != DropReason::Truncated as u32 {
        return status;
    }
    let linear = Cursor::new(skb);
    let n_linear = (linear.end - linear.at) as u32;
    // SAFETY: The kernel hands the program a valid context.
    let n_bytes = unsafe { (*skb).len };
    if n_linear >= n_bytes {
        return status;
    }
    let n_wanted = n_bytes.min(MAX_HEADERS);
    // SAFETY: The context is valid; pointers into the packet are read anew afterwards.
    if unsafe { bpf_skb_pull_data(skb, n_wanted) } != 0 {
        return status;
    }
    ztc_read_headers(skb, packet)
}
