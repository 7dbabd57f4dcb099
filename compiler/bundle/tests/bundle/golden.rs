//! Bundles that earlier builds wrote, kept: what was readable stays readable.

use std::{fs, path::Path};

use ztc_bundle::{Bundle, Contents, SectionKind, encode};

use crate::full;

/// The digest of the file of the version that is written now. A change that this test does not
/// survive needs another format version or another ABI version, and another file beside this one.
const DIGEST: &str = "sha256:715b9ccb9d3e5bec5f9d58757f790a8e9abd76cbb7e052761096c6a76598c608";

/// The digest of the file that version 2.0 wrote. It never changes.
const DIGEST_2_0: &str = "sha256:8d7b1a7444a628bb3ee1405b99951747bba07204be126a1845514057646962a4";

fn golden(name: &str) -> std::path::PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("tests/bundle/golden").join(name)
}

/// Before the first release the file may be written again: set `ZTC_WRITE_GOLDEN`, then put the new
/// digest above.
#[test]
fn a_bundle_that_an_earlier_build_wrote_is_still_read() {
    let path = golden("format-2.1.ztcb");
    if std::env::var_os("ZTC_WRITE_GOLDEN").is_some() {
        let bytes = encode(&full()).expect("they are valid");
        fs::write(&path, bytes).expect("the file can be written");
    }
    let bytes = fs::read(&path).expect("the file is part of the repository");
    let bundle = Bundle::parse(&bytes).expect("it was valid when it was written");
    assert_eq!(bundle.format_version(), (2, 1));
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

#[test]
fn a_bundle_of_version_2_0_is_read_and_knows_no_workloads_and_no_meanings() {
    let bytes = fs::read(golden("format-2.0.ztcb")).expect("the file is part of the repository");
    let bundle = Bundle::parse(&bytes).expect("it was valid when it was written");
    assert_eq!(bundle.format_version(), (2, 0));
    assert_eq!(bundle.digest().to_string(), DIGEST_2_0);
    for &kind in SectionKind::ALL {
        assert_eq!(bundle.has_section(kind), kind.since() == 0, "{kind}");
    }
    assert!(bundle.endpoints().len() > 1 && bundle.rules().len() > 1);
    assert_eq!((bundle.workload(0), bundle.meaning(1)), (None, None));
    // What it has is written again as version 2.1 with what it lacks.
    let old = bundle.to_contents();
    let new = Contents {
        workloads: vec![Default::default(); old.endpoints.len()],
        meanings: vec![Default::default(); old.rules.len()],
        ..old.clone()
    };
    let bytes = encode(&new).expect("nothing is missing");
    let again = Bundle::parse(&bytes).expect("it was just written");
    assert_eq!(again.meaning(1), Some(0));
    let error = encode(&old).expect_err("version 2.1 has both").to_string();
    assert!(
        error.contains("section `workloads`, record 0, `records`: 0 instead of"),
        "{error}"
    );
}
