//! The framing of a bundle: header, directory, digests, and where each section lies.
//!
//! Sections must lie one after the other in the order of the directory, each at the next aligned
//! offset. So there is nothing to overlap and no byte that nobody looks at. Must not know what a
//! record means.

use std::ops::Range;

use ztc_abi::{ABI_VERSION, WireField};

use crate::{
    DecodeError, Digest, SectionKind,
    error::Fault,
    header::{DirectoryEntry, FORMAT_MAJOR, Header, MAGIC, MAX_BYTES, align, content_digest},
};

/// Where the known sections of one bundle lie.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) header: Header,
    pub(crate) n_strings: u32,
    /// Start and end, by [`SectionKind::index`]; a start of 0 is that of a section it lacks.
    ranges: [(usize, usize); SectionKind::N],
}

impl Layout {
    pub(crate) fn range(&self, kind: SectionKind) -> Range<usize> {
        let (start, end) = self.ranges.get(kind.index()).copied().unwrap_or_default();
        start..end
    }

    /// Whether the bundle has the section.
    pub(crate) fn has(&self, kind: SectionKind) -> bool {
        self.range(kind).start != 0
    }
}

/// Reads the framing and checks all digests.
pub(crate) fn read_framing(bytes: &[u8]) -> Result<Layout, DecodeError> {
    let layout = read_framing_trusting_digests(bytes)?;
    let header = layout.header;
    let n_sections = header.n_sections as usize;
    let directory_end = Header::SIZE + n_sections * DirectoryEntry::SIZE;
    let found = content_digest(bytes, directory_end);
    check_digest("directory", header.digest, found)?;
    let directory = bytes.get(Header::SIZE..directory_end).unwrap_or_default();
    let entries = directory.chunks_exact(DirectoryEntry::SIZE);
    for entry in entries.filter_map(DirectoryEntry::read) {
        let name =
            SectionKind::from_number(entry.kind).map_or("unknown section", SectionKind::name);
        let start = usize::try_from(entry.offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(entry.length).unwrap_or(usize::MAX));
        let section = bytes.get(start..end).unwrap_or_default();
        check_digest(name, entry.digest, Digest::of(&[section]))?;
    }
    Ok(layout)
}

fn check_digest(part: &'static str, stated: [u8; 32], found: Digest) -> Result<(), DecodeError> {
    let stated = Digest(stated);
    if stated == found {
        Ok(())
    } else {
        Err(DecodeError::DigestMismatch {
            part,
            stated,
            found,
        })
    }
}

/// Reads the framing and checks everything but the digests.
pub(crate) fn read_framing_trusting_digests(bytes: &[u8]) -> Result<Layout, DecodeError> {
    let header = read_header(bytes)?;
    let found = bytes.len() as u64;
    if header.length != found {
        return Err(DecodeError::LengthMismatch {
            stated: header.length,
            found,
        });
    }
    let directory_end = (header.n_sections as usize)
        .checked_mul(DirectoryEntry::SIZE)
        .and_then(|length| length.checked_add(Header::SIZE));
    let directory = directory_end
        .and_then(|end| bytes.get(Header::SIZE..end))
        .ok_or(DecodeError::Truncated {
            part: "directory",
            found,
        })?;
    let mut walk = Walk {
        bytes,
        end: Header::SIZE + directory.len(),
        previous_kind: 0,
        layout: Layout {
            header,
            n_strings: 0,
            ranges: [(0, 0); SectionKind::N],
        },
    };
    let entries = directory.chunks_exact(DirectoryEntry::SIZE);
    for (index, entry) in (0..).zip(entries.filter_map(DirectoryEntry::read)) {
        walk.place(index, &entry)?;
    }
    walk.finish()
}

/// How long the bundle is whose first bytes these are: what one wants to know before the others
/// are read.
///
/// # Errors
///
/// [`DecodeError`], if [`Bundle::parse`](crate::Bundle::parse) would refuse them whatever follows.
pub(crate) fn stated_length(first_bytes: &[u8]) -> Result<u64, DecodeError> {
    read_header(first_bytes).map(|header| header.length)
}

fn read_header(bytes: &[u8]) -> Result<Header, DecodeError> {
    if !bytes.starts_with(&MAGIC) {
        return Err(DecodeError::NotABundle);
    }
    let found = bytes.len() as u64;
    let header = Header::read(bytes).ok_or(DecodeError::Truncated {
        part: "header",
        found,
    })?;
    if header.format_major != FORMAT_MAJOR {
        return Err(DecodeError::FormatUnknown {
            found: header.format_major,
        });
    }
    if header.abi_version != ABI_VERSION {
        return Err(DecodeError::AbiMismatch {
            found: header.abi_version,
        });
    }
    if header.zero != 0 || header.zero2 != 0 {
        return Err(DecodeError::NotZero { part: "header" });
    }
    if header.length > MAX_BYTES {
        return Err(DecodeError::TooLong {
            stated: header.length,
        });
    }
    Ok(header)
}

/// The walk along the directory: what it has seen so far.
struct Walk<'a> {
    bytes: &'a [u8],
    /// End of the section before, without its padding.
    end: usize,
    previous_kind: u32,
    layout: Layout,
}

impl Walk<'_> {
    /// Takes the next section.
    fn place(&mut self, index: u32, entry: &DirectoryEntry) -> Result<(), DecodeError> {
        let directory = |fault| DecodeError::Directory { index, fault };
        // Ascending kinds are also distinct kinds.
        if entry.kind <= self.previous_kind {
            return Err(directory(Fault::NotSorted));
        }
        self.previous_kind = entry.kind;
        let start = self.skip_padding()?;
        let expect = |value, expected| match value == expected {
            true => Ok(()),
            false => Err(directory(Fault::NotExpected { value, expected })),
        };
        expect(entry.offset, start as u64)?;
        let end = usize::try_from(entry.length)
            .ok()
            .and_then(|length| start.checked_add(length))
            .filter(|&end| end <= self.bytes.len())
            .ok_or(directory(Fault::NotInside {
                value: entry.length,
                low: 0,
                high: (self.bytes.len() - start) as u64,
            }))?;
        self.end = end;
        if entry.flags & !DirectoryEntry::REQUIRED != 0 {
            return Err(DecodeError::NotZero { part: "directory" });
        }
        let Some(kind) = SectionKind::from_number(entry.kind) else {
            return match entry.flags {
                0 => Ok(()),
                _ => Err(DecodeError::SectionUnknown { kind: entry.kind }),
            };
        };
        expect(entry.flags.into(), DirectoryEntry::flags_of(kind).into())?;
        expect(entry.record_size.into(), kind.record_size() as u64)?;
        if kind == SectionKind::Strings {
            self.layout.n_strings = entry.n_records;
        } else {
            let length = u64::from(entry.n_records) * u64::from(entry.record_size);
            expect(entry.length, length)?;
        }
        if let Some(range) = self.layout.ranges.get_mut(kind.index()) {
            *range = (start, end);
        }
        Ok(())
    }

    /// Checks the zero bytes after the last section; the offset of what follows.
    fn skip_padding(&self) -> Result<usize, DecodeError> {
        let start = align(self.end).unwrap_or(usize::MAX);
        match self.bytes.get(self.end..start) {
            Some(padding) if padding.iter().all(|byte| *byte == 0) => Ok(start),
            Some(_) => Err(DecodeError::NotZero { part: "padding" }),
            None => Err(DecodeError::Truncated {
                part: "padding",
                found: self.bytes.len() as u64,
            }),
        }
    }

    /// Checks that nothing is missing and nothing is left.
    fn finish(self) -> Result<Layout, DecodeError> {
        let end = self.skip_padding()?;
        if end != self.bytes.len() {
            return Err(DecodeError::LengthMismatch {
                stated: end as u64,
                found: self.bytes.len() as u64,
            });
        }
        let ranges = self.layout.ranges.iter().zip(SectionKind::ALL);
        for ((start, _), &section) in ranges {
            if *start == 0 && section.since() <= self.layout.header.format_minor {
                return Err(DecodeError::SectionMissing { section });
            }
        }
        Ok(self.layout)
    }
}
