//! How much may be below one directory, on the disk and in a revision alike.
//!
//! Must not know how anybody walks through it.

use super::errors::Problem;

/// How many of what.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Each of them is read. Repositories of a hundred thousand are real.
    pub(crate) manifests: usize,
    /// Files and directories of any name, each as often as the walk comes by. The trees of a
    /// revision can be parts of each other, so that a few of them make more than anybody can walk.
    pub(crate) entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            manifests: 250_000,
            entries: 1_000_000,
        }
    }
}

/// What the limits leave to a walk.
pub(crate) struct Count {
    limits: Limits,
    left: Limits,
}

/// A limit that a walk came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooMany {
    what: &'static str,
    limit: usize,
}

impl Count {
    pub(crate) fn new(limits: Limits) -> Self {
        let left = limits;
        Self { limits, left }
    }

    /// Takes one more thing in a directory.
    pub(crate) fn entry(&mut self) -> Result<(), TooMany> {
        take(&mut self.left.entries).ok_or(TooMany {
            what: "files and directories",
            limit: self.limits.entries,
        })
    }

    /// Takes one more manifest.
    pub(crate) fn manifest(&mut self) -> Result<(), TooMany> {
        take(&mut self.left.manifests).ok_or(TooMany {
            what: "manifests",
            limit: self.limits.manifests,
        })
    }
}

impl TooMany {
    /// What to say of a directory, and where in it the walk ended.
    pub(crate) fn problem(self, name: String, at: String) -> Problem {
        let Self { what, limit } = self;
        Problem::TooMany {
            name,
            at,
            what,
            limit,
        }
    }
}

fn take(left: &mut usize) -> Option<()> {
    *left = left.checked_sub(1)?;
    Some(())
}
