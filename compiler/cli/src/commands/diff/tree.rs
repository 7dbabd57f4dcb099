//! The files of a commit, its links followed as they are on the disk.
//!
//! Must not know what the files say.

use std::{collections::BTreeMap, fmt, rc::Rc};

use super::git::{NotRead, Objects, Repository};

/// How many links may lead to a file, as on Linux.
pub(super) const MAX_LINKS: usize = 40;
/// The longest path that Linux takes.
pub(super) const MAX_PATH: usize = 4095;

/// What a commit holds. A directory is read when somebody looks into it.
pub(super) struct Tree {
    objects: Objects,
    /// The directory at the top.
    top: String,
    listings: BTreeMap<String, Rc<[Entry]>>,
}

/// Something in a directory.
#[derive(Clone)]
pub(super) struct Entry {
    /// Bytes, as everywhere here: names that are no text would be one and the same text.
    pub(super) name: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) id: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
    pub(super) real: Vec<u8>,
    pub(super) id: String,
}

/// Why a path leads to nothing that can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lost {
    Nowhere,
    Circle,
    Outside,
    Submodule,
    TooLong,
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
    pub(super) fn resolve(&mut self, path: &[u8]) -> Result<Place, NotRead> {
        let mut trail: Vec<Entry> = Vec::new();
        let mut rest: Vec<Vec<u8>> = parts(path).collect();
        let mut n_links = 0;
        while let Some(part) = rest.pop() {
            match part.as_slice() {
                b"" | b"." => continue,
                b".." if trail.pop().is_none() => return Ok(Place::Lost(Lost::Outside)),
                b".." => continue,
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

    fn entry(&mut self, directory: &str, name: &[u8]) -> Result<Option<Entry>, NotRead> {
        let entries = self.entries(directory)?;
        let at = entries.binary_search_by(|entry| entry.name.as_slice().cmp(name));
        Ok(at.ok().and_then(|at| entries.get(at)).cloned())
    }

    /// What is in a directory, by name.
    pub(super) fn entries(&mut self, id: &str) -> Result<Rc<[Entry]>, NotRead> {
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

    /// Where a link says that it leads.
    pub(super) fn target(&mut self, link: &Entry) -> Result<Vec<u8>, NotRead> {
        Ok(self.objects.read(&link.id)?.bytes.unwrap_or_default())
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("leads nowhere"),
            Self::Circle => write!(f, "leads through more than {MAX_LINKS} links"),
            Self::Outside => f.write_str("leads out of the repository"),
            Self::Submodule => f.write_str("is in a submodule"),
            Self::TooLong => write!(f, "has a path of more than {MAX_PATH} bytes"),
        }
    }
}

/// Why a link is not followed.
fn dead_end(target: &[u8], n_links: usize) -> Option<Lost> {
    if n_links > MAX_LINKS {
        Some(Lost::Circle)
    } else if target.starts_with(b"/") {
        Some(Lost::Outside)
    } else if target.is_empty() || target.len() > MAX_PATH {
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
            name: name.to_owned(),
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
fn parts(path: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    path.rsplit(|byte| *byte == b'/').map(<[u8]>::to_owned)
}

fn real(trail: &[Entry]) -> Vec<u8> {
    let names: Vec<&[u8]> = trail.iter().map(|entry| entry.name.as_slice()).collect();
    names.join(&b'/')
}

/// A path below another; below the top it is itself.
pub(super) fn below(directory: &[u8], path: &[u8]) -> Vec<u8> {
    match directory {
        b"" => path.to_owned(),
        directory => [directory, path].join(&b'/'),
    }
}
