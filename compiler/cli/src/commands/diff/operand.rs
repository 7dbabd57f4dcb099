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
use crate::{args::DiffArgs, exit::Failure, output};

/// One of the two sides.
pub(super) enum Operand {
    Bundle(PathBuf),
    Manifests(PathBuf),
    Revision(Revision),
}

/// Flags for manifests where there are none.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("nothing is compiled, so {flags} can change nothing: `{old}` and `{new}` are bundles")]
#[diagnostic(help("a bundle is what it was compiled with: build it again, or give manifests"))]
struct Bundles {
    flags: String,
    old: String,
    new: String,
}

/// A directory or a file of a revision.
pub(super) struct Revision {
    pub(super) repository: Repository,
    /// As it was given, without the path.
    pub(super) name: String,
    pub(super) commit: String,
    /// From the top of the repository; empty is the top.
    pub(super) path: Vec<u8>,
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

/// An operand that could be a revision, if git looked.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error(
    "there is no file or directory `{text}`, and git does not say whether it is a revision: \
     {reason}"
)]
#[diagnostic(help("{help}"))]
struct NobodyKnows {
    text: String,
    reason: String,
    help: String,
}

/// Finds out what a text means. Files and directories that exist win over revisions. What is on
/// the other side says which path a revision alone means, unless a directory is given for that.
pub(super) fn of(text: &str, other: &str, given: Option<&Path>) -> Result<Operand, Failure> {
    let directory = given.unwrap_or(Path::new("."));
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
    let other = given.is_none().then_some(other);
    let revision = revision(forced.unwrap_or(text), directory, other);
    revision.map(Operand::Revision).map_err(|reason| {
        let report = match reason {
            NotRead::NoRepository { directory, .. } if forced.is_none() => Nothing {
                text: text.into(),
                directory,
            }
            .into(),
            NotRead::Refused { reason, help, .. } if forced.is_none() => {
                let text = text.into();
                NobodyKnows { text, reason, help }.into()
            }
            reason => miette::Report::new(reason),
        };
        Failure::Report(report)
    })
}

/// Says whom the flags for manifests are about when a bundle is among the two sides.
pub(super) fn note_of_flags(
    [old, new]: [&Operand; 2],
    args: &DiffArgs,
) -> Result<Option<String>, Failure> {
    let flags = args.compile_flags().join(", ");
    let (bundle, other) = match (old, new) {
        _ if flags.is_empty() => return Ok(None),
        (Operand::Bundle(_), Operand::Bundle(_)) => {
            let (old, new) = (args.old.clone(), args.new.clone());
            return Err(Failure::Report(Bundles { flags, old, new }.into()));
        }
        (Operand::Bundle(_), _) => (&args.old, &args.new),
        (_, Operand::Bundle(_)) => (&args.new, &args.old),
        _ => return Ok(None),
    };
    Ok(Some(format!(
        "{flags}: only of `{other}`, as the bundle `{bundle}` is compiled already"
    )))
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

fn revision(text: &str, directory: &Path, other: Option<&str>) -> Result<Revision, NotRead> {
    let repository = Repository::of(directory)?;
    let (name, path) = name_and_path(text);
    let commit = match name {
        // A search of git's own, or the index: names are what is compared.
        "" => None,
        name => repository.commit(name)?,
    };
    let Some(commit) = commit else {
        let wrong = if name.is_empty() { text } else { name };
        return Err(repository.unknown(wrong));
    };
    let path = match path {
        None => {
            let there = other.and_then(|other| path_of(other, &repository));
            there.unwrap_or_else(|| repository.own_path().to_owned())
        }
        Some(path) => repository
            .path(path)
            .ok_or_else(|| NotRead::no_path(path, name, None))?,
    };
    Ok(Revision {
        repository,
        name: name.into(),
        commit,
        path,
    })
}

/// A revision, and what stands after its colon. A colon in `@{..}` or `^{..}` is part of a date or
/// of words to look for, as git has it.
fn name_and_path(text: &str) -> (&str, Option<&str>) {
    let mut n_open = 0_usize;
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' if matches!(previous, '@' | '^') => n_open += 1,
            '}' => n_open = n_open.saturating_sub(1),
            ':' if n_open == 0 => {
                let (name, path) = text.split_at(at);
                return (name, path.strip_prefix(':'));
            }
            _ => {}
        }
        previous = c;
    }
    (text, None)
}

/// The path of the other side from the top of this repository, if it is in it.
fn path_of(other: &str, repository: &Repository) -> Option<Vec<u8>> {
    let path = Path::new(other);
    if !other.starts_with("git:") && path.exists() {
        return if is_bundle(path) {
            None
        } else {
            repository.path_on_disk(path)
        };
    }
    let (_, path) = name_and_path(other.strip_prefix("git:").unwrap_or(other));
    repository.path(path?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_ends_at_the_first_colon_outside_of_braces() {
        for (text, name, path) in [
            ("main", "main", None),
            ("main:", "main", Some("")),
            ("main:a:b", "main", Some("a:b")),
            (":/fix: a", "", Some("/fix: a")),
            ("HEAD^{/fix: open}", "HEAD^{/fix: open}", None),
            ("HEAD^{/fix: a}:b{:c", "HEAD^{/fix: a}", Some("b{:c")),
            (
                "HEAD@{2030-01-01 10:00:00}~1:deploy",
                "HEAD@{2030-01-01 10:00:00}~1",
                Some("deploy"),
            ),
            ("odd{name:deploy", "odd{name", Some("deploy")),
        ] {
            assert_eq!(name_and_path(text), (name, path), "{text}");
        }
    }
}
