//! The datapath in a real kernel, packet by packet, through BPF_PROG_TEST_RUN.
//!
//! Needs root. Without it every test says why it did nothing; with `ZTC_REQUIRE_KERNEL=1` that is
//! a failure. `ZTC_DATAPATH_OBJECT` names another object than the committed one.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test that goes wrong shall stop there"
)]

#[path = "kernel/attach.rs"]
mod attach;
#[path = "kernel/audit.rs"]
mod audit;
#[path = "kernel/counters.rs"]
mod counters;
#[path = "kernel/errors.rs"]
mod errors;
#[path = "kernel/flows.rs"]
mod flows;
#[path = "kernel/generations.rs"]
mod generations;
#[path = "kernel/headers.rs"]
mod headers;
#[path = "kernel/parity.rs"]
mod parity;
#[path = "kernel/rig.rs"]
mod rig;
#[path = "kernel/seed.rs"]
mod seed;
