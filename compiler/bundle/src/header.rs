//! The first bytes of a bundle: header and directory. Must not know what any section means.

use ztc_abi::{WireField, wire};

use crate::{Digest, SectionKind};

/// The first eight bytes of every bundle.
pub const MAGIC: [u8; 8] = *b"ZTCBNDL\0";
/// The major format version that this crate reads and writes; see the crate's documentation.
pub const FORMAT_MAJOR: u16 = 2;
/// The minor format version that this crate writes. Every minor version is read.
pub const FORMAT_MINOR: u16 = 1;
/// The longest bundle that is read, hundreds of times those of large clusters: who reads one has
/// all of it in memory.
pub const MAX_BYTES: u64 = 1 << 30;
/// Sections begin at multiples of this many bytes.
pub const ALIGNMENT: usize = 8;

wire! {
    /// The header, at offset 0.
    pub struct Header {
        /// [`MAGIC`].
        pub magic: [u8; 8],
        /// [`FORMAT_MAJOR`].
        pub format_major: u16,
        /// The format's minor version.
        pub format_minor: u16,
        /// The [`ABI_VERSION`](ztc_abi::ABI_VERSION) that it was lowered for.
        pub abi_version: u16,
        /// Zero.
        pub zero: u16,
        /// Bytes of the whole bundle, at most [`MAX_BYTES`].
        pub length: u64,
        /// Entries of the directory, which follows.
        pub n_sections: u32,
        /// Zero.
        pub zero2: u32,
        /// SHA-256 of all bytes above and of the directory.
        pub digest: [u8; 32],
    }
}

wire! {
    /// One section, as the directory lists it.
    pub struct DirectoryEntry {
        /// Number of the [`SectionKind`](crate::SectionKind).
        pub kind: u32,
        /// Bits: [`DirectoryEntry::REQUIRED`]. The others are zero.
        pub flags: u32,
        /// Where it begins in the bundle.
        pub offset: u64,
        /// Its bytes, without the padding after them.
        pub length: u64,
        /// Bytes of one record; 0 for the strings, which vary.
        pub record_size: u32,
        /// How many records.
        pub n_records: u32,
        /// SHA-256 of its bytes.
        pub digest: [u8; 32],
    }
}

impl Header {
    /// Bytes that the digest covers before the directory: all that stand before it.
    pub const DIGESTED: usize = Self::SIZE - 32;
}

impl DirectoryEntry {
    /// A reader that does not know the section must refuse the bundle.
    pub const REQUIRED: u32 = 1;

    /// The flags that a section of this kind has.
    pub(crate) const fn flags_of(kind: SectionKind) -> u32 {
        if kind.is_required() {
            Self::REQUIRED
        } else {
            0
        }
    }
}

/// The next multiple of [`ALIGNMENT`]; `None` when that is too large a number.
pub(crate) fn align(length: usize) -> Option<usize> {
    length.checked_next_multiple_of(ALIGNMENT)
}

/// The digest of a bundle, from its header and directory, which must be whole. Sections are
/// covered by their digests in the directory, so a large bundle is hashed once, not twice.
pub(crate) fn content_digest(bytes: &[u8], directory_end: usize) -> Digest {
    let header = bytes.get(..Header::DIGESTED).unwrap_or_default();
    let directory = bytes.get(Header::SIZE..directory_end).unwrap_or_default();
    Digest::of(&[header, directory])
}
