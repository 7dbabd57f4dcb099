//! Containment of address prefixes.

use std::net::IpAddr;

use ztc_syntax::Prefix;

/// Whether a prefix contains another: the same family, no longer, the same leading bits.
pub(crate) fn contains(outer: &Prefix, inner: &Prefix) -> bool {
    let mask = u128::MAX
        .checked_shl(128 - u32::from(outer.length))
        .unwrap_or(0);
    outer.length <= inner.length
        && outer.address.is_ipv4() == inner.address.is_ipv4()
        && (bits(outer) ^ bits(inner)) & mask == 0
}

/// The address's bits, left aligned in 128.
pub(crate) fn bits(prefix: &Prefix) -> u128 {
    match prefix.address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}
