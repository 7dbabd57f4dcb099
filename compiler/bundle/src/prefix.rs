//! Masks of addresses, which checking and looking up must agree on.
//!
//! Must not know what a prefix is for.

/// The first `length` bits of an address; all of it from 128 on.
pub(crate) fn mask(address: [u8; 16], length: u32) -> [u8; 16] {
    let bits = match length {
        0 => 0,
        1..128 => u128::MAX << (128 - length),
        _ => u128::MAX,
    };
    (u128::from_be_bytes(address) & bits).to_be_bytes()
}
