//! Many questions, one JSON object per line; as many answers, in the same order.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::Path,
};

use ztc_bundle::Bundle;

use super::{
    answer::{self, NoAnswer},
    ends::Ends,
    question::Question,
};
use crate::{
    args::ColourChoice,
    exit::{Failure, Outcome},
    output,
};

/// What a line looks like.
const EXAMPLE: &str = r#"{"from": "shop/web", "to": "shop/db", "protocol": "TCP", "port": 5432}"#;

/// A line that cannot be answered. What came before it has been answered.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
enum BadLine {
    #[error("`{name}`, line {line}: {reason}")]
    #[diagnostic(help("a line is {EXAMPLE}"))]
    NotAQuestion {
        name: String,
        line: usize,
        reason: serde_json::Error,
    },

    #[error("`{name}`, line {line}: {reason}")]
    #[diagnostic(help("{}", reason.advice()))]
    NoAnswer {
        name: String,
        line: usize,
        reason: NoAnswer,
    },

    #[error("cannot read `{name}`: {reason}")]
    Unreadable { name: String, reason: io::Error },
}

/// Answers every line of a file.
pub(crate) fn run(
    file: &Path,
    bundle: &Bundle<'_>,
    ends: &Ends<'_>,
    color: ColourChoice,
) -> Result<Outcome, Failure> {
    let name = file.display().to_string();
    let unreadable = |reason| {
        let name = name.clone();
        Failure::Report(BadLine::Unreadable { name, reason }.into())
    };
    let reader: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(file).map_err(unreadable)?))
    };
    let (mut out, _) = output::out(color);
    for (line, text) in (1..).zip(reader.lines()) {
        let text = text.map_err(unreadable)?;
        if text.trim().is_empty() {
            continue;
        }
        let answered = question(&name, line, &text).and_then(|question| {
            let answered = answer::answer(bundle, ends, question, "");
            answered.map_err(|reason| BadLine::NoAnswer {
                name: name.clone(),
                line,
                reason,
            })
        });
        match answered {
            Ok(answer) => output::json_line(&mut out, &answer)?,
            Err(bad) => {
                out.flush()?;
                return Err(Failure::Report(bad.into()));
            }
        }
    }
    out.flush()?;
    Ok(Outcome::Clean)
}

fn question(name: &str, line: usize, text: &str) -> Result<Question, BadLine> {
    serde_json::from_str(text).map_err(|reason| {
        let name = name.to_owned();
        BadLine::NotAQuestion { name, line, reason }
    })
}
