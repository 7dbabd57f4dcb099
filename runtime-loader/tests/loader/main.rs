//! What the loader promises, tried on files, on its state, and on a real kernel where there is one.
//!
//! Tests that need root and eBPF say why they are skipped; `ZTC_REQUIRE_KERNEL=1` makes a skip a
//! failure. Each has its own network namespaces, pins and state, so they can run side by side.

#![expect(
    clippy::indexing_slicing,
    reason = "a test that looks beside the list must fail"
)]
#![expect(clippy::panic, reason = "a test that cannot go on must fail")]

mod audited;
mod bundles;
mod node;
mod schema;

mod addresses;
mod admit;
mod apply;
mod audit;
mod crash;
mod demo;
mod endpoints;
mod json;
mod lab;
mod load;
mod probe;
#[path = "../kernel/seed.rs"]
mod seed;
mod state;
