//! Which files the arguments name, in an order and under names that do not depend on where the
//! command runs.
//!
//! Must not open a file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    STDIN,
    errors::Problem,
    limits::Limits,
    names::{printable, shown},
    walk::walk,
};
use crate::{args::InputArgs, exit::Failure};

/// A file to read.
pub(super) struct Found {
    /// Where it is; `None` is standard input.
    pub(super) path: Option<PathBuf>,
    /// As the user named it.
    pub(super) name: String,
    /// Relative to the inputs' common directory, with `/`.
    pub(super) stored_name: String,
    /// Whether it is checked, not only looked up in.
    pub(super) checked: bool,
}

/// A file that an argument leads to, before the common directory is known.
struct Candidate {
    path: PathBuf,
    name: String,
    absolute: PathBuf,
    /// Without links: nothing else has it.
    real: PathBuf,
    checked: bool,
}

/// Finds the files, sorted by stored name, each once. Where resolution files are has no part in
/// what the others are called.
pub(super) fn find(
    arguments: &InputArgs,
    resolution: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> Result<Vec<Found>, Failure> {
    let mut candidates: BTreeMap<PathBuf, Candidate> = BTreeMap::new();
    let mut directories = Vec::new();
    let mut stdin = None;
    let checked = arguments.paths.iter().map(|path| (path, true));
    let unchecked = arguments.workloads.iter().map(|path| (path, false));
    for (path, checked) in checked.chain(unchecked) {
        if path.as_os_str() == "-" {
            stdin.get_or_insert(checked);
            continue;
        }
        let Some((directory, files)) = files(path, checked, problems) else {
            continue;
        };
        directories.push(directory);
        for candidate in files {
            // The same file by two names is one file; whoever wants it checked wins.
            let identity = candidate.real.clone();
            candidates.entry(identity).or_insert(candidate);
        }
    }
    let root = match &arguments.source_root {
        Some(root) => real(root),
        None => common(&directories),
    };
    // Every file is below the common directory, so only a root that was given can be wrong.
    let root_name = arguments
        .source_root
        .as_deref()
        .map_or_else(String::new, shown);
    let mut found = Vec::with_capacity(candidates.len() + 1);
    let mut beside = BTreeMap::new();
    for path in resolution {
        let files = files(path, false, problems).map_or_else(Vec::new, |(_, files)| files);
        beside.extend(files.into_iter().map(|file| (file.real.clone(), file)));
    }
    beside.retain(|identity, _| !candidates.contains_key(identity));
    for candidate in candidates.into_values() {
        found.push(candidate.below(&root, &root_name)?);
    }
    found.extend(beside.into_values().map(|candidate| Found {
        stored_name: candidate.name.clone(),
        name: candidate.name,
        path: Some(candidate.path),
        checked: false,
    }));
    if let Some(checked) = stdin {
        found.push(Found {
            path: None,
            name: STDIN.into(),
            stored_name: STDIN.into(),
            checked,
        });
    }
    found.sort_by(|a, b| a.stored_name.cmp(&b.stored_name));
    Ok(found)
}

impl Candidate {
    fn below(self, root: &Path, root_name: &str) -> Result<Found, Failure> {
        let Ok(relative) = self.absolute.strip_prefix(root) else {
            let outside = Problem::OutsideRoot {
                name: self.name,
                root: root_name.into(),
            };
            return Err(Failure::Report(outside.into()));
        };
        let parts = relative
            .iter()
            .map(|part| printable(part.as_encoded_bytes()));
        let parts: Vec<String> = parts.collect();
        Ok(Found {
            path: Some(self.path),
            name: self.name,
            stored_name: parts.join("/"),
            checked: self.checked,
        })
    }
}

/// The files that one argument names, and the directory that contains them.
fn files(
    path: &Path,
    checked: bool,
    problems: &mut Vec<Problem>,
) -> Option<(PathBuf, Vec<Candidate>)> {
    let name = shown(path);
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            problems.push(Problem::Missing { name });
            None
        }
        Err(reason) => {
            problems.push(Problem::Unreadable { name, reason });
            None
        }
        Ok(metadata) if metadata.is_dir() => {
            let directory = real(path);
            let candidates = match candidates(path, &directory, checked, problems) {
                Ok(candidates) if candidates.is_empty() => Err(Problem::NothingFound { name }),
                found => found,
            };
            let candidates = candidates.unwrap_or_else(|problem| {
                problems.push(problem);
                Vec::new()
            });
            Some((directory, candidates))
        }
        Ok(_) => {
            let parent = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => real(parent),
                _ => real(Path::new(".")),
            };
            let candidate = Candidate {
                path: path.into(),
                name,
                absolute: parent.join(path.file_name().unwrap_or_default()),
                real: real(path),
                checked,
            };
            Some((parent, vec![candidate]))
        }
    }
}

/// The manifests below a directory.
fn candidates(
    path: &Path,
    directory: &Path,
    checked: bool,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Candidate>, Problem> {
    let manifests = walk(path, directory.into(), Limits::default(), problems)?;
    let candidates = manifests.into_iter().map(|manifest| {
        let relative = manifest.path.strip_prefix(path).unwrap_or(&manifest.path);
        Candidate {
            name: shown(&manifest.path),
            absolute: directory.join(relative),
            path: manifest.path,
            real: manifest.real,
            checked,
        }
    });
    Ok(candidates.collect())
}

/// The path without links; as it is where the system cannot say (a pipe of the shell's).
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.into())
}

/// The closest directory that contains all of these.
fn common(directories: &[PathBuf]) -> PathBuf {
    let Some((first, others)) = directories.split_first() else {
        return PathBuf::new();
    };
    let mut common = first.clone();
    for directory in others {
        while !directory.starts_with(&common) && common.pop() {}
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_directory_is_the_closest_one() {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(
            common(&paths(&["/a/b/c", "/a/b/d", "/a/b"])),
            Path::new("/a/b")
        );
        assert_eq!(common(&paths(&["/a/bc", "/a/b"])), Path::new("/a"));
        assert_eq!(common(&paths(&["/x"])), Path::new("/x"));
    }
}
