//! Contents to bytes. The same contents give the same bytes; it writes only what a reader accepts.

use ztc_abi::{ABI_VERSION, WireField};

use crate::{
    Contents, Digest, EncodeError, SectionKind,
    bundle::BundleFile,
    header::{DirectoryEntry, FORMAT_MAJOR, FORMAT_MINOR, Header, MAGIC, align, content_digest},
};

/// The bundle with these contents.
///
/// # Errors
///
/// Contents that contradict themselves, in the words of the reader that would refuse them.
pub fn encode(contents: &Contents) -> Result<Vec<u8>, EncodeError> {
    encode_file(contents).map(BundleFile::into_bytes)
}

/// As [`encode`], but already read back.
///
/// # Errors
///
/// See [`encode`].
pub fn encode_file(contents: &Contents) -> Result<BundleFile, EncodeError> {
    let directory_end = Header::SIZE + SectionKind::N * DirectoryEntry::SIZE;
    let mut bytes = vec![0; directory_end];
    let mut n_sections = 0;
    for &kind in SectionKind::ALL {
        n_sections += 1;
        write_section(contents, kind, &mut bytes).ok_or(EncodeError::TooLarge { section: kind })?;
    }
    let mut header = Header {
        magic: MAGIC,
        format_major: FORMAT_MAJOR,
        format_minor: FORMAT_MINOR,
        abi_version: ABI_VERSION,
        length: bytes.len() as u64,
        n_sections,
        ..Header::default()
    };
    // Twice, because the digest covers the header that carries it.
    header.write(&mut bytes);
    header.digest = content_digest(&bytes, directory_end).0;
    header.write(&mut bytes);
    Ok(BundleFile::from_encoded(bytes)?)
}

/// Appends a section with its padding and fills in its entry of the directory.
fn write_section(contents: &Contents, kind: SectionKind, bytes: &mut Vec<u8>) -> Option<()> {
    let offset = bytes.len();
    contents.write_section(kind, bytes)?;
    let length = bytes.len() - offset;
    let entry = DirectoryEntry {
        kind: kind as u32,
        flags: DirectoryEntry::flags_of(kind),
        offset: offset as u64,
        length: length as u64,
        record_size: u32::try_from(kind.record_size()).ok()?,
        n_records: u32::try_from(contents.n_records(kind)).ok()?,
        digest: Digest::of(&[bytes.get(offset..)?]).0,
    };
    bytes.resize(align(bytes.len())?, 0);
    let at = Header::SIZE + kind.index() * DirectoryEntry::SIZE;
    entry.write(bytes.get_mut(at..)?)
}
