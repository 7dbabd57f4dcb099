//! A bundle that an earlier build wrote, kept: what was readable stays readable.

use std::{fs, path::Path};

use ztc_bundle::{Bundle, SectionKind, encode};

use crate::full;

/// The digest of the file. A change that this test does not survive needs another major format
/// version or another ABI version, and another file beside this one.
const DIGEST: &str = "sha256:8d7b1a7444a628bb3ee1405b99951747bba07204be126a1845514057646962a4";

/// Before the first release the file may be written again: set `ZTC_WRITE_GOLDEN`, then put the new
/// digest above.
#[test]
fn a_bundle_that_an_earlier_build_wrote_is_still_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bundle/golden/format-2.ztcb");
    if std::env::var_os("ZTC_WRITE_GOLDEN").is_some() {
        let bytes = encode(&full()).expect("they are valid");
        fs::write(&path, bytes).expect("the file can be written");
    }
    let bytes = fs::read(&path).expect("the file is part of the repository");
    let bundle = Bundle::parse(&bytes).expect("it was valid when it was written");
    assert_eq!(bundle.format_version(), (2, 0));
    assert_eq!(bundle.digest().to_string(), DIGEST);
    let contents = bundle.to_contents();
    for &kind in SectionKind::ALL {
        assert!(
            contents.n_records(kind) > 0,
            "{kind} is empty and proves nothing"
        );
    }
    assert_eq!(encode(&contents), Ok(bytes), "written as it was then");
}
