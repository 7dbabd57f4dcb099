//! Annotations of ours on policies.
//!
//! Must not know what they lead to. Annotations of others are not looked at.

use ztc_diag::Spanned;

use crate::errors;
use crate::object::Enforcement;
use crate::read::Reader;
use crate::tree::Mapping;

const PREFIX: &str = "ztc.dev/";
const ENFORCEMENT: &str = "ztc.dev/enforcement";
const MODES: [(&str, Enforcement); 2] = [
    ("audit", Enforcement::Audit),
    ("enforce", Enforcement::Enforce),
];

/// Reads `ztc.dev/enforcement`, and reports what else is called ours.
pub(crate) fn enforcement(
    reader: &mut Reader,
    metadata: Mapping<'_>,
) -> Option<Spanned<Enforcement>> {
    let annotations = reader.mapping(metadata.get("annotations")?, "annotations")?;
    for entry in annotations.iter() {
        let name = entry.key.text();
        if name.starts_with(PREFIX) && name != ENFORCEMENT {
            let at = entry.key.place();
            reader.report(errors::policy::unknown_annotation(at, name, ENFORCEMENT));
        }
    }
    let node = annotations.get(ENFORCEMENT)?;
    let text = reader.text(node, ENFORCEMENT)?;
    let known = MODES.iter().find(|(name, _)| *name == text);
    if known.is_none() {
        let names = MODES.map(|(name, _)| name);
        reader.report(errors::policy::unknown_enforcement(
            node.place(),
            text,
            &names,
        ));
    }
    known.map(|(_, mode)| Spanned::new(*mode, node.span()))
}
