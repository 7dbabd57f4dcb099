//! One line per diagnostic, for grep and editors.

use std::io;

use super::level_name;
use crate::{Diagnostic, Sources};

/// Writes `file:line:column: level[name]: message` for each diagnostic.
pub fn short(
    out: &mut impl io::Write,
    sources: &Sources,
    diagnostics: &[Diagnostic],
) -> io::Result<()> {
    for diagnostic in diagnostics {
        let span = diagnostic.primary.span;
        let file = sources.get(span.source).map_or("", |source| &source.name);
        let start = sources.start(span);
        writeln!(
            out,
            "{file}:{}:{}: {}[{}]: {}",
            start.line,
            start.column,
            level_name(diagnostic.level),
            diagnostic.name,
            diagnostic.message.replace('\n', " "),
        )?;
    }
    Ok(())
}
