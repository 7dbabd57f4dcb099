//! One slot's tables, handed to the ABI's `decide()`.
//!
//! Must not know precedence: it is settled before the tables are written, and the one walk through
//! them is `ztc_abi::decide`.

use aya_ebpf::btf_maps::{Array, HashMap};
use ztc_abi::{
    Access, Protocol, Tables, Verdict, decide,
    decide::{Decision, DecisionKey, NO_VERDICT, VerdictKey, VerdictRow, VerdictRowKey},
    ports::N_PORT_PROTOCOLS,
};

use crate::maps::{DECISIONS, PORT_CLASSES, PortClasses, VERDICTS};

/// The tables of one slot. All are found before any is asked: a table that is missing must not
/// look like a table without an entry.
struct Slot {
    decisions: &'static HashMap<DecisionKey, Decision, 1>,
    port_classes: &'static Array<PortClasses, { N_PORT_PROTOCOLS as usize }>,
    verdicts: &'static HashMap<VerdictRowKey, VerdictRow, 1>,
}

impl Tables for Slot {
    #[inline(always)]
    fn decision(&self, key: DecisionKey) -> Option<Decision> {
        // SAFETY: Entries of an inner map never change once its slot is live, see `swap.rs`.
        unsafe { self.decisions.get(key) }.copied()
    }

    #[inline(always)]
    fn port_class(&self, protocol: Protocol, port: u16) -> Option<u16> {
        let classes = self.port_classes.get(protocol as u32)?;
        // Verifier: the port was loaded as two bytes, so it cannot leave the table.
        Some(classes[port as usize])
    }

    #[inline(always)]
    fn verdict(&self, key: VerdictKey) -> Option<Verdict> {
        let (row, place) = key.row();
        // SAFETY: As in `decision`.
        let row = unsafe { self.verdicts.get(row) }?;
        // Verifier: a remainder of 16 cannot leave the row.
        let verdict = row[place];
        (verdict != NO_VERDICT).then_some(Verdict(verdict))
    }
}

/// Judges one access in one slot; `None` when its tables are incomplete.
#[inline(always)]
pub fn judge(slot: u32, access: &Access) -> Option<Verdict> {
    let tables = Slot {
        decisions: DECISIONS.get(slot)?,
        port_classes: PORT_CLASSES.get(slot)?,
        verdicts: VERDICTS.get(slot)?,
    };
    decide(access, &tables)
}
