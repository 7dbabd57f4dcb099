//! A file's text to the texts of its documents, so that each is read alone.
//!
//! Must not know YAML beyond the lines that separate documents.

use ztc_diag::{Source, SourceId};

/// The text of one document, its `---` line and directives included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'t> {
    pub(crate) source: SourceId,
    /// Where the text starts in the file.
    pub(crate) start: u32,
    pub(crate) text: &'t str,
}

/// Splits a file at the lines that end a document whatever they are inside of: `---` and `...` at
/// the first column, followed by a blank or nothing.
pub(crate) fn split<'t>(id: SourceId, source: &'t Source) -> Vec<Document<'t>> {
    let text = source.text.as_str();
    let mut documents = Vec::new();
    let mut start = 0;
    // Where the directives start that may precede the next `---`.
    let mut directives = None;
    let mut push = |start: usize, end: usize| {
        let part = text.get(start..end).unwrap_or_default();
        if !is_blank(part) {
            let start = u32::try_from(start).unwrap_or(u32::MAX);
            documents.push(Document {
                source: id,
                start,
                text: part,
            });
        }
    };
    let ends = source.line_starts().iter().skip(1).map(|&end| end as usize);
    let starts = source.line_starts().iter().map(|&start| start as usize);
    for (line_start, line_end) in starts.zip(ends.chain([text.len()])) {
        let bytes = text
            .as_bytes()
            .get(line_start..line_end)
            .unwrap_or_default();
        // Files that were put together by `cat` have byte-order marks in the middle.
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        match bytes.first() {
            Some(b'-') if is_marker(bytes, b"---") => {
                let end = directives.take().unwrap_or(line_start);
                push(start, end);
                start = end;
            }
            Some(b'.') if is_marker(bytes, b"...") => {
                push(start, line_end);
                start = line_end;
                directives = None;
            }
            Some(b'%') => directives = directives.or(Some(line_start)),
            Some(b'#' | b'\n' | b'\r') | None => {}
            Some(_) => directives = None,
        }
    }
    push(start, text.len());
    documents
}

fn is_marker(line: &[u8], marker: &[u8]) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n' | b'\r')))
}

/// Whether nothing but separators, blanks and comments is there. The parser would find out too;
/// this is here because generated files have many such documents.
fn is_blank(text: &str) -> bool {
    text.lines().all(|line| {
        let line = line.trim_start_matches('\u{feff}').trim();
        line.is_empty() || line.starts_with('#') || line == "---" || line == "..."
    })
}

#[cfg(test)]
mod tests {
    use ztc_diag::Sources;

    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let mut sources = Sources::new();
        let id = sources.add("a".into(), "a".into(), text.into());
        let source = sources.get(id).expect("just added");
        let documents = split(id, source);
        for document in &documents {
            let start = document.start as usize;
            assert_eq!(
                text.get(start..start + document.text.len()),
                Some(document.text)
            );
        }
        documents
            .iter()
            .map(|document| document.text.to_owned())
            .collect()
    }

    #[test]
    fn documents_end_at_separators_in_the_first_column() {
        assert_eq!(texts("a: 1\n---\nb: 2\n"), ["a: 1\n", "---\nb: 2\n"]);
        assert_eq!(
            texts("a: 1\r\n--- # x\r\nb: 2"),
            ["a: 1\r\n", "--- # x\r\nb: 2"]
        );
        assert_eq!(texts("a: |\n  ---\n---x: 1\n"), ["a: |\n  ---\n---x: 1\n"]);
        assert_eq!(texts("a: 1\n...\nb: 2\n"), ["a: 1\n...\n", "b: 2\n"]);
        assert_eq!(texts("---\n# nothing\n---\n\n--- {}\n"), ["--- {}\n"]);
        assert_eq!(
            texts("a: 1\n\u{feff}---\nb: 2"),
            ["a: 1\n", "\u{feff}---\nb: 2"]
        );
        assert_eq!(texts(""), [""; 0]);
    }

    #[test]
    fn directives_belong_to_the_next_document() {
        assert_eq!(
            texts("a: 1\n%YAML 1.2\n# c\n---\nb: 2\n"),
            ["a: 1\n", "%YAML 1.2\n# c\n---\nb: 2\n"],
        );
    }
}
