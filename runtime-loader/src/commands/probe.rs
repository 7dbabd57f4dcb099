//! `probe`: what the kernel says of many questions, a line each.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use ztc_bundle::flow::{Answerer, FlowsError, answer_lines};

use super::{apply, output::note};
use crate::{
    admit,
    args::{LinesFormat, ProbeArguments},
    errors::{Failed, NotActivated},
    judge::KernelJudge,
};

pub(super) fn run(arguments: &ProbeArguments) -> Result<ExitCode, NotActivated> {
    if !rustix::process::geteuid().is_root() {
        return Err(Failed::NeedsRoot("`probe`").into());
    }
    let bundle = admit::admit(apply::read(&arguments.bundle)?, None)?;
    let view = bundle.view();
    let questions = open(&arguments.flows)?;
    let mut judge = KernelJudge::new(&view)?;
    let answerer = Answerer::new(&view);
    let name = arguments.flows.display().to_string();
    let started = Instant::now();
    let n_answered = match arguments.format {
        LinesFormat::Json => {
            let out = BufWriter::new(io::stdout().lock());
            answer_lines(&name, questions, &answerer, &mut judge, out).map_err(
                |error| match error {
                    FlowsError::Unwritable(reason) => Failed::Output(reason),
                    error => Failed::Flows(error),
                },
            )?
        }
    };
    if arguments.verbose {
        let (n, time) = (n_answered, apply::short(started.elapsed()));
        note(&format!("the kernel judged {n} flows in {time}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The file, or standard input for `-`.
fn open(path: &Path) -> Result<Box<dyn BufRead>, Failed> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(|source| Failed::Unreadable {
        path: path.into(),
        source,
    })?;
    Ok(Box::new(BufReader::new(file)))
}
