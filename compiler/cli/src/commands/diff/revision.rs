//! The inputs and the options of a revision.
//!
//! Must not know what is compared with it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use ztc_diag::Sources;

use super::{
    git::NotRead,
    operand::Revision,
    tree::{Found, Lost, Place, Tree, below},
    walk::{Leaf, Leaves, LostLeaf, NotWalked, walk},
};
use crate::{
    args::{ColourChoice, DiffArgs, InputArgs},
    config::{self, ConfigFile, Settings},
    exit::Failure,
    inputs::{self, Inputs, Problem, printable},
    output,
};

/// A link to something that is not in the revision.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("`{name}`, a link to `{target}`, {why}")]
#[diagnostic(help("of a revision, only what the repository itself holds can be read"))]
struct LostLink {
    name: String,
    target: String,
    why: Lost,
}

/// Reads what a revision holds, and what flags name besides.
pub(super) fn read(
    revision: &Revision,
    args: &DiffArgs,
    color: ColourChoice,
) -> Result<(Inputs, Settings), Failure> {
    let tree = Tree::of(&revision.repository, &revision.commit).map_err(failure)?;
    let mut reader = Reader {
        revision,
        tree,
        seen: BTreeSet::new(),
        options: Vec::new(),
        inputs: Inputs {
            sources: Sources::new(),
            unchecked: BTreeSet::new(),
            problems: Vec::new(),
        },
    };
    let config = reader.config()?;
    let settings = config::settings_with(&args.options, config, color)?;
    reader.add(&revision.path, true)?;
    // What the revision's ztc.toml names is in the revision, what a flag names is on the disk.
    let mut beside = Vec::new();
    for path in &settings.resolution {
        match path.strip_prefix(reader.root()) {
            Ok(path) => {
                let path = path.as_os_str().as_encoded_bytes();
                reader.add(&below(&reader.options, path), false)?;
            }
            Err(_) => beside.push(path.clone()),
        }
    }
    beside.extend(args.workloads.iter().cloned());
    let mut inputs = reader.inputs;
    add_beside(&mut inputs, &beside)?;
    Ok((inputs, settings))
}

/// Adds files of the disk, which are not checked.
fn add_beside(inputs: &mut Inputs, paths: &[PathBuf]) -> Result<(), Failure> {
    let nothing = InputArgs {
        paths: Vec::new(),
        workloads: Vec::new(),
        source_root: None,
    };
    let beside = inputs::read(&nothing, paths)?;
    inputs.problems.extend(beside.problems);
    for (_, source) in beside.sources.iter() {
        let (name, stored) = (source.name.clone(), source.stored_name.clone());
        let id = inputs.sources.add(name, stored, source.text.clone());
        inputs.unchecked.insert(id);
    }
    Ok(())
}

/// A revision, and what has been read of it.
struct Reader<'r> {
    revision: &'r Revision,
    tree: Tree,
    /// Files that were read, without links: a file by two names is one file.
    seen: BTreeSet<Vec<u8>>,
    /// The directory whose options are taken: what paths in them are relative to.
    options: Vec<u8>,
    inputs: Inputs,
}

impl Reader<'_> {
    /// What paths of this revision begin with while they stand among paths of the disk.
    fn root(&self) -> PathBuf {
        PathBuf::from(format!("{}:", self.revision.commit))
    }

    fn name_of(&self, path: &[u8]) -> String {
        format!("{}:{}", self.revision.name, printable(path))
    }

    /// The nearest `ztc.toml`, in the directory that is meant or above it.
    fn config(&mut self) -> Result<Option<ConfigFile>, Failure> {
        let path = &self.revision.path;
        let mut directory = match self.place(path)? {
            Place::Directory(found) => found.real,
            _ => match self.place(parent(path))? {
                Place::Directory(found) => found.real,
                _ => return Ok(None),
            },
        };
        loop {
            let path = below(&directory, config::NAME.as_bytes());
            match self.place(&path)? {
                Place::File(file) => {
                    let text = self.text(&path, &file)?;
                    self.options = directory;
                    return Ok(Some(ConfigFile {
                        text: text.map_err(|it| Failure::Report(it.into()))?,
                        name: self.name_of(&path),
                        directory: self.root(),
                    }));
                }
                Place::Lost(why @ (Lost::Outside | Lost::Circle)) => {
                    return Err(self.lost(&path, why));
                }
                Place::Directory(_)
                | Place::Lost(Lost::Nowhere | Lost::Submodule | Lost::TooLong) => {}
            }
            if directory.is_empty() {
                return Ok(None);
            }
            directory.truncate(parent(&directory).len());
        }
    }

    /// Adds what is at a path, as it is on the disk: a file, or the manifests below a directory.
    fn add(&mut self, path: &[u8], is_checked: bool) -> Result<(), Failure> {
        let leaves = match self.place(path)? {
            Place::Directory(found) => match walk(&mut self.tree, path, &found) {
                Ok(leaves) => leaves,
                Err(NotWalked::NotRead(reason)) => return Err(failure(reason)),
                Err(NotWalked::TooMany { reason, at }) => {
                    let problem = reason.problem(self.name_of(path), self.name_of(&at));
                    self.inputs.problems.push(problem.into());
                    return Ok(());
                }
            },
            Place::File(found) => {
                let (path, below) = (path.to_owned(), printable(name(path)));
                let (files, lost) = (vec![Leaf { path, below, found }], Vec::new());
                Leaves { files, lost }
            }
            Place::Lost(why) => return Err(self.lost(path, why)),
        };
        for lost in &leaves.lost {
            self.say_lost(lost);
        }
        if leaves.files.is_empty() {
            let name = self.name_of(path);
            let nothing = Problem::NothingFound { name };
            self.inputs.problems.push(nothing.into());
        }
        for Leaf { path, below, found } in leaves.files {
            if !self.seen.insert(found.real.clone()) {
                continue;
            }
            match self.text(&path, &found)? {
                Ok(text) => {
                    let name = self.name_of(&path);
                    let id = self.inputs.sources.add(name, below, text);
                    self.inputs.unchecked.extend((!is_checked).then_some(id));
                }
                Err(problem) => self.inputs.problems.push(problem.into()),
            }
        }
        Ok(())
    }

    /// What cannot be read is a problem where a manifest may be missed, as a difference without it
    /// could be the wrong one.
    fn say_lost(&mut self, lost: &LostLeaf) {
        let name = self.name_of(&lost.path);
        let is_manifest = inputs::is_manifest(Path::new(&name));
        match (lost.why, &lost.target) {
            (Lost::Submodule, _) => output::say(&format!("skipped submodule {name}")),
            (why, Some(target)) if is_manifest || why == Lost::Circle => {
                let target = printable(target);
                let link = LostLink { name, target, why };
                self.inputs.problems.push(link.into());
            }
            (Lost::TooLong, _) => {
                let reason = lost.why.to_string();
                let problem = Problem::Unwalkable { name, reason };
                self.inputs.problems.push(problem.into());
            }
            (Lost::Outside, _) => output::say(&format!("skipped {name}: it {}", lost.why)),
            _ => {}
        }
    }

    /// The text of a file, or why it is none.
    fn text(&mut self, path: &[u8], file: &Found) -> Result<Result<String, Problem>, Failure> {
        let name = self.name_of(path);
        let bytes = self.tree.read(file).map_err(failure)?;
        let Some(bytes) = bytes else {
            let limit = Sources::MAX_BYTES >> 20;
            return Ok(Err(Problem::TooBig { name, limit }));
        };
        Ok(inputs::utf8(&name, bytes))
    }

    fn place(&mut self, path: &[u8]) -> Result<Place, Failure> {
        self.tree.resolve(path).map_err(failure)
    }

    fn lost(&self, path: &[u8], lost: Lost) -> Failure {
        let Revision {
            repository,
            name,
            commit,
            ..
        } = self.revision;
        failure(match lost {
            Lost::Nowhere => {
                let before = repository.name_in(commit, path);
                NotRead::no_path(&printable(path), name, before.as_deref())
            }
            lost => NotRead::Lost {
                path: printable(path),
                revision: name.clone(),
                lost,
            },
        })
    }
}

fn failure(reason: NotRead) -> Failure {
    Failure::Report(reason.into())
}

/// The last part of a path.
fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// A path without its last part.
fn parent(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|byte| *byte == b'/');
    path.get(..slash.unwrap_or(0)).unwrap_or_default()
}
