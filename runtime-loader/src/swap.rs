//! One map update makes a generation live. It is the only commit point.
//!
//! Must not know what is in a slot.
//!
//! Why a slot may be cleared after [`flip`] returns, in kernel facts:
//!
//! 1. A tcx program runs inside `rcu_read_lock` from its first instruction to its last
//!    (`tcx_run`, since Linux 6.6), and ours reads the generation once, at its start.
//! 2. Updating an element of an array of maps from user space waits for an RCU grace period before
//!    the system call returns (`maybe_wait_bpf_programs`, since Linux 4.18, commit 1ae80cf31938).
//!    It was made for this use: whoever swaps an inner map may then touch the old one.
//! 3. So, after the generation is written, one such update of anything, here of an inner map to
//!    itself, returns only when every program that might have read the old generation has ended.

use aya::maps::{Array, ArrayOfMaps, MapData};
use ztc_abi::maps;

use crate::{
    datapath::{Datapath, DatapathError, Result, slot},
    fill::{SlotTables, fill},
    inner,
};

/// Makes a generation live whose slot was filled, and waits until no packet is judged by the old
/// one any more.
///
/// If the loader dies before the write, the old generation stays; after it, the new one does.
pub fn flip(datapath: &Datapath, generation: u64) -> Result<()> {
    let live = datapath.generation()?;
    if generation <= live || slot(generation) == slot(live) && live != 0 {
        return Err(DatapathError::WrongGeneration {
            asked: generation,
            live,
        });
    }
    let mut map: Array<MapData, u64> = datapath.map(maps::GENERATION)?;
    map.set(0, generation, 0)
        .map_err(DatapathError::map(maps::GENERATION))?;
    grace(datapath, slot(generation))
}

/// Waits until every program that runs now has ended.
fn grace(datapath: &Datapath, slot: u32) -> Result<()> {
    let failed = || DatapathError::map(maps::PORT_CLASSES);
    let mut outer: ArrayOfMaps<MapData, inner::PortClasses> = datapath.map(maps::PORT_CLASSES)?;
    let same = outer.get(&slot, 0).map_err(failed())?;
    outer.set(slot, &same, 0).map_err(failed())
}

/// Frees the memory of a slot that is not live. Call it after [`flip`].
pub fn clear(datapath: &Datapath, slot: u32) -> Result<()> {
    fill(datapath, slot, &SlotTables::default())
}
