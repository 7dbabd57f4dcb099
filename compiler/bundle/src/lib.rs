//! The artifact: what compiler and node share.

pub mod records;

pub use records::*;
