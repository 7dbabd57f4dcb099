//! The section `strings`: offsets, then text. Must not know what any text is for.

use ztc_abi::WireField;

use crate::{DecodeError, SectionKind, StringId, error::Fault};

/// The section, read in place.
#[derive(Clone, Copy)]
pub(crate) struct Strings<'a> {
    /// `n + 1` offsets into the text.
    offsets: &'a [u8],
    text: &'a [u8],
}

impl<'a> Strings<'a> {
    /// The section of `n` strings; `None` when it is too short for their offsets.
    pub(crate) fn new(bytes: &'a [u8], n: u32) -> Option<Self> {
        let length = (n as usize).checked_add(1)?.checked_mul(u32::SIZE)?;
        let (offsets, text) = bytes.split_at_checked(length)?;
        Some(Self { offsets, text })
    }

    fn n(&self) -> u32 {
        u32::try_from(self.offsets.len() / u32::SIZE).map_or(0, |n| n.saturating_sub(1))
    }

    fn offset(&self, id: StringId) -> Option<usize> {
        let start = (id as usize).checked_mul(u32::SIZE)?;
        Some(u32::read(self.offsets.get(start..)?)? as usize)
    }

    fn bytes(&self, id: StringId) -> Option<&'a [u8]> {
        let (start, end) = (self.offset(id)?, self.offset(id.checked_add(1)?)?);
        self.text.get(start..end)
    }

    /// The string with this id.
    pub(crate) fn get(&self, id: StringId) -> Option<&'a str> {
        std::str::from_utf8(self.bytes(id)?).ok()
    }

    /// The strings in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.n()).filter_map(move |id| self.get(id))
    }

    /// The id of a text, if it is there.
    pub(crate) fn find(&self, text: &str) -> Option<StringId> {
        let (mut low, mut high) = (0, self.n());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.bytes(middle)?.cmp(text.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// Checks that the strings tile the text, are UTF-8, sorted, each once, the empty one first.
    pub(crate) fn check(&self) -> Result<(), DecodeError> {
        let fault = |index, fault| DecodeError::Record {
            section: SectionKind::Strings,
            index,
            field: "text",
            fault,
        };
        let expect = |index, value: Option<usize>, expected: usize| match value {
            Some(value) if value == expected => Ok(()),
            value => Err(fault(
                index,
                Fault::NotExpected {
                    value: value.map_or(u64::MAX, |value| value as u64),
                    expected: expected as u64,
                },
            )),
        };
        expect(0, self.offset(0), 0)?;
        expect(self.n(), self.offset(self.n()), self.text.len())?;
        let mut previous: Option<&[u8]> = None;
        for id in 0..self.n() {
            let bytes = self.bytes(id).ok_or(fault(id, Fault::NotSorted))?;
            if previous.is_some_and(|previous| previous >= bytes) {
                return Err(fault(id, Fault::NotSorted));
            }
            if std::str::from_utf8(bytes).is_err() {
                return Err(fault(id, Fault::NotUtf8));
            }
            previous = Some(bytes);
        }
        match self.bytes(0) {
            Some([]) => Ok(()),
            _ => Err(fault(
                0,
                Fault::Missing {
                    what: "empty string",
                },
            )),
        }
    }
}

/// Appends the section; `None` when the text is too long for its offsets.
pub(crate) fn write(strings: &[String], to: &mut Vec<u8>) -> Option<()> {
    let mut offset = 0u32;
    to.extend_from_slice(&offset.to_le_bytes());
    for string in strings {
        offset = offset.checked_add(u32::try_from(string.len()).ok()?)?;
        to.extend_from_slice(&offset.to_le_bytes());
    }
    for string in strings {
        to.extend_from_slice(string.as_bytes());
    }
    Some(())
}
