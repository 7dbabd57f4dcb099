//! The result as a JUnit report: a suite for every file, a case for every assertion.
//!
//! Must not judge anything.

use std::{
    fmt,
    io::{self, Write},
    path::Path,
};

use ztc_diag::{
    SourceId,
    render::{self, Colour},
};

use super::{About, Done};
use crate::{commands::build, exit::Failure, pipeline::Checked, report::Refused};

/// The report cannot be written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot write `{name}`: {reason}")]
struct Unwritable {
    name: String,
    reason: io::Error,
}

/// The report of a run that asked nothing.
const UNASKED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="ztc test" tests="1" failures="0" errors="1">
  <testsuite name="ztc test" tests="1" failures="0" errors="1">
    <testcase name="the assertions are asked" classname="ztc test">
      <error message="no assertion was asked: standard error says why" type="not-asked"/>
    </testcase>
  </testsuite>
</testsuites>
"#;

/// Writes the report to a file, in one step.
pub(super) fn replace(file: &Path, about: About<'_>, done: &[Done<'_>]) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    let written = write(&mut bytes, about, done);
    to_file(file, written.map(|()| bytes))
}

/// Writes a report of a run that asked nothing, in one step.
pub(super) fn replace_unasked(file: &Path) -> Result<(), Failure> {
    to_file(file, Ok(UNASKED.into()))
}

fn to_file(file: &Path, bytes: io::Result<Vec<u8>>) -> Result<(), Failure> {
    let written = bytes.and_then(|bytes| build::replace(file, &bytes));
    written.map_err(|reason| {
        let name = file.display().to_string();
        Failure::Report(Unwritable { name, reason }.into())
    })
}

/// Writes the report.
pub(super) fn write(out: &mut impl Write, about: About<'_>, done: &[Done<'_>]) -> io::Result<()> {
    let checked = about.checked;
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, "<testsuites name=\"ztc test\"{}>", Totals(done))?;
    for suite in done.chunk_by(|one, other| file(one) == file(other)) {
        let Some(first) = suite.first() else {
            continue;
        };
        let source = checked.sources.get(file(first));
        let name = source.map_or("", |source| source.name.as_str());
        writeln!(
            out,
            "  <testsuite name=\"{}\"{}>",
            Escaped(name),
            Totals(suite)
        )?;
        write_left_out(out, about.left_out)?;
        for one in suite {
            case(out, checked, one)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// A suite of assertions holds of what was not left out only, so every suite says what was.
fn write_left_out(out: &mut impl Write, left_out: &[Refused]) -> io::Result<()> {
    if left_out.is_empty() {
        return Ok(());
    }
    writeln!(out, "    <properties>")?;
    for object in left_out {
        let object = object.to_string();
        let value = Escaped(&object);
        writeln!(out, "      <property name=\"left out\" value=\"{value}\"/>")?;
    }
    writeln!(out, "    </properties>")
}

fn file(done: &Done<'_>) -> SourceId {
    done.assertion.span.source
}

fn case(out: &mut impl Write, checked: &Checked, done: &Done<'_>) -> io::Result<()> {
    let title = done.title();
    let (name, class) = (Escaped(&title), Escaped(&done.test.meta.name.value));
    let line = checked.sources.start(done.assertion.span).line;
    let source = checked.sources.get(file(done));
    let file = Escaped(source.map_or("", |source| source.name.as_str()));
    write!(
        out,
        "    <testcase name=\"{name}\" classname=\"{class}\" file=\"{file}\" line=\"{line}\""
    )?;
    let Some(wrong) = &done.diagnostic else {
        return writeln!(out, "/>");
    };
    // What is asserted of nobody is a mistake in the test, which JUnit tells from a failure.
    let element = if done.judged.is_some() {
        "failure"
    } else {
        "error"
    };
    let mut text = Vec::new();
    render::text(
        &mut text,
        &checked.sources,
        std::slice::from_ref(wrong),
        Colour::Plain,
    )?;
    let text = String::from_utf8_lossy(&text);
    let (message, kind) = (Escaped(&wrong.message), wrong.name);
    writeln!(out, ">")?;
    writeln!(
        out,
        "      <{element} message=\"{message}\" type=\"{kind}\">{}</{element}>",
        Escaped(text.trim_end())
    )?;
    writeln!(out, "    </testcase>")
}

/// The attributes with numbers.
struct Totals<'d>(&'d [Done<'d>]);

impl fmt::Display for Totals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = super::count(self.0);
        let (tests, failures, errors) = (self.0.len(), counts.failed, counts.wrong);
        write!(
            f,
            " tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\""
        )
    }
}

/// Text as an attribute or an element may hold it. What XML cannot hold at all is replaced.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&apos;"),
            '\n' => f.write_str("\n"),
            '\t' => f.write_str("\t"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => f.write_str("\u{fffd}"),
            c => write!(f, "{c}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_what_xml_can_hold() {
        let escaped = Escaped("a<b> & \"c\" 'd'\u{1b}[1m\n").to_string();
        assert_eq!(
            escaped,
            "a&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;\u{fffd}[1m\n"
        );
    }
}
