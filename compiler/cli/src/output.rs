//! The terminal: colour, JSON, and the only place that takes hold of it.
//!
//! Data goes to standard output, everything else to standard error.

use std::{
    fmt::Display,
    io::{self, BufWriter, IsTerminal, Write},
};

use serde::Serialize;
use ztc_diag::render::Colour;

use crate::{args::ColourChoice, exit::Failure};

/// Buffered standard output. Flush it before anything goes to standard error, so that the two do
/// not overtake each other on a terminal.
pub(crate) type Out = BufWriter<io::StdoutLock<'static>>;

/// Standard output and how it is coloured.
pub(crate) fn out(choice: ColourChoice) -> (Out, Colour) {
    let colour = colour(choice, io::stdout().is_terminal());
    (BufWriter::new(io::stdout().lock()), colour)
}

/// Standard error and how it is coloured.
pub(crate) fn err(choice: ColourChoice) -> (io::StderrLock<'static>, Colour) {
    let colour = colour(choice, io::stderr().is_terminal());
    (io::stderr().lock(), colour)
}

fn colour(choice: ColourChoice, is_terminal: bool) -> Colour {
    if wanted(choice, is_terminal) {
        Colour::Ansi
    } else {
        Colour::Plain
    }
}

/// Writes one JSON object and a line end.
pub(crate) fn json(out: &mut Out, value: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// The first characters of a text, and a sign where there are more.
pub(crate) fn cut(text: &str, n_shown: usize) -> String {
    let mut shown: String = text.chars().take(n_shown).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Says something that is not data. Failing to say it changes nothing.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says how far a long run came, in one line that the next one takes the place of; on a terminal
/// only.
pub(crate) fn progress(line: &str) {
    let mut err = io::stderr().lock();
    if err.is_terminal() {
        let _ = write!(err, "\r\u{1b}[K{line}");
        let _ = err.flush();
    }
}

/// Shows an operational error. Failing to show it changes nothing: the exit code says it too.
pub(crate) fn complain(report: &miette::Report) {
    let _ = write!(io::stderr().lock(), "{report:?}");
}

/// Decides once how operational errors look.
pub(crate) fn set_up(choice: ColourChoice) {
    let coloured = wanted(choice, io::stderr().is_terminal());
    // Wrapping would break paths, which people copy.
    let options = move || {
        miette::MietteHandlerOpts::new()
            .unicode(true)
            .color(coloured)
            .width(1000)
    };
    let hook: miette::ErrorHook = Box::new(move |_| Box::new(options().build()));
    // An error here means that a handler is set already, and then errors look as it decides.
    let _ = miette::set_hook(hook);
}

/// As <https://no-color.org> has it: any value but an empty one turns colour off, unless the flag
/// asks for it.
fn wanted(choice: ColourChoice, is_terminal: bool) -> bool {
    match choice {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto => {
            is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

/// `1 policy`, `2 policies`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The first few of a list, and how many more there are.
pub(crate) fn few(all: &[impl Display], n_shown: usize) -> String {
    let names: Vec<String> = all.iter().take(n_shown).map(ToString::to_string).collect();
    let names = names.join(", ");
    match all.len().saturating_sub(n_shown) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}
