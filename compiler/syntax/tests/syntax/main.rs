//! Tests of `ztc-syntax` through its front door.

mod cilium_objects;
mod errors;
mod marks;
mod mutation;
mod objects;
mod spans;
