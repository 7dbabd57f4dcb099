//! Every byte that crosses the boundary between compiler, loader and kernel, and the one
//! function that decides a packet.
//!
//! This crate knows nothing else: no policies, no YAML, no maps of any library. It is `no_std` and
//! has no dependencies, so that the same source is compiled into the eBPF object, the loader and
//! the compiler. Integers are little endian wherever they leave memory.
//!
//! Reading order: [`identity`] (who), [`ports`] (what), [`verdict`] and [`decide`] (what happens),
//! [`maps`] (where it is kept), [`conntrack`], [`event`], [`reason`], [`probe`].

#![no_std]

mod wire;

pub mod conntrack;
pub mod decide;
pub mod event;
pub mod identity;
pub mod maps;
pub mod ports;
pub mod probe;
pub mod reason;
pub mod verdict;

pub use decide::{Access, Tables, decide};
pub use identity::{Address, Direction, Peer, PeerEntry};
pub use ports::Protocol;
pub use reason::DropReason;
pub use verdict::{Action, Verdict};
pub use wire::{Wire, WireField};

/// The layout of every key and value in this crate.
///
/// A bundle carries the number it was lowered for and a loader refuses any other. It is raised when
/// a struct, a map or the meaning of a number changes; it is not the bundle's format version.
pub const ABI_VERSION: u16 = 2;
