//! The manifests below a directory of the disk, its links followed. `commands/diff/walk.rs` finds
//! the same ones in a revision.
//!
//! Must not open a file.

use std::{
    collections::BTreeSet,
    fs::{self, FileType},
    io,
    path::{Path, PathBuf},
};

use super::{
    errors::Problem,
    limits::{Count, Limits, TooMany},
    names::shown,
};

/// A manifest below a directory.
pub(super) struct Manifest {
    /// The directory's path and what is below it; links stand as they are.
    pub(super) path: PathBuf,
    /// Without links: nothing else has it.
    pub(super) real: PathBuf,
}

/// A thing on the way.
struct Step {
    path: PathBuf,
    /// The path with no links but itself.
    real: PathBuf,
    kind: FileType,
}

/// A walk that is under way.
struct Walk<'p> {
    count: Count,
    /// Directories and manifests that it came to. The second way to one has nothing that the first
    /// has not, and there can be more ways than anybody can walk.
    seen: BTreeSet<PathBuf>,
    /// What it has not come to yet, the next one last.
    steps: Vec<Step>,
    problems: &'p mut Vec<Problem>,
}

/// Finds the manifests, each once: by the first of its names, in the order of names.
pub(super) fn walk(
    directory: &Path,
    real: PathBuf,
    limits: Limits,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Manifest>, Problem> {
    let mut walk = Walk {
        count: Count::new(limits),
        seen: BTreeSet::from([real.clone()]),
        steps: Vec::new(),
        problems,
    };
    let too_many = |reason: TooMany, at: &Path| reason.problem(shown(directory), shown(at));
    let mut manifests = Vec::new();
    walk.enter(directory, &real)
        .map_err(|reason| too_many(reason, directory))?;
    while let Some(step) = walk.steps.pop() {
        let Some((kind, real)) = walk.place(&step) else {
            continue;
        };
        let path = step.path;
        if kind.is_dir() && walk.seen.insert(real.clone()) {
            walk.enter(&path, &real)
                .map_err(|reason| too_many(reason, &path))?;
        } else if kind.is_file() && is_manifest(&path) && walk.seen.insert(real.clone()) {
            let counted = walk.count.manifest();
            counted.map_err(|reason| too_many(reason, &path))?;
            manifests.push(Manifest { path, real });
        }
    }
    Ok(manifests)
}

impl Walk<'_> {
    /// Takes what is in a directory for the next steps.
    fn enter(&mut self, path: &Path, real: &Path) -> Result<(), TooMany> {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(reason) => {
                self.say_unwalkable(path, &reason);
                return Ok(());
            }
        };
        let first = self.steps.len();
        for entry in entries {
            self.count.entry()?;
            match entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))) {
                Ok((name, _)) if is_skipped(name.as_encoded_bytes()) => {}
                Ok((name, kind)) => self.steps.push(Step {
                    path: path.join(&name),
                    real: real.join(&name),
                    kind,
                }),
                Err(reason) => self.say_unwalkable(path, &reason),
            }
        }
        let of_directory = self.steps.get_mut(first..).unwrap_or_default();
        of_directory.sort_by(|a, b| b.path.file_name().cmp(&a.path.file_name()));
        Ok(())
    }

    /// What there is at a step, and where it is without links.
    fn place(&mut self, step: &Step) -> Option<(FileType, PathBuf)> {
        if !step.kind.is_symlink() {
            return Some((step.kind, step.real.clone()));
        }
        match target(&step.path) {
            Ok(found) => Some(found),
            Err(reason) => {
                use io::ErrorKind::{NotADirectory, NotFound};
                let leads_nowhere = matches!(reason.kind(), NotFound | NotADirectory);
                if !leads_nowhere || is_manifest(&step.path) {
                    self.say_unwalkable(&step.path, &reason);
                }
                None
            }
        }
    }

    fn say_unwalkable(&mut self, path: &Path, reason: &io::Error) {
        let (name, reason) = (shown(path), reason.to_string());
        self.problems.push(Problem::Unwalkable { name, reason });
    }
}

fn target(link: &Path) -> io::Result<(FileType, PathBuf)> {
    let real = fs::canonicalize(link)?;
    Ok((fs::metadata(&real)?.file_type(), real))
}

/// Whether a file or directory of this name is not looked into, unless the user names it: what is
/// hidden, and the directories of version control.
pub(crate) fn is_skipped(name: &[u8]) -> bool {
    name.starts_with(b".") || name == b"CVS" || name == b"_darcs"
}

/// Whether a file is read at all, by its extension.
pub(crate) fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of a test, and what was found in it or why not.
    fn walked(name: &str, files: &[&str], limits: Limits) -> io::Result<Result<usize, String>> {
        let root = std::env::temp_dir().join(format!("ztc-{name}-{}", std::process::id()));
        for file in files {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap_or(&root))?;
            fs::write(file, "")?;
        }
        let mut problems = Vec::new();
        let found = walk(&root, fs::canonicalize(&root)?, limits, &mut problems);
        fs::remove_dir_all(&root)?;
        assert!(problems.is_empty(), "{problems:?}");
        let root = root.display().to_string();
        Ok(found
            .map(|manifests| manifests.len())
            .map_err(|problem| problem.to_string().replace(&root, "ROOT")))
    }

    #[test]
    fn a_directory_may_hold_so_much_and_no_more() -> io::Result<()> {
        let files = ["a/1.yaml", "a/2.yml", "b/3.json", "b/notes"];
        let limits = |manifests, entries| Limits { manifests, entries };
        assert_eq!(walked("fits", &files, limits(3, 6))?, Ok(3));
        let says = "`ROOT` holds more than 2 manifests: the walk ended at `ROOT/b/3.json`";
        assert_eq!(walked("manifests", &files, limits(2, 6))?, Err(says.into()));
        let says = "`ROOT` holds more than 5 files and directories: the walk ended at `ROOT/b`";
        assert_eq!(walked("entries", &files, limits(3, 5))?, Err(says.into()));
        Ok(())
    }

    #[test]
    fn manifests_are_told_by_their_extension() {
        for name in ["a.yaml", "a.yml", "a.JSON"] {
            assert!(is_manifest(Path::new(name)), "{name}");
        }
        for name in ["a.yaml.bak", "README.md", "yaml"] {
            assert!(!is_manifest(Path::new(name)), "{name}");
        }
    }
}
