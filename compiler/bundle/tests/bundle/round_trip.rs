//! What is written is what is read; the same contents are the same bytes.

use ztc_abi::WireField;
use ztc_bundle::{Bundle, DirectoryEntry, Header, SectionKind, encode, testing};

use crate::generated;

#[test]
fn contents_survive_a_round_trip() {
    for seed in 0..500 {
        let (contents, file) = generated(seed);
        let bundle = Bundle::parse(file.bytes()).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        assert_eq!(bundle.to_contents(), contents, "seed {seed}");
        assert_eq!(file.view().digest(), bundle.digest(), "seed {seed}");
    }
}

#[test]
fn the_same_contents_are_the_same_bytes_and_others_have_another_digest() {
    let mut digests = std::collections::BTreeSet::new();
    for seed in 0..100 {
        let (contents, file) = generated(seed);
        assert_eq!(contents, testing::contents(seed), "seed {seed}");
        assert_eq!(
            encode(&contents).as_deref(),
            Ok(file.bytes()),
            "seed {seed}"
        );
        assert!(digests.insert(file.view().digest()), "seed {seed}");
    }
}

#[test]
fn sections_are_listed_as_they_lie() {
    let (contents, file) = generated(1);
    let bundle = file.view();
    let sections: Vec<_> = bundle.sections().collect();
    assert_eq!(sections.len(), SectionKind::ALL.len());
    let mut end = (Header::SIZE + sections.len() * DirectoryEntry::SIZE) as u64;
    for (section, &kind) in sections.iter().zip(SectionKind::ALL) {
        assert_eq!((section.kind, section.name), (kind as u32, kind.name()));
        assert_eq!(
            section.n_records as usize,
            contents.n_records(kind),
            "{kind}"
        );
        assert_eq!(section.offset, end, "{kind}");
        assert_eq!(
            section.length,
            bundle.section_bytes(kind).len() as u64,
            "{kind}"
        );
        end = (section.offset + section.length).next_multiple_of(8);
    }
    assert_eq!(end, bundle.bytes().len() as u64);
}

#[test]
fn strings_are_found_by_id_and_by_text() {
    let (contents, file) = generated(2);
    let bundle = file.view();
    for (id, text) in (0..).zip(&contents.strings) {
        assert_eq!(bundle.string(id), text);
        assert_eq!(bundle.string_id(text), Some(id));
    }
    assert_eq!(bundle.string_id("no such text"), None);
    assert_eq!(bundle.string(bundle.n_strings()), "");
    assert_eq!(bundle.string(u32::MAX), "");
}

/// The table in the crate's documentation is the layout; this holds it to the records.
#[test]
fn the_documentation_lists_every_section_with_its_size() {
    let text = include_str!("../../src/lib.rs");
    for kind in SectionKind::ALL {
        let size = match kind.record_size() {
            0 => "-".into(),
            size => size.to_string(),
        };
        let row = format!("//! | {} | `{}` | {size} |", *kind as u32, kind.name());
        assert!(text.contains(&row), "src/lib.rs lacks the row {row}");
    }
}
