//! The manifests below a directory of a revision, its links followed: what `inputs/walk.rs` finds
//! on the disk.
//!
//! Must not know what the files say.

use std::{collections::BTreeSet, path::Path, rc::Rc};

use super::{
    git::NotRead,
    tree::{Entry, Found, Kind, Lost, MAX_LINKS, MAX_PATH, Place, Tree, below},
};
use crate::inputs::{self, Count, Limits, TooMany, printable};

/// A file that a path leads to.
pub(super) struct Leaf {
    /// The path that was asked for and what is below it; links stand as they are.
    pub(super) path: Vec<u8>,
    /// The path from the directory that was asked for, or the file's own name: for people.
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
    pub(super) path: Vec<u8>,
    /// What it says if it is a link.
    pub(super) target: Option<Vec<u8>>,
    pub(super) why: Lost,
}

/// Why a walk did not come to its end.
pub(super) enum NotWalked {
    NotRead(NotRead),
    TooMany { reason: TooMany, at: Vec<u8> },
}

/// A thing on the way through a directory and everything below it.
struct Step {
    path: Vec<u8>,
    /// The directory that it is in, without links.
    parent: Rc<[u8]>,
    entry: Entry,
    /// Links that led here.
    n_links: usize,
}

/// A walk that is under way.
struct Walk<'t> {
    tree: &'t mut Tree,
    count: Count,
    /// Directories and manifests that it came to, without links. The second way to one has nothing
    /// that the first has not, and there can be more ways than anybody can walk.
    seen: BTreeSet<Vec<u8>>,
    /// What it has not come to yet, the next one last.
    steps: Vec<Step>,
}

/// Finds the manifests below a directory, each by the first of its names, in the order of names.
pub(super) fn walk(tree: &mut Tree, path: &[u8], directory: &Found) -> Result<Leaves, NotWalked> {
    let mut walk = Walk {
        tree,
        count: Count::new(Limits::default()),
        seen: BTreeSet::from([directory.real.clone()]),
        steps: Vec::new(),
    };
    let mut leaves = Leaves::default();
    walk.enter(path, directory, 0)?;
    while let Some(step) = walk.steps.pop() {
        match walk.place(&step)? {
            Place::Directory(found) => {
                if walk.seen.insert(found.real.clone()) {
                    walk.enter(&step.path, &found, step.n_links)?;
                }
            }
            Place::File(found) => {
                if is_manifest(&step) && walk.seen.insert(found.real.clone()) {
                    let counted = walk.count.manifest();
                    counted.map_err(|reason| too_many(reason, &step.path))?;
                    leaves.files.push(Leaf {
                        below: printable(rest(path, &step.path)),
                        path: step.path,
                        found,
                    });
                }
            }
            Place::Lost(why) => {
                let is_link = step.entry.kind == Kind::Link;
                let target = is_link.then(|| walk.tree.target(&step.entry)).transpose()?;
                let path = step.path;
                leaves.lost.push(LostLeaf { path, target, why });
            }
        }
    }
    leaves.files.sort_by(|a, b| a.below.cmp(&b.below));
    Ok(leaves)
}

impl Walk<'_> {
    /// Takes what is in a directory for the next steps.
    fn enter(&mut self, path: &[u8], directory: &Found, n_links: usize) -> Result<(), NotWalked> {
        let entries = self.tree.entries(&directory.id)?;
        let parent: Rc<[u8]> = directory.real.as_slice().into();
        for entry in entries.iter().rev() {
            let counted = self.count.entry();
            counted.map_err(|reason| too_many(reason, path))?;
            if inputs::is_skipped(&entry.name) {
                continue;
            }
            self.steps.push(Step {
                path: below(path, &entry.name),
                parent: Rc::clone(&parent),
                n_links: n_links + usize::from(entry.kind == Kind::Link),
                entry: entry.clone(),
            });
        }
        Ok(())
    }

    fn place(&mut self, step: &Step) -> Result<Place, NotRead> {
        let path = below(&step.parent, &step.entry.name);
        let found = |real| Found {
            real,
            id: step.entry.id.clone(),
        };
        Ok(match step.entry.kind {
            _ if step.path.len() > MAX_PATH => Place::Lost(Lost::TooLong),
            Kind::Link if step.n_links > MAX_LINKS => Place::Lost(Lost::Circle),
            Kind::Link => self.tree.resolve(&path)?,
            Kind::Directory => Place::Directory(found(path)),
            Kind::File => Place::File(found(path)),
            Kind::Submodule => Place::Lost(Lost::Submodule),
        })
    }
}

impl From<NotRead> for NotWalked {
    fn from(reason: NotRead) -> Self {
        Self::NotRead(reason)
    }
}

fn too_many(reason: TooMany, at: &[u8]) -> NotWalked {
    let at = at.to_owned();
    NotWalked::TooMany { reason, at }
}

fn is_manifest(step: &Step) -> bool {
    inputs::is_manifest(Path::new(&printable(&step.entry.name)))
}

/// What of a path follows that of the directory which it is below.
fn rest<'p>(directory: &[u8], path: &'p [u8]) -> &'p [u8] {
    let rest = path.strip_prefix(directory).unwrap_or(path);
    rest.strip_prefix(b"/").unwrap_or(rest)
}
