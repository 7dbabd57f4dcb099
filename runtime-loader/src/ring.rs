//! The kernel's ring buffer as a sequence of records.
//!
//! It has one reader's position: two readers would each see a part. Must not know what a record
//! means.

use aya::maps::{MapData, RingBuf};
use ztc_abi::{WireField as _, event::PolicyEvent};

use crate::datapath::{Datapath, Result};

/// The reading end.
pub struct Ring {
    buffer: RingBuf<MapData>,
    n_unknown: u64,
}

impl Ring {
    /// Opens the ring buffer of a datapath at the first record that nobody has read.
    pub fn open(datapath: &Datapath) -> Result<Self> {
        Ok(Self {
            buffer: datapath.events()?,
            n_unknown: 0,
        })
    }

    /// Takes the next record out; `None` when nothing waits.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that ends and then goes on would surprise"
    )]
    pub fn next(&mut self) -> Option<PolicyEvent> {
        while let Some(item) = self.buffer.next() {
            if let Some(event) = PolicyEvent::read(&item) {
                return Some(event);
            }
            self.n_unknown += 1;
        }
        None
    }

    /// Records that were too short to be events.
    pub const fn n_unknown(&self) -> u64 {
        self.n_unknown
    }
}
