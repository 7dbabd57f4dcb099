//! Containment of address prefixes: what exceptions leave of a prefix.

use std::net::IpAddr;

use ztc_syntax::Prefix;

/// Prefixes that no address of the internet is in: RFC 1918, 6598, 1122, 3927, 5771, 4193, 4291.
const PRIVATE: [(&str, u8); 10] = [
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("224.0.0.0", 4),
    ("::1", 128),
    ("fc00::", 7),
    ("fe80::", 10),
];

/// Whether exceptions leave nothing of a prefix.
pub(crate) fn is_covered(prefix: &Prefix, except: &[Prefix]) -> bool {
    if except.iter().any(|except| contains(except, prefix)) {
        return true;
    }
    let inside: Vec<Prefix> = except
        .iter()
        .filter(|except| contains(prefix, except))
        .copied()
        .collect();
    !inside.is_empty() && halves(prefix).iter().all(|half| is_covered(half, &inside))
}

/// Whether a prefix holds no address of the internet.
pub(crate) fn is_private(prefix: &Prefix) -> bool {
    PRIVATE.iter().any(|(address, length)| {
        let address = address.parse::<IpAddr>();
        address.is_ok_and(|address| {
            contains(
                &Prefix {
                    address,
                    length: *length,
                },
                prefix,
            )
        })
    })
}

fn contains(outer: &Prefix, inner: &Prefix) -> bool {
    let mask = u128::MAX
        .checked_shl(128 - u32::from(outer.length))
        .unwrap_or(0);
    outer.address.is_ipv4() == inner.address.is_ipv4()
        && outer.length <= inner.length
        && (bits(outer) ^ bits(inner)) & mask == 0
}

/// The two halves of a prefix that something longer is in.
fn halves(prefix: &Prefix) -> [Prefix; 2] {
    let length = prefix.length + 1;
    let upper = bits(prefix) | 1u128.checked_shl(128 - u32::from(length)).unwrap_or(0);
    let address = match prefix.address {
        IpAddr::V4(_) => IpAddr::V4(u32::try_from(upper >> 96).unwrap_or(u32::MAX).into()),
        IpAddr::V6(_) => IpAddr::V6(upper.into()),
    };
    [Prefix { length, ..*prefix }, Prefix { address, length }]
}

/// The address's bits, left aligned.
fn bits(prefix: &Prefix) -> u128 {
    match prefix.address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        let (address, length) = text.split_once('/').expect("a prefix");
        let address = address.parse().expect("an address");
        Prefix {
            address,
            length: length.parse().expect("a length"),
        }
    }

    fn covered(base: &str, except: &[&str]) -> bool {
        let except: Vec<Prefix> = except.iter().map(|text| prefix(text)).collect();
        is_covered(&prefix(base), &except)
    }

    #[test]
    fn exceptions_cover_a_prefix_together_or_not_at_all() {
        assert!(covered("10.0.0.0/8", &["10.0.0.0/9", "10.128.0.0/9"]));
        assert!(covered(
            "10.0.0.0/8",
            &["10.192.0.0/10", "10.0.0.0/9", "10.128.0.0/10"]
        ));
        assert!(!covered("10.0.0.0/8", &["10.0.0.0/9", "10.128.0.0/10"]));
        assert!(!covered("10.0.0.0/8", &[]));
        assert!(covered("::/0", &["::/1", "8000::/1"]));
        assert!(covered("192.0.2.1/32", &["192.0.2.0/24"]));
        assert!(!covered("::/0", &["0.0.0.0/0"]));
    }

    #[test]
    fn private_is_what_the_internet_does_not_route() {
        assert!(is_private(&prefix("10.96.0.0/12")));
        assert!(is_private(&prefix("fd00::/8")));
        assert!(!is_private(&prefix("10.0.0.0/7")));
        assert!(!is_private(&prefix("198.51.100.0/24")));
    }
}
