//! Many questions, one JSON object per line; as many answers, in the same order.

use std::io::{self, BufRead, Read, Write};

use super::{Answerer, Judge, NoAnswer, Question};

/// The longest line that is read, its end included.
pub const MAX_LINE: usize = 1 << 20;

/// What a line looks like.
const EXAMPLE: &str = r#"{"from": "shop/web", "to": "shop/db", "protocol": "TCP", "port": 5432}"#;

/// Why not all lines have an answer. What came before has been answered.
#[derive(Debug, thiserror::Error)]
pub enum FlowsError {
    /// No JSON, or a field is missing or of the wrong type.
    #[error("`{name}`, line {line}: {reason}")]
    NotAQuestion {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: serde_json::Error,
    },
    /// More than anybody would write on purpose.
    #[error("`{name}`, line {line}: it is longer than {MAX_LINE} bytes")]
    TooLong {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
    },
    /// A question without an answer.
    #[error("`{name}`, line {line}: {reason}")]
    NoAnswer {
        /// The file.
        name: String,
        /// The line, from 1.
        line: u64,
        /// Why.
        reason: NoAnswer,
    },
    /// The file could not be read.
    #[error("cannot read `{name}`: {reason}")]
    Unreadable {
        /// The file.
        name: String,
        /// Why.
        reason: io::Error,
    },
    /// The answers could not be written.
    #[error("cannot write the output: {0}")]
    Unwritable(#[from] io::Error),
}

impl FlowsError {
    /// What the caller can do about it; empty when there is nothing to say.
    pub fn advice(&self) -> String {
        match self {
            Self::NotAQuestion { .. } | Self::TooLong { .. } => format!("a line is {EXAMPLE}"),
            Self::NoAnswer { reason, .. } => reason.advice(),
            Self::Unreadable { .. } | Self::Unwritable(_) => String::new(),
        }
    }
}

/// Answers every line of a reader, which errors call `name`, but for empty ones. How many it
/// answered.
///
/// # Errors
///
/// The first line without an answer, after the answers before it have been written.
pub fn answer_lines(
    name: &str,
    reader: impl BufRead,
    answerer: &Answerer<'_>,
    judge: &mut impl Judge,
    mut out: impl Write,
) -> Result<u64, FlowsError> {
    let mut lines = Lines {
        name,
        reader,
        line: 0,
        text: Vec::new(),
    };
    let mut n_answers = 0;
    let mut buffer = Vec::new();
    loop {
        let answered = lines.next().and_then(|question| {
            let Some(question) = question else {
                return Ok(None);
            };
            let answer = answerer.answer(question, judge);
            let answer = answer.map_err(|reason| lines.no_answer(reason))?;
            buffer.clear();
            serde_json::to_writer(&mut buffer, &answer).map_err(io::Error::from)?;
            buffer.push(b'\n');
            Ok(Some(()))
        });
        match answered {
            Ok(Some(())) => out.write_all(&buffer)?,
            Ok(None) => {
                out.flush()?;
                return Ok(n_answers);
            }
            Err(error) => {
                out.flush()?;
                return Err(error);
            }
        }
        n_answers += 1;
    }
}

/// The questions of a file.
struct Lines<'n, R> {
    name: &'n str,
    reader: R,
    line: u64,
    text: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    /// The next question; `None` at the end.
    fn next(&mut self) -> Result<Option<Question>, FlowsError> {
        loop {
            self.text.clear();
            self.line += 1;
            let bounded = (&mut self.reader).take(MAX_LINE as u64 + 1);
            let length = read_line(bounded, &mut self.text);
            let length = length.map_err(|reason| FlowsError::Unreadable {
                name: self.name.into(),
                reason,
            })?;
            if length == 0 {
                return Ok(None);
            }
            if length > MAX_LINE {
                return Err(FlowsError::TooLong {
                    name: self.name.into(),
                    line: self.line,
                });
            }
            if self.text.iter().any(|byte| !byte.is_ascii_whitespace()) {
                let question = serde_json::from_slice(&self.text);
                return question
                    .map(Some)
                    .map_err(|reason| FlowsError::NotAQuestion {
                        name: self.name.into(),
                        line: self.line,
                        reason,
                    });
            }
        }
    }

    fn no_answer(&self, reason: NoAnswer) -> FlowsError {
        FlowsError::NoAnswer {
            name: self.name.into(),
            line: self.line,
            reason,
        }
    }
}

fn read_line(mut reader: impl BufRead, to: &mut Vec<u8>) -> io::Result<usize> {
    reader.read_until(b'\n', to)
}
