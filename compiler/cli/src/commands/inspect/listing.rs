//! A section as rows for people and as objects for programs, from one description of its columns.
//!
//! Must not know where a listing is shown.

use std::io;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;
use ztc_bundle::{Bundle, SectionKind};

use super::names;

/// Columns that few bundles have anything to say in, with what stands there otherwise. People see
/// them where one row says something.
const QUIET: [(&str, &str); 4] = [
    ("audited", "false"),
    ("tier", "normal"),
    ("priority", "0"),
    ("log", ""),
];

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

    /// Whether there is no record.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Writes aligned columns under their names, but for quiet ones.
    pub(crate) fn write(&self, out: &mut impl io::Write, indent: &str) -> io::Result<()> {
        let Some(first) = self.records.first() else {
            return writeln!(out, "{indent}none");
        };
        let columns: Vec<usize> = (0..first.0.len()).filter(|&at| self.says(at)).collect();
        let header = first.cells(&columns, |(column, _)| column.replace('_', " "));
        let rows = self.records.iter();
        let rows = rows.map(|record| record.cells(&columns, |(_, value)| shown(value)));
        let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
        let mut widths = vec![0; columns.len()];
        for row in &rows {
            for (width, text) in widths.iter_mut().zip(row) {
                *width = text.chars().count().max(*width);
            }
        }
        for row in &rows {
            let mut line = indent.to_owned();
            for (text, &width) in row.iter().zip(&widths) {
                line.push_str(&format!("{text:<width$}  "));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Whether a column has anything to say: one that is not quiet always has.
    fn says(&self, at: usize) -> bool {
        let mut cells = self.records.iter().filter_map(|record| record.0.get(at));
        cells.any(|(column, value)| {
            let quiet = QUIET.iter().find(|(name, _)| name == column);
            quiet.is_none_or(|(_, text)| shown(value) != *text)
        })
    }
}

impl Record {
    /// The text of some columns.
    fn cells(
        &self,
        columns: &[usize],
        text: impl Fn(&(&'static str, Value)) -> String,
    ) -> Vec<String> {
        let cells = columns.iter().filter_map(|&at| self.0.get(at));
        cells.map(text).collect()
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

// After the macro, which it uses too.
mod provenance;

/// The records of a section.
pub(crate) fn listing(bundle: &Bundle<'_>, kind: SectionKind) -> Listing {
    let text = |id| bundle.string(id);
    match kind {
        SectionKind::Meta => Listing::new(std::iter::once(bundle.meta()).map(|r| {
            row! {
                "cluster": text(r.cluster), "revision": text(r.revision),
                "workloads": r.n_workloads, "rows": r.n_rows, "port_maps": r.n_port_maps,
                "port_classes": r.n_port_classes, "labels": text(r.labels),
                "options": text(r.options),
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
        SectionKind::Rules => provenance::rules(bundle),
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
                "group": names::peer(r.group), "own_peer": names::peer(r.own_peer),
                "own_group": names::peer(r.own_group), "name": text(r.name), "node": text(r.node),
                "is_node": r.is_node == 1,
            }
        })),
        SectionKind::Prefixes => Listing::new(bundle.prefixes().iter().map(|r| {
            row! {
                "prefix": names::prefix(r.family, r.address, r.length), "peer": names::peer(r.peer),
                "group": names::peer(r.group),
            }
        })),
        SectionKind::Networks => {
            Listing::new((0u32..).zip(bundle.networks().iter()).map(|(id, r)| {
                row! { "network": id, "prefix": names::prefix(r.family, r.address, r.length) }
            }))
        }
        SectionKind::NodeClasses => Listing::new(bundle.node_classes().iter().map(|r| {
            row! {
                "node_class": names::peer(r.peer), "group": names::peer(r.group),
                "own_group": names::peer(r.own_group), "members": r.n_members,
                "example": text(r.example),
            }
        })),
        SectionKind::Degradations => provenance::degradations(bundle),
        SectionKind::Workloads => workloads(bundle),
        SectionKind::Meanings => provenance::meanings(bundle),
        SectionKind::Reserved => Listing::new(bundle.reserved().iter().map(|r| {
            row! { "peer": names::peer(r.peer), "group": names::peer(r.group) }
        })),
        _ => tables(bundle, kind),
    }
}

/// Numbers that are equal or not and mean nothing else stand as digits of one length.
fn workloads(bundle: &Bundle<'_>) -> Listing {
    let endpoints = (0u32..).zip(bundle.endpoints().iter());
    Listing::new(endpoints.filter_map(|(index, endpoint)| {
        let workload = bundle.workload(index)?;
        Some(row! {
            "name": bundle.string(endpoint.name), "workload": workload.name,
            "facts": format!("{:016x}", workload.facts),
        })
    }))
}

fn classes(bundle: &Bundle<'_>) -> Listing {
    Listing::new(bundle.classes().iter().map(|r| {
        let signature = bundle.signatures().range(r.first_selector, r.n_selectors);
        let selectors: Vec<u32> = signature.iter().map(|entry| entry.selector).collect();
        let networks = bundle.class_networks().range(r.first_network, r.n_networks);
        let networks: Vec<u32> = networks.iter().map(|entry| entry.network).collect();
        row! {
            "class": r.class, "group": names::peer(r.group), "row_ingress": r.row_ingress,
            "row_egress": r.row_egress, "shadow_ingress": r.shadow_ingress,
            "shadow_egress": r.shadow_egress, "selectors": selectors, "networks": networks,
            "members": r.n_members, "example": bundle.string(r.example),
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
        SectionKind::ClassNetworks => Listing::new(
            bundle
                .class_networks()
                .iter()
                .map(|r| row! { "network": r.network }),
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
