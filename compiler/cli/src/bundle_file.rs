//! Bundles on the disk, for the commands that read one.

use std::{io, path::Path};

use ztc_bundle::{BundleFile, DecodeError, read_file};

use crate::exit::Failure;

/// The file cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot read `{name}`: {reason}")]
struct Unreadable {
    name: String,
    reason: io::Error,
}

/// The file was read and is not a bundle to be trusted.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{name}` is refused: {reason}")]
#[diagnostic(help("{}", reason.help()))]
struct Refused {
    name: String,
    reason: DecodeError,
}

/// Reads a bundle. A file that cannot be read is an error; a file that is refused is an answer.
pub(crate) fn read(file: &Path) -> Result<Result<BundleFile, miette::Report>, Failure> {
    let name = file.display().to_string();
    let bytes = read_file(file).map_err(|reason| {
        let name = name.clone();
        miette::Report::new(Unreadable { name, reason })
    })?;
    let bundle = bytes.and_then(BundleFile::parse);
    Ok(bundle.map_err(|reason| Refused { name, reason }.into()))
}
