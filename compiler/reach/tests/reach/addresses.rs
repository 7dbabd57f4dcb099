//! Ranges of addresses: together they are every address once, and each is its longest prefix's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ztc_bundle::{Bundle, Contents, PrefixRecord, encode_file, testing};
use ztc_reach::{AddressRange, Party, PartyKind, Reach};

use crate::{N_SEEDS, random, reach};

fn addresses<'r>(reach: &'r Reach<'_>) -> impl Iterator<Item = &'r Party> {
    let parties = reach.parties().iter();
    parties.filter(|party| party.kind == PartyKind::Addresses)
}

fn holder<'r>(reach: &'r Reach<'_>, address: IpAddr) -> &'r Party {
    let holds = |party: &&Party| party.ranges.iter().any(|range| range.contains(address));
    let mut holders = addresses(reach).filter(holds);
    let holder = holders
        .next()
        .unwrap_or_else(|| panic!("{address} is nobody's"));
    assert!(holders.next().is_none(), "{address} is two parties'");
    holder
}

/// Every range with its neighbours, and what a bundle says of them.
fn check(bundle: &Bundle<'_>, reach: &Reach<'_>) {
    let ranges = addresses(reach).flat_map(|party| &party.ranges);
    let around = ranges.flat_map(|range| match (range.first, range.last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let (first, last) = (first.to_bits(), last.to_bits());
            assert!(first <= last);
            let all = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
            all.map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)))
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let (first, last) = (first.to_bits(), last.to_bits());
            assert!(first <= last);
            let all = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
            all.map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)))
        }
        mixed => panic!("{mixed:?} are of two families"),
    });
    for address in around {
        if bundle.address(address).is_some() || is_mapped(address) {
            continue;
        }
        let party = holder(reach, address);
        assert_eq!(bundle.peer_of(address), party.entry, "{address}");
    }
}

/// IPv4 in the form of IPv6: a bundle takes it for IPv4.
fn is_mapped(address: IpAddr) -> bool {
    address != address.to_canonical()
}

#[test]
fn every_address_is_of_one_party_and_a_bundle_knows_it_so() {
    for seed in 0..N_SEEDS {
        let file = random(seed);
        let bundle = file.view();
        let reach = reach(&bundle);
        check(&bundle, &reach);
        let mut rng = fastrand::Rng::with_seed(seed);
        for _ in 0..200 {
            let v4 = IpAddr::V4(Ipv4Addr::from_bits(rng.u32(..)));
            let v6 = IpAddr::V6(Ipv6Addr::from_bits(rng.u128(..)));
            for address in [v4, v6] {
                if bundle.address(address).is_none() {
                    assert_eq!(bundle.peer_of(address), holder(&reach, address).entry);
                }
            }
        }
    }
}

/// A bundle of these prefixes besides those of the world, each of a class of its own.
fn of_prefixes(prefixes: &[(&str, u32)]) -> Contents {
    let mut contents = testing::contents(1);
    let world = contents.prefixes.iter().filter(|record| record.length == 0);
    let mut records: Vec<PrefixRecord> = world.copied().collect();
    let classes = (ztc_abi::Peer::FIRST_ADDRESS_CLASS..).zip(prefixes);
    records.extend(classes.map(|(peer, (address, length))| {
        let address: IpAddr = address.parse().expect("it is an address");
        let (family, bytes) = match address {
            IpAddr::V4(v4) => (4, ztc_abi::Address::from_ipv4(v4.octets()).bytes),
            IpAddr::V6(v6) => (6, v6.octets()),
        };
        PrefixRecord {
            // As the bundle has them: the bits of IPv4 first.
            address: match family {
                4 => {
                    let mut padded = [0; 16];
                    padded[..4].copy_from_slice(&bytes[12..]);
                    padded
                }
                _ => bytes,
            },
            family,
            length: *length,
            peer,
            group: ztc_abi::Peer::FIRST_GROUP + 3,
        }
    }));
    records.sort_by_key(|record| (record.family, record.address, record.length));
    contents.prefixes = records;
    contents.addresses.clear();
    contents.decisions.retain(|record| {
        let peer = ztc_abi::Peer(record.peer);
        !peer.is_address_class()
    });
    contents.probes.clear();
    contents
}

fn ranges(prefixes: &[(&str, u32)]) -> Vec<(String, Vec<String>)> {
    let file = encode_file(&of_prefixes(prefixes)).expect("it can be encoded");
    let bundle = file.view();
    let reach = reach(&bundle);
    check(&bundle, &reach);
    let text = |range: &AddressRange| range.to_string();
    let written = |party: &Party| {
        let ranges = party.ranges.iter().map(text).collect();
        (party.name.clone(), ranges)
    };
    addresses(&reach).map(written).collect()
}

/// The ranges of the party of this name.
fn of<'r>(all: &'r [(String, Vec<String>)], name: &str) -> &'r [String] {
    let found = all.iter().find(|(known, _)| known == name);
    let (_, ranges) = found.unwrap_or_else(|| panic!("no {name} in {all:?}"));
    ranges
}

#[test]
fn a_longer_prefix_is_cut_out_of_a_shorter_one() {
    let all = ranges(&[("10.0.0.0", 8), ("10.96.0.0", 12)]);
    assert_eq!(
        of(&all, "10.0.0.0/8 (not 10.96.0.0/12)"),
        ["10.0.0.0-10.95.255.255", "10.112.0.0-10.255.255.255"]
    );
    assert_eq!(of(&all, "10.96.0.0/12"), ["10.96.0.0-10.111.255.255"]);
    assert_eq!(
        of(&all, "0.0.0.0/0 (not 10.0.0.0/8)"),
        ["0.0.0.0-9.255.255.255", "11.0.0.0-255.255.255.255"]
    );
}

#[test]
fn only_a_whole_family_is_called_the_world() {
    let all = ranges(&[("10.0.0.0", 8)]);
    assert!(all.iter().any(|(name, _)| name == "world-ipv6"), "{all:?}");
    assert!(all.iter().all(|(name, _)| name != "world-ipv4"), "{all:?}");
}

#[test]
fn the_first_and_the_last_address_are_not_lost() {
    let all = ranges(&[("0.0.0.0", 1), ("255.255.255.255", 32), ("ffff::", 16)]);
    assert_eq!(of(&all, "0.0.0.0/1"), ["0.0.0.0-127.255.255.255"]);
    assert_eq!(
        of(&all, "255.255.255.255/32"),
        ["255.255.255.255-255.255.255.255"]
    );
    let rest = of(&all, "128.0.0.0/1 (not 255.255.255.255/32)");
    assert_eq!(rest, ["128.0.0.0-255.255.255.254"]);
    let last = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    assert_eq!(of(&all, "ffff::/16"), [format!("ffff::-{last}")]);
    let before = "fffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    assert_eq!(of(&all, "::/0 (not ffff::/16)"), [format!("::-{before}")]);
}

#[test]
fn prefixes_that_are_all_of_another_leave_nobody_there() {
    let all = ranges(&[("192.0.2.0", 24), ("192.0.2.0", 25), ("192.0.2.128", 25)]);
    let mut names = all.iter().map(|(name, _)| name.as_str());
    assert!(
        names.all(|name| !name.is_empty() && name != "192.0.2.0/24"),
        "{all:?}"
    );
    assert_eq!(of(&all, "192.0.2.128/25"), ["192.0.2.128-192.0.2.255"]);
}
