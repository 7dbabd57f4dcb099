//! YAML text to a tree. The only file that names the YAML crate.
//!
//! Must not know Kubernetes. The crate's positions are what they are for its own purposes: where
//! they are not what a reader would point at, they are corrected here, each with its reason.

use granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StructureStyle, Tag, options,
};
use ztc_diag::{Sink, Span};

use crate::builder::{Builder, MAX_DEPTH, Refused};
use crate::documents::Document;
use crate::errors::yaml::{Cause, SyntaxError};
use crate::scalar::CoreType;
use crate::tree::{Place, Scalar, Style, Tree};
use crate::{errors, indicator, json};

/// Reads one document. `None` when its text is no YAML, or too hostile a YAML; the sink says why.
pub(crate) fn read<'t>(document: &Document<'t>, sink: &mut Sink) -> Option<Tree<'t>> {
    match json::read(document, sink) {
        json::Outcome::Tree(tree) => Some(tree),
        json::Outcome::Refused => None,
        json::Outcome::NotJson => read_yaml(document, sink),
    }
}

/// Reads one document with the YAML parser, JSON or not.
pub(crate) fn read_yaml<'t>(document: &Document<'t>, sink: &mut Sink) -> Option<Tree<'t>> {
    let mut reading = Reading {
        document,
        builder: Builder::new(document.source, document.text.len()),
        previous_end: 0,
        is_broken: false,
    };
    for event in Parser::new_from_str_with_options(document.text, parser_options()) {
        let outcome = match event {
            Ok((event, span)) => reading.event(event, span, sink),
            Err(error) => Err(reading.syntax_error(&error).into()),
        };
        if let Err(diagnostic) = outcome {
            sink.push(*diagnostic);
            return None;
        }
    }
    (!reading.is_broken).then(|| reading.builder.finish())
}

fn parser_options() -> Options {
    // The builder holds the limit, exactly; the scanner runs ahead of it, and has one of its own.
    let limit = 2 * MAX_DEPTH as usize;
    let mut options = options! {
        // An unknown anchor is reported by us, and reading goes on.
        emit_unresolved_aliases: true,
        flow_nesting_limit: limit,
        block_nesting_limit: limit,
    };
    options.set_emit_comments(false);
    options
}

struct Reading<'a, 't> {
    document: &'a Document<'t>,
    builder: Builder<'t>,
    /// Where the previous event ended: all indicators of the next node come after it.
    previous_end: usize,
    is_broken: bool,
}

impl<'t> Reading<'_, 't> {
    fn event(
        &mut self,
        event: Event<'t>,
        span: granit_parser::Span,
        sink: &mut Sink,
    ) -> Result<(), Refused> {
        let reported = (self.offset(span.start), self.offset(span.end));
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let (start, end) = self.scalar_range(style, reported);
                let style = scalar_style(style, tag.as_deref());
                // A missing value is given as `~`, which nobody wrote.
                let text = if start == end && text == "~" {
                    "".into()
                } else {
                    text
                };
                let scalar = Scalar { text, style };
                self.builder
                    .scalar(self.absolute(start), self.absolute(end), scalar, anchor);
                self.previous_end = reported.1;
            }
            Event::SequenceStart(style, anchor, _) => self.open(false, style, anchor, reported)?,
            Event::MappingStart(style, anchor, _) => self.open(true, style, anchor, reported)?,
            Event::SequenceEnd | Event::MappingEnd => {
                // A block collection "ends" where the next token starts, comments and all: what
                // was written ends with its last child. Only a bracket has a width.
                let end = (reported.0 < reported.1).then(|| self.absolute(reported.1));
                self.builder.close(end, sink)?;
                self.previous_end = reported.1.max(self.previous_end);
            }
            Event::Alias(anchor) => {
                self.builder
                    .alias(self.absolute(reported.0), self.absolute(reported.1), anchor)?;
                self.previous_end = reported.1;
            }
            Event::UnresolvedAlias(name) => {
                sink.push(errors::yaml::unknown_anchor(
                    self.place(reported.0, reported.1),
                    &name,
                ));
                self.is_broken = true;
                let scalar = Scalar {
                    text: "".into(),
                    style: Style::Plain,
                };
                self.builder.scalar(
                    self.absolute(reported.0),
                    self.absolute(reported.1),
                    scalar,
                    0,
                );
                self.previous_end = reported.1;
            }
            // No node: anchors and comments are not asked for, and a document is read alone, so
            // where it starts and ends says nothing.
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        is_mapping: bool,
        style: StructureStyle,
        anchor: usize,
        (start, end): (usize, usize),
    ) -> Result<(), Refused> {
        let is_flow = style == StructureStyle::Flow;
        let text = self.document.text;
        // A block sequence that is not indented below its key is said to start at its first item,
        // after the dash.
        let start = if !is_mapping && !is_flow && self.builder.expects_value() {
            indicator::find(text, self.previous_end, b"-")
                .filter(|&at| at < start)
                .unwrap_or(start)
        } else {
            start
        };
        self.previous_end = end;
        self.builder.open(
            is_mapping,
            is_flow && start < end,
            self.absolute(start),
            anchor,
        )
    }

    /// The bytes of a scalar, quotes and block indicators included.
    fn scalar_range(&self, style: ScalarStyle, (start, end): (usize, usize)) -> (usize, usize) {
        let text = self.document.text;
        match style {
            ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                (start, end)
            }
            // Said to be the content with its last line break; people point at the `|`, and the
            // last line is where the content ends.
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let header = indicator::find(text, self.previous_end, b"|>");
                let start = header.filter(|&at| at < start).unwrap_or(start);
                let written = text.get(start..end.max(start)).unwrap_or_default();
                (start, start + written.trim_end().len())
            }
        }
    }

    fn offset(&self, marker: granit_parser::Marker) -> usize {
        marker
            .byte_offset()
            .unwrap_or(self.document.text.len())
            .min(self.document.text.len())
    }

    fn absolute(&self, offset: usize) -> u32 {
        u32::try_from(offset)
            .unwrap_or(u32::MAX)
            .saturating_add(self.document.start)
    }

    fn place(&self, start: usize, end: usize) -> Place {
        let (start, end) = (self.absolute(start), self.absolute(end));
        Place {
            span: Span {
                source: self.document.source,
                start,
                end,
            },
            written: None,
        }
    }

    fn syntax_error(&self, error: &ScanError) -> ztc_diag::Diagnostic {
        let text = self.document.text;
        let at = indicator::floor_char_boundary(text, self.offset(*error.marker()));
        let rest = text.get(at..).unwrap_or_default();
        let line_length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let cause = cause(error.kind());
        if cause == Cause::Nesting {
            return errors::yaml::too_deep(self.place(at, at));
        }
        let width = match cause {
            Cause::Quote => line_length,
            _ => rest
                .chars()
                .next()
                .filter(|c| !matches!(c, '\n' | '\r'))
                .map_or(0, char::len_utf8),
        };
        let line_start = text
            .get(..at)
            .unwrap_or_default()
            .rfind('\n')
            .map_or(0, |end| end + 1);
        errors::yaml::syntax(SyntaxError {
            at: self.place(at, at + width),
            cause,
            reason: error.info(),
            line: text.get(line_start..at + line_length).unwrap_or_default(),
            before: text.get(line_start..at).unwrap_or_default(),
            open_bracket: self
                .builder
                .open_flow()
                .filter(|&start| start != self.absolute(at))
                .map(|start| Span {
                    source: self.document.source,
                    start,
                    end: start + 1,
                }),
        })
    }
}

fn scalar_style(style: ScalarStyle, tag: Option<&Tag>) -> Style {
    match (tag.and_then(|tag| tag.core_suffix()), style) {
        (Some("str"), _) => Style::Tagged(CoreType::String),
        (Some("int" | "bool" | "null" | "float"), _) => Style::Tagged(CoreType::Other),
        (_, ScalarStyle::Plain) => Style::Plain,
        _ => Style::Quoted,
    }
}

fn cause(kind: &ErrorKind) -> Cause {
    match kind {
        ErrorKind::RecursionLimitExceeded => Cause::Nesting,
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => Cause::Tab,
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            Cause::Quote
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => Cause::AfterQuote,
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::MisplacedFlowCollectionEnd
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::BlockEntryInFlowCollection => Cause::Bracket,
        ErrorKind::MappingValueNotAllowed => Cause::Colon,
        ErrorKind::SimpleKeyExpected => Cause::Key,
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::InvalidFlowScalarIndent
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::InvalidSimpleKey => Cause::Indentation,
        ErrorKind::UnexpectedCharacter { .. } => Cause::Character,
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => Cause::Escape,
        _ => Cause::Other,
    }
}
