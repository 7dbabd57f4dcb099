//! A section as rows for people and as objects for programs, from one description of its columns.
//!
//! Must not know where a listing is shown.

use std::io;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use ztc_bundle::{Bundle, SectionKind};

use super::names;

/// The records of one section. Serialises as an array of objects.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Listing {
    records: Vec<Record>,
}

/// One record: columns in the order that people want to read them.
#[derive(Debug)]
struct Record(Vec<(&'static str, Value)>);

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, value) in &self.0 {
            map.serialize_entry(column, value)?;
        }
        map.end()
    }
}

impl Listing {
    fn new<const N: usize>(rows: impl Iterator<Item = [(&'static str, Value); N]>) -> Self {
        Self {
            records: rows.map(|row| Record(row.into())).collect(),
        }
    }

    /// Writes aligned columns under their names.
    pub(crate) fn write(&self, out: &mut impl io::Write, indent: &str) -> io::Result<()> {
        let Some(first) = self.records.first() else {
            return writeln!(out, "{indent}none");
        };
        let header: Vec<String> = first
            .0
            .iter()
            .map(|(column, _)| column.replace('_', " "))
            .collect();
        let cells = |record: &Record| record.0.iter().map(|(_, value)| shown(value)).collect();
        let rows: Vec<Vec<String>> = self.records.iter().map(cells).collect();
        let mut widths: Vec<usize> = header.iter().map(|text| text.chars().count()).collect();
        for row in &rows {
            for (width, text) in widths.iter_mut().zip(row) {
                *width = (*width).max(text.chars().count());
            }
        }
        for row in std::iter::once(&header).chain(&rows) {
            let mut line = indent.to_owned();
            for (text, &width) in row.iter().zip(&widths) {
                line.push_str(&format!("{text:<width$}  "));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

macro_rules! row {
    ($($column:literal: $value:expr),+ $(,)?) => { [$(($column, Value::from($value))),+] };
}

/// The records of a section.
pub(crate) fn listing(bundle: &Bundle<'_>, kind: SectionKind) -> Listing {
    let text = |id| bundle.string(id);
    match kind {
        SectionKind::Meta => Listing::new(std::iter::once(bundle.meta()).map(|r| {
            row! {
                "cluster": text(r.cluster), "revision": text(r.revision),
                "workloads": r.n_workloads, "rows": r.n_rows, "port_maps": r.n_port_maps,
                "port_classes": r.n_port_classes,
            }
        })),
        SectionKind::Strings => Listing::new(
            (0u32..)
                .zip(bundle.strings())
                .map(|(id, s)| row! {"id": id, "text": s}),
        ),
        SectionKind::Policies => Listing::new(bundle.policies().iter().map(|r| {
            row! {
                "kind": text(r.kind), "namespace": text(r.namespace), "name": text(r.name),
                "file": text(r.file), "line": r.line, "column": r.column,
            }
        })),
        SectionKind::Rules => rules(bundle),
        SectionKind::Classes => classes(bundle),
        SectionKind::Endpoints => Listing::new(bundle.endpoints().iter().map(|r| {
            let class = if r.class == 0 {
                "host network".into()
            } else {
                names::peer(r.class)
            };
            row! { "name": text(r.name), "class": class, "node": text(r.node) }
        })),
        SectionKind::Addresses => Listing::new(bundle.addresses().iter().map(|r| {
            row! {
                "address": names::address(r.address), "peer": names::peer(r.peer),
                "group": names::peer(r.group), "name": text(r.name), "node": text(r.node),
                "is_node": r.is_node == 1,
            }
        })),
        SectionKind::Prefixes => Listing::new(bundle.prefixes().iter().map(|r| {
            row! {
                "prefix": names::prefix(&r), "peer": names::peer(r.peer),
                "group": names::peer(r.group),
            }
        })),
        SectionKind::Reserved => Listing::new(bundle.reserved().iter().map(|r| {
            row! { "peer": names::peer(r.peer), "group": names::peer(r.group) }
        })),
        _ => tables(bundle, kind),
    }
}

fn rules(bundle: &Bundle<'_>) -> Listing {
    let text = |id| bundle.string(id);
    Listing::new((1u32..).zip(bundle.rules().iter()).map(|(number, r)| {
        let policy = bundle.policies().get(r.policy).unwrap_or_default();
        let name = match text(policy.namespace) {
            "" => text(policy.name).to_owned(),
            namespace => format!("{namespace}/{}", text(policy.name)),
        };
        row! {
            "rule": number, "direction": names::direction(r.direction),
            "action": names::action(r.action), "isolates": r.isolates == 1, "policy": name,
            "path": text(r.path), "file": text(r.file), "line": r.line, "column": r.column,
            "end_line": r.end_line, "end_column": r.end_column, "summary": text(r.summary),
        }
    }))
}

fn classes(bundle: &Bundle<'_>) -> Listing {
    Listing::new(bundle.classes().iter().map(|r| {
        let signature = bundle.signatures().range(r.first_selector, r.n_selectors);
        let selectors: Vec<u32> = signature.iter().map(|entry| entry.selector).collect();
        row! {
            "class": r.class, "group": names::peer(r.group), "row_ingress": r.row_ingress,
            "row_egress": r.row_egress, "selectors": selectors, "members": r.n_members,
            "example": bundle.string(r.example),
        }
    }))
}

/// The sections that are tables of numbers.
fn tables(bundle: &Bundle<'_>, kind: SectionKind) -> Listing {
    let text = |id| bundle.string(id);
    match kind {
        SectionKind::Selectors => Listing::new(
            (0u32..)
                .zip(bundle.to_selectors())
                .map(|(id, selector)| row! { "selector": id, "matches": selector.to_string() }),
        ),
        SectionKind::Requirements => Listing::new(bundle.requirements().iter().map(|r| {
            let operator = ztc_identity::Operator::from_number(r.operator);
            row! {
                "source": text(r.source), "key": text(r.key),
                "operator": operator.map_or_else(String::new, |known| format!("{known:?}")),
                "first_value": r.first_value, "values": r.n_values,
            }
        })),
        SectionKind::Values => Listing::new(
            bundle
                .values()
                .iter()
                .map(|r| row! { "text": text(r.text) }),
        ),
        SectionKind::NamedPorts => Listing::new(bundle.named_ports().iter().map(|r| {
            let protocol = u8::try_from(r.protocol).map_or("", names::protocol);
            row! { "name": text(r.name), "protocol": protocol }
        })),
        SectionKind::Signatures => Listing::new(
            bundle
                .signatures()
                .iter()
                .map(|r| row! { "selector": r.selector }),
        ),
        SectionKind::ClassPorts => Listing::new(
            bundle
                .class_ports()
                .iter()
                .map(|r| row! {"named_port": r.named_port, "port": r.port}),
        ),
        SectionKind::Decisions => Listing::new(bundle.decisions().iter().map(|r| {
            let by_protocol = ztc_abi::decide::Decision::BY_PROTOCOL;
            row! {
                "row": r.row, "peer": names::peer(r.peer), "port_map": r.port_map & !by_protocol,
                "by_protocol": r.port_map & by_protocol != 0, "rest": names::verdict(r.rest),
            }
        })),
        SectionKind::Ports => Listing::new(bundle.ports().iter().map(|r| {
            row! {
                "protocol": names::protocol(r.protocol), "ports": names::ports(r.start, r.end),
                "class": r.class,
            }
        })),
        SectionKind::Verdicts => Listing::new(bundle.verdicts().iter().map(|r| {
            row! {
                "port_map": r.port_map, "port_class": r.port_class,
                "verdict": names::verdict(r.verdict),
            }
        })),
        SectionKind::Isolations => Listing::new(
            bundle
                .isolations()
                .iter()
                .map(|r| row! { "row": r.row, "rule": r.rule }),
        ),
        _ => probes(bundle),
    }
}

fn probes(bundle: &Bundle<'_>) -> Listing {
    Listing::new(bundle.probes().iter().map(|r| {
        row! {
            "row": r.row, "direction": names::direction(r.direction),
            "address": names::address(r.address), "peer": names::peer(r.peer),
            "protocol": names::protocol(r.protocol), "port": r.port,
            "verdict": names::verdict(r.verdict),
        }
    }))
}
