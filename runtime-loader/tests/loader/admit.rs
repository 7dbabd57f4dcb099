//! What is refused before anything is touched, and what a refusal says.

use ztc_bundle::Digest;
use ztc_loader::{admit, errors::Refused};

use crate::bundles::{allow, bundle};

/// What `admit` says of these bytes.
fn refusal(bytes: Vec<u8>, asked: Option<Digest>) -> String {
    let refused = admit::admit(bytes, asked).expect_err("these bytes are not sound");
    refused.to_string()
}

#[test]
fn every_reason_to_refuse_is_named() {
    let sound = bundle("web", &allow(0, 8080));
    assert!(admit::admit(sound.clone(), None).is_ok());
    let changed = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        bytes
    };
    let cases = [
        (b"kind: CiliumNetworkPolicy\n".to_vec(), "not a bundle"),
        (Vec::new(), "not a bundle"),
        (changed(0), "not a bundle"),
        (changed(8), "format is version"),
        (changed(12), "speaks ABI"),
        (changed(sound.len() - 1), "damaged"),
        (sound[..sound.len() - 8].to_vec(), "its header says"),
    ];
    for (bytes, expected) in cases {
        let said = refusal(bytes, None);
        assert!(said.contains(expected), "expected `{expected}` in: {said}");
    }
}

#[test]
fn another_digest_than_the_one_asked_for_is_refused() {
    let bytes = bundle("web", &allow(0, 8080));
    let asked = Digest::of(&[b"another bundle"]);
    let said = refusal(bytes, Some(asked));
    assert!(said.contains(&asked.to_string()), "{said}");
}

#[test]
fn more_endpoints_than_the_map_holds_are_refused() {
    let holds = usize::try_from(ztc_abi::maps::MAX_ENDPOINTS).expect("it fits");
    assert!(admit::admit_endpoints(holds).is_ok());
    let refused = admit::admit_endpoints(holds + 1);
    assert!(matches!(refused, Err(Refused::TooLarge { entries, .. }) if entries == holds + 1));
}
