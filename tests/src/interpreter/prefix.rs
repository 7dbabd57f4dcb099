//! Address prefixes, bit by bit.

use std::net::IpAddr;

/// A prefix such as `10.0.0.0/8`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Prefix {
    address: IpAddr,
    length: usize,
}

impl Prefix {
    /// Reads `address/length`, or an address alone, which is a prefix of full length.
    pub(super) fn read(text: &str) -> Self {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().expect("a valid address");
        let length = match length {
            Some(length) => length.parse().expect("a valid prefix length"),
            None => bits(address).len(),
        };
        Self { address, length }
    }

    /// Whether an address of the same family has these first bits.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let (mine, theirs) = (bits(self.address), bits(address));
        mine.len() == theirs.len()
            && mine
                .iter()
                .zip(theirs)
                .take(self.length)
                .all(|(a, b)| *a == b)
    }

    /// Whether it is the prefix of all addresses of a family.
    pub(super) fn is_all(&self, is_ipv6: bool) -> bool {
        self.address.is_ipv6() == is_ipv6 && self.length == 0
    }
}

/// The bits of an address, the highest first.
fn bits(address: IpAddr) -> Vec<bool> {
    let bytes = match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    let bit = |byte: &u8, index: u32| byte & (0x80 >> index) != 0;
    bytes
        .iter()
        .flat_map(|byte| (0..8).map(move |index| bit(byte, index)))
        .collect()
}
