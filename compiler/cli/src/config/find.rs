//! Which file the options come from: the one that is named, or the nearest `ztc.toml`.
//!
//! Must not know what is in it.

use std::{
    collections::BTreeSet,
    fs::File,
    io::Read,
    path::{Component, Path, PathBuf},
};

use super::errors::Unread;
use crate::{args::OptionArgs, exit::Failure};

/// Its name, where nobody gives another one.
pub(crate) const NAME: &str = "ztc.toml";
/// Larger than any list of options.
const MAX_KIB: u64 = 1024;

/// A file of options.
pub(crate) struct ConfigFile {
    /// For people: relative to the current directory unless it was given otherwise.
    pub(crate) name: String,
    /// Where it is: what its paths are relative to.
    pub(crate) directory: PathBuf,
    pub(crate) text: String,
}

/// Finds and reads it; `None` when there is none or it is not wanted.
pub(super) fn find(args: &OptionArgs) -> Result<Option<ConfigFile>, Failure> {
    near(args, Path::new(""))
}

/// The same, where the nearest one is that of another directory than the current one.
pub(super) fn near(args: &OptionArgs, directory: &Path) -> Result<Option<ConfigFile>, Failure> {
    if args.no_config {
        return Ok(None);
    }
    let path = match &args.config {
        Some(path) => Some(path.clone()),
        None => nearest(directory),
    };
    path.map(|path| read(&path)).transpose()
}

/// The files that are nearest to some of these paths, and not to the current directory: somebody
/// could take them for the ones that are read.
pub(super) fn passed_over(args: &OptionArgs, paths: &[PathBuf]) -> BTreeSet<PathBuf> {
    if args.no_config || args.config.is_some() {
        return BTreeSet::new();
    }
    let real = |path: &PathBuf| std::fs::canonicalize(path).ok();
    let own = nearest(Path::new("")).as_ref().and_then(real);
    let others = paths.iter().filter_map(|path| {
        let directory = if path.is_dir() { path } else { path.parent()? };
        nearest(directory)
    });
    others.filter(|path| real(path) != own).collect()
}

/// The nearest one to a directory.
fn nearest(directory: &Path) -> Option<PathBuf> {
    let start = std::path::absolute(Path::new(".").join(directory)).unwrap_or_default();
    let start = std::fs::canonicalize(&start).unwrap_or(start);
    above(&start).map(|relative| short(directory, &relative))
}

/// A path from a directory on: `a` and `../ztc.toml` are `ztc.toml`, unless `a` is a link to
/// somewhere else.
fn short(directory: &Path, relative: &Path) -> PathBuf {
    let joined = directory.join(relative);
    let mut path = PathBuf::new();
    for part in joined.components() {
        let last = path.components().next_back();
        match (part, last) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                path.pop();
            }
            _ => path.push(part),
        }
    }
    let is_same = std::fs::canonicalize(&path).ok() == std::fs::canonicalize(&joined).ok();
    if is_same { path } else { joined }
}

/// The nearest one, in this directory or above it, as a relative path.
fn above(directory: &Path) -> Option<PathBuf> {
    let mut relative = PathBuf::new();
    for directory in directory.ancestors() {
        if directory.join(NAME).is_file() {
            return Some(relative.join(NAME));
        }
        relative.push("..");
    }
    None
}

fn read(path: &Path) -> Result<ConfigFile, Failure> {
    let name = path.display().to_string();
    let mut text = String::new();
    let bytes = File::open(path)
        .and_then(|file| file.take(MAX_KIB * 1024 + 1).read_to_string(&mut text))
        .map_err(|reason| {
            unread(Unread::Unreadable {
                name: name.clone(),
                reason,
            })
        })?;
    if u64::try_from(bytes).is_ok_and(|bytes| bytes > MAX_KIB * 1024) {
        return Err(unread(Unread::TooBig {
            name,
            limit: MAX_KIB,
        }));
    }
    Ok(ConfigFile {
        name,
        directory: path.parent().map(Path::to_path_buf).unwrap_or_default(),
        text,
    })
}

fn unread(reason: Unread) -> Failure {
    Failure::Report(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_above_is_found_and_named_relatively() -> std::io::Result<()> {
        let root = std::env::temp_dir().join(format!("ztc-config-{}", std::process::id()));
        std::fs::create_dir_all(root.join("a/b"))?;
        std::fs::write(root.join(NAME), "")?;
        let found = [above(&root), above(&root.join("a/b"))];
        std::fs::write(root.join("a").join(NAME), "")?;
        let nearer = above(&root.join("a/b"));
        std::fs::remove_dir_all(&root)?;
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(found, [path("ztc.toml"), path("../../ztc.toml")]);
        assert_eq!(nearer, path("../ztc.toml"));
        Ok(())
    }
}
