//! Damaged and hostile bytes: flipped, cut off, and sealed again with right digests.

use ztc_abi::WireField;
use ztc_bundle::{
    Bundle, BundleFile, DecodeError, DirectoryEntry, Header, SectionKind, testing::reseal,
};

use crate::generated;

/// Offsets of every header field, directory field and section, and of random bytes.
fn interesting(file: &BundleFile, random: &mut fastrand::Rng) -> Vec<usize> {
    let directory_end = Header::SIZE + SectionKind::ALL.len() * DirectoryEntry::SIZE;
    let mut offsets: Vec<usize> = (0..directory_end).collect();
    for section in file.view().sections() {
        let start = usize::try_from(section.offset).expect("it was read");
        let end = start + usize::try_from(section.length).expect("it was read");
        offsets.extend([start, end.saturating_sub(1), end]);
        offsets.extend((start..end).filter(|_| random.u8(0..8) == 0));
    }
    offsets.retain(|offset| *offset < file.bytes().len());
    offsets
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let mut random = fastrand::Rng::with_seed(7);
    for seed in [3, 4] {
        let (_, file) = generated(seed);
        let mut bytes = file.bytes().to_vec();
        for offset in interesting(&file, &mut random) {
            let bit = 1 << random.u8(0..8);
            bytes[offset] ^= bit;
            let parsed = Bundle::parse(&bytes);
            // The minor version may be any number, but the digest covers it too.
            assert!(
                parsed.is_err(),
                "seed {seed}: bit {bit} of byte {offset} was not missed"
            );
            bytes[offset] ^= bit;
        }
        assert!(
            Bundle::parse(&bytes).is_ok(),
            "seed {seed}: undamaged again"
        );
    }
}

#[test]
fn a_bundle_that_was_cut_off_or_appended_to_is_refused() {
    let (_, file) = generated(5);
    let bytes = file.bytes();
    for length in 0..bytes.len() {
        assert!(Bundle::parse(&bytes[..length]).is_err(), "{length} bytes");
    }
    for n in [1, 7, 8, 64, 4096] {
        let mut longer = bytes.to_vec();
        longer.resize(bytes.len() + n, 0);
        let error = Bundle::parse(&longer).expect_err("it is longer than it says");
        assert!(
            matches!(error, DecodeError::LengthMismatch { .. }),
            "{error}"
        );
        // And when the header agrees that it is longer.
        let length = (longer.len() as u64).to_le_bytes();
        longer[16..24].copy_from_slice(&length);
        reseal(&mut longer);
        assert!(
            Bundle::parse(&longer).is_err(),
            "{n} bytes that belong to no section"
        );
    }
}

/// Whatever passes the checks is a bundle: every accessor answers and it is written as it was read.
fn use_everything(bytes: &[u8]) {
    let Ok(bundle) = Bundle::parse(bytes) else {
        return;
    };
    let contents = bundle.to_contents();
    if bundle.sections().count() == SectionKind::ALL.len() && bundle.format_version() == (2, 1) {
        assert_eq!(ztc_bundle::encode(&contents).as_deref(), Ok(bytes));
    }
    for probe in bundle.probes().iter() {
        let peer = bundle.peer_of(std::net::Ipv6Addr::from(probe.address).into());
        for protocol in ztc_abi::Protocol::ALL {
            assert!(
                bundle
                    .judge(probe.row, peer, protocol, probe.port)
                    .is_some()
            );
        }
    }
}

#[test]
fn hostile_fields_with_right_digests_are_refused_or_mean_something() {
    let directory_end = Header::SIZE + SectionKind::ALL.len() * DirectoryEntry::SIZE;
    let hostile = [u64::MAX, u64::MAX - 7, 1 << 63, 1 << 32, 0xffff_fff8, 1, 0];
    let (_, file) = generated(6);
    for offset in (0..directory_end).step_by(4) {
        for value in hostile {
            for width in [4, 8] {
                let mut bytes = file.bytes().to_vec();
                let end = (offset + width).min(bytes.len());
                bytes[offset..end].copy_from_slice(&value.to_le_bytes()[..end - offset]);
                reseal(&mut bytes);
                use_everything(&bytes);
            }
        }
    }
}

#[test]
fn hostile_records_with_right_digests_are_refused_or_mean_something() {
    let mut random = fastrand::Rng::with_seed(11);
    for seed in 0..20 {
        let (_, file) = generated(seed);
        let sections_start = Header::SIZE + SectionKind::ALL.len() * DirectoryEntry::SIZE;
        for _ in 0..400 {
            let mut bytes = file.bytes().to_vec();
            for _ in 0..random.usize(1..=3) {
                let at = random.usize(sections_start..bytes.len()) & !3;
                let old = u32::read(&bytes[at..]).unwrap_or(0);
                let values = [
                    u32::MAX,
                    0,
                    old.wrapping_add(1),
                    old.wrapping_sub(1),
                    1 << 31,
                ];
                let value = match random.usize(0..=values.len()) {
                    index if index < values.len() => values[index],
                    _ => old ^ (1 << random.u32(0..32)),
                };
                let end = (at + 4).min(bytes.len());
                bytes[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
            }
            reseal(&mut bytes);
            use_everything(&bytes);
        }
    }
}

#[test]
fn random_bytes_are_refused() {
    let mut random = fastrand::Rng::with_seed(13);
    for length in 0..600 {
        let mut bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
        assert_eq!(Bundle::parse(&bytes).err(), Some(DecodeError::NotABundle));
        // And behind the first fields of a real one.
        let (_, file) = generated(1);
        let kept = random.usize(0..=length.min(40));
        bytes[..kept].copy_from_slice(&file.bytes()[..kept]);
        assert!(Bundle::parse(&bytes).is_err());
    }
}
