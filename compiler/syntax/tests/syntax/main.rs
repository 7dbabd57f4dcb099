//! Tests of `ztc-syntax` through its front door.

mod admin_objects;
mod cilium_objects;
mod errors;
mod marks;
mod mutation;
mod objects;
mod policy_objects;
mod refused;
mod rejections;
mod spans;
