//! Where the pods of this node come from, and which class each of them is in.
//!
//! Reading order: [`file`] (the static list, the only source so far), [`names`] (its small parsed
//! words). What a class may do is none of its business.

pub mod file;
mod names;

pub use file::{Endpoint, EndpointsError, EndpointsFile, Namespace, Port};
pub use names::{InterfaceName, Name, PodAddress, ProtocolName};
