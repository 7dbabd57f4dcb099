//! The node: swaps a bundle into the kernel in one step, and says why a packet was dropped.
//!
//! A library, so that tests and benchmarks can do what the command does. It reads bundles and must
//! never know policies or YAML. Reading order: who the endpoints are ([`endpoints`], [`place`]),
//! what a slot must hold ([`tables`]), how it gets there ([`datapath`], [`fill`], [`probes`],
//! [`swap`], [`attach`]), all of it in order ([`activate`]), what is remembered ([`store`],
//! [`meaning`]), what is seen ([`events`], [`status`]), and the command line around it.

pub mod endpoints;
pub mod place;
pub mod tables;

pub mod admit;
pub mod caveats;
pub mod errors;

pub mod attach;
pub mod datapath;
pub mod fill;
pub mod frame;
mod inner;
pub mod judge;
pub mod pins;
pub mod probe;
pub mod probes;
pub mod swap;

pub mod activate;
pub mod instance;
pub mod store;

pub mod clock;
pub mod events;
pub mod meaning;
pub mod ring;
pub mod status;

pub mod demo;
pub mod lab;

pub mod args;
pub mod commands;
