//! Labels, selectors and what matches what: the part of identity that compiler and loader share.
//!
//! Everything here is a pure function of labels. It must not know policies, files or maps. Reading
//! order: [`labels`], [`filter`], [`selector`], [`index`].

pub mod filter;
pub mod index;
pub mod labels;
pub mod selector;

pub use filter::{BadPattern, LabelFilter};
pub use index::SelectorIndex;
pub use labels::{Label, LabelSet, PodFacts};
pub use selector::{Operator, Requirement, Selector};
