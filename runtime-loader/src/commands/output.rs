//! Where answers go, and whether they may be coloured.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::errors::{Failed, NotActivated};

/// Standard output.
pub(crate) struct Output {
    colour: bool,
}

/// The few colours that are used, by what they mean.
#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Good,
    Bad,
    Warning,
    Dim,
}

impl Output {
    /// Colour only for people who did not ask for none.
    pub(crate) fn new() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            colour: io::stdout().is_terminal() && !unwanted,
        }
    }

    /// One line for people.
    pub(crate) fn line(&self, text: &str) -> Result<(), NotActivated> {
        self.write(text.as_bytes())
    }

    /// One line for programs.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), NotActivated> {
        let line = serde_json::to_vec(value).map_err(io::Error::from);
        self.write(&line.map_err(Failed::Output)?)
    }

    /// Text in a colour.
    pub(crate) fn paint(&self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Good => 32,
            Colour::Bad => 31,
            Colour::Warning => 33,
            Colour::Dim => 2,
        };
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.into()
        }
    }

    fn write(&self, line: &[u8]) -> Result<(), NotActivated> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(line);
        let written = written.and_then(|()| stdout.write_all(b"\n"));
        let written = written.and_then(|()| stdout.flush());
        written.map_err(|error| Failed::Output(error).into())
    }
}

/// A line for people about how things go: to standard error, where nobody parses it.
pub(crate) fn note(text: &str) {
    // There is nobody left to tell when standard error is gone.
    let _told = writeln!(io::stderr(), "{text}");
}
