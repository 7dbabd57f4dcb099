//! Whether the records of a bundle mean something: every id, range, number and order, in one pass.
//!
//! Whoever reads a checked bundle need not doubt it. Each check takes time and memory bounded by
//! the length of the sections it reads. Must not know how sections are framed.

mod decisions;
mod meta;
mod peers;
mod pods;
mod provenance;
mod selectors;

use ztc_abi::{Peer, Protocol, Wire};

use crate::{
    Bundle, DecodeError, NodeClassRecord, RuleRecord, SectionKind, StringId, error::Fault,
    table::Table,
};

/// Checks all sections.
pub(crate) fn check(bundle: &Bundle<'_>) -> Result<(), DecodeError> {
    let strings = bundle.string_table().ok_or(DecodeError::Record {
        section: SectionKind::Strings,
        index: 0,
        field: "offsets",
        fault: Fault::Missing {
            what: "room for them",
        },
    })?;
    strings.check()?;
    let counts = Counts::new(bundle);
    meta::check(bundle, &counts)?;
    selectors::check(bundle, &counts)?;
    pods::check(bundle, &counts)?;
    peers::check(bundle, &counts)?;
    decisions::check(bundle, &counts)?;
    provenance::check(bundle, &counts)
}

/// What a number can stand for.
struct Counts<'a> {
    strings: u32,
    rows: u32,
    port_maps: u32,
    port_classes: u32,
    classes: u32,
    n_rules: u32,
    /// The numbers of the rules that pass, ascending: no verdict names one.
    passing: Vec<u32>,
    node_classes: Table<'a, NodeClassRecord>,
}

impl<'a> Counts<'a> {
    fn new(bundle: &Bundle<'a>) -> Self {
        let meta = bundle.meta();
        let rules = (1..).zip(bundle.rules().iter());
        let passing = rules.filter(|(_, rule)| rule.action == RuleRecord::PASS);
        Self {
            strings: bundle.n_strings(),
            rows: meta.n_rows,
            port_maps: meta.n_port_maps,
            port_classes: meta.n_port_classes,
            classes: length(bundle.classes()),
            n_rules: length(bundle.rules()),
            passing: passing.map(|(number, _)| number).collect(),
            node_classes: bundle.node_classes(),
        }
    }
}

fn length<R: Wire>(table: Table<'_, R>) -> u32 {
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

/// Checks that a section has a record for each of another one, in a bundle that has it.
fn parallel(
    bundle: &Bundle<'_>,
    section: SectionKind,
    found: u32,
    expected: u32,
) -> Result<(), DecodeError> {
    if !bundle.has_section(section) {
        return Ok(());
    }
    Place { section, index: 0 }
        .at("records")
        .equal(found, expected)
}

/// Visits the records of a section, each with its place and the one before it.
fn each<R: Wire>(
    section: SectionKind,
    table: Table<'_, R>,
    mut visit: impl FnMut(Place, R, Option<R>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut previous = None;
    for (index, record) in (0..).zip(table.iter()) {
        visit(Place { section, index }, record, previous)?;
        previous = Some(record);
    }
    Ok(())
}

/// One record.
#[derive(Clone, Copy)]
struct Place {
    section: SectionKind,
    index: u32,
}

impl Place {
    fn at(self, field: &'static str) -> Field {
        Field { place: self, field }
    }
}

/// One field of one record.
#[derive(Clone, Copy)]
struct Field {
    place: Place,
    field: &'static str,
}

impl Field {
    fn fault<T>(self, fault: Fault) -> Result<T, DecodeError> {
        Err(DecodeError::Record {
            section: self.place.section,
            index: self.place.index,
            field: self.field,
            fault,
        })
    }

    fn when(self, wrong: bool, fault: Fault) -> Result<(), DecodeError> {
        if wrong { self.fault(fault) } else { Ok(()) }
    }

    fn equal(self, value: impl Into<u64>, expected: impl Into<u64>) -> Result<(), DecodeError> {
        let (value, expected) = (value.into(), expected.into());
        self.when(value != expected, Fault::NotExpected { value, expected })
    }

    fn inside(self, value: u32, low: u32, high: u32) -> Result<(), DecodeError> {
        let fault = Fault::NotInside {
            value: value.into(),
            low: low.into(),
            high: high.into(),
        };
        self.when(value < low || value > high, fault)
    }

    fn index(self, index: u32, n: u32) -> Result<(), DecodeError> {
        let fault = Fault::NoSuch {
            index: index.into(),
            n: n.into(),
        };
        self.when(index >= n, fault)
    }

    fn text(self, counts: &Counts<'_>, id: StringId) -> Result<(), DecodeError> {
        self.index(id, counts.strings)
    }

    /// Ranges tile the section they point into, so that reading all of them is reading it once.
    /// The end of this one.
    fn tile(self, first: u32, n: u32, expected: u32, length: u32) -> Result<u32, DecodeError> {
        self.equal(first, expected)?;
        match first.checked_add(n) {
            Some(end) if end <= length => Ok(end),
            _ => self.fault(Fault::NotInside {
                value: u64::from(first) + u64::from(n),
                low: first.into(),
                high: length.into(),
            }),
        }
    }

    fn ascending<K: Ord>(self, previous: Option<K>, key: K) -> Result<(), DecodeError> {
        self.when(
            previous.is_some_and(|previous| previous >= key),
            Fault::NotSorted,
        )
    }

    fn protocol(self, number: u32) -> Result<Protocol, DecodeError> {
        let known = u8::try_from(number).ok().and_then(Protocol::from_index);
        known.map_or_else(
            || {
                self.fault(Fault::Unknown {
                    value: number.into(),
                })
            },
            Ok,
        )
    }

    fn group(self, group: u32) -> Result<(), DecodeError> {
        let fault = Fault::Unknown {
            value: group.into(),
        };
        self.when(!Peer(group).is_group(), fault)
    }

    fn class(self, counts: &Counts<'_>, class: u32) -> Result<(), DecodeError> {
        self.index(class.wrapping_sub(Peer::FIRST_CLASS), counts.classes)
    }

    /// A peer that an address can stand for.
    fn peer(self, counts: &Counts<'_>, peer: u32) -> Result<(), DecodeError> {
        if Peer(peer).is_class() {
            return self.class(counts, peer);
        }
        let known = if Peer(peer).is_node_class() {
            // The even number is the node from elsewhere, the next one the same node from itself.
            let first = peer & !1;
            counts.node_classes.find(&first, |r| r.peer).is_some()
        } else {
            Peer(peer).is_address_class() || Peer::RESERVED.contains(&Peer(peer))
        };
        self.when(!known, Fault::Unknown { value: peer.into() })
    }

    fn verdict(self, counts: &Counts<'_>, bits: u32) -> Result<(), DecodeError> {
        // The fourth bit pattern is no action.
        self.when(bits >> 30 == 3, Fault::Unknown { value: bits.into() })?;
        let rule = ztc_abi::Verdict(bits).rule();
        self.inside(rule, 0, counts.n_rules)?;
        let passes = counts.passing.binary_search(&rule).is_ok();
        self.when(passes, Fault::Passes { rule })
    }
}
