//! What `ztc diff` is given: a bundle, manifests, or a revision of them.
//!
//! Must not know what is compared.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use ztc_bundle::MAGIC;

use super::git::{NotRead, Repository};
use crate::{exit::Failure, output};

/// One of the two sides.
pub(super) enum Operand {
    Bundle(PathBuf),
    Manifests(PathBuf),
    Revision(Revision),
}

/// A directory or a file of a revision.
pub(super) struct Revision {
    pub(super) repository: Repository,
    /// As it was given, without the path.
    pub(super) name: String,
    pub(super) commit: String,
    /// From the top of the repository; empty is the top.
    pub(super) path: String,
}

/// An operand that is nothing.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("there is no file or directory `{text}`")]
#[diagnostic(help(
    "it is no revision either, as `{directory}` is in no git repository; --dir names another \
     directory"
))]
struct Nothing {
    text: String,
    directory: String,
}

/// Finds out what a text means. Files and directories that exist win over revisions.
pub(super) fn of(text: &str, directory: &Path) -> Result<Operand, Failure> {
    let forced = text.strip_prefix("git:");
    let path = Path::new(text);
    if forced.is_none() && path.exists() {
        say_if_ambiguous(text, directory);
        let operand = if is_bundle(path) {
            Operand::Bundle
        } else {
            Operand::Manifests
        };
        return Ok(operand(path.into()));
    }
    let revision = revision(forced.unwrap_or(text), directory);
    revision.map(Operand::Revision).map_err(|reason| {
        let report = match reason {
            NotRead::NoRepository { directory, .. } if forced.is_none() => Nothing {
                text: text.into(),
                directory,
            }
            .into(),
            reason => miette::Report::new(reason),
        };
        Failure::Report(report)
    })
}

/// By its first bytes, or by its name: a bundle that was cut off is refused and not taken for
/// manifests.
fn is_bundle(path: &Path) -> bool {
    let begins_so = || {
        let mut start = [0; MAGIC.len()];
        let mut file = File::open(path).ok()?;
        file.read_exact(&mut start).ok()?;
        Some(start == MAGIC)
    };
    let is_named_so = path
        .extension()
        .is_some_and(|extension| extension == "ztcb");
    path.is_file() && (is_named_so || begins_so() == Some(true))
}

fn revision(text: &str, directory: &Path) -> Result<Revision, NotRead> {
    let repository = Repository::of(directory)?;
    let (name, path) = match text.split_once(':') {
        Some((name, path)) => (name, Some(path)),
        None => (text, None),
    };
    let Some(commit) = repository.commit(name)? else {
        return Err(repository.unknown(name));
    };
    let path = match path {
        None => repository.own_path().to_owned(),
        Some(path) => repository.path(path).ok_or_else(|| NotRead::NoPath {
            path: path.into(),
            revision: name.into(),
        })?,
    };
    Ok(Revision {
        repository,
        name: name.into(),
        commit,
        path,
    })
}

/// A branch may be called as a directory is.
fn say_if_ambiguous(text: &str, directory: &Path) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_./~^@".contains(c);
    let is_plain = text.chars().all(is_name) && !text.starts_with(['.', '/', '-']);
    let is_revision = || {
        let repository = Repository::of(directory).ok()?;
        repository.commit(text).ok().flatten()
    };
    if is_plain && is_revision().is_some() {
        output::say(&format!(
            "`{text}` is a file or directory and a git revision; the first is meant here (write \
             `git:{text}` for the other)"
        ));
    }
}
