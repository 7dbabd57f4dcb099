//! Behaviour of Cilium's engine that looks accidental: what ztc does about each topic, on purpose
//! (SEMANTICS.md says why). A change of stance fails here.

use super::case::{Case, shared_cases};
use super::{differences, ztc_says};
use crate::pipeline::compile;
use crate::say::say;

/// What ztc does where Cilium's behaviour is disputed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stance {
    /// The same.
    Agrees,
    /// Something else, on so many sides of connections.
    Differs(usize),
    /// Refuses so many of the objects that Cilium accepts.
    Refuses(usize),
}

const STANCES: [(&str, Stance); 14] = [
    // S5: an endPort that is not above its port is ignored.
    ("t-endport-below-port-a", Stance::Agrees),
    ("t-endport-below-port-b", Stance::Agrees),
    // S6: a section that policyTypes does not list is ignored, as the Kubernetes API says.
    ("t-knp-policytypes-mismatch-a", Stance::Differs(24)),
    ("t-knp-policytypes-mismatch-b", Stance::Differs(23)),
    // S1: a pod label called `host` or `init` is a label like any other.
    ("t-magic-label-keys-a", Stance::Differs(38)),
    ("t-magic-label-keys-b", Stance::Differs(42)),
    // S3: an endPort beside a named port has no one meaning.
    ("t-named-endport-a", Stance::Refuses(2)),
    ("t-named-endport-b", Stance::Refuses(2)),
    // S4: nobody means octal.
    ("t-octal-port-a", Stance::Refuses(2)),
    ("t-octal-port-b", Stance::Refuses(2)),
    // S5: port 0 with an endPort.
    ("t-port-zero-endport-a", Stance::Refuses(1)),
    ("t-port-zero-endport-b", Stance::Refuses(1)),
    // S2: toServices that resolves to nothing never widens to everyone.
    ("t-unresolved-service-a", Stance::Differs(12)),
    ("t-unresolved-service-b", Stance::Differs(12)),
];

#[test]
fn ztc_decides_disputed_behaviour_on_purpose() {
    let Some(cases) = shared_cases(&["disputed"]) else {
        say("skipped: no conformance cases beside the workspace");
        return;
    };
    let found: Vec<_> = cases
        .iter()
        .map(|case| (case.name.as_str(), stance(case)))
        .collect();
    assert_eq!(found, STANCES);
}

fn stance(case: &Case) -> Stance {
    let refused = compile(&case.files).errors.len();
    if refused > 0 {
        return Stance::Refuses(refused);
    }
    match differences(case, &ztc_says(case)).len() {
        0 => Stance::Agrees,
        n_sides => Stance::Differs(n_sides),
    }
}
