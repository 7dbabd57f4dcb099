//! The artifact that compiler and node share: a file of tables, and what can be asked of it.
//!
//! [`encode()`] makes the bytes, [`Bundle::parse`] reads them in place; [`Simulator`] judges,
//! [`Classifier`] classifies, [`flow`] answers questions about two ends by name, and
//! [`Bundle::explain`] puts a verdict into words. This crate must not know policies as written, nor
//! maps or interfaces of a node.
//!
//! # Layout
//!
//! Integers are little endian. Every byte has a meaning or is zero: the parts below follow each
//! other with nothing between them but zero bytes up to the next multiple of eight.
//!
//! The header, at offset 0 ([`Header`]):
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 8 | magic: `ZTCBNDL` and a zero byte |
//! | 8 | 2 | format version, major: 2 |
//! | 10 | 2 | format version, minor |
//! | 12 | 2 | ABI version, see [`ztc_abi::ABI_VERSION`] |
//! | 14 | 2 | zero |
//! | 16 | 8 | length of the whole bundle in bytes, at most [`MAX_BYTES`] |
//! | 24 | 4 | number of sections |
//! | 28 | 4 | zero |
//! | 32 | 32 | the bundle's digest: SHA-256 of bytes 0..32 and the directory |
//!
//! The directory, at offset 64: one entry of 64 bytes per section, ascending by kind
//! ([`DirectoryEntry`]):
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | kind |
//! | 4 | 4 | flags: bit 0 is *required*, the others are zero |
//! | 8 | 8 | offset of the section in the bundle, a multiple of eight |
//! | 16 | 8 | length of the section in bytes, without padding |
//! | 24 | 4 | bytes of one record; 0 where records vary |
//! | 28 | 4 | number of records |
//! | 32 | 32 | SHA-256 of the section, without padding |
//!
//! The digest covers the directory, which covers the sections, and padding must be zero: so one
//! number stands for every byte, and each byte is hashed once.
//!
//! The sections, in the order of the directory, also when empty. Those of version 2.0 are required;
//! `workloads` and `meanings`, which 2.1 added, are optional. A section is an array of its record,
//! but for `strings`: with n strings it is n + 1 offsets of four bytes into the text, then the
//! text, UTF-8 without separators; string i lies between offsets i and i + 1. Fields, in their
//! order on the wire, are documented at each record:
//!
//! | kind | section | bytes of a record | record |
//! |---|---|---|---|
//! | 1 | `meta` | 32 | [`MetaRecord`], exactly one |
//! | 2 | `strings` | - | see above; sorted, each once, the empty one first |
//! | 3 | `selectors` | 8 | [`SelectorRecord`] |
//! | 4 | `requirements` | 20 | [`RequirementRecord`] |
//! | 5 | `values` | 4 | [`ValueRecord`] |
//! | 6 | `named_ports` | 8 | [`NamedPortRecord`] |
//! | 7 | `classes` | 56 | [`ClassRecord`] |
//! | 8 | `signatures` | 4 | [`SignatureRecord`] |
//! | 9 | `class_ports` | 8 | [`ClassPortRecord`] |
//! | 10 | `endpoints` | 12 | [`EndpointRecord`] |
//! | 11 | `addresses` | 44 | [`AddressRecord`] |
//! | 12 | `prefixes` | 32 | [`PrefixRecord`] |
//! | 13 | `reserved` | 8 | [`ReservedRecord`] |
//! | 14 | `decisions` | 16 | [`DecisionRecord`] |
//! | 15 | `ports` | 8 | [`PortRecord`] |
//! | 16 | `verdicts` | 12 | [`VerdictRecord`] |
//! | 17 | `rules` | 48 | [`RuleRecord`] |
//! | 18 | `policies` | 24 | [`PolicyRecord`] |
//! | 19 | `isolations` | 8 | [`IsolationRecord`] |
//! | 20 | `probes` | 32 | [`ProbeRecord`] |
//! | 21 | `networks` | 24 | [`NetworkRecord`] |
//! | 22 | `class_networks` | 4 | [`ClassNetworkRecord`] |
//! | 23 | `node_classes` | 24 | [`NodeClassRecord`] |
//! | 24 | `degradations` | 8 | [`DegradationRecord`] |
//! | 25 | `workloads` | 12 | [`WorkloadRecord`] |
//! | 26 | `meanings` | 8 | [`MeaningRecord`] |
//!
//! # What a reader may rely on
//!
//! [`Bundle::parse`] refuses everything else, with a [`DecodeError`]:
//!
//! - An id or index is below the count of what it points into; numbers of enums are known ones.
//! - *Tables are sorted* strictly, by the key in their name or first fields; so nothing is twice.
//!   Selectors and requirements sort as [`ztc_identity::Selector`] does: key, source, operator,
//!   values.
//! - *Ranges tile*: where records name ranges of another section, the first begins at 0, each next
//!   one where the one before ended, and the last ends with the section; empty ones too.
//! - *Classes* number from [`Peer::FIRST_CLASS`](ztc_abi::Peer::FIRST_CLASS) without gaps; no two
//!   have the same selectors, ports and networks, and two that differ in networks only have the
//!   same rows.
//! - *Node classes* ascend, at even distances from [`Peer::FIRST_NODE`](ztc_abi::Peer::FIRST_NODE);
//!   the number after each is the same node seen from its own pods.
//! - *A peer has one group*, in `addresses` and `prefixes` the one that `classes`,
//!   `node_classes` or `reserved` give it. `reserved` lists exactly
//!   [`Peer::RESERVED`](ztc_abi::Peer::RESERVED). An address of a node has a peer for its own
//!   pods and one for all others; for an address of a pod both are the same.
//! - *Decisions*: rows are 1..=n_rows without gaps, each with an entry for any peer
//!   of the cluster and one for any outside. *Verdicts*: port maps are 1..=n_port_maps without
//!   gaps. `BY_PROTOCOL` stands only with a port map.
//! - *Prefixes* are masked; both families have a /0. *Ports* are disjoint ranges with a class from
//!   [`FIRST_PORT_CLASS`](ztc_abi::ports::FIRST_PORT_CLASS) up.
//! - *Rules* follow the order of their policies; *isolations* name rules that isolate. A verdict's
//!   rule is 0 or the number of a rule, and never of one that passes.
//! - *Parallel* sections, where they are, have as many records as what they stand beside:
//!   `workloads` as `endpoints`, `meanings` as `rules`.
//! - The text of `meta.labels` is a [`ztc_identity::LabelFilter`].
//!
//! Whether the tables are what the policies mean is not checked here: probes are for that.
//!
//! # Versions
//!
//! The format version says how to read the file, the ABI version what the numbers in `decisions`,
//! `ports`, `verdicts`, `classes` and the peers mean to a kernel. A reader refuses another *major*
//! version and another ABI version. A *minor* version may add sections and nothing else. A new
//! section is optional where a reader that skips it still enforces the same policy, and required
//! where it would not. A reader skips unknown optional sections, refuses unknown required ones,
//! and refuses a bundle that lacks a section of the bundle's own minor version or an earlier one
//! ([`SectionKind::since`]): what a later one added may be missing, and is then not known. Numbers
//! of kinds are never used again.

mod bundle;
mod check;
mod classify;
mod decode;
mod digest;
mod encode;
mod error;
mod explain;
mod facts;
mod file;
pub mod flow;
mod header;
mod peers;
mod prefix;
pub mod records;
mod section;
mod simulate;
mod strings;
mod table;
#[cfg(feature = "testing")]
pub mod testing;

pub use bundle::{Bundle, BundleFile, SectionInfo};
pub use classify::{Batch, Classifier, ContainerPort};
pub use digest::{Digest, NotADigest};
pub use encode::{encode, encode_file};
pub use error::{DecodeError, EncodeError, Fault};
pub use explain::{PolicyName, RuleAction, RuleRef, Tier};
pub use facts::WorkloadRef;
pub use file::read_file;
pub use header::{ALIGNMENT, DirectoryEntry, FORMAT_MAJOR, FORMAT_MINOR, Header, MAGIC, MAX_BYTES};
pub use records::*;
pub use section::SectionKind;
pub use simulate::Simulator;
pub use table::Table;
