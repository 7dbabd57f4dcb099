//! A directory of a test, which goes away with it, however it ends.
//!
//! Must not know what is in it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// A directory of its own, where temporary files are.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes one; `what` it is for is part of its name.
    pub(crate) fn new(what: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("ztc-{what}-{}-{number}", process::id()));
        fs::create_dir(&path).expect("no other test has it");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Where something in it is, or would be.
    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.join(name), text).expect("the directory is ours");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is a temporary directory, whatever the reason.
        let _gone = fs::remove_dir_all(&self.0);
    }
}
