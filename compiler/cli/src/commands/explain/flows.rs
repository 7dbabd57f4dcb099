//! Many questions, one JSON object per line; as many answers, in the same order.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use ztc_bundle::{
    Simulator,
    flow::{self, Answerer, FlowsError},
};

use super::unanswered;
use crate::{
    args::ColourChoice,
    exit::{Failure, Outcome},
    output,
};

/// Answers every line of a file.
pub(super) fn run(
    file: &Path,
    answerer: &Answerer<'_>,
    simulator: &Simulator<'_>,
    color: ColourChoice,
) -> Result<Outcome, Failure> {
    let name = file.display().to_string();
    let reader: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        let opened = File::open(file).map_err(|reason| {
            let name = name.clone();
            unanswered::lines(FlowsError::Unreadable { name, reason }, answerer.ends())
        });
        Box::new(BufReader::new(opened?))
    };
    let (mut out, _) = output::out(color);
    flow::answer_lines(&name, reader, answerer, &mut &*simulator, &mut out)
        .map_err(|reason| unanswered::lines(reason, answerer.ends()))?;
    Ok(Outcome::Clean)
}
