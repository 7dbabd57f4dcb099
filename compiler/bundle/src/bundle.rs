//! A bundle that was read: its sections, in place. Must not know why it was accepted.

use std::fmt;

use ztc_abi::WireField;

use crate::{
    DecodeError, Digest, SectionKind, StringId, check,
    decode::{self, Layout},
    header::{DirectoryEntry, Header},
    records::MetaRecord,
    strings::Strings,
};

/// A bundle in somebody's bytes, checked from end to end.
#[derive(Clone, Copy)]
pub struct Bundle<'a> {
    bytes: &'a [u8],
    layout: Layout,
}

/// A bundle that owns its bytes; they were checked once, when it was made.
#[derive(Clone)]
pub struct BundleFile {
    bytes: Vec<u8>,
    layout: Layout,
}

/// One section, as `ztc inspect` shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SectionInfo {
    /// The kind's number.
    pub kind: u32,
    /// The kind's name; `unknown` for an optional section of a later minor version.
    pub name: &'static str,
    /// Whether a reader that does not know it must refuse the bundle.
    pub required: bool,
    /// Where it begins.
    pub offset: u64,
    /// Its bytes, without padding.
    pub length: u64,
    /// Its records.
    pub n_records: u32,
    /// SHA-256 of its bytes.
    pub digest: Digest,
}

impl<'a> Bundle<'a> {
    /// Reads a bundle in place, and checks every byte of it: the framing, the digests, and that
    /// each number stands for something.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], in time and memory bounded by the length of the bytes.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let layout = decode::read_framing(bytes)?;
        Self::checked(bytes, layout)
    }

    fn checked(bytes: &'a [u8], layout: Layout) -> Result<Self, DecodeError> {
        let bundle = Self { bytes, layout };
        check::check(&bundle)?;
        Ok(bundle)
    }

    /// Its only identity: the digest of all its bytes.
    pub fn digest(&self) -> Digest {
        Digest(self.layout.header.digest)
    }

    /// Major and minor version of the format.
    pub fn format_version(&self) -> (u16, u16) {
        (
            self.layout.header.format_major,
            self.layout.header.format_minor,
        )
    }

    /// The layout of map keys and values that it was lowered for.
    pub fn abi_version(&self) -> u16 {
        self.layout.header.abi_version
    }

    /// All its bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Every section in the order of the bundle, optional ones of later versions included.
    pub fn sections(&self) -> impl Iterator<Item = SectionInfo> + use<'a> {
        let n = self.layout.header.n_sections as usize;
        let directory = self.bytes.get(Header::SIZE..).unwrap_or_default();
        let entries = directory.chunks_exact(DirectoryEntry::SIZE).take(n);
        entries
            .filter_map(DirectoryEntry::read)
            .map(|entry| SectionInfo {
                kind: entry.kind,
                name: SectionKind::from_number(entry.kind).map_or("unknown", SectionKind::name),
                required: entry.flags & DirectoryEntry::REQUIRED != 0,
                offset: entry.offset,
                length: entry.length,
                n_records: entry.n_records,
                digest: Digest(entry.digest),
            })
    }

    /// Whether it has a section. Only one of a later minor version than its own may be missing.
    pub fn has_section(&self, kind: SectionKind) -> bool {
        self.layout.has(kind)
    }

    /// The bytes of a section; none when the bundle lacks it.
    pub fn section_bytes(&self, kind: SectionKind) -> &'a [u8] {
        let range = self.layout.range(kind);
        self.bytes.get(range).unwrap_or_default()
    }

    /// What it was built from, and how large its numbers get.
    pub fn meta(&self) -> MetaRecord {
        MetaRecord::read(self.section_bytes(SectionKind::Meta)).unwrap_or_default()
    }

    /// How many strings there are: ids are below.
    pub fn n_strings(&self) -> u32 {
        self.layout.n_strings
    }

    /// The text of an id that a record of this bundle carries; empty for any other id.
    pub fn string(&self, id: StringId) -> &'a str {
        self.string_table()
            .and_then(|strings| strings.get(id))
            .unwrap_or_default()
    }

    /// Every string in the order of its id.
    pub fn strings(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.string_table().into_iter().flat_map(Strings::iter)
    }

    /// The id of a text, if the bundle has it.
    pub fn string_id(&self, text: &str) -> Option<StringId> {
        self.string_table()?.find(text)
    }

    pub(crate) fn string_table(&self) -> Option<Strings<'a>> {
        Strings::new(self.section_bytes(SectionKind::Strings), self.n_strings())
    }
}

impl BundleFile {
    /// Reads a bundle and keeps its bytes.
    ///
    /// # Errors
    ///
    /// See [`Bundle::parse`].
    pub fn parse(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let layout = Bundle::parse(&bytes)?.layout;
        Ok(Self { bytes, layout })
    }

    /// For the encoder, which has just computed the digests: checks everything but these.
    pub(crate) fn from_encoded(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        let layout = decode::read_framing_trusting_digests(&bytes)?;
        Bundle::checked(&bytes, layout)?;
        Ok(Self { bytes, layout })
    }

    /// The bundle in it.
    pub fn view(&self) -> Bundle<'_> {
        Bundle {
            bytes: &self.bytes,
            layout: self.layout,
        }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl fmt::Debug for Bundle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bundle({}, {} bytes)", self.digest(), self.bytes.len())
    }
}

impl fmt::Debug for BundleFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}
