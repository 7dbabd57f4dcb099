//! Files, directories and standard input to [`Sources`]: the only part that reads manifests from
//! the disk.
//!
//! A file that cannot be read never hides the others: it becomes a problem, and the run goes on
//! with the rest. Must not know what a manifest holds.

mod errors;
mod find;
mod limits;
mod names;
mod walk;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use ztc_bundle::MAGIC;
use ztc_diag::{SourceId, Sources};

pub(crate) use self::{
    errors::Problem,
    limits::{Count, Limits, TooMany},
    names::printable,
    walk::{is_manifest, is_skipped},
};

use self::find::Found;
use crate::{args::InputArgs, exit::Failure};

/// The name of standard input, in diagnostics and in bundles.
pub(crate) const STDIN: &str = "<stdin>";

/// What was read.
pub(crate) struct Inputs {
    /// The files, sorted by the name that a bundle stores.
    pub(crate) sources: Sources,
    /// The files given with `--workloads` and `--resolution`: they say what exists and are not
    /// checked.
    pub(crate) unchecked: BTreeSet<SourceId>,
    /// What could not be read. A run with problems does not end with exit code 0.
    pub(crate) problems: Vec<miette::Report>,
}

/// Finds and reads the inputs and the resolution files. An error means that there is nothing to go
/// on with.
pub(crate) fn read(arguments: &InputArgs, resolution: &[PathBuf]) -> Result<Inputs, Failure> {
    let mut problems = Vec::new();
    let found = find::find(arguments, resolution, &mut problems)?;
    let texts: Vec<_> = found.par_iter().map(text).collect();
    let mut inputs = Inputs {
        sources: Sources::new(),
        unchecked: BTreeSet::new(),
        problems: Vec::new(),
    };
    for (found, text) in found.into_iter().zip(texts) {
        match text {
            Ok(text) => {
                let id = inputs.sources.add(found.name, found.stored_name, text);
                if !found.checked {
                    inputs.unchecked.insert(id);
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    inputs.problems = problems.into_iter().map(miette::Report::new).collect();
    Ok(inputs)
}

fn text(found: &Found) -> Result<String, Problem> {
    let unreadable = |reason| Problem::Unreadable {
        name: found.name.clone(),
        reason,
    };
    let bytes = match &found.path {
        None => limited(io::stdin().lock()),
        Some(path) => open(path).and_then(limited),
    };
    let bytes = bytes.map_err(unreadable)?.ok_or_else(|| Problem::TooBig {
        name: found.name.clone(),
        limit: Sources::MAX_BYTES >> 20,
    })?;
    utf8(&found.name, bytes)
}

/// The text of a file's bytes.
pub(crate) fn utf8(name: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    if bytes.starts_with(&MAGIC) {
        return Err(Problem::Bundle { name: name.into() });
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..offset).unwrap_or_default();
        Problem::NotUtf8 {
            name: name.into(),
            line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
            offset,
        }
    })
}

fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// All bytes, or `None` when there are more than a source may have.
fn limited(reader: impl Read) -> io::Result<Option<Vec<u8>>> {
    let limit = u64::try_from(Sources::MAX_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    // One byte more than the limit tells a file that just fits from one that does not.
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() <= Sources::MAX_BYTES).then_some(bytes))
}
