//! Diagnostics for people: the lines of the files with what is to be seen in them.
//!
//! The only file that names the rendering library, and the only place that knows colour.

use std::{io, ops::Range};

use codespan_reporting::{
    diagnostic::{self, Severity},
    files,
    term::{
        self, Config,
        termcolor::{Ansi, NoColor},
    },
};

use super::excerpt;
use crate::{Diagnostic, Label, Level, SourceId, Sources};

/// Whether to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// ANSI escape sequences.
    Ansi,
    /// Nothing but the text.
    Plain,
}

/// Writes diagnostics with the lines they point at, an empty line after each.
pub fn text(
    out: &mut impl io::Write,
    sources: &Sources,
    diagnostics: &[Diagnostic],
    colour: Colour,
) -> io::Result<()> {
    for diagnostic in diagnostics {
        let (primary, secondary) = (&diagnostic.primary, &diagnostic.secondary);
        let notes = diagnostic.notes.iter().map(|note| format!("note: {note}"));
        let helps = diagnostic.help.iter().map(|help| format!("help: {help}"));
        let lines = match excerpt::of_long_line(sources, primary, secondary) {
            None => {
                let head = head(diagnostic, notes.chain(helps).collect());
                render(
                    sources,
                    &head.with_labels(labels(primary, secondary)),
                    colour,
                )
            }
            Some(excerpt) => {
                // The other places are as long as this one, so they are only named.
                let others = secondary.iter().map(|label| {
                    let at = sources.start(label.span);
                    let file = sources
                        .get(label.span.source)
                        .map_or("", |source| &source.name);
                    format!("at {file}:{}:{}: {}", at.line, at.column, label.text)
                });
                let head = head(diagnostic, others.chain(notes).chain(helps).collect());
                let label = diagnostic::Label::primary((), excerpt.range.clone())
                    .with_message(&primary.text);
                render(&excerpt, &head.with_labels(vec![label]), colour)
            }
        };
        write_lines(out, &lines?)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Everything of a diagnostic but its places.
fn head<FileId>(diagnostic: &Diagnostic, notes: Vec<String>) -> diagnostic::Diagnostic<FileId> {
    diagnostic::Diagnostic::new(severity(diagnostic.level))
        .with_code(diagnostic.name)
        .with_message(&diagnostic.message)
        .with_notes(notes)
}

/// Writes the lines of one place and nothing else: what `ztc explain` shows of a rule. The level is
/// only their colour.
pub fn snippet(
    out: &mut impl io::Write,
    sources: &Sources,
    (level, place): (Level, &Label),
    colour: Colour,
) -> io::Result<()> {
    let lines = match excerpt::of_long_line(sources, place, &[]) {
        None => {
            let rendered = diagnostic::Diagnostic::new(severity(level));
            render(sources, &rendered.with_labels(labels(place, &[])), colour)?
        }
        Some(excerpt) => {
            let label =
                diagnostic::Label::primary((), excerpt.range.clone()).with_message(&place.text);
            let rendered = diagnostic::Diagnostic::new(severity(level));
            render(&excerpt, &rendered.with_labels(vec![label]), colour)?
        }
    };
    // The first line would say the level, which a verdict is not.
    write_lines(out, lines.get(1..).unwrap_or_default())
}

fn severity(level: Level) -> Severity {
    match level {
        Level::Note => Severity::Note,
        Level::Warning => Severity::Warning,
        Level::Error => Severity::Error,
    }
}

fn labels(primary: &Label, secondary: &[Label]) -> Vec<diagnostic::Label<SourceId>> {
    let range = |label: &Label| label.span.start as usize..label.span.end as usize;
    let first =
        diagnostic::Label::primary(primary.span.source, range(primary)).with_message(&primary.text);
    let others = secondary.iter().map(|label| {
        diagnostic::Label::secondary(label.span.source, range(label)).with_message(&label.text)
    });
    std::iter::once(first).chain(others).collect()
}

/// The lines of one diagnostic, without blanks at their ends and without empty lines at the end:
/// the library's number of these depends on what it shows.
fn render<'files, F: files::Files<'files>>(
    sources: &'files F,
    rendered: &diagnostic::Diagnostic<F::FileId>,
    colour: Colour,
) -> io::Result<Vec<Vec<u8>>> {
    // A rule or an object may be long; its beginning is what people recognise it by.
    let config = Config {
        start_context_lines: 3,
        end_context_lines: 1,
        ..Config::default()
    };
    let mut shown = Vec::new();
    let result = match colour {
        Colour::Ansi => {
            term::emit_to_write_style(&mut Ansi::new(&mut shown), &config, sources, rendered)
        }
        Colour::Plain => {
            term::emit_to_write_style(&mut NoColor::new(&mut shown), &config, sources, rendered)
        }
    };
    result.map_err(|error| match error {
        files::Error::Io(error) => error,
        other => io::Error::other(other),
    })?;
    let lines = shown.split(|&byte| byte == b'\n');
    let mut lines: Vec<Vec<u8>> = lines.map(|line| line.trim_ascii_end().to_owned()).collect();
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    Ok(lines)
}

fn write_lines(out: &mut impl io::Write, lines: &[Vec<u8>]) -> io::Result<()> {
    lines.iter().try_for_each(|line| {
        out.write_all(line)?;
        out.write_all(b"\n")
    })
}

impl<'a> files::Files<'a> for Sources {
    type FileId = SourceId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: SourceId) -> Result<&'a str, files::Error> {
        let source = self.get(id).ok_or(files::Error::FileMissing)?;
        Ok(&source.name)
    }

    fn source(&'a self, id: SourceId) -> Result<&'a str, files::Error> {
        let source = self.get(id).ok_or(files::Error::FileMissing)?;
        Ok(&source.text)
    }

    fn line_index(&'a self, id: SourceId, byte_index: usize) -> Result<usize, files::Error> {
        let source = self.get(id).ok_or(files::Error::FileMissing)?;
        let after = |&start: &u32| start as usize <= byte_index;
        Ok(source
            .line_starts()
            .partition_point(after)
            .saturating_sub(1))
    }

    fn column_number(
        &'a self,
        id: SourceId,
        _line_index: usize,
        byte_index: usize,
    ) -> Result<usize, files::Error> {
        let source = self.get(id).ok_or(files::Error::FileMissing)?;
        let offset = u32::try_from(byte_index).unwrap_or(u32::MAX);
        Ok(source.line_column(offset).column as usize)
    }

    fn line_range(&'a self, id: SourceId, line_index: usize) -> Result<Range<usize>, files::Error> {
        let source = self.get(id).ok_or(files::Error::FileMissing)?;
        let starts = source.line_starts();
        let start = starts.get(line_index).ok_or(files::Error::LineTooLarge {
            given: line_index,
            max: starts.len().saturating_sub(1),
        })?;
        let end = starts
            .get(line_index + 1)
            .map_or(source.text.len(), |&next| next as usize);
        // A byte-order mark has no width and some terminals show it.
        let bom = if *start == 0 && source.text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        Ok((*start as usize + bom).min(end)..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    fn rendered(text_of_file: &str, diagnostic: impl Fn(SourceId) -> Diagnostic) -> String {
        let mut sources = Sources::new();
        let id = sources.add("a.yaml".into(), "a.yaml".into(), text_of_file.into());
        let mut out = Vec::new();
        text(&mut out, &sources, &[diagnostic(id)], Colour::Plain).expect("writes to memory");
        String::from_utf8(out).expect("text is UTF-8")
    }

    fn span(source: SourceId, start: u32, end: u32) -> Span {
        Span { source, start, end }
    }

    #[test]
    fn shows_both_places_then_notes_then_help() {
        let shown = rendered("spec:\n  ingres: []\n", |id| {
            Diagnostic::error("unknown-field", "unknown field `ingres`", span(id, 8, 14))
                .at("not a field of `spec`")
                .label(span(id, 0, 4), "in this mapping")
                .note("unknown fields are never ignored")
                .help("did you mean `ingress`?")
        });
        let expected = "\
error[unknown-field]: unknown field `ingres`
  ┌─ a.yaml:2:3
  │
1 │ spec:
  │ ---- in this mapping
2 │   ingres: []
  │   ^^^^^^ not a field of `spec`
  │
  = note: unknown fields are never ignored
  = help: did you mean `ingress`?

";
        assert_eq!(shown, expected);
    }

    #[test]
    fn of_a_line_that_is_too_long_a_piece_is_shown() {
        let line = format!("{}\"ingrés\": 1{}", "é".repeat(2000), "x".repeat(2000));
        let shown = rendered(&line, |id| {
            Diagnostic::error("x", "m", span(id, 4000, 4009))
                .at("here")
                .label(span(id, 0, 2), "there")
        });
        let lines: Vec<&str> = shown.lines().collect();
        let [_, place, _, piece, marks, ..] = lines.as_slice() else {
            unreachable!("{shown}");
        };
        assert_eq!(*place, "  ┌─ a.yaml:1:2001");
        assert!(
            piece.starts_with("1 │ …é") && piece.ends_with("x…"),
            "{shown}"
        );
        assert_eq!(marks.trim_start_matches(['│', ' ']), "^^^^^^^^ here");
        assert!(shown.contains("= at a.yaml:1:1: there"), "{shown}");
        assert!(shown.len() < 1000, "{shown}");
    }

    #[test]
    fn a_byte_order_mark_is_not_shown_and_an_empty_file_has_a_place() {
        let shown = rendered("\u{feff}a: 1\r\n", |id| {
            Diagnostic::error("x", "m", span(id, 3, 4))
        });
        assert!(shown.contains("a.yaml:1:1"), "{shown}");
        assert!(!shown.contains('\u{feff}'), "{shown}");
        let shown = rendered("", |id| Diagnostic::error("x", "m", span(id, 0, 0)));
        assert!(shown.contains("a.yaml:1:1"), "{shown}");
    }

    #[test]
    fn a_span_outside_the_file_is_still_shown() {
        let shown = rendered("a\n", |id| Diagnostic::error("x", "m", span(id, 90, 99)));
        assert!(shown.contains("a.yaml"), "{shown}");
    }
}
