//! The assertions among the inputs: which are checked, and what is wrong with how they are written.
//!
//! Must not know whether an assertion holds: that is `ztc test`.

use std::collections::BTreeSet;

use ztc_diag::{Diagnostic, Sink, SourceId};
use ztc_syntax::{Object, PolicyTest, Refused};

use crate::selection::Selection;

/// What can be wrong with an assertion: names and meanings, sorted by name.
pub(crate) const ERRORS: &[(&str, &str)] = &[
    ("assertion-failed", "an assertion does not hold"),
    (
        "assertion-outside-policy",
        "an assertion is about two ends of which neither is a pod",
    ),
    (
        "audited-reason",
        "the policy in by is audited, so it decides nothing",
    ),
    (
        "bad-selection",
        "from or to of an assertion is no selection",
    ),
    ("unknown-policy", "the policy in by does not exist"),
    (
        "vacuous-assertion",
        "an assertion is about nobody, so it would hold whatever happens",
    ),
];

/// Takes the tests out of the objects. One whose selections cannot be read is refused; one in a
/// file that is not checked is nobody's business here.
pub(crate) fn take(
    objects: &mut Vec<Object>,
    refused: &mut Vec<Refused>,
    unchecked: &BTreeSet<SourceId>,
    sink: &mut Sink,
) -> Vec<PolicyTest> {
    let mut tests = Vec::new();
    objects.retain(|object| {
        let Object::PolicyTest(test) = object else {
            return true;
        };
        if unchecked.contains(&test.meta.kind_span.source) {
            return false;
        }
        let wrong = errors(test);
        if wrong.is_empty() {
            tests.push(test.clone());
        } else {
            refused.push(Refused {
                kind: "PolicyTest".into(),
                namespace: test.meta.namespace.as_ref().map(|one| one.value.clone()),
                name: Some(test.meta.name.value.clone()),
                span: test.meta.kind_span,
            });
        }
        wrong.into_iter().for_each(|error| sink.push(error));
        false
    });
    tests
}

fn errors(test: &PolicyTest) -> Vec<Diagnostic> {
    let sides = test.assertions.iter().flat_map(|one| [&one.from, &one.to]);
    let selections = sides.flat_map(|side| &side.selections);
    let error = |written: &ztc_diag::Spanned<String>| {
        let wrong = Selection::parse(&written.value).err()?;
        let message = format!("`{}` {}", wrong.text, wrong.reason);
        Some(Diagnostic::error("bad-selection", message, written.span).help(wrong.help))
    };
    selections.filter_map(error).collect()
}
