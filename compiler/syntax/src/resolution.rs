//! ztc's own Resolution: what names and groups stood for at some moment (RESOLUTION.md).
//!
//! Must not know which policies ask.

use std::net::IpAddr;

use ztc_diag::Spanned;

use crate::errors;
use crate::fqdn;
use crate::meta;
use crate::object::Resolution;
use crate::read::{Reader, nothing_else};
use crate::tree::{Entry, Mapping, Node};
use crate::workload::address;

type Addresses = Vec<(Spanned<String>, Vec<IpAddr>)>;

/// Reads a Resolution.
pub(crate) fn read(reader: &mut Reader, object: Mapping<'_>, kind: Node<'_>) -> Option<Resolution> {
    let fields = ["apiVersion", "kind", "metadata", "names", "groups"];
    reader.only(object, "a Resolution", &fields, nothing_else);
    let names = entries(reader, object, "names", |reader, key| {
        let text = meta::key_text(reader, key)?;
        fqdn::name(reader, key, text)
    });
    let groups = entries(reader, object, "groups", |reader, key| {
        meta::key_text(reader, key).map(str::to_owned)
    });
    Some(Resolution {
        kind_span: kind.span(),
        names,
        groups,
    })
}

fn entries<'d>(
    reader: &mut Reader,
    object: Mapping<'d>,
    field: &str,
    read_key: impl Fn(&mut Reader, Node<'d>) -> Option<String>,
) -> Addresses {
    let Some(mapping) = object
        .get(field)
        .and_then(|node| reader.mapping(node, field))
    else {
        return Vec::new();
    };
    let mut entries: Addresses = Vec::new();
    for entry in mapping.iter() {
        let addresses = addresses(reader, entry);
        let Some(key) = read_key(reader, entry.key) else {
            continue;
        };
        entries.push((Spanned::new(key, entry.key.span()), addresses));
    }
    check_unique(reader, &entries);
    entries
}

fn addresses(reader: &mut Reader, entry: Entry<'_>) -> Vec<IpAddr> {
    let key = entry.key.text();
    let Some(list) = reader.sequence(entry.value, key) else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|node| {
            if node.is_empty_text() {
                reader.report(errors::object::bad_address(node.place(), key, ""));
            }
            address(reader, node, key)
        })
        .collect()
}

/// Two spellings of one name are one name given twice.
fn check_unique(reader: &mut Reader, entries: &Addresses) {
    let mut sorted: Vec<_> = entries.iter().map(|(key, _)| key).collect();
    sorted.sort_by_key(|key| (&key.value, key.span));
    for pair in sorted.windows(2) {
        if let [first, second] = pair
            && first.value == second.value
        {
            let at = crate::tree::Place::of(second.span);
            reader.report(errors::yaml::duplicate_key(at, first.span, &second.value));
        }
    }
}
