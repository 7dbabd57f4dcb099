//! CiliumCIDRGroup as written.
//!
//! Must not know who uses it.

use crate::meta;
use crate::object::CidrGroup;
use crate::prefix;
use crate::read::{Reader, nothing_else};
use crate::tree::{Mapping, Node};

/// Reads a CiliumCIDRGroup.
pub(crate) fn read(reader: &mut Reader, object: Mapping<'_>, kind: Node<'_>) -> Option<CidrGroup> {
    const HOLDER: &str = "a CiliumCIDRGroup";
    let fields = ["apiVersion", "kind", "metadata", "spec", "status"];
    reader.only(object, HOLDER, &fields, nothing_else);
    let meta = meta::read(reader, object, kind);
    let spec = reader.required(object, HOLDER, "spec")?;
    let spec = reader.mapping(spec, "spec")?;
    let holder = "a CiliumCIDRGroup's `spec`";
    reader.only(spec, holder, &["externalCIDRs"], nothing_else);
    reader.required(spec, holder, "externalCIDRs")?;
    let prefixes = reader.list(spec, "externalCIDRs", |reader, node| {
        prefix::read(reader, node, "externalCIDRs[]")
    });
    Some(CidrGroup {
        meta: meta?,
        prefixes: prefixes.map(|list| list.value).unwrap_or_default(),
    })
}
