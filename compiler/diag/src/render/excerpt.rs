//! A piece of a line that is too long to show: generated and minified files are often one line.
//!
//! Must not know how anything is rendered, only which piece of which line to show.

use std::{borrow::Cow, ops::Range};

use codespan_reporting::files;

use crate::{Label, Sources, Span};

/// Lines of more bytes than this are shown in pieces.
const LONG: u32 = 1000;
/// Bytes of a place that are shown of it.
const SHOWN: usize = 160;
/// Bytes that are shown before and after.
const AROUND: usize = 60;

/// One line of a file, or what is shown of it.
pub(super) struct Excerpt<'a> {
    name: &'a str,
    text: String,
    line: usize,
    column: usize,
    /// The place in `text`.
    pub(super) range: Range<usize>,
}

/// A piece around the first of these places, if any of them is in a long line.
pub(super) fn of_long_line<'a>(
    sources: &'a Sources,
    primary: &Label,
    secondary: &[Label],
) -> Option<Excerpt<'a>> {
    let mut labels = std::iter::once(primary).chain(secondary);
    if !labels.any(|label| is_long(sources, label.span)) {
        return None;
    }
    let source = sources.get(primary.span.source)?;
    let (line_start, line_end) = line(sources, primary.span)?;
    let start = (primary.span.start as usize).clamp(line_start, line_end);
    let end = (primary.span.end as usize)
        .clamp(start, line_end)
        .min(start + SHOWN);
    let from = boundary(&source.text, start.saturating_sub(AROUND).max(line_start));
    let to = boundary(&source.text, (end + AROUND).min(line_end));
    let end = boundary(&source.text, end);
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    let (before, after) = (cut(from > line_start), cut(to < line_end));
    let text = format!("{before}{}{after}", source.text.get(from..to)?);
    let range = (start - from + before.len())..(end.max(start) - from + before.len());
    let place = source.line_column(primary.span.start);
    Some(Excerpt {
        name: &source.name,
        text,
        line: place.line as usize,
        column: place.column as usize,
        range,
    })
}

fn is_long(sources: &Sources, span: Span) -> bool {
    let Some(source) = sources.get(span.source) else {
        return false;
    };
    let starts = source.line_starts();
    let first = starts
        .partition_point(|&start| start <= span.start)
        .saturating_sub(1);
    let last = starts.partition_point(|&start| start <= span.end);
    let shown = starts
        .get(first..=last)
        .or_else(|| starts.get(first..))
        .unwrap_or_default();
    let end = u32::try_from(source.text.len()).unwrap_or(u32::MAX);
    let ends = shown.iter().skip(1).copied().chain([end]);
    shown
        .iter()
        .zip(ends)
        .any(|(&start, end)| end.saturating_sub(start) > LONG)
}

/// The line in which a place starts, without its end.
fn line(sources: &Sources, span: Span) -> Option<(usize, usize)> {
    let source = sources.get(span.source)?;
    let starts = source.line_starts();
    let next = starts.partition_point(|&start| start <= span.start);
    let start = *starts.get(next.checked_sub(1)?)? as usize;
    let end = starts
        .get(next)
        .map_or(source.text.len(), |&end| end as usize);
    let text = source.text.get(start..end)?;
    let bom = if start == 0 && text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    Some((
        start + bom,
        start + text.trim_end_matches(['\r', '\n']).len(),
    ))
}

/// The start of the character that a byte is in.
fn boundary(text: &str, mut index: usize) -> usize {
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

impl<'a> files::Files<'a> for Excerpt<'_> {
    type FileId = ();
    type Name = &'a str;
    type Source = Cow<'a, str>;

    fn name(&'a self, (): ()) -> Result<&'a str, files::Error> {
        Ok(self.name)
    }

    fn source(&'a self, (): ()) -> Result<Cow<'a, str>, files::Error> {
        Ok(Cow::Borrowed(&self.text))
    }

    fn line_index(&'a self, (): (), _byte_index: usize) -> Result<usize, files::Error> {
        Ok(0)
    }

    fn line_number(&'a self, (): (), _line_index: usize) -> Result<usize, files::Error> {
        Ok(self.line)
    }

    fn column_number(
        &'a self,
        (): (),
        _line_index: usize,
        _byte_index: usize,
    ) -> Result<usize, files::Error> {
        Ok(self.column)
    }

    fn line_range(&'a self, (): (), line_index: usize) -> Result<Range<usize>, files::Error> {
        match line_index {
            0 => Ok(0..self.text.len()),
            given => Err(files::Error::LineTooLarge { given, max: 0 }),
        }
    }
}
