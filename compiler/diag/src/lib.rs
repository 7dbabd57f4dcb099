//! What ztc says and where it points.
//!
//! A diagnostic is data: nothing here prints. Reading order: [`source`] (the files of one run),
//! [`span`], [`diagnostic`], [`sink`], [`render`].

pub mod diagnostic;
pub mod render;
pub mod sink;
pub mod source;
pub mod span;

pub use diagnostic::{Diagnostic, Label, Level};
pub use sink::Sink;
pub use source::{LineColumn, Source, SourceId, Sources};
pub use span::{Span, Spanned};
