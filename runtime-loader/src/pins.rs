//! Every bpffs path, once; what is pinned there outlives the loader.
//!
//! Must not know what the pinned objects do.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use rustix::{fs::statfs, mount::MountFlags, process::geteuid};

/// Where the kernel's bpffs is mounted by convention.
const BPFFS: &str = "/sys/fs/bpf";
/// `BPF_FS_MAGIC`.
const BPFFS_MAGIC: u32 = 0xcafe_4a11;

/// The pins of one datapath.
///
/// ```text
/// ROOT/maps/NAME            every map, by its name in `ztc_abi::maps`
/// ROOT/programs/NAME        every program
/// ROOT/links/IFINDEX-NAME   one link per interface and program
/// ROOT/object               digest and ABI of what is pinned; written last
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pins {
    root: PathBuf,
}

impl Default for Pins {
    fn default() -> Self {
        Self::new(Self::DEFAULT_ROOT)
    }
}

impl Pins {
    /// Where a node's one datapath is pinned.
    pub const DEFAULT_ROOT: &str = "/sys/fs/bpf/ztc";

    /// Pins below a root, which must be in a bpffs; tests use one root each.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The root.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The pin of a map.
    pub fn map(&self, name: &str) -> PathBuf {
        self.maps().join(name)
    }

    /// The pin of a program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.root.join("programs").join(name)
    }

    /// The directory of links.
    pub fn links(&self) -> PathBuf {
        self.root.join("links")
    }

    /// The pin of the link that attaches a program to an interface. By index and not by name:
    /// bpffs refuses names with a dot, which interfaces may have.
    pub fn link(&self, interface: u32, program: &str) -> PathBuf {
        self.links().join(format!("{interface}-{program}"))
    }

    /// The map that says which object the other pins came from. It is pinned last and removed
    /// first: without it whatever else is there is a leftover.
    pub fn object(&self) -> PathBuf {
        self.root.join("object")
    }

    /// The directory of maps.
    pub fn maps(&self) -> PathBuf {
        self.root.join("maps")
    }

    /// Makes the directories; mounts the bpffs where it belongs if nobody has.
    pub fn prepare(&self) -> io::Result<()> {
        if self.root.starts_with(BPFFS) && !is_bpffs(Path::new(BPFFS))? {
            rustix::mount::mount("bpf", BPFFS, "bpf", MountFlags::empty(), None)?;
        }
        let mut private = fs::DirBuilder::new();
        private.recursive(true).mode(0o700);
        for directory in [self.maps(), self.root.join("programs"), self.links()] {
            private.create(directory)?;
        }
        // Anyone may make a directory in a bpffs, and whoever owns one may remove our links.
        if fs::symlink_metadata(&self.root)?.uid() != geteuid().as_raw() {
            return Err(refused(&self.root, "belongs to somebody else"));
        }
        if is_bpffs(&self.root)? {
            return Ok(());
        }
        Err(refused(&self.root, "is not in a bpffs"))
    }

    /// Removes every pin. Links go first, so that no program runs without its maps being reachable;
    /// with its last link a program stops filtering.
    pub fn remove(&self) -> io::Result<()> {
        for path in [self.links(), self.object(), self.root.clone()] {
            match remove(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

fn refused(path: &Path, why: &str) -> io::Error {
    let message = format!("{} {why}", path.display());
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

fn is_bpffs(path: &Path) -> io::Result<bool> {
    // The type of `f_type` differs between architectures; the magic number fits all of them.
    Ok(i128::from(statfs(path)?.f_type) == i128::from(BPFFS_MAGIC))
}
