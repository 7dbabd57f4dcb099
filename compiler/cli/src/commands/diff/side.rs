//! One side of a difference, read and compiled.
//!
//! Must not know the other side.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use ztc_bundle::BundleFile;
use ztc_diag::{SourceId, Sources};

use super::{
    git::{Blob, BlobKind, Entry, NotRead, Repository, normal},
    operand::{Operand, Revision},
};
use crate::{
    args::{ColourChoice, DiffArgs, InputArgs},
    compiled::Compiled,
    config::{self, ConfigFile},
    exit::{Failure, Outcome},
    inputs::{self, Inputs, Problem},
    output,
    pipeline::Request,
};

/// What is compared.
pub(super) struct Side {
    pub(super) bundle: BundleFile,
    /// What every answer about it depends on.
    pub(super) notes: Vec<String>,
}

/// Reads and compiles one side, or says why there is nothing to compare.
pub(super) fn read(
    text: &str,
    operand: &Operand,
    args: &DiffArgs,
    color: ColourChoice,
) -> Result<Result<Side, Outcome>, Failure> {
    let compiled = match operand {
        Operand::Bundle(path) => Ok(Compiled::read(path)?),
        Operand::Manifests(path) => {
            let is_file = path.is_file();
            let directory = path.parent().filter(|_| is_file).unwrap_or(path);
            let settings = config::settings_near(&args.options, directory, color)?;
            let inputs = InputArgs {
                paths: vec![path.clone()],
                workloads: Vec::new(),
                source_root: None,
            };
            // Where workloads are has no part in what the files of this side are called.
            let beside = [settings.resolution, args.workloads.clone()].concat();
            let inputs = inputs::read(&inputs, &beside)?;
            let request = Request::of(settings.analyse);
            Compiled::of(inputs, request, args.keep_going, color)?
        }
        Operand::Revision(revision) => of_revision(revision, args, color)?,
    };
    Ok(match compiled {
        Ok(compiled) if compiled.has_no_workloads() => {
            output::say(&format!(
                "`{text}` has policies and no workloads, so nothing that they do would show: \
                 --workloads adds some to both sides"
            ));
            Err(Outcome::Incomplete)
        }
        Ok(compiled) => Ok(Side {
            notes: notes(&compiled),
            bundle: compiled.bundle,
        }),
        Err(outcome) => {
            output::say(&format!(
                "there is no difference to show: see `{text}` above"
            ));
            Err(outcome)
        }
    })
}

fn notes(compiled: &Compiled) -> Vec<String> {
    let mut notes = compiled.option_notes();
    let bundle = compiled.bundle.view();
    let audited = bundle.audited_policies();
    if !audited.is_empty() {
        let n = output::counted(audited.len(), "policy is", "policies are");
        let names: Vec<String> = audited.iter().take(3).map(ToString::to_string).collect();
        let more = match audited.len().saturating_sub(names.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = names.join(", ");
        notes.push(format!("{n} audited and not enforced: {names}{more}"));
    }
    notes
}

fn of_revision(
    revision: &Revision,
    args: &DiffArgs,
    color: ColourChoice,
) -> Result<Result<Compiled, Outcome>, Failure> {
    let failure = |reason: NotRead| Failure::Report(reason.into());
    let tree = Tree(revision);
    let config = tree.config().map_err(failure)?;
    let settings = config::settings_with(&args.options, config, color)?;
    // What the revision's ztc.toml names is in the revision, what a flag names is on the disk.
    let (inside, mut beside): (Vec<PathBuf>, Vec<PathBuf>) = settings
        .resolution
        .into_iter()
        .partition(|path| path.starts_with(tree.root()));
    beside.extend(args.workloads.iter().cloned());
    let nothing = InputArgs {
        paths: Vec::new(),
        workloads: Vec::new(),
        source_root: None,
    };
    let beside = inputs::read(&nothing, &beside)?;
    let mut inputs = Inputs {
        sources: Sources::new(),
        unchecked: BTreeSet::new(),
        problems: beside.problems,
    };
    tree.add_files(&mut inputs).map_err(failure)?;
    for path in inside {
        let path = path.strip_prefix(tree.root()).unwrap_or(&path);
        tree.add_unchecked(path, &mut inputs).map_err(failure)?;
    }
    for (_, source) in beside.sources.iter() {
        let (name, stored) = (source.name.clone(), source.stored_name.clone());
        let id = inputs.sources.add(name, stored, source.text.clone());
        inputs.unchecked.insert(id);
    }
    let request = Request::of(settings.analyse);
    Compiled::of(inputs, request, args.keep_going, color)
}

/// What a revision holds.
struct Tree<'r>(&'r Revision);

impl Tree<'_> {
    fn repository(&self) -> &Repository {
        &self.0.repository
    }

    /// What paths of this revision begin with while they stand among paths of the disk.
    fn root(&self) -> PathBuf {
        PathBuf::from(format!("{}:", self.0.commit))
    }

    fn name_of(&self, path: &str) -> String {
        format!("{}:{path}", self.0.name)
    }

    /// The nearest `ztc.toml`, at the path or above it.
    fn config(&self) -> Result<Option<ConfigFile>, NotRead> {
        for directory in Path::new(&self.0.path).ancestors() {
            let path = normal(&directory.join(config::NAME)).unwrap_or_default();
            // Of a single file, the first of these is a file in a file, and that is not there.
            let Some(Entry::File(file)) = self.entry(&path)? else {
                continue;
            };
            let contents = self.repository().read(&[file])?;
            let text = contents.into_iter().flatten().next().unwrap_or_default();
            return Ok(Some(ConfigFile {
                name: self.name_of(&path),
                directory: self.root().join(directory),
                text: String::from_utf8_lossy(&text).into_owned(),
            }));
        }
        Ok(None)
    }

    /// Adds the manifests.
    fn add_files(&self, inputs: &mut Inputs) -> Result<(), NotRead> {
        let path = self.0.path.as_str();
        let files = match self.entry(path)? {
            None => return Err(self.no_path(path)),
            Some(Entry::File(file)) => vec![(path.to_owned(), file)],
            Some(Entry::Directory(files)) => {
                let mut found: BTreeMap<String, Blob> = BTreeMap::new();
                for file in files {
                    let name = below(path, &file.path);
                    if Path::new(&file.path).iter().any(inputs::is_skipped) {
                        continue;
                    }
                    if file.kind == BlobKind::Link {
                        found.extend(self.follow(&name, file, inputs)?);
                    } else if self.is_wanted(&name, &file) {
                        found.insert(name, file);
                    }
                }
                found.into_iter().collect()
            }
        };
        if files.is_empty() {
            let name = self.name_of(path);
            inputs.problems.push(Problem::NothingFound { name }.into());
        }
        self.add(files, inputs)?;
        Ok(())
    }

    /// Whether a file is read; says what is left out.
    fn is_wanted(&self, name: &str, file: &Blob) -> bool {
        if file.kind == BlobKind::Submodule {
            output::say(&format!("skipped submodule {}", self.name_of(name)));
        }
        file.kind == BlobKind::File && inputs::is_manifest(Path::new(&file.path))
    }

    /// What a link leads to, as on the disk: a file, or the files of a directory. A manifest that
    /// is not there is a problem, as a difference without it could be the wrong one.
    fn follow(
        &self,
        name: &str,
        link: Blob,
        inputs: &mut Inputs,
    ) -> Result<Vec<(String, Blob)>, NotRead> {
        let is_manifest = inputs::is_manifest(Path::new(&link.path));
        let contents = self.repository().read(&[link])?;
        let target = contents.into_iter().flatten().next().unwrap_or_default();
        let target = String::from_utf8_lossy(&target).into_owned();
        let directory = Path::new(name).parent().unwrap_or(Path::new(""));
        let path = normal(&directory.join(&target)).filter(|_| !target.starts_with('/'));
        let entry = path.as_deref().map(|path| self.entry(path)).transpose()?;
        let path = path.unwrap_or_default();
        Ok(match entry.flatten() {
            Some(Entry::File(file)) if is_manifest => vec![(path, file)],
            Some(Entry::Directory(files)) => {
                let is_wanted = |file: &Blob| {
                    let mut parts = Path::new(&file.path).iter();
                    !parts.any(inputs::is_skipped) && self.is_wanted(&file.path, file)
                };
                let files = files.into_iter().filter(is_wanted);
                files.map(|file| (below(&path, &file.path), file)).collect()
            }
            None if is_manifest => {
                let name = format!("{}, a link to {target}", self.name_of(name));
                inputs.problems.push(Problem::Missing { name }.into());
                Vec::new()
            }
            Some(Entry::File(_)) | None => Vec::new(),
        })
    }

    /// Adds a file that says what exists and is not checked.
    fn add_unchecked(&self, path: &Path, inputs: &mut Inputs) -> Result<(), NotRead> {
        let path = normal(path).unwrap_or_default();
        let Some(Entry::File(file)) = self.entry(&path)? else {
            return Err(self.no_path(&path));
        };
        let ids = self.add(vec![(path, file)], inputs)?;
        inputs.unchecked.extend(ids);
        Ok(())
    }

    /// Adds files under their names from the top of the repository.
    fn add(
        &self,
        files: Vec<(String, Blob)>,
        inputs: &mut Inputs,
    ) -> Result<Vec<SourceId>, NotRead> {
        let (names, files): (Vec<String>, Vec<Blob>) = files.into_iter().unzip();
        let contents = self.repository().read(&files)?;
        let mut ids = Vec::new();
        for ((name, file), bytes) in names.iter().zip(files).zip(contents) {
            let name = self.name_of(name);
            let too_big = || Problem::TooBig {
                name: name.clone(),
                limit: Sources::MAX_BYTES >> 20,
            };
            let text = bytes.ok_or_else(too_big);
            match text.and_then(|bytes| inputs::utf8(&name, bytes)) {
                Ok(text) => ids.push(inputs.sources.add(name, file.path, text)),
                Err(problem) => inputs.problems.push(problem.into()),
            }
        }
        Ok(ids)
    }

    fn entry(&self, path: &str) -> Result<Option<Entry>, NotRead> {
        self.repository().entry(&self.0.commit, path)
    }

    fn no_path(&self, path: &str) -> NotRead {
        NotRead::NoPath {
            path: path.into(),
            revision: self.0.name.clone(),
        }
    }
}

/// A path below another; below the top it is itself.
fn below(directory: &str, path: &str) -> String {
    let full = [directory, path].join("/");
    full.trim_start_matches('/').to_owned()
}
