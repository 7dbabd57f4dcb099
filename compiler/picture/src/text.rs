//! How wide a text will be, and what of it is shown.
//!
//! Must not know what the text names. Nobody measures a font here: the widths are those of DejaVu
//! Sans, which Verdana shares and which other sans-serif fonts stay below.

use std::collections::{BTreeMap, BTreeSet};

/// The fonts of every picture, in order of preference.
pub(crate) const FONTS: &str = "'DejaVu Sans', Verdana, sans-serif";

/// Names of nodes are shown up to this wide, in pixels, and shortened in the middle beyond. Seventy
/// characters fit.
pub(crate) const MAX_NAME: i64 = 560;

/// What stands for a character that is not shown.
const HIDDEN: char = '\u{fffd}';

/// A size and weight that pictures use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Font {
    /// The picture's title.
    Title,
    /// A box's header.
    Header,
    /// A node's name.
    Name,
    /// The label of an edge.
    Label,
}

impl Font {
    /// In pixels.
    pub(crate) fn size(self) -> i64 {
        match self {
            Self::Title => 16,
            Self::Header => 13,
            Self::Name => 12,
            Self::Label => 10,
        }
    }

    fn widths(self) -> &'static [u8; 95] {
        match self {
            Self::Title | Self::Header => &BOLD,
            Self::Name | Self::Label => &REGULAR,
        }
    }

    /// The width of a text in pixels, rather too wide than too narrow.
    pub(crate) fn width(self, text: &str) -> i64 {
        let hundredths: i64 = text.chars().map(|c| self.of(c)).sum();
        (hundredths * self.size() + 99) / 100
    }

    /// The width of one character in hundredths of the size.
    fn of(self, character: char) -> i64 {
        let index = u32::from(character).checked_sub(32);
        let known = index.and_then(|index| self.widths().get(usize::try_from(index).ok()?));
        match known {
            Some(width) => i64::from(*width),
            // European alphabets, and the ellipsis of a shortened name.
            None if u32::from(character) < 0x500 || character == '…' => 111,
            None => 150,
        }
    }

    /// The text, or as much of both its ends as fits: names differ at their ends.
    pub(crate) fn shortened(self, text: &str, limit: i64) -> String {
        let text = line(text);
        if self.width(&text) <= limit {
            return text;
        }
        let budget = limit * 100 / self.size() - self.of('…');
        let head = self.fitting(text.chars(), budget * 3 / 5);
        let tail = self.fitting(text.chars().rev(), budget * 2 / 5);
        let head: String = text.chars().take(head).collect();
        let n_characters = text.chars().count();
        let tail: String = text.chars().skip(n_characters - tail).collect();
        format!("{head}…{tail}")
    }

    /// Texts shortened so that those which differ still do.
    pub(crate) fn shortened_apart(self, texts: &[&str], limit: i64) -> Vec<String> {
        let mut shown: Vec<String> = Vec::new();
        let mut limits = vec![limit; texts.len()];
        loop {
            shown.clear();
            let with_limits = texts.iter().zip(&limits);
            shown.extend(with_limits.map(|(text, limit)| self.shortened(text, *limit)));
            let mut meant: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
            for (shown, text) in shown.iter().zip(texts) {
                meant.entry(shown).or_default().insert(line(text));
            }
            let mut is_longer = false;
            for (shown, limit) in shown.iter().zip(&mut limits) {
                if meant
                    .get(shown.as_str())
                    .is_some_and(|texts| texts.len() > 1)
                {
                    *limit += (*limit).max(100) / 2;
                    is_longer = true;
                }
            }
            if !is_longer {
                return shown;
            }
        }
    }

    /// The text in lines of at most this width, broken between words where there are some.
    pub(crate) fn wrapped(self, text: &str, limit: i64) -> Vec<String> {
        let mut lines = vec![String::new()];
        let text = line(text);
        for word in text.split_inclusive(' ') {
            for piece in self.pieces(word, limit) {
                match lines.last_mut() {
                    Some(last) if self.width(&format!("{last}{piece}")) <= limit => {
                        last.push_str(&piece);
                    }
                    _ => lines.push(piece),
                }
            }
        }
        lines.retain(|line| !line.is_empty());
        lines
    }

    /// A word, or parts of one that is longer than a line.
    fn pieces(self, word: &str, limit: i64) -> Vec<String> {
        let mut pieces = vec![String::new()];
        let mut width = 0;
        for character in word.chars() {
            let of = self.of(character) * self.size();
            if width + of > limit * 100 {
                pieces.push(String::new());
                width = 0;
            }
            width += of;
            pieces
                .last_mut()
                .into_iter()
                .for_each(|last| last.push(character));
        }
        pieces
    }

    /// How many of these characters fit.
    fn fitting(self, characters: impl Iterator<Item = char>, budget: i64) -> usize {
        let mut left = budget;
        characters
            .take_while(|character| {
                left -= self.of(*character);
                left >= 0
            })
            .count()
    }
}

/// The text without characters that would hide or reorder its neighbours.
pub(crate) fn shown(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' => c,
        '\t' => ' ',
        c if c.is_control() => HIDDEN,
        // Marks and overrides of direction, zero-width characters, characters that are none.
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => HIDDEN,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' => HIDDEN,
        '\u{e0000}'..='\u{e0fff}' => HIDDEN,
        c => c,
    };
    text.chars().map(visible).collect()
}

/// As [`shown`], on one line.
pub(crate) fn line(text: &str) -> String {
    shown(text).replace('\n', " ")
}

/// Widths of the printable ASCII characters, in hundredths of the size, rounded up.
#[rustfmt::skip]
const REGULAR: [u8; 95] = [
    32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79,
    61, 79, 70, 64, 62, 74, 69, 99, 69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64,
    64, 28, 28, 58, 28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,
];

/// As [`REGULAR`], for bold text.
#[rustfmt::skip]
const BOLD: [u8; 95] = [
    35, 46, 53, 84, 70, 101, 88, 31, 46, 46, 53, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70, 70,
    70, 70, 40, 40, 84, 84, 84, 59, 100, 78, 77, 74, 84, 69, 69, 83, 84, 38, 38, 78, 64, 100, 84,
    86, 74, 86, 78, 73, 69, 82, 78, 111, 78, 73, 73, 46, 37, 46, 84, 50, 50, 68, 72, 60, 72, 68, 44,
    72, 72, 35, 35, 67, 35, 105, 72, 69, 72, 72, 50, 60, 48, 72, 66, 93, 65, 66, 59, 72, 37, 72, 84,
];
