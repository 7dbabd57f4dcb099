//! What the loader remembers on disk: which bundle each generation is, and the bundles themselves.
//!
//! The kernel's generation is the truth; this only says what it means. A record is written before
//! the flip, so it is there whenever its generation is live; one whose generation never became live
//! is dropped when the state is next read. Must not know the kernel's maps.
//!
//! ```text
//! DIRECTORY/state.json          asked, and a record per generation; replaced by rename
//! DIRECTORY/bundles/HEX.ztcb    by the bundle's digest
//! DIRECTORY/placements/HEX.json by the SHA-256 of the file: endpoints and their interfaces
//! DIRECTORY/lock                held by the one loader that may change anything
//! DIRECTORY/events.lock         held by the one loader that reads events
//! ```

mod state;
mod write;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};
use ztc_bundle::Digest;

pub use state::{Asked, Placement, Record, State};

/// Why the state cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Not what this loader writes. Moving the file away makes the loader forget, not the kernel.
    #[error("{}: not a state of this loader: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another loader is changing things.
    #[error("another ztc-loader is at work (process {holder}): {}", path.display())]
    Locked {
        /// The lock.
        path: PathBuf,
        /// What the lock says about its holder.
        holder: String,
    },
    /// A copy is not what its name says.
    #[error("{}: damaged: its digest is {found}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: Digest,
    },
}

impl StoreError {
    /// Whether a file is missing.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

type Result<T> = std::result::Result<T, StoreError>;

/// A state directory.
#[derive(Clone, Debug)]
pub struct Store {
    directory: PathBuf,
}

/// The right to change something. Given up when it is dropped, or when the process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Store {
    /// The state in a directory, which is made when something is first written to it.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// Takes the lock, or says who has it. Never waits.
    pub fn lock(&self) -> Result<Lock> {
        self.take("lock")
    }

    /// The right to read events: the ring buffer has one reader's position, and two readers would
    /// each see a part.
    pub fn lock_events(&self) -> Result<Lock> {
        self.take("events.lock")
    }

    fn take(&self, name: &str) -> Result<Lock> {
        // Policies say what an attacker would like to know.
        let private = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory);
        private.map_err(StoreError::io(&self.directory))?;
        let path = self.directory.join(name);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(StoreError::io(&path))?;
        if let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(StoreError::io(&path)(error.into()));
            }
            let mut holder = String::new();
            file.read_to_string(&mut holder)
                .map_err(StoreError::io(&path))?;
            let holder = holder.trim().to_owned();
            return Err(StoreError::Locked { path, holder });
        }
        let mut note = || {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        note().map_err(StoreError::io(&path))?;
        Ok(Lock { _file: file })
    }

    /// The state as it was last written; an empty one when there is none.
    pub fn read(&self) -> Result<State> {
        let path = self.state_path();
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| StoreError::Unreadable {
                path,
                problem: error.to_string(),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(State::default()),
            Err(error) => Err(StoreError::io(&path)(error)),
        }
    }

    /// Replaces the state in one step: a reader, and a loader after a crash, sees the old one or
    /// the new one.
    pub fn write(&self, _lock: &Lock, state: &State) -> Result<()> {
        write::replace(&self.state_path(), &json(state))
    }

    /// Keeps a copy of a bundle.
    pub fn keep_bundle(&self, _lock: &Lock, digest: &Digest, bytes: &[u8]) -> Result<()> {
        let path = self.bundle_path(digest);
        if path.exists() {
            return Ok(());
        }
        write::replace(&path, bytes)
    }

    /// The bytes of a bundle that was kept. Whoever parses them must compare the digest.
    pub fn bundle(&self, digest: &Digest) -> Result<Vec<u8>> {
        let path = self.bundle_path(digest);
        fs::read(&path).map_err(StoreError::io(&path))
    }

    /// Keeps a placement; its digest names it.
    pub fn keep_placement(&self, _lock: &Lock, placement: &Placement) -> Result<Digest> {
        let bytes = json(placement);
        let digest = Digest::of(&[&bytes]);
        let path = self.placement_path(&digest);
        if !path.exists() {
            write::replace(&path, &bytes)?;
        }
        Ok(digest)
    }

    /// A placement that was kept.
    pub fn placement(&self, digest: &Digest) -> Result<Placement> {
        let path = self.placement_path(digest);
        let bytes = fs::read(&path).map_err(StoreError::io(&path))?;
        let found = Digest::of(&[&bytes]);
        if found != *digest {
            return Err(StoreError::Damaged { path, found });
        }
        serde_json::from_slice(&bytes).map_err(|error| StoreError::Unreadable {
            path,
            problem: error.to_string(),
        })
    }

    /// Deletes the copies that no record of this state needs.
    pub fn collect(&self, _lock: &Lock, state: &State) -> Result<()> {
        let records = state.generations.iter();
        let needed: BTreeSet<PathBuf> = records
            .flat_map(|r| {
                [
                    self.bundle_path(&r.bundle),
                    self.placement_path(&r.placement),
                ]
            })
            .collect();
        for directory in ["bundles", "placements"] {
            let directory = self.directory.join(directory);
            let Ok(entries) = fs::read_dir(&directory) else {
                continue;
            };
            for entry in entries {
                let path = entry.map_err(StoreError::io(&directory))?.path();
                if !needed.contains(&path) {
                    fs::remove_file(&path).map_err(StoreError::io(&path))?;
                }
            }
        }
        Ok(())
    }

    fn state_path(&self) -> PathBuf {
        self.directory.join("state.json")
    }

    /// Where the copy of a bundle is, or would be.
    pub fn bundle_path(&self, digest: &Digest) -> PathBuf {
        self.directory.join(format!("bundles/{}.ztcb", hex(digest)))
    }

    fn placement_path(&self, digest: &Digest) -> PathBuf {
        self.directory
            .join(format!("placements/{}.json", hex(digest)))
    }
}

fn hex(digest: &Digest) -> String {
    digest.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The types that are stored have only keys that are text, so this cannot fail; an empty file
/// would be refused when it is read.
fn json(value: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
