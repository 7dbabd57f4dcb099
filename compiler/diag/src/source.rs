//! The files of one run: text by id, byte offset to line and column.
//!
//! Must not read the disk: the command line does that and hands the text over.

/// Names a file of this run. Ids ascend in the order of addition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(pub u32);

/// A place for people: both count from 1, columns count characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LineColumn {
    /// Line number, from 1. Lines end with LF, CRLF or CR.
    pub line: u32,
    /// Column in characters (Unicode scalar values), from 1. A byte-order mark has no width.
    pub column: u32,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Source {
    /// As the user named it: what diagnostics show.
    pub name: String,
    /// Relative to the inputs' common directory, with `/`: what a bundle stores, the same on every
    /// machine and from every working directory.
    pub stored_name: String,
    /// The text, UTF-8, as read (a byte-order mark and CRLF included).
    pub text: String,
    line_starts: Vec<u32>,
    /// How many characters start before each block of [`BLOCK`] bytes, so that a column in a line
    /// of a million characters costs no more than one in a line of eighty.
    characters: Vec<u32>,
}

/// Bytes between two counts of characters.
const BLOCK: usize = 1024;

impl Source {
    /// The byte offset of each line's first byte.
    pub fn line_starts(&self) -> &[u32] {
        &self.line_starts
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line_index = self
            .line_starts
            .partition_point(|&start| start <= offset)
            .saturating_sub(1);
        let start = self.line_starts.get(line_index).copied().unwrap_or(0);
        let start = (start as usize).min(self.text.len());
        let end = (offset as usize).clamp(start, self.text.len());
        let mut characters = self.characters_before(end) - self.characters_before(start);
        let before = self.text.as_bytes().get(start..end).unwrap_or_default();
        if start == 0 && before.starts_with("\u{feff}".as_bytes()) {
            characters = characters.saturating_sub(1);
        }
        let saturate = |n: usize| u32::try_from(n).unwrap_or(u32::MAX - 1);
        LineColumn {
            line: saturate(line_index) + 1,
            column: saturate(characters) + 1,
        }
    }

    /// How many characters start before a byte.
    fn characters_before(&self, index: usize) -> usize {
        let block = index / BLOCK;
        let counted = self
            .characters
            .get(block)
            .map_or(0, |&count| count as usize);
        let rest = self
            .text
            .as_bytes()
            .get(block * BLOCK..index)
            .unwrap_or_default();
        counted + starts_of_characters(rest)
    }
}

/// The files of one run.
#[derive(Clone, Default, Debug)]
pub struct Sources {
    files: Vec<Source>,
}

/// A name without characters that move the cursor, start a line, or turn the text around.
fn shown(name: String) -> String {
    let is_obeyed = |c: char| {
        let is_separator = matches!(c, '\u{2028}' | '\u{2029}');
        let is_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c.is_control() || is_separator || is_direction
    };
    if name.chars().any(is_obeyed) {
        name.replace(is_obeyed, "\u{fffd}")
    } else {
        name
    }
}

impl Sources {
    /// The longest file that is accepted, in bytes.
    pub const MAX_BYTES: usize = 256 << 20;

    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. The caller has checked that the text is no longer than [`Self::MAX_BYTES`].
    /// In its names, characters that a terminal would obey are replaced.
    pub fn add(&mut self, name: String, stored_name: String, text: String) -> SourceId {
        let id = SourceId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let line_starts = line_starts(&text);
        let characters = characters(&text);
        self.files.push(Source {
            name: shown(name),
            stored_name: shown(stored_name),
            text,
            line_starts,
            characters,
        });
        id
    }

    /// The file with this id, if it is one of this run's.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// All files, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0u32..).map(SourceId).zip(&self.files)
    }

    /// Line and column where a span starts.
    pub fn start(&self, span: crate::Span) -> LineColumn {
        self.get(span.source)
            .map_or(LineColumn { line: 1, column: 1 }, |source| {
                source.line_column(span.start)
            })
    }

    /// Line and column of the first character after a span.
    pub fn end(&self, span: crate::Span) -> LineColumn {
        self.get(span.source)
            .map_or(LineColumn { line: 1, column: 1 }, |source| {
                source.line_column(span.end)
            })
    }

    /// The text of a span; empty when the span is not of this run.
    pub fn text(&self, span: crate::Span) -> &str {
        self.get(span.source)
            .and_then(|source| source.text.get(span.start as usize..span.end as usize))
            .unwrap_or_default()
    }
}

/// A byte that does not continue a character starts one.
fn starts_of_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

fn characters(text: &str) -> Vec<u32> {
    let mut count = 0;
    let blocks = text.as_bytes().chunks(BLOCK).map(|block| {
        let before = count;
        count += starts_of_characters(block);
        u32::try_from(before).unwrap_or(u32::MAX)
    });
    let mut counts: Vec<u32> = blocks.collect();
    counts.push(u32::try_from(count).unwrap_or(u32::MAX));
    counts
}

fn line_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for (index, &byte) in bytes.iter().enumerate() {
        let ends_line = byte == b'\n' || (byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
        if ends_line {
            starts.push(u32::try_from(index + 1).unwrap_or(u32::MAX));
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: u32) -> (u32, u32) {
        let mut sources = Sources::new();
        let id = sources.add("a".into(), "a".into(), text.into());
        let place = sources.get(id).expect("just added").line_column(offset);
        (place.line, place.column)
    }

    #[test]
    fn columns_count_characters_and_lines_end_with_lf_crlf_or_cr() {
        assert_eq!(at("aé b", 4), (1, 4));
        assert_eq!(at("a\r\nb", 3), (2, 1));
        assert_eq!(at("a\rb", 2), (2, 1));
        assert_eq!(at("a\nb", 99), (2, 2));
    }

    #[test]
    fn a_column_far_to_the_right_counts_every_character_before_it() {
        for n in [1, 511, 512, 1023, 1024, 1025, 5000] {
            let text = format!("first\n{}x", "é".repeat(n));
            let offset = u32::try_from(text.len() - 1).expect("a short text");
            assert_eq!(at(&text, offset), (2, u32::try_from(n).expect("small") + 1));
        }
    }

    #[test]
    fn a_byte_order_mark_has_no_width() {
        assert_eq!(at("\u{feff}ab", 4), (1, 2));
    }

    #[test]
    fn what_a_terminal_would_obey_is_replaced_in_names() {
        let mut sources = Sources::new();
        let name = "a\nb\u{1b}[31m\u{202e}.yaml".to_owned();
        let id = sources.add(name.clone(), name, String::new());
        let source = sources.get(id).expect("it was added");
        assert_eq!(source.name, "a\u{fffd}b\u{fffd}[31m\u{fffd}.yaml");
        assert_eq!(source.stored_name, source.name);
    }
}
