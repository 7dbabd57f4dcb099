//! Address prefixes, and prefixes with exceptions.
//!
//! Must not know which kind they are in, only how strict it is.

use std::net::IpAddr;

use ztc_diag::{Level, Spanned};

use crate::errors;
use crate::object::{CidrSet, Prefix};
use crate::read::Reader;
use crate::tree::{Mapping, Node};

impl Prefix {
    /// The prefix of this address; `None` when the length does not fit its family.
    fn new(address: IpAddr, length: u8) -> Option<Self> {
        let address = match address {
            IpAddr::V4(v4) => {
                let host_bits = 32u32.checked_sub(u32::from(length))?;
                let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
                IpAddr::V4((u32::from(v4) & mask).into())
            }
            IpAddr::V6(v6) => {
                let host_bits = 128u32.checked_sub(u32::from(length))?;
                let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
                IpAddr::V6((u128::from(v6) & mask).into())
            }
        };
        Some(Self { address, length })
    }

    /// Whether an address of the same family lies inside.
    fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && Self::new(address, self.length).is_some_and(|prefix| prefix.address == self.address)
    }
}

/// Reads a prefix. A bare address is none: Cilium 1.19 took it in `fromCIDR`, 1.20 refuses it.
pub(crate) fn read(reader: &mut Reader, node: Node<'_>, what: &str) -> Option<Spanned<Prefix>> {
    let text = reader.text(node, what)?;
    match parse(text) {
        Ok(Parsed::Prefix(prefix)) => Some(Spanned::new(prefix, node.span())),
        Ok(Parsed::Address(prefix)) => {
            let length = prefix.length;
            reader.report(errors::policy::no_length(node.place(), text, length));
            None
        }
        Err(reason) => {
            reader.report(errors::policy::bad_cidr(node.place(), text, reason));
            None
        }
    }
}

/// Which exceptions are refused, beside those outside of the base.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exceptions {
    /// An exception as large as the base is suspicious.
    Inside,
    /// An exception must be smaller than the base.
    StrictlyInside,
}

/// Reads `cidr` and `except` of an element. The caller has checked for other fields.
pub(crate) fn read_set(
    reader: &mut Reader,
    mapping: Mapping<'_>,
    holder: &str,
    exceptions: Exceptions,
) -> Option<CidrSet> {
    let cidr = reader
        .required(mapping, holder, "cidr")
        .and_then(|node| read(reader, node, "cidr"));
    let except = reader.list(mapping, "except", |reader, node| {
        let except = read(reader, node, "except[]")?;
        let base = cidr?;
        // The address as it is written counts, host bits and all.
        let written = node
            .text()
            .split('/')
            .next()
            .and_then(|text| text.parse().ok());
        if !base.value.contains(written.unwrap_or(except.value.address)) {
            reader.report(errors::policy::except_outside(node.place(), base.span));
            return None;
        }
        if except.value.length <= base.value.length {
            let level = match exceptions {
                Exceptions::Inside => Level::Warning,
                Exceptions::StrictlyInside => Level::Error,
            };
            reader.report(errors::policy::except_not_smaller(
                node.place(),
                base.span,
                level,
            ));
        }
        Some(except)
    });
    let except = except.map(|list| list.value).unwrap_or_default();
    Some(CidrSet {
        span: mapping.node().span(),
        cidr: cidr?,
        except,
    })
}

enum Parsed {
    Prefix(Prefix),
    Address(Prefix),
}

fn parse(text: &str) -> Result<Parsed, &'static str> {
    let Some((address, length)) = text.split_once('/') else {
        let address: IpAddr = text.parse().map_err(|_| bad_address(text))?;
        let length = if address.is_ipv4() { 32 } else { 128 };
        return Prefix::new(address, length)
            .map(Parsed::Address)
            .ok_or("its length is too large");
    };
    let parsed: IpAddr = address.parse().map_err(|_| bad_address(address))?;
    if parsed != parsed.to_canonical() {
        return Err("it is IPv4 in the spelling of IPv6, which is the source of no packet");
    }
    let is_number = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err("what follows the slash is no length");
    }
    if length.len() > 1 && length.starts_with('0') {
        return Err("its length has a leading zero");
    }
    let n_bits = length.parse().map_err(|_| "its length is too large")?;
    Prefix::new(parsed, n_bits)
        .map(Parsed::Prefix)
        .ok_or("its length is too large")
}

fn bad_address(text: &str) -> &'static str {
    let has_leading_zero = text
        .split('.')
        .any(|part| part.len() > 1 && part.starts_with('0') && part.parse::<u8>().is_ok());
    if has_leading_zero && text.contains('.') {
        "a part of its address has a leading zero"
    } else if text.is_empty() {
        "it has no address"
    } else {
        "its address is no IP address"
    }
}
