//! Replacing a file so that a crash at any moment leaves the old contents or the new.
//!
//! Must not know what the file means.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use super::{Result, StoreError};

/// Writes a file beside the path, makes sure it is on the disk, and renames it into place.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let written = || -> io::Result<()> {
        fs::create_dir_all(directory)?;
        let temporary = path.with_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        // The rename itself is only on the disk when the directory is.
        File::open(directory)?.sync_all()
    };
    written().map_err(StoreError::io(path))
}
