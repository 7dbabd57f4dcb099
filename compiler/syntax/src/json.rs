//! JSON text to a tree, for documents that are JSON: `kubectl -o json` writes large ones, and YAML
//! parsers take their time.
//!
//! Must not report syntax: whatever is not plain JSON is read again as YAML, which JSON is part of.

use std::borrow::Cow;

use ztc_diag::Sink;

use crate::builder::{Builder, Refused};
use crate::documents::Document;
use crate::scalar::{Resolved, resolve};
use crate::tree::{Scalar, Style, Tree};

/// Reads a document if it is JSON.
pub(crate) fn read<'t>(document: &Document<'t>, sink: &mut Sink) -> Outcome<'t> {
    let mut found = Sink::new();
    let mut reading = Reading {
        text: document.text,
        bytes: document.text.as_bytes(),
        at: 0,
        start: document.start,
        builder: Builder::new(document.source, document.text.len()),
        sink: &mut found,
    };
    let outcome = reading.document();
    let tree = reading.builder.finish();
    match outcome {
        Ok(()) => {
            sink.append(found);
            Outcome::Tree(tree)
        }
        Err(Stop::Refused(diagnostic)) => {
            sink.append(found);
            sink.push(*diagnostic);
            Outcome::Refused
        }
        Err(Stop::NotJson) => Outcome::NotJson,
    }
}

/// What became of a document.
pub(crate) enum Outcome<'t> {
    Tree(Tree<'t>),
    /// It is hostile; the sink says how.
    Refused,
    /// It is to be read as YAML, and nothing has been said about it.
    NotJson,
}

enum Stop {
    NotJson,
    Refused(Refused),
}

impl From<Refused> for Stop {
    fn from(diagnostic: Refused) -> Self {
        Self::Refused(diagnostic)
    }
}

struct Reading<'a, 't> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Where the text starts in its file.
    start: u32,
    builder: Builder<'t>,
    sink: &'a mut Sink,
}

impl<'t> Reading<'_, 't> {
    fn document(&mut self) -> Result<(), Stop> {
        if let [b'-', b'-', b'-', b' ' | b'\t' | b'\n' | b'\r', ..] = self.bytes {
            self.at = 3;
        }
        self.skip_blanks();
        // A lone scalar is never an object, and what it is not is better said of YAML.
        if !matches!(self.peek(), Some(b'{' | b'[')) {
            return Err(Stop::NotJson);
        }
        self.value()?;
        self.skip_blanks();
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(Stop::NotJson)
        }
    }

    fn value(&mut self) -> Result<(), Stop> {
        match self.peek() {
            Some(b'{') => self.collection(true, b'}'),
            Some(b'[') => self.collection(false, b']'),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => self.word(),
            _ => Err(Stop::NotJson),
        }
    }

    /// A mapping or a list; how deep they nest is the builder's to bound.
    fn collection(&mut self, is_mapping: bool, closing: u8) -> Result<(), Stop> {
        self.builder
            .open(is_mapping, true, self.absolute(self.at), 0)?;
        self.at += 1;
        self.skip_blanks();
        if self.peek() != Some(closing) {
            loop {
                if is_mapping {
                    self.key()?;
                }
                self.value()?;
                self.skip_blanks();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(byte) if byte == closing => break,
                    _ => return Err(Stop::NotJson),
                }
                self.skip_blanks();
            }
        }
        self.at += 1;
        self.builder
            .close(Some(self.absolute(self.at)), self.sink)?;
        Ok(())
    }

    fn key(&mut self) -> Result<(), Stop> {
        if self.peek() != Some(b'"') {
            return Err(Stop::NotJson);
        }
        self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(Stop::NotJson);
        }
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    /// `true`, `null`, a number: the resolver decides, as it does for YAML.
    fn word(&mut self) -> Result<(), Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let belongs =
            |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let end = self.at + rest.iter().take_while(belongs).count();
        let text = self.text.get(self.at..end).unwrap_or_default();
        let is_number = matches!(resolve(text), Resolved::Integer(_) | Resolved::Float);
        if !is_number && !matches!(text, "true" | "false" | "null") {
            return Err(Stop::NotJson);
        }
        let (text, style) = (Cow::Borrowed(text), Style::Plain);
        self.add(end, Scalar { text, style });
        Ok(())
    }

    fn string(&mut self) -> Result<(), Stop> {
        let first = self.at + 1;
        let mut at = first;
        // Text that escapes are decoded into, and where the part begins that is not in it yet.
        let mut decoded: Option<String> = None;
        let mut part = first;
        loop {
            let part_text = || self.text.get(part..at).ok_or(Stop::NotJson);
            match self.bytes.get(at) {
                Some(b'"') => {
                    let text = match decoded {
                        Some(decoded) => Cow::Owned(decoded + part_text()?),
                        None => Cow::Borrowed(part_text()?),
                    };
                    self.add(
                        at + 1,
                        Scalar {
                            text,
                            style: Style::Quoted,
                        },
                    );
                    return Ok(());
                }
                Some(b'\\') => {
                    let text = part_text()?;
                    let (character, length) = self.escape(at)?;
                    let decoded = decoded.get_or_insert_default();
                    decoded.push_str(text);
                    decoded.push(character);
                    at += length;
                    part = at;
                }
                // Line breaks and tabs are good in YAML and fold in ways JSON does not know.
                Some(0..=0x1f | 0x7f) | None => return Err(Stop::NotJson),
                Some(_) => at += 1,
            }
        }
    }

    /// The character an escape stands for, and how many bytes it takes.
    fn escape(&self, at: usize) -> Result<(char, usize), Stop> {
        let character = match self.bytes.get(at + 1).ok_or(Stop::NotJson)? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let digits = self.text.get(at + 2..at + 6).ok_or(Stop::NotJson)?;
                let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                let code = u32::from_str_radix(digits, 16).map_err(|_| Stop::NotJson)?;
                // Half of a pair is no character; the YAML reader knows how to put pairs together.
                let character = char::from_u32(code)
                    .filter(|_| is_hex)
                    .ok_or(Stop::NotJson)?;
                return Ok((character, 6));
            }
            _ => return Err(Stop::NotJson),
        };
        Ok((character, 2))
    }

    /// Adds the scalar from here to `end`.
    fn add(&mut self, end: usize, scalar: Scalar<'t>) {
        self.builder
            .scalar(self.absolute(self.at), self.absolute(end), scalar, 0);
        self.at = end;
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn absolute(&self, offset: usize) -> u32 {
        u32::try_from(offset)
            .unwrap_or(u32::MAX)
            .saturating_add(self.start)
    }
}

#[cfg(test)]
mod tests {
    use ztc_diag::Sources;

    use super::*;

    /// Both readers on one text; `None` when it is not JSON.
    fn both(text: &str) -> Option<(String, String)> {
        let mut sources = Sources::new();
        let source = sources.add("a".into(), "a".into(), text.into());
        let document = Document {
            source,
            start: 0,
            text,
        };
        let (mut json_sink, mut yaml_sink) = (Sink::new(), Sink::new());
        let json = match read(&document, &mut json_sink) {
            Outcome::Tree(tree) => Some(tree),
            Outcome::Refused => None,
            Outcome::NotJson => return None,
        };
        let yaml = crate::yaml::read_yaml(&document, &mut yaml_sink);
        let show = |tree: &Option<Tree<'_>>, sink: &Sink| {
            format!("{tree:?} {:?}", sink.iter().collect::<Vec<_>>())
        };
        Some((show(&json, &json_sink), show(&yaml, &yaml_sink)))
    }

    #[test]
    fn json_is_read_as_yaml_reads_it() {
        let text = r#"--- {"a": [1, -2.5e3, true, null, "x\né\"/\/", {}, [ ]], "b":{"c" :"é"}} "#;
        let spice = [
            "{", "}", "[", "]", ",", ":", "\"", "a", "1", " ", "\n", "0", "\\", "\"a\":", "-",
        ];
        let mut random = fastrand::Rng::with_seed(11);
        let mut n_json = 0;
        for _ in 0..20_000 {
            let mut mutated = text.to_owned();
            for _ in 0..random.usize(0..3) {
                let offsets: Vec<_> = mutated.char_indices().map(|(at, _)| at).collect();
                let at = *random.choice(&offsets).expect("never empty");
                if random.bool() {
                    mutated.remove(at);
                } else {
                    mutated.insert_str(at, random.choice(&spice).expect("there is some"));
                }
            }
            if let Some((json, yaml)) = both(&mutated) {
                assert_eq!(json, yaml, "{mutated}");
                n_json += 1;
            }
        }
        assert!(n_json > 1_000, "only {n_json} texts were JSON");
    }

    #[test]
    fn what_is_not_json_is_left_to_yaml() {
        for text in [
            "a: b",
            "{a: b}",
            r#"{"a": b}"#,
            "[1,]",
            "{} {}",
            "[1 2]",
            r#"{"a"}"#,
            "[\"\t\"]",
            "1",
        ] {
            assert!(both(text).is_none(), "{text}");
        }
    }
}
