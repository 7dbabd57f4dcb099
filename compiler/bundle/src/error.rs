//! Everything that a reader or writer of bundles can say: what is wrong, where, and what to do.

use crate::{
    Digest, SectionKind,
    header::{FORMAT_MAJOR, MAX_BYTES},
};
use ztc_abi::ABI_VERSION;

/// Why bytes are not a bundle that this crate reads. Nothing of such a bundle may be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The first bytes are not a bundle's. Give the file that `ztc build` wrote.
    #[error("not a bundle: it does not begin with `ZTCBNDL` and a zero byte")]
    NotABundle,
    /// Written in another major format. Build it again, or update the reader.
    #[error("the bundle's format is version {found}, this program reads {FORMAT_MAJOR}")]
    FormatUnknown {
        /// The bundle's major version.
        found: u16,
    },
    /// Lowered for other map layouts. Build it again, or update the reader.
    #[error("the bundle speaks ABI {found}, this program speaks {ABI_VERSION}")]
    AbiMismatch {
        /// The bundle's number.
        found: u16,
    },
    /// Cut off, or something was appended. Fetch it again.
    #[error("the bundle has {found} bytes, its header says {stated}")]
    LengthMismatch {
        /// What the header says.
        stated: u64,
        /// What there is.
        found: u64,
    },
    /// Nothing that large is a bundle of policies. Fetch it again.
    #[error("the bundle has {stated} bytes by its header, and {MAX_BYTES} is the most")]
    TooLong {
        /// What the header says.
        stated: u64,
    },
    /// Ends inside the header or the directory. Fetch it again.
    #[error("the bundle ends after {found} bytes, inside its {part}")]
    Truncated {
        /// `header` or `directory`.
        part: &'static str,
        /// What there is.
        found: u64,
    },
    /// Damaged on the way or on the disk. Fetch it again.
    #[error("the {part} is damaged: its digest is {found}, the bundle says {stated}")]
    DigestMismatch {
        /// `directory`, or a section's name.
        part: &'static str,
        /// What the bundle says.
        stated: Digest,
        /// What the bytes have.
        found: Digest,
    },
    /// Bytes that must be zero are not. The writer is at fault; build the bundle again.
    #[error("the {part} has bytes that must be zero and are not")]
    NotZero {
        /// Which part.
        part: &'static str,
    },
    /// Uses something that this program must understand and does not. Update the reader.
    #[error("the bundle has a required section of the unknown kind {kind}")]
    SectionUnknown {
        /// The kind's number.
        kind: u32,
    },
    /// The writer is at fault; build the bundle again.
    #[error("the bundle has no section `{section}`")]
    SectionMissing {
        /// Which.
        section: SectionKind,
    },
    /// The directory contradicts itself. The writer is at fault; build the bundle again.
    #[error("entry {index} of the directory: {fault}")]
    Directory {
        /// Index in the directory, from 0.
        index: u32,
        /// What is wrong.
        fault: Fault,
    },
    /// A record contradicts the rest. The writer is at fault; build the bundle again.
    #[error("section `{section}`, record {index}, `{field}`: {fault}")]
    Record {
        /// The section.
        section: SectionKind,
        /// Index of the record, from 0.
        index: u32,
        /// The field, or what of the record is meant.
        field: &'static str,
        /// What is wrong.
        fault: Fault,
    },
}

impl DecodeError {
    /// What the caller can do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotABundle => "give the file that `ztc build` wrote",
            Self::FormatUnknown { .. } | Self::AbiMismatch { .. } | Self::SectionUnknown { .. } => {
                "build the bundle with the version of ztc that reads it, or update the reader"
            }
            Self::LengthMismatch { .. }
            | Self::TooLong { .. }
            | Self::Truncated { .. }
            | Self::DigestMismatch { .. } => {
                "the file was damaged after it was written: fetch or build it again"
            }
            Self::NotZero { .. }
            | Self::SectionMissing { .. }
            | Self::Directory { .. }
            | Self::Record { .. } => {
                "whatever wrote this file is at fault: build it again with `ztc build`"
            }
        }
    }
}

/// What is wrong with one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// A number that must lie in a range does not.
    #[error("{value} is not in {low}..={high}")]
    NotInside {
        /// The number.
        value: u64,
        /// The smallest that may stand here.
        low: u64,
        /// The largest.
        high: u64,
    },
    /// An index past the end of what it points into.
    #[error("{index} is not one of {n}")]
    NoSuch {
        /// The index.
        index: u64,
        /// How many there are.
        n: u64,
    },
    /// A number that must be one certain number is not.
    #[error("{value} instead of {expected}")]
    NotExpected {
        /// The number.
        value: u64,
        /// What must stand here.
        expected: u64,
    },
    /// A number with no meaning here.
    #[error("{value} means nothing here")]
    Unknown {
        /// The number.
        value: u64,
    },
    /// Not after the one before it.
    #[error("it is not after the one before it")]
    NotSorted,
    /// The same as another one.
    #[error("it equals another one")]
    Duplicate,
    /// Two classes that differ as peers only are one as subjects, but have different rows.
    #[error("they are not those of the class with the same selectors and ports")]
    RowsDiffer,
    /// An address with bits set beyond its prefix.
    #[error("the address has bits beyond its prefix")]
    NotMasked,
    /// Text that is no filter of labels, or one too long to compile.
    #[error("it is no label filter")]
    NotAFilter,
    /// A rule that leaves the access to the next tier, where one must decide.
    #[error("rule {rule} passes, so it decides nothing")]
    Passes {
        /// Its number.
        rule: u32,
    },
    /// Text that is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// What must be there is not.
    #[error("there is no {what}")]
    Missing {
        /// What.
        what: &'static str,
    },
}

/// Why contents cannot be written. Each is a fault of the code that made the contents.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EncodeError {
    /// A section has more records or bytes than the format can count.
    #[error("section `{section}` is too large for the format")]
    TooLarge {
        /// Which.
        section: SectionKind,
    },
    /// No reader would accept them.
    #[error("no reader would accept the bundle: {0}")]
    NotReadable(#[from] DecodeError),
}
