//! Header, directory and padding, when all digests are right.

use ztc_abi::WireField;
use ztc_bundle::{
    Bundle, DecodeError, Digest, DirectoryEntry, Header, MAX_BYTES, SectionKind, encode,
    testing::reseal,
};

use crate::full;

/// Bytes of a bundle with one more section.
fn with_section(kind: u32, flags: u32) -> Vec<u8> {
    let old = encode(&full()).expect("they are valid");
    let mut header = Header::read(&old).expect("it was just written");
    let n = header.n_sections as usize;
    let mut bytes = old[..Header::SIZE + n * DirectoryEntry::SIZE].to_vec();
    for start in (Header::SIZE..bytes.len()).step_by(DirectoryEntry::SIZE) {
        let mut entry = DirectoryEntry::read(&bytes[start..]).expect("it was just written");
        entry.offset += DirectoryEntry::SIZE as u64;
        entry.write(&mut bytes[start..]).expect("there is room");
    }
    let content = b"from a later version";
    let entry = DirectoryEntry {
        kind,
        flags,
        offset: (old.len() + DirectoryEntry::SIZE) as u64,
        length: content.len() as u64,
        record_size: 5,
        n_records: 4,
        digest: Digest::of(&[content]).0,
    };
    bytes.resize(bytes.len() + DirectoryEntry::SIZE, 0);
    let at = bytes.len() - DirectoryEntry::SIZE;
    entry.write(&mut bytes[at..]).expect("there is room");
    bytes.extend_from_slice(&old[Header::SIZE + n * DirectoryEntry::SIZE..]);
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    header.n_sections += 1;
    header.format_minor = 3;
    header.length = bytes.len() as u64;
    header.write(&mut bytes).expect("there is room");
    reseal(&mut bytes);
    bytes
}

#[test]
fn an_unknown_optional_section_is_skipped_and_a_required_one_refused() {
    let optional = with_section(1000, 0);
    let bundle = Bundle::parse(&optional).expect("it may be skipped");
    assert_eq!(bundle.to_contents(), full());
    assert_eq!(bundle.format_version(), (2, 3));
    let last = bundle.sections().last().expect("there are many");
    assert_eq!(
        (last.name, last.required, last.n_records),
        ("unknown", false, 4)
    );

    let required = with_section(1000, DirectoryEntry::REQUIRED);
    let error = Bundle::parse(&required).expect_err("it must be understood");
    assert_eq!(error, DecodeError::SectionUnknown { kind: 1000 });
    let twice = with_section(SectionKind::Probes as u32, DirectoryEntry::REQUIRED);
    let error = Bundle::parse(&twice).expect_err("a kind occurs once");
    assert!(
        matches!(error, DecodeError::Directory { index: 26, .. }),
        "{error}"
    );
    assert!(
        Bundle::parse(&with_section(1000, 2)).is_err(),
        "an unknown flag"
    );
}

/// Writes bytes into a bundle and seals it again.
fn patched(offset: usize, with: &[u8]) -> DecodeError {
    let mut bytes = encode(&full()).expect("they are valid");
    bytes[offset..offset + with.len()].copy_from_slice(with);
    reseal(&mut bytes);
    Bundle::parse(&bytes).expect_err("it was damaged")
}

#[test]
fn another_major_version_or_abi_is_refused_and_says_what_to_do() {
    assert_eq!(patched(8, &[1, 0]), DecodeError::FormatUnknown { found: 1 });
    assert_eq!(
        patched(12, &[0xff, 0]),
        DecodeError::AbiMismatch { found: 255 }
    );
    assert_eq!(patched(14, &[1]), DecodeError::NotZero { part: "header" });
    let stated = MAX_BYTES + 1;
    let too_long = patched(16, &stated.to_le_bytes());
    assert_eq!(too_long, DecodeError::TooLong { stated });
    assert!(patched(12, &[0xff, 0]).help().contains("update the reader"));
    assert_eq!(patched(0, b"x"), DecodeError::NotABundle);
}

#[test]
fn a_missing_section_is_refused() {
    // The last entry becomes one of an optional kind that nobody knows.
    let entry = Header::SIZE + (SectionKind::ALL.len() - 1) * DirectoryEntry::SIZE;
    let error = patched(entry, &[99, 0, 0, 0, 0, 0, 0, 0]);
    let section = SectionKind::Meanings;
    assert_eq!(error, DecodeError::SectionMissing { section });
}

/// Of a bundle of the minor version before, nobody may ask for what a later one added.
#[test]
fn a_section_that_a_later_minor_version_added_may_be_missing() {
    let mut bytes = encode(&full()).expect("they are valid");
    let entry = Header::SIZE + (SectionKind::ALL.len() - 1) * DirectoryEntry::SIZE;
    bytes[entry] = 99;
    bytes[10] = 0;
    reseal(&mut bytes);
    let bundle = Bundle::parse(&bytes).expect("2.0 had no `meanings`");
    assert_eq!(bundle.format_version(), (2, 0));
    let has = |kind| bundle.has_section(kind);
    assert!(has(SectionKind::Workloads) && !has(SectionKind::Meanings));
    assert_eq!(bundle.meaning(1), None);
    assert!(bundle.workload(0).is_some());
}

/// The flag is part of the kind: readers of every version must agree on who may skip it.
#[test]
fn whether_a_section_is_required_is_not_the_writers_choice() {
    for (index, kind) in SectionKind::ALL.iter().enumerate() {
        let flags = Header::SIZE + index * DirectoryEntry::SIZE + 4;
        let other = u8::from(!kind.is_required());
        let error = patched(flags, &[other]);
        let refused = matches!(error, DecodeError::Directory { .. });
        assert!(refused, "{kind}: {error}");
    }
}

#[test]
fn padding_is_zero() {
    let mut bytes = encode(&full()).expect("they are valid");
    let bundle = Bundle::parse(&bytes).expect("it was just written");
    let padded = bundle.sections().find(|section| section.length % 8 != 0);
    let section = padded.expect("some section is not a multiple of eight");
    let at = usize::try_from(section.offset + section.length).expect("it was read");
    bytes[at] = 1;
    reseal(&mut bytes);
    let error = Bundle::parse(&bytes).expect_err("the padding is not zero");
    assert_eq!(error, DecodeError::NotZero { part: "padding" });
}
