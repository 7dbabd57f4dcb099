//! The files of a commit, its links followed as they are on the disk.
//!
//! Must not know what the files say.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::Path,
    rc::Rc,
};

use super::git::{NotRead, Objects, Repository};
use crate::inputs;

/// How many links may lead to a file, as on Linux.
const MAX_LINKS: usize = 40;
/// The longest path that Linux takes.
const MAX_TARGET: usize = 4096;

/// What a commit holds. A directory is read when somebody looks into it.
pub(super) struct Tree {
    objects: Objects,
    /// The directory at the top.
    top: String,
    listings: BTreeMap<String, Rc<[Entry]>>,
}

/// Something in a directory.
#[derive(Clone)]
struct Entry {
    name: String,
    kind: Kind,
    id: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Directory,
    File,
    Link,
    Submodule,
}

/// Where a path leads.
pub(super) enum Place {
    File(Found),
    Directory(Found),
    Lost(Lost),
}

/// A file or a directory.
#[derive(Clone)]
pub(super) struct Found {
    /// From the top, without links: nothing else has it.
    pub(super) real: String,
    id: String,
}

/// Why a path leads to nothing that can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lost {
    Nowhere,
    Circle,
    Outside,
    Submodule,
}

/// A file that a path leads to.
pub(super) struct Leaf {
    /// The path that was asked for and what is below it; links stand as they are.
    pub(super) path: String,
    /// The path from the directory that was asked for, or the file's own name.
    pub(super) below: String,
    pub(super) found: Found,
}

/// What is at a path and below it.
#[derive(Default)]
pub(super) struct Leaves {
    /// Each file once, in the order of `below`.
    pub(super) files: Vec<Leaf>,
    pub(super) lost: Vec<LostLeaf>,
}

/// Something that cannot be read.
pub(super) struct LostLeaf {
    pub(super) path: String,
    /// What it says if it is a link.
    pub(super) target: Option<String>,
    pub(super) why: Lost,
}

/// A thing on the way through a directory and everything below it.
struct Step {
    below: String,
    /// The directory that it is in, without links.
    parent: String,
    entry: Entry,
    /// Links that led here.
    n_links: usize,
}

impl Tree {
    /// What a commit of a repository holds.
    pub(super) fn of(repository: &Repository, commit: &str) -> Result<Self, NotRead> {
        let mut objects = Objects::of(repository)?;
        let top = objects.read(&format!("{commit}^{{tree}}"))?.id;
        Ok(Self {
            objects,
            top,
            listings: BTreeMap::new(),
        })
    }

    /// The bytes of a file; `None` when it is larger than a source may be.
    pub(super) fn read(&mut self, file: &Found) -> Result<Option<Vec<u8>>, NotRead> {
        Ok(self.objects.read(&file.id)?.bytes)
    }

    /// Where a path from the top leads, through links anywhere in it.
    pub(super) fn resolve(&mut self, path: &str) -> Result<Place, NotRead> {
        let mut trail: Vec<Entry> = Vec::new();
        let mut rest: Vec<String> = parts(path).collect();
        let mut n_links = 0;
        while let Some(part) = rest.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." if trail.pop().is_none() => return Ok(Place::Lost(Lost::Outside)),
                ".." => continue,
                _ => {}
            }
            let directory = trail.last().map_or(&self.top, |last| &last.id).clone();
            let Some(entry) = self.entry(&directory, &part)? else {
                return Ok(Place::Lost(Lost::Nowhere));
            };
            match entry.kind {
                Kind::Directory => trail.push(entry),
                Kind::Link => {
                    n_links += 1;
                    let target = self.target(&entry)?;
                    if let Some(why) = dead_end(&target, n_links) {
                        return Ok(Place::Lost(why));
                    }
                    rest.extend(parts(&target));
                }
                Kind::File if rest.is_empty() => {
                    let real = below(&real(&trail), &entry.name);
                    let id = entry.id;
                    return Ok(Place::File(Found { real, id }));
                }
                Kind::File => return Ok(Place::Lost(Lost::Nowhere)),
                Kind::Submodule => return Ok(Place::Lost(Lost::Submodule)),
            }
        }
        let real = real(&trail);
        let id = trail.pop().map_or_else(|| self.top.clone(), |last| last.id);
        Ok(Place::Directory(Found { real, id }))
    }

    /// The manifests below a directory: what a walk over the disk finds. A directory that two ways
    /// lead to is walked once, so that links cannot make it long; the second way has no other
    /// files.
    pub(super) fn walk(&mut self, path: &str, directory: &Found) -> Result<Leaves, NotRead> {
        let mut leaves = Leaves::default();
        let mut seen = BTreeSet::from([directory.real.clone()]);
        let mut steps = self.steps(directory, "", 0)?;
        while let Some(step) = steps.pop() {
            let path = below(path, &step.below);
            match self.place(&step)? {
                Place::Directory(found) => {
                    if seen.insert(found.real.clone()) {
                        steps.extend(self.steps(&found, &step.below, step.n_links)?);
                    }
                }
                Place::File(found) => {
                    let is_wanted = inputs::is_manifest(Path::new(&step.below));
                    if is_wanted && seen.insert(found.real.clone()) {
                        let below = step.below;
                        leaves.files.push(Leaf { path, below, found });
                    }
                }
                Place::Lost(why) => {
                    let is_link = step.entry.kind == Kind::Link;
                    let target = is_link.then(|| self.target(&step.entry)).transpose()?;
                    leaves.lost.push(LostLeaf { path, target, why });
                }
            }
        }
        leaves.files.sort_by(|a, b| a.below.cmp(&b.below));
        Ok(leaves)
    }

    /// What is in a directory, the last first.
    fn steps(
        &mut self,
        directory: &Found,
        path: &str,
        n_links: usize,
    ) -> Result<Vec<Step>, NotRead> {
        let entries = self.entries(&directory.id)?;
        let wanted = entries.iter().rev();
        let wanted = wanted.filter(|entry| !inputs::is_skipped(entry.name.as_ref()));
        let steps = wanted.map(|entry| Step {
            below: below(path, &entry.name),
            parent: directory.real.clone(),
            entry: entry.clone(),
            n_links: n_links + usize::from(entry.kind == Kind::Link),
        });
        Ok(steps.collect())
    }

    fn place(&mut self, step: &Step) -> Result<Place, NotRead> {
        let path = below(&step.parent, &step.entry.name);
        let found = |real| Found {
            real,
            id: step.entry.id.clone(),
        };
        Ok(match step.entry.kind {
            Kind::Link if step.n_links > MAX_LINKS => Place::Lost(Lost::Circle),
            Kind::Link => self.resolve(&path)?,
            Kind::Directory => Place::Directory(found(path)),
            Kind::File => Place::File(found(path)),
            Kind::Submodule => Place::Lost(Lost::Submodule),
        })
    }

    fn entry(&mut self, directory: &str, name: &str) -> Result<Option<Entry>, NotRead> {
        let entries = self.entries(directory)?;
        let at = entries.binary_search_by(|entry| entry.name.as_str().cmp(name));
        Ok(at.ok().and_then(|at| entries.get(at)).cloned())
    }

    /// What is in a directory, by name.
    fn entries(&mut self, id: &str) -> Result<Rc<[Entry]>, NotRead> {
        if let Some(entries) = self.listings.get(id) {
            return Ok(Rc::clone(entries));
        }
        let bytes = self.objects.read(id)?.bytes;
        let entries = bytes.and_then(|bytes| entries(&bytes, id.len() / 2));
        let mut entries = entries.ok_or_else(|| NotRead::Failed {
            reason: format!("the tree {id} cannot be read"),
        })?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let entries: Rc<[Entry]> = entries.into();
        self.listings.insert(id.into(), Rc::clone(&entries));
        Ok(entries)
    }

    fn target(&mut self, link: &Entry) -> Result<String, NotRead> {
        let bytes = self.objects.read(&link.id)?.bytes.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("leads nowhere"),
            Self::Circle => write!(f, "leads through more than {MAX_LINKS} links"),
            Self::Outside => f.write_str("leads out of the repository"),
            Self::Submodule => f.write_str("is in a submodule"),
        }
    }
}

/// Why a link is not followed.
fn dead_end(target: &str, n_links: usize) -> Option<Lost> {
    if n_links > MAX_LINKS {
        Some(Lost::Circle)
    } else if target.starts_with('/') {
        Some(Lost::Outside)
    } else if target.is_empty() || target.len() > MAX_TARGET {
        Some(Lost::Nowhere)
    } else {
        None
    }
}

/// The entries of a tree as git stores it: mode, a space, name, a zero byte, the id's bytes.
fn entries(mut bytes: &[u8], n_id_bytes: usize) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|byte| *byte == b' ')?;
        let (mode, rest) = bytes.split_at_checked(space)?;
        let rest = rest.get(1..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        let (name, rest) = rest.split_at_checked(end)?;
        let (id, rest) = rest.get(1..)?.split_at_checked(n_id_bytes)?;
        entries.push(Entry {
            name: String::from_utf8_lossy(name).into_owned(),
            kind: match mode {
                b"40000" | b"040000" => Kind::Directory,
                b"120000" => Kind::Link,
                b"160000" => Kind::Submodule,
                _ => Kind::File,
            },
            id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
        });
        bytes = rest;
    }
    Some(entries)
}

/// The parts of a path, the last first.
fn parts(path: &str) -> impl Iterator<Item = String> {
    path.rsplit('/').map(str::to_owned)
}

fn real(trail: &[Entry]) -> String {
    let names: Vec<&str> = trail.iter().map(|entry| entry.name.as_str()).collect();
    names.join("/")
}

/// A path below another; below the top it is itself.
pub(super) fn below(directory: &str, path: &str) -> String {
    match directory {
        "" => path.into(),
        directory => format!("{directory}/{path}"),
    }
}
