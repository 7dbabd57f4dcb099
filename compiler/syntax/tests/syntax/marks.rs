//! Text with marks: `⟦name|text⟧` says that a diagnostic of this name has exactly this span.

use ztc_diag::{Diagnostic, Sink, SourceId, Sources};
use ztc_syntax::Parsed;

/// A name and the bytes it belongs to.
pub(crate) type Mark = (u32, u32, String);

/// Takes the marks out of a text. Several names at one place are separated by commas.
pub(crate) fn unmark(marked: &str) -> (String, Vec<Mark>) {
    let mut text = String::new();
    let mut marks = Vec::new();
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('⟦') {
        text.push_str(before);
        let (names, after) = after.split_once('|').expect("a mark has a name");
        let (inside, after) = after.split_once('⟧').expect("a mark is closed");
        let start = u32::try_from(text.len()).expect("cases are short");
        text.push_str(inside);
        let end = u32::try_from(text.len()).expect("cases are short");
        marks.extend(names.split(',').map(|name| (start, end, name.to_owned())));
        rest = after;
    }
    text.push_str(rest);
    marks.sort();
    (text, marks)
}

/// Parses one file.
pub(crate) fn parse(text: &str) -> (Sources, Parsed, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    sources.add("case.yaml".into(), "case.yaml".into(), text.into());
    let mut sink = Sink::new();
    let parsed = ztc_syntax::parse(&sources, &mut sink);
    (sources, parsed, sink.into_sorted())
}

/// What was found, in the shape of marks.
pub(crate) fn found(diagnostics: &[Diagnostic]) -> Vec<Mark> {
    let mut found: Vec<_> = diagnostics
        .iter()
        .map(|d| (d.primary.span.start, d.primary.span.end, d.name.to_owned()))
        .collect();
    found.sort();
    found
}

/// Checks that a marked text gives the marked diagnostics and no others.
pub(crate) fn check(what: &str, marked: &str) -> Vec<Diagnostic> {
    let (text, marks) = unmark(marked);
    let (sources, _, diagnostics) = parse(&text);
    let describe = |marks: &[Mark]| {
        let source = sources.get(SourceId(0)).expect("just added");
        let line = |(start, end, name): &Mark| {
            let place = source.line_column(*start);
            let text = text.get(*start as usize..*end as usize);
            format!("{}:{} {name} {text:?}", place.line, place.column)
        };
        marks.iter().map(line).collect::<Vec<_>>()
    };
    let found = found(&diagnostics);
    let missing: Vec<_> = marks
        .iter()
        .filter(|mark| !found.contains(mark))
        .cloned()
        .collect();
    let extra: Vec<_> = found
        .iter()
        .filter(|mark| !marks.contains(mark))
        .cloned()
        .collect();
    assert!(
        found == marks,
        "{what}: expected but not found {:#?}; found but not expected {:#?}",
        describe(&missing),
        describe(&extra),
    );
    diagnostics
}
