//! YAML to typed objects that remember where they came from. Never fails: it reports.
//!
//! [`parse`] is the door; [`object`] is what comes out. Must not know what an object means.

pub mod object;

pub use object::*;
