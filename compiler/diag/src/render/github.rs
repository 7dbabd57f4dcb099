//! Workflow commands: GitHub shows each diagnostic beside the line of the pull request.

use std::io;

use super::level_name;
use crate::{Diagnostic, Level, Sources};

/// Writes one workflow command per diagnostic.
pub fn github(
    out: &mut impl io::Write,
    sources: &Sources,
    diagnostics: &[Diagnostic],
) -> io::Result<()> {
    for diagnostic in diagnostics {
        let span = diagnostic.primary.span;
        let file = sources.get(span.source).map_or("", |source| &source.name);
        let (start, end) = (sources.start(span), sources.end(span));
        let command = match diagnostic.level {
            Level::Note => "notice",
            level => level_name(level),
        };
        write!(out, "::{command} file={}", escaped_property(file))?;
        write!(out, ",line={},col={}", start.line, start.column)?;
        write!(out, ",endLine={},endColumn={}", end.line, end.column)?;
        let mut body = diagnostic.message.clone();
        for help in &diagnostic.help {
            body.push_str("\nhelp: ");
            body.push_str(help);
        }
        let title = escaped_property(diagnostic.name);
        writeln!(out, ",title={title}::{}", escaped(&body))?;
    }
    Ok(())
}

/// The runner decodes these three; everything else is taken as it is.
fn escaped(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Properties also end at a comma or a colon.
fn escaped_property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let mut sources = Sources::new();
        let source = sources.add("a,b.yaml".into(), "a,b.yaml".into(), "x: 100%\n".into());
        let span = Span {
            source,
            start: 3,
            end: 7,
        };
        let found = Diagnostic::error("bad-port", "`100%` is no port", span).help("a number");
        let mut out = Vec::new();
        github(&mut out, &sources, &[found]).expect("writes to memory");
        assert_eq!(
            String::from_utf8(out).expect("text is UTF-8"),
            "::error file=a%2Cb.yaml,line=1,col=4,endLine=1,endColumn=8,title=bad-port::\
             `100%25` is no port%0Ahelp: a number\n"
        );
    }
}
